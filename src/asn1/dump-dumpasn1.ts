/**
 * ASN.1 as lines in the layout of Peter Gutmann's dumpasn1, as the draft shows it in §7: the offset, structure by
 * indentation and braces, object identifiers by name and number, strings in quotes, and what is nested in OCTET
 * STRINGs and BIT STRINGs opened.
 */

import { describeError } from '../bytes/fault.js';
import { printable } from '../bytes/text.js';
import {
  ENCAPSULATION_DEPTH_LIMIT,
  encapsulatedElement,
  INDENTATION_LIMIT,
  readElements,
} from './dump-elements.js';
import type { Asn1Node } from './node.js';
import { contents, TAG } from './node.js';
import { dumpasn1OidName } from './oids.js';
import { readBitString, readBoolean, readInteger, readOid, readString, readTime } from './values.js';

/** Values of up to so many octets stand on the line of their name. */
const INLINE_OCTETS = 8;
/** Octets in a row of hexadecimal. */
const ROW_OCTETS = 16;

const TAG_NAMES: Readonly<Record<number, string>> = {
  [TAG.endOfContents]: 'End-of-contents octets',
  [TAG.boolean]: 'BOOLEAN',
  [TAG.integer]: 'INTEGER',
  [TAG.bitString]: 'BIT STRING',
  [TAG.octetString]: 'OCTET STRING',
  [TAG.null]: 'NULL',
  [TAG.objectIdentifier]: 'OBJECT IDENTIFIER',
  [TAG.objectDescriptor]: 'ObjectDescriptor',
  [TAG.external]: 'EXTERNAL',
  [TAG.real]: 'REAL',
  [TAG.enumerated]: 'ENUMERATED',
  [TAG.embeddedPdv]: 'EMBEDDED PDV',
  [TAG.utf8String]: 'UTF8String',
  [TAG.relativeOid]: 'RELATIVE-OID',
  [TAG.sequence]: 'SEQUENCE',
  [TAG.set]: 'SET',
  [TAG.numericString]: 'NumericString',
  [TAG.printableString]: 'PrintableString',
  [TAG.t61String]: 'TeletexString',
  [TAG.videotexString]: 'VideotexString',
  [TAG.ia5String]: 'IA5String',
  [TAG.utcTime]: 'UTCTime',
  [TAG.generalizedTime]: 'GeneralizedTime',
  [TAG.graphicString]: 'GraphicString',
  [TAG.visibleString]: 'VisibleString',
  [TAG.generalString]: 'GeneralString',
  [TAG.universalString]: 'UniversalString',
  [TAG.bmpString]: 'BMPString',
};

type Dump = { readonly lines: string[]; readonly bytes: Uint8Array };

/** Lines without line ends; a damaged encoding is shown up to the damage, and a last line says what it is. */
export function dumpDumpasn1(bytes: Uint8Array): string[] {
  const dump: Dump = { lines: [], bytes };
  const { nodes, error } = readElements(bytes);
  for (const node of nodes) dumpNode(dump, node, 0, 0);
  if (error !== undefined) continued(dump, 0, `Error: ${describeError(error)}.`);
  return dump.lines;
}

function dumpNode(dump: Dump, node: Asn1Node, depth: number, nesting: number): void {
  const { bytes } = dump;
  const name = tagName(node);
  if (node.constructed) {
    dumpBraced(dump, node, name, node.children, depth, nesting);
    return;
  }
  const nested = nesting < ENCAPSULATION_DEPTH_LIMIT ? encapsulatedElement(bytes, node) : undefined;
  if (nested !== undefined && node.tagClass === 'universal') {
    dumpBraced(dump, node, `${name}, encapsulates`, [nested], depth, nesting + 1);
    return;
  }
  const short = node.tagClass === 'universal' ? shortValue(bytes, node) : undefined;
  if (short !== undefined) {
    started(dump, node, depth, short === '' ? name : `${name} ${short}`);
    return;
  }
  const bits =
    node.tagClass === 'universal' && node.tagNumber === TAG.bitString
      ? readBitString(bytes, node)
      : undefined;
  const octets = bits?.bytes ?? contents(bytes, node);
  const unused = bits === undefined || bits.unusedBits === 0 ? '' : ` ${bits.unusedBits} unused bits`;
  if (octets.length <= INLINE_OCTETS) {
    started(dump, node, depth, `${name}${unused} ${hexRow(octets)}`.trimEnd());
  } else {
    started(dump, node, depth, `${name}${unused}`);
    for (let start = 0; start < octets.length; start += ROW_OCTETS) {
      continued(dump, depth + 1, hexRow(octets.subarray(start, start + ROW_OCTETS)));
    }
  }
}

function dumpBraced(
  dump: Dump,
  node: Asn1Node,
  name: string,
  children: readonly Asn1Node[],
  depth: number,
  nesting: number,
): void {
  if (children.length === 0) {
    started(dump, node, depth, `${name} {}`);
    return;
  }
  started(dump, node, depth, `${name} {`);
  for (const child of children) dumpNode(dump, child, depth + 1, nesting);
  // An element that is cut off has no end to show.
  if (node.complete) continued(dump, depth + 1, '}');
}

function started(dump: Dump, node: Asn1Node, depth: number, text: string): void {
  dump.lines.push(`${String(node.start).padStart(4)}:${indentation(depth)}${text}`);
}

function continued(dump: Dump, depth: number, text: string): void {
  dump.lines.push(`    :${indentation(depth)}${text}`);
}

function indentation(depth: number): string {
  return ' '.repeat(Math.min(2 * depth, INDENTATION_LIMIT));
}

function tagName(node: Asn1Node): string {
  switch (node.tagClass) {
    case 'universal':
      return TAG_NAMES[node.tagNumber] ?? `[UNIVERSAL ${node.tagNumber}]`;
    case 'context':
      return `[${node.tagNumber}]`;
    case 'application':
      return `[APPLICATION ${node.tagNumber}]`;
    case 'private':
      return `[PRIVATE ${node.tagNumber}]`;
  }
}

/** The value on the line of its name; undefined where it is to be shown in hexadecimal. */
function shortValue(bytes: Uint8Array, node: Asn1Node): string | undefined {
  switch (node.tagNumber) {
    case TAG.null:
      return node.length === 0 ? '' : undefined;
    case TAG.boolean: {
      const value = readBoolean(bytes, node);
      return value === undefined ? undefined : value ? 'TRUE' : 'FALSE';
    }
    case TAG.integer:
    case TAG.enumerated:
      return node.length <= 4 ? readInteger(bytes, node)?.toString() : undefined;
    case TAG.objectIdentifier: {
      const oid = readOid(bytes, node);
      if (oid === undefined) return undefined;
      const name = dumpasn1OidName(oid);
      const numbers = oid.replaceAll('.', ' ');
      return name === undefined ? `'${numbers}'` : `${name} (${numbers})`;
    }
    case TAG.utcTime:
    case TAG.generalizedTime: {
      const time = readTime(bytes, node)?.rfc3339;
      if (time === undefined) return `'${printable(Buffer.from(contents(bytes, node)).toString('latin1'))}'`;
      const [date = '', clock = ''] = time.slice(0, -1).split('T');
      return `${date.split('-').reverse().join('/')} ${clock} GMT`;
    }
    case TAG.bitString:
    case TAG.octetString:
      return undefined;
    default: {
      const text = readString(bytes, node);
      return text === undefined ? undefined : `'${printable(text)}'`;
    }
  }
}

function hexRow(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
