/** Runs in a thread of its own: reads a capture ahead of its analysis, and does the private RSA operations that it will ask for. */
import { closeSync, openSync, readSync } from 'node:fs';
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { latin1 } from '../bytes/text.js';
import type { Frame } from '../capture/frame.js';
import { createCaptureReader } from '../capture/reader.js';
import { rsaBlock } from '../cms/encryption/rsa.js';
import { findTransportedKeys } from '../cms/encryption/transported-keys.js';
import { Keyring, type PrivateKeyEntry } from '../keys/keyring.js';
import { PacketDecoder } from '../net/decoder.js';
import { findEncryptedPremaster } from '../tls/handshake/client-key-exchange.js';
import { decryptPremaster, modulusLength } from '../tls/keys/rsa.js';
import { parseCertificate } from '../x509/certificate.js';
import { CertificateStore } from '../x509/store.js';

/** What the work is done of and with. */
export type RsaWork = {
  readonly path: string;
  readonly kind: 'pcap' | 'pcapng';
  readonly keys: readonly PrivateKeyEntry[];
  /** Certificates that were given, in DER: they tell which key a message is encrypted to. */
  readonly certificates: readonly Uint8Array[];
};

export type RsaSetup = RsaWork & {
  /** One number: offset of the frame that the analysis has come to. */
  readonly reached: SharedArrayBuffer;
  /** Takes `RsaResults`. */
  readonly port: MessagePort;
};

/** Secret. */
export type RsaResults = {
  /** By the names under which SessionCache knows them; null where the key does not fit. */
  readonly premasters: readonly { readonly name: string; readonly premaster: Uint8Array | null }[];
  /**
   * What the key of that number makes of a ciphertext; null where it makes nothing. Text of a character a byte, which
   * threads hand over at a fraction of what an array costs.
   */
  readonly blocks: readonly {
    readonly key: number;
    readonly encrypted: string;
    readonly block: string | null;
  }[];
};

/** Small, so that the first results come early. */
const CHUNK_LENGTH = 128 * 1024;
/** Results told at once; each telling takes 10 us on either side. */
const MANY_RESULTS = 16;
/** Where the analysis is nearer than that, each result is told as it comes. */
const NEAR = 64 * 1024;
/** How far ahead of the analysis to go: what waits is kept in memory. */
const MAX_AHEAD = 4 * 1024 * 1024;
/** Milliseconds between two looks at how far the analysis is. */
const PAUSE = 5;

if (!isMainThread && isSetup(workerData)) {
  const { path, kind, keys, certificates, reached, port } = workerData;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  decryptAhead(
    { path, kind, keys, certificates },
    new Float64Array(reached),
    (results) => port.postMessage(results),
    () => Atomics.wait(clock, 0, 0, PAUSE),
  );
}

/** Test runners load this file in threads of their own. */
function isSetup(data: unknown): data is RsaSetup {
  return typeof data === 'object' && data !== null && 'reached' in data && 'port' in data;
}

/**
 * Reads the capture once and tells what it decrypts of frames that lie beyond `reached[0]`. Calls `pause` while it is too
 * far ahead of there.
 */
export function decryptAhead(
  { path, kind, keys, certificates }: RsaWork,
  reached: Float64Array,
  tell: (results: RsaResults) => void,
  pause: () => void,
): void {
  const decoder = new PacketDecoder();
  const finder = finderOf(keys);
  const context = contextOf(keys, certificates);
  const numbers = new Map(keys.map((key, number) => [key, number]));
  let premasters: { name: string; premaster: Uint8Array | null }[] = [];
  let blocks: { key: number; encrypted: string; block: string | null }[] = [];
  const flush = (): void => {
    if (premasters.length + blocks.length === 0) return;
    tell({ premasters, blocks });
    premasters = [];
    blocks = [];
  };
  const cache = {
    premaster: () => undefined,
    rememberPremaster: (name: string, premaster: Uint8Array | null) => {
      premasters.push({ name, premaster });
    },
  };
  const frame = ({ fileOffset, linkType, data }: Frame): void => {
    if (fileOffset <= (reached[0] as number)) return;
    decoder.decode(linkType, data);
    const { outcome, bytes, payloadStart, payloadEnd } = decoder;
    if (outcome !== 'tcp' && outcome !== 'udp') return;
    const encrypted = outcome === 'tcp' ? findEncryptedPremaster(bytes, payloadStart, payloadEnd) : undefined;
    if (encrypted !== undefined) finder(encrypted, cache);
    else {
      for (const { key, encrypted } of findTransportedKeys(bytes, payloadStart, payloadEnd, context)) {
        const block = rsaBlock(key.key, encrypted);
        blocks.push({
          key: numbers.get(key) ?? -1,
          encrypted: latin1(encrypted),
          block: block === undefined ? null : latin1(block),
        });
      }
    }
    const isNear = fileOffset - (reached[0] as number) < NEAR;
    if (isNear || premasters.length + blocks.length >= MANY_RESULTS) flush();
    if (fileOffset - (reached[0] as number) < MAX_AHEAD) return;
    flush();
    while (fileOffset - (reached[0] as number) >= MAX_AHEAD) pause();
  };
  const reader = createCaptureReader(kind, { frame, secrets() {}, problem() {} });
  const descriptor = openSync(path, 'r');
  try {
    const chunk = new Uint8Array(CHUNK_LENGTH);
    while (!reader.stopped) {
      const count = readSync(descriptor, chunk, 0, CHUNK_LENGTH, null);
      if (count === 0) break;
      reader.push(chunk.subarray(0, count));
    }
    flush();
  } finally {
    closeSync(descriptor);
  }
}

type Cache = Parameters<typeof decryptPremaster>[2];

/** Tries the keys on a premaster secret; the one that fitted last first, as captures are of one server, mostly. */
function finderOf(keys: readonly PrivateKeyEntry[]): (encrypted: Uint8Array, cache: Cache) => void {
  const ordered = [...keys];
  return (encrypted, cache) => {
    const index = ordered.findIndex(
      (key) =>
        modulusLength(key) === encrypted.length && decryptPremaster(key, encrypted, cache) !== undefined,
    );
    const [fitted] = index > 0 ? ordered.splice(index, 1) : [];
    if (fitted !== undefined) ordered.unshift(fitted);
  };
}

/** What tells to which key a message is encrypted, as the analysis has it. */
function contextOf(
  keys: readonly PrivateKeyEntry[],
  certificates: readonly Uint8Array[],
): Parameters<typeof findTransportedKeys>[3] {
  const keyring = new Keyring();
  keyring.add({ privateKeys: keys, certificates: [], problems: [] });
  const store = new CertificateStore();
  for (const der of certificates) {
    const parsed = parseCertificate(der);
    if (parsed.ok) store.add(parsed.value);
  }
  return { certificates: store, keys: keyring };
}
