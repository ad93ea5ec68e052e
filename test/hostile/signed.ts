/** Captures of S/MIME bodies made to cost as much as can be for their length. */

import { generateKeyPairSync, generatePrimeSync, type KeyObject } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { Certificate } from '../../src/x509/certificate.js';
import { contentInfo, envelopedData, OID, pad, signedData, signerInfo } from '../cms/build.js';
import * as der from '../support/der.js';
import { commonName, extension, make, type Party, party } from '../x509/make.js';
import { type Input, repeated, request, udpCapture } from './capture.js';

const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');
const DSA_SHA256 = '2.16.840.1.101.3.4.3.2';
const PKCS7 = 'application/pkcs7-mime; smime-type=signed-data';

let rootParty: Party | undefined;
const root = (): Party => {
  rootParty ??= party('root');
  return rootParty;
};

/** Certificates with a DSA key of 8192 bits: the largest that is worked with. `q` is prime, so that arithmetic goes to its end. */
function dsaCertificate(serial: number): Certificate {
  const number = (bits: number): bigint => (1n << BigInt(bits - 1)) | BigInt(2 * serial + 1);
  const parameters = der.sequence(
    der.integer(number(8192)),
    der.integer(generatePrimeSync(256, { bigint: true })),
    der.integer(number(8191)),
  );
  const spki = der.sequence(
    der.sequence(der.oid('1.2.840.10040.4.1'), parameters),
    der.bitString(der.integer(number(8190))),
  );
  return make({ subject: party(`signer ${serial}`), issuer: root(), serial, spki });
}

let recipientParty: Party | undefined;

/** Whom all bodies here are encrypted to. */
export function recipient(): Party {
  recipientParty ??= party('recipient', 'rsa', 1024);
  return recipientParty;
}

const anyKey = (): KeyObject => root().privateKey;

/** As many signers as fit, all by one certificate. */
function manySigners(
  certificate: Certificate,
  signatureOid: string,
  value: Uint8Array,
  size: number,
): Uint8Array {
  const { der: signer } = signerInfo({
    key: anyKey(),
    certificate,
    signed: CONTENT,
    signatureOid,
    sign: () => value,
  });
  // Each differs in its value: none is a repetition of another.
  const count = Math.max(1, Math.floor((size - certificate.der.length) / signer.length));
  const signers = Array.from({ length: count }, (_, index) => {
    const changed = Buffer.from(signer);
    changed.writeUInt16BE(index, changed.length - 8);
    return changed;
  });
  return signedData(signers, { content: CONTENT, certificates: [certificate] });
}

const dsaValue = (): Uint8Array =>
  der.sequence(der.integer((1n << 255n) | 1n), der.integer((1n << 254n) | 1n));

/** Signers by a curve over a binary field: small certificates, slow arithmetic. */
function binaryCurve(serial: number): { certificate: Certificate; key: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'sect571r1' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    certificate: make({ subject: party(`curve ${serial}`), issuer: root(), serial, spki }),
    key: privateKey,
  };
}

function smime(body: Uint8Array, type = PKCS7): Buffer {
  return request(body, type);
}

/** A tower of issuers of one name: each level has as many certificates as the width says. */
function issuers(levels: number, width: number): Certificate[] {
  const all: Certificate[] = [];
  for (let level = 0; level < levels; level++) {
    for (let one = 0; one < width; one++) {
      all.push(
        make({
          subject: party('tower', 'ec'),
          subjectName: commonName(`level ${level}`),
          issuer: root(),
          issuerName: commonName(`level ${level + 1}`),
          ca: true,
        }),
      );
    }
  }
  return all;
}

/** CompressedData (RFC 3274). */
export function compressed(content: Uint8Array, type: string = OID.data): Uint8Array {
  return contentInfo(
    '1.2.840.113549.1.9.16.1.9',
    der.sequence(
      der.integer(0),
      der.sequence(der.oid('1.2.840.113549.1.9.16.3.8')),
      der.sequence(der.oid(type), der.context(0, der.octetString(deflateSync(content, { level: 9 })))),
    ),
  );
}

