/** The fuzzer with the commands in it, as it runs them in one process. */
export default {
  input: {
    run: 'fuzz/run.ts',
    worker: 'fuzz/worker.ts',
    'batch-worker': 'src/engine/batch-worker.ts',
    'rsa-worker': 'src/engine/rsa-worker.ts',
  },
  platform: 'node',
  external: /^[^./]/,
  output: { dir: '.fuzz/build', format: 'esm', cleanDir: true },
};
