/**
 * A CMS message as fields for a tree: every part under its name of RFC 5652 with its byte range, over the same walk
 * that evaluateCms reads. Verdicts are not part of it: they follow from the bytes and stand in the Cms value.
 */

import type { Asn1Node } from '../asn1/node.js';
import { contents, encoded, isContext, isUniversal, nodeEnd, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { readBoolean, readInteger, readOctetsSoFar, readOid, readString, readTime } from '../asn1/values.js';
import type { ByteSource, Field } from '../bytes/field.js';
import { toHex } from '../bytes/hex.js';
import { distinguishedName } from '../x509/name.js';
import { algorithmName } from './algorithms.js';
import { contentTypeName, readContentInfo } from './evaluate.js';
import type { Cms } from './model.js';

/** Longest byte string shown as hexadecimal in a field's value, in octets. */
const SHOWN_OCTETS = 32;
/** Longest text shown as a field's value, in characters. */
const SHOWN_CHARACTERS = 120;
/** Most fields of one message: certificates inside are shown to their last octet, lists not. */
const FIELDS_LIMIT = 5_000;

/** What a part of a SEQUENCE is called, and how its value reads; optional parts carry their own tag. */
type Part = {
  readonly name: string;
  readonly fits: (node: Asn1Node) => boolean;
  readonly show?: (tree: Tree, node: Asn1Node) => string | undefined;
  readonly inside?: (tree: Tree, node: Asn1Node) => Field[];
};

type Tree = { readonly source: ByteSource; fieldsLeft: number };

const universal =
  (tag: number) =>
  (node: Asn1Node): boolean =>
    isUniversal(node, tag);
const tagged =
  (tag: number) =>
  (node: Asn1Node): boolean =>
    isContext(node, tag);
const anything = (): boolean => true;

/** The fields of the CMS message in `source`; `cms` is what evaluateCms answered for the same bytes. */
export function describeCms(source: ByteSource, cms: Cms): Field[] {
  const { root, inner } = readContentInfo(source.bytes, cms.contentTypeOid || undefined);
  if (root === undefined) return [];
  const tree: Tree = { source, fieldsLeft: FIELDS_LIMIT };
  if (inner === root) {
    return [
      field(tree, STRUCTURE_NAMES[cms.contentType] ?? 'content', root, {
        children: contentFields(tree, cms, root),
      }),
    ];
  }
  const content: Part = {
    name: STRUCTURE_NAMES[cms.contentType] ?? 'content',
    fits: tagged(0),
    inside: (_, node) => (node.children[0] === undefined ? [] : contentFields(tree, cms, node.children[0])),
  };
  const head: Part = { name: 'contentType', fits: universal(TAG.objectIdentifier), show: showOid };
  return [
    field(tree, 'ContentInfo', root, {
      value: cms.contentType === 'unknown' ? undefined : STRUCTURE_NAMES[cms.contentType],
      children: parts(tree, root, [head, content]),
    }),
  ];
}

const STRUCTURE_NAMES: Partial<Record<Cms['contentType'], string>> = {
  data: 'Data',
  signed_data: 'SignedData',
  enveloped_data: 'EnvelopedData',
  auth_enveloped_data: 'AuthEnvelopedData',
  signed_and_enveloped_data: 'SignedAndEnvelopedData',
  encrypted_data: 'EncryptedData',
  compressed_data: 'CompressedData',
  digested_data: 'DigestedData',
  authenticated_data: 'AuthenticatedData',
};

const version: Part = { name: 'version', fits: universal(TAG.integer) };
const algorithm = (name: string, fits: Part['fits'] = universal(TAG.sequence)): Part => ({
  name,
  fits,
  show: (tree, node) => showAlgorithm(tree, node),
});
const attributes = (name: string, tag: number): Part => ({
  name,
  fits: tagged(tag),
  inside: (tree, node) => node.children.map((child) => attributeField(tree, child)),
});
const octets = (name: string): Part => ({ name, fits: universal(TAG.octetString) });
const encapsulated: Part = {
  name: 'encapContentInfo',
  fits: universal(TAG.sequence),
  inside: (tree, node) =>
    parts(tree, node, [
      { name: 'eContentType', fits: universal(TAG.objectIdentifier), show: showOid },
      { name: 'eContent', fits: tagged(0), show: (inner, one) => showContent(inner, one.children[0]) },
    ]),
};
const encryptedContent: Part = {
  name: 'encryptedContentInfo',
  fits: universal(TAG.sequence),
  inside: (tree, node) =>
    parts(tree, node, [
      { name: 'contentType', fits: universal(TAG.objectIdentifier), show: showOid },
      algorithm('contentEncryptionAlgorithm'),
      { name: 'encryptedContent', fits: tagged(0), show: (inner, one) => showContent(inner, one) },
    ]),
};
const digestAlgorithms: Part = {
  name: 'digestAlgorithms',
  fits: universal(TAG.set),
  inside: (tree, node) =>
    node.children.map((child) =>
      field(tree, 'digestAlgorithm', child, { value: showAlgorithm(tree, child) }),
    ),
};
const signerInfos: Part = {
  name: 'signerInfos',
  fits: universal(TAG.set),
  inside: (tree, node) => node.children.map((child) => signerField(tree, child)),
};
const recipientInfos: Part = {
  name: 'recipientInfos',
  fits: universal(TAG.set),
  inside: (tree, node) => node.children.map((child) => recipientField(tree, child)),
};
const originatorInfo: Part = { name: 'originatorInfo', fits: tagged(0) };

function contentFields(tree: Tree, cms: Cms, node: Asn1Node): Field[] {
  switch (cms.contentType) {
    case 'signed_data':
      return parts(tree, node, [
        version,
        digestAlgorithms,
        encapsulated,
        {
          name: 'certificates',
          fits: tagged(0),
          inside: (inner, set) =>
            set.children.map((child) => {
              const known = cms.certificates.find(
                (one) => Buffer.compare(one.der, encoded(inner.source.bytes, child)) === 0,
              );
              return field(inner, 'certificate', child, { value: known?.subject });
            }),
        },
        { name: 'crls', fits: tagged(1) },
        signerInfos,
      ]);
    case 'enveloped_data':
      return parts(tree, node, [
        version,
        originatorInfo,
        recipientInfos,
        encryptedContent,
        attributes('unprotectedAttrs', 1),
      ]);
    case 'auth_enveloped_data':
      return parts(tree, node, [
        version,
        originatorInfo,
        recipientInfos,
        { ...encryptedContent, name: 'authEncryptedContentInfo' },
        attributes('authAttrs', 1),
        octets('mac'),
        attributes('unauthAttrs', 2),
      ]);
    case 'signed_and_enveloped_data':
      return parts(tree, node, [
        version,
        recipientInfos,
        digestAlgorithms,
        encryptedContent,
        { name: 'certificates', fits: tagged(0) },
        { name: 'crls', fits: tagged(1) },
        signerInfos,
      ]);
    case 'encrypted_data':
      return parts(tree, node, [version, encryptedContent, attributes('unprotectedAttrs', 1)]);
    case 'compressed_data':
      return parts(tree, node, [version, algorithm('compressionAlgorithm'), encapsulated]);
    case 'digested_data':
      return parts(tree, node, [version, algorithm('digestAlgorithm'), encapsulated, octets('digest')]);
    case 'authenticated_data':
      return parts(tree, node, [
        version,
        originatorInfo,
        recipientInfos,
        algorithm('macAlgorithm'),
        algorithm('digestAlgorithm', tagged(1)),
        encapsulated,
        attributes('authAttrs', 2),
        octets('mac'),
        attributes('unauthAttrs', 3),
      ]);
    default:
      return [generic(tree, node)];
  }
}

function signerField(tree: Tree, node: Asn1Node): Field {
  const children = parts(tree, node, [
    version,
    { name: 'sid', fits: anything, show: showReference },
    algorithm('digestAlgorithm'),
    attributes('signedAttrs', 0),
    algorithm('signatureAlgorithm'),
    octets('signature'),
    attributes('unsignedAttrs', 1),
  ]);
  return field(tree, 'SignerInfo', node, { children });
}

/** RecipientInfo (RFC 5652 §6.2): a CHOICE told by its tag. */
function recipientField(tree: Tree, node: Asn1Node): Field {
  if (universal(TAG.sequence)(node)) {
    const children = parts(tree, node, [
      version,
      { name: 'rid', fits: anything, show: showReference },
      algorithm('keyEncryptionAlgorithm'),
      octets('encryptedKey'),
    ]);
    return field(tree, 'KeyTransRecipientInfo', node, { children });
  }
  switch (node.tagClass === 'context' ? node.tagNumber : -1) {
    case 1:
      return field(tree, 'KeyAgreeRecipientInfo', node, {
        children: parts(tree, node, [
          version,
          { name: 'originator', fits: tagged(0) },
          { name: 'ukm', fits: tagged(1) },
          algorithm('keyEncryptionAlgorithm'),
          { name: 'recipientEncryptedKeys', fits: universal(TAG.sequence) },
        ]),
      });
    case 2:
      return field(tree, 'KEKRecipientInfo', node, {
        children: parts(tree, node, [
          version,
          { name: 'kekid', fits: universal(TAG.sequence) },
          algorithm('keyEncryptionAlgorithm'),
          octets('encryptedKey'),
        ]),
      });
    case 3:
      return field(tree, 'PasswordRecipientInfo', node, {
        children: parts(tree, node, [
          version,
          algorithm('keyDerivationAlgorithm', tagged(0)),
          algorithm('keyEncryptionAlgorithm'),
          octets('encryptedKey'),
        ]),
      });
    default:
      return field(tree, 'RecipientInfo', node);
  }
}

function attributeField(tree: Tree, node: Asn1Node): Field {
  const [type, values] = node.children;
  const name = type === undefined ? undefined : readOid(tree.source.bytes, type);
  const value =
    values?.children.length === 1 ? showPrimitive(tree, values.children[0] as Asn1Node) : undefined;
  return field(tree, name === undefined ? 'attribute' : oidLabel(name), node, {
    value,
    children: (values?.children ?? []).map((child) => generic(tree, child)),
  });
}

/** Names the children of a SEQUENCE in the order that the type gives; what fits no name keeps its tag's. */
function parts(tree: Tree, node: Asn1Node, names: readonly Part[]): Field[] {
  const fields: Field[] = [];
  let next = 0;
  for (const child of node.children) {
    if (tree.fieldsLeft <= 0) break;
    const index = names.findIndex((part, at) => at >= next && part.fits(child));
    const part = names[index];
    if (part === undefined) {
      fields.push(generic(tree, child));
      continue;
    }
    next = index + 1;
    const value = part.show === undefined ? showPrimitive(tree, child) : part.show(tree, child);
    const children = part.inside?.(tree, child);
    fields.push(field(tree, part.name, child, { value, ...(children === undefined ? {} : { children }) }));
  }
  return fields;
}

/** An element without a name of its own. */
function generic(tree: Tree, node: Asn1Node): Field {
  const name =
    node.tagClass === 'universal'
      ? (TAG_NAMES[node.tagNumber] ?? `[UNIVERSAL ${node.tagNumber}]`)
      : `[${node.tagNumber}]`;
  return field(tree, name, node, { value: showPrimitive(tree, node) });
}

const TAG_NAMES: Readonly<Record<number, string>> = {
  [TAG.boolean]: 'BOOLEAN',
  [TAG.integer]: 'INTEGER',
  [TAG.bitString]: 'BIT STRING',
  [TAG.octetString]: 'OCTET STRING',
  [TAG.null]: 'NULL',
  [TAG.objectIdentifier]: 'OBJECT IDENTIFIER',
  [TAG.enumerated]: 'ENUMERATED',
  [TAG.utf8String]: 'UTF8String',
  [TAG.sequence]: 'SEQUENCE',
  [TAG.set]: 'SET',
  [TAG.numericString]: 'NumericString',
  [TAG.printableString]: 'PrintableString',
  [TAG.t61String]: 'T61String',
  [TAG.ia5String]: 'IA5String',
  [TAG.utcTime]: 'UTCTime',
  [TAG.generalizedTime]: 'GeneralizedTime',
  [TAG.visibleString]: 'VisibleString',
  [TAG.universalString]: 'UniversalString',
  [TAG.bmpString]: 'BMPString',
};

function field(
  tree: Tree,
  name: string,
  node: Asn1Node,
  shown: { readonly value?: string | undefined; readonly children?: readonly Field[] } = {},
): Field {
  tree.fieldsLeft--;
  const children =
    shown.children ?? (tree.fieldsLeft > 0 ? node.children.map((child) => generic(tree, child)) : []);
  return {
    name,
    ...(shown.value === undefined ? {} : { value: shown.value }),
    start: node.start,
    length: Math.min(nodeEnd(node), tree.source.bytes.length) - node.start,
    source: tree.source,
    children,
    ...(node.complete ? {} : { severity: 'error' as const }),
  };
}

function showOid({ source: { bytes } }: Tree, node: Asn1Node): string | undefined {
  const oid = readOid(bytes, node);
  if (oid === undefined) return undefined;
  const type = contentTypeName(oid);
  return `${type === 'unknown' ? oidLabel(oid) : (STRUCTURE_NAMES[type] ?? type)} (${oid})`;
}

function showAlgorithm({ source: { bytes } }: Tree, node: Asn1Node): string | undefined {
  const [type] = node.children;
  const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
  return oid === undefined ? undefined : algorithmName(oid);
}

function showReference(tree: Tree, node: Asn1Node): string | undefined {
  const { bytes } = tree.source;
  if (tagged(0)(node)) return `subject key identifier ${toHex(contents(bytes, node))}`;
  const [issuer, serial] = node.children;
  if (!isUniversal(issuer, TAG.sequence) || !isUniversal(serial, TAG.integer)) return undefined;
  return `${distinguishedName(encoded(bytes, issuer))}, serial number ${toHex(contents(bytes, serial))}`;
}

function showContent({ source: { bytes } }: Tree, node: Asn1Node | undefined): string | undefined {
  return node === undefined ? undefined : `${readOctetsSoFar(bytes, node).length} bytes`;
}

function showPrimitive({ source: { bytes } }: Tree, node: Asn1Node): string | undefined {
  if (node.constructed) return undefined;
  if (node.tagClass !== 'universal') return shortHex(contents(bytes, node));
  switch (node.tagNumber) {
    case TAG.null:
      return undefined;
    case TAG.boolean:
      return String(readBoolean(bytes, node) ?? '?');
    case TAG.integer:
    case TAG.enumerated: {
      const octetsOf = contents(bytes, node);
      return octetsOf.length > 8 ? shortHex(octetsOf) : String(readInteger(bytes, node) ?? '?');
    }
    case TAG.objectIdentifier: {
      const oid = readOid(bytes, node);
      return oid === undefined ? shortHex(contents(bytes, node)) : `${oidLabel(oid)} (${oid})`;
    }
    case TAG.utcTime:
    case TAG.generalizedTime:
      return readTime(bytes, node)?.rfc3339 ?? shortHex(contents(bytes, node));
    default:
      return shortText(readString(bytes, node)) ?? shortHex(contents(bytes, node));
  }
}

function shortText(text: string | undefined): string | undefined {
  return text === undefined || text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

function shortHex(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_OCTETS) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_OCTETS))}… (${bytes.length} bytes)`;
}
