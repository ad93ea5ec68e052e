import * as crypto from 'node:crypto';

type OneShotHash = (hash: string, data: Uint8Array, encoding: 'binary' | 'base64') => string;

/**
 * Digest of what lies whole in memory, without a Hash object, which costs several times what a short hash does. In: the
 * hash by OpenSSL's name. Out: text, as a Buffer takes four times as long to make.
 */
export const oneShotHash: OneShotHash =
  // It came with Node 20.12.
  typeof crypto.hash === 'function'
    ? crypto.hash
    : (hash, data, encoding) => crypto.createHash(hash).update(data).digest(encoding);
