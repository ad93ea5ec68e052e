import type { Fault } from '../bytes/fault.js';
import type { ByteSource } from '../bytes/field.js';
import type { Body } from '../checks/subject.js';
import { evaluateCms } from '../cms/evaluate.js';
import type { Mistake } from '../cms/forensics.js';
import { isWholeCms } from '../cms/forensics-damage.js';
import type { Cms } from '../cms/model.js';
import { type ContentType, TEXT_PLAIN } from '../mime/content-type.js';
import { MAX_DEPTH, openBody, parseEntity } from '../mime/entity.js';
import { mimeFault } from '../mime/faults.js';
import type { MimeHeader } from '../mime/headers.js';
import { parseSipMessage, type SipMessage } from '../sip/message.js';
import { type IdentityVerdict, matchSipUser } from '../x509/identity.js';
import type { AnalysisContext } from './context.js';
import { explainBody, type Signed, signedPart } from './forensics.js';

/** id-data (RFC 5652 §4): content that is no CMS structure itself. */
const ID_DATA = '1.2.840.113549.1.7.1';

/** Media types whose content is CMS (RFC 8551 §3.2, with the names used before registration). */
const CMS_TYPES = new Set(['pkcs7-mime', 'x-pkcs7-mime', 'pkcs7-signature', 'x-pkcs7-signature', 'cms']);

/** Whether a body of that type has others inside it. */
export function isComposite({ type, subtype }: ContentType): boolean {
  return type === 'multipart' || type === 'message' || (type === 'application' && CMS_TYPES.has(subtype));
}

/** What the bodies of one message share. */
export type Opening = {
  readonly context: AnalysisContext;
  /** Unix seconds at which certificates are judged. */
  readonly atSeconds: number;
  /** URI of who sent the message, that a signer must match (RFC 3261 §23.2); undefined where nobody is named. */
  readonly sender: string | undefined;
  /** Set inside a CMS layer, where the content may have been made canonical before it was wrapped. */
  readonly insideCms?: true;
  /** Content-Length of the message, where it says one. */
  readonly declaredLength?: number;
};

/** A range of a source that is one entity, or the body of a SIP message with its headers elsewhere. */
type Place = {
  readonly source: ByteSource;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly headers: readonly MimeHeader[];
  readonly faults: readonly Fault[];
};

/** Opens the body of a SIP message down to the last layer; undefined where it has none. */
export function openSipBody(message: SipMessage, source: ByteSource, opening: Opening): Body | undefined {
  if (message.body.length === 0) return undefined;
  const start = message.bodyStart;
  const headers = message.headers.filter(({ canonicalName }) => canonicalName.startsWith('content-'));
  const place = { source, start, bodyStart: start, end: start + message.body.length, headers, faults: [] };
  return open(place, opening, 0);
}

/** Opens a MIME entity that stands alone. */
export function openEntityBody(source: ByteSource, opening: Opening): Body {
  return open(entityAt(source, 0, source.bytes.length), opening, 0);
}

/** Opens a CMS blob that stands alone. */
export function openCmsBody(source: ByteSource, opening: Opening): Body {
  return withCms(leafOf(source), undefined, opening, 0);
}

function entityAt(source: ByteSource, start: number, end: number): Place {
  const entity = parseEntity(source.bytes.subarray(start, end));
  const headers = entity.headers.map((header) => ({
    ...header,
    start: header.start + start,
    valueStart: header.valueStart + start,
  }));
  return { source, start, bodyStart: start + entity.bodyStart, end, headers, faults: entity.faults };
}

