import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFaultless } from '../../../src/sip/fast/faultless.js';
import { MessageIndex } from '../../../src/sip/fast/message-index.js';
import { parseCSeq } from '../../../src/sip/grammar/values.js';
import { CSEQ, HEADER_CHECKS } from '../../../src/sip/header-check.js';
import { parseSipMessage } from '../../../src/sip/message.js';
import { mutate, seededRandom } from '../../support/mutate.js';
import { allFaults, PLAIN_MESSAGES, wire } from '../support.js';

const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.subarray(start, end)).toString('latin1');

/** `expect(...).toEqual`, which takes its time, for what is not the same at first sight. */
function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) expect(actual).toEqual(expected);
}

/** What the index says must be what the parser says; where it sees no fault, there must be none. */
function expectAgreement(index: MessageIndex, bytes: Uint8Array): 'faultless' | 'plain' | 'other' {
  if (!index.read(bytes)) return 'other';
  const parsed = parseSipMessage(bytes);
  if (!parsed.ok) throw new Error(`plain, but: ${parsed.error.message}`);
  const message = parsed.value;
  same(index.isRequest, message.kind === 'request');
  if (message.kind === 'request') {
    same(text(bytes, 0, index.methodEnd), message.method);
    same(text(bytes, index.uriStart, index.uriEnd), message.requestUri);
  } else {
    same(index.statusCode, message.statusCode);
    same(text(bytes, index.reasonStart, index.reasonEnd), message.reasonPhrase);
  }
  same(index.count, message.headers.length);
  message.headers.forEach((header, at) => {
    same(index.names[at]?.name, header.name);
    same(index.names[at]?.canonicalName, header.canonicalName);
    same(index.valueOf(at), header.value);
    if (/["\\]/.test(header.value)) same(index.valueEscapes[at], 1);
  });
  for (const [name, { index: check }] of HEADER_CHECKS)
    same(
      index.first[check],
      message.headers.findIndex(({ canonicalName }) => canonicalName === name),
    );
  same(index.bodyStart, message.bodyStart);
  same(message.body.length, bytes.length - index.bodyStart);
  if (index.cseqNumber >= 0) {
    const { number, method, faults } = parseCSeq(index.value(CSEQ) ?? '');
    same(index.cseqNumber, number);
    same(text(bytes, index.cseqMethodStart, index.cseqMethodEnd), method);
    same(faults.length, 0);
  }
  if (!isFaultless(index)) return 'plain';
  const faults = allFaults(message);
  if (faults.length > 0) expect([text(bytes, 0, bytes.length), faults]).toEqual(['', []]);
  return 'faultless';
}

/** Bytes that break a rule each, or almost. */
const SNIPPETS = [
  '\r\n',
  '\r\n ',
  '\n',
  '\0',
  '"',
  '\\',
  ';',
  ',',
  '@',
  ' ',
  '\t',
  ':',
  '0',
  '255.255.255.255',
  'é',
  '*',
];

describe('the index of a message', () => {
  it('agrees with the parser on messages with any change of a few bytes', () => {
    const index = new MessageIndex();
    const counts = { faultless: 0, plain: 0, other: 0 };
    for (const original of PLAIN_MESSAGES) {
      counts[expectAgreement(index, original)]++;
      for (let at = 0; at < original.length; at++) {
        for (const snippet of SNIPPETS) {
          const inserted = Buffer.concat([
            original.subarray(0, at),
            Buffer.from(snippet),
            original.subarray(at),
          ]);
          counts[expectAgreement(index, inserted)]++;
        }
        const removed = Buffer.concat([original.subarray(0, at), original.subarray(at + 1)]);
        counts[expectAgreement(index, removed)]++;
        counts[expectAgreement(index, original.slice(0, at))]++;
      }
    }
    expect(counts.faultless).toBeGreaterThan(1000);
    expect(counts.plain).toBeGreaterThan(1000);
    expect(counts.other).toBeGreaterThan(1000);
  });

  it('agrees with the parser on mutated messages', () => {
    const index = new MessageIndex();
    const random = seededRandom('message-index');
    const counts = { faultless: 0, plain: 0, other: 0 };
    for (let run = 0; run < 6000; run++) {
      const original = PLAIN_MESSAGES[run % PLAIN_MESSAGES.length] as Uint8Array;
      counts[expectAgreement(index, mutate(original, random))]++;
    }
    expect(counts.other).toBeGreaterThan(100);
  });

  it('agrees with the parser on headers in any number and order', () => {
    const index = new MessageIndex();
    const lines = PLAIN_MESSAGES.flatMap(
      (message) => text(message, 0, message.length).split('\r\n\r\n', 1)[0]?.split('\r\n').slice(1) ?? [],
    );
    let plain = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(
          'INVITE sip:b@example.com SIP/2.0',
          'SIP/2.0 200 OK',
          'SIP/2.0 100 ',
          'ACK <sip:b> SIP/2.0',
        ),
        fc.shuffledSubarray([
          ...lines,
          ...lines,
          'Identity: x',
          'Transfer-Encoding: chunked',
          'Sub ject: x',
          ' folded',
        ]),
        fc.constantFrom('', 'body'),
        (start, headers, body) => {
          if (expectAgreement(index, wire([start, ...headers], body)) !== 'other') plain++;
        },
      ),
      { numRuns: 3000, seed: 3 },
    );
    expect(plain).toBeGreaterThan(20);
  });

  it('knows a view that it has read, and forgets nothing of one message in the next', () => {
    const index = new MessageIndex();
    const [first, , third] = PLAIN_MESSAGES as [Uint8Array, Uint8Array, Uint8Array];
    expect(index.read(first)).toBe(true);
    expect(index.read(first)).toBe(true);
    expect(index.read(third)).toBe(true);
    expect(index.isRequest).toBe(false);
    expect(index.read(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe(false);
    expect(index.read(first)).toBe(true);
    expect(isFaultless(index)).toBe(true);
  });

  it('leaves what is beyond its limits to the parser', () => {
    const index = new MessageIndex();
    const many = Array.from({ length: 129 }, (_, at) => `X: ${at}`);
    expect(index.read(wire(['INVITE sip:b SIP/2.0', ...many.slice(1)]))).toBe(true);
    expect(index.read(wire(['INVITE sip:b SIP/2.0', ...many]))).toBe(false);
    expect(index.read(wire(['INVITE sip:b SIP/2.0', `${'N'.repeat(65)}: 1`]))).toBe(false);
    for (let at = 0; at < 600; at++) index.read(wire(['INVITE sip:b SIP/2.0', `N${at}: 1`]));
    expect(index.read(wire(['INVITE sip:b SIP/2.0', 'N599: 1']))).toBe(false);
    expect(index.read(wire(['INVITE sip:b SIP/2.0', 'N1: 1']))).toBe(true);
  });
});
