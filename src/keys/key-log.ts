/**
 * NSS key logs (draft-ietf-tls-keylogfile, and the older labels that Wireshark reads): text in, secrets by what a
 * session knows of itself out. Lines that cannot be read are told by number only, as they may hold secrets.
 */

import { toHex } from '../bytes/hex.js';

/** Most secrets held: about 300 MB. A busy server's day stays under a million connections. */
export const KEY_LOG_ENTRIES_LIMIT = 1_000_000;
/** Bad lines told by number; the rest are counted. */
const BAD_LINES_TOLD = 20;

/** One secret. `id` is lower-case hexadecimal of what it is found by: client random, session ID, ciphertext. */
export type KeyLogEntry = { readonly label: string; readonly id: string; readonly secret: Uint8Array };

export type KeyLogEntries = {
  readonly entries: readonly KeyLogEntry[];
  /** Numbers (from 1) of the first lines that are neither a secret nor a comment. */
  readonly badLines: readonly number[];
  readonly badLineCount: number;
};

/** Label under which `RSA Session-ID:... Master-Key:...` lines are kept. */
const SESSION_ID = 'SESSION_ID';

/** Labels whose lines are `LABEL <client random> <secret>`, with the secret's lengths in bytes. */
const BY_CLIENT_RANDOM: ReadonlyMap<string, readonly number[]> = new Map([
  ['CLIENT_RANDOM', [48]],
  ...[
    'CLIENT_EARLY_TRAFFIC_SECRET',
    'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
    'SERVER_HANDSHAKE_TRAFFIC_SECRET',
    'CLIENT_TRAFFIC_SECRET_0',
    'SERVER_TRAFFIC_SECRET_0',
    'EARLY_EXPORTER_SECRET',
    'EARLY_EXPORTER_MASTER_SECRET',
    'EXPORTER_SECRET',
  ].map((label): [string, number[]] => [label, [32, 48, 64]]),
]);
/** A premaster secret may have any length, by the key exchange; 8 KiB is beyond every group. */
const PREMASTER = 'PMS_CLIENT_RANDOM';
const PREMASTER_LIMIT = 8192;

/** Whether text looks like a key log: its first line that is no comment starts with a known label. */
export function looksLikeKeyLog(text: string): boolean {
  const line = /^(?!\s*#)[ \t]*(\S.*)$/m.exec(text.slice(0, 65_536))?.[1];
  return line !== undefined && /^(?:PMS_)?(?:RSA|[A-Z]+(?:_[A-Z0-9]+)+) [0-9A-Fa-fS]/.test(line);
}

/** Reads a key log; lines end in LF or CRLF, `#` starts a comment line. */
export function parseKeyLog(text: string): KeyLogEntries {
  const entries: KeyLogEntry[] = [];
  const badLines: number[] = [];
  let badLineCount = 0;
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    number++;
    const line = text.slice(start, end).trim();
    start = end + 1;
    if (line === '' || line.startsWith('#')) continue;
    const entry = entries.length < KEY_LOG_ENTRIES_LIMIT ? parseLine(line) : undefined;
    if (entry !== undefined) {
      entries.push(entry);
      continue;
    }
    badLineCount++;
    if (badLines.length < BAD_LINES_TOLD) badLines.push(number);
  }
  return { entries, badLines, badLineCount };
}

function parseLine(line: string): KeyLogEntry | undefined {
  const [label, first, second, ...rest] = line.split(/[ \t]+/, 4);
  if (label === undefined || first === undefined || second === undefined || rest.length > 0) return undefined;
  if (label === 'RSA') {
    const session = /^Session-ID:(.*)$/.exec(first)?.[1];
    if (session === undefined) return entry('RSA', first, [8], second, [48]);
    const master = /^Master-Key:(.*)$/.exec(second)?.[1];
    return master === undefined ? undefined : entry(SESSION_ID, session, undefined, master, [48]);
  }
  if (label === PREMASTER) return entry(label, first, [32], second, undefined);
  const lengths = BY_CLIENT_RANDOM.get(label);
  return lengths === undefined ? undefined : entry(label, first, [32], second, lengths);
}

function entry(
  label: string,
  id: string,
  idLengths: readonly number[] | undefined,
  secretHex: string,
  secretLengths: readonly number[] | undefined,
): KeyLogEntry | undefined {
  if (!isHex(id) || !isHex(secretHex)) return undefined;
  if (id.length > 2 * PREMASTER_LIMIT || secretHex.length > 2 * PREMASTER_LIMIT) return undefined;
  if (idLengths !== undefined && !idLengths.includes(id.length / 2)) return undefined;
  if (secretLengths !== undefined && !secretLengths.includes(secretHex.length / 2)) return undefined;
  return { label, id: id.toLowerCase(), secret: Buffer.from(secretHex, 'hex') };
}

function isHex(text: string): boolean {
  return text.length > 0 && text.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(text);
}

/** Secrets of key logs, indexed. Later additions replace earlier ones with the same label and identifier. */
export class KeyLog {
  readonly #secrets = new Map<string, Uint8Array>();
  #version = 0;

  /** Raised whenever secrets are added: a session that lacked one may look again. */
  get version(): number {
    return this.#version;
  }

  /** Number of secrets held. */
  get size(): number {
    return this.#secrets.size;
  }

  /** All that is held, as for handing it to a worker. */
  *entries(): Generator<KeyLogEntry> {
    for (const [key, secret] of this.#secrets) {
      const space = key.indexOf(' ');
      yield { label: key.slice(0, space), id: key.slice(space + 1), secret };
    }
  }

  /** Adds secrets; answers how many were not known before. Those beyond the limit are left out. */
  add(entries: Iterable<KeyLogEntry>): number {
    const before = this.#secrets.size;
    let any = false;
    for (const { label, id, secret } of entries) {
      const key = `${label} ${id}`;
      if (this.#secrets.size >= KEY_LOG_ENTRIES_LIMIT && !this.#secrets.has(key)) continue;
      this.#secrets.set(key, secret);
      any = true;
    }
    if (any) this.#version++;
    return this.#secrets.size - before;
  }

  /** Master secret of TLS 1.2 and before by the 32-byte client random (`CLIENT_RANDOM`). */
  masterSecret(clientRandom: Uint8Array): Uint8Array | undefined {
    return this.secret('CLIENT_RANDOM', clientRandom);
  }

  /** Premaster secret by the first 8 bytes of the encrypted one (`RSA`). */
  premasterByEncrypted(first8: Uint8Array): Uint8Array | undefined {
    return this.secret('RSA', first8.subarray(0, 8));
  }

  /** Premaster secret of any key exchange by the client random (`PMS_CLIENT_RANDOM`). */
  premasterByClientRandom(clientRandom: Uint8Array): Uint8Array | undefined {
    return this.secret(PREMASTER, clientRandom);
  }

  /** Master secret by session ID (`RSA Session-ID:... Master-Key:...`). */
  masterBySessionId(id: Uint8Array): Uint8Array | undefined {
    return id.length === 0 ? undefined : this.secret(SESSION_ID, id);
  }

  /** A TLS 1.3 secret by its label, as `CLIENT_TRAFFIC_SECRET_0`, and the client random. */
  secret(label: string, clientRandom: Uint8Array): Uint8Array | undefined {
    return this.#secrets.get(`${label} ${toHex(clientRandom)}`);
  }
}
