/**
 * Every CMS structure and every certificate in the outside files and in the samples, wherever it stands: bare, in PEM, in
 * the base64 of a mail, inside PKCS #12, inside another CMS layer, in a packet of a capture. They are found by their first
 * octets, not by our parsers, so that nothing which these cannot read is left out.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { CmsContext } from '../../src/cms/model.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { ROOT } from '../support/root.js';

export type Found = {
  /** The file, and the place in it. */
  readonly name: string;
  readonly bytes: Uint8Array;
};

/** The arc of the CMS content types, from its tag on: 1.2.840.113549.1.7. */
const PKCS7_ARC = Buffer.from('06092a864886f70d0107', 'hex');
/** The arc of compressed-data and authenticated-enveloped-data: 1.2.840.113549.1.9.16.1. */
const SMIME_ARC = Buffer.from('060b2a864886f70d01091001', 'hex');
/** Files of corpus and samples are smaller; a larger one is a capture of other things. */
const MAX_FILE_LENGTH = 4 << 20;
const MAX_LAYERS = 8;

export class Outside {
  readonly cms = new Map<string, Found>();
  readonly certificates = new Map<string, Found>();
  readonly #context: CmsContext;

  /** `context` has the keys that open the inner layers. */
  constructor(context: CmsContext) {
    this.#context = context;
    for (const folder of [...(hasCorpus ? [corpusPath('')] : []), `${ROOT}samples/`]) {
      for (const file of filesIn(folder)) {
        const bytes = readFileSync(join(folder, file));
        if (bytes.length <= MAX_FILE_LENGTH) this.#search(file, bytes, 0);
      }
    }
  }

  #search(name: string, bytes: Buffer, layer: number): void {
    if (layer > MAX_LAYERS) return;
    for (const [index, decoded] of base64Blocks(bytes).entries()) {
      this.#search(`${name}, base64 ${index + 1}`, decoded, layer + 1);
    }
    for (const { at, element } of elements(bytes)) {
      const where = `${name} @${at}`;
      if (isCertificate(element)) keep(this.certificates, where, element);
      if (isContentInfo(element) && keep(this.cms, where, element)) this.#within(where, element, layer);
    }
  }

  /** What the CMS holds: its content in the clear, as MIME or as another layer. */
  #within(name: string, element: Buffer, layer: number): void {
    const { content } = evaluateCms(element, this.#context);
    if (content !== undefined) this.#search(`${name}, content`, Buffer.from(content), layer + 1);
  }
}

/** Kept once; false where it is known. */
function keep(list: Map<string, Found>, name: string, bytes: Buffer): boolean {
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (list.has(digest)) return false;
  list.set(digest, { name, bytes: new Uint8Array(bytes) });
  return true;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
}

/** What looks like the base64 of a SEQUENCE: lines of it that begin with M (0x30). */
function base64Blocks(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1');
  return [...text.matchAll(/(?<=^|\n)M[A-Za-z0-9+/]{18,}(?:\r?\n[A-Za-z0-9+/]+={0,2})*={0,2}/g)].map(
    ([lines]) => Buffer.from(lines, 'base64'),
  );
}

/** SEQUENCEs whose first element is a SEQUENCE or an OBJECT IDENTIFIER, and that end within the bytes. */
function* elements(bytes: Buffer): Generator<{ readonly at: number; readonly element: Buffer }> {
  for (let at = bytes.indexOf(0x30); at >= 0; at = bytes.indexOf(0x30, at + 1)) {
    const length = elementLength(bytes, at);
    if (length !== undefined) yield { at, element: bytes.subarray(at, at + length) };
  }
}

/** Whole length of the element at a place, at least 32 octets; undefined where it ends beyond the bytes. */
function elementLength(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1] ?? 0;
  if (first === 0x80) return indefiniteLength(bytes, at);
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 3 || at + 2 + octets > bytes.length) return undefined;
  const length = 2 + octets + (octets === 0 ? first : bytes.readUIntBE(at + 2, octets));
  return length >= 32 && at + length <= bytes.length ? length : undefined;
}

/** Length of a ContentInfo of indefinite length; of other elements nothing here has that form. */
function indefiniteLength(bytes: Buffer, at: number): number | undefined {
  if (!isContentInfo(bytes.subarray(at))) return undefined;
  let end = at + 2;
  for (let open = 1; open > 0; ) {
    if (end + 2 > bytes.length) return undefined;
    const isEnd = bytes[end] === 0 && bytes[end + 1] === 0;
    const isOpening = bytes[end + 1] === 0x80;
    if (isEnd || isOpening) {
      open += isEnd ? -1 : 1;
      end += 2;
    } else {
      const first = bytes[end + 1] ?? 0;
      const octets = first < 0x80 ? 0 : first & 0x7f;
      if (octets > 3 || end + 2 + octets > bytes.length) return undefined;
      end += 2 + octets + (octets === 0 ? first : bytes.readUIntBE(end + 2, octets));
    }
  }
  return end - at;
}

function headerLength(element: Buffer): number {
  const first = element[1] ?? 0;
  return first <= 0x80 ? 2 : 2 + (first & 0x7f);
}

/** A SEQUENCE that begins with a CMS content type and goes on with [0]. */
function isContentInfo(element: Buffer): boolean {
  const start = headerLength(element);
  const isArc = (arc: Buffer): boolean => element.subarray(start, start + arc.length).equals(arc);
  if (!isArc(PKCS7_ARC) && !isArc(SMIME_ARC)) return false;
  return element[start + 2 + (element[start + 1] ?? 0)] === 0xa0;
}

/** A SEQUENCE of a SEQUENCE (that begins with a version or a serial number), a SEQUENCE and a BIT STRING to its end. */
function isCertificate(element: Buffer): boolean {
  let at = headerLength(element);
  const inner = at + headerLength(element.subarray(at));
  if (element[at] !== 0x30 || (element[inner] !== 0xa0 && element[inner] !== 0x02)) return false;
  for (const tag of [0x30, 0x30, 0x03]) {
    const length = anyLength(element, at);
    if (element[at] !== tag || length === undefined) return false;
    at += length;
  }
  // A request has an INTEGER of one octet and then a SEQUENCE (its Name) that is no AlgorithmIdentifier.
  return at === element.length && !element.subarray(inner, inner + 3).equals(Buffer.from('020100', 'hex'));
}

function anyLength(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1] ?? 0;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 3 || at + 2 + octets > bytes.length) return undefined;
  return 2 + octets + (octets === 0 ? first : bytes.readUIntBE(at + 2, octets));
}
