/** What mutations begin with: samples, the corpus of found faults, and outside captures where they are at hand. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a file is to the commands; each kind has its mutator. */
export type Kind = 'capture' | 'message' | 'der' | 'pem' | 'keylog' | 'policy';

export type Seed = { readonly name: string; readonly kind: Kind; readonly bytes: Uint8Array };

/** Larger files cost more time than they have structure. */
const MAX_LENGTH = 64 * 1024;

/** Folders, from the repository's root. The last two are no part of it. */
const FOLDERS = ['fuzz/corpus', 'samples', '../shared/faults', '../shared/corpus'];

export function readSeeds(root: string): readonly Seed[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    seedsOf(root, folder),
  );
}

/** The inputs that found a fault once, as they are. */
export function readRegressions(root: string): readonly Seed[] {
  return seedsOf(root, 'fuzz/corpus');
}

function seedsOf(root: string, folder: string): Seed[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(root, name)).isFile() && statSync(join(root, name)).size <= MAX_LENGTH)
    .flatMap((name) => {
      const bytes = readFileSync(join(root, name));
      const kind = kindOf(name, bytes);
      return kind === undefined ? [] : [{ name, kind, bytes }];
    });
}

function kindOf(name: string, bytes: Buffer): Kind | undefined {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  if ([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a].includes(magic)) return 'capture';
  if (/\.(md|json|test|txt)$/i.test(name) && !/message/.test(name)) return undefined;
  if (/\.ya?ml$/.test(name)) return 'policy';
  if (bytes.includes('-----BEGIN ')) return 'pem';
  if (bytes[0] === 0x30) return 'der';
  const text = bytes.subarray(0, 400).toString('latin1');
  if (/^(?:#.*\n)*(?:CLIENT_RANDOM|[A-Z_]+_SECRET(?:_0)?|RSA) [0-9a-f]/m.test(text)) return 'keylog';
  return /SIP\/2\.0|^[\w-]+:/m.test(text) ? 'message' : undefined;
}
