import type { Fault } from '../bytes/fault.js';
import type { ByteSource } from '../bytes/field.js';
import { counted } from '../bytes/text.js';
import { contentTypeName, evaluateCms } from '../cms/evaluate.js';
import type { Cms, CmsContext } from '../cms/model.js';
import { noteTooMuchWork, type Reading } from '../cms/structure.js';
import { explainBody, type Signed, signedPart } from '../diagnosis/body.js';
import { isWholeCms } from '../diagnosis/damage.js';
import { explainMultipart } from '../diagnosis/encodings.js';
import { type ContentType, parameter, parseDisposition, TEXT_PLAIN } from '../mime/content-type.js';
import { MAX_DEPTH, openBody } from '../mime/entity.js';
import { mimeFault } from '../mime/faults.js';
import { headerNamed, headersAt } from '../mime/headers.js';
import { splitMultipartOf } from '../mime/multipart.js';
import type { Body } from '../model/body.js';
import type { WorkBudget } from '../model/budget.js';
import type { Mistake } from '../model/mistake.js';
import { HEADER_LIMIT } from '../sip/framing/framer-handler.js';
import { hasHugeHeader } from '../sip/framing/header-end.js';
import { parseSipMessage, type SipMessage } from '../sip/message.js';
import { type IdentityVerdict, matchSipUser } from '../x509/identity.js';
import type { AnalysisContext } from './context.js';

/** id-data (RFC 5652 §4): content that is no CMS structure itself. */
const ID_DATA = '1.2.840.113549.1.7.1';

/** Media types whose content is CMS (RFC 8551 §3.2, with the names used before registration). */
const CMS_TYPES = new Set(['pkcs7-mime', 'x-pkcs7-mime', 'pkcs7-signature', 'x-pkcs7-signature', 'cms']);

/** Names of files with S/MIME in them (RFC 8551 §3.2.1), by which it is known under a type that says nothing (§3.9). */
const SMIME_FILE_NAME = /\.p7[mscz]$/i;

/** Whether a body of that type may have others inside it. */
export function isComposite({ type, subtype }: ContentType): boolean {
  if (type === 'application') return CMS_TYPES.has(subtype) || subtype === 'octet-stream';
  return type === 'multipart' || type === 'message';
}

/** Whether a body with these headers is CMS. */
function isCms(contentType: ContentType, headers: Body['headers']): boolean {
  if (contentType.type !== 'application') return false;
  if (CMS_TYPES.has(contentType.subtype)) return true;
  if (contentType.subtype !== 'octet-stream') return false;
  const disposition = headerNamed(headers, 'content-disposition')?.value;
  const name =
    parameter(contentType, 'name') ??
    (disposition === undefined ? undefined : parameter(parseDisposition(disposition), 'filename'));
  return name !== undefined && SMIME_FILE_NAME.test(name.trim());
}

/** What the bodies of one message share. */
export type Opening = {
  readonly context: AnalysisContext;
  /** Unix seconds at which certificates are judged. */
  readonly atSeconds: number;
  /** What may still be spent on the message. */
  readonly budget: WorkBudget;
  /** URI of the sender of the message, which a signer must match (RFC 3261 §23.2); undefined where nobody is named. */
  readonly sender: string | undefined;
  /** Set inside a CMS layer, where the content may have been made canonical before it was wrapped. */
  readonly insideCms?: true;
  /** Set where the bytes are a file of their own, which may have been saved with other line ends than were sent. */
  readonly isFile?: true;
  /** Content-Length of the message, where it says one. */
  readonly declaredLength?: number;
  /** Octets behind the body of the message that are in no other. */
  readonly behind?: Uint8Array | undefined;
};

/** A range of a source that is one entity, or the body of a SIP message with its headers elsewhere. */
type Place = {
  readonly source: ByteSource;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly headers: Body['headers'];
  readonly faults: readonly Fault[];
  /** Octets behind it that may be the rest of it, where a length before it is too small. */
  readonly behind?: Uint8Array | undefined;
};

/** A body that is being opened: what is inside it is filled in. */
type OpenedBody = { -readonly [Name in keyof Body]: Body[Name] };

/** Opens the body of a SIP message down to the last layer; undefined where it has none. */
export function openSipBody(message: SipMessage, source: ByteSource, opening: Opening): Body | undefined {
  if (message.body.length === 0) return undefined;
  return open({ ...bodyOfMessage(message, source), behind: opening.behind }, opening, 0);
}

