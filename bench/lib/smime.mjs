import {
  constants,
  createCipheriv,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

/**
 * Signed and encrypted bodies as the draft has them: multipart/signed around an enveloped-data. Each is made anew, so
 * that nothing that is remembered of one helps with another.
 */

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? Buffer.from([body.length])
      : body.length < 0x100
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts) => der(0x30, ...parts);
const set = (...parts) => der(0x31, ...parts);
const integer = (value) => der(0x02, Buffer.from([value]));
const octets = (bytes) => der(0x04, bytes);
const NULL = Buffer.from([5, 0]);
const OID = {
  data: '06092a864886f70d010701',
  signedData: '06092a864886f70d010702',
  envelopedData: '06092a864886f70d010703',
  rsaEncryption: '06092a864886f70d010101',
  sha256: '0609608648016503040201',
  aes128Cbc: '0609608648016503040102',
};
const oid = (name) => Buffer.from(OID[name], 'hex');

/** Issuer and serial number of a certificate as its DER has them. */
function issuerAndSerial(certificate) {
  const read = (at) => {
    let length = certificate[at + 1];
    let header = 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + certificate[at + 2 + index];
      header = 2 + count;
    }
    return { start: at, body: at + header, end: at + header + length };
  };
  const toBeSigned = read(read(0).body);
  let at = toBeSigned.body;
  if (certificate[at] === 0xa0) at = read(at).end;
  const serial = read(at);
  const algorithm = read(serial.end);
  const issuer = read(algorithm.end);
  return sequence(
    certificate.subarray(issuer.start, issuer.end),
    certificate.subarray(serial.start, serial.end),
  );
}

/** A function that makes the body of message `index` with its headers' values. */
export function smimeMaker({ signerKey, signerCertificate, recipientCertificate }) {
  const signer = createPrivateKey(signerKey);
  const signerName = issuerAndSerial(new X509Certificate(signerCertificate).raw);
  const recipient = new X509Certificate(recipientCertificate);
  const recipientKey = createPublicKey(recipientCertificate);
  const recipientName = issuerAndSerial(recipient.raw);
  return (index) => {
    const content = Buffer.from(`Content-Type: text/plain\r\n\r\nhello ${index}`);
    const key = randomBytes(16);
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
    const wrapped = publicEncrypt({ key: recipientKey, padding: constants.RSA_PKCS1_PADDING }, key);
    const enveloped = sequence(
      oid('envelopedData'),
      der(
        0xa0,
        sequence(
          integer(0),
          set(sequence(integer(0), recipientName, sequence(oid('rsaEncryption'), NULL), octets(wrapped))),
          sequence(oid('data'), sequence(oid('aes128Cbc'), octets(iv)), der(0x80, encrypted)),
        ),
      ),
    );
    const part = Buffer.concat([
      Buffer.from(
        'Content-Type: application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m\r\n' +
          'Content-Disposition: attachment;handling=required;filename=smime.p7m\r\n' +
          'Content-Transfer-Encoding: binary\r\n\r\n',
      ),
      enveloped,
    ]);
    const signature = sign('sha256', part, signer);
    const signed = sequence(
      oid('signedData'),
      der(
        0xa0,
        sequence(
          integer(1),
          set(sequence(oid('sha256'))),
          sequence(oid('data')),
          set(
            sequence(
              integer(1),
              signerName,
              sequence(oid('sha256')),
              sequence(oid('rsaEncryption'), NULL),
              octets(signature),
            ),
          ),
        ),
      ),
    );
    const boundary = `boundary-${index}`;
    const body = Buffer.concat([
      Buffer.from(`--${boundary}\r\n`),
      part,
      Buffer.from(
        `\r\n--${boundary}\r\nContent-Type: application/pkcs7-signature;name=smime.p7s\r\n` +
          'Content-Disposition: attachment;handling=required;filename=smime.p7s\r\n' +
          'Content-Transfer-Encoding: binary\r\n\r\n',
      ),
      signed,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const head = [
      'MESSAGE sip:kumiko@example.net SIP/2.0',
      `Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK${index.toString(36)}`,
      'Max-Forwards: 70',
      `From: <sip:fluffy@example.com>;tag=${index.toString(36)}`,
      'To: <sip:kumiko@example.net>',
      `Call-ID: ${index}@example.com`,
      'CSeq: 1 MESSAGE',
      `Content-Type: multipart/signed;protocol="application/pkcs7-signature";micalg=sha-256;boundary=${boundary}`,
      `Content-Length: ${body.length}`,
      '',
      '',
    ].join('\r\n');
    return Buffer.concat([Buffer.from(head), body]);
  };
}