/** EnvelopedData to passwords, with as many rounds of PBKDF2 as are said. */
export function passwordEnveloped(recipients: number, rounds: number): Uint8Array {
  const one = der.context(
    3,
    der.integer(0),
    der.context(
      0,
      der.oid('1.2.840.113549.1.5.12'),
      der.sequence(der.octetString(Buffer.alloc(8, 1)), der.integer(rounds)),
    ),
    der.sequence(
      der.oid('1.2.840.113549.1.9.16.3.9'),
      der.sequence(der.oid('2.16.840.1.101.3.4.1.2'), der.octetString(Buffer.alloc(16, 2))),
    ),
    der.octetString(Buffer.alloc(32, 3)),
  );
  return contentInfo(
    OID.envelopedData,
    der.sequence(
      der.integer(3),
      der.setOf(Array.from({ length: recipients }, () => one)),
      der.sequence(
        der.oid(OID.data),
        der.sequence(der.oid(OID.aes128cbc), der.octetString(Buffer.alloc(16, 4))),
        der.contextPrimitive(0, Buffer.alloc(32, 5)),
      ),
    ),
  );
}

const multipart = (parts: readonly Uint8Array[], boundary: string): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

function signedParts(size: number): Buffer {
  const certificate = dsaCertificate(1);
  const one = signerInfo({
    key: anyKey(),
    certificate,
    signed: Buffer.from('another text'),
    signatureOid: DSA_SHA256,
    sign: dsaValue,
  });
  const signature = Buffer.concat([
    Buffer.from('Content-Type: application/pkcs7-signature\r\n\r\n'),
    signedData([one.der], {}),
  ]);
  const signed = Buffer.concat([
    Buffer.from('Content-Type: multipart/signed; micalg=sha-256; boundary=s\r\n\r\n'),
    multipart([Buffer.from('Content-Type: text/plain\r\n\r\nx'), signature], 's'),
  ]);
  return request(multipart(repeated(signed, size), 'm'), 'multipart/mixed; boundary=m');
}