function bodyOfMessage({ headers, bodyStart, body }: SipMessage, source: ByteSource): Place {
  return {
    source,
    start: bodyStart,
    bodyStart,
    end: bodyStart + body.length,
    headers: headers.filter(({ canonicalName }) => canonicalName.startsWith('content-')),
    faults: [],
  };
}

/** Opens a MIME entity that stands alone. */
export function openEntityBody(source: ByteSource, opening: Opening): Body {
  return open(entityAt(source, 0, source.bytes.length), opening, 0);
}

/** Opens a CMS blob that stands alone; `content` is what its signature covers, where that stands apart. */
export function openCmsBody(source: ByteSource, opening: Opening, content?: Uint8Array): Body {
  const signed = content === undefined ? undefined : { bytes: content, around: () => ({ part: content }) };
  return cmsBody(source, signed, opening, 0);
}

function entityAt(source: ByteSource, start: number, end: number): Place {
  const { headers, bodyStart, faults } = headersAt(source.bytes, start, end);
  return { source, start, bodyStart: start + bodyStart, end, headers, faults };
}

function open(
  place: Place,
  opening: Opening,
  depth: number,
  signed?: Signed,
  fallback: ContentType = TEXT_PLAIN,
): Body {
  const { source, bodyStart, headers } = place;
  const raw = source.bytes.subarray(bodyStart, place.end);
  const { contentType, content, multipart, transferEncoding, faults } = openBody(headers, raw, fallback);
  const body: OpenedBody = leafOf(source, content, opening);
  body.start = place.start;
  body.end = place.end;
  body.bodyStart = bodyStart;
  body.contentType = contentType;
  body.contentTypeText = headerNamed(headers, 'content-type')?.value;
  body.headers = headers;
  body.transferEncoding = transferEncoding;
  body.faults = place.faults.length === 0 ? faults : [...place.faults, ...faults];
  if (depth >= MAX_DEPTH) closeTooDeep(body);
  else if (multipart !== undefined) {
    const inPlace = content === raw;
    const inside = inPlace ? source : decodedSource(contentType, content);
    const base = inPlace ? bodyStart : 0;
    const inner = contentType.subtype === 'digest' ? MESSAGE_RFC822 : TEXT_PLAIN;
    const covered =
      contentType.subtype === 'signed'
        ? signedPart(contentType, content, multipart, source.bytes)
        : undefined;
    const parts: Body[] = [];
    for (const [index, { start, end }] of multipart.parts.entries()) {
      const part = entityAt(inside, base + start, base + end);
      // Only the last can go on behind the body, and does so where nothing closes the multipart.
      const isLast = !multipart.closed && index === multipart.parts.length - 1;
      const behind = isLast && inPlace ? restOfPart(contentType, raw, start, place.behind) : undefined;
      const opened = behind === undefined ? part : { ...part, behind };
      parts.push(open(opened, opening, depth + 1, parts.length === 1 ? covered : undefined, inner));
    }
    body.parts = parts;
    if (parts.length === 0) repairMultipart(body, place, opening, depth);
    if (contentType.subtype === 'signed' && parts.length !== 2) notePartCount(body, parts.length);
  } else if (isCms(contentType, headers)) {
    openCms(body, signed, opening, depth, undefined, place.behind);
  } else if (contentType.type === 'message') openMessage(body, opening, depth);
  return body;
}

/** What of the octets behind a multipart belongs to its part that begins at `start`. */
function restOfPart(
  contentType: ContentType,
  raw: Uint8Array,
  start: number,
  behind: Uint8Array | undefined,
): Uint8Array | undefined {
  if (behind === undefined) return undefined;
  const whole = Buffer.concat([raw, behind]);
  const part = splitMultipartOf(contentType, whole).parts.find((one) => one.start === start);
  return part === undefined || part.end <= raw.length ? undefined : whole.subarray(raw.length, part.end);
}

/** Names the transfer encoding under which the parts of a multipart are hidden, and opens them. */
function repairMultipart(body: OpenedBody, place: Place, opening: Opening, depth: number): void {
  const { contentType, bytes } = body;
  if (contentType === undefined || depth + 1 >= MAX_DEPTH) return;
  const declaredLength = depth === 0 ? opening.declaredLength : undefined;
  const mistake = explainMultipart(bytes, contentType, { declaredLength, behind: place.behind });
  if (mistake?.repaired === undefined) return;
  const source = { name: 'Repaired body', bytes: mistake.repaired };
  const repaired = { ...place, source, start: 0, bodyStart: 0, end: source.bytes.length, behind: undefined };
  body.mistakes = [mistake];
  body.repaired = open({ ...repaired, headers: withoutEncoding(place.headers) }, opening, depth + 1);
}

