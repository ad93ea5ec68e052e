/** The built-in policies, written as a user would write them. */

/** What the draft's own example shows and its §8 asks of a client. */
const DRAFT_SEC_FLOWS = `
name: draft-sec-flows
description: TLS as the SIP security call flows show it
reference: draft-ietf-sipping-sec-flows-00 §6.1, §8
# §8: "some SIP clients incorrectly only do SSLv3 and do not support TLS".
versions: [TLS 1.0, TLS 1.1, TLS 1.2, TLS 1.3]
cipher_suites:
  # §6.1: "the client proposed three protocol suites including TLS_RSA_WITH_AES_128_CBC_SHA".
  required: [TLS_RSA_WITH_AES_128_CBC_SHA]
# §8: "Many SIP clients were found to accept expired certificates with no warning or error."
not_expired: true
# §8: good.example.com asked, evil.example.com given.
identity: true
established: true
`;

const RFC3261 = `
name: rfc3261
description: the TLS that every SIP element must be able to do
reference: RFC 3261 §26.2.1, §26.3.1
versions: [TLS 1.0, TLS 1.1, TLS 1.2, TLS 1.3]
cipher_suites:
  required: [TLS_RSA_WITH_AES_128_CBC_SHA]
`;

const RFC9325 = `
name: rfc9325
description: recommendations for secure use of TLS (BCP 195)
reference: RFC 9325 §3.1, §4
# §3.1.1: SSL, TLS 1.0 and 1.1 must not be negotiated.
versions: [TLS 1.2, TLS 1.3]
cipher_suites:
  # §4.1: no encryption, RC4, less than 112 bits: must not; less than 128 bits, static RSA and static DH: should not.
  forbidden:
    - "*_WITH_NULL_*"
    - "*_RC4_*"
    - "*_EXPORT*"
    - "*_anon_*"
    - "*_DES_CBC_*"
    - "*_DES40_*"
    - "*_3DES_*"
    - "*_RC2_*"
    - "*_IDEA_*"
    - TLS_RSA_WITH_*
    - TLS_RSA_PSK_WITH_*
    - TLS_DH_*
    - TLS_ECDH_*
# §4.1: forward secrecy.
forward_secrecy: true
# Against the triple handshake: RFC 7627.
extended_master_secret: true
# §4.5: RSA of at least 2048 bits, curves of at least 224; SHA-256 or better in signatures.
key_size: { rsa: 2048, ec: 224 }
signature_algorithms:
  forbidden: ["md2*", "md5*", "sha1*", "*-with-sha1"]
not_expired: true
`;

export const BUILT_IN_POLICIES: ReadonlyMap<string, string> = new Map([
  ['draft-sec-flows', DRAFT_SEC_FLOWS],
  ['rfc3261', RFC3261],
  ['rfc9325', RFC9325],
]);
