#!/usr/bin/env node
// By itself node opens its debugger at this signal, which asks siplens for a status line; taken before all else loads.
process.on('SIGUSR1', () => {});

const BUILT = new URL('../dist/cli/main.js', import.meta.url);
const loaded = await import(BUILT.href).catch((error) => {
  // In a clone of the repository, before the build. Any other module that is missing is an error to be seen whole.
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== BUILT.href) throw error;
  process.stderr.write('siplens: not built yet: run "npm run build" first\n');
  process.exitCode = 2;
});
await loaded?.main(process.argv.slice(2));
