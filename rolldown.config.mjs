/**
 * What `npm run build` makes of src/: the command and the programs of its threads, in a few files that load what they
 * share once. As the compiler's 460 files, loading took two thirds of a short command's time.
 */
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
  output: { dir: 'dist/cli', format: 'esm', cleanDir: true },
};
