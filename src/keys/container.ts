/**
 * Tells what a DER key file is by its structure: PKCS #1 (RFC 8017 §A.1.2), PKCS #8 (RFC 5958), SEC 1 (RFC 5915),
 * PKCS #12 (RFC 7292), PKCS #7 (RFC 5652), X.509 (RFC 5280). Looks at tags only.
 */

import { children, type Element, identifier, readSequence, smallInteger, TAGS } from './elements.js';

export type ContainerKind =
  | 'pkcs1'
  | 'pkcs8'
  | 'encrypted-pkcs8'
  | 'sec1'
  | 'dsa'
  | 'pkcs12'
  | 'pkcs7'
  | 'certificate'
  | 'certificate-request'
  | 'crl'
  | 'public-key'
  | 'unknown';

/** The kind of the one DER (or BER) element that is all of `bytes`. */
export function containerKind(bytes: Uint8Array): ContainerKind {
  const elements = readSequence(bytes);
  if (elements === undefined) return 'unknown';
  const tags = elements.map((element) => element.tag);
  const is = (...expected: number[]): boolean => expected.every((tag, index) => tags[index] === tag);
  const { integer, sequence, octetString, bitString, objectIdentifier, context0 } = TAGS;
  if (is(integer, integer, integer, integer)) {
    if (tags.length >= 9) return 'pkcs1';
    return tags.length === 6 ? 'dsa' : 'unknown';
  }
  if (is(integer, octetString)) return 'sec1';
  if (is(integer, sequence)) {
    if (tags[2] === octetString) return 'pkcs8';
    return smallInteger(elements[0]) === 3 && holdsIdentifier(elements[1]) ? 'pkcs12' : 'unknown';
  }
  if (is(sequence, octetString)) return 'encrypted-pkcs8';
  if (is(objectIdentifier, context0)) return 'pkcs7';
  if (is(sequence, sequence, bitString)) return signedKind(elements[0]);
  if (is(sequence, bitString)) return 'public-key';
  return 'unknown';
}

function holdsIdentifier(element: Element | undefined): boolean {
  return identifier(children(element, TAGS.sequence)?.[0]) !== undefined;
}

/** What a SEQUENCE with an algorithm and a signature after it holds. */
function signedKind(toBeSigned: Element | undefined): ContainerKind {
  const fields = children(toBeSigned, TAGS.sequence);
  if (fields === undefined) return 'certificate';
  // A certificate may start with its version in [0], and has a validity of two times in a SEQUENCE.
  const rest = fields[0]?.tag === TAGS.context0 ? fields.slice(1) : fields;
  const tags = rest.map((field) => field.tag);
  const { integer, sequence } = TAGS;
  if ([integer, sequence, sequence, sequence, sequence].every((tag, index) => tags[index] === tag)) {
    return 'certificate';
  }
  if (tags[0] === integer && tags[1] === sequence && tags[2] === sequence && (tags[3] ?? 0xa0) === 0xa0) {
    return 'certificate-request';
  }
  return tags.some((tag) => tag === 0x17 || tag === 0x18) ? 'crl' : 'certificate';
}
