import { createHash, generatePrimeSync } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { contentInfo, OID, signedData, signerInfo } from '../cms/build.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import * as der from '../support/der.js';
import { make, party } from '../x509/make.js';

const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');
const DSA_SHA256 = '2.16.840.1.101.3.4.3.2';
const rootParty = party('root');
/** A prime: values have an inverse then, without which a check ends before its arithmetic. */
const subprime = generatePrimeSync(256, { bigint: true });
const number = (bits: number): bigint => (1n << BigInt(bits - 1)) | 1n;

/** A certificate with a DSA key whose arithmetic takes as long as its length asks for. */
function dsaCertificate(bits: number, serial: number) {
  const parameters = der.sequence(
    der.integer(number(bits)),
    der.integer(subprime),
    der.integer(number(bits - 1)),
  );
  const algorithm = der.sequence(der.oid('1.2.840.10040.4.1'), parameters);
  const spki = der.sequence(algorithm, der.bitString(der.integer(number(bits - 2))));
  return make({ subject: party(`signer ${serial}`), issuer: rootParty, serial, spki });
}

/** SignedData by as many signers, each with a key of its own. */
function signedBy(count: number, bits: number, firstSerial: number): Uint8Array {
  const certificates = Array.from({ length: count }, (_, index) => dsaCertificate(bits, firstSerial + index));
  const value = der.sequence(der.integer(number(255)), der.integer(number(254)));
  const signers = certificates.map(
    (certificate) =>
      signerInfo({
        key: rootParty.privateKey,
        certificate,
        signed: CONTENT,
        signatureOid: DSA_SHA256,
        sign: () => value,
      }).der,
  );
  return signedData(signers, { content: CONTENT, certificates });
}

function entity(parts: readonly Uint8Array[]): Buffer {
  const pieces: Buffer[] = [
    Buffer.from('MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'),
  ];
  for (const part of parts) {
    pieces.push(Buffer.from('--b\r\nContent-Type: application/pkcs7-mime\r\n\r\n'), Buffer.from(part));
    pieces.push(Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('--b--\r\n')]);
}

function analyze(bytes: Uint8Array) {
  const context = contextWith();
  const start = process.cpuUsage();
  const records = analyzeBytes(bytes, context);
  const { user } = process.cpuUsage(start);
  return { records, seconds: user / 1e6, text: JSON.stringify(records) };
}

const rulesOf = (records: readonly JsonRecord[]): string[] =>
  records.flatMap((record) =>
    ('findings' in record ? (record.findings as { rule: string }[]) : []).map(({ rule }) => rule),
  );

describe('the work for one message', () => {
  it('refuses keys of 10,000 bits by their size, however many signers have one', () => {
    const { seconds, text } = analyze(entity([signedBy(32, 10_000, 1)]));
    expect(text).toContain('has a DSA prime of 10000 bits, more than the 8192 that are worked with');
    expect(seconds).toBeLessThan(1);
  });

  it('is shared by the parts: what one part spends, the next has no more', () => {
    const parts = [0, 1, 2, 3, 4, 5].map((index) => signedBy(32, 8192, 100 * index + 1));
    const one = analyze(entity(parts.slice(0, 1)));
    const all = analyze(entity(parts));
    expect(rulesOf(all.records)).toContain('cms/too-much-work');
    expect(all.text).toContain('The signature is not checked: the message asks for too many key operations.');
    expect(all.text).not.toContain('"signature":"valid"');
    // Six times the work would take six times as long.
    expect(all.seconds).toBeLessThan(2.5 * one.seconds + 0.3);
  });

  it('is not used up by messages as they are', () => {
    const { records, text } = analyze(entity([signedBy(3, 2048, 900)]));
    expect(rulesOf(records)).not.toContain('cms/too-much-work');
    expect(text).not.toContain('is not checked');
  });
});

describe('the bytes inflated for one message', () => {
  const compressed = (content: Uint8Array, type: string = OID.data): Uint8Array =>
    contentInfo(
      '1.2.840.113549.1.9.16.1.9',
      der.sequence(
        der.integer(0),
        der.sequence(der.oid('1.2.840.113549.1.9.16.3.8')),
        der.sequence(der.oid(type), der.context(0, der.octetString(deflateSync(content)))),
      ),
    );
  const inflated = (text: string): number => text.split('"content":{').length - 1;

  it('are counted over the parts together', () => {
    const part = compressed(Buffer.concat([CONTENT, Buffer.alloc(400_000, 'a')]));
    const { records, text } = analyze(entity([part, part, part, part]));
    expect(inflated(text)).toBe(2);
    expect(rulesOf(records)).toContain('cms/inflated-too-large');
  });

  it('are counted over compressed data inside compressed data', () => {
    const inner = compressed(Buffer.concat([CONTENT, Buffer.alloc(600_000, 'a')]));
    // The layer around it inflates to 600,000 bytes too: each alone is allowed, both are not.
    const padded = Buffer.concat([inner, Buffer.alloc(600_000)]);
    const { records, text } = analyze(entity([compressed(padded, '1.2.840.113549.1.9.16.1.9')]));
    expect(inflated(text)).toBe(1);
    expect(rulesOf(records)).toContain('cms/inflated-too-large');
    const alone = analyze(entity([inner]));
    expect(inflated(alone.text)).toBe(1);
    expect(rulesOf(alone.records)).not.toContain('cms/inflated-too-large');
  });

  it('grow with the message, so that large attachments open', () => {
    const text = Buffer.from(createHash('shake256', { outputLength: 700_000 }).digest('hex'));
    expect(text.length).toBeGreaterThan(1024 * 1024);
    const { records, text: json } = analyze(entity([compressed(Buffer.concat([CONTENT, text]))]));
    expect(inflated(json)).toBe(1);
    expect(rulesOf(records)).not.toContain('cms/inflated-too-large');
  });
});
