/**
 * Every fault code that this folder gives, with the rule it breaks and how much it matters. src/checks makes findings
 * of faults from this table.
 *
 * error: the structure is damaged, so that a part of it is lost. warning: strict readers refuse it, or readers differ
 * in what they see. note: unusual, but usable. info: no fault of the message, yet something a person may want to know.
 */
export type CmsFaultMeaning = {
  readonly severity: 'info' | 'note' | 'warning' | 'error';
  /** Document and section of the rule. */
  readonly reference: string;
  /** What the fault is, in a few words. */
  readonly title: string;
};

export const CMS_FAULTS = {
  // The encoding as a whole
  'cms-damaged': {
    severity: 'error',
    reference: 'X.690 §8.1',
    title: 'Encoding breaks off or contradicts itself',
  },
  'trailing-bytes': {
    severity: 'warning',
    reference: 'RFC 5652 §3',
    title: 'Bytes follow the CMS structure',
  },
  'not-cms': { severity: 'error', reference: 'RFC 5652 §3', title: 'Body is no CMS ContentInfo' },
  // SignedData
  'bad-signed-data': {
    severity: 'error',
    reference: 'RFC 5652 §5.1',
    title: 'SignedData is damaged or not of a known form',
  },
  'bad-signer': {
    severity: 'error',
    reference: 'RFC 5652 §5.3',
    title: 'SignerInfo is damaged or not of a known form',
  },
  'signer-version': {
    severity: 'note',
    reference: 'RFC 5652 §5.3',
    title: 'Version of a SignerInfo does not fit its signer identifier',
  },
  'issuer-encoding-differs': {
    severity: 'warning',
    reference: 'RFC 5280 §7.1',
    title: 'Issuer of a signer is encoded in another way than in the certificate',
  },
  'digest-algorithm-not-listed': {
    severity: 'warning',
    reference: 'RFC 5652 §5.1',
    title: 'Digest of a signer is not among the digestAlgorithms',
  },
  'digest-algorithms-differ': {
    severity: 'warning',
    reference: 'RFC 5652 §5.4',
    title: 'Digest algorithm and signature algorithm of a signer name different digests',
  },
  'content-type-attribute': {
    severity: 'warning',
    reference: 'RFC 5652 §11.1',
    title: 'contentType attribute is missing or names another type',
  },
  'signed-attributes-not-der': {
    severity: 'warning',
    reference: 'RFC 5652 §5.3',
    title: 'Signed attributes are not encoded in DER',
  },
  'signed-attributes-order': {
    severity: 'warning',
    reference: 'RFC 5652 §5.3',
    title: 'Signed attributes are not in the order that DER asks for',
  },
  'signing-time-unsigned': {
    severity: 'warning',
    reference: 'RFC 5652 §11.3',
    title: 'signingTime is not signed',
  },
  'attribute-unsigned': {
    severity: 'warning',
    reference: 'RFC 5652 §11',
    title: 'contentType or messageDigest is not signed',
  },
  'attributes-as-content': {
    severity: 'error',
    reference: 'RFC 5652 §5.4',
    title: 'Content is the signed attributes of another signature',
  },
  'content-twice': {
    severity: 'note',
    reference: 'RFC 8551 §3.5.3.1',
    title: 'Content stands both outside and inside the signature',
  },
  'content-differs': {
    severity: 'error',
    reference: 'RFC 8551 §3.5.3.1',
    title: 'Content inside a detached signature differs from the signed part outside',
  },
  'content-not-octets': {
    severity: 'note',
    reference: 'RFC 5652 §5.2.1',
    title: 'Encapsulated content is not in an OCTET STRING (PKCS #7 1.5)',
  },
  'too-many-signers': {
    severity: 'info',
    reference: 'RFC 5652 §5.1',
    title: 'More signers than are judged',
  },
  // Certificates and revocation lists
  'bad-certificate': {
    severity: 'warning',
    reference: 'RFC 5280 §4.1',
    title: 'Certificate in the message cannot be read',
  },
  'other-certificate': {
    severity: 'note',
    reference: 'RFC 5652 §10.2.2',
    title: 'Certificate of another kind than X.509 in the message',
  },
  'bad-crl': {
    severity: 'warning',
    reference: 'RFC 5280 §5.1',
    title: 'Certificate revocation list in the message cannot be read',
  },
  'too-many-certificates': {
    severity: 'info',
    reference: 'RFC 5652 §10.2.3',
    title: 'More certificates than are read',
  },
  // EnvelopedData and its kin
  'bad-enveloped-data': {
    severity: 'error',
    reference: 'RFC 5652 §6.1',
    title: 'Structure around the encrypted content is damaged',
  },
  'bad-recipient': {
    severity: 'warning',
    reference: 'RFC 5652 §6.2',
    title: 'RecipientInfo is damaged or of an unknown kind',
  },
  'aead-tag-length': {
    severity: 'error',
    reference: 'RFC 5084 §3.2',
    title: 'Authentication tag is not as long as the algorithm says, or shorter than allowed',
  },
  'aead-tag-short': {
    severity: 'note',
    reference: 'RFC 5084 §3.1',
    title: 'Authentication tag is shorter than is recommended',
  },
  'aead-in-enveloped-data': {
    severity: 'warning',
    reference: 'RFC 5084 §1',
    title: 'Authenticated encryption inside EnvelopedData or EncryptedData, which have no place for its tag',
  },
  'cipher-without-authentication': {
    severity: 'error',
    reference: 'RFC 5083 §2.1',
    title: 'AuthEnvelopedData with a cipher that authenticates nothing',
  },
  'signatures-not-judged': {
    severity: 'warning',
    reference: 'RFC 2315 §11',
    title: 'Signatures of a SignedAndEnvelopedData are not checked',
  },
  'mac-length': {
    severity: 'error',
    reference: 'RFC 5652 §9.1',
    title: 'MAC of an AuthenticatedData is empty or cut',
  },
  'too-many-recipients': {
    severity: 'info',
    reference: 'RFC 5652 §6.1',
    title: 'More recipients than are read',
  },
  'bad-authenticated-data': {
    severity: 'error',
    reference: 'RFC 5652 §9.1',
    title: 'AuthenticatedData is damaged',
  },
  // CompressedData
  'no-compressed-content': {
    severity: 'error',
    reference: 'RFC 3274 §1.1',
    title: 'Compressed content is missing or cut off',
  },
  'compression-algorithm': {
    severity: 'warning',
    reference: 'RFC 3274 §2',
    title: 'Compression algorithm is not zlib',
  },
  'bad-compressed-content': {
    severity: 'error',
    reference: 'RFC 3274 §2',
    title: 'Compressed content is no whole zlib stream',
  },
  'inflated-too-large': {
    severity: 'warning',
    reference: 'RFC 3274 §2',
    title: 'Compressed content is larger than any that is opened',
  },
  'line-ends-of-file': {
    severity: 'note',
    reference: 'RFC 8551 §3.1.1',
    title: 'File has LF line ends, and the signature covers CRLF ones',
  },
  'line-ends-signed-bare': {
    severity: 'warning',
    reference: 'RFC 8551 §3.1.1',
    title: 'Signature covers LF line ends, which receivers turn into CRLF before they check it',
  },
  'line-ends-not-canonical': {
    severity: 'warning',
    reference: 'RFC 8551 §3.1.1',
    title: 'Signed part inside CMS has LF line ends, and the signature covers CRLF ones',
  },
  'too-much-work': {
    severity: 'warning',
    reference: 'RFC 5652 §14',
    title: 'Message asks for more key operations than are done for one message',
  },
} as const satisfies Readonly<Record<string, CmsFaultMeaning>>;

/** A code of the table: the type checker holds the table whole. */
export type CmsFaultCode = keyof typeof CMS_FAULTS;
