/** Whether one certificate's key signed another; names, dates and everything else are the path's business. */

import { type Certificate, usableKeyOf } from './certificate.js';
import { type SignatureVerdict, verifySignature } from './signature.js';

/**
 * Whether `issuer`'s key made the signature on `certificate`; names and dates are not looked at. `parameters` is whose
 * DSA parameters the issuer's key has, where it has none of its own (RFC 3279 §2.3.2).
 */
export function isSignedBy(
  certificate: Certificate,
  issuer: Certificate,
  parameters?: Pick<Certificate, 'spki'>,
): SignatureVerdict {
  const usable = usableKeyOf(issuer, parameters);
  if (usable.key === undefined) {
    return { status: 'unsupported', reason: `the ${issuer.publicKey.algorithm} key cannot be used` };
  }
  return verifySignature(
    certificate.signatureAlgorithmDer,
    usable.key,
    certificate.tbs,
    certificate.signature,
  );
}

/** Whether a DSA key leaves its parameters to the certificate above it. */
export function inheritsParameters({ publicKey: { algorithm, bits } }: Certificate): boolean {
  return algorithm === 'id-dsa' && bits === 0;
}

/** What a check with a key costs, in checks with an RSA key of 4096 bits. */
export function signatureCost({ publicKey: { algorithm, bits } }: Certificate): number {
  const unit = algorithm === 'id-dsa' ? 2048 : 4096;
  return algorithm.startsWith('id-ec') ? 1 : Math.max(1, Math.ceil((bits / unit) ** 2));
}
