import { describe, expect, it } from 'vitest';
import { detectStream } from '../../src/analyzer/next-protocol.js';
import { preambleLength } from '../../src/analyzer/preamble.js';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { findClientHello } from '../../src/tls/detect.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls } from '../support/tls-recorder.js';

/** What stands before TLS, WebSocket or SIP on a connection. */

const alice = { address: '10.0.0.1', port: 40000 };
const bob = { address: '10.0.0.2', port: 5061 };

/** The example of §2.1 of the PROXY specification, and a header of version 2 for TCP over IPv4 (§2.2). */
const V1 = Buffer.from('PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n');
const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0a80001c0a8000bdc0401bb', 'hex');
const CONNECT = Buffer.from('CONNECT sip.example.net:5061 HTTP/1.1\r\nHost: sip.example.net:5061\r\n\r\n');
const CONNECTED = Buffer.from('HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n');

const question = [
  'OPTIONS sip:bob@example.net SIP/2.0',
  'Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:bob@example.net>',
  'Call-ID: within',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

// biome-ignore lint/suspicious/noExplicitAny: tests look into records of every type
const ofType = (records: JsonRecord[], wanted: string): any[] =>
  records.filter(({ type }) => type === wanted);

/** What a run says of one connection whose pieces are these. */
function capture(...pieces: readonly (readonly ['client' | 'server', string | Uint8Array])[]): JsonRecord[] {
  const builder = new CaptureBuilder();
  const tcp = builder.connect(alice, bob);
  for (const [side, data] of pieces) tcp.send(side, typeof data === 'string' ? data : Buffer.from(data));
  tcp.close();
  return analyzeBytes(builder.toBytes(), contextWith());
}

describe('the length of a preamble', () => {
  it.each([
    ['PROXY version 1', V1],
    ['PROXY version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n')],
    ['PROXY version 2', V2],
    ['CONNECT', CONNECT],
    ['the answer to CONNECT', CONNECTED],
  ])('%s: is known at its end, and waited for before', (_name, header) => {
    expect(preambleLength(Buffer.concat([header, Buffer.from('rest')]))).toBe(header.length);
    expect(preambleLength(header)).toBe(header.length);
    for (let length = 5; length < header.length; length++) {
      expect(preambleLength(header.subarray(0, length))).toBe('more');
    }
  });

  it('adds up where proxies stand in a row', () => {
    const all = Buffer.concat([V1, V2, CONNECT]);
    expect(preambleLength(Buffer.concat([all, Buffer.from([22])]))).toBe(all.length);
    expect(preambleLength(Buffer.concat([V1, V2.subarray(0, 20)]))).toBe('more');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['keep-alives', Buffer.from('\r\n\r\n')],
    ['keep-alives before a message', Buffer.from('\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n')],
    [
      'a PROXY header of a version to come',
      Buffer.concat([V2.subarray(0, 12), Buffer.from([0x31, 0x11, 0, 0])]),
    ],
    ['SIP', Buffer.from('PUBLISH sip:a@b SIP/2.0\r\n')],
    ['HTTP with a body', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nSIP/')],
    ['HTTP in chunks', Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')],
    ['a refusal', Buffer.from('HTTP/1.1 403 Forbidden\r\n\r\n')],
    ['a PROXY header without end', Buffer.from(`PROXY TCP4 ${'1'.repeat(107)}`)],
  ])('is zero for %s', (_name, bytes) => {
    expect(preambleLength(bytes)).toBe(0);
  });
});

describe('a ClientHello among other bytes', () => {
  const hello = Buffer.from(`160301002f0100002b0303${'00'.repeat(32)}000004002f00ff0100`, 'hex');

  it('is found where types, versions and lengths fit', () => {
    expect(findClientHello(hello)).toBe(0);
    expect(findClientHello(Buffer.concat([Buffer.from('220 ready\x16\x16'), hello]))).toBe(11);
    for (const at of [1, 2, 4, 5, 8, 9, 10]) {
      const other = Buffer.from(hello);
      other[at] = 0x55;
      expect(findClientHello(other)).toBe(-1);
    }
    expect(findClientHello(Buffer.alloc(0))).toBe(-1);
    for (let length = 1; length < 11; length++)
      expect(findClientHello(hello.subarray(0, length))).toBe('more');
    expect(findClientHello(hello.subarray(0, 11))).toBe(0);
  });

  it('decides what a stream is', () => {
    expect(detectStream(Buffer.concat([Buffer.from('AUTH TLS\r\n'), hello]))).toEqual({
      protocol: 'tls',
      skip: 10,
    });
    expect(detectStream(Buffer.concat([V1, hello]))).toEqual({ protocol: 'tls', skip: V1.length });
    expect(detectStream(Buffer.from('AUTH TLS\r\nand more\r\n'))).toEqual({ protocol: 'other', skip: 0 });
    expect(detectStream(V1)).toEqual({ protocol: 'more', skip: V1.length });
  });
});

describe('a connection behind a proxy', () => {
  it.each([
    ['PROXY version 1', V1],
    ['PROXY version 2', V2],
    ['CONNECT', CONNECT],
  ])('%s before SIP, in one segment and in two', (_name, header) => {
    for (const pieces of [
      [Buffer.concat([header, Buffer.from(question)])],
      [header, Buffer.from(question)],
    ]) {
      const found = capture(...pieces.map((piece) => ['client', piece] as const));
      expect(ofType(found, 'sip_message')).toMatchObject([{ call_id: 'within', transport: 'tcp' }]);
    }
  });

  it('before a WebSocket', () => {
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n';
    const payload = Buffer.from(question);
    const mask = Buffer.from([1, 2, 3, 4]);
    const frame = Buffer.concat([
      Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff]),
      mask,
      payload.map((byte, at) => byte ^ (mask[at & 3] as number)),
    ]);
    const found = capture(
      ['client', Buffer.concat([V1, Buffer.from(upgrade)])],
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
      ['client', frame],
    );
    expect(ofType(found, 'sip_message')).toMatchObject([{ call_id: 'within', transport: 'ws' }]);
  });

  it.each([
    ['PROXY version 1 in the same segment', [['client', V1]], 'joined'],
    ['PROXY version 2 in the same segment', [['client', V2]], 'joined'],
    ['PROXY version 1 in its own segment', [['client', V1]], 'apart'],
    [
      'CONNECT and its answer',
      [
        ['client', CONNECT],
        ['server', CONNECTED],
      ],
      'apart',
    ],
    ['text without a line end', [['client', Buffer.from('AUTH TLS')]], 'apart'],
    ['text in the same segment', [['client', Buffer.from('AUTH TLS\r\n')]], 'joined'],
  ] as const)('before TLS: %s', async (_name, before, how) => {
    const identity = credentials('sip.example.net', rsaParty('authority'));
    const { flights } = await recordTls({ server: identity, request: question });
    const pieces = flights.map(({ side, data }) => [side, data] as const);
    const [first, ...rest] = pieces;
    const [preamble] = before;
    const all =
      how === 'joined'
        ? [['client', Buffer.concat([preamble[1], first?.[1] ?? Buffer.alloc(0)])] as const, ...rest]
        : [...before, ...pieces];
    const [connection] = ofType(capture(...all), 'tls_connection');
    expect(connection).toMatchObject({ established: true, version: 'TLS 1.3' });
    expect(connection.cipher_suites_offered.length).toBeGreaterThan(5);
    expect(connection.decryption.detail).not.toContain('not in the capture');
    expect(connection.findings.map(({ rule }: { rule: string }) => rule)).not.toContain('tls/not-a-record');
  });
});

