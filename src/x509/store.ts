import { toHex } from '../bytes/hex.js';
import { equalBytes } from '../bytes/text.js';
import type { Certificate } from './certificate.js';
import { nameKey } from './name-key.js';

/** Certificates indexed by what CMS, TLS and path building ask for. The first of several equal certificates stays. */
export class CertificateStore {
  readonly #all: Certificate[] = [];
  readonly #fingerprints = new Set<string>();
  /** Serial numbers alone tell nearly all certificates apart; issuers are compared then. */
  readonly #bySerial = new Map<string, Certificate[]>();
  readonly #byKeyIdentifier = new Map<string, Certificate[]>();
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #bySpki = new Map<string, Certificate[]>();

  constructor(certificates: Iterable<Certificate> = []) {
    for (const certificate of certificates) this.add(certificate);
  }

  get size(): number {
    return this.#all.length;
  }

  add(certificate: Certificate): void {
    if (this.#fingerprints.has(certificate.fingerprintSha256)) return;
    this.#fingerprints.add(certificate.fingerprintSha256);
    this.#all.push(certificate);
    append(this.#bySerial, certificate.serialNumber, certificate);
    if (certificate.subjectKeyIdentifier !== undefined) {
      append(this.#byKeyIdentifier, toHex(certificate.subjectKeyIdentifier), certificate);
    }
    append(this.#bySubject, certificate.subjectKey, certificate);
    append(this.#bySpki, toHex(certificate.spki), certificate);
  }

  /** Whether this very certificate is in the store. */
  has(certificate: Certificate): boolean {
    return this.#fingerprints.has(certificate.fingerprintSha256);
  }

  /**
   * By issuer Name in DER, compared by RFC 5280 §7.1, and serial number as `Certificate.serialNumber` writes it: the
   * first whose issuer has the same bytes, else the first with the same name.
   */
  findByIssuerAndSerial(issuerDer: Uint8Array, serialHex: string): Certificate | undefined {
    return this.findAllByIssuerAndSerial(issuerDer, serialHex)[0];
  }

  /** All of them, those whose issuer has the same bytes first: two that claim one number are told apart by their keys. */
  findAllByIssuerAndSerial(issuerDer: Uint8Array, serialHex: string): readonly Certificate[] {
    return withIssuer(this.#bySerial.get(serialHex) ?? [], issuerDer);
  }

  findBySubjectKeyIdentifier(identifier: Uint8Array): Certificate | undefined {
    return this.#byKeyIdentifier.get(toHex(identifier))?.[0];
  }

  /** All of them: nothing keeps two certificates from claiming one identifier. */
  findAllBySubjectKeyIdentifier(identifier: Uint8Array): readonly Certificate[] {
    return this.#byKeyIdentifier.get(toHex(identifier)) ?? [];
  }

  /** All with this subject Name in DER, compared by RFC 5280 §7.1: the candidates for an issuer. */
  findBySubject(subjectDer: Uint8Array): readonly Certificate[] {
    return this.#bySubject.get(nameKey(subjectDer)) ?? [];
  }

  /** All with this SubjectPublicKeyInfo. */
  findBySpki(spki: Uint8Array): readonly Certificate[] {
    return this.#bySpki.get(toHex(spki)) ?? [];
  }

  all(): readonly Certificate[] {
    return this.#all;
  }
}

/** Those of an issuer: the same bytes first, then the same name in other ones. */
export function withIssuer(
  certificates: readonly Certificate[],
  issuerDer: Uint8Array,
): readonly Certificate[] {
  const same = certificates.filter((one) => equalBytes(one.issuerDer, issuerDer));
  if (same.length === certificates.length) return same;
  const key = nameKey(issuerDer);
  return [...same, ...certificates.filter((one) => !same.includes(one) && one.issuerKey === key)];
}

function append<K>(index: Map<K, Certificate[]>, key: K, certificate: Certificate): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [certificate]);
  else list.push(certificate);
}
