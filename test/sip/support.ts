import { expect } from 'vitest';
import type { Fault } from '../../src/bytes/fault.js';
import { bytesOf } from '../../src/bytes/text.js';
import { SIP_FAULTS } from '../../src/sip/faults.js';
import { SipFramer } from '../../src/sip/framing/framer.js';
import { headerName } from '../../src/sip/grammar/names.js';
import { parseSipMessage, type SipMessage } from '../../src/sip/message.js';
import { validateSipMessage } from '../../src/sip/validate.js';

/** Lines joined as SIP joins them, with the empty line and a body after them. */
export function wire(lines: readonly string[], body = ''): Uint8Array {
  return bytesOf(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** A message that must be readable. */
export function read(bytes: Uint8Array): SipMessage {
  const result = parseSipMessage(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** All faults of a message, those of structure first. */
export function allFaults(message: SipMessage): Fault[] {
  return [...message.faults, ...validateSipMessage(message)];
}

/** Codes and places of all faults, sorted: `From display-name-syntax`. */
export function faultsOf(bytes: Uint8Array): string[] {
  return allFaults(read(bytes))
    .map((fault) => `${fault.where} ${fault.code}`)
    .sort();
}

/** Codes of the faults that matter: above note. */
export function seriousCodes(message: SipMessage): string[] {
  return allFaults(message)
    .filter(({ code }) => ['error', 'warning'].includes(SIP_FAULTS[code]?.severity ?? 'error'))
    .map(({ code }) => code);
}

/** Every fault lies in the bytes, has a code of the table and one sentence. */
export function checkFaults(faults: readonly Fault[], length: number): void {
  for (const fault of faults) {
    const { code, message, start } = fault;
    const inBytes = start >= 0 && fault.length >= 0 && start + fault.length <= length;
    // Not by `expect`, which is slow for the hundred thousand faults of a fuzzing run.
    if (!inBytes || SIP_FAULTS[code] === undefined || message.length < 10 || !message.endsWith('.'))
      throw new Error(`bad fault in ${length} bytes: ${JSON.stringify(fault)}`);
  }
}

/** Headers of a request that nothing is wrong with; those given come instead of the ones of their name. */
export function request(own: readonly string[], method = 'OPTIONS', body = ''): Uint8Array {
  return wire([`${method} sip:bob@example.com SIP/2.0`, ...withDefaults(own, method, body)], body);
}

/** As `request`, for a response to `method`. */
export function response(status: string, own: readonly string[], method = 'OPTIONS', body = ''): Uint8Array {
  return wire([`SIP/2.0 ${status}`, ...withDefaults(own, method, body)], body);
}

function withDefaults(own: readonly string[], method: string, body: string): string[] {
  const usual = [
    'Via: SIP/2.0/TCP host.example.com;branch=z9hG4bKnashds7',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=a1',
    'To: <sip:bob@example.com>;tag=b2',
    'Call-ID: f81d4fae@example.com',
    `CSeq: 7 ${method}`,
    'Contact: <sip:alice@host.example.com>',
    ...(body === '' ? [] : ['Content-Type: text/plain']),
    `Content-Length: ${bytesOf(body).length}`,
  ];
  const nameOf = (line: string) => headerName(line.slice(0, line.search(/[ :]/))).canonicalName;
  const given = new Set(own.map(nameOf));
  return [...own, ...usual.filter((line) => !given.has(nameOf(line)))];
}

export type Framed = {
  readonly messages: {
    readonly bytes: Uint8Array;
    readonly start: number;
    readonly end: number;
    readonly faults: string[];
  }[];
  readonly skipped: {
    readonly bytes: number;
    readonly start: number;
    readonly reason: string;
    readonly headerBytes?: number;
  }[];
  readonly keepAlives: { readonly kind: string; readonly offset: number }[];
};
/** What a stream of pieces and gaps (numbers) gives; one that `isJoined` may begin in the middle of a message. */
export function frame(pieces: readonly (Uint8Array | number)[], isJoined = false): Framed {
  const framed: Framed = { messages: [], skipped: [], keepAlives: [] };
  const framer = new SipFramer(
    {
      message: (bytes, start, end, faults) => {
        framed.messages.push({ bytes, start, end, faults: faults.map((fault) => fault.code) });
      },
      skipped: (bytes, start, reason, headerBytes) => {
        framed.skipped.push({ bytes, start, reason, ...(headerBytes === undefined ? {} : { headerBytes }) });
      },
      keepAlive: (kind, offset) => {
        framed.keepAlives.push({ kind, offset });
      },
    },
    isJoined,
  );
  for (const piece of pieces) {
    if (typeof piece === 'number') framer.gap(piece);
    else framer.push(piece);
  }
  framer.end();
  return framed;
}

/**
 * Frames a stream whole, byte by byte, and in thirds: all must give the same messages and the same bytes skipped.
 * Pieces are overwritten once pushed, so that anything held without copying shows.
 */
export function frameEveryWay(stream: Uint8Array): Framed {
  const whole = frame([stream]);
  const plain = (framed: Framed) => ({
    messages: framed.messages.map(({ bytes, ...rest }) => ({
      ...rest,
      text: Buffer.from(bytes).toString('latin1'),
    })),
    skipped: framed.skipped,
  });
  const expected = plain(whole);
  for (const size of [1, Math.max(1, Math.ceil(stream.length / 3))])
    expect(plain(frameInPieces(stream, size))).toEqual(expected);
  return whole;
}

function frameInPieces(stream: Uint8Array, size: number): Framed {
  const framed: Framed = { messages: [], skipped: [], keepAlives: [] };
  const framer = new SipFramer({
    message: (bytes, start, end, faults) => {
      framed.messages.push({ bytes: bytes.slice(), start, end, faults: faults.map((fault) => fault.code) });
    },
    skipped: (bytes, start, reason, headerBytes) => {
      framed.skipped.push({ bytes, start, reason, ...(headerBytes === undefined ? {} : { headerBytes }) });
    },
  });
  const scratch = new Uint8Array(size);
  for (let at = 0; at < stream.length; at += size) {
    const piece = stream.subarray(at, at + size);
    scratch.set(piece);
    framer.push(scratch.subarray(0, piece.length));
    scratch.fill(0x21);
  }
  framer.end();
  return framed;
}

/** Messages whose parts stand in the usual places, most without a fault. */
export const PLAIN_MESSAGES: readonly Uint8Array[] = [
  request([], 'INVITE'),
  request(
    ['Subject: a "b" \\', 'Date: Sat, 13 Nov 2010 23:29:00 GMT', 'X-Own:', 'Allow: INVITE, ACK'],
    'INVITE',
  ),
  response('200 OK', ['Warning: 307 isi.edu "x"', 'Retry-After: 10 (soon);duration=5'], 'INVITE'),
  response('100 Trying', [], 'BYE'),
  wire(
    [
      'REGISTER sips:example.com;transport=tcp SIP/2.0',
      'v: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1',
      'Via: SIP/2.0/UDP 192.0.2.1;rport=5060;received=192.0.2.2;branch=z9hG4bKa',
      'Max-Forwards: 70',
      'f: "Bob \\"B\\"" <sip:u@h.example:1;lr>;tag=1',
      't: <tel:+1-2>',
      'm: *',
      'Expires: 0',
      'i: a@b',
      'CSeq: 1 REGISTER',
      'Route: <sip:a.example;lr>, <sip:b.example;lr>',
      'Authorization: Digest username="a", realm="b"',
      'Session-Expires: 1;refresher=uac',
      'c: text/plain',
      'l: 2',
    ],
    'hi',
  ),
  wire(['OPTIONS tel:+1 SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'Content-Length: 5'], 'short'),
];
