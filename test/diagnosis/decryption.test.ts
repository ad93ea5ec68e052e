import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { explainDamage } from '../../src/diagnosis/damage.js';
import { explainDecryption } from '../../src/diagnosis/decryption.js';
import { envelopedData, pad } from '../cms/build.js';
import { certificate, contextOf, expectType, keysOf, privateKey, sample } from '../cms/support.js';

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem'));
const fluffyKey = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const open = contextOf({ certificates: [fluffy, kumiko], keys: keysOf([kumikoKey]) });

const ENTITY = 'Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nhello kumiko';
const contentKey = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const publicKey = createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' });
const padded = pad(Buffer.from(ENTITY));
const make = (options: Partial<Parameters<typeof envelopedData>[0]> = {}): Uint8Array =>
  envelopedData({ certificate: kumiko, key: publicKey, contentKey, padded, ...options });

/** Decryption fails and the first mistake is named. */
function diagnose(message: Uint8Array, context = open) {
  const cms = evaluateCms(message, context);
  const [mistake] = explainDecryption(message, context);
  return { status: expectType(cms, 'enveloped_data').decryption.status, ...mistake };
}
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('decryption', () => {
  it('that succeeds is not explained', () => {
    expect(diagnose(make())).toEqual({ status: 'decrypted' });
    expect(text(evaluateCms(make(), open).content)).toBe(ENTITY);
  });

  it('wrong key: the recipients meant are named', () => {
    const found = diagnose(make(), contextOf({ certificates: [kumiko], keys: keysOf([fluffyKey]) }));
    expect(found).toMatchObject({ status: 'no_key', code: 'no-recipient-key' });
    expect(found.sentence).toContain('CN=kumiko@example.net');
    expect(found.sentence).toContain('The private key given does not open it');
  });

  it('encrypted with another key than that of the certificate named', () => {
    const key = createPublicKey({ key: Buffer.from(fluffy.spki), format: 'der', type: 'spki' });
    const found = diagnose(make({ key }));
    expect(found).toMatchObject({ status: 'failed', code: 'wrong-key' });
    expect(found.sentence).toMatch(/no PKCS #1 v1\.5 padding/);
  });

  it('a content key of the wrong length', () => {
    const found = diagnose(make({ sentKey: contentKey.subarray(0, 8) }));
    expect(found).toMatchObject({ status: 'failed', code: 'content-key-length' });
    expect(found.sentence).toMatch(/64 bits, and aes128-CBC wants 128/);
  });

  it('another content key than the one sent', () => {
    const found = diagnose(make({ sentKey: Buffer.alloc(16, 9) }));
    expect(found).toMatchObject({ status: 'failed', code: 'content-key-or-damage' });
  });

  it('zeros for padding', () => {
    const zeros = Buffer.concat([Buffer.from(ENTITY), Buffer.alloc(padded.length - ENTITY.length)]);
    const found = diagnose(make({ padded: zeros }));
    expect(found).toMatchObject({ status: 'failed', code: 'padding-zeros' });
    expect(text(found.repaired)).toBe(ENTITY);
  });

  it('random octets before the last octet of padding', () => {
    const random = Buffer.from(padded);
    random[random.length - 2] = 0x99;
    const found = diagnose(make({ padded: random }));
    expect(found).toMatchObject({ status: 'failed', code: 'padding-iso10126' });
    expect(found.sentence).toContain(`after byte ${ENTITY.length}`);
    expect(text(found.repaired)).toBe(ENTITY);
  });

  it('no padding, where the content fills the blocks', () => {
    const content = Buffer.from(ENTITY.padEnd(96, '.'));
    const found = diagnose(make({ padded: content }));
    expect(found).toMatchObject({ status: 'failed', code: 'padding-missing' });
    expect(text(found.repaired)).toBe(content.toString());
  });

  it('a damaged last block, at its byte', () => {
    const message = Uint8Array.from(make());
    message[message.length - 3] = (message.at(-3) as number) ^ 0x10;
    const found = diagnose(message);
    expect(found).toMatchObject({ status: 'failed', code: 'padding-damaged' });
    expect(found.sentence).toContain(`from byte ${padded.length - 16} on`);
    expect(text(found.repaired)).toBe(ENTITY.slice(0, padded.length - 16));
  });

  it('a ciphertext that is no whole number of blocks', () => {
    const found = diagnose(make({ cut: 5 }));
    expect(found).toMatchObject({ status: 'failed', code: 'ciphertext-length' });
    expect(found.sentence).toMatch(/5 are missing; what can be decrypted of it is readable/);
    expect(text(found.repaired)).toBe(ENTITY.slice(0, padded.length - 16));
  });
});

describe('damaged structures', () => {
  const whole = make();
  const isOpened = (bytes: Uint8Array | undefined): boolean =>
    bytes !== undefined && text(evaluateCms(bytes, open).content) === ENTITY;
  const first = (bytes: Uint8Array, carried = {}) => explainDamage(bytes, carried)[0];

  /** A message with so many LF and CRLF in its bytes: the encrypted key is random. */
  function withLineEnds(isWanted: (latin: string) => boolean): Uint8Array {
    for (let tries = 0; tries < 3000; tries++) {
      const message = make();
      if (isWanted(text(message))) return message;
    }
    throw new Error('no such message came up');
  }

  it('nothing is said of a whole one', () => {
    expect(explainDamage(whole)).toEqual([]);
    expect(explainDamage(sample('cms/signed.p7s'))).toEqual([]);
  });

  it('LF turned into CR LF is undone, and the content shown', () => {
    const message = withLineEnds((latin) => latin.includes('\n') && !latin.includes('\r\n'));
    const damaged = Buffer.from(text(message).replaceAll('\n', '\r\n'), 'latin1');
    const found = first(damaged);
    expect(found?.code).toBe('lf-to-crlf');
    expect(found?.sentence).toMatch(/^\d+ LF bytes? inside the DER w(as|ere) turned into CR LF/);
    expect(isOpened(found?.repaired)).toBe(true);
    expect(explainDecryption(damaged, open)[0]?.code).toBe('lf-to-crlf');
  });

  it('and where some CR LF belong, those are kept', () => {
    const message = withLineEnds((latin) => /\r\n/.test(latin) && /[^\r]\n/.test(latin));
    const damaged = Buffer.from(text(message).replace(/(?<!\r)\n/g, '\r\n'), 'latin1');
    const found = first(damaged);
    expect(found?.code).toBe('lf-to-crlf');
    expect(found?.repaired?.length).toBe(message.length);
  });

  it('CR LF turned into LF', () => {
    const message = withLineEnds((latin) => /\r\n/.test(latin));
    const found = first(Buffer.from(text(message).replaceAll('\r\n', '\n'), 'latin1'));
    expect(found?.code).toBe('crlf-to-lf');
    expect(found?.repaired?.length).toBe(message.length);
  });

  it('cut off: the DER length against what is there and what Content-Length says', () => {
    const found = first(whole.subarray(0, 300), { declaredLength: 300 });
    expect(found?.code).toBe('truncated');
    expect(found?.sentence).toContain(`the DER length says ${whole.length} bytes, and 300 are there`);
    expect(found?.sentence).toContain('Content-Length says 300, as many as there are');
    expect(explainDecryption(whole.subarray(0, 300), open).map((one) => one.code)).toContain('truncated');
  });

  it('a transfer encoding not undone', () => {
    const base64 = Buffer.from(whole).toString('base64').replace(/.{76}/g, '$&\r\n');
    expect(first(Buffer.from(base64))?.code).toBe('base64-not-decoded');
    expect(isOpened(first(Buffer.from(base64))?.repaired)).toBe(true);
    const twice = Buffer.from(Buffer.from(base64).toString('base64'));
    expect(first(twice)).toMatchObject({ code: 'base64-twice' });
    const pem = Buffer.from(`-----BEGIN PKCS7-----\n${base64}\n-----END PKCS7-----\n`);
    expect(isOpened(first(pem)?.repaired)).toBe(true);
    expect(first(pem)?.code).toBe('pem-not-decoded');
    expect(first(Buffer.from(Buffer.from(whole).toString('hex')))?.code).toBe('hex-not-decoded');
    const quoted = Array.from(whole, (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    );
    expect(isOpened(first(Buffer.from(quoted.replace(/.{75}/g, '$&=\r\n')))?.repaired)).toBe(true);
  });

  it('bytes taken for text', () => {
    const found = first(Buffer.from(text(whole), 'utf8'));
    expect(found?.code).toBe('latin1-as-utf8');
    expect(isOpened(found?.repaired)).toBe(true);
    const lost = first(Buffer.from(Buffer.from(whole).toString('utf8'), 'utf8'));
    expect(lost).toMatchObject({ code: 'replacement-characters' });
    expect(lost?.repaired).toBeUndefined();
    expect(first(whole.map((byte) => byte & 0x7f))?.code).toBe('seven-bit');
  });

  it('bytes before and after', () => {
    const leading = first(Buffer.concat([Buffer.from('\r\n'), whole]));
    expect(leading).toMatchObject({ code: 'leading-bytes' });
    expect(leading?.sentence).toContain('2 bytes of line ends');
    expect(isOpened(leading?.repaired)).toBe(true);
    const trailing = first(Buffer.concat([whole, Buffer.from('\r\n')]));
    expect(trailing).toMatchObject({ code: 'trailing-bytes' });
    expect(trailing?.sentence).toContain('line end follows');
    expect(first(new Uint8Array(0))?.code).toBe('empty');
  });

  it('random bytes are not explained away', () => {
    expect(explainDamage(Buffer.from('not a structure of any kind'))).toEqual([]);
  });

  it('hostile bodies take linear time', () => {
    const size = 1 << 20;
    const bodies = [
      Buffer.alloc(size, '0\x06'),
      Buffer.alloc(size, ' '),
      Buffer.alloc(size, '\r\n'),
      Buffer.alloc(size, 'A\n'),
      Buffer.concat([Buffer.from('3083100000', 'hex'), Buffer.alloc(size, '\n')]),
      Buffer.concat([Buffer.from('30820fff', 'hex'), Buffer.alloc(size, '0\r\n')]),
      Buffer.alloc(size, '-----BEGIN A-----'),
      Buffer.alloc(size, '=3'),
    ];
    const start = performance.now();
    for (const body of bodies) explainDamage(body);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
