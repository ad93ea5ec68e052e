/**
 * Bodies, made layer by layer, each with the right answer about itself: headers and bytes for the message, the JSON of
 * `siplens export` and the findings of `siplens check` for expected.json.
 */

import type { Digest } from '../authority/signing.js';
import { bytesOf } from '../bytes/text.js';
import type { Cast, Person } from './cast.js';
import { type ContentCipher, encodeEnvelopedData } from './cms-enveloped.js';
import { encodeSignedData, type SigningMistake } from './cms-signed.js';
import type { JsonObject } from './expectation.js';
import type { HeaderLine } from './sip-text.js';

export type Layer = {
  /** Its Content-* headers. */
  readonly headers: readonly HeaderLine[];
  readonly body: Uint8Array;
  /** What the JSON says of it. */
  readonly record: JsonObject;
  /** Rules with findings in it and in what is inside. */
  readonly findings: readonly string[];
};

/** A layer as a MIME entity: headers, blank line, body. */
function entityBytes({ headers, body }: Layer): Uint8Array {
  return Buffer.concat([headerBytes(headers), bytesOf('\r\n'), body]);
}

function headerBytes(headers: readonly HeaderLine[]): Uint8Array {
  return bytesOf(headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''));
}

/** Text, or anything that is text, as SDP is. */
export function textLayer(text: string, contentType = 'text/plain', more: readonly HeaderLine[] = []): Layer {
  const body = bytesOf(text);
  const encoding = more.find(([name]) => name === 'Content-Transfer-Encoding')?.[1];
  return {
    headers: [['Content-Type', contentType], ...more],
    body,
    record: {
      content_type: contentType,
      ...(encoding === undefined ? {} : { transfer_encoding: encoding }),
      length: body.length,
      text,
    },
    findings: [],
  };
}

/** A SIP message as a body (RFC 3261 §23.4); `inner` is the body inside it. */
export function sipLayer(message: Uint8Array, inner: Layer): Layer {
  return {
    headers: [['Content-Type', 'message/sip']],
    body: message,
    record: { content_type: 'message/sip', length: message.length, parts: [inner.record] },
    findings: inner.findings,
  };
}

const MICALG: Readonly<Record<Digest, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha224: 'sha-224',
  sha256: 'sha-256',
  sha384: 'sha-384',
  sha512: 'sha-512',
};

export type SignOptions = {
  readonly signer: Person;
  readonly digest?: Digest;
  readonly digestParameters?: 'absent' | 'null';
  readonly attach?: boolean;
  readonly attributes?: boolean;
  /** The CMS in base64. */
  readonly base64?: boolean;
  readonly mistake?: SigningMistake;
  /** What is signed instead of the part, as a function of it and of the boundary; the name of that mistake. */
  readonly signs?: (part: Uint8Array, boundary: string) => Uint8Array;
  readonly invalidBy?: string;
  readonly micalg?: string;
  /** What becomes of the part after it was signed. */
  readonly sends?: (part: Layer) => Layer;
  readonly handling?: string;
  /** Whether the signer's certificate has the name of the sender of the message; yes by default. */
  readonly identity?: 'match' | 'mismatch';
};

/** What is signed, for the CMS blob that is also written alone. */
export type Signed = { readonly layer: Layer; readonly cms: Uint8Array; readonly alone: Layer };

