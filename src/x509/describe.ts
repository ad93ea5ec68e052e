/**
 * A certificate as fields for trees, told as `openssl x509 -text` does (draft §5), each with its bytes.
 */

import {
  type Asn1Node,
  contentStart,
  contents,
  encoded,
  isContext,
  isUniversal,
  nodeEnd,
  TAG,
} from '../asn1/node.js';
import { oidLabel, oidName, opensslOidName } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import {
  bitIsSet,
  readBitString,
  readBoolean,
  readInteger,
  readIntegerHex,
  readOctets,
  readOid,
  readSmallInteger,
  readTime,
  readUnsignedOctets,
} from '../asn1/values.js';
import { append } from '../bytes/append.js';
import type { ByteSource, Field } from '../bytes/field.js';
import { toHex } from '../bytes/hex.js';
import { latin1 } from '../bytes/text.js';
import type { GeneralNameType } from './name.js';
import { generalNames, nameText } from './name.js';
import { publicKeyInfo } from './public-key.js';

/** Longest hexadecimal value shown whole, in bytes. */
const SHOWN_BYTES = 64;

/**
 * Fields of the certificate whose DER stands at `start` of the source. Of a damaged one, those that could be read.
 */
export function describeCertificate(source: ByteSource, start: number, der: Uint8Array): Field[] {
  const { root, error } = parseAsn1(source.bytes, { start, end: start + der.length });
  const tree = new Tree(source);
  const fields: Field[] = [];
  const [tbs, algorithm, signature] = root?.children ?? [];
  if (tbs !== undefined) append(fields, describeToBeSigned(tree, tbs));
  if (algorithm !== undefined) fields.push(tree.algorithm('Signature Algorithm', algorithm));
  if (signature !== undefined) fields.push(tree.field('Signature', signature, tree.hex(signature)));
  if (error !== undefined) {
    const offset = Math.min(error.offset, start + der.length);
    const value = `${error.message} at byte ${offset - start}`;
    fields.push({
      name: 'Damaged',
      value,
      start: offset,
      length: 0,
      source,
      children: [],
      severity: 'error',
    });
  }
  return fields;
}

function describeToBeSigned(tree: Tree, tbs: Asn1Node): Field[] {
  const { bytes } = tree.source;
  const fields: Field[] = [];
  const versionNode = isContext(tbs.children[0], 0) ? tbs.children[0] : undefined;
  if (versionNode !== undefined) {
    const [value] = versionNode.children;
    const version = value === undefined ? undefined : readSmallInteger(bytes, value);
    const text = version === undefined ? '?' : `${version + 1} (0x${version.toString(16)})`;
    fields.push(tree.field('Version', versionNode, text));
  }
  const [serial, algorithm, issuer, validity, subject, spki, ...rest] = tbs.children.slice(
    versionNode === undefined ? 0 : 1,
  );
  if (serial !== undefined) {
    const hex = readIntegerHex(bytes, serial) ?? '?';
    fields.push(tree.field('Serial Number', serial, colons(hex)));
  }
  if (algorithm !== undefined) fields.push(tree.algorithm('Signature Algorithm', algorithm));
  if (issuer !== undefined) fields.push(tree.field('Issuer', issuer, nameText(bytes, issuer)));
  if (validity !== undefined) {
    const [notBefore, notAfter] = validity.children;
    const times: Field[] = [];
    if (notBefore !== undefined) times.push(tree.time('Not Before', notBefore));
    if (notAfter !== undefined) times.push(tree.time('Not After', notAfter));
    fields.push(tree.field('Validity', validity, undefined, times));
  }
  if (subject !== undefined) fields.push(tree.field('Subject', subject, nameText(bytes, subject)));
  if (spki !== undefined) fields.push(describePublicKey(tree, spki));
  for (const node of rest) {
    if (isContext(node, 1)) fields.push(tree.field('Issuer Unique ID', node, tree.hex(node)));
    if (isContext(node, 2)) fields.push(tree.field('Subject Unique ID', node, tree.hex(node)));
    if (isContext(node, 3)) {
      const extensions = (node.children[0]?.children ?? []).map((child) => describeExtension(tree, child));
      fields.push(tree.field('X509v3 extensions', node, undefined, extensions));
    }
  }
  return fields;
}

function describePublicKey(tree: Tree, spki: Asn1Node): Field {
  const { bytes } = tree.source;
  const info = publicKeyInfo(bytes, spki);
  const [algorithm, key] = spki.children;
  const fields: Field[] = [];
  if (algorithm !== undefined) fields.push(tree.algorithm('Public Key Algorithm', algorithm));
  if (key !== undefined && info.algorithm === 'rsaEncryption' && !key.constructed) {
    const start = contentStart(key) + 1;
    const [modulus, exponent] = parseAsn1(bytes, { start, end: nodeEnd(key) }).root?.children ?? [];
    if (modulus !== undefined) {
      const octets = readUnsignedOctets(bytes, modulus) ?? contents(bytes, modulus);
      fields.push(tree.field(`Modulus (${info.bits} bit)`, modulus, shorten(octets)));
    }
    const value = exponent === undefined ? undefined : readInteger(bytes, exponent);
    if (exponent !== undefined && value !== undefined) {
      fields.push(tree.field('Exponent', exponent, `${value} (0x${value.toString(16)})`));
    }
  } else if (key !== undefined) {
    fields.push(tree.field('Public Key', key, tree.hex(key)));
  }
  const size = info.bits === 0 ? '' : `, ${info.bits} bit`;
  const curve = info.curve === undefined ? '' : `, ${info.curve}`;
  return tree.field('Subject Public Key Info', spki, `${info.algorithm}${curve}${size}`, fields);
}

