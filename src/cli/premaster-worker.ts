/** Runs in a thread of its own: reads a capture ahead of its analysis, and decrypts the premaster secrets that it meets. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Frame } from '../capture/frame.js';
import { createCaptureReader } from '../capture/reader.js';
import type { PrivateKeyEntry } from '../keys/keyring.js';
import { PacketDecoder } from '../net/decoder.js';
import { findEncryptedPremaster } from '../tls/client-key-exchange.js';
import { decryptPremaster, modulusLength } from '../tls/rsa.js';

export type PremasterSetup = {
  readonly path: string;
  readonly kind: 'pcap' | 'pcapng';
  readonly keys: readonly PrivateKeyEntry[];
  /** One number: bytes of the file that the analysis has reached. */
  readonly reached: SharedArrayBuffer;
};

/** Results by the names under which SessionCache knows them; null where the key does not fit. Secret. */
export type Premasters = readonly { readonly name: string; readonly premaster: Uint8Array | null }[];

/** Small, so that results come early. */
const CHUNK_LENGTH = 128 * 1024;

if (parentPort !== null) {
  const port = parentPort;
  const { path, kind, keys, reached } = workerData as PremasterSetup;
  decryptPremasters({ path, kind, keys }, new Float64Array(reached), (premasters) =>
    port.postMessage(premasters),
  );
}

/** Reads the capture once and tells what it decrypts of frames that lie beyond `reached[0]`, a chunk at a time. */
export function decryptPremasters(
  { path, kind, keys }: Omit<PremasterSetup, 'reached'>,
  reached: Float64Array,
  tell: (premasters: Premasters) => void,
): void {
  const decoder = new PacketDecoder();
  let found: { name: string; premaster: Uint8Array | null }[] = [];
  const cache = {
    premaster: () => undefined,
    rememberPremaster: (name: string, premaster: Uint8Array | null) => {
      found.push({ name, premaster });
    },
  };
  /** The key that fitted last is tried first: captures are of one server, mostly. */
  const ordered = [...keys];
  const frame = ({ fileOffset, linkType, data }: Frame): void => {
    if (fileOffset < (reached[0] as number)) return;
    decoder.decode(linkType, data);
    if (decoder.outcome !== 'tcp') return;
    const encrypted = findEncryptedPremaster(decoder.bytes, decoder.payloadStart, decoder.payloadEnd);
    if (encrypted === undefined) return;
    const index = ordered.findIndex(
      (key) =>
        modulusLength(key) === encrypted.length && decryptPremaster(key, encrypted, cache) !== undefined,
    );
    if (index > 0) ordered.unshift(...ordered.splice(index, 1));
  };
  const reader = createCaptureReader(kind, { frame, secrets() {}, problem() {} });
  const descriptor = openSync(path, 'r');
  try {
    const chunk = new Uint8Array(CHUNK_LENGTH);
    while (!reader.stopped) {
      const count = readSync(descriptor, chunk, 0, CHUNK_LENGTH, null);
      if (count === 0) return;
      reader.push(chunk.subarray(0, count));
      if (found.length > 0) tell(found);
      found = [];
    }
  } finally {
    closeSync(descriptor);
  }
}
