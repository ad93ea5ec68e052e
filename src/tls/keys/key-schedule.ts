/**
 * From the premaster secret to the record keys: SSL 3.0 (RFC 6101 §6), TLS 1.0 and 1.1 (RFC 2246 §5, §6.3; RFC 4346),
 * TLS 1.2 (RFC 5246 §5, §6.3, §8.1) and the extended master secret (RFC 7627). TLS 1.3 is in key-schedule-13.ts.
 */
import type { CipherSuite, HashName } from '../registries/cipher-suites.js';
import { hashLength } from '../registries/cipher-suites.js';
import { digestOf, hmac } from './hash.js';

const SSL3 = 0x0300;
const TLS12 = 0x0303;

/** Not a Buffer: secrets and seeds are so short that the memory of a Uint8Array lies in the heap. */
function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

/** P_hash of RFC 5246 §5. */
function pHash(hash: HashName, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const keyed = hmac(hash, secret);
  const out = new Uint8Array(length);
  const a = new Uint8Array(hashLength(hash));
  for (let offset = 0; offset < length; offset += a.length) {
    a.set(keyed.compute(offset === 0 ? seed : a));
    out.set(keyed.compute(a, seed).subarray(0, length - offset), offset);
  }
  return out;
}

/** The PRF of TLS 1.0 to 1.2; `prfHash` counts from TLS 1.2 on, before it is MD5 and SHA-1 together. */
export function prf(
  version: number,
  prfHash: 'sha256' | 'sha384',
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = new Uint8Array(label.length + seed.length);
  for (let i = 0; i < label.length; i++) labelled[i] = label.charCodeAt(i);
  labelled.set(seed, label.length);
  if (version >= TLS12) return pHash(prfHash, secret, labelled, length);
  // Halves share the middle byte of a secret of odd length (RFC 2246 §5).
  const half = Math.ceil(secret.length / 2);
  const out = pHash('md5', secret.subarray(0, half), labelled, length);
  const other = pHash('sha1', secret.subarray(secret.length - half), labelled, length);
  for (let i = 0; i < length; i++) out[i] = (out[i] as number) ^ (other[i] as number);
  return out;
}

