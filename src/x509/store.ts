import { toHex } from '../bytes/hex.js';
import { equalBytes } from '../bytes/text.js';
import type { Certificate } from './certificate.js';

/** Certificates indexed by what CMS, TLS and path building ask for. The first of several equal certificates stays. */
export class CertificateStore {
  readonly #all: Certificate[] = [];
  readonly #fingerprints = new Set<string>();
  /** Serial numbers alone tell nearly all certificates apart; issuers are compared then. */
  readonly #bySerial = new Map<string, Certificate[]>();
  readonly #byKeyIdentifier = new Map<string, Certificate>();
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
      const identifier = toHex(certificate.subjectKeyIdentifier);
      if (!this.#byKeyIdentifier.has(identifier)) this.#byKeyIdentifier.set(identifier, certificate);
    }
    append(this.#bySubject, toHex(certificate.subjectDer), certificate);
    append(this.#bySpki, toHex(certificate.spki), certificate);
  }

  /** Whether this very certificate is in the store. */
  has(certificate: Certificate): boolean {
    return this.#fingerprints.has(certificate.fingerprintSha256);
  }

  /** By issuer Name in DER, compared byte by byte, and serial number as `Certificate.serialNumber` writes it. */
  findByIssuerAndSerial(issuerDer: Uint8Array, serialHex: string): Certificate | undefined {
    return this.#bySerial.get(serialHex)?.find((one) => equalBytes(one.issuerDer, issuerDer));
  }

  findBySubjectKeyIdentifier(identifier: Uint8Array): Certificate | undefined {
    return this.#byKeyIdentifier.get(toHex(identifier));
  }

  /** All with this subject Name in DER: the candidates for an issuer. */
  findBySubject(subjectDer: Uint8Array): readonly Certificate[] {
    return this.#bySubject.get(toHex(subjectDer)) ?? [];
  }

  /** All with this SubjectPublicKeyInfo. */
  findBySpki(spki: Uint8Array): readonly Certificate[] {
    return this.#bySpki.get(toHex(spki)) ?? [];
  }

  all(): readonly Certificate[] {
    return this.#all;
  }
}

function append<K>(index: Map<K, Certificate[]>, key: K, certificate: Certificate): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [certificate]);
  else list.push(certificate);
}
