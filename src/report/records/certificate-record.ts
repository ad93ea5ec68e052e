import type { Certificate } from '../../x509/certificate.js';
import type { ChainVerdict } from '../../x509/chain.js';
import type { CertificateRecord, ChainRecord } from './declared/record-types.js';

/** A certificate as the JSON has it. */
export function certificateRecord(certificate: Certificate): CertificateRecord {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial_number: certificate.serialNumber,
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    public_key: { algorithm: certificate.publicKey.algorithm, bits: certificate.publicKey.bits },
    signature_algorithm: certificate.signatureAlgorithm,
    subject_alt_names: certificate.subjectAltNames.map(({ type, value }) => ({ type, value })),
    extended_key_usage: certificate.extendedKeyUsage,
    is_ca: certificate.isCa,
    fingerprint_sha256: certificate.fingerprintSha256,
  };
}

/** The verdict on a chain as the JSON has it. */
export function chainRecord({ status, reason, revocation }: ChainVerdict): ChainRecord {
  return { status, reason, revocation };
}