export const SIGNED_INPUTS: readonly Input[] = [
  {
    name: 'signers with DSA keys of 8192 bits',
    make: (size) => udpCapture([smime(manySigners(dsaCertificate(1), DSA_SHA256, dsaValue(), size))]),
  },
  {
    name: 'messages with such signers',
    make: (size) =>
      udpCapture(
        Array.from({ length: Math.ceil(size / 6000) }, (_, index) =>
          smime(manySigners(dsaCertificate(index + 1), DSA_SHA256, dsaValue(), 5500)),
        ),
      ),
  },
  {
    name: 'signers with keys on a binary curve',
    make: (size) => {
      const { certificate } = binaryCurve(1);
      const value = der.sequence(der.integer((1n << 560n) | 1n), der.integer((1n << 559n) | 1n));
      return udpCapture([smime(manySigners(certificate, OID.ecdsaSha256, value, size))]);
    },
  },
  {
    name: 'messages with issuers of one name',
    make: (size) =>
      udpCapture(
        Array.from({ length: Math.ceil(size / 16_000) }, () => {
          const tower = issuers(6, 8);
          const leaf = make({ subject: party('leaf'), issuer: root(), issuerName: commonName('level 0') });
          const one = signerInfo({
            key: anyKey(),
            certificate: leaf,
            signed: CONTENT,
            signatureOid: OID.ecdsaSha256,
          });
          return smime(signedData([one.der], { content: CONTENT, certificates: [leaf, ...tower] }));
        }),
      ),
  },
  { name: 'small multipart/signed parts', make: (size) => udpCapture([signedParts(size)]) },
  {
    name: 'password recipients',
    args: ['--password-file', 'PASSWORD'],
    make: (size) =>
      udpCapture(
        Array.from({ length: Math.ceil(size / 4096) }, () =>
          smime(passwordEnveloped(16, 100_000), 'application/pkcs7-mime; smime-type=enveloped-data'),
        ),
      ),
  },
  {
    name: 'compressed data inside compressed data',
    make: (size) => {
      const inner = compressed(Buffer.alloc(1_000_000, 'a'));
      const bomb = compressed(Buffer.concat([inner, Buffer.alloc(900_000)]), '1.2.840.113549.1.9.16.1.9');
      const message = smime(bomb, 'application/pkcs7-mime; smime-type=compressed-data');
      return udpCapture(repeated(message, size));
    },
  },
  {
    name: 'compressed data as parts',
    make: (size) => {
      const part = Buffer.concat([
        Buffer.from('Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n'),
        compressed(Buffer.alloc(1_000_000, 'a')),
      ]);
      return udpCapture([request(multipart(repeated(part, size), 'm'), 'multipart/mixed; boundary=m')]);
    },
  },
  {
    name: 'certificate with many names',
    make: (size) => {
      const names = der.sequence(
        Buffer.concat(
          Array.from({ length: Math.floor(size / 8) }, (_, index) =>
            der.contextPrimitive(2, Buffer.from(`${index % 10_000}.a`)),
          ),
        ),
      );
      const certificate = make({
        subject: party('names'),
        issuer: root(),
        extensions: [extension('2.5.29.17', names)],
      });
      return udpCapture([
        smime(manySigners(certificate, OID.ecdsaSha256, dsaValue(), certificate.der.length + 300)),
      ]);
    },
  },
  {
    name: 'certificates of one name in one message',
    make: (size) => {
      const one = make({ subject: party('same'), issuer: root() });
      const certificates = Array.from({ length: Math.floor(size / one.der.length) }, () =>
        make({
          subject: party('same'),
          subjectName: commonName('same'),
          issuer: root(),
          issuerName: commonName('same'),
        }),
      );
      const signer = signerInfo({
        key: anyKey(),
        certificate: certificates[0] as Certificate,
        signed: CONTENT,
        signatureOid: OID.ecdsaSha256,
      });
      return udpCapture([smime(signedData([signer.der], { content: CONTENT, certificates }))]);
    },
  },
  {
    name: 'recipients',
    args: ['-k', 'KEY'],
    make: (size) => {
      const subject = recipient();
      const certificate = make({ subject, issuer: root() });
      const whole = envelopedData({
        certificate,
        key: subject.privateKey,
        contentKey: Buffer.alloc(16, 1),
        padded: pad(CONTENT),
      });
      return udpCapture(repeated(smime(whole, 'application/pkcs7-mime; smime-type=enveloped-data'), size));
    },
  },
  {
    name: 'deep ASN.1',
    make: (size) => {
      // Indefinite lengths: two bytes a level.
      const deep = Buffer.alloc(size, Buffer.from([0x30, 0x80]));
      return udpCapture([smime(deep)]);
    },
  },
  {
    name: 'wide ASN.1',
    make: (size) => udpCapture([smime(der.sequence(Buffer.alloc(size - 16, Buffer.from([5, 0]))))]),
  },
  {
    name: 'wide ASN.1 within signed data',
    make: (size) =>
      udpCapture([
        smime(
          contentInfo(
            OID.signedData,
            der.sequence(der.integer(1), der.set(Buffer.alloc(size - 64, Buffer.from([5, 0])))),
          ),
        ),
      ]),
  },
  {
    name: 'nested countersignatures',
    make: (size) => {
      const certificate = make({ subject: party('counter'), issuer: root() });
      const make1 = (unsigned?: readonly Uint8Array[]): Uint8Array =>
        signerInfo({
          key: anyKey(),
          certificate,
          signed: CONTENT,
          signatureOid: OID.ecdsaSha256,
          sign: dsaValue,
          ...(unsigned === undefined ? {} : { unsigned }),
        }).der;
      const attribute = (values: readonly Uint8Array[]): Uint8Array =>
        der.sequence(der.oid(OID.countersignature), der.setOf(values));
      let level = [make1()];
      while (level.reduce((sum, { length }) => sum + length, 0) * 8 < size) {
        level = [make1([attribute(Array.from({ length: 8 }, () => level[0] as Uint8Array))])];
      }
      return udpCapture([smime(signedData(level, { content: CONTENT, certificates: [certificate] }))]);
    },
  },
];
