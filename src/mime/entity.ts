import type { Fault } from '../bytes/fault.js';
import { type ContentType, parseContentType, TEXT_PLAIN } from './content-type.js';
import { mimeFault, shiftFaults } from './faults.js';
import { headerNamed, type MimeHeader, parseHeaders } from './headers.js';
import { type Multipart, splitMultipartOf } from './multipart.js';
import { decodeTransferEncoding, transferEncodingName } from './transfer-encoding.js';

export type { MimeHeader } from './headers.js';

/**
 * MIME entities (RFC 2045 §2.4): headers, an empty line, a body. `parseEntity` splits one; `openBody` reads a body by
 * the headers that go with it, which for the outermost body are those of the SIP message.
 */

export type Entity = {
  /** The whole entity, as sent: headers, empty line and body. This is what a detached signature covers. */
  readonly bytes: Uint8Array;
  readonly headers: readonly MimeHeader[];
  /** First byte of the body in `bytes`. */
  readonly bodyStart: number;
  readonly body: Uint8Array;
  /** Offsets count bytes of `bytes`. */
  readonly faults: readonly Fault[];
};

/** Entities within entities, CMS layers counted too by the caller; real ones stop at four. */
export const MAX_DEPTH = 16;

/** Splits an entity; never fails, as bytes without headers are a body. */
export function parseEntity(bytes: Uint8Array): Entity {
  const { headers, bodyStart, faults } = parseHeaders(bytes);
  return { bytes, headers, bodyStart, body: bytes.subarray(bodyStart), faults };
}

export type OpenedBody = {
  /** `text/plain` where the header is missing or malformed. */
  readonly contentType: ContentType;
  /** Lower-case; undefined where there is no such header. */
  readonly transferEncoding: string | undefined;
  /** The body without its transfer encoding: a view of the same memory where nothing was encoded. */
  readonly content: Uint8Array;
  /** Set for `multipart/*`: ranges of `content`. */
  readonly multipart: Multipart | undefined;
  /** Offsets count bytes of the body as it was given. */
  readonly faults: readonly Fault[];
};

/** A header as this folder and SIP have them. */
export type NamedValue = { readonly canonicalName: string; readonly value: string };

/**
 * Reads a body by its headers: media type, transfer encoding, parts.
 *
 * A body without Content-Transfer-Encoding is taken as binary, as SIP's transport is 8-bit clean (RFC 3261 §7.4).
 * `fallback` is the type of a body without Content-Type: `message/rfc822` inside multipart/digest (RFC 2046 §5.1.5).
 */
export function openBody(
  headers: readonly NamedValue[],
  body: Uint8Array,
  fallback: ContentType = TEXT_PLAIN,
): OpenedBody {
  const faults: Fault[] = [];
  const contentType = contentTypeOf(headers, fallback, faults);
  const encoding = headerNamed(headers, 'content-transfer-encoding')?.value;
  const transferEncoding = encoding === undefined ? undefined : transferEncodingName(encoding);
  let content = body;
  if (encoding !== undefined) {
    const decoded = decodeTransferEncoding(body, encoding);
    content = decoded.bytes;
    for (const fault of decoded.faults) faults.push(fault);
  }
  let multipart: Multipart | undefined;
  if (contentType.type === 'multipart') {
    const encoded = content !== body;
    if (encoded) {
      const message = `a ${contentType.mediaType} is encoded as ${transferEncoding}`;
      faults.push(mimeFault('transfer-encoding-composite', message, 0, 0, 'Content-Transfer-Encoding'));
    }
    multipart = splitMultipartOf(contentType, content);
    // Places in decoded bytes mean nothing in the body as sent.
    for (const fault of multipart.faults) faults.push(encoded ? { ...fault, start: 0, length: 0 } : fault);
  }
  return { contentType, transferEncoding, content, multipart, faults };
}

/** `openBody` for an entity; fault offsets count bytes of the whole entity, and its own faults are among them. */
export function openEntity(entity: Entity, fallback: ContentType = TEXT_PLAIN): OpenedBody {
  const opened = openBody(entity.headers, entity.body, fallback);
  return { ...opened, faults: [...entity.faults, ...shiftFaults(opened.faults, entity.bodyStart)] };
}

function contentTypeOf(headers: readonly NamedValue[], fallback: ContentType, faults: Fault[]): ContentType {
  const header = headerNamed(headers, 'content-type');
  if (header === undefined) return fallback;
  const parsed = parseContentType(header.value);
  if (parsed.ok) {
    // Offsets inside a header's value are not offsets in the body: the header is named instead.
    for (const fault of parsed.value.faults) {
      const where = fault.where === undefined ? 'Content-Type' : `Content-Type;${fault.where}`;
      faults.push({ ...fault, start: 0, length: 0, where });
    }
    return parsed.value;
  }
  const message = `"${header.value}" is no media type; the body is taken as ${fallback.mediaType}`;
  faults.push(mimeFault('content-type-malformed', message, 0, 0, 'Content-Type'));
  return fallback;
}
