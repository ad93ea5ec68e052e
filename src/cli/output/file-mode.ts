/** Permissions of the files that a command makes. */

import { UsageError } from '../exit.js';

/** The bits that `--mode` names: three octal digits; anything else is a usage error. */
export function fileMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) {
    throw new UsageError(`--mode ${text}: permissions are three octal digits, as 640`);
  }
  return Number.parseInt(text, 8);
}
