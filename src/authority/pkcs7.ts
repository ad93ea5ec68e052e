/** Certificates alone in PKCS #7: a SignedData without content and signers (RFC 5652 §5, RFC 2315), as `.p7c` files are. */

import { context, integer, oid, sequence, set } from '../asn1/der.js';

/** DER of the bundle; the certificates (DER) stay in their order, as openssl's `crl2pkcs7` leaves them. */
export function encodeCertificateBundle(certificates: readonly Uint8Array[]): Uint8Array {
  const signedData = sequence(
    integer(1),
    set(),
    sequence(oid('1.2.840.113549.1.7.1')),
    context(0, ...certificates),
    set(),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), context(0, signedData));
}
