import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../../src/analyzer/capture-analyzer.js';
import type { AnalyzerEvent, SipMessageEvent } from '../../../src/analyzer/events.js';
import { analyzeMessageFile } from '../../../src/analyzer/message-file.js';
import type { PlainMessage } from '../../../src/analyzer/plain-message.js';
import { createCaptureReader } from '../../../src/capture/reader.js';
import { type Finding, SEVERITIES } from '../../../src/model/finding.js';
import { FindingsWriter, findingsLine } from '../../../src/report/records/finding-line.js';
import { escaped, toJson } from '../../../src/report/records/json.js';
import { JsonWriter } from '../../../src/report/records/json-writer.js';
import { MessageLines } from '../../../src/report/records/message-line.js';
import { toRecord } from '../../../src/report/records/to-record.js';
import { contextWith } from '../../support/analyze.js';
import { mutate, seededRandom } from '../../support/mutate.js';
import { CaptureBuilder } from '../../support/pcap-builder.js';
import { ROOT } from '../../support/root.js';

const lines = new MessageLines('\n');

function messageLine(event: SipMessageEvent, plain: PlainMessage | undefined): string {
  return Buffer.from(lines.line(event, plain)).toString();
}

/** What the lean way writes must be what the common way writes, byte for byte. */
function expectSame(event: AnalyzerEvent, plain: PlainMessage | undefined): void {
  if (event.type === 'sip_message') expect(messageLine(event, plain)).toBe(`${toJson(toRecord(event))}\n`);
}

describe('the line of a message', () => {
  it.each(['tls-message', 'smime-signed', 'smime-encrypted', 'smime-signed-encrypted'])(
    'is the record of %s',
    (name) => {
      const context = contextWith(
        'keys/domain_key_example.net.pem',
        'keys/user_key_kumiko@example.net.pem',
        'certs/user_cert_fluffy@example.com.pem',
      );
      let messages = 0;
      const analyzer = new CaptureAnalyzer('a "file"\u001b', context, (event, plain) => {
        expectSame(event, plain);
        if (event.type === 'sip_message') messages++;
      });
      const reader = createCaptureReader('pcap', analyzer);
      reader.push(readFileSync(`${ROOT}samples/${name}.pcap`));
      reader.end();
      analyzer.end();
      expect(messages).toBe(2);
    },
  );

  const vectors = readdirSync(`${ROOT}samples/vectors`).filter(
    (name) => name.startsWith('encrypted') || name.startsWith('signed'),
  );
  it.each([...vectors, 'invite-encrypted-sdp'])('is the record of %s, whole and damaged', (name) => {
    const context = contextWith(
      'vectors/certs/user_key_kumiko@example.net.pem',
      'vectors/certs/user_cert_kumiko@example.net.pem',
      'vectors/certs/user_cert_fluffy@example.com.pem',
    );
    const whole = readFileSync(`${ROOT}samples/vectors/${name}/message.sip`);
    analyzeMessageFile('file', 'sip', whole, context, expectSame);
    const random = seededRandom(name);
    for (let round = 0; round < 150; round++) {
      analyzeMessageFile('file', 'sip', mutate(whole, random), context, expectSame);
    }
  });

  it('has findings of any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('"', '\\', '\u2028', 'x'),
    );
    const finding = fc.record(
      { rule: text, severity: fc.constantFrom(...SEVERITIES), summary: text, reference: text, where: text },
      { requiredKeys: ['rule', 'severity', 'summary'] },
    );
    const writer = new FindingsWriter();
    const json = new JsonWriter();
    const written = (findings: readonly Finding[]): string => {
      json.restart();
      json.number(1);
      writer.write(json, findings);
      return Buffer.from(json.written).toString();
    };
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 4 }), (findings) => {
        const line = toJson(findings);
        expect(findingsLine(findings)).toBe(line);
        expect(written(findings)).toBe(`1${line}`);
        // The same again, and one that differs in one place from what was written last.
        expect(written(findings.map((one) => ({ ...one })))).toBe(`1${line}`);
        for (const name of ['rule', 'severity', 'summary', 'reference', 'where'] as const) {
          const other = findings.map((one, index) => (index === 0 ? { ...one, [name]: 'note' } : one));
          expect(written(other)).toBe(`1${findingsLine(other)}`);
          written(findings);
        }
      }),
      { seed: 8, numRuns: 500 },
    );
    const long = [{ rule: 'a', severity: 'note', summary: 'x'.repeat(20_000) }] as const;
    expect(written(long)).toBe(`1${toJson(long)}`);
    expect(written(long)).toBe(`1${toJson(long)}`);
  });

  it('has text of any characters', () => {
    const json = new JsonWriter();
    const check = (text: string): void => {
      json.restart();
      json.text(text);
      expect(Buffer.from(json.written).toString()).toBe(escaped(text));
    };
    for (let code = 0; code < 0x3000; code++) check(`a${String.fromCharCode(code)}b`);
    check('\ud800');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        check(text);
        check(text.replace(/[^\x20-\x7e\t\r\n]/g, '"'));
        check(`${'\\"\n'.repeat(600)}${text}`);
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '"Bob" <sip:b@x>;tag=1',
      '<sip:a@[::1]>',
      '1 INVITE',
      '99999999999999999999999999 X',
      'x'.repeat(500),
    ),
    fc.constantFrom('\u202e', '\\', '"', '\u0000', '\u0085', '\ufeff', '\ud83d\ude00', 'a\tb'),
  );
  const names = fc.constantFrom(
    'Via',
    'v',
    'From',
    'f',
    'To',
    'Call-ID',
    'i',
    'CSeq',
    'Content-Type',
    'c',
    'X-"q"',
    'Subject',
  );

  it('is the record of any message', () => {
    const context = contextWith();
    fc.assert(
      fc.property(
        fc.constantFrom(
          'INVITE sip:b@x SIP/2.0',
          'SIP/2.0 200 OK',
          'SIP/2.0 603 N\u00f6 "x"\\',
          'M\u00c4\u202e sip:\u0085 SIP/2.0',
        ),
        fc.array(fc.tuple(names, hostile), { maxLength: 12 }),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.uint8Array({ maxLength: 60 })),
        (start, headers, body) => {
          const lines = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, ' ')}`);
          const head = Buffer.from(`${[start, ...lines].join('\r\n')}\r\n\r\n`);
          const bytes = Buffer.concat([head, Buffer.from(body as string)]);
          analyzeMessageFile('file', 'sip', new Uint8Array(bytes), context, expectSame);
        },
      ),
      { numRuns: 500, seed: 6 },
    );
  });

  it('has the stream and several frames', () => {
    const capture = new CaptureBuilder();
    const flow = capture.connect(
      { address: '2001:db8::1', port: 40_000 },
      { address: '2001:db8::2', port: 5060 },
    );
    const message = 'OPTIONS sip:b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n';
    flow.send('client', message, { segmentSize: 20 });
    let seen = 0;
    const analyzer = new CaptureAnalyzer('f', contextWith(), (event, plain) => {
      expectSame(event, plain);
      if (event.type === 'sip_message') {
        seen++;
        expect(JSON.parse(messageLine(event, plain))).toMatchObject({
          tcp_stream: 0,
          frames: [4, 5, 6],
          src: '2001:db8::1',
        });
      }
    });
    const reader = createCaptureReader('pcap', analyzer);
    reader.push(new Uint8Array(capture.toBytes()));
    expect(seen).toBe(1);
  });
});