/** SSL 3.0's way to stretch a secret: MD5(secret + SHA('A' + secret + seed)) + MD5(secret + SHA('BB' ...)) ... */
function ssl3Expand(secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i * 16 < length; i++) {
    const letters = Buffer.alloc(i + 1, 0x41 + i);
    const inner = digestOf('sha1', [letters, secret, seed]);
    blocks.push(digestOf('md5', [secret, inner]));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** What the two hellos settled. */
export type Negotiated = {
  readonly version: number;
  readonly suite: CipherSuite;
  /** 32 bytes each. */
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
};

/**
 * The master secret (48 bytes). `sessionHash` is the hash of the handshake up to ClientKeyExchange where the extended
 * master secret was agreed (RFC 7627 §4), else undefined.
 */
export function masterSecret(
  negotiated: Negotiated,
  premaster: Uint8Array,
  sessionHash: Uint8Array | undefined,
): Uint8Array {
  const { version, suite, clientRandom, serverRandom } = negotiated;
  if (version <= SSL3) return ssl3Expand(premaster, concat(clientRandom, serverRandom), 48);
  if (sessionHash !== undefined) {
    return prf(version, suite.prf, premaster, 'extended master secret', sessionHash, 48);
  }
  return prf(version, suite.prf, premaster, 'master secret', concat(clientRandom, serverRandom), 48);
}

/** Keys of one direction. `iv` is the first block of CBC (SSL 3.0, TLS 1.0) or the fixed part of an AEAD nonce. */
export type DirectionKeys = {
  readonly macKey: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
};

/** Keys of both directions. */
export type Keys = { readonly client: DirectionKeys; readonly server: DirectionKeys };

/** Cuts the key block (RFC 5246 §6.3) for a suite with a known cipher; makes export keys (RFC 2246 §6.3.1, RFC 6101 §6.2.2). */
export function deriveKeys(negotiated: Negotiated, master: Uint8Array): Keys | undefined {
  const { version, suite, clientRandom, serverRandom } = negotiated;
  const bulk = suite.bulk;
  if (bulk === undefined) return undefined;
  // From TLS 1.1 on CBC has an explicit IV in each record, and the key block none.
  const implicitIv = version < 0x0302 ? bulk.blockLength : 0;
  const ivLength = bulk.fixedIvLength > 0 ? bulk.fixedIvLength : implicitIv;
  const total = 2 * (suite.macLength + bulk.keyMaterialLength + ivLength);
  const seed = concat(serverRandom, clientRandom);
  const block =
    version <= SSL3
      ? ssl3Expand(master, seed, total)
      : prf(version, suite.prf, master, 'key expansion', seed, total);
  let offset = 0;
  const take = (length: number) => {
    offset += length;
    return block.subarray(offset - length, offset);
  };
  const macKeys = [take(suite.macLength), take(suite.macLength)] as const;
  const keys = [take(bulk.keyMaterialLength), take(bulk.keyMaterialLength)] as const;
  const ivs = [take(ivLength), take(ivLength)] as const;
  if (!suite.exportable) {
    return {
      client: { macKey: macKeys[0], key: keys[0], iv: ivs[0] },
      server: { macKey: macKeys[1], key: keys[1], iv: ivs[1] },
    };
  }
  const [clientKeys, serverKeys] = exportKeys(negotiated, keys, bulk.keyLength, ivLength);
  return { client: { macKey: macKeys[0], ...clientKeys }, server: { macKey: macKeys[1], ...serverKeys } };
}

type KeyAndIv = { readonly key: Uint8Array; readonly iv: Uint8Array };

function exportKeys(
  { version, suite, clientRandom, serverRandom }: Negotiated,
  [clientKey, serverKey]: readonly [Uint8Array, Uint8Array],
  keyLength: number,
  ivLength: number,
): readonly [KeyAndIv, KeyAndIv] {
  const clientFirst = concat(clientRandom, serverRandom);
  const serverFirst = concat(serverRandom, clientRandom);
  if (version <= SSL3) {
    return [
      {
        key: digestOf('md5', [clientKey, clientFirst]).subarray(0, keyLength),
        iv: digestOf('md5', [clientFirst]).subarray(0, ivLength),
      },
      {
        key: digestOf('md5', [serverKey, serverFirst]).subarray(0, keyLength),
        iv: digestOf('md5', [serverFirst]).subarray(0, ivLength),
      },
    ];
  }
  const ivs = prf(version, suite.prf, new Uint8Array(0), 'IV block', clientFirst, 2 * ivLength);
  const final = (key: Uint8Array, label: string) =>
    prf(version, suite.prf, key, label, clientFirst, keyLength);
  return [
    { key: final(clientKey, 'client write key'), iv: ivs.subarray(0, ivLength) },
    { key: final(serverKey, 'server write key'), iv: ivs.subarray(ivLength) },
  ];
}

/** Hash of the handshake messages as Finished and the extended master secret use it: MD5 and SHA-1 before TLS 1.2. */
export function handshakeHash(
  version: number,
  suite: CipherSuite,
  messages: readonly Uint8Array[],
): Uint8Array {
  return version >= TLS12
    ? digestOf(suite.prf, messages)
    : concat(digestOf('md5', messages), digestOf('sha1', messages));
}

/** verify_data of a Finished: RFC 5246 §7.4.9 (12 bytes), RFC 6101 §5.6.9 (36 bytes). */
export function finishedData(
  version: number,
  suite: CipherSuite,
  master: Uint8Array,
  sender: 'client' | 'server',
  messages: readonly Uint8Array[],
): Uint8Array {
  if (version > SSL3) {
    return prf(version, suite.prf, master, `${sender} finished`, handshakeHash(version, suite, messages), 12);
  }
  return ssl3Hashes(master, messages, Buffer.from(sender === 'client' ? 'CLNT' : 'SRVR', 'latin1'));
}

/** MD5 and SHA-1 of SSL 3.0's Finished and (with an empty sender) CertificateVerify: RFC 6101 §5.6.8, §5.6.9. */
export function ssl3Hashes(
  master: Uint8Array,
  messages: readonly Uint8Array[],
  sender: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const keyed = (hash: 'md5' | 'sha1') => {
    const padLength = hash === 'md5' ? 48 : 40;
    const inner = digestOf(hash, [...messages, sender, master, Buffer.alloc(padLength, 0x36)]);
    return digestOf(hash, [master, Buffer.alloc(padLength, 0x5c), inner]);
  };
  return concat(keyed('md5'), keyed('sha1')).subarray(0, hashLength('md5') + hashLength('sha1'));
}
