import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latin1 } from '../../src/bytes/text.js';
import { rsaBlock } from '../../src/cms/encryption/rsa.js';
import { RsaBlocks } from '../../src/cms/encryption/rsa-blocks.js';
import { findTransportedKeys, type TransportedKey } from '../../src/cms/encryption/transported-keys.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { CmsPrivateKey } from '../../src/cms/model.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { hasOpenssl } from '../support/peers.js';
import { contextOf, keysOf, Openssl, privateKey } from './support.js';

const CONTENT = 'Content-Type: text/plain\r\n\r\nopened ahead';
/** What stands around the structure in a packet. */
const BEFORE = Buffer.from('MESSAGE sip:b SIP/2.0\r\nContent-Type: application/pkcs7-mime\r\n\r\n');
const AFTER = Buffer.from('\r\n--boundary--\r\n');

/** Arguments of `openssl cms -encrypt`, and how many of the two keys open the message. */
const MESSAGES: Readonly<Record<string, readonly [readonly string[], number]>> = {
  'RSA PKCS #1 v1.5': [['-aes-128-cbc', '-recip', 'one.pem'], 1],
  'RSA OAEP': [['-aes-256-cbc', '-recip', 'one.pem', '-keyopt', 'rsa_padding_mode:oaep'], 1],
  'authenticated encryption': [['-aes-128-gcm', '-recip', 'two.pem'], 1],
  'two recipients': [['-aes-128-cbc', '-recip', 'one.pem', '-recip', 'two.pem'], 2],
  'key identifier': [['-aes-128-cbc', '-keyid', '-recip', 'two.pem'], 1],
  'indefinite lengths': [['-aes-128-cbc', '-stream', '-indef', '-recip', 'one.pem'], 1],
};

