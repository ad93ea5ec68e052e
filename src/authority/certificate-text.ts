/** A certificate as text, in the lines of the draft's §5, which are those of openssl's `x509 -text`. */

import { contents, isContext } from '../asn1/node.js';
import { opensslOidName } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readBitString, readInteger, readIntegerHex, readOid, readUnsignedOctets } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';
import type { Certificate } from '../x509/certificate.js';
import { extensionText } from '../x509/describe.js';
import { nameAttributes, nameText } from '../x509/name.js';

const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
/** Octets on a line of the modulus and of the signature. */
const MODULUS_LINE = 15;
const SIGNATURE_LINE = 18;
/** Hexadecimal digits of the longest serial number printed as a decimal number, as openssl did where a long has 32 bits. */
const SHORT_SERIAL_DIGITS = 8;

/** The lines, without line ends. */
export function certificateText(certificate: Certificate): string[] {
  const { version, serialNumber, signatureAlgorithm, extensions } = certificate;
  return [
    'Certificate:',
    '    Data:',
    `        Version: ${version} (0x${version - 1})`,
    ...serialLines(serialNumber),
    `        Signature Algorithm: ${signatureAlgorithm}`,
    `        Issuer: ${certificate.issuer}`,
    '        Validity',
    `            Not Before: ${dateText(certificate.notBeforeSeconds, certificate.notBefore)}`,
    `            Not After : ${dateText(certificate.notAfterSeconds, certificate.notAfter)}`,
    `        Subject: ${certificate.subject}`,
    '        Subject Public Key Info:',
    ...publicKeyLines(certificate),
    ...(extensions.length === 0 ? [] : ['        X509v3 extensions:']),
    ...extensions.flatMap(({ oid, critical, value }) => [
      `            ${opensslOidName(oid)}:${critical ? ' critical' : ''}`,
      ...extensionLines(oid, value).map((line) => `                ${line}`),
    ]),
    `    Signature Algorithm: ${signatureAlgorithm}`,
    ...hexLines(certificate.signature, SIGNATURE_LINE, '        '),
  ];
}

function serialLines(hex: string): string[] {
  const isShort = !hex.startsWith('-') && hex.length <= SHORT_SERIAL_DIGITS;
  if (isShort) {
    const value = BigInt(`0x${hex}`);
    return [`        Serial Number: ${value} (0x${value.toString(16)})`];
  }
  return ['        Serial Number:', `            ${colons(hex)}`];
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Feb  3 18:49:08 2005 GMT`; what is no time stays as it was encoded. */
function dateText(seconds: number, encodedText: string): string {
  if (Number.isNaN(seconds)) return encodedText;
  const date = new Date(seconds * 1000);
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${MONTHS[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()} GMT`;
}

function publicKeyLines({ spki, publicKey }: Certificate): string[] {
  const [algorithmNode, keyNode] = parseAsn1(spki).root?.children ?? [];
  const oidNode = algorithmNode?.children[0];
  const name = oidNode === undefined ? undefined : readOid(spki, oidNode);
  const head = `            Public Key Algorithm: ${name === undefined ? '?' : opensslOidName(name)}`;
  const bits = keyNode === undefined ? undefined : readBitString(spki, keyNode)?.bytes;
  if (bits === undefined) return [head];
  if (publicKey.algorithm !== 'rsaEncryption') {
    const curve = publicKey.curve === undefined ? [] : [`                ASN1 OID: ${publicKey.curve}`];
    return [
      head,
      `                Public-Key: (${publicKey.bits} bit)`,
      '                pub:',
      ...hexLines(bits, MODULUS_LINE, '                    '),
      ...curve,
    ];
  }
  const [modulusNode, exponentNode] = parseAsn1(bits).root?.children ?? [];
  const modulus = modulusNode === undefined ? undefined : readUnsignedOctets(bits, modulusNode);
  const exponent = exponentNode === undefined ? undefined : readInteger(bits, exponentNode);
  if (modulus === undefined || exponent === undefined) return [head];
  // As an INTEGER has it: a zero octet before a magnitude whose first bit is set.
  const signed = (modulus[0] as number) >= 0x80 ? Uint8Array.of(0, ...modulus) : modulus;
  return [
    head,
    `            RSA Public Key: (${publicKey.bits} bit)`,
    `                Modulus (${publicKey.bits} bit):`,
    ...hexLines(signed, MODULUS_LINE, '                    '),
    `                Exponent: ${exponent} (0x${exponent.toString(16)})`,
  ];
}

function extensionLines(oid: string, value: Uint8Array): string[] {
  const { root, error } = parseAsn1(value);
  if (oid !== AUTHORITY_KEY_IDENTIFIER || root === undefined || error !== undefined) {
    return [extensionText(oid, value)];
  }
  return root.children.flatMap((child) => {
    if (isContext(child, 0)) return [colons(toHex(contents(value, child))).toUpperCase()];
    if (isContext(child, 2)) return [`serial:${colons(readIntegerHex(value, child) ?? '?').toUpperCase()}`];
    return child.children.flatMap((general) => {
      const [name] = general.children;
      if (name === undefined) return [];
      const rdns = nameAttributes(value, name);
      const types = nameText(value, name).split(', ');
      // The slashed form of a name, as openssl prints it in this place alone.
      return rdns.length === types.length ? [`DirName:/${types.join('/')}`] : [`DirName:${types.join(', ')}`];
    });
  });
}

/** `01:95:00` of `019500`. */
function colons(hex: string): string {
  return hex.replace(/[0-9a-f]{2}(?=[0-9a-f])/gi, '$&:');
}

/** Every line but the last ends with a colon, so that the lines can be joined. */
function hexLines(bytes: Uint8Array, width: number, indent: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const isLast = at + width >= bytes.length;
    lines.push(`${indent}${colons(toHex(bytes.subarray(at, at + width)))}${isLast ? '' : ':'}`);
  }
  return lines;
}
