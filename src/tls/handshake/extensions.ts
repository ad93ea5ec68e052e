/**
 * Extensions of hello messages, certificates and tickets: RFC 6066, RFC 8446 §4.2 and others.
 *
 * In: a Cursor at the two-byte length of an extension list. Out: the extensions in order, each decoded as far as its
 * meaning is known: `codes` are its numbers for rules to compare, `values` the same for a person to read.
 */
import { Cursor } from '../../bytes/cursor.js';
import { toHex } from '../../bytes/hex.js';
import { latin1, printable } from '../../bytes/text.js';
import { extensionName, groupName, signatureSchemeName, versionName } from '../registries/names.js';

export type Extension = {
  readonly type: number;
  /** Of the registry "TLS ExtensionType Values". */
  readonly name: string;
  readonly data: Uint8Array;
  /** Decoded parts in words: host names, protocols, versions, groups ... */
  readonly values: readonly string[];
  /** Decoded numbers: versions, groups, signature schemes. */
  readonly codes: readonly number[];
};

export const ExtensionType = {
  serverName: 0,
  maxFragmentLength: 1,
  truncatedHmac: 4,
  statusRequest: 5,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  recordSizeLimit: 28,
  sessionTicket: 35,
  preSharedKey: 41,
  /** The number of key_share before draft 23 of TLS 1.3. */
  keyShareOfDrafts: 40,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

/** Which message an extension stands in: some have another form in each. */
export type ExtensionPlace =
  | 'client_hello'
  | 'server_hello'
  | 'hello_retry_request'
  | 'encrypted_extensions'
  | 'certificate'
  | 'certificate_request'
  | 'new_session_ticket';

/** Reads a list with its length; an absent list (SSL 3.0, TLS 1.0 hellos) is an empty one. */
export function readExtensions(cursor: Cursor, place: ExtensionPlace): Extension[] {
  const extensions: Extension[] = [];
  if (cursor.remaining === 0) return extensions;
  const end = Math.min(cursor.u16('extensions_length') + cursor.offset, cursor.end);
  while (cursor.shortage === undefined && cursor.offset < end) {
    cursor.open('Extension');
    const type = cursor.u16('type');
    const name = extensionName(type);
    cursor.explain(`${name} (${type})`);
    const length = cursor.u16('length');
    const data = cursor.take(length, 'data');
    const decoded = decode(type, data, place);
    cursor.close(decoded.values.length === 0 ? name : `${name}: ${decoded.values.join(', ')}`);
    if (cursor.shortage === undefined) extensions.push({ type, name, data, ...decoded });
  }
  return extensions;
}

/** First extension of a type. */
export function findExtension(extensions: readonly Extension[], type: number): Extension | undefined {
  return extensions.find((extension) => extension.type === type);
}

type Decoded = { readonly values: readonly string[]; readonly codes: readonly number[] };
const NOTHING: Decoded = { values: [], codes: [] };

function decode(type: number, data: Uint8Array, place: ExtensionPlace): Decoded {
  const cursor = new Cursor(data);
  const decoded = decodePart(type, cursor, place);
  // What is cut short is shown as the bytes that are there.
  return cursor.shortage === undefined ? decoded : { values: [toHex(data.subarray(0, 64))], codes: [] };
}

function decodePart(type: number, cursor: Cursor, place: ExtensionPlace): Decoded {
  switch (type) {
    case ExtensionType.serverName:
      return cursor.remaining === 0 ? NOTHING : serverNames(cursor);
    case ExtensionType.maxFragmentLength:
      return numbers([cursor.u8()], (code) => (code >= 1 && code <= 4 ? `${256 << code}` : `${code}`));
    case ExtensionType.supportedGroups:
      return numbers(list16(cursor), groupName);
    case ExtensionType.ecPointFormats:
      return numbers(list8(cursor), (format) => POINT_FORMATS[format] ?? `${format}`);
    case ExtensionType.signatureAlgorithms:
    case ExtensionType.signatureAlgorithmsCert:
      return numbers(list16(cursor), signatureSchemeName);
    case ExtensionType.alpn:
      return protocols(cursor);
    case ExtensionType.recordSizeLimit:
      return numbers([cursor.u16()], String);
    case ExtensionType.supportedVersions:
      if (place === 'client_hello') {
        const length = cursor.u8();
        return numbers(pairs(cursor.take(length)), versionName);
      }
      return numbers([cursor.u16()], versionName);
    case ExtensionType.pskKeyExchangeModes:
      return numbers(list8(cursor), (mode) => PSK_MODES[mode] ?? `${mode}`);
    case ExtensionType.keyShare:
    case ExtensionType.keyShareOfDrafts:
      return keyShares(cursor, place);
    case ExtensionType.preSharedKey:
      return preSharedKeys(cursor, place);
    case ExtensionType.earlyData:
      return place === 'new_session_ticket' ? numbers([cursor.u32()], String) : NOTHING;
    case ExtensionType.sessionTicket:
      return cursor.remaining === 0 ? NOTHING : { values: [`${cursor.remaining} bytes`], codes: [] };
    case ExtensionType.renegotiationInfo: {
      const length = cursor.u8();
      return { values: length === 0 ? ['initial'] : [toHex(cursor.take(length))], codes: [] };
    }
    default:
      return cursor.remaining === 0
        ? NOTHING
        : { values: [toHex(cursor.take(Math.min(cursor.remaining, 32)))], codes: [] };
  }
}

const POINT_FORMATS = ['uncompressed', 'ansiX962_compressed_prime', 'ansiX962_compressed_char2'] as const;
const PSK_MODES = ['psk_ke', 'psk_dhe_ke'] as const;

function numbers(codes: readonly number[], name: (code: number) => string): Decoded {
  return { values: codes.map(name), codes };
}

function pairs(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes);
  const values: number[] = [];
  while (cursor.remaining >= 2) values.push(cursor.u16());
  return values;
}