/** multipart/signed (RFC 1847) around a part, signed as RFC 8551 §3.5.3 says unless told otherwise. */
export function signedLayer(cast: Cast, purpose: string, inner: Layer, options: SignOptions): Signed {
  const digest = options.digest ?? 'sha256';
  const digestParameters = options.digestParameters ?? (digest === 'md5' ? 'null' : 'absent');
  const signedPart = entityBytes(inner);
  const sent = options.sends?.(inner) ?? inner;
  const part = entityBytes(sent);
  const boundary = cast.random.hex(`${purpose}/boundary`, 16);
  const cms = encodeSignedData({
    content: options.signs?.(signedPart, boundary) ?? signedPart,
    encapsulate: false,
    signer: options.signer,
    digest,
    digestParameters,
    certificates: options.attach === true ? [options.signer.certificate.der] : [],
    ...(options.attributes === true ? { signingTime: cast.at } : {}),
    ...(options.mistake === undefined ? {} : { mistake: options.mistake }),
  });
  const contentType = `multipart/signed;boundary=${boundary};micalg=${options.micalg ?? MICALG[digest]};protocol="application/pkcs7-signature"`;
  // Verifiers take the attributes as they were sent, and so find this one valid.
  const reordered = options.mistake === 'signed-attributes-order';
  const invalid = options.invalidBy ?? (reordered ? undefined : options.mistake);
  const verdict = invalid === undefined ? 'valid' : 'invalid';
  const signature = cmsLayer(cms, {
    contentType: 'application/pkcs7-signature;name=smime.p7s',
    disposition: `attachment;handling=${options.handling ?? 'required'};filename=smime.p7s`,
    base64: options.base64 === true,
    record: signedRecord(options, digest, verdict, true),
    findings: [
      ...signerFindings(options, digest, digestParameters),
      ...(invalid === undefined ? [] : ['smime/signature-invalid', `mistake/${invalid}`]),
      ...(options.identity === 'mismatch' ? ['smime/signer-identity'] : []),
      ...(reordered ? ['cms/signed-attributes-order'] : []),
      ...(options.handling === undefined || options.handling === 'required'
        ? []
        : ['smime/handling-not-required']),
    ],
  });
  const delimiter = bytesOf(`--${boundary}\r\n`);
  const body = Buffer.concat([
    delimiter,
    part,
    bytesOf('\r\n'),
    delimiter,
    entityBytes(signature),
    bytesOf(`\r\n--${boundary}--\r\n`),
  ]);
  const micalgDiffers = options.micalg !== undefined && options.micalg !== MICALG[digest];
  return {
    cms,
    alone: {
      headers: [],
      body: cms,
      record: { length: cms.length, cms: signedRecord(options, digest, 'unverifiable', false) },
      findings: [...signerFindings(options, digest, digestParameters), 'smime/signature-unverifiable'],
    },
    layer: {
      headers: [['Content-Type', contentType]],
      body,
      record: { content_type: contentType, length: body.length, parts: [sent.record, signature.record] },
      findings: [
        ...(micalgDiffers ? ['smime/micalg-mismatch'] : []),
        ...sent.findings,
        ...signature.findings,
      ],
    },
  };
}

/** An enveloping signature: SignedData with the content inside (RFC 8551 §3.5.2). */
export function opaqueLayer(cast: Cast, inner: Layer, options: SignOptions): Signed {
  const digest = options.digest ?? 'sha256';
  const digestParameters = options.digestParameters ?? (digest === 'md5' ? 'null' : 'absent');
  const cms = encodeSignedData({
    content: entityBytes(inner),
    encapsulate: true,
    signer: options.signer,
    digest,
    digestParameters,
    certificates: options.attach === true ? [options.signer.certificate.der] : [],
    signingTime: cast.at,
  });
  const findings = [...signerFindings(options, digest, digestParameters), ...inner.findings];
  const record = { ...signedRecord(options, digest, 'valid', true), detached: false, content: inner.record };
  return {
    cms,
    alone: {
      headers: [],
      body: cms,
      record: { length: cms.length, cms: record },
      findings,
    },
    layer: cmsLayer(cms, {
      contentType: 'application/pkcs7-mime;smime-type=signed-data;name=smime.p7m',
      disposition: 'attachment;handling=required;filename=smime.p7m',
      base64: false,
      record,
      findings,
    }),
  };
}

type SignedRecord = JsonObject & { readonly signers: readonly JsonObject[] };

function signedRecord(
  { signer, attach, mistake, identity }: SignOptions,
  digest: Digest,
  signature: 'valid' | 'invalid' | 'unverifiable',
  identified: boolean,
): SignedRecord {
  const { certificate, chain } = signer;
  return {
    content_type: 'signed_data',
    // Attributes out of order are not DER, but only who knows their type can tell.
    ...(mistake === 'signed-attributes-order' ? {} : { encoding_form: 'der' }),
    detached: true,
    certificates: attach === true ? [{ serial_number: certificate.serialNumber }] : [],
    signers: [
      {
        issuer: certificate.issuer,
        serial_number: certificate.serialNumber,
        digest_algorithm: digest,
        signature_algorithm: 'rsaEncryption',
        signature,
        certificate: { subject: certificate.subject },
        chain: { status: chain },
        ...(identified ? { identity: { status: identity ?? 'match' } } : {}),
      },
    ],
  };
}

/** What is to be said of a signer whatever the signature is worth. */
function signerFindings(
  { signer, attach }: SignOptions,
  digest: Digest,
  digestParameters: 'absent' | 'null',
): string[] {
  const { chain, datesInChain, isDraft, hasWeakHash, key } = signer;
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  return [
    ...(chain === 'unknown_issuer' ? ['smime/signer-chain'] : []),
    ...datesInChain.map(() => 'smime/certificate-dates'),
    ...(digest === 'md5' && digestParameters === 'absent' ? ['smime/md5-parameters-absent'] : []),
    ...(digest === 'sha1' && digestParameters === 'null' ? ['smime/digest-null-parameters'] : []),
    ...(digest === 'md5' || digest === 'sha1' ? ['smime/weak-digest'] : []),
    ...(bits < 2048 ? ['smime/short-key'] : []),
    ...(isDraft ? ['smime/draft-certificate'] : []),
    ...(hasWeakHash ? ['smime/certificate-weak-hash'] : []),
    ...(attach === true ? ['smime/certificate-attached'] : []),
  ];
}

