/**
 * TLS handshakes as ssldump prints them, in the form that draft-ietf-sipping-sec-flows-00 §6.1 shows, so that the two
 * can be laid side by side. Times are seconds since the connection's first segment, cut (not rounded) to four digits,
 * and since the line before. What the draft's example has no line for (extensions, alerts, opened messages) is added
 * in the same form.
 */
import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { printable } from '../../bytes/text.js';
import type { FrameRef } from '../../model/frame-ref.js';
import type { StepMessage, TlsStep } from '../../tls/connection.js';
import type { Extension } from '../../tls/handshake/extensions.js';
import type { HandshakeMessage } from '../../tls/handshake/messages.js';
import { compressionName, suiteName } from '../../tls/registries/names.js';

const MESSAGE_INDENT = ' '.repeat(6);
const FIELD_INDENT = ' '.repeat(8);
const HEX_INDENT = ' '.repeat(10);
const COMPRESSION_INDENT = ' '.repeat(18);

/** How ssldump names content types: messages as types, data as in the registry. */
const RECORD_NAMES: Readonly<Record<number, string>> = {
  20: 'ChangeCipherSpec',
  21: 'Alert',
  22: 'Handshake',
  23: 'application_data',
};

/** A line with a time of its own: a record, or the end of the TCP connection. */
type Timed = { readonly frame: FrameRef; readonly step?: TlsStep; readonly text?: string };

/** The lines of a connection; `number` counts the connections of the run from 1. */
export function* ssldumpLines(event: TlsConnectionEvent, number: number): Generator<string> {
  const { client, server, connection, tcp } = event;
  yield `New TCP connection #${number}: ${client.address}(${client.port}) <-> ${server.address}(${server.port})`;
  const start = microseconds(tcp.firstFrame);
  let before = start;
  for (const { frame, step, text } of timeline(event)) {
    const now = microseconds(frame);
    const times = `${seconds(now - start)} (${seconds(now - before)})`;
    before = now;
    if (step === undefined) {
      yield `${number}    ${times}  ${text ?? ''}`;
      continue;
    }
    const { recordVersion: version, length } = step;
    const place = `${sides(step.direction)}V${version >> 8}.${version & 0xff}(${length})`;
    const name = RECORD_NAMES[step.contentType] ?? step.contentTypeName;
    yield `${number} ${String(step.record).padEnd(2)} ${times}  ${place}  ${name}`;
    yield* contentLines(step);
  }
  if (connection.stepsOmitted > 0) yield `${number}    ${connection.stepsOmitted} more records are left out`;
}

/** Records and ends of the connection in the order of the capture. */
function timeline({ connection, tcp }: TlsConnectionEvent): Timed[] {
  const records: Timed[] = connection.steps.map((step) => ({ frame: step.frame, step }));
  const ends: Timed[] = tcp.endings.map(({ how, direction, frame }) => ({
    frame,
    text: `${sides(direction)}  TCP ${how.toUpperCase()}`,
  }));
  // Sorting is stable: a FIN on a segment with data comes after the record that ends in it.
  return [...records, ...ends].sort((a, b) => a.frame.number - b.frame.number);
}

function sides(direction: 'client' | 'server'): string {
  return direction === 'client' ? 'C>S' : 'S>C';
}

/** Exact in a double until the year 2255. */
function microseconds(frame: FrameRef): number {
  return frame.seconds * 1e6 + Math.floor(frame.nanoseconds / 1000);
}

/** Seconds with four digits, the rest cut off as ssldump does. */
function seconds(difference: number): string {
  const sign = difference < 0 ? '-' : '';
  const magnitude = Math.abs(difference);
  const fraction = String(Math.floor((magnitude % 1e6) / 100)).padStart(4, '0');
  return `${sign}${Math.floor(magnitude / 1e6)}.${fraction}`;
}

function* contentLines({ messages, alert }: TlsStep): Generator<string> {
  for (const message of messages) yield* messageLines(message);
  if (alert !== undefined) {
    yield `${FIELD_INDENT}level           ${alert.level}`;
    yield `${FIELD_INDENT}value           ${alert.description}`;
  }
}

function* messageLines({ name, message }: StepMessage): Generator<string> {
  yield MESSAGE_INDENT + name;
  if (message !== undefined) yield* fieldLines(message);
}

function* fieldLines(message: HandshakeMessage): Generator<string> {
  if (!('kind' in message)) return;
  switch (message.kind) {
    case 'client_hello':
      yield `${FIELD_INDENT}Version ${dotted(message.version)}`;
      yield* hexLines('random', message.random);
      // ssldump calls the session that the client wants to take up `resume`.
      if (message.sessionId.length > 0) yield* hexLines('resume ', message.sessionId);
      yield `${FIELD_INDENT}cipher suites`;
      for (const suite of message.cipherSuites) yield FIELD_INDENT + suiteName(suite).name;
      yield `${FIELD_INDENT}compression methods`;
      for (const method of message.compressionMethods) yield COMPRESSION_INDENT + compressionName(method);
      yield* extensionLines(message.extensions);
      return;
    case 'server_hello':
      yield `${FIELD_INDENT}Version ${dotted(message.version)}`;
      yield* hexLines('random', message.random);
      if (message.sessionId.length > 0) yield* hexLines('session_id', message.sessionId);
      yield `${FIELD_INDENT}cipherSuite         ${suiteName(message.cipherSuite).name}`;
      yield `${FIELD_INDENT}compressionMethod                   ${compressionName(message.compressionMethod)}`;
      yield* extensionLines(message.extensions);
      return;
    case 'client_key_exchange':
      if (message.encryptedPremaster !== undefined) {
        yield* hexLines('EncryptedPreMasterSecret', message.encryptedPremaster);
      }
      return;
    case 'certificate_request':
      for (const type of message.certificateTypes)
        yield `${FIELD_INDENT}certificate_types                   ${type}`;
      return;
    case 'encrypted_extensions':
      yield* extensionLines(message.extensions);
      return;
    default:
  }
}

function* extensionLines(extensions: readonly Extension[]): Generator<string> {
  if (extensions.length === 0) return;
  yield `${FIELD_INDENT}extensions`;
  for (const { name, values } of extensions) {
    yield `${FIELD_INDENT}${name}${values.length === 0 ? '' : `: ${printable(values.join(', '))}`}`;
  }
}

/** `random[32]=` and rows of sixteen bytes. */
function* hexLines(name: string, bytes: Uint8Array): Generator<string> {
  yield `${FIELD_INDENT}${name}[${bytes.length}]=`;
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    yield HEX_INDENT + row.join(' ');
  }
}

/** `3.1` for 0x0301. */
function dotted(version: number): string {
  return `${version >> 8}.${version & 0xff}`;
}
