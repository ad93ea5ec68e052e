/**
 * ASN.1 as lines in the layout of `openssl asn1parse -i -dump`: as the draft shows it in §5.1 (offset, length, kind), or with
 * the depth and header length that the command prints today.
 */

import { append } from '../bytes/append.js';
import { describeError } from '../bytes/fault.js';
import { latin1, printable, utf8 } from '../bytes/text.js';
import { INDENTATION_LIMIT, readElements } from './dump-elements.js';
import type { Asn1Node } from './node.js';
import { contents, TAG } from './node.js';
import { opensslOidName } from './oids.js';
import { readOid } from './values.js';

export type OpensslDumpOptions = {
  /** Depth and header length on each line, and offsets before dumped bytes, as today's command prints them. */
  readonly headers?: boolean;
};

/** Names as ASN1_tag2str has them. */
const TAG_NAMES: readonly string[] = [
  ...['EOC', 'BOOLEAN', 'INTEGER', 'BIT STRING', 'OCTET STRING', 'NULL', 'OBJECT', 'OBJECT DESCRIPTOR'],
  ...['EXTERNAL', 'REAL', 'ENUMERATED', '<ASN1 11>', 'UTF8STRING', '<ASN1 13>', '<ASN1 14>', '<ASN1 15>'],
  ...[
    'SEQUENCE',
    'SET',
    'NUMERICSTRING',
    'PRINTABLESTRING',
    'T61STRING',
    'VIDEOTEXSTRING',
    'IA5STRING',
    'UTCTIME',
  ],
  ...[
    'GENERALIZEDTIME',
    'GRAPHICSTRING',
    'VISIBLESTRING',
    'GENERALSTRING',
    'UNIVERSALSTRING',
    '<ASN1 29>',
    'BMPSTRING',
  ],
];
const CLASS_NAMES = { application: 'appl', context: 'cont', private: 'priv' } as const;

/** Lines without line ends; a damaged encoding is shown up to the damage, and a last line says what it is. */
export function dumpOpenssl(bytes: Uint8Array, options: OpensslDumpOptions = {}): string[] {
  const lines: string[] = [];
  const { nodes, error } = readElements(bytes);
  for (const node of nodes) dumpNode(lines, bytes, node, 0, options.headers ?? false);
  if (error !== undefined) lines.push(`Error in encoding: ${describeError(error)}`);
  return lines;
}

function dumpNode(lines: string[], bytes: Uint8Array, node: Asn1Node, depth: number, headers: boolean): void {
  const offset = String(node.start).padStart(5);
  const level = headers ? `d=${String(depth).padEnd(2)} hl=${node.headerLength} ` : '';
  const length = node.indefinite ? 'inf ' : String(node.length).padStart(4);
  const kind = node.constructed ? 'cons' : 'prim';
  const indent = ' '.repeat(Math.min(depth, INDENTATION_LIMIT));
  const head = `${offset}:${level}l=${length} ${kind}: ${indent}${tagName(node).padEnd(18)}`;
  if (node.constructed) {
    lines.push(head.trimEnd());
    for (const child of node.children) dumpNode(lines, bytes, child, depth + 1, headers);
    if (node.indefinite && node.complete) {
      // The end-of-contents octets are an element of their own to the command.
      const end = node.start + node.headerLength + node.length;
      const inner = headers ? `d=${String(depth + 1).padEnd(2)} hl=2 ` : '';
      lines.push(
        `${String(end).padStart(5)}:${inner}l=   0 prim: ${' '.repeat(Math.min(depth + 1, INDENTATION_LIMIT))}EOC`,
      );
    }
    return;
  }
  const octets = contents(bytes, node);
  const shown = node.tagClass === 'universal' ? value(octets, bytes, node) : '';
  if (shown !== undefined) {
    lines.push(`${head}${shown}`.trimEnd());
    return;
  }
  lines.push(head.trimEnd());
  append(lines, hexDump(octets, headers));
}

function tagName(node: Asn1Node): string {
  if (node.tagClass === 'universal') return TAG_NAMES[node.tagNumber] ?? `<ASN1 ${node.tagNumber}>`;
  return `${CLASS_NAMES[node.tagClass]} [ ${node.tagNumber} ]`;
}

/** The value after the name; undefined for octets that are dumped below it. */
function value(octets: Uint8Array, bytes: Uint8Array, node: Asn1Node): string | undefined {
  switch (node.tagNumber) {
    case TAG.printableString:
    case TAG.t61String:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.numericString:
    case TAG.utf8String:
    case TAG.utcTime:
    case TAG.generalizedTime:
      return `:${printable(node.tagNumber === TAG.utf8String ? utf8(octets) : latin1(octets))}`;
    case TAG.objectIdentifier: {
      const oid = readOid(bytes, node);
      return oid === undefined ? ':BAD OBJECT' : `:${opensslOidName(oid)}`;
    }
    case TAG.boolean:
      return octets.length === 1 ? `:${octets[0]}` : ':BAD BOOLEAN';
    case TAG.integer:
    case TAG.enumerated:
      return `:${integer(octets)}`;
    case TAG.octetString:
      if (octets.length === 0) return '';
      return isPlainText(octets) ? `:${printable(latin1(octets))}` : undefined;
    case TAG.null:
    case TAG.bmpString:
    case TAG.endOfContents:
      return '';
    default:
      return octets.length === 0 ? '' : undefined;
  }
}

/** Hexadecimal of the magnitude, a minus before a negative one. */
function integer(octets: Uint8Array): string {
  if (octets.length === 0) return 'BAD INTEGER:[]';
  const digits = Buffer.from(octets).toString('hex');
  const unsigned = BigInt(`0x${digits}`);
  const isNegative = (octets[0] as number) >= 0x80;
  const magnitude = isNegative ? (1n << BigInt(8 * octets.length)) - unsigned : unsigned;
  const text = magnitude.toString(16).toUpperCase();
  return `${isNegative ? '-' : ''}${text.length % 2 === 0 ? text : `0${text}`}`;
}

function isPlainText(octets: Uint8Array): boolean {
  return octets.every(
    (octet) => (octet >= 0x20 && octet < 0x7f) || octet === 9 || octet === 10 || octet === 13,
  );
}

/** Rows of sixteen as BIO_dump writes them. Older versions, the draft's too, left trailing spaces and zeros out. */
function hexDump(octets: Uint8Array, headers: boolean): string[] {
  const lines: string[] = [];
  let end = octets.length;
  if (!headers) while (end > 0 && (octets[end - 1] === 0x20 || octets[end - 1] === 0)) end--;
  for (let start = 0; start < end; start += 16) {
    const row = octets.subarray(start, Math.min(start + 16, end));
    let digits = '';
    let text = '';
    for (let index = 0; index < 16; index++) {
      const octet = row[index];
      const separator = index === 7 && octet !== undefined ? '-' : ' ';
      digits += octet === undefined ? '   ' : octet.toString(16).padStart(2, '0') + separator;
      if (octet !== undefined) text += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
    }
    const offset = headers ? `${start.toString(16).padStart(4, '0')} - ` : '';
    lines.push(`      ${offset}${digits}  ${text}`.trimEnd());
  }
  if (end < octets.length) lines.push(`      ${octets.length.toString(16).padStart(4, '0')} - <SPACES/NULS>`);
  return lines;
}