describe.skipIf(!hasOpenssl)('content keys found without the message around them', () => {
  const openssl = new Openssl();
  const certificates: Certificate[] = [];
  const keys: CmsPrivateKey[] = [];
  const packets = new Map<string, { packet: Uint8Array; start: number; end: number; cms: Uint8Array }>();

  beforeAll(() => {
    openssl.write('content', CONTENT);
    for (const [name, bits] of [
      ['one', 1024],
      ['two', 2048],
    ] as const) {
      certificates.push(openssl.identity(name, '-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`));
      keys.push(privateKey(openssl.read(`${name}.key`), name));
    }
    for (const [name, [args]] of Object.entries(MESSAGES)) {
      openssl.run(
        ...['cms', '-encrypt', '-binary', '-in', 'content', '-outform', 'DER'],
        '-out',
        'out',
        ...args,
      );
      const cms = openssl.read('out');
      const packet = Buffer.concat([BEFORE, cms, AFTER]);
      packets.set(name, { packet, start: 10, end: packet.length - 2, cms });
    }
  });
  afterAll(() => openssl.remove());

  const packetOf = (name: string) => packets.get(name) as NonNullable<ReturnType<typeof packets.get>>;

  function find(name: string, known = certificates): readonly TransportedKey[] {
    const { packet, start, end } = packetOf(name);
    return findTransportedKeys(packet, start, end, contextOf({ certificates: known, keys: keysOf(keys) }));
  }

  /** The blocks that were found, as another thread would put them in. */
  function blocksOf(found: readonly TransportedKey[]): RsaBlocks {
    const blocks = new RsaBlocks();
    blocks.refill = () => {};
    for (const { key, encrypted } of found) {
      const block = rsaBlock(key.key, encrypted);
      blocks.put(key, latin1(encrypted), block === undefined ? null : latin1(block));
    }
    return blocks;
  }

  it.each(Object.keys(MESSAGES))('%s: they open the message to the same result', (name) => {
    const { cms } = packetOf(name);
    const context = contextOf({ certificates, keys: keysOf(keys) });
    const found = find(name);
    expect(found).toHaveLength(MESSAGES[name]?.[1] as number);
    const rsaBlocks = blocksOf(found);
    const before = rsaBlocks.size;
    const opened = evaluateCms(cms, { ...context, rsaBlocks });
    expect(opened).toEqual(evaluateCms(cms, context));
    expect(Buffer.from(opened.content ?? []).toString()).toBe(CONTENT);
    expect(before - rsaBlocks.size).toBe(1);
  });

  it.each(Object.keys(MESSAGES))('%s: without certificates, the keys that could fit are tried', (name) => {
    const context = contextOf({ keys: keysOf(keys) });
    const rsaBlocks = blocksOf(find(name, []));
    const opened = evaluateCms(packetOf(name).cms, { ...context, rsaBlocks });
    expect(opened).toEqual(evaluateCms(packetOf(name).cms, context));
    expect(Buffer.from(opened.content ?? []).toString()).toBe(CONTENT);
    expect(rsaBlocks.asked).toBeGreaterThan(0);
  });

  it('are found where the content is cut off, and not where the recipients are', () => {
    const { packet, start, end } = packetOf('RSA PKCS #1 v1.5');
    const context = contextOf({ certificates, keys: keysOf(keys) });
    const [found] = findTransportedKeys(packet, start, end, context);
    const encrypted = found?.encrypted ?? new Uint8Array(0);
    const last = Buffer.from(packet).indexOf(encrypted) + encrypted.length;
    expect(findTransportedKeys(packet, start, last, context)).toEqual([found]);
    for (let cut = start; cut < last; cut++)
      expect(findTransportedKeys(packet, start, cut, context)).toEqual([]);
  });

  it('are few of a packet, whatever it holds', () => {
    const { cms } = packetOf('RSA PKCS #1 v1.5');
    const packet = Buffer.concat(Array.from({ length: 50 }, () => cms));
    const context = contextOf({ certificates, keys: keysOf(keys) });
    expect(findTransportedKeys(packet, 0, packet.length, context)).toHaveLength(4);
  });

  it('are none of noise and of signed messages', () => {
    openssl.run(
      ...['cms', '-sign', '-binary', '-in', 'content', '-signer', 'one.pem', '-inkey', 'one.key'],
      ...['-outform', 'DER', '-out', 'signed'],
    );
    const context = contextOf({ certificates, keys: keysOf(keys) });
    const signed = openssl.read('signed');
    expect(findTransportedKeys(signed, 0, signed.length, context)).toEqual([]);
    const noise = Buffer.from('06092a864886f70d010703a0', 'hex');
    expect(findTransportedKeys(noise, 0, noise.length, context)).toEqual([]);
  });

  it('are looked for in damaged packets without an exception, and never change what those open to', () => {
    const context = contextOf({ certificates, keys: keysOf(keys) });
    const random = seededRandom('transported keys');
    for (const name of Object.keys(MESSAGES)) {
      const { cms } = packetOf(name);
      for (let round = 0; round < 60; round++) {
        const damaged = mutate(cms, random);
        const found = findTransportedKeys(damaged, 0, damaged.length, context);
        const rsaBlocks = blocksOf(found);
        expect(evaluateCms(damaged, { ...context, rsaBlocks })).toEqual(evaluateCms(damaged, context));
      }
    }
  });

  it('with another key are no answer for the one that is asked for', () => {
    const [one, two] = keys as [CmsPrivateKey, CmsPrivateKey];
    const [found] = find('RSA PKCS #1 v1.5') as [TransportedKey];
    const blocks = new RsaBlocks();
    blocks.refill = () => {};
    blocks.put(two, latin1(found.encrypted), 'x'.repeat(256));
    expect(blocks.take(one, found.encrypted)).toBeUndefined();
  });
});

describe('RSA results that wait', () => {
  const key: CmsPrivateKey = {
    label: 'a key',
    get key(): never {
      throw new Error('not used');
    },
    spki: new Uint8Array(0),
  };
  const encrypted = Uint8Array.of(1, 0, 0xff);

  it('are given once, and asked for from who can put more in', () => {
    const blocks = new RsaBlocks();
    let refills = 0;
    blocks.refill = () => {
      if (refills++ === 0) blocks.put(key, '\x01\x00\xff', '\x00\x02\xfe');
    };
    expect(blocks.take(key, encrypted)).toEqual(Uint8Array.of(0, 2, 0xfe));
    expect(refills).toBe(1);
    expect(blocks.take(key, encrypted)).toBeUndefined();
    blocks.put(key, '\x01\x00\xff', null);
    expect(blocks.take(key, encrypted)).toBeNull();
    expect(blocks.asked).toBe(3);
    expect(blocks.size).toBe(0);
  });

  it('are not kept without end', () => {
    const blocks = new RsaBlocks();
    for (let count = 0; count < 20_000; count++) {
      blocks.put(key, String(count), null);
      expect(blocks.size).toBeLessThanOrEqual(8192);
    }
    blocks.clear();
    expect(blocks.size).toBe(0);
  });
});