function open(
  place: Place,
  opening: Opening,
  depth: number,
  signed?: Signed,
  fallback: ContentType = TEXT_PLAIN,
): Body {
  const raw = place.source.bytes.subarray(place.bodyStart, place.end);
  const opened = openBody(place.headers, raw, fallback);
  const { contentType, content, multipart, transferEncoding } = opened;
  const contentTypeText = place.headers.find(({ canonicalName }) => canonicalName === 'content-type')?.value;
  const leaf: Body = {
    source: place.source,
    start: place.start,
    end: place.end,
    bodyStart: place.bodyStart,
    contentType,
    ...(contentTypeText === undefined ? {} : { contentTypeText }),
    headers: place.headers,
    ...(transferEncoding === undefined ? {} : { transferEncoding }),
    bytes: content,
    parts: [],
    identities: [],
    mistakes: [],
    faults: [...place.faults, ...opened.faults],
  };
  if (depth >= MAX_DEPTH) return tooDeep(leaf);
  if (multipart !== undefined) {
    const inPlace = content === raw;
    const source = inPlace ? place.source : decodedSource(contentType, content);
    const base = inPlace ? place.bodyStart : 0;
    const inner = contentType.subtype === 'digest' ? MESSAGE_RFC822 : TEXT_PLAIN;
    const covered =
      contentType.subtype === 'signed'
        ? signedPart(contentType, content, multipart, place.source.bytes)
        : undefined;
    const parts = multipart.parts.map((range, index) => {
      const part = entityAt(source, base + range.start, base + range.end);
      return open(part, opening, depth + 1, index === 1 ? covered : undefined, inner);
    });
    return { ...leaf, parts };
  }
  if (contentType.type === 'application' && CMS_TYPES.has(contentType.subtype)) {
    return withCms(leaf, signed, opening, depth);
  }
  if (contentType.type === 'message') return withMessage(leaf, opening, depth);
  return leaf;
}

const MESSAGE_RFC822: ContentType = {
  type: 'message',
  subtype: 'rfc822',
  mediaType: 'message/rfc822',
  parameters: [],
  faults: [],
};

function tooDeep(leaf: Body): Body {
  const message = `bodies are nested deeper than ${MAX_DEPTH}; what is inside this one is left closed`;
  return { ...leaf, faults: [...leaf.faults, mimeFault('depth-exceeded', message, leaf.start, 0)] };
}

function decodedSource(contentType: ContentType, bytes: Uint8Array): ByteSource {
  return { name: `Decoded ${contentType.mediaType}`, bytes };
}

/** Evaluates a body that is CMS and opens what it holds; `innerType` is its type where the layer around it says. */
function withCms(
  leaf: Body,
  signed: Signed | undefined,
  opening: Opening,
  depth: number,
  innerType?: string,
): Body {
  const { context, atSeconds, sender } = opening;
  const cmsContext = {
    ...(signed === undefined ? {} : { detached: signed.bytes }),
    ...(opening.insideCms === undefined ? {} : { detachedWithinCms: true }),
    certificates: context.certificates,
    intermediates: context.certificates,
    keys: context.keyring,
    anchors: context.anchors,
    atSeconds,
  };
  const cms = evaluateCms(leaf.bytes, cmsContext, innerType);
  const declaredLength = depth === 0 ? opening.declaredLength : undefined;
  const mistakes = explainBody(leaf, cms, cmsContext, signed, declaredLength);
  const content = innerContent(cms, opening, depth);
  return {
    ...leaf,
    cms,
    judgedAt: atSeconds,
    now: context.now,
    mistakes,
    ...repairedBody(mistakes, signed, opening, depth),
    identities: identitiesOf(cms, sender),
    ...(content === undefined ? {} : { content }),
  };
}

/** What the body decodes to with the mistake undone that damaged it. */
function repairedBody(
  mistakes: readonly Mistake[],
  signed: Signed | undefined,
  opening: Opening,
  depth: number,
): { readonly repaired?: Body } {
  const bytes = mistakes.find(({ repaired }) => repaired !== undefined)?.repaired;
  if (bytes === undefined || depth + 1 >= MAX_DEPTH) return {};
  const source = { name: 'Repaired body', bytes };
  if (isWholeCms(bytes)) return { repaired: withCms(leafOf(source), signed, opening, depth + 1) };
  return { repaired: open(entityAt(source, 0, bytes.length), opening, depth + 1) };
}

