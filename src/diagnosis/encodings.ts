/** Transfer encodings that were left on a body: base64, PEM, hexadecimal, quoted-printable, once and twice. */

import { latin1 } from '../bytes/text.js';
import { type ContentType, parameter } from '../mime/content-type.js';
import { splitMultipart } from '../mime/multipart.js';
import type { Mistake } from '../model/mistake.js';
import type { CarriedVariants } from './variants.js';

/** How far into a multipart its first boundary is looked for. */
const BOUNDARY_OCTETS_LIMIT = 4096;
/** Most octets of a multipart that is looked for under an encoding. */
const MULTIPART_OCTETS_LIMIT = 1024 * 1024;

/**
 * The transfer encoding that was left on a multipart in which no boundary is found, with the bytes without it; undefined
 * where the boundary does not come out.
 */
export function explainMultipart(
  bytes: Uint8Array,
  contentType: ContentType,
  { declaredLength, behind }: CarriedVariants,
): Mistake | undefined {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined || boundary === '' || bytes.length > MULTIPART_OCTETS_LIMIT) return undefined;
  const isWhole = (decoded: Uint8Array): boolean =>
    latin1(decoded.subarray(0, BOUNDARY_OCTETS_LIMIT)).includes(`--${boundary}`) &&
    splitMultipart(decoded, boundary).closed;
  const found = encodingLeftOn(bytes, isWhole);
  if (found !== undefined || behind === undefined) return found;
  const whole = Buffer.concat([bytes, behind]);
  const grown = whole.length > MULTIPART_OCTETS_LIMIT ? undefined : encodingLeftOn(whole, isWhole);
  if (grown === undefined) return undefined;
  return { ...grown, sentence: `${grown.sentence} ${keptLength(bytes, whole, declaredLength)}` };
}

/** That the Content-Length is that of the body before it grew. */
export function keptLength(bytes: Uint8Array, whole: Uint8Array, declaredLength: number | undefined): string {
  return `The Content-Length says ${declaredLength ?? bytes.length}, as before the body grew: ${whole.length} bytes are there.`;
}

/** Base64, PEM, hexadecimal or quoted-printable that was not undone, where what comes out is whole. */
export function encodingLeftOn(
  bytes: Uint8Array,
  isWhole: (bytes: Uint8Array) => boolean,
): Mistake | undefined {
  const text = latin1(bytes);
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END/.exec(text);
  if (pem !== null) {
    const repaired = Buffer.from(pem[2] as string, 'base64');
    if (isWhole(repaired)) {
      return {
        code: 'pem-not-decoded',
        sentence: `The body is in PEM (BEGIN ${pem[1]}), where the bytes themselves should be.`,
        repaired,
      };
    }
  }
  const compact = text.replace(/\s+/g, '');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    const once = Buffer.from(text, 'base64');
    if (isWhole(once)) {
      return {
        code: 'base64-not-decoded',
        sentence:
          'The body is still in base64: its Content-Transfer-Encoding does not say so, or was not undone.',
        repaired: once,
      };
    }
    const twice = Buffer.from(latin1(once), 'base64');
    if (isWhole(twice)) {
      return { code: 'base64-twice', sentence: 'The body was put into base64 twice.', repaired: twice };
    }
    if (/^(?:[0-9A-Fa-f]{2})+$/.test(compact) && isWhole(Buffer.from(compact, 'hex'))) {
      const repaired = Buffer.from(compact, 'hex');
      return { code: 'hex-not-decoded', sentence: 'The body is in hexadecimal digits.', repaired };
    }
  }
  if (/=[0-9A-F]{2}/.test(text)) {
    const repaired = Buffer.from(
      text
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
    if (isWhole(repaired)) {
      return {
        code: 'quoted-printable-not-decoded',
        sentence: 'The body is still in quoted-printable.',
        repaired,
      };
    }
  }
  return undefined;
}
