import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl } from '../../support/peers.js';
import { SmimePeer } from '../smime-peer.js';
import { request, said } from '../support.js';

/** Rules over bodies that the openssl command makes. */

const ENTITY = 'Content-Type: text/plain\r\n\r\nhello\r\n';
const FROM = '<sip:ann@example.com>';

describe.skipIf(!hasOpenssl)('S/MIME made by openssl', () => {
  let peer: SmimePeer;
  beforeAll(() => {
    peer = new SmimePeer();
    peer.person('ann', { extensions: ['keyUsage=digitalSignature', 'extendedKeyUsage=emailProtection'] });
  });
  afterAll(() => peer.remove());

  const message = (body: Uint8Array, type = 'signed-data'): Buffer =>
    request({ from: FROM, headers: [`Content-Type: application/pkcs7-mime;smime-type=${type}`], body });
  const given = (...names: readonly string[]) => ({
    certificates: names.map((name) => peer.read(`${name}.pem`)),
  });

  it('smime/certificate-attached: with and without -nocerts', () => {
    const rule = 'smime/certificate-attached';
    const [finding] = said(rule, message(peer.signed(ENTITY, 'ann')));
    expect(finding).toMatch(/^note: a certificate is attached \(\d{3,} bytes\)$/);
    peer.person('amy');
    const both = peer.signed(ENTITY, 'ann', '-certfile', 'amy.pem');
    expect(said(rule, message(both))).toEqual([expect.stringContaining('certificates are attached')]);
    expect(said(rule, message(peer.signed(ENTITY, 'ann', '-nocerts')))).toEqual([]);
  });

  it('smime/certs-only: certificates without a signer', () => {
    const rule = 'smime/certs-only';
    peer.run('crl2pkcs7', '-nocrl', '-certfile', 'ann.pem', '-outform', 'DER', '-out', 'certs.p7c');
    const certificates = peer.read('certs.p7c');
    expect(said(rule, message(certificates, 'certs-only'))).toEqual([
      'info: nothing is signed; certificates only: "CN=ann"',
    ]);
    expect(said('smime/smime-type-mismatch', message(certificates, 'certs-only'))).toEqual([]);
    expect(said('smime/smime-type-mismatch', message(certificates, 'signed-data'))).toEqual([
      'warning: smime-type is "signed-data", but nobody signed',
    ]);
    expect(said(rule, message(peer.signed(ENTITY, 'ann')))).toEqual([]);
  });

  it('smime/signer-key-usage: certificates for other things', () => {
    const rule = 'smime/signer-key-usage';
    peer.person('bob', { extensions: ['keyUsage=keyEncipherment', 'extendedKeyUsage=serverAuth'] });
    expect(said(rule, message(peer.signed(ENTITY, 'bob')))).toEqual([
      'warning: the certificate of "CN=bob" is for keyEncipherment, not for signing',
      'warning: the certificate of "CN=bob" is for id-kp-serverAuth, not for messages',
    ]);
    expect(said(rule, message(peer.signed(ENTITY, 'ann')))).toEqual([]);
    peer.person('cat');
    expect(said(rule, message(peer.signed(ENTITY, 'cat')))).toEqual([]);
  });

  it('smime/short-key: a warning below 1024 bits, nothing at 2048', () => {
    const rule = 'smime/short-key';
    peer.person('dot', { bits: 768 });
    expect(said(rule, message(peer.signed(ENTITY, 'dot')))).toEqual([
      'warning: the signer’s RSA key has 768 bits',
    ]);
    expect(said(rule, message(peer.signed(ENTITY, 'ann')))).toEqual([]);
  });

  it('smime/certificate-weak-hash: MD5 is an error, SHA-256 is fine', () => {
    const rule = 'smime/certificate-weak-hash';
    const issued = (hash: string): Uint8Array => {
      peer.run('req', '-new', '-key', 'ann.key', '-subj', '/CN=ann of md', '-out', 'ann.csr');
      peer.run(
        ...['x509', '-req', '-in', 'ann.csr', '-CA', 'ann.pem', '-CAkey', 'ann.key', '-CAcreateserial'],
        ...[`-${hash}`, '-out', 'issued.pem'],
      );
      peer.run('pkey', '-in', 'ann.key', '-out', 'issued.key');
      return peer.signed(ENTITY, 'issued');
    };
    expect(said(rule, message(issued('md5')))).toEqual([
      'error: the certificate of "CN=ann of md" is signed with md5WithRSAEncryption',
    ]);
    expect(said(rule, message(issued('sha256')))).toEqual([]);
  });

  it('smime/draft-certificate and smime/weak-digest: silent on a new certificate and SHA-256', () => {
    const signed = message(peer.signed(ENTITY, 'ann', '-md', 'sha256'));
    expect(said('smime/draft-certificate', signed)).toEqual([]);
    expect(said('smime/weak-digest', signed)).toEqual([]);
    expect(said('smime/weak-digest', message(peer.signed(ENTITY, 'ann', '-md', 'sha1')))).toEqual([
      'note: the digest is sha1',
    ]);
  });

  it('smime/signature-unverifiable and smime/signer-identity: with the certificate of another', () => {
    const without = message(peer.signed(ENTITY, 'ann', '-nocerts'));
    expect(said('smime/signature-unverifiable', without)).toHaveLength(1);
    expect(said('smime/signature-unverifiable', without, given('ann'))).toEqual([]);
    const other = request({
      from: '<sip:eve@example.com>',
      headers: ['Content-Type: application/pkcs7-mime;smime-type=signed-data'],
      body: peer.signed(ENTITY, 'ann'),
    });
    expect(said('smime/signer-identity', other)).toEqual([
      'error: the message is from eve@example.com, the signer’s certificate is for sip:ann@example.com',
    ]);
    expect(said('smime/signer-identity', message(peer.signed(ENTITY, 'ann')))).toEqual([]);
  });

  it('smime/content-encryption-not-aes: Triple DES and AES of openssl', () => {
    const rule = 'smime/content-encryption-not-aes';
    const enveloped = (cipher: string): Buffer =>
      message(peer.encrypted(ENTITY, 'ann', cipher), 'enveloped-data');
    expect(said(rule, enveloped('-des3'))).toHaveLength(1);
    expect(said(rule, enveloped('-aes256'))).toEqual([]);
    expect(said(rule, message(peer.encrypted(ENTITY, 'ann', '-aes-128-gcm'), 'authEnveloped-data'))).toEqual(
      [],
    );
  });
});
