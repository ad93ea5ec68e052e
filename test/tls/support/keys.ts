import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { toHex } from '../../../src/bytes/hex.js';
import { equalBytes } from '../../../src/bytes/text.js';
import type { TlsKeyLog, TlsKeys, TlsPrivateKey } from '../../../src/tls/context.js';

/** A private key from PEM, as the keyring would hand it over. */
export function privateKey(pem: string | Buffer, label = 'test key'): TlsPrivateKey {
  const key = createPrivateKey(pem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { label, key, spki };
}

export function privateKeyFile(path: string, label = 'test key'): TlsPrivateKey {
  return privateKey(readFileSync(path), label);
}

/** A key log that entries can be added to, independent of src/keys. */
export class TestKeyLog implements TlsKeyLog {
  readonly #entries = new Map<string, Buffer>();

  constructor(text = '') {
    this.add(text);
  }

  add(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const session = /^RSA Session-ID:([0-9a-f]+) Master-Key:([0-9a-f]+)/i.exec(line);
      const plain = /^([A-Z0-9_]+) ([0-9a-f]+) ([0-9a-f]+)\s*$/i.exec(line);
      if (session !== null) this.#set('session', session[1], session[2]);
      else if (plain !== null) this.#set(plain[1] as string, plain[2], plain[3]);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  masterSecret(clientRandom: Uint8Array): Uint8Array | undefined {
    return this.secret('CLIENT_RANDOM', clientRandom);
  }

  premasterByEncrypted(first8: Uint8Array): Uint8Array | undefined {
    return this.secret('RSA', first8);
  }

  premasterByClientRandom(clientRandom: Uint8Array): Uint8Array | undefined {
    return this.secret('PMS_CLIENT_RANDOM', clientRandom);
  }

  masterBySessionId(id: Uint8Array): Uint8Array | undefined {
    return this.secret('session', id);
  }

  secret(label: string, clientRandom: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(`${label} ${toHex(clientRandom)}`);
  }

  #set(label: string, key: string | undefined, value: string | undefined): void {
    this.#entries.set(`${label} ${(key ?? '').toLowerCase()}`, Buffer.from(value ?? '', 'hex'));
  }
}

export function keys(
  privateKeys: readonly TlsPrivateKey[] = [],
  keyLog: TlsKeyLog = new TestKeyLog(),
  presharedKeys: readonly Uint8Array[] = [],
): TlsKeys {
  return {
    privateKeys,
    findBySpki: (spki) => privateKeys.find((entry) => equalBytes(entry.spki, spki)),
    keyLog,
    presharedKeys,
  };
}
