import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { foreignProtocol } from '../../src/analyzer/foreign.js';
import { Keyring } from '../../src/keys/keyring.js';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls, sipRequest } from '../support/tls-recorder.js';

/** SIP text inside another protocol is no SIP message of these endpoints, and what it stands in is said. */

const alice = { address: '10.0.0.1', port: 40_000 };
const bob = { address: '10.0.0.2', port: 80 };
const SIP = sipRequest('sip:bob@example.net');

type Piece = readonly ['client' | 'server', string | Buffer];

function capture(pieces: readonly Piece[], handshake = true): JsonRecord[] {
  const builder = new CaptureBuilder();
  const tcp = builder.connect(alice, bob, { handshake });
  for (const [side, data] of pieces) tcp.send(side, data);
  tcp.close();
  return analyzeBytes(builder.toBytes(), contextWith());
}

const messages = (records: readonly JsonRecord[]): number =>
  records.filter(({ type }) => type === 'sip_message').length;
/** What the findings of `tcp/sip-inside` say that SIP text stands in. */
const inside = (records: readonly JsonRecord[]): string[] =>
  records.flatMap((record) => {
    const { rule, summary } = record as { rule?: string; summary?: string };
    return rule === 'tcp/sip-inside' ? [/inside (.*) on this connection/.exec(summary ?? '')?.[1] ?? ''] : [];
  });