function describeExtension(tree: Tree, node: Asn1Node): Field {
  const { bytes } = tree.source;
  const [oidNode, second, third] = node.children;
  const oid = (isUniversal(oidNode, TAG.objectIdentifier) ? readOid(bytes, oidNode) : undefined) ?? '?';
  const criticalNode = isUniversal(second, TAG.boolean) ? second : undefined;
  const valueNode = criticalNode === undefined ? second : third;
  const critical = criticalNode !== undefined && readBoolean(bytes, criticalNode) === true;
  const value = valueNode === undefined ? undefined : readOctets(bytes, valueNode);
  const text = value === undefined ? '?' : extensionText(oid, value);
  const openssl = opensslOidName(oid);
  const title = openssl === oid ? (oidName(oid) ?? oid) : openssl;
  return tree.field(title, node, critical ? `critical, ${text}` : text);
}

/** Names that OpenSSL gives to the keyUsage bits. */
const KEY_USAGE_TEXTS = [
  'Digital Signature',
  'Non Repudiation',
  'Key Encipherment',
  'Data Encipherment',
  'Key Agreement',
  'Certificate Sign',
  'CRL Sign',
  'Encipher Only',
  'Decipher Only',
];

const GENERAL_NAME_TEXTS: Readonly<Record<GeneralNameType, string>> = {
  otherName: 'othername',
  email: 'email',
  dns: 'DNS',
  x400Address: 'X400Name',
  dirName: 'DirName',
  ediPartyName: 'EdiPartyName',
  uri: 'URI',
  ip: 'IP Address',
  registeredId: 'Registered ID',
};

/** An extension's value by its identifier, as OpenSSL words it; hexadecimal where it is none of the common ones. */
export function extensionText(oid: string, value: Uint8Array): string {
  const { root, error } = parseAsn1(value);
  if (root === undefined || error !== undefined) return shorten(value);
  switch (oid) {
    case '2.5.29.17':
    case '2.5.29.18':
      return generalNamesText(value, root);
    case '2.5.29.19': {
      const [first, second] = root.children;
      const isCa = isUniversal(first, TAG.boolean) && readBoolean(value, first) === true;
      const path = isUniversal(first, TAG.boolean) ? second : first;
      const length = path === undefined ? '' : `, pathlen:${readSmallInteger(value, path) ?? '?'}`;
      return `CA:${isCa ? 'TRUE' : 'FALSE'}${length}`;
    }
    case '2.5.29.15': {
      const bits = readBitString(value, root);
      return bits === undefined
        ? shorten(value)
        : KEY_USAGE_TEXTS.filter((_, index) => bitIsSet(bits, index)).join(', ');
    }
    case '2.5.29.37':
      return root.children
        .map((child) => {
          const usage = readOid(value, child) ?? '?';
          const openssl = opensslOidName(usage);
          return openssl === usage ? oidLabel(usage) : openssl;
        })
        .join(', ');
    case '2.5.29.14':
      return colons(toHex(readOctets(value, root) ?? value).toUpperCase());
    case '2.5.29.35':
      return authorityKeyText(value, root);
    case '2.16.840.1.113730.1.13':
      return latin1(contents(value, root));
    default:
      return shorten(value);
  }
}

function authorityKeyText(value: Uint8Array, root: Asn1Node): string {
  const parts: string[] = [];
  for (const child of root.children) {
    if (isContext(child, 0)) parts.push(colons(toHex(contents(value, child)).toUpperCase()));
    // authorityCertIssuer is an implicit SEQUENCE OF GeneralName.
    if (isContext(child, 1)) {
      const names = child.children.map((name) => name.children[0]).filter((name) => name !== undefined);
      append(
        parts,
        names.map((name) => `DirName:${nameText(value, name)}`),
      );
    }
    if (isContext(child, 2))
      parts.push(`serial:${colons(readIntegerHex(value, child) ?? '?').toUpperCase()}`);
  }
  return parts.join(', ');
}

function generalNamesText(value: Uint8Array, root: Asn1Node): string {
  return generalNames(value, root)
    .map((name) => `${GENERAL_NAME_TEXTS[name.type]}:${name.value}`)
    .join(', ');
}

class Tree {
  constructor(readonly source: ByteSource) {}

  field(name: string, node: Asn1Node, value: string | undefined, children: readonly Field[] = []): Field {
    const end = Math.min(nodeEnd(node), this.source.bytes.length);
    return {
      name,
      ...(value === undefined ? {} : { value }),
      start: node.start,
      length: end - node.start,
      source: this.source,
      children,
    };
  }

  algorithm(name: string, node: Asn1Node): Field {
    const [oidNode] = node.children;
    const oid = oidNode === undefined ? undefined : readOid(this.source.bytes, oidNode);
    return this.field(name, node, oid === undefined ? '?' : oidLabel(oid));
  }

  time(name: string, node: Asn1Node): Field {
    const { bytes } = this.source;
    return this.field(name, node, readTime(bytes, node)?.rfc3339 ?? latin1(contents(bytes, node)));
  }

  /** Octets of a BIT STRING or of anything else, as hexadecimal. */
  hex(node: Asn1Node): string {
    const { bytes } = this.source;
    const bits = isUniversal(node, TAG.bitString) ? readBitString(bytes, node) : undefined;
    return shorten(bits?.bytes ?? encoded(bytes, node));
  }
}

/** `01:95:00` of `019500`. */
function colons(hex: string): string {
  return hex.replace(/[0-9a-f]{2}(?=[0-9a-f])/gi, '$&:');
}

function shorten(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_BYTES))}… (${bytes.length} bytes)`;
}
