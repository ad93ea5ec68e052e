/**
 * What `npm run build` makes of src/: the command and the programs of its threads, in a few files that load what they
 * share once. As the compiler's 460 files, loading took two thirds of a short command's time.
 */
/** What every command loads, and what each loads beside it that reads a capture. In 26 pieces they took 12 ms more. */
const CHUNKS = [
  { name: 'common', test: /src\/(?:(?:bytes|model|io)\/|engine\/output-error)/, priority: 2 },
  {
    name: 'core',
    test: /src\/(?:capture|net|stream|tls|websocket|sip|mime|asn1|x509|cms|keys|diagnosis|checks|analyzer|store|engine)\//,
    priority: 1,
  },
];

export default {
  input: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    'batch-worker': 'src/engine/batch-worker.ts',
    'rsa-worker': 'src/engine/rsa-worker.ts',
  },
  platform: 'node',
  // Packages stay in node_modules, so that each is loaded when it is used.
  external: /^[^./]/,
  output: {
    dir: 'dist/cli',
    format: 'esm',
    cleanDir: true,
    codeSplitting: { groups: CHUNKS },
  },
};
