import type { Fault } from '../bytes/fault.js';
import type { ByteSource } from '../bytes/field.js';
import type { Cms } from '../cms/model.js';
import type { ContentType } from '../mime/content-type.js';
import type { SipMessage } from '../sip/message.js';
import type { IdentityVerdict } from '../x509/identity.js';
import type { Mistake } from './mistake.js';

/** A header of a body: name as written and in lower case, value unfolded. Where it stands is for trees to find out. */
export type BodyHeader = { readonly name: string; readonly canonicalName: string; readonly value: string };

/** A body with all that is inside it: MIME parts, CMS, and the content that the CMS gave. What is absent is undefined. */
export type Body = {
  /** The bytes that `start` and `bodyStart` count in: the message, the decrypted content ... */
  readonly source: ByteSource;
  /** Where the entity (its headers, or the body where it has none) starts in `source`. */
  readonly start: number;
  /** First byte after the entity. */
  readonly end: number;
  /** Where the body proper starts. */
  readonly bodyStart: number;
  readonly contentType?: ContentType | undefined;
  /** The Content-Type as written. */
  readonly contentTypeText?: string | undefined;
  /** The entity's own headers; for the body of a SIP message its Content-* headers. */
  readonly headers: readonly BodyHeader[];
  readonly transferEncoding?: string | undefined;
  /** The body with its transfer encoding undone. */
  readonly bytes: Uint8Array;
  /** Most bytes of it that outputs have, as the user asked; all where it is absent. */
  readonly maxShown?: number | undefined;
  /** The parts of a multipart; of a tunnelled SIP message (message/sip, message/sipfrag) its own body. */
  readonly parts: readonly Body[];
  /** The message that a message/sip or message/sipfrag holds. */
  readonly sip?: SipMessage | undefined;
  readonly cms?: Cms | undefined;
  /** Unix seconds at which the certificates of `cms` were judged. */
  readonly judgedAt?: number | undefined;
  /** Unix seconds of the run, to say what has become of certificates since. */
  readonly now?: number | undefined;
  /** Identity of each signer of `cms` against who sent the message, in the order of its signers. */
  readonly identities: readonly IdentityVerdict[];
  /** Mistakes that explain why the signature does not hold or the content does not open. */
  readonly mistakes: readonly Mistake[];
  /** What the body decodes to with the first of them undone. */
  readonly repaired?: Body | undefined;
  /** What `cms` holds, where it could be reached. */
  readonly content?: Body | undefined;
  readonly faults: readonly Fault[];
};

/** The bytes of a body that outputs have: all, or its beginning, which ends between characters where it is text. */
export function shownBytes({ bytes, maxShown }: Body): Uint8Array {
  if (maxShown === undefined || bytes.length <= maxShown) return bytes;
  let end = maxShown;
  // A continuation byte of UTF-8 belongs to what is before it; a character has four at most.
  while (end > maxShown - 3 && end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** Whether a body may have others inside it: a multipart or CMS. */
export function isStructured(body: Body): boolean {
  return body.cms !== undefined || body.parts.length > 0 || body.contentType?.type === 'multipart';
}

/** A body with its path in the JSON, as `body.parts[1]`. */
export type PlacedBody = { readonly body: Body; readonly path: string };

/** Every body from `body` down, outermost first. */
export function eachBody(body: Body | undefined): readonly PlacedBody[] {
  const found: PlacedBody[] = [];
  if (body !== undefined) collectBodies(body, 'body', found);
  return found;
}

function collectBodies(body: Body, path: string, found: PlacedBody[]): void {
  found.push({ body, path });
  let index = 0;
  for (const part of body.parts) collectBodies(part, `${path}.parts[${index++}]`, found);
  if (body.content !== undefined) collectBodies(body.content, `${path}.cms.content`, found);
}
