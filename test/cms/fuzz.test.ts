import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeCms } from '../../src/cms/describe.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { explainDamage } from '../../src/diagnosis/damage.js';
import { explainDecryption } from '../../src/diagnosis/decryption.js';
import { explainSignature } from '../../src/diagnosis/signature.js';
import { integer, octetString, oid, sequence, set } from '../support/der.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { attribute, contentInfo, envelopedData, OID, pad, signedData, signerInfo } from './build.js';
import { certificate, contextOf, keysOf, privateKey, sample } from './support.js';

// More rounds than in every run: SIPLENS_FUZZ=20000.
const ROUNDS = Number(process.env['SIPLENS_FUZZ'] ?? 3000);

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const fluffyKey = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem'));
const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');

const signer = (unsigned?: readonly Uint8Array[]) =>
  signerInfo({
    key: fluffyKey.key,
    certificate: fluffy,
    signed: CONTENT,
    ...(unsigned === undefined ? {} : { unsigned }),
  });
const counter = signerInfo({ key: kumikoKey.key, certificate: kumiko, signed: signer().signature }).der;
const SEEDS: readonly Uint8Array[] = [
  sample('cms/signed.p7s'),
  sample('cms/encrypted.p7m'),
  signedData([signer([attribute(OID.countersignature, counter)]).der], {
    content: CONTENT,
    certificates: [fluffy, kumiko],
  }),
  envelopedData({
    certificate: kumiko,
    key: createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' }),
    contentKey: Buffer.alloc(16, 1),
    padded: pad(CONTENT),
  }),
];
const context = contextOf({
  certificates: [fluffy, kumiko],
  anchors: [certificate(sample('certs/root_cert_fluffyCA.pem'))],
  keys: keysOf([fluffyKey, kumikoKey], { secretKeys: [Buffer.alloc(16)], passwords: ['password'] }),
  detached: CONTENT,
});

describe('damaged messages', () => {
  it(`${ROUNDS} of them never crash, and every reason is a sentence`, () => {
    const random = seededRandom('cms');
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(SEEDS[round % SEEDS.length] as Uint8Array, random);
      const cms = evaluateCms(bytes, context);
      if (cms.contentType === 'signed_data') {
        for (const one of cms.signers) expect(one.reason).toMatch(/^[A-Z].*\.$/s);
      }
      if (cms.contentType === 'enveloped_data') expect(cms.decryption.reason).toMatch(/^[A-Z].*\.$/s);
      for (const fault of cms.faults) {
        expect(fault.start).toBeGreaterThanOrEqual(0);
        expect(fault.start + fault.length).toBeLessThanOrEqual(bytes.length);
      }
      describeCms({ name: 'CMS', bytes }, cms);
      // The forensics cost more: a tenth of the rounds.
      if (round % 10 === 0) {
        explainDamage(bytes);
        explainDecryption(bytes, context);
        explainSignature(bytes, 0, context, { part: CONTENT });
      }
    }
  });

  it('random bytes never crash', () => {
    const random = seededRandom('noise');
    for (let round = 0; round < 1000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      if (round % 2 === 0 && bytes.length >= 3) bytes.set([0x30, 0x80, 0x06]);
      evaluateCms(bytes, context);
      explainDamage(bytes);
    }
  });

  it('a strict prefix is never taken for the whole, and never valid or decrypted', () => {
    for (const [index, seed] of SEEDS.entries()) {
      for (let length = 0; length < seed.length; length++) {
        const cms = evaluateCms(seed.subarray(0, length), context);
        expect(cms.faults.length).toBeGreaterThan(0);
        // The third ends in a countersignature, which the signature before it does not cover.
        if (cms.contentType === 'signed_data' && index !== 2)
          expect(cms.signers.map((one) => one.signature)).not.toContain('valid');
        if (cms.contentType === 'enveloped_data') expect(cms.decryption.status).not.toBe('decrypted');
      }
    }
  });

  it('trailing bytes are told, and do not hinder', () => {
    for (const seed of SEEDS) {
      const whole = evaluateCms(seed, context);
      const longer = evaluateCms(Buffer.concat([seed, Buffer.from('\r\n')]), context);
      expect(longer.faults.map((fault) => fault.code)).toContain('trailing-bytes');
      expect(longer.content).toEqual(whole.content);
    }
  });
});

describe('hostile messages', () => {
  const elapsed = (run: () => void): number => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };

  it('with thousands of signers, recipients or attributes stay cheap', () => {
    const many = signedData(
      Array.from({ length: 2000 }, () => signer().der),
      { content: CONTENT, certificates: [fluffy] },
    );
    const cms = evaluateCms(many, context);
    expect(cms.faults.map((fault) => fault.code)).toContain('too-many-signers');
    expect(elapsed(() => evaluateCms(many, context))).toBeLessThan(2000);
  });

  it('with countersignatures on countersignatures, or recipients without end, stop at a cost', () => {
    let unsigned: Uint8Array[] = [];
    for (let depth = 0; depth < 3; depth++) {
      const one = signer(unsigned.length === 0 ? undefined : unsigned).der;
      unsigned = [attribute(OID.countersignature, ...Array.from({ length: 6 }, () => one))];
    }
    const outer = signer(unsigned).der;
    const signed = signedData(
      Array.from({ length: 12 }, () => outer),
      { content: CONTENT, certificates: [fluffy] },
    );
    let faults: readonly string[] = [];
    expect(
      elapsed(() => (faults = evaluateCms(signed, context).faults.map((fault) => fault.code))),
    ).toBeLessThan(5000);
    expect(faults).toContain('too-much-work');

    const recipient = sequence(
      integer(0),
      sequence(Buffer.from('3000', 'hex'), integer(1)),
      sequence(oid(OID.rsaEncryption)),
      octetString(Buffer.alloc(128, 5)),
    );
    const content = sequence(oid(OID.data), sequence(oid(OID.aes128cbc), octetString(Buffer.alloc(16))));
    const body = sequence(integer(0), set(...Array.from({ length: 256 }, () => recipient)), content);
    const enveloped = contentInfo(OID.envelopedData, body);
    const keys = keysOf(Array.from({ length: 32 }, () => kumikoKey));
    expect(
      elapsed(() => (faults = evaluateCms(enveloped, contextOf({ keys })).faults.map((one) => one.code))),
    ).toBeLessThan(5000);
    expect(faults).toContain('too-much-work');
  });

  it('nested a thousand deep are refused at a depth', () => {
    let nested: Uint8Array = Buffer.from('0500', 'hex');
    for (let depth = 0; depth < 1000; depth++) {
      const length = nested.length;
      nested = Buffer.concat([
        Buffer.from([0x30, 0x83, length >> 16, (length >> 8) & 255, length & 255]),
        nested,
      ]);
    }
    const cms = evaluateCms(nested, context);
    expect(cms.contentType).toBe('unknown');
    expect(cms.faults[0]?.message).toContain('nested deeper');
  });
});
