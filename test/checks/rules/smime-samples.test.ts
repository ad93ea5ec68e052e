import { describe, expect, it } from 'vitest';
import {
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  context as tagged,
} from '../../support/der.js';
import { CAPTURED_AT, findingsIn, overUdp, replaced, request, said, sample } from '../support.js';

const SIGNED = sample('smime-signed.pcap');
const ENCRYPTED = sample('smime-encrypted.pcap');
const FLUFFY = { certificates: ['certs/user_cert_fluffy@example.com.pem'] };
const KUMIKO = { keys: ['keys/user_key_kumiko@example.net.pem', 'certs/user_cert_kumiko@example.net.pem'] };
const CA = { anchors: ['certs/root_cert_fluffyCA.pem'] };
const encrypted = sample('cms/encrypted.p7m');
const ENVELOPED = 'Content-Type: application/pkcs7-mime;smime-type=enveloped-data';

describe('smime/signature-invalid', () => {
  const rule = 'smime/signature-invalid';
  it('tells a changed content', () => {
    const [finding, ...others] = said(rule, replaced(SIGNED, 'hello', 'hallo'), FLUFFY);
    expect(finding).toMatch(/^error: .*does not verify|^error: .*digest/i);
    expect(others).toEqual([]);
  });

  it('is silent on the draft’s signature, and where nothing can be checked', () => {
    expect(said(rule, SIGNED, FLUFFY)).toEqual([]);
    expect(said(rule, SIGNED)).toEqual([]);
  });
});

describe('smime/signature-unverifiable', () => {
  const rule = 'smime/signature-unverifiable';
  it('says what is missing', () => {
    const [finding] = said(rule, SIGNED);
    expect(finding).toMatch(/^note: .*certificate.*0195007102330058/);
  });

  it('is silent with the certificate', () => expect(said(rule, SIGNED, FLUFFY)).toEqual([]));
});

describe('smime/signer-chain', () => {
  const rule = 'smime/signer-chain';
  it('tells a chain that does not reach the anchor', () => {
    const other = { ...FLUFFY, anchors: ['certs/domain_cert_example.com.pem'] };
    expect(said(rule, SIGNED, other)).toEqual([expect.stringMatching(/^warning: .*issuer/i)]);
  });

  it('is silent with the draft’s authority, and without any', () => {
    expect(said(rule, SIGNED, { ...FLUFFY, ...CA })).toEqual([]);
    expect(said(rule, SIGNED, FLUFFY)).toEqual([]);
  });
});

