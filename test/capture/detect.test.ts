import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { detectFileKind, type FileKind } from '../../src/capture/detect.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

const kindOf = (content: string | Uint8Array): FileKind =>
  detectFileKind(typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('what a file is, by its first bytes', () => {
  test.each([
    ['a1b2c3d4', 'microseconds'],
    ['d4c3b2a1', 'microseconds, little-endian'],
    ['a1b23c4d', 'nanoseconds'],
    ['4d3cb2a1', 'nanoseconds, little-endian'],
    ['a1b2cd34', 'modified'],
    ['34cdb2a1', 'modified, little-endian'],
    ['a1b234cd', 'modified otherwise'],
    ['cd34b2a1', 'modified otherwise, little-endian'],
  ])('pcap %s: %s', (magic) => {
    expect(kindOf(hex(`${magic}00020004`))).toBe('pcap');
    expect(kindOf(hex(magic))).toBe('pcap');
    expect(kindOf(hex(magic.slice(0, 6)))).not.toBe('pcap');
  });

  test('pcapng in both byte orders, and gzip', () => {
    expect(kindOf(hex('0a0d0d0a 0000001c 1a2b3c4d'))).toBe('pcapng');
    expect(kindOf(hex('0a0d0d0a 1c000000 4d3c2b1a'))).toBe('pcapng');
    expect(kindOf(gzipSync('INVITE sip:a@b SIP/2.0'))).toBe('gzip');
  });

  test.each([
    'INVITE sip:bob@biloxi.example.com SIP/2.0\r\nVia: x\r\n',
    'MESSAGE sip:kumiko@example.net SIP/2.0\nTo: x\n',
    'SIP/2.0 200 OK\r\n',
    'SIP/2.0 4294967301 better not break the receiver\r\n',
    '\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\n',
    '\u00ef\u00bb\u00bfOPTIONS sip:a@b SIP/2.0\r\n',
    'INVITE  sip:user@example.com;  lr SIP/2.0  \r\n',
    'OPTIONS sip:user@example.com SIP/7.0\r\n',
    'INVITE <sip:user@example.com> SIP/2.0\r\n',
    "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)@example.com SIP/2.0\r\n",
    'INVITE sip:a@b SIP/2.0',
    'INVITE sip:a@b\r\nTo: x\r\n',
    'INVITE sip:x@y.z SIP/2.0/UDP\r\n',
    'REGISTER tel:+1-201-555-0123 SIP/2.0\r\n',
  ])('SIP: %j', (message) => {
    expect(kindOf(message)).toBe('sip');
  });

  test.each([
    'GET / HTTP/1.1\r\nHost: x\r\n',
    'the SIP/2.0 protocol\r\n',
    'write to sip:fluffy@example.com\r\n',
    'SIP/2.0\r\n',
    ' SIP/2.0\r\n',
    'hello\r\n',
    'From: a\r\nTo: b\r\n\r\nContent-Type: text/plain\r\n',
    '--boundary\r\nContent-Type: text/plain\r\n',
    '-----BEGIN CERTIFICATE-----\nMIIB\n',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n',
  ])('none of these: %j', (content) => {
    expect(kindOf(content)).toBe('unknown');
  });

  test.each([
    'Content-Type: text/plain\r\n\r\nhello',
    'MIME-Version: 1.0\nContent-Type: multipart/signed;\n\tboundary=x\n\n',
    'From: fluffy@example.com\r\nSubject: x: y\r\nContent-Type : text/plain\r\n\r\n',
    'content-transfer-encoding: base64\r\n\r\n',
  ])('a MIME entity: %j', (content) => {
    expect(kindOf(content)).toBe('mime');
  });

  test.each(['CMS', 'PKCS7', 'PKCS #7 SIGNED DATA'])('PEM: %s', (label) => {
    expect(kindOf(`-----BEGIN ${label}-----\nMIIB`)).toBe('pem');
    expect(kindOf(`subject=...\r\n-----BEGIN ${label}-----\r\nMIIB`)).toBe('pem');
  });

  test('CMS in DER with lengths of every form, in BER, and what only looks like it', () => {
    const signedData = '06092a864886f70d010702';
    for (const length of ['50', '8150', '82 0a50', '83 000a50', '84 00000a50', '80']) {
      expect(kindOf(hex(`30${length}${signedData}a0`))).toBe('cms');
    }
    // authEnvelopedData, RFC 5083
    expect(kindOf(hex('3080060b2a864886f70d0109100117a0'))).toBe('cms');
    // A certificate, a PKCS#8 key, a PKCS#12 file, an AlgorithmIdentifier (rsaEncryption).
    expect(kindOf(hex('30820a50308209'))).toBe('unknown');
    expect(kindOf(hex('30820a50020100'))).toBe('unknown');
    expect(kindOf(hex('30820a50020103'))).toBe('unknown');
    expect(kindOf(hex('300d06092a864886f70d0101010500'))).toBe('unknown');
    expect(kindOf(hex('30'))).toBe('unknown');
    expect(kindOf(hex('30ff06092a864886f70d010702'))).toBe('unknown');
  });

  test('nothing, and noise', () => {
    expect(kindOf('')).toBe('empty');
    expect(kindOf(Buffer.alloc(100))).toBe('unknown');
    expect(kindOf(`A${' '.repeat(60_000)}SIP/`)).toBe('unknown');
  });

  test('detection of a long line takes no long time', () => {
    const started = performance.now();
    for (const line of [
      `A ${' x'.repeat(32_000)}`,
      `A ${'x SIP/2.0 '.repeat(6_000)}y`,
      `A: ${'\t'.repeat(65_000)}`,
      `${'a'.repeat(65_000)} SIP/2.0`,
    ]) {
      kindOf(line);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });

  test.each(['tls-message', 'smime-signed', 'smime-encrypted', 'smime-signed-encrypted'])(
    'sample %s',
    (name) => {
      expect(kindOf(readFileSync(new URL(`../../samples/${name}.pcap`, import.meta.url)))).toBe('pcap');
    },
  );
});

test.skipIf(!hasCorpus)('every torture message of RFC 4475 is taken for SIP', () => {
  const folder = corpusPath('sip-torture-rfc4475/');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.dat'),
  );
  expect(names.length).toBeGreaterThanOrEqual(49);
  for (const name of names) expect(kindOf(readFileSync(folder + name)), name).toBe('sip');
});
