import { readSmallFile } from '../../io/read-whole.js';
import { type KeyMaterial, loadKeyMaterial } from '../../keys/load.js';
import { UsageError } from '../exit.js';
import { tell } from '../output/output.js';

/** The keys and certificates of a file of any form. `password` is tried on what is encrypted. */
export function loadMaterial(path: string, password: string): KeyMaterial {
  const file = readSmallFile(path);
  if (!file.ok) throw new UsageError(file.message);
  const loaded = loadKeyMaterial(path, file.bytes, password);
  if (!loaded.ok) {
    const hint = loaded.error.wrongPassword === true ? '; --password gives another' : '';
    throw new UsageError(`${path}: ${loaded.error.message}${hint}`);
  }
  for (const problem of loaded.value.problems) tell(`${path}: ${problem}`);
  return loaded.value;
}
