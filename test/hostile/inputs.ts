/** All hostile inputs, and the files that some of them need. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeyPem } from '../support/tls-identities.js';
import type { Input } from './capture.js';
import { recipient, SIGNED_INPUTS } from './signed.js';
import { TEXT_INPUTS } from './text.js';
import { tlsServer, WIRE_INPUTS } from './wire.js';

export const INPUTS: readonly Input[] = [...SIGNED_INPUTS, ...TEXT_INPUTS, ...WIRE_INPUTS];

/** Writes the files that inputs name, and answers the options with them in their places. */
export function materials(folder: string): (args: readonly string[]) => string[] {
  const key = join(folder, 'key.pem');
  writeFileSync(key, privateKeyPem(recipient()) + privateKeyPem(tlsServer().subject));
  const password = join(folder, 'password');
  writeFileSync(password, 'secret\n');
  const places: Readonly<Record<string, string>> = { KEY: key, PASSWORD: password };
  return (args) => args.map((one) => places[one] ?? one);
}
