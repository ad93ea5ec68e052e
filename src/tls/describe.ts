/** Records and handshake messages as fields, by running the same parsers with a tracing cursor. */

import type { ByteSource, Field } from '../bytes/field.js';
import { counted } from '../bytes/text.js';
import { TracingCursor } from '../bytes/trace.js';
import { ExtensionType, findExtension } from './handshake/extensions.js';
import type { HandshakeContext, HandshakeMessage } from './handshake/messages.js';
import { parseHandshake, parseSsl2ClientHello } from './handshake/messages.js';
import {
  ContentType,
  plausibleHeader,
  RECORD_HEADER,
  readRecordHeader,
  ssl2HelloLength,
} from './record/record.js';
import { alertLevelName, alertName, alertWords } from './registries/alerts.js';
import { cipherSuite } from './registries/cipher-suites.js';
import { contentTypeName, handshakeTypeName, versionName } from './registries/names.js';

export type DescribeOptions = Partial<HandshakeContext> & {
  /** First byte to describe, and the one after the last. */
  readonly start?: number;
  readonly end?: number;
  /** Whether record `index` (from 0 within the bytes) is encrypted; if not said, all after a ChangeCipherSpec are. */
  readonly encrypted?: (index: number) => boolean;
};

/**
 * The TLS records that stand one after the other in `source`; the last may be cut short. Handshake messages are
 * described where they lie whole in one record that is not encrypted.
 */
export function describeTlsRecords(source: ByteSource, options: DescribeOptions = {}): Field[] {
  const { bytes } = source;
  const end = Math.min(options.end ?? bytes.length, bytes.length);
  const context = { version: options.version, keyExchange: options.keyExchange };
  const fields: Field[] = [];
  let changed = false;
  let at = options.start ?? 0;
  for (let index = 0; at < end; index++) {
    const ssl2 = index === 0 ? ssl2HelloLength(bytes, at) : 0;
    if (ssl2 > 0 && at + ssl2 <= end) {
      fields.push(describeSsl2Hello(source, at, ssl2));
      at += ssl2;
      continue;
    }
    if (end - at < RECORD_HEADER || !plausibleHeader(bytes, at)) {
      fields.push(plainField(source, 'TLS record, cut short', at, end - at));
      break;
    }
    const header = new TracingCursor(source, at, end);
    const { type, version, length } = readRecordHeader(header);
    const contentStart = at + RECORD_HEADER;
    const contentEnd = Math.min(contentStart + length, end);
    const isEncrypted = options.encrypted?.(index) ?? (changed || type === ContentType.applicationData);
    let content: readonly Field[];
    if (isEncrypted || contentEnd - contentStart < length) {
      const name = isEncrypted ? 'encrypted fragment' : 'fragment, cut short';
      content = [plainField(source, name, contentStart, contentEnd - contentStart)];
    } else {
      content = describeContent(source, type, contentStart, contentEnd, context);
    }
    changed ||= type === ContentType.changeCipherSpec;
    fields.push({
      name: 'TLS record',
      value: `${contentTypeName(type)}, ${versionName(version)}, ${counted(length, 'byte')}${isEncrypted ? ', encrypted' : ''}`,
      start: at,
      length: contentEnd - at,
      source,
      children: [...header.fields(), ...content],
    });
    at = contentEnd;
  }
  return fields;
}

/** The plaintext of one record of content type `type`, as a decrypted source has it. */
export function describeTlsContent(
  source: ByteSource,
  type: number,
  context: Partial<HandshakeContext> = {},
): Field[] {
  const known = { version: context.version, keyExchange: context.keyExchange };
  return describeContent(source, type, 0, source.bytes.length, known);
}

function plainField(source: ByteSource, name: string, start: number, length: number, value?: string): Field {
  return { name, value: value ?? counted(length, 'byte'), start, length, source, children: [] };
}

type MutableContext = { version: number | undefined; keyExchange: HandshakeContext['keyExchange'] };

/** Fields of a record's content; a ServerHello in it settles `context` for what follows. */
function describeContent(
  source: ByteSource,
  type: number,
  start: number,
  end: number,
  context: MutableContext,
): Field[] {
  if (type === ContentType.handshake) return describeMessages(source, start, end, context);
  if (type === ContentType.alert && end - start === 2) {
    const cursor = new TracingCursor(source, start, end);
    const level = alertLevelName(cursor.u8('level'));
    cursor.explain(level);
    const description = cursor.u8('description');
    cursor.explain(`${alertName(description)}: ${alertWords(description)}`);
    const value = `${level} ${alertName(description)}`;
    return [{ name: 'Alert', value, start, length: 2, source, children: cursor.fields() }];
  }
  return start === end ? [] : [plainField(source, contentTypeName(type), start, end - start)];
}

function describeMessages(source: ByteSource, start: number, end: number, context: MutableContext): Field[] {
  const { bytes } = source;
  const fields: Field[] = [];
  let at = start;
  while (end - at >= 4) {
    const type = bytes[at] as number;
    const body =
      ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    const name = handshakeTypeName(type);
    if (body > end - at - 4) break;
    const cursor = new TracingCursor(source, at, at + 4 + body);
    cursor.u8('type');
    cursor.explain(`${name} (${type})`);
    cursor.u24('length');
    const message = parseHandshake(type, cursor, context);
    settle(context, message);
    const malformed = message.malformed === true;
    fields.push({
      name,
      value: `${counted(body, 'byte')}${malformed ? ', cut short' : ''}`,
      start: at,
      length: 4 + body,
      source,
      children: cursor.fields(),
      ...(malformed ? { severity: 'error' as const } : {}),
    });
    at += 4 + body;
  }
  if (at < end) fields.push(plainField(source, 'handshake message, in part', at, end - at));
  return fields;
}

function settle(context: MutableContext, message: HandshakeMessage): void {
  if (message.kind !== 'server_hello') return;
  const selected = findExtension(message.extensions, ExtensionType.supportedVersions)?.codes[0];
  context.version = selected ?? message.version;
  context.keyExchange = cipherSuite(message.cipherSuite).keyExchange;
}

function describeSsl2Hello(source: ByteSource, start: number, length: number): Field {
  const cursor = new TracingCursor(source, start, start + length);
  cursor.u16('length');
  cursor.u8('message_type');
  cursor.explain('CLIENT-HELLO (1)');
  parseSsl2ClientHello(cursor);
  return {
    name: 'SSLv2 record',
    value: 'ClientHello',
    start,
    length,
    source,
    children: cursor.fields(),
  };
}
