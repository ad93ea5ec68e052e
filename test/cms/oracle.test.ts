import { createPublicKey } from 'node:crypto';
import type { SignedData as PkijsSignedData } from 'pkijs';
import { describe, expect, it } from 'vitest';
import { asn1js, pkijs } from '../../src/asn1/libraries.js';
import { toHex } from '../../src/bytes/hex.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { envelopedData, pad, signedData, signerInfo } from './build.js';
import { certificate, contextOf, expectType, privateKey, sample } from './support.js';

// What every message has is read by our walker; pkijs, which reads it otherwise, must see the same.
const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const { key } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');

function inner(bytes: Uint8Array) {
  const { result } = asn1js().fromBER(Uint8Array.from(bytes));
  return new (pkijs().ContentInfo)({ schema: result });
}

const signedMessages: Readonly<Record<string, Uint8Array>> = {
  'the draft, signed': sample('cms/signed.p7s'),
  'the draft, signature over the encrypted': sample('cms/signed-encrypted.p7s'),
  'attributes, content and certificates': signedData(
    [
      signerInfo({ key, certificate: fluffy, signed: CONTENT }).der,
      signerInfo({ key, certificate: fluffy, signed: CONTENT, attributes: false }).der,
    ],
    { content: CONTENT, certificates: [fluffy, kumiko] },
  ),
};

describe('pkijs sees the same', () => {
  it.each(Object.entries(signedMessages))('SignedData: %s', (_, bytes) => {
    const ours = expectType(evaluateCms(bytes, contextOf({})), 'signed_data');
    const info = inner(bytes);
    expect(info.contentType).toBe(ours.contentTypeOid);
    const theirs: PkijsSignedData = new (pkijs().SignedData)({ schema: info.content });
    expect(theirs.version).toBe(ours.version);
    expect(theirs.encapContentInfo.eContentType).toBe(ours.innerContentType);
    expect(theirs.encapContentInfo.eContent === undefined).toBe(ours.detached);
    expect(theirs.certificates?.length ?? 0).toBe(ours.certificates.length);
    expect(theirs.signerInfos.length).toBe(ours.signers.length);
    for (const [index, signer] of theirs.signerInfos.entries()) {
      const mine = ours.signers[index];
      expect(signer.version).toBe(mine?.version);
      expect(signer.digestAlgorithm.algorithmId).toBe(mine?.digestAlgorithmOid);
      expect(signer.signatureAlgorithm.algorithmId).toBe(mine?.signatureAlgorithmOid);
      const { issuer, serialNumber } = signer.sid as InstanceType<
        ReturnType<typeof pkijs>['IssuerAndSerialNumber']
      >;
      expect(toHex(serialNumber.valueBlock.valueHexView)).toBe(mine?.serialNumber);
      expect(toHex(new Uint8Array(issuer.toSchema().toBER()))).toBe(toHex(mine?.issuerDer ?? CONTENT));
      expect(signer.signedAttrs?.attributes.map((one) => one.type) ?? []).toEqual(
        mine?.signedAttributes.map((one) => one.oid),
      );
    }
  });

  it.each([
    ['the draft', sample('cms/encrypted.p7m')],
    ['the draft, inside the signed', sample('cms/signed-encrypted.p7m')],
    [
      'made here',
      envelopedData({
        certificate: kumiko,
        key: createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' }),
        contentKey: Buffer.alloc(16, 1),
        padded: pad(CONTENT),
      }),
    ],
  ] as const)('EnvelopedData: %s', (_, bytes) => {
    const ours = expectType(evaluateCms(bytes, contextOf({})), 'enveloped_data');
    const theirs = new (pkijs().EnvelopedData)({ schema: inner(bytes).content });
    expect(theirs.version).toBe(ours.version);
    expect(theirs.encryptedContentInfo.contentType).toBe(ours.innerContentType);
    expect(theirs.encryptedContentInfo.contentEncryptionAlgorithm.algorithmId).toBe(
      ours.contentEncryptionAlgorithmOid,
    );
    expect(theirs.recipientInfos.map((one) => one.variant)).toEqual(ours.recipients.map(() => 1));
    const recipient = theirs.recipientInfos[0] as (typeof theirs.recipientInfos)[number];
    const { rid, keyEncryptionAlgorithm } = recipient.value as InstanceType<
      ReturnType<typeof pkijs>['KeyTransRecipientInfo']
    >;
    expect(keyEncryptionAlgorithm.algorithmId).toBe(ours.recipients[0]?.keyEncryptionAlgorithmOid);
    const { serialNumber } = rid as InstanceType<ReturnType<typeof pkijs>['IssuerAndSerialNumber']>;
    expect(toHex(serialNumber.valueBlock.valueHexView)).toBe(ours.recipients[0]?.serialNumber);
  });
});