function list16(cursor: Cursor): number[] {
  return pairs(cursor.take(cursor.u16()));
}

function list8(cursor: Cursor): number[] {
  return [...cursor.take(cursor.u8())];
}

/** Host names (RFC 6066 §3): ASCII by the rule, shown escaped where they are not. */
function serverNames(cursor: Cursor): Decoded {
  const list = new Cursor(cursor.take(cursor.u16()));
  const values: string[] = [];
  while (list.remaining > 0) {
    const nameType = list.u8();
    const name = list.take(list.u16());
    if (list.shortage === undefined && nameType === 0) values.push(printable(latin1(name)));
  }
  return { values, codes: [] };
}

function protocols(cursor: Cursor): Decoded {
  const list = new Cursor(cursor.take(cursor.u16()));
  const values: string[] = [];
  while (list.remaining > 0) {
    const name = list.take(list.u8());
    if (list.shortage === undefined) values.push(printable(latin1(name)));
  }
  return { values, codes: [] };
}

function keyShares(cursor: Cursor, place: ExtensionPlace): Decoded {
  if (place !== 'client_hello') return numbers([cursor.u16()], groupName);
  const list = new Cursor(cursor.take(cursor.u16()));
  const groups: number[] = [];
  while (list.remaining > 0) {
    const group = list.u16();
    list.skip(list.u16());
    if (list.shortage === undefined) groups.push(group);
  }
  return numbers(groups, groupName);
}

function preSharedKeys(cursor: Cursor, place: ExtensionPlace): Decoded {
  if (place !== 'client_hello') return numbers([cursor.u16()], (index) => `identity ${index}`);
  const list = new Cursor(cursor.take(cursor.u16()));
  const values: string[] = [];
  while (list.remaining > 0) {
    const identity = list.take(list.u16());
    list.u32();
    if (list.shortage === undefined) values.push(`identity of ${identity.length} bytes`);
  }
  return { values, codes: [] };
}