function withoutEncoding(headers: Body['headers']): Body['headers'] {
  return headers.filter(({ canonicalName }) => canonicalName !== 'content-transfer-encoding');
}

/** RFC 1847 §2.1: the signed part and the signature, and no third that a reader takes for signed. */
function notePartCount(body: OpenedBody, count: number): void {
  const message = `multipart/signed has ${counted(count, 'part')} in place of two: only the first is signed`;
  body.faults = [...body.faults, mimeFault('signed-part-count', message, body.start, 0)];
}

const MESSAGE_RFC822: ContentType = {
  type: 'message',
  subtype: 'rfc822',
  mediaType: 'message/rfc822',
  parameters: [],
  faults: [],
};

function closeTooDeep(body: OpenedBody): void {
  const message = `bodies are nested deeper than ${MAX_DEPTH}; what is inside this one is left closed`;
  body.faults = [...body.faults, mimeFault('depth-exceeded', message, body.start, 0)];
}

function decodedSource(contentType: ContentType, bytes: Uint8Array): ByteSource {
  return { name: `Decoded ${contentType.mediaType}`, bytes };
}

/** Bytes that are CMS and nothing else; `innerType` is their type where the layer around them says. */
function cmsBody(
  source: ByteSource,
  signed: Signed | undefined,
  opening: Opening,
  depth: number,
  innerType?: string,
): Body {
  const body: OpenedBody = leafOf(source, source.bytes, opening);
  openCms(body, signed, opening, depth, innerType);
  return body;
}

/** Evaluates a body that is CMS and opens what it holds. */
function openCms(
  body: OpenedBody,
  signed: Signed | undefined,
  opening: Opening,
  depth: number,
  innerType?: string,
  behind?: Uint8Array,
): void {
  const { context, atSeconds, sender, budget } = opening;
  const refusals = budget.refusals;
  const cmsContext = {
    detached: signed?.bytes,
    detachedIn: placeOf(opening),
    certificates: context.certificates,
    intermediates: context.certificates,
    keys: context.keyring,
    anchors: context.anchors,
    crls: context.crls,
    policies: context.policies,
    atSeconds,
    rsaBlocks: context.rsaBlocks,
    budget,
  };
  const evaluated = evaluateCms(body.bytes, cmsContext, innerType);
  const declaredLength = depth === 0 ? opening.declaredLength : undefined;
  const mistakes = explainBody(body, evaluated, cmsContext, signed, { declaredLength, behind });
  const cms = budget.refusals === refusals ? evaluated : withWorkLeftOut(evaluated);
  body.cms = cms;
  body.judgedAt = atSeconds;
  body.now = context.now;
  body.mistakes = mistakes;
  body.repaired = repairedBody(body.mistakes, signed, opening, depth);
  body.identities = identitiesOf(cms, sender);
  body.content = innerContent(cms, opening, depth);
}

function placeOf({ insideCms, isFile }: Opening): CmsContext['detachedIn'] {
  if (insideCms) return 'cms';
  return isFile ? 'file' : undefined;
}

/** Says that something was left out for its cost, in judging or in explaining, where the layer does not say it yet. */
function withWorkLeftOut(cms: Cms): Cms {
  const reading: Reading = { bytes: NO_BYTES, faults: [...cms.faults] };
  noteTooMuchWork(reading);
  return { ...cms, faults: reading.faults };
}

/** What the body decodes to with the mistake undone that damaged it. */
function repairedBody(
  mistakes: readonly Mistake[],
  signed: Signed | undefined,
  opening: Opening,
  depth: number,
): Body | undefined {
  const bytes = mistakes.find(({ repaired }) => repaired !== undefined)?.repaired;
  if (bytes === undefined || depth + 1 >= MAX_DEPTH) return undefined;
  const source = { name: 'Repaired body', bytes };
  if (isWholeCms(bytes)) return cmsBody(source, signed, opening, depth + 1);
  return open(entityAt(source, 0, bytes.length), opening, depth + 1);
}

function identitiesOf(cms: Cms, sender: string | undefined): readonly IdentityVerdict[] {
  if (cms.contentType !== 'signed_data' || sender === undefined) return [];
  const reason = 'The signer’s certificate is not known.';
  const verdicts: IdentityVerdict[] = [];
  for (const { certificate } of cms.signers) {
    if (certificate !== undefined) verdicts.push(matchSipUser(certificate, sender));
    else verdicts.push({ status: 'unknown', expected: sender, found: [], reason });
  }
  return verdicts;
}