export type EncryptOptions = {
  readonly recipient: Person;
  readonly cipher?: ContentCipher;
  readonly base64?: boolean;
  /** Encrypted to another key than the one that the recipient's identifier names. */
  readonly wrongKey?: Person;
  readonly damagedPadding?: boolean;
  /** Whether the key that opens it is among those given. */
  readonly opens?: boolean;
  /** What becomes of the structure after it was made. */
  readonly damage?: (cms: Uint8Array) => Uint8Array;
  /** What is then to be said of it, instead of what follows from the recipe. */
  readonly damaged?: { readonly record: JsonObject; readonly findings: readonly string[] };
};

const CIPHER_NAMES: Readonly<Record<ContentCipher, string>> = {
  'aes-128-cbc': 'aes128-CBC',
  'aes-192-cbc': 'aes192-CBC',
  'aes-256-cbc': 'aes256-CBC',
  'des-ede3-cbc': 'des-EDE3-CBC',
};

/** application/pkcs7-mime with enveloped-data around an entity (RFC 8551 §3.3). */
export function encryptedLayer(cast: Cast, purpose: string, inner: Layer, options: EncryptOptions): Signed {
  const cipher = options.cipher ?? 'aes-128-cbc';
  const made = encodeEnvelopedData({
    content: entityBytes(inner),
    recipient: options.recipient.certificate,
    recipientKey: (options.wrongKey ?? options.recipient).key,
    cipher,
    random: cast.random.source(`${purpose}/enveloped`),
    ...(options.damagedPadding === true ? { damagedPadding: true } : {}),
  });
  const cms = options.damage?.(made) ?? made;
  const { serialNumber, issuer } = options.recipient.certificate;
  const opens = options.opens !== false;
  const fails = options.wrongKey !== undefined || options.damagedPadding === true;
  const status = !opens ? 'no_key' : fails ? 'failed' : 'decrypted';
  const record: JsonObject = options.damaged?.record ?? {
    content_type: 'enveloped_data',
    encoding_form: 'der',
    content_encryption_algorithm: CIPHER_NAMES[cipher],
    recipients: [{ issuer, serial_number: serialNumber, key_encryption_algorithm: 'rsaEncryption' }],
    decryption: { status },
    ...(status === 'decrypted' ? { content: inner.record } : {}),
  };
  const mistake =
    options.wrongKey !== undefined
      ? 'mistake/wrong-key'
      : options.damagedPadding === true
        ? 'mistake/padding-damaged'
        : undefined;
  const findings = options.damaged?.findings ?? [
    ...(cipher.startsWith('aes') ? [] : ['smime/content-encryption-not-aes']),
    ...(status === 'decrypted' ? inner.findings : ['smime/not-decrypted']),
    ...(mistake === undefined || status !== 'failed' ? [] : [mistake]),
  ];
  return {
    cms,
    alone: { headers: [], body: cms, record: { length: cms.length, cms: record }, findings },
    layer: cmsLayer(cms, {
      contentType: 'application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m',
      disposition: 'attachment;handling=required;filename=smime.p7m',
      base64: options.base64 === true,
      record,
      findings,
    }),
  };
}

type CmsCarriage = {
  readonly contentType: string;
  readonly disposition: string;
  readonly base64: boolean;
  readonly record: JsonObject;
  readonly findings: readonly string[];
};

function cmsLayer(cms: Uint8Array, carriage: CmsCarriage): Layer {
  const body = carriage.base64 ? base64Lines(cms) : cms;
  return {
    headers: [
      ['Content-Type', carriage.contentType],
      ['Content-Disposition', carriage.disposition],
      ['Content-Transfer-Encoding', carriage.base64 ? 'base64' : 'binary'],
    ],
    body,
    record: {
      content_type: carriage.contentType,
      transfer_encoding: carriage.base64 ? 'base64' : 'binary',
      length: body.length,
      cms: carriage.record,
    },
    findings: [...carriage.findings, ...(carriage.base64 ? ['smime/base64-encoding'] : [])],
  };
}

/** Lines of 76 characters (RFC 2045 §6.8), the last with its line end. */
export function base64Lines(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('base64');
  return bytesOf(text.replace(/.{1,76}/g, '$&\r\n'));
}
