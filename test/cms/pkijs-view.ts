/** A CMS structure and a certificate as pkijs reads them, and as we do, in the same plain words, for comparing. */

import type { AsnType, OctetString } from 'asn1js';
import type * as Pkijs from 'pkijs';
import { toHex } from '../../src/bytes/hex.js';
import { asn1js, pkijs } from '../../src/bytes/libraries.js';
import type { CertificateReference, Cms, EnvelopedDataCms, Recipient, Signer } from '../../src/cms/model.js';
import type { Certificate } from '../../src/x509/certificate.js';

type Plain = Readonly<Record<string, unknown>>;

const hexOf = (bytes: ArrayBuffer | Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : toHex(new Uint8Array(bytes));
const der = (element: AsnType): string => toHex(new Uint8Array(element.toBER()));

/** The octets of a string that BER may have in pieces. */
const octets = (string: OctetString | undefined): string | undefined => hexOf(string?.getValue());

function parse(bytes: Uint8Array): AsnType {
  const { result, offset } = asn1js().fromBER(bytes);
  if (offset !== bytes.length) throw new Error(`asn1js: ${result.error || 'bytes follow'}`);
  return result;
}

/** Magnitude of a serial number without the sign octet, as we show it. */
const serial = (integer: { readonly valueBlock: { readonly valueHexView: Uint8Array } }): string =>
  toHex(integer.valueBlock.valueHexView).replace(/^00(?=[89a-f])/, '');

/** Throws where pkijs has no class for the type, or cannot read it. */
export function theirCms(bytes: Uint8Array): Plain {
  const { ContentInfo, EncryptedData, EnvelopedData, SignedData } = pkijs();
  const { contentType, content } = new ContentInfo({ schema: parse(bytes) });
  const head = { contentTypeOid: contentType };
  switch (contentType) {
    case ContentInfo.DATA:
      return { ...head, content: octets(content) };
    case ContentInfo.SIGNED_DATA:
      return { ...head, ...theirSignedData(new SignedData({ schema: content })) };
    case ContentInfo.ENVELOPED_DATA: {
      const { version, encryptedContentInfo, recipientInfos } = new EnvelopedData({ schema: content });
      return {
        ...head,
        version,
        ...theirEncryption(encryptedContentInfo),
        recipients: recipientInfos.map(({ variant, value }) => {
          const info = value as Pkijs.KeyTransRecipientInfo;
          if (variant !== 1) throw new Error('only key transport is compared');
          return { ...theirReference(info.rid), algorithm: info.keyEncryptionAlgorithm.algorithmId };
        }),
      };
    }
    case ContentInfo.ENCRYPTED_DATA: {
      const { version, encryptedContentInfo } = new EncryptedData({ schema: content });
      return { ...head, version, ...theirEncryption(encryptedContentInfo) };
    }
    default:
      throw new Error(`pkijs has no class for ${contentType}`);
  }
}

const theirEncryption = (info: Pkijs.EncryptedContentInfo): Plain => ({
  innerContentType: info.contentType,
  contentEncryption: info.contentEncryptionAlgorithm.algorithmId,
});

function theirReference(rid: unknown): Plain {
  const { IssuerAndSerialNumber } = pkijs();
  if (rid instanceof IssuerAndSerialNumber) {
    return { issuer: der(rid.issuer.toSchema()), serialNumber: serial(rid.serialNumber) };
  }
  return {
    subjectKeyIdentifier: toHex(
      (rid as { valueBlock: { valueHexView: Uint8Array } }).valueBlock.valueHexView,
    ),
  };
}

function theirSignedData(data: Pkijs.SignedData): Plain {
  const attributeTypes = (list: Pkijs.SignedAndUnsignedAttributes | undefined): string[] =>
    (list?.attributes ?? []).map(({ type }) => type);
  return {
    version: data.version,
    innerContentType: data.encapContentInfo.eContentType,
    content: octets(data.encapContentInfo.eContent),
    certificates: (data.certificates ?? []).map((one) => der(one.toSchema())),
    crlCount: data.crls?.length ?? 0,
    signers: data.signerInfos.map((signer) => ({
      version: signer.version,
      ...theirReference(signer.sid),
      digest: signer.digestAlgorithm.algorithmId,
      signature: signer.signatureAlgorithm.algorithmId,
      signedAttributes: attributeTypes(signer.signedAttrs),
      unsignedAttributes: attributeTypes(signer.unsignedAttrs),
    })),
  };
}

export function ourCms(cms: Cms): Plain {
  const head = { contentTypeOid: cms.contentTypeOid };
  switch (cms.contentType) {
    case 'data':
      return { ...head, content: hexOf(cms.content) };
    case 'signed_data':
      return {
        ...head,
        version: cms.version,
        innerContentType: cms.innerContentType,
        content: cms.detached ? undefined : hexOf(cms.content),
        certificates: cms.certificates.map((one) => toHex(one.der)),
        crlCount: cms.crlCount,
        signers: cms.signers.map(ourSigner),
      };
    case 'enveloped_data':
      return {
        ...head,
        version: cms.version,
        ...ourEncryption(cms),
        recipients: cms.recipients.map(ourRecipient),
      };
    case 'encrypted_data':
      return { ...head, version: cms.version, ...ourEncryption(cms) };
    default:
      throw new Error(`${cms.contentType} is not compared`);
  }
}

const ourEncryption = (
  cms: Pick<EnvelopedDataCms, 'innerContentType' | 'contentEncryptionAlgorithmOid'>,
): Plain => ({
  innerContentType: cms.innerContentType,
  contentEncryption: cms.contentEncryptionAlgorithmOid,
});

const ourReference = ({ issuerDer, serialNumber, subjectKeyIdentifier }: CertificateReference): Plain =>
  subjectKeyIdentifier === undefined ? { issuer: hexOf(issuerDer), serialNumber } : { subjectKeyIdentifier };

const ourRecipient = (recipient: Recipient): Plain => ({
  ...ourReference(recipient),
  algorithm: recipient.keyEncryptionAlgorithmOid,
});

const ourSigner = (signer: Signer): Plain => ({
  version: signer.version,
  ...ourReference(signer),
  digest: signer.digestAlgorithmOid,
  signature: signer.signatureAlgorithmOid,
  signedAttributes: signer.signedAttributes.map(({ oid }) => oid),
  unsignedAttributes: signer.unsignedAttributes.map(({ oid }) => oid),
});

/** Throws where pkijs cannot read it. */
export function theirCertificate(bytes: Uint8Array): Plain {
  const one = new (pkijs().Certificate)({ schema: parse(bytes) });
  return {
    version: one.version + 1,
    serialNumber: serial(one.serialNumber),
    issuer: der(one.issuer.toSchema()),
    subject: der(one.subject.toSchema()),
    notBefore: one.notBefore.value.getTime() / 1000,
    notAfter: one.notAfter.value.getTime() / 1000,
    spki: der(one.subjectPublicKeyInfo.toSchema()),
    signatureAlgorithm: der(one.signatureAlgorithm.toSchema()),
    signature: hexOf(one.signatureValue.valueBlock.valueHexView),
    tbs: hexOf(one.tbsView),
    extensions: (one.extensions ?? []).map(({ extnID, critical, extnValue }) => ({
      oid: extnID,
      critical,
      value: hexOf(extnValue.valueBlock.valueHexView),
    })),
  };
}

export function ourCertificate(one: Certificate): Plain {
  return {
    version: one.version,
    serialNumber: one.serialNumber,
    issuer: toHex(one.issuerDer),
    subject: toHex(one.subjectDer),
    notBefore: one.notBeforeSeconds,
    notAfter: one.notAfterSeconds,
    spki: toHex(one.spki),
    signatureAlgorithm: toHex(one.signatureAlgorithmDer),
    signature: toHex(one.signature),
    tbs: toHex(one.tbs),
    extensions: one.extensions.map(({ oid, critical, value }) => ({ oid, critical, value: toHex(value) })),
  };
}