function innerContent(cms: Cms, opening: Opening, depth: number): Body | undefined {
  const bytes = cms.content;
  if (bytes === undefined) return undefined;
  const { context, atSeconds, sender, budget } = opening;
  const inside: Opening = { context, atSeconds, sender, budget, insideCms: true };
  const source = { name: CONTENT_NAMES[cms.contentType] ?? 'CMS content', bytes };
  if (cms.innerContentType !== undefined && cms.innerContentType !== ID_DATA) {
    const body: OpenedBody = leafOf(source, bytes, opening);
    // RFC 5652 §5.2: content of another type than those of CMS is for whoever knows the type.
    if (contentTypeName(cms.innerContentType) === 'unknown') return body;
    if (depth + 1 < MAX_DEPTH) return cmsBody(source, undefined, inside, depth + 1, cms.innerContentType);
    closeTooDeep(body);
    return body;
  }
  // S/MIME puts an entity inside (RFC 8551 §3.1); bytes without headers are shown as they are.
  return open(entityAt(source, 0, bytes.length), inside, depth + 1);
}

const CONTENT_NAMES: Partial<Record<Cms['contentType'], string>> = {
  enveloped_data: 'Decrypted content',
  auth_enveloped_data: 'Decrypted content',
  signed_and_enveloped_data: 'Decrypted content',
  encrypted_data: 'Decrypted content',
  compressed_data: 'Decompressed content',
  signed_data: 'Signed content',
};

const NOTHING: readonly never[] = [];
const NO_BYTES = new Uint8Array(0);

/**
 * A body with nothing opened yet. All its fields are there from the beginning, as copies that have more of them each
 * would cost 6 us.
 */
function leafOf(source: ByteSource, bytes: Uint8Array, { context }: Opening): Body {
  return {
    source,
    start: 0,
    end: bytes.length,
    bodyStart: 0,
    contentType: undefined,
    contentTypeText: undefined,
    headers: NOTHING,
    transferEncoding: undefined,
    bytes,
    maxShown: context.maxBody,
    parts: NOTHING,
    sip: undefined,
    cms: undefined,
    judgedAt: undefined,
    now: undefined,
    identities: NOTHING,
    mistakes: NOTHING,
    repaired: undefined,
    content: undefined,
    faults: NOTHING,
  };
}

/**
 * Opens message/sip and message/sipfrag (RFC 3261 §23.4, RFC 3420), message/cpim (RFC 3862), in which S/MIME goes end to
 * end (RFC 8591 §7), and message/rfc822 as an entity.
 */
function openMessage(body: OpenedBody, opening: Opening, depth: number): void {
  const { bytes } = body;
  const subtype = body.contentType?.subtype;
  if (subtype === 'sip' || subtype === 'sipfrag') {
    if (hasHugeHeader(bytes)) {
      const message = `the header section of the message inside is larger than the ${HEADER_LIMIT} bytes that are read of one`;
      body.faults = [...body.faults, mimeFault('headers-too-large', message, body.bodyStart, 0)];
      return;
    }
    const parsed = parseSipMessage(bytes);
    if (!parsed.ok) {
      if (subtype === 'sipfrag') openHeadersAlone(body, opening, depth);
      return;
    }
    const message = parsed.value;
    body.sip = message;
    if (message.body.length === 0) return;
    const source = { name: 'Tunnelled SIP message', bytes };
    body.parts = [open(bodyOfMessage(message, source), opening, depth + 1)];
  } else if (subtype === 'cpim') {
    // RFC 3862 §2: the headers of the message, an empty line, and an entity with headers of its own.
    const source = { name: 'message/cpim', bytes };
    const { bodyStart } = entityAt(source, 0, bytes.length);
    if (bodyStart < bytes.length) {
      body.parts = [open(entityAt(source, bodyStart, bytes.length), opening, depth + 1)];
    }
  } else if (subtype === 'rfc822') {
    const source = { name: 'message/rfc822', bytes };
    body.parts = [open(entityAt(source, 0, bytes.length), opening, depth + 1)];
  }
}

/** RFC 3420 §2.1: a fragment may leave the start line out. Its headers are then those of the one part. */
function openHeadersAlone(body: OpenedBody, opening: Opening, depth: number): void {
  const place = entityAt({ name: 'SIP fragment', bytes: body.bytes }, 0, body.bytes.length);
  if (place.headers.length > 0) body.parts = [open(place, opening, depth + 1)];
}