describe('smime/certificate-dates', () => {
  const rule = 'smime/certificate-dates';
  const subject = 'C=US, ST=California, L=San Jose, O=sipit, CN=fluffy@example.com';
  it('tells what has expired or is not valid yet, with anchors and without', () => {
    const now = Date.UTC(2026, 0, 1) / 1000;
    const expired = [
      expect.stringMatching(/^error: the certificate of ".*CN=fluffy@example\.com" expired at 2008-02-0/),
    ];
    expect(said(rule, SIGNED, { ...FLUFFY, judgeAt: now })).toEqual(expired);
    const chain = said(rule, SIGNED, { ...FLUFFY, ...CA, judgeAt: now });
    expect(chain[0]).toEqual(expired[0]);
    expect(chain[1]).toMatch(/Sipit Test Certificate Authority" expired at 2013-07-1/);
    // The dates have this rule: the chain is not told for them again.
    expect(said('smime/signer-chain', SIGNED, { ...FLUFFY, ...CA, judgeAt: now })).toEqual([]);
    const early = said(rule, SIGNED, { ...FLUFFY, judgeAt: Date.UTC(2004, 0, 1) / 1000 });
    expect(early).toEqual([
      `error: the certificate of "${subject}" is not valid before 2005-02-03T18:49:34Z`,
    ]);
  });

  it('is silent at the time of the capture', () => {
    expect(said(rule, SIGNED, { ...FLUFFY, ...CA })).toEqual([]);
    expect(said(rule, SIGNED, { ...FLUFFY, judgeAt: CAPTURED_AT })).toEqual([]);
  });
});

describe('smime/signer-identity', () => {
  const rule = 'smime/signer-identity';
  it('tells a signer that From does not name', () => {
    const forged = replaced(SIGNED, 'From: <sip:fluffy@', 'From: <sip:gluffy@');
    expect(said(rule, forged, FLUFFY)).toEqual([
      expect.stringMatching(/^error: the message is from gluffy@example\.com, .*fluffy@example\.com/),
    ]);
  });

  it('is silent on the draft’s', () => expect(said(rule, SIGNED, FLUFFY)).toEqual([]));
});

describe('smime/not-decrypted', () => {
  const rule = 'smime/not-decrypted';
  it('says whose key is needed, or what is damaged', () => {
    expect(said(rule, ENCRYPTED)).toEqual([expect.stringMatching(/^note: .*0195007102330057/)]);
    const damaged = Buffer.from(encrypted);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    const body = request({ headers: [ENVELOPED], body: damaged });
    expect(said(rule, body, KUMIKO)).toEqual([expect.stringMatching(/^error: /)]);
  });

  it('is silent with the key', () => expect(said(rule, ENCRYPTED, KUMIKO)).toEqual([]));
});

describe('smime/smime-type-mismatch', () => {
  const rule = 'smime/smime-type-mismatch';
  const typed = (type: string, body: Uint8Array): string[] =>
    said(rule, request({ headers: [`Content-Type: application/pkcs7-mime;smime-type=${type}`], body }));
  it('tells a type that announces something else', () => {
    expect(typed('signed-data', encrypted)).toEqual([
      'warning: smime-type is "signed-data", but the body is enveloped_data',
    ]);
    expect(typed('secret-data', encrypted)).toEqual([
      'note: smime-type is "secret-data", which is not registered',
    ]);
    expect(typed('certs-only', sample('cms/signed.p7s'))).toEqual([
      'warning: smime-type is "certs-only", but the body has signers',
    ]);
  });

  it('is silent where it is right, in whatever case, or not there', () => {
    expect(typed('Enveloped-Data', encrypted)).toEqual([]);
    expect(typed('signed-data', sample('cms/signed.p7s'))).toEqual([]);
    expect(
      said(rule, request({ headers: ['Content-Type: application/pkcs7-mime'], body: encrypted })),
    ).toEqual([]);
  });
});

describe('smime/signature-media-type', () => {
  const rule = 'smime/signature-media-type';
  it('tells a signature part that protocol does not name, as §7.1 prints it, and a missing protocol', () => {
    const body = SIGNED.subarray(SIGNED.indexOf('--6b020aee557aeffb'));
    const signed = (parameters: string, bytes: Uint8Array = body): Buffer =>
      request({
        headers: [`Content-Type: multipart/signed;boundary=6b020aee557aeffb${parameters}`],
        body: bytes,
      });
    expect(said(rule, signed(';micalg=sha1;protocol="application/pkcs7-mime"'))).toEqual([
      'note: the protocol parameter says "application/pkcs7-mime", the signature part is "application/pkcs7-signature"',
    ]);
    expect(said(rule, signed(';micalg=sha1'))).toEqual(['note: multipart/signed has no protocol parameter']);
    expect(said(rule, signed(';micalg=sha1;protocol="application/PKCS7-signature"'))).toEqual([]);
  });

  it('is silent on the draft’s capture', () => expect(said(rule, SIGNED)).toEqual([]));
});

describe('smime/micalg-mismatch', () => {
  const rule = 'smime/micalg-mismatch';
  it('tells another digest, and none', () => {
    expect(said(rule, replaced(SIGNED, 'micalg=sha1', 'micalg=md55'))).toEqual([
      'warning: micalg says "md55", the signature uses sha1',
    ]);
    expect(said(rule, replaced(SIGNED, 'micalg=sha1', 'x-icalg=sha'))).toEqual([
      'note: multipart/signed has no micalg parameter',
    ]);
  });

  it('takes both spellings of a name', () => {
    expect(said(rule, SIGNED)).toEqual([]);
    expect(said(rule, replaced(SIGNED, 'micalg=sha1', 'micalg=SHA1'))).toEqual([]);
  });
});

describe('smime/weak-digest', () => {
  const rule = 'smime/weak-digest';
  it('tells SHA-1 and MD5', () => {
    expect(said(rule, SIGNED)).toEqual(['note: the digest is sha1']);
    expect(said(rule, signedWith('1.2.840.113549.2.5', nullValue()))).toEqual(['warning: the digest is md5']);
  });

  it('is silent on SHA-256', () => expect(said(rule, signedWith('2.16.840.1.101.3.4.2.1'))).toEqual([]));
});

describe('smime/digest-null-parameters', () => {
  const rule = 'smime/digest-null-parameters';
  it('tells SHA-1 with NULL', () => {
    expect(said(rule, signedWith('1.3.14.3.2.26', nullValue()))).toEqual([
      'note: the digest algorithm is SHA-1 with NULL parameters; the preferred form leaves them out',
    ]);
  });

  it('is silent without, and on others, which have NULL too', () => {
    expect(said(rule, SIGNED)).toEqual([]);
    expect(said(rule, signedWith('2.16.840.1.101.3.4.2.1', nullValue()))).toEqual([]);
  });
});

describe('smime/md5-parameters-absent', () => {
  const rule = 'smime/md5-parameters-absent';
  it('tells MD5 without NULL', () => {
    expect(said(rule, signedWith('1.2.840.113549.2.5'))).toEqual([
      'error: the digest algorithm is MD5 without parameters; they must be NULL',
    ]);
  });

  it('is silent with NULL, and on SHA-1 without', () => {
    expect(said(rule, signedWith('1.2.840.113549.2.5', nullValue()))).toEqual([]);
    expect(said(rule, SIGNED)).toEqual([]);
  });
});

describe('smime/base64-encoding', () => {
  const rule = 'smime/base64-encoding';
  it('tells CMS in base64, and what that costs', () => {
    const body = encrypted.toString('base64');
    const headers = [ENVELOPED, 'Content-Transfer-Encoding: base64'];
    const longer = body.length - encrypted.length;
    expect(said(rule, request({ headers, body }))).toEqual([
      `warning: the application/pkcs7-mime body is in base64: ${longer} bytes longer than binary`,
    ]);
  });

  it('is silent on binary, and on other bodies in base64', () => {
    expect(said(rule, request({ headers: [ENVELOPED], body: encrypted }))).toEqual([]);
    const headers = ['Content-Type: text/plain', 'Content-Transfer-Encoding: base64'];
    expect(said(rule, request({ headers, body: 'aGVsbG8=' }))).toEqual([]);
  });
});

describe('smime/content-encryption-not-aes', () => {
  const rule = 'smime/content-encryption-not-aes';
  it('tells Triple DES, and DES and RC2 louder', () => {
    const found = (cipher: string): string[] => said(rule, envelopedWith(cipher));
    expect(found('1.2.840.113549.3.7')).toEqual([
      expect.stringMatching(/^warning: the content is encrypted with .*, not with AES$/),
    ]);
    expect(found('1.3.14.3.2.7')).toEqual([
      expect.stringMatching(/^error: the content is encrypted with .*broken/),
    ]);
    expect(found('1.2.840.113549.3.2')).toEqual([
      expect.stringMatching(/^error: the content is encrypted with .*broken/),
    ]);
  });

  it('is silent on AES', () => {
    expect(said(rule, ENCRYPTED)).toEqual([]);
    expect(said(rule, envelopedWith('2.16.840.1.101.3.4.1.42'))).toEqual([]);
  });
});

describe('smime/handling-not-required', () => {
  const rule = 'smime/handling-not-required';
  const disposed = (...disposition: string[]): string[] =>
    said(rule, request({ headers: [ENVELOPED, ...disposition], body: encrypted }));
  it('tells a part that may be ignored', () => {
    expect(disposed('Content-Disposition: attachment;handling=optional')).toEqual([
      'note: Content-Disposition is "attachment;handling=optional": the part may be ignored silently',
    ]);
    expect(disposed('Content-Disposition: attachment')).toEqual([
      'note: Content-Disposition is "attachment", without handling=required',
    ]);
    expect(disposed()).toEqual(['info: the S/MIME part has no Content-Disposition']);
  });

  it('is silent with handling=required, on other bodies, and on CMS that is a file', () => {
    expect(said(rule, ENCRYPTED, KUMIKO)).toEqual([]);
    expect(said(rule, request({ headers: ['Content-Type: text/plain'], body: 'x' }))).toEqual([]);
    expect(said(rule, encrypted)).toEqual([]);
  });
});

describe('smime/draft-certificate', () => {
  const rule = 'smime/draft-certificate';
  it('warns of the draft’s certificates (§3)', () => {
    expect(said(rule, SIGNED, FLUFFY)).toEqual([
      'warning: the certificate of "fluffy@example.com" is the one printed in the draft, with its private key',
    ]);
  });

  it('is silent where nobody knows whose it is', () => expect(said(rule, SIGNED)).toEqual([]));
});

describe('smime/short-key', () => {
  const rule = 'smime/short-key';
  it('tells the 1024 bits of the draft', () => {
    expect(said(rule, SIGNED, FLUFFY)).toEqual(['note: the signer’s RSA key has 1024 bits']);
  });
});

describe('smime/certificate-weak-hash', () => {
  const rule = 'smime/certificate-weak-hash';
  it('tells the SHA-1 of the draft’s certificates, but not of the self-signed authority', () => {
    expect(said(rule, SIGNED, { ...FLUFFY, ...CA })).toEqual([
      expect.stringMatching(
        /^note: the certificate of ".*CN=fluffy@example\.com" is signed with sha1WithRSAEncryption$/,
      ),
    ]);
  });

  it('is silent where the certificate is not known', () => expect(said(rule, SIGNED)).toEqual([]));
});

describe('faults of CMS', () => {
  it('have the severity and reference of their table', () => {
    const trailing = findingsIn(
      request({ headers: [ENVELOPED], body: Buffer.concat([encrypted, Buffer.from('\r\n')]) }),
    );
    expect(trailing.find(({ rule }) => rule === 'cms/trailing-bytes')).toMatchObject({
      severity: 'warning',
      reference: 'RFC 5652 §3',
      where: 'body',
    });
    const cut = findingsIn(request({ headers: [ENVELOPED], body: encrypted.subarray(0, 100) }));
    expect(cut.find(({ rule }) => rule === 'cms/cms-damaged')).toMatchObject({ severity: 'error' });
    expect(findingsIn(overUdp([request()])).filter(({ rule }) => rule.startsWith('cms/'))).toEqual([]);
  });
});

/** A message with a SignedData whose one signer names this digest; who it is nobody knows. */
function signedWith(digest: string, ...parameters: readonly Uint8Array[]): Buffer {
  const algorithm = sequence(oid(digest), ...parameters);
  const signer = sequence(
    integer(1),
    sequence(sequence(), integer(7)),
    algorithm,
    sequence(oid('1.2.840.113549.1.1.1'), nullValue()),
    octetString(Buffer.alloc(128, 1)),
  );
  const data = sequence(integer(1), set(algorithm), sequence(oid('1.2.840.113549.1.7.1')), set(signer));
  const cms = sequence(oid('1.2.840.113549.1.7.2'), tagged(0, data));
  return request({ headers: ['Content-Type: application/pkcs7-mime;smime-type=signed-data'], body: cms });
}

/** A message with an EnvelopedData under this cipher, for nobody who is known. */
function envelopedWith(cipher: string): Buffer {
  const recipient = sequence(
    integer(0),
    sequence(sequence(), integer(7)),
    sequence(oid('1.2.840.113549.1.1.1'), nullValue()),
    octetString(Buffer.alloc(128, 1)),
  );
  const content = sequence(
    oid('1.2.840.113549.1.7.1'),
    sequence(oid(cipher), octetString(Buffer.alloc(8))),
    contextPrimitive(0, Buffer.alloc(16)),
  );
  const cms = sequence(oid('1.2.840.113549.1.7.3'), tagged(0, sequence(integer(0), set(recipient), content)));
  return request({ headers: [ENVELOPED], body: cms });
}
