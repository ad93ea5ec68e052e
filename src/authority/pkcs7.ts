/** Certificates alone in PKCS #7: a SignedData without content and signers (RFC 5652 §5, RFC 2315), as `.p7c` files are. */

import type { Certificate } from 'pkijs';
import { pkijs } from '../bytes/libraries.js';
import { encode, encodedAs } from './structures.js';

/** DER of the bundle; the certificates (DER) stay in their order, as openssl's `crl2pkcs7` leaves them. */
export function encodeCertificateBundle(certificates: readonly Uint8Array[]): Uint8Array {
  const { ContentInfo, EncapsulatedContentInfo, SignedData } = pkijs();
  const bundle = new SignedData({
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: ContentInfo.DATA }),
    certificates: certificates.map(encodedCertificate),
  });
  const info = new ContentInfo({ contentType: ContentInfo.SIGNED_DATA, content: bundle.toSchema() });
  return encode(info.toSchema());
}

/** A certificate as it is, however odd: these are the bytes that its issuer signed. */
export function encodedCertificate(der: Uint8Array): Certificate {
  return encodedAs(new (pkijs().Certificate)(), der);
}
