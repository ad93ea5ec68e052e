import { createPublicKey } from 'node:crypto';
import { append } from '../bytes/append.js';
import { toHex } from '../bytes/hex.js';
import { KeyLog, parseKeyLog } from './key-log.js';
import type { KeyMaterial, PrivateKeyEntry } from './material.js';

export type { KeyMaterial, PrivateKeyEntry } from './material.js';

/** Unknown public keys whose normal form is remembered: one a server certificate, so that each is parsed once. */
const NORMAL_FORMS_LIMIT = 10_000;

/** All that the user gave to open things with: private keys, the certificates beside them, secrets of key logs. */
export class Keyring {
  readonly keyLog: KeyLog = new KeyLog();
  readonly #privateKeys: PrivateKeyEntry[] = [];
  readonly #presharedKeys: Uint8Array[] = [];
  readonly #passwords: string[] = [];
  readonly #certificates: { readonly label: string; readonly der: Uint8Array }[] = [];
  readonly #bySpki = new Map<string, PrivateKeyEntry>();
  /** Keys found by those very bytes, which are a certificate's: every message to it asks again. */
  readonly #found = new WeakMap<Uint8Array, PrivateKeyEntry>();
  /** Public keys as met -> as OpenSSL writes them. */
  readonly #normalForms = new Map<string, string>();

  /** Passwords that may open a password recipient of CMS (RFC 5652 §6.2.4). */
  get passwords(): readonly string[] {
    return this.#passwords;
  }

  addPassword(password: string): void {
    if (!this.#passwords.includes(password)) this.#passwords.push(password);
  }

  /** Shared keys as key-encryption keys of CMS (RFC 5652 §6.2.3). */
  get secretKeys(): readonly Uint8Array[] {
    return this.#presharedKeys;
  }

  /** Pre-shared keys of TLS (RFC 4279). */
  get presharedKeys(): readonly Uint8Array[] {
    return this.#presharedKeys;
  }

  addPresharedKey(key: Uint8Array): void {
    this.#presharedKeys.push(new Uint8Array(key));
  }

  get privateKeys(): readonly PrivateKeyEntry[] {
    return this.#privateKeys;
  }

  /** Certificates in DER, as they stood in the files. */
  get certificates(): readonly { readonly label: string; readonly der: Uint8Array }[] {
    return this.#certificates;
  }

  /** Adds what a file held; a key that is there already is not added again. */
  add(material: KeyMaterial): void {
    for (const entry of material.privateKeys) {
      const spki = toHex(entry.spki);
      if (this.#bySpki.has(spki)) continue;
      this.#bySpki.set(spki, entry);
      this.#privateKeys.push(entry);
    }
    append(this.#certificates, material.certificates);
    if (material.keyLog !== undefined) this.keyLog.add(material.keyLog.entries);
  }

  /** Adds the secrets of an NSS key log's text, as of a pcapng block; answers how many there were. */
  addKeyLog(text: string): number {
    const { entries } = parseKeyLog(text);
    this.keyLog.add(entries);
    return entries.length;
  }

  /** The private key of a public one, given as SubjectPublicKeyInfo in DER (a certificate's). */
  findBySpki(spki: Uint8Array): PrivateKeyEntry | undefined {
    if (this.#privateKeys.length === 0) return undefined;
    const known = this.#found.get(spki);
    if (known !== undefined) return known;
    const met = toHex(spki);
    const entry = this.#bySpki.get(met) ?? this.#bySpki.get(this.#normalForm(met, spki));
    if (entry !== undefined) this.#found.set(spki, entry);
    return entry;
  }

  /** Certificates may write the same key otherwise, as without the NULL parameters of rsaEncryption. */
  #normalForm(met: string, spki: Uint8Array): string {
    const known = this.#normalForms.get(met);
    if (known !== undefined) return known;
    let normal = met;
    try {
      const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
      normal = toHex(key.export({ format: 'der', type: 'spki' }));
    } catch {
      // Not a key that OpenSSL knows: it is what it is.
    }
    if (this.#normalForms.size < NORMAL_FORMS_LIMIT) this.#normalForms.set(met, normal);
    return normal;
  }
}
