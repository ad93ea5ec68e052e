/**
 * Required before a command runs: at the end of each of its threads it writes which of the structure libraries are loaded,
 * one name per line, to the file that LOADED_LIBRARIES names. They are only ever loaded by require, as an import rule holds.
 */

const { appendFileSync } = require('node:fs');

process.on('exit', () => {
  const loaded = Object.keys(require.cache);
  const names = ['asn1js', 'node-forge', 'pkijs'].filter((name) =>
    loaded.some((file) => file.includes(`/node_modules/${name}/`)),
  );
  appendFileSync(process.env.LOADED_LIBRARIES, `${names.join('\n')}\n`);
});
