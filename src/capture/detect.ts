/**
 * What a file is, told by its first bytes and never by its name.
 *
 * In: the head of a file, up to `DETECTION_HEAD` bytes of it. Out: a kind; nothing is parsed or validated here, so a
 * damaged file still has the kind that it set out to be.
 */
import { latin1 } from '../bytes/text.js';

/**
 * `cms` is a ContentInfo in BER or DER, `pem` the same in PEM armour, `base64` in bare base64; `sip` a raw SIP message; `mime` a MIME entity
 * with header fields.
 */
export type FileKind =
  | 'pcap'
  | 'pcapng'
  | 'gzip'
  | 'sip'
  | 'mime'
  | 'cms'
  | 'pem'
  | 'base64'
  | 'empty'
  | 'unknown';

/** Bytes worth having before a kind is decided: a start line or header block longer than this is not recognised. */
export const DETECTION_HEAD = 65_536;

export const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b];
/** Block type of a Section Header Block: the same in either byte order. */
const SECTION_HEADER = 0x0a0d0d0a;
/** Magics of classic pcap, as the first four bytes read with the most significant first. */
const PCAP_MAGICS: ReadonlySet<number> = new Set(
  [
    0xa1b2c3d4, // microseconds
    0xa1b23c4d, // nanoseconds
    0xa1b2cd34, // A. Kuznetsov's modified format
    0xa1b234cd, // F. Mesquita's modified format
  ].flatMap((magic) => [magic, swapped(magic)]),
);

/** The kind of the file whose first bytes these are. */
export function detectFileKind(head: Uint8Array): FileKind {
  if (head.length === 0) return 'empty';
  if (head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1]) return 'gzip';
  if (head.length >= 4) {
    const magic = Buffer.from(head.buffer, head.byteOffset, 4).readUInt32BE();
    if (magic === SECTION_HEADER) return 'pcapng';
    if (PCAP_MAGICS.has(magic)) return 'pcap';
  }
  if (isContentInfo(head)) return 'cms';
  const text = latin1(head, 0, Math.min(head.length, DETECTION_HEAD));
  // RFC 3261 §7.5: empty lines before the start line are to be ignored; editors add a byte order mark.
  const body = text.replace(/^(?:\u00ef\u00bb\u00bf)?[\r\n]*/, '');
  // Before PEM, which a message may have for its body.
  if (startsLikeSip(body)) return 'sip';
  if (PEM_LABEL.test(text)) return 'pem';
  if (isBase64Cms(text)) return 'base64';
  return startsLikeEntity(body) ? 'mime' : 'unknown';
}

function swapped(magic: number): number {
  return (((magic & 0xff) << 24) | ((magic & 0xff00) << 8) | ((magic >>> 8) & 0xff00) | (magic >>> 24)) >>> 0;
}

/** RFC 7468 §§8, 9, the older label of OpenSSL, and those of GnuPG; text may stand before it. */
const PEM_LABEL =
  /(?:^|[\r\n])-----BEGIN (?:CMS|CMS OBJECT|PKCS7|PKCS #7 SIGNED DATA|SIGNED MESSAGE|ENCRYPTED MESSAGE)-----/;

/** id-data .. id-encryptedData (1.2.840.113549.1.7) and id-ct of S/MIME (1.2.840.113549.1.9.16.1), as DER OIDs. */
const CONTENT_TYPES = [
  [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07],
  [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01],
];

/** RFC 5652 §3: SEQUENCE { contentType OBJECT IDENTIFIER ... }, of a content type that CMS knows. */
function isContentInfo(head: Uint8Array): boolean {
  if (head[0] !== 0x30) return false;
  const lengthByte = head[1] ?? 0;
  const oid = 2 + (lengthByte > 0x80 ? lengthByte & 0x7f : 0);
  if (lengthByte > 0x88 || head[oid] !== 0x06) return false;
  return CONTENT_TYPES.some(
    (arc) => head[oid + 1] === arc.length + 1 && arc.every((byte, index) => head[oid + 2 + index] === byte),
  );
}

/** Lines of base64 and nothing else, which begin a ContentInfo. */
function isBase64Cms(text: string): boolean {
  return BASE64_LINES.test(text) && isContentInfo(Buffer.from(text.slice(0, BASE64_START), 'base64'));
}

const BASE64_LINES = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
/** Characters that hold the content type, with line ends between them. */
const BASE64_START = 80;

/**
 * RFC 3261 §§7.1, 7.2, with the odd spacing and the strange versions and codes of RFC 4475. A request line that has a
 * SIP URI is one even where its version is missing or wrong.
 */
function startsLikeSip(text: string): boolean {
  const lineEnd = text.search(/[\r\n]/);
  const line = (lineEnd < 0 ? text : text.slice(0, lineEnd)).trimEnd();
  if (/^SIP\/\d+\.\d+[ \t]+\d/i.test(line)) return true;
  if (/^[\w!%'*+.`~-]+[ \t]+sips?:\S/i.test(line)) return true;
  const version = line.toUpperCase().lastIndexOf('SIP/');
  return (
    version > 0 &&
    /^SIP\/\d+\.\d+$/i.test(line.slice(version)) &&
    /^[\w!%'*+.`~-]+[ \t]+\S.*[ \t]$/.test(line.slice(0, version))
  );
}

/** RFC 5322 §2.2 header fields, one of which is MIME's own (RFC 2045 §3). */
function startsLikeEntity(text: string): boolean {
  let mime = false;
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    if (/^[ \t]/.test(line)) continue;
    const name = /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    if (name === undefined) return false;
    if (name === 'mime-version' || name.startsWith('content-')) mime = true;
  }
  return mime;
}
