import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sipMessageEvent } from '../../src/analyzer/sip-event.js';
import { checkMessage } from '../../src/checks/table.js';
import type { Transport } from '../../src/model/endpoint.js';
import { parseVia } from '../../src/sip/grammar/via.js';
import { firstHeader } from '../../src/sip/message.js';
import { PLAIN_MESSAGES, wire } from '../sip/support.js';
import { contextWith } from '../support/analyze.js';

const context = contextWith();
const TRANSPORTS: readonly (Transport | undefined)[] = ['udp', 'tcp', 'tls', 'ws', 'wss', undefined];

/** Findings as the event tells them, and as all rules over the parsed message do. */
function findingsBothWays(bytes: Uint8Array, transport: Transport | undefined) {
  const frame = { number: 1, seconds: 1_108_774_087, nanoseconds: 0, timeDigits: 6 };
  const place = { file: 'f', frame, frames: [1], source: undefined, destination: undefined };
  const made = sipMessageEvent(
    bytes,
    { ...place, transport, tcpStream: undefined, tls: undefined, framingFaults: [] },
    context,
  );
  if (!made.ok) return undefined;
  const { findings, message, body, identityHeaders = [] } = made.value;
  const via = firstHeader(message, 'via');
  const checked = checkMessage({
    frame: 1,
    transport,
    hop: {
      transport,
      isSipsRequest: message.kind === 'request' && message.requestUri.toLowerCase().startsWith('sips:'),
      viaTransport: via === undefined ? '' : parseVia(via.value).transport,
    },
    message,
    framingFaults: [],
    body,
    identityHeaders,
    clearTextCopies: [],
    tls: undefined,
  });
  return { findings, checked };
}

const lines = PLAIN_MESSAGES.flatMap(
  (message) => Buffer.from(message).toString('latin1').split('\r\n\r\n', 1)[0]?.split('\r\n').slice(1) ?? [],
);
const needed = [
  'Via: SIP/2.0/UDP h;branch=z9hG4bK1',
  'From: <sip:a@b>;tag=1',
  'To: <sip:a@b>;tag=1',
  'Call-ID: a',
  'CSeq: 1 OPTIONS',
  'Max-Forwards: 70',
];

describe('findings of a message', () => {
  it('are those of a Via behind the first, too', () => {
    const [via, ...others] = needed;
    const text = ['SIP/2.0 200 OK', via, via?.replace('h;', '255.255.255.255;'), ...others, '', ''].join(
      '\r\n',
    );
    const { findings, checked } = findingsBothWays(Buffer.from(text), 'udp') ?? {};
    expect(findings?.map(({ rule }) => rule)).toContain('sip/via-broadcast');
    expect(findings).toEqual(checked);
  });

  it('are those of all rules, however they are worked out', () => {
    let without = 0;
    let some = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('OPTIONS sip:b@example.com SIP/2.0', 'OPTIONS sips:b SIP/2.0', 'SIP/2.0 200 OK'),
        fc.subarray(needed, { minLength: 5 }),
        fc.subarray(
          [
            ...lines,
            'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1',
            'Identity: x',
            'Transfer-Encoding: chunked',
            'Subject: \u00e9',
          ],
          {
            maxLength: 4,
          },
        ),
        fc.constantFrom(
          '',
          'Content-Type: application/sdp',
          'Content-Type: application/sdp;x=',
          'Content-Type: multipart/mixed;boundary=a',
          'Content-Type: application/pkcs7-mime',
          'Content-Type: message/sip',
          'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64',
          'Content-Type: a\r\n b',
        ),
        fc.constantFrom(
          '',
          'v=0\r\n',
          '--a\r\n\r\nx\r\n--a--',
          '\u0000',
          'OPTIONS sip:b SIP/2.0\r\n\r\n',
          'é',
        ),
        fc.constantFrom(...TRANSPORTS),
        (start, headers, more, contentType, body, transport) => {
          const both = findingsBothWays(
            wire([start, ...headers, ...more, ...(contentType === '' ? [] : [contentType])], body),
            transport,
          );
          if (both === undefined) return;
          expect(both.findings).toEqual(both.checked);
          if (both.findings.length === 0) without++;
          else some++;
        },
      ),
      { numRuns: 4000, seed: 5 },
    );
    expect(without).toBeGreaterThan(50);
    expect(some).toBeGreaterThan(50);
  });

  it.each(TRANSPORTS)('are those of all rules over %s', (transport) => {
    for (const bytes of PLAIN_MESSAGES) {
      const both = findingsBothWays(bytes, transport);
      expect(both?.findings).toEqual(both?.checked);
    }
  });
});
