import type { Finding } from '../model/finding.js';
import type { Mistake } from '../model/mistake.js';
import type { RuleHeader } from './rule.js';

/** The mistakes that the forensics name, by what they are about: code, and a title for a table. */
const SIGNED_BYTES: Readonly<Record<string, string>> = {
  'crlf-before-boundary': 'the line end before the boundary was signed too',
  'headers-left-out': 'the headers of the part were not signed',
  'blank-line-left-in': 'the blank line was signed, the headers of the part were not',
  'lf-line-ends': 'the content was signed with LF line ends',
  'crlf-line-ends': 'the content was signed with CRLF line ends and travels with others',
  'cr-line-ends': 'the content was signed with CR line ends',
  'line-end-added': 'the content was signed with a line end added',
  'trailing-line-ends': 'the content was signed without its last line ends',
  'trailing-white-space': 'the content was signed without white space at the ends of its lines',
  'multipart-signed-whole': 'the whole multipart was signed',
  'enclosing-signed': 'the message around the multipart was signed',
  'nothing-signed': 'the empty string was signed',
  'header-folding': 'a header of the part was folded or unfolded after signing',
  'header-spacing': 'white space in a header of the part was changed after signing',
  'header-added': 'a header was added to the part after signing',
  'signed-before-encoding': 'the content was signed before its transfer encoding',
  'signed-after-encoding': 'the content was signed in a transfer encoding that it does not travel in',
  'other-content-signed': 'another content was signed',
};

const SIGNATURE_VALUE: Readonly<Record<string, string>> = {
  'wrong-micalg': 'micalg names another digest than the signature uses',
  'digest-algorithm-differs': 'another digest was used than the signer says',
  'digest-of-digest': 'the digest of the digest was signed',
  'signed-attributes-order': 'the signed attributes were signed in other than DER order',
  'signed-attributes-contents': 'the contents of the signed attributes were signed without any tag',
  'signed-attributes-sequence': 'the signed attributes were signed as a SEQUENCE',
  'signed-attributes-not-der': 'the signed attributes were signed in other than DER',
  'signed-attributes-tag': 'the signed attributes were signed with their [0] tag',
  'bare-digest-signed': 'the digest was signed without DigestInfo',
  'raw-signature-value': 'the signature value is not encoded as its algorithm wants',
  'signature-reversed': 'the octets of the signature value stand in reverse order',
  'pss-not-said': 'the signature is RSASSA-PSS, which the signer does not say',
  'other-key-signed': 'another given certificate verifies the signature',
  'other-key-or-damaged': 'the signature was made with another key, or is damaged',
};

const DECRYPTION: Readonly<Record<string, string>> = {
  'wrong-key': 'the given key does not open the content key',
  'no-recipient-key': 'the key of no recipient was given',
  'content-key-length': 'the content key has the wrong length for its cipher',
  'content-key-or-damage': 'the content key is wrong or the content is damaged',
  'ciphertext-length': 'the ciphertext is no whole number of blocks',
  'padding-damaged': 'the padding of the content is damaged',
  'padding-missing': 'the content was encrypted without padding',
  'padding-zeros': 'the content was padded with zeros',
  'padding-iso10126': 'the content was padded as ISO 10126 says',
  'tag-mismatch': 'the authentication tag does not fit',
  'attributes-not-authenticated': 'the authenticated attributes were left out of the tag',
};

const DAMAGE: Readonly<Record<string, string>> = {
  empty: 'the body is empty',
  truncated: 'the body is cut off',
  'leading-bytes': 'bytes stand before the structure',
  'trailing-bytes': 'bytes follow the structure',
  'base64-not-decoded': 'the body is in base64 and does not say so',
  'base64-twice': 'the body is in base64 twice',
  'pem-not-decoded': 'the body is in PEM',
  'hex-not-decoded': 'the body is in hexadecimal',
  'quoted-printable-not-decoded': 'the body is in quoted-printable and does not say so',
  'lf-to-crlf': 'LF was changed to CRLF inside the binary body',
  'crlf-to-lf': 'CRLF was changed to LF inside the binary body',
  'cr-to-lf': 'CR was changed to LF inside the binary body',
  'content-length-too-small': 'the body goes on behind its Content-Length',
  'latin1-as-utf8': 'the binary body was converted from Latin-1 to UTF-8',
  'replacement-characters': 'bytes of the body were replaced as they are no UTF-8',
  'seven-bit': 'the eighth bit of the body’s bytes was cut off',
};

const KINDS = [
  {
    table: SIGNED_BYTES,
    reference: 'RFC 8551 §3.5.3',
    explanation:
      'The signature holds when this mistake is made too: signer and receiver disagree on which bytes are signed. ' +
      'They are those of the first part, headers included, with CRLF line ends and without the CRLF before the boundary.',
  },
  {
    table: SIGNATURE_VALUE,
    reference: 'RFC 5652 §5.4',
    explanation:
      'The signature holds when this mistake is made too: the signer computed it in another way than it says.',
  },
  {
    table: DECRYPTION,
    reference: 'RFC 5652 §6',
    explanation:
      'This is why the encrypted content could not be opened, as far as can be told from the key and the bytes.',
  },
  {
    table: DAMAGE,
    reference: 'RFC 8551 §3.1',
    explanation:
      'The body was damaged on its way: it is whole once the damage is undone. Something treated a binary body as text, ' +
      'or cut it; `siplens show` shows what it decodes to.',
  },
] as const;

/** A mistake as a finding of the rule `mistake/code`; `path` is that of the body in the JSON. */
export function mistakeFinding(mistake: Mistake, path: string): Finding {
  const kind = KINDS.find(({ table }) => mistake.code in table);
  return {
    rule: `mistake/${mistake.code}`,
    severity: 'error',
    summary: mistake.sentence,
    reference: kind?.reference,
    where: path,
  };
}

/** Every mistake as if it were a rule. */
export function mistakeRules(): readonly RuleHeader[] {
  return KINDS.flatMap(({ table, reference, explanation }) =>
    Object.entries(table).map(
      ([code, title]): RuleHeader => ({
        id: `mistake/${code}`,
        severity: 'error',
        reference,
        title,
        explanation,
      }),
    ),
  );
}
