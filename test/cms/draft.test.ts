import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { indexOfBytes } from '../../src/bytes/text.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { certificate, contextOf, expectType, keysOf, privateKey, sample } from './support.js';

// The right answers are those of the draft's Appendix C, checked with OpenSSL.
const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const authority = certificate(sample('certs/root_cert_fluffyCA.pem'));
const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem'));
const fluffyKey = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const captured = Date.UTC(2005, 10, 19, 23, 33, 18) / 1000;

const all = {
  certificates: [fluffy, kumiko],
  anchors: [authority],
  keys: keysOf([kumikoKey]),
  atSeconds: captured,
};
const INNER = 'Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nhello';

describe('the signed message of the draft', () => {
  const signed = sample('cms/signed.p7s');
  const content = sample('cms/signed.content.txt');

  it('verifies over the 68 bytes of the part with the certificate found by issuer and serial number', () => {
    const cms = expectType(evaluateCms(signed, contextOf({ ...all, detached: content })), 'signed_data');
    expect(content.length).toBe(68);
    expect(cms.detached).toBe(true);
    expect(cms.certificates).toEqual([]);
    expect(cms.encodingForm).toBe('der');
    expect(cms.faults).toEqual([]);
    expect(cms.digestAlgorithms).toEqual(['sha1']);
    expect(cms.signers).toHaveLength(1);
    const [signer] = cms.signers;
    expect(signer).toMatchObject({
      version: 1,
      serialNumber: '0195007102330058',
      issuer: 'C=US, ST=California, L=San Jose, O=sipit, OU=Sipit Test Certificate Authority',
      digestAlgorithm: 'sha1',
      digestParameters: 'absent',
      signatureAlgorithm: 'rsaEncryption',
      signature: 'valid',
      certificateAttached: false,
      signedAttributes: [],
    });
    expect(signer?.certificate?.subject).toMatch(/CN=fluffy@example\.com$/);
    expect(signer?.chain?.status).toBe('valid');
  });

  it('has expired since', () => {
    const now = Date.UTC(2020, 0, 1) / 1000;
    const cms = evaluateCms(signed, contextOf({ ...all, detached: content, atSeconds: now }));
    const [signer] = expectType(cms, 'signed_data').signers;
    expect(signer?.signature).toBe('valid');
    expect(signer?.chain?.status).toBe('expired');
  });

  it('is invalid for every changed byte of the part', () => {
    for (let index = 0; index < content.length; index++) {
      const changed = Uint8Array.from(content);
      changed[index] = (changed[index] as number) ^ 1;
      const cms = evaluateCms(signed, contextOf({ ...all, detached: changed }));
      expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('invalid');
    }
  });

  it('is invalid over the part without its header, and with the CRLF before the boundary', () => {
    const withCrlf = Buffer.concat([content, Buffer.from('\r\n')]);
    for (const detached of [content.subarray(indexOfBytes(content, '\r\n\r\n') + 4), withCrlf]) {
      const cms = evaluateCms(signed, contextOf({ ...all, detached }));
      expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('invalid');
    }
  });

  it('cannot be verified without the certificate, and says which is wanted', () => {
    const cms = evaluateCms(signed, contextOf({ ...all, certificates: [kumiko], detached: content }));
    const [signer] = expectType(cms, 'signed_data').signers;
    expect(signer?.signature).toBe('unverifiable');
    expect(signer?.reason).toContain('serial number 0195007102330058');
    expect(signer?.reason).toContain('OU=Sipit Test Certificate Authority');
    expect(signer?.certificate).toBeUndefined();
  });

  it('cannot be verified without the content', () => {
    const [signer] = expectType(evaluateCms(signed, contextOf(all)), 'signed_data').signers;
    expect(signer?.signature).toBe('unverifiable');
    expect(signer?.reason).toContain('detached');
  });
});

describe('the encrypted message of the draft', () => {
  const enveloped = sample('cms/encrypted.p7m');

  it('decrypts with the key that the certificate of the recipient names', () => {
    const cms = expectType(evaluateCms(enveloped, contextOf(all)), 'enveloped_data');
    expect(cms.contentEncryptionAlgorithm).toBe('aes128-CBC');
    expect(cms.recipients).toMatchObject([
      { kind: 'key_transport', serialNumber: '0195007102330057', keyEncryptionAlgorithm: 'rsaEncryption' },
    ]);
    expect(cms.recipients[0]?.certificate).toBe(kumiko);
    expect(cms.decryption.status).toBe('decrypted');
    expect(cms.decryption.recipient).toMatch(/CN=kumiko@example\.net$/);
    expect(Buffer.from(cms.content ?? []).toString()).toBe(INNER);
    expect(cms.faults).toEqual([]);
  });

  it('decrypts by trying the keys given where the certificate is not', () => {
    const keys = keysOf([fluffyKey, kumikoKey]);
    const cms = expectType(evaluateCms(enveloped, contextOf({ keys })), 'enveloped_data');
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? []).toString()).toBe(INNER);
  });

  it('tells the recipient where no key or another key is given', () => {
    for (const keys of [keysOf([]), keysOf([fluffyKey])]) {
      const cms = expectType(evaluateCms(enveloped, contextOf({ ...all, keys })), 'enveloped_data');
      expect(cms.decryption.status).toBe('no_key');
      expect(cms.decryption.reason).toContain('CN=kumiko@example.net');
      expect(cms.decryption.reason).toContain('0195007102330057');
      expect(cms.content).toBeUndefined();
    }
  });

  it('says that the padding is damaged where the last block is', () => {
    const damaged = Uint8Array.from(enveloped);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 0x55;
    const cms = expectType(evaluateCms(damaged, contextOf(all)), 'enveloped_data');
    expect(cms.decryption.status).toBe('failed');
    expect(cms.decryption.reason).toContain('padding');
  });

  it('says how much is there of a message that is cut off', () => {
    const cms = expectType(evaluateCms(enveloped.subarray(0, 400), contextOf(all)), 'enveloped_data');
    expect(cms.decryption.status).toBe('failed');
    expect(cms.decryption.reason).toMatch(/should have 80 bytes and 45 are there/);
    expect(cms.faults.map((fault) => fault.code)).toContain('cms-damaged');
  });
});

describe('the encrypted and signed message of the draft', () => {
  it('verifies outside and decrypts inside', () => {
    const detached = sample('cms/signed-encrypted.content.bin');
    const outer = evaluateCms(sample('cms/signed-encrypted.p7s'), contextOf({ ...all, detached }));
    expect(expectType(outer, 'signed_data').signers[0]?.signature).toBe('valid');
    const inner = expectType(
      evaluateCms(sample('cms/signed-encrypted.p7m'), contextOf(all)),
      'enveloped_data',
    );
    expect(inner.decryption.status).toBe('decrypted');
    expect(
      createHash('sha256')
        .update(inner.content ?? '')
        .digest('hex'),
    ).toBe(createHash('sha256').update(INNER).digest('hex'));
  });
});