describe('a plain answer to a ClientHello', () => {
  const hello = Buffer.from(`160301002f0100002b0303${'00'.repeat(32)}000004002f00ff0100`, 'hex');

  it('of SIP is shown, with the reason at the connection', () => {
    const answer = 'SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n';
    const found = capture(['client', hello], ['server', answer], ['server', answer]);
    expect(ofType(found, 'sip_message')).toMatchObject([
      { status_code: 400, transport: 'tcp' },
      { status_code: 400, transport: 'tcp' },
    ]);
    const [connection] = ofType(found, 'tls_connection');
    expect(connection.decryption).toMatchObject({
      status: 'not_encrypted',
      detail:
        'No encryption began: the ClientHello was answered in plain text in frame 6 (SIP/2.0 400 Bad Request).',
    });
    expect(connection.findings).toContainEqual(
      expect.objectContaining({
        rule: 'tls/plain-answer',
        severity: 'error',
        summary: 'The server answers the ClientHello in plain text: SIP/2.0 400 Bad Request',
      }),
    );
  });

  it('of HTTP is told by its first line, escaped', () => {
    const found = capture(['client', hello], ['server', 'HTTP/1.1 400 Bad \x1b]52;c;x\x07 Request\r\n\r\n']);
    const [connection] = ofType(found, 'tls_connection');
    expect(connection.decryption.detail).toContain('(HTTP/1.1 400 Bad ');
    expect(connection.decryption.detail).not.toContain('\x1b');
    expect(ofType(found, 'sip_message')).toEqual([]);
  });

  it('is not taken for one where a record came before, or where it is no text', () => {
    const alert = Buffer.from('15030100020228', 'hex');
    const after = capture(
      ['client', hello],
      ['server', alert],
      ['server', 'SIP/2.0 400 Bad Request\r\n\r\n'],
    );
    expect(ofType(after, 'tls_connection')[0].decryption.detail).toContain('handshake_failure');
    expect(ofType(after, 'sip_message')).toEqual([]);
    const noise = capture(['client', hello], ['server', Buffer.from('SIP/3.0 400')]);
    expect(ofType(noise, 'tls_connection')[0].decryption.detail).not.toContain('plain text');
  });
});