function identitiesOf(cms: Cms, sender: string | undefined): readonly IdentityVerdict[] {
  if (cms.contentType !== 'signed_data' || sender === undefined) return [];
  return cms.signers.map(({ certificate }) =>
    certificate === undefined
      ? { status: 'unknown', expected: sender, found: [], reason: 'The signer’s certificate is not known.' }
      : matchSipUser(certificate, sender),
  );
}

function innerContent(cms: Cms, opening: Opening, depth: number): Body | undefined {
  const bytes = cms.content;
  if (bytes === undefined) return undefined;
  const inside: Opening = { ...opening, insideCms: true };
  const source = { name: CONTENT_NAMES[cms.contentType] ?? 'CMS content', bytes };
  if (cms.innerContentType !== undefined && cms.innerContentType !== ID_DATA) {
    const leaf = leafOf(source);
    return depth + 1 >= MAX_DEPTH
      ? tooDeep(leaf)
      : withCms(leaf, undefined, inside, depth + 1, cms.innerContentType);
  }
  // S/MIME puts an entity inside (RFC 8551 §3.1); bytes without headers are shown as they are.
  return open(entityAt(source, 0, bytes.length), inside, depth + 1);
}

const CONTENT_NAMES: Partial<Record<Cms['contentType'], string>> = {
  enveloped_data: 'Decrypted content',
  auth_enveloped_data: 'Decrypted content',
  encrypted_data: 'Decrypted content',
  compressed_data: 'Decompressed content',
  signed_data: 'Signed content',
};

function leafOf(source: ByteSource): Body {
  const { bytes } = source;
  return {
    source,
    start: 0,
    end: bytes.length,
    bodyStart: 0,
    headers: [],
    bytes,
    parts: [],
    identities: [],
    mistakes: [],
    faults: [],
  };
}

/** Opens message/sip and message/sipfrag (RFC 3261 §23.4, RFC 3420), and message/rfc822 as an entity. */
function withMessage(leaf: Body, opening: Opening, depth: number): Body {
  const subtype = leaf.contentType?.subtype;
  if (subtype === 'sip' || subtype === 'sipfrag') {
    const parsed = parseSipMessage(leaf.bytes);
    if (!parsed.ok) return subtype === 'sipfrag' ? withHeadersAlone(leaf, opening, depth) : leaf;
    const inner = openInnerSip(leaf, parsed.value, opening, depth);
    return { ...leaf, sip: parsed.value, parts: inner === undefined ? [] : [inner] };
  }
  if (subtype === 'rfc822') {
    const source = { name: 'message/rfc822', bytes: leaf.bytes };
    return { ...leaf, parts: [open(entityAt(source, 0, leaf.bytes.length), opening, depth + 1)] };
  }
  return leaf;
}

/** RFC 3420 §2.1: a fragment may leave the start line out. Its headers are then those of the one part. */
function withHeadersAlone(leaf: Body, opening: Opening, depth: number): Body {
  const place = entityAt({ name: 'SIP fragment', bytes: leaf.bytes }, 0, leaf.bytes.length);
  return place.headers.length === 0 ? leaf : { ...leaf, parts: [open(place, opening, depth + 1)] };
}

function openInnerSip(leaf: Body, message: SipMessage, opening: Opening, depth: number): Body | undefined {
  if (message.body.length === 0) return undefined;
  const source = { name: 'Tunnelled SIP message', bytes: leaf.bytes };
  const start = message.bodyStart;
  const headers = message.headers.filter(({ canonicalName }) => canonicalName.startsWith('content-'));
  const place = { source, start, bodyStart: start, end: start + message.body.length, headers, faults: [] };
  return open(place, opening, depth + 1);
}