const page = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('SIP text inside another protocol', () => {
  it.each<[string, string, readonly Piece[]]>([
    [
      'a page of HTTP',
      'HTTP',
      [
        ['client', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
        ['server', page(SIP)],
      ],
    ],
    [
      'a page whose end is that of the connection',
      'HTTP',
      [
        ['client', 'GET / HTTP/1.0\r\n\r\n'],
        ['server', `HTTP/1.0 200 OK\r\n\r\n${SIP}`],
      ],
    ],
    [
      'a page in segments of which one begins with the message',
      'HTTP',
      [
        ['client', 'GET / HTTP/1.1\r\n\r\n'],
        ['server', page(SIP).slice(0, -SIP.length)],
        ['server', SIP],
      ],
    ],
    ['what HTTP posts', 'HTTP', [['client', `POST /log HTTP/1.1\r\nHost: a\r\n\r\n${SIP}`]]],
    [
      'a mail',
      'SMTP',
      [
        ['server', '220 mail.example.net ESMTP\r\n'],
        ['client', 'EHLO a.example\r\n'],
        ['server', '250 ok\r\n'],
        ['client', `DATA\r\n`],
        ['client', `Subject: trace\r\n\r\n${SIP}\r\n.\r\n`],
      ],
    ],
    ['a log by syslog', 'syslog', [['client', `<134>1 2023-11-14T22:13:20Z sbc sipd - - - sent:\n${SIP}`]]],
    [
      'a log with octet counts',
      'syslog',
      [['client', `512 <134>1 2023-11-14T22:13:20Z sbc - - - -\n${SIP}`]],
    ],
    [
      'MSRP',
      'MSRP',
      [['client', `MSRP a786hjs2 SEND\r\nTo-Path: msrp://a:1/x;tcp\r\n\r\n${SIP}-------a786hjs2$\r\n`]],
    ],
    ['any text', 'a text protocol that is not SIP', [['client', `2023-11-14 22:13:20 INFO sent\n${SIP}`]]],
    [
      'any text, later',
      'a text protocol that is not SIP',
      [
        ['client', 'hello\n'],
        ['client', SIP],
        ['server', 'ok\n'],
      ],
    ],
  ])('%s', (_name, protocol, pieces) => {
    const records = capture(pieces);
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual([protocol]);
  });

  it('a mail in a connection whose start was not captured', () => {
    const records = capture(
      [
        ['client', `EHLO a.example\r\n`],
        ['client', SIP],
      ],
      false,
    );
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual(['SMTP']);
  });

  it('behind a proxy in a connection whose start was not captured', () => {
    const records = capture([['client', `PROXY TCP4 10.0.0.9 10.0.0.2 5 6\r\nlog line\n${SIP}`]], false);
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual(['a text protocol that is not SIP']);
  });

  it('is not looked for on the other side of such a connection either', () => {
    const records = capture(
      [
        ['client', 'GET / HTTP/1.1\r\n\r\n'],
        ['server', 'middle of a page\n'],
        ['server', SIP],
      ],
      false,
    );
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual(['HTTP']);
  });

  it.each(['http', 'syslog'])('in a capture of another maker: %s', (name) => {
    const file = readFileSync(new URL(`fixtures/inside-${name}.pcap`, import.meta.url));
    const records = analyzeBytes(file, contextWith());
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual([name === 'http' ? 'HTTP' : 'syslog']);
  });

  it('inside TLS too', async () => {
    const { flights, keyLog } = await recordTls({
      server: credentials('sip.example.net', rsaParty('authority')),
      request: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      response: page(SIP),
    });
    const builder = new CaptureBuilder();
    const tcp = builder.connect(alice, bob);
    for (const { side, data } of flights) tcp.send(side, data);
    const keyring = new Keyring();
    keyring.addKeyLog(keyLog);
    const { context } = createContext({ keyring, certificates: [], anchors: [], now: 1_700_000_000 });
    const records = analyzeBytes(builder.toBytes(), context);
    expect(messages(records)).toBe(0);
    expect(inside(records)).toEqual(['HTTP']);
  });
});

describe('what is SIP all the same', () => {
  it.each<[string, boolean, readonly Piece[]]>([
    ['from the first byte', true, [['client', SIP]]],
    ['after line ends', true, [['client', `\r\n\r\n${SIP}`]]],
    ['after bytes that are no text', true, [['client', `\0\0\0\0\r\n${SIP}`]]],
    [
      'in a connection joined in the middle of a message',
      false,
      [['client', `Max-Forwards: 70\r\n\r\nbody\r\n${SIP}`]],
    ],
    [
      'through a tunnel of HTTP',
      true,
      [
        ['client', 'CONNECT sip.example.net:5060 HTTP/1.1\r\n\r\n'],
        ['server', 'HTTP/1.1 200 Connection established\r\n\r\n'],
        ['client', SIP],
      ],
    ],
  ])('%s', (_name, handshake, pieces) => {
    const records = capture(pieces, handshake);
    expect(messages(records)).toBe(1);
    expect(inside(records)).toEqual([]);
  });

  it('what begins a line says nothing in the middle of a stream', () => {
    expect(foreignProtocol(Buffer.from('some text\n'), false)).toBeUndefined();
    expect(foreignProtocol(Buffer.from('some text'), true)).toBeUndefined();
    expect(foreignProtocol(Buffer.from('some \x01 text\n'), true)).toBeUndefined();
    expect(foreignProtocol(Buffer.from('some text\n'), true)).toBe('a text protocol that is not SIP');
  });
});

describe('text before TLS', () => {
  const GREETING = 'STARTTLS';
  let recorded: Awaited<ReturnType<typeof recordTls>> | undefined;

  it.each([
    ['without a line end', GREETING],
    ['with one', `${GREETING}\r\n`],
  ])('%s, cut anywhere: the same connection', async (_name, greeting) => {
    recorded ??= await recordTls({
      server: { ...credentials('sip.example.net', rsaParty('authority')), maxVersion: 'TLSv1.2' },
      request: SIP,
    });
    const { flights, keyLog } = recorded;
    const keyring = new Keyring();
    keyring.addKeyLog(keyLog);
    const { context } = createContext({ keyring, certificates: [], anchors: [], now: 1_700_000_000 });
    const [hello, ...rest] = flights;
    const begun = Buffer.concat([Buffer.from(greeting), hello?.data ?? Buffer.alloc(0)]);
    const check = (cuts: readonly number[]): void => {
      const builder = new CaptureBuilder();
      const tcp = builder.connect(alice, bob);
      const places = [0, ...[...cuts].sort((a, b) => a - b), begun.length];
      for (let i = 1; i < places.length; i++) {
        const piece = begun.subarray(places[i - 1], places[i]);
        if (piece.length > 0) tcp.send('client', piece);
      }
      for (const { side, data } of rest) tcp.send(side, data);
      const records = analyzeBytes(builder.toBytes(), context);
      expect(messages(records)).toBe(1);
      expect(JSON.stringify(records.find(({ type }) => type === 'tls_connection'))).toContain(
        '"status":"decrypted"',
      );
    };
    for (let cut = 1; cut < greeting.length + 16; cut++) check([cut]);
    fc.assert(
      fc.property(fc.array(fc.nat(begun.length), { maxLength: 20 }), (cuts) => check(cuts)),
      { numRuns: 40 },
    );
    check(Array.from({ length: 60 }, (_, i) => i));
  });
});
