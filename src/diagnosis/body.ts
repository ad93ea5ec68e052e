import { append } from '../bytes/append.js';
import { bytesOf } from '../bytes/text.js';
import type { Cms, CmsContext } from '../cms/model.js';
import { type ContentType, parameter } from '../mime/content-type.js';
import { openEntity, parseEntity } from '../mime/entity.js';
import type { ByteRange, Multipart } from '../mime/multipart.js';
import type { Body } from '../model/body.js';
import type { Mistake } from '../model/mistake.js';
import { explainDamage } from './damage.js';
import { explainDecryption } from './decryption.js';
import { explainSignature } from './signature.js';
import type { CarriedVariants, SignedVariants } from './variants.js';

/** What a detached signature covers, and the bytes around it, for explaining why it may not hold. */
export type Signed = {
  /** The first part as it stood: what RFC 8551 §3.5.3 says is signed. */
  readonly bytes: Uint8Array;
  readonly around: () => SignedVariants;
};

/** What the first part of a multipart/signed is; undefined where it has no parts. */
export function signedPart(
  contentType: ContentType,
  content: Uint8Array,
  multipart: Multipart,
  enclosing: Uint8Array,
): Signed | undefined {
  const range = multipart.parts[0];
  if (range === undefined) return undefined;
  const bytes = content.subarray(range.start, range.end);
  return { bytes, around: () => variants(contentType, content, multipart, range, enclosing) };
}

function variants(
  contentType: ContentType,
  content: Uint8Array,
  multipart: Multipart,
  range: ByteRange,
  enclosing: Uint8Array,
): SignedVariants {
  const part = content.subarray(range.start, range.end);
  const entity = openEntity(parseEntity(part));
  const lineEnd = content[range.end] === 0x0d ? 2 : 1;
  const micalg = parameter(contentType, 'micalg');
  return {
    part,
    withBoundaryLineEnd: content.subarray(range.start, range.end + lineEnd),
    ...(entity.transferEncoding === undefined
      ? {}
      : { transferEncoding: entity.transferEncoding, decodedBody: entity.content }),
    multiparts: multipartForms(contentType, content, multipart, range),
    enclosing,
    ...(micalg === undefined ? {} : { micalg }),
  };
}

/** The multipart from its first boundary on, with what may end it where the signature part would follow. */
function multipartForms(
  contentType: ContentType,
  content: Uint8Array,
  { preamble, epilogue }: Multipart,
  range: ByteRange,
): Uint8Array[] {
  const whole = content.subarray(preamble.end, epilogue.start);
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined) return [whole];
  const open = content.subarray(preamble.end, range.end);
  const ends = [
    '',
    '\r\n',
    `\r\n--${boundary}`,
    `\r\n--${boundary}\r\n`,
    `\r\n--${boundary}--`,
    `\r\n--${boundary}--\r\n`,
  ];
  return [...ends.map((end) => Buffer.concat([open, bytesOf(end)])), whole];
}

/**
 * The mistakes that explain why a signature does not hold, a content does not decrypt, or a structure does not parse;
 * empty where all is well or nothing known explains it. `around` is what the carrier said of the body.
 */
export function explainBody(
  leaf: Body,
  cms: Cms,
  context: CmsContext,
  signed: Signed | undefined,
  around: Pick<CarriedVariants, 'declaredLength' | 'behind'>,
): readonly Mistake[] {
  const { bytes, transferEncoding } = leaf;
  const carried = { ...around, transferEncoding };
  const isDamaged = cms.contentType === 'unknown' || cms.faults.some(isDamage);
  if (cms.contentType === 'signed_data') {
    const mistakes: Mistake[] = [];
    for (const [index, { signature }] of cms.signers.entries()) {
      if (signature !== 'invalid') continue;
      const covered = signed?.around() ?? { part: cms.content ?? new Uint8Array(0) };
      append(mistakes, explainSignature(bytes, index, context, covered));
    }
    if (isDamaged) append(mistakes, explainDamage(bytes, carried));
    return mistakes;
  }
  const isEnveloped = cms.contentType === 'enveloped_data' || cms.contentType === 'auth_enveloped_data';
  if (isEnveloped && cms.decryption.status === 'failed') return explainDecryption(bytes, context, carried);
  return isDamaged ? explainDamage(bytes, carried) : [];
}

function isDamage({ code }: { readonly code: string }): boolean {
  return code === 'cms-damaged' || code === 'not-cms' || code === 'trailing-bytes' || code.startsWith('bad-');
}
