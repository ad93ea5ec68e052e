import type { Fault } from '../bytes/fault.js';

/** What a fault's code stands for, for the rules that turn faults into findings. */
export type FaultMeaning = {
  readonly severity: 'info' | 'note' | 'warning' | 'error';
  /** The section that is broken, as `RFC 2046 §5.1.1`. */
  readonly reference: string;
  readonly title: string;
};

/** Every fault that this folder reports. */
export const MIME_FAULTS = {
  'content-type-malformed': {
    severity: 'warning',
    reference: 'RFC 2045 §5.1',
    title: 'Content-Type is not type "/" subtype',
  },
  'signed-part-count': {
    severity: 'error',
    reference: 'RFC 1847 §2.1',
    title: 'multipart/signed has not exactly two parts: what else is in it is not signed',
  },
  'content-type-folded': {
    severity: 'note',
    reference: 'RFC 3261 §7.3.1',
    title: 'Content-Type runs over several lines: many SIP stacks lose its later parameters',
  },
  'content-type-repeated': {
    severity: 'warning',
    reference: 'RFC 2045 §3',
    title: 'More than one Content-Type in one entity: readers differ in the one they take',
  },
  'parameter-malformed': {
    severity: 'warning',
    reference: 'RFC 2045 §5.1',
    title: 'Parameter is not attribute "=" value',
  },
  'parameter-empty': {
    severity: 'info',
    reference: 'RFC 2045 §5.1',
    title: 'Semicolon without a parameter after it',
  },
  'parameter-unquoted': {
    severity: 'note',
    reference: 'RFC 2045 §5.1',
    title: 'Parameter value with special characters stands without quotes',
  },
  'parameter-quote-open': {
    severity: 'warning',
    reference: 'RFC 2045 §5.1',
    title: 'Quoted parameter value has no closing quote',
  },
  'parameter-repeated': {
    severity: 'warning',
    reference: 'RFC 2045 §5.1',
    title: 'Parameter occurs twice: readers differ in the one they take',
  },
  'parameter-continuation': {
    severity: 'warning',
    reference: 'RFC 2231 §3',
    title: 'Parameter continuations are not numbered 0, 1, 2 ...',
  },
  'parameter-charset': {
    severity: 'note',
    reference: 'RFC 2231 §4',
    title: 'Extended parameter value is in no known character set or badly percent-encoded',
  },
  'comment-open': {
    severity: 'note',
    reference: 'RFC 5322 §3.2.2',
    title: 'Comment has no closing parenthesis',
  },
  'headers-missing': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1',
    title: 'Part begins with neither a header nor an empty line: all of it was taken as body',
  },
  'blank-line-missing': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1',
    title: 'No empty line between the headers and the body',
  },
  'header-line-feed': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Header lines end with LF instead of CRLF: signatures over them will not verify elsewhere',
  },
  'headers-too-large': {
    severity: 'warning',
    reference: 'siplens limit',
    title: 'Header section of a message inside is larger than is read',
  },
  'headers-too-many': {
    severity: 'warning',
    reference: 'siplens limit',
    title: 'More headers in one entity than are read',
  },
  'boundary-missing': {
    severity: 'error',
    reference: 'RFC 2046 §5.1.1',
    title: 'Multipart without a boundary parameter',
  },
  'boundary-too-long': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Boundary is longer than 70 characters',
  },
  'boundary-character': {
    severity: 'note',
    reference: 'RFC 2046 §5.1.1',
    title: 'Boundary has characters that are not allowed in one',
  },
  'boundary-trailing-space': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Boundary ends with white space',
  },
  'boundary-not-found': {
    severity: 'error',
    reference: 'RFC 2046 §5.1.1',
    title: 'The boundary does not occur in the body',
  },
  'boundary-line-feed': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Boundary stands between bare LFs instead of CRLFs: what a signature covers becomes a guess',
  },
  'boundary-prefix': {
    severity: 'note',
    reference: 'RFC 2046 §5.1.1',
    title: 'A line begins with the boundary but goes on: some readers take it for a delimiter',
  },
  'close-delimiter-missing': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Multipart has no close delimiter: it may be cut short',
  },
  'delimiter-after-close': {
    severity: 'warning',
    reference: 'RFC 2046 §5.1.1',
    title: 'Parts follow the close delimiter: some readers show them',
  },
  'parts-too-many': {
    severity: 'warning',
    reference: 'siplens limit',
    title: 'More parts in one multipart than are read',
  },
  'depth-exceeded': {
    severity: 'warning',
    reference: 'siplens limit',
    title: 'Entities nested deeper than are read',
  },
  'transfer-encoding-unknown': {
    severity: 'warning',
    reference: 'RFC 2045 §6.1',
    title: 'Unknown Content-Transfer-Encoding',
  },
  'transfer-encoding-composite': {
    severity: 'warning',
    reference: 'RFC 2045 §6.4',
    title: 'Multipart with a transfer encoding other than 7bit, 8bit or binary',
  },
  'seven-bit-violated': {
    severity: 'warning',
    reference: 'RFC 2045 §2.7',
    title: 'Bytes above 127 in a body that is called 7bit',
  },
  'line-too-long': {
    severity: 'note',
    reference: 'RFC 2045 §2.7',
    title: 'Line longer than the transfer encoding allows',
  },
  'base64-character': {
    severity: 'warning',
    reference: 'RFC 2045 §6.8',
    title: 'Characters outside the base64 alphabet',
  },
  'base64-padding': {
    severity: 'note',
    reference: 'RFC 2045 §6.8',
    title: 'Base64 padding is missing or wrong',
  },
  'base64-after-padding': {
    severity: 'warning',
    reference: 'RFC 2045 §6.8',
    title: 'Base64 goes on after its padding',
  },
  'base64-truncated': {
    severity: 'warning',
    reference: 'RFC 2045 §6.8',
    title: 'Base64 ends inside a byte',
  },
  'quoted-printable-escape': {
    severity: 'warning',
    reference: 'RFC 2045 §6.7',
    title: '"=" is followed by neither two hexadecimal digits nor a line end',
  },
  'quoted-printable-byte': {
    severity: 'note',
    reference: 'RFC 2045 §6.7',
    title: 'Bytes in quoted-printable text that ought to be encoded',
  },
} as const satisfies Record<string, FaultMeaning>;

export type MimeFaultCode = keyof typeof MIME_FAULTS;

/** A fault of this folder; `start` and `length` in bytes of what was parsed. */
export function mimeFault(
  code: MimeFaultCode,
  message: string,
  start: number,
  length: number,
  where?: string,
): Fault {
  return { code, message, start, length, ...(where === undefined ? {} : { where }) };
}

/** The same faults as seen from bytes in which what was parsed begins at `offset`. */
export function shiftFaults(faults: readonly Fault[], offset: number): Fault[] {
  return faults.map((fault) => ({ ...fault, start: fault.start + offset }));
}
