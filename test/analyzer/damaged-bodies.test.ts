import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { request, said } from '../checks/support.js';
import { envelopedData, pad, signedData, signerInfo } from '../cms/build.js';
import { certificate, privateKey, sample } from '../cms/support.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';

/**
 * Damage that makes a body longer, in a message whose Content-Length kept the value from before, or with a line end behind
 * the body: in files, in datagrams, and in the middle of a connection.
 */

const ENTITY = 'Content-Type: text/plain\r\n\r\nhello kumiko';
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const { key: fluffyKey } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const encrypted = Buffer.from(
  envelopedData({
    certificate: kumiko,
    key: createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' }),
    contentKey: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
    padded: pad(Buffer.from(ENTITY)),
  }),
);
const signature = signedData(
  [signerInfo({ key: fluffyKey, certificate: fluffy, signed: Buffer.from(ENTITY) }).der],
  { certificates: [fluffy] },
);
const multipart = Buffer.concat([
  Buffer.from(`--b\r\n${ENTITY}\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n`),
  signature,
  Buffer.from('\r\n--b--\r\n'),
]);
const context = contextWith('keys/user_key_kumiko@example.net.pem', 'certs/user_cert_kumiko@example.net.pem');

const base64 = (bytes: Uint8Array): Buffer => Buffer.from(Buffer.from(bytes).toString('base64'));
const lines = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\r\n');
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const DAMAGE: readonly (readonly [string, (bytes: Buffer) => Uint8Array])[] = [
  ['lf-to-crlf', (bytes) => Buffer.from(latin1(bytes).replaceAll(/(?<!\r)\n/g, '\r\n'), 'latin1')],
  ['latin1-as-utf8', (bytes) => Buffer.from(latin1(bytes), 'utf8')],
  ['base64-not-decoded', base64],
  ['base64-twice', (bytes) => base64(base64(bytes))],
  ['hex-not-decoded', (bytes) => Buffer.from(bytes.toString('hex'))],
  [
    'pem-not-decoded',
    (bytes) => Buffer.from(`-----BEGIN CMS-----\r\n${lines(bytes)}\r\n-----END CMS-----\r\n`),
  ],
];

/** A request whose Content-Length is that of `body`, with `sent` in its place. */
function message(type: string, body: Uint8Array, sent: Uint8Array): Buffer {
  const whole = request({ headers: [`Content-Type: ${type}`], body });
  return Buffer.concat([whole.subarray(0, whole.length - body.length), sent]);
}
const next = request({ callId: 'next' });
const CLIENT = { address: '192.0.2.1', port: 5060 };
const SERVER = { address: '192.0.2.2', port: 5060 };

function udp(...messages: readonly Uint8Array[]): Buffer {
  const capture = new CaptureBuilder();
  for (const one of messages) capture.udp(CLIENT, SERVER, one);
  return capture.toBytes();
}

function tcp(segmentSize: number, ...messages: readonly Uint8Array[]): Buffer {
  const capture = new CaptureBuilder();
  const connection = capture.connect(CLIENT, SERVER);
  connection.send('client', Buffer.concat(messages), { segmentSize }).close();
  return capture.toBytes();
}

const WAYS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['a file', (bytes) => bytes],
  ['a datagram', (bytes) => udp(bytes, next)],
  ['a connection, with another message behind it', (bytes) => tcp(1460, bytes, next)],
  ['a connection of small segments', (bytes) => tcp(200, bytes, next)],
  ['a connection that ends behind it', (bytes) => tcp(200, bytes)],
];

const mistakes = (bytes: Uint8Array): string[] => {
  const findings = analyzeBytes(bytes, context).flatMap(
    (record) => (record['findings'] ?? []) as { rule: string }[],
  );
  return findings.flatMap(({ rule }) => (rule.startsWith('mistake/') ? [rule.slice('mistake/'.length)] : []));
};

describe.each(WAYS)('in %s', (_, carry) => {
  const type = 'application/pkcs7-mime;smime-type=enveloped-data';

  it.each(DAMAGE)('%s is named with the Content-Length of before', (code, damage) => {
    const damaged = damage(encrypted);
    expect(damaged.length).toBeGreaterThan(encrypted.length);
    const carried = carry(message(type, encrypted, damaged));
    expect(mistakes(carried)).toEqual([code]);
    const [sentence] = said(`mistake/${code}`, carried, context);
    expect(sentence).toContain(`The Content-Length says ${encrypted.length}, as before the body grew`);
  });

  it.each(DAMAGE)('%s is named with a line end behind the body', (code, damage) => {
    const damaged = Buffer.concat([damage(encrypted), Buffer.from('\r\n')]);
    expect(mistakes(carry(message(type, damaged, damaged)))).toEqual([code]);
    expect(mistakes(carry(message(type, encrypted, damaged)))).toEqual([code]);
  });

  it.each(DAMAGE.filter(([code]) => code === 'lf-to-crlf' || code === 'latin1-as-utf8'))(
    '%s is named in the last part of a multipart',
    (code, damage) => {
      const damaged = damage(multipart);
      expect(damaged.length).toBeGreaterThan(multipart.length);
      const form = 'multipart/signed;protocol="application/pkcs7-signature";micalg=sha-256;boundary=b';
      expect(mistakes(carry(message(form, multipart, damaged)))).toContain(code);
      expect(mistakes(carry(message(form, damaged, damaged)))).toContain(code);
    },
  );

  it.each(
    DAMAGE.filter(([code]) => code.startsWith('base64') || code.startsWith('hex') || code.startsWith('pem')),
  )('%s is named of a whole multipart', (code, damage) => {
    const damaged = damage(multipart);
    const form = 'multipart/signed;protocol="application/pkcs7-signature";micalg=sha-256;boundary=b';
    expect(mistakes(carry(message(form, multipart, damaged)))).toEqual([code]);
    expect(mistakes(carry(message(form, damaged, damaged)))).toEqual([code]);
  });

  it('a Content-Length that is too small is named, and what is no rest of the body is not', () => {
    const short = encrypted.subarray(0, encrypted.length - 10);
    expect(mistakes(carry(message(type, short, encrypted)))).toEqual(['content-length-too-small']);
    const other = Buffer.concat([short, Buffer.from('not the rest')]);
    expect(mistakes(carry(message(type, short, other)))).toEqual(['truncated']);
  });
});

it('a message that waits for what is behind it comes once, before the next one', () => {
  const damaged = base64(encrypted);
  const sent = message('application/pkcs7-mime', encrypted, damaged);
  const records = analyzeBytes(tcp(200, sent, next), context);
  const messages = records.filter((record) => record['type'] === 'sip_message');
  expect(messages.map((record) => record['call_id'])).toEqual(['a84b4c76e66710', 'next']);
  // Messages that follow one another as they should do not wait: each is told with the segment that ends it.
  const ordinary = analyzeBytes(tcp(200, next, next, next), context);
  expect(ordinary.map((record) => record['type'])).toEqual(['sip_message', 'sip_message', 'sip_message']);
});

it('CR turned into LF is named', () => {
  // A serial number with a CR as its length octet would be one way; here an integer of 13 octets is.
  const damaged = Buffer.from(encrypted);
  const at = damaged.indexOf(0x0d);
  expect(at).toBeGreaterThan(0);
  for (let place = at; place >= 0; place = damaged.indexOf(0x0d, place + 1)) damaged[place] = 0x0a;
  expect(mistakes(message('application/pkcs7-mime', damaged, damaged))).toContain('cr-to-lf');
});
