import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CaptureBuilder } from '../../support/pcap-builder.js';
import { hasOpenssl } from '../../support/peers.js';
import { SmimePeer } from '../smime-peer.js';
import { said, sample } from '../support.js';

/** Rules over cipher suites and the draft's certificates, from handshakes put together byte by byte (RFC 5246 §7.4). */

const NULL_SHA = 0x0002;
const RC4_MD5 = 0x0004;
const EXPORT_RC4 = 0x0003;
const EXPORT_DES = 0x0008;
const SINGLE_DES = 0x0009;
const TRIPLE_DES = 0x000a;
const ANONYMOUS = 0x0034;
const AES_128 = 0x002f;
const AES_256 = 0x0035;
const ECDHE_GCM = 0xc02f;
const TLS13_AES = 0x1301;

const uint = (value: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
};
const vector = (lengthBytes: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([uint(content.length, lengthBytes), content]);
};
const handshake = (type: number, ...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([uint(22, 1), uint(0x0301, 2), vector(2, uint(type, 1), vector(3, ...parts))]);

const clientHello = (suites: readonly number[], extensions: Uint8Array = Buffer.alloc(0)): Buffer =>
  handshake(
    1,
    uint(0x0303, 2),
    Buffer.alloc(32, 7),
    vector(1),
    vector(2, ...suites.map((suite) => uint(suite, 2))),
    vector(1, uint(0, 1)),
    vector(2, extensions),
  );
const serverHello = (suite: number): Buffer =>
  handshake(2, uint(0x0303, 2), Buffer.alloc(32, 8), vector(1), uint(suite, 2), uint(0, 1), vector(2));
const certificates = (...ders: readonly Uint8Array[]): Buffer =>
  handshake(11, vector(3, ...ders.map((der) => vector(3, der))));

/** A capture of a handshake that got this far. */
function capture(client: Uint8Array, ...server: readonly Uint8Array[]): Buffer {
  const built = new CaptureBuilder();
  built
    .connect({ address: '192.0.2.1', port: 40000 }, { address: '192.0.2.2', port: 5061 })
    .send('client', client)
    .send('server', Buffer.concat(server))
    .close();
  return built.toBytes();
}

describe('tls/mandatory-suite', () => {
  const rule = 'tls/mandatory-suite';
  it('tells a client that does not offer it', () => {
    expect(said(rule, capture(clientHello([AES_256, ECDHE_GCM]), serverHello(AES_256)))).toEqual([
      'note: TLS_RSA_WITH_AES_128_CBC_SHA is not among the 2 cipher suites that the client offers',
    ]);
  });

  it('is silent where it is offered, as in the draft, and for TLS 1.3 alone', () => {
    expect(said(rule, capture(clientHello([AES_256, AES_128]), serverHello(AES_256)))).toEqual([]);
    expect(said(rule, sample('tls-message.pcap'))).toEqual([]);
    const versions = Buffer.concat([uint(43, 2), vector(2, vector(1, uint(0x0304, 2)))]);
    expect(said(rule, capture(clientHello([TLS13_AES], versions), serverHello(TLS13_AES)))).toEqual([]);
  });
});

describe('tls/weak-suite', () => {
  const rule = 'tls/weak-suite';
  it.each([
    [NULL_SHA, 'error: the chosen suite TLS_RSA_WITH_NULL_SHA does not encrypt'],
    [RC4_MD5, 'error: the chosen suite TLS_RSA_WITH_RC4_128_MD5 uses RC4, which RFC 7465 forbids'],
    [EXPORT_RC4, 'error: the chosen suite TLS_RSA_EXPORT_WITH_RC4_40_MD5 has keys of 40 or 56 bits'],
    [EXPORT_DES, 'error: the chosen suite TLS_RSA_EXPORT_WITH_DES40_CBC_SHA has keys of 40 or 56 bits'],
    [SINGLE_DES, 'error: the chosen suite TLS_RSA_WITH_DES_CBC_SHA has keys of 56 bits (single DES)'],
    [ANONYMOUS, 'error: the chosen suite TLS_DH_anon_WITH_AES_128_CBC_SHA authenticates nobody'],
    [
      TRIPLE_DES,
      'warning: the chosen suite TLS_RSA_WITH_3DES_EDE_CBC_SHA uses Triple DES, whose blocks are short',
    ],
  ])('tells %i where it is chosen', (suite, sentence) => {
    expect(said(rule, capture(clientHello([suite, AES_128]), serverHello(suite)))).toEqual([sentence]);
  });

  it('tells what is offered only, by what is weak in it', () => {
    const offered = [AES_128, NULL_SHA, RC4_MD5, EXPORT_RC4, EXPORT_DES, TRIPLE_DES];
    expect(said(rule, capture(clientHello(offered), serverHello(AES_128)))).toEqual([
      'warning: the client offers a suite that does not encrypt: TLS_RSA_WITH_NULL_SHA',
      'warning: the client offers suites that have keys of 40 or 56 bits: TLS_RSA_EXPORT_WITH_RC4_40_MD5, TLS_RSA_EXPORT_WITH_DES40_CBC_SHA',
      'warning: the client offers a suite that uses RC4, which RFC 7465 forbids: TLS_RSA_WITH_RC4_128_MD5',
      'info: the client offers a suite that uses Triple DES, whose blocks are short: TLS_RSA_WITH_3DES_EDE_CBC_SHA',
    ]);
    // The draft's client offers Triple DES beside AES (§6.1).
    expect(said(rule, sample('tls-message.pcap'))).toEqual([expect.stringMatching(/^info: .*3DES/)]);
  });

  it('is silent on suites that are not', () => {
    const fine = [AES_128, AES_256, ECDHE_GCM, TLS13_AES, 0x00ff, 0x0a0a];
    expect(said(rule, capture(clientHello(fine), serverHello(ECDHE_GCM)))).toEqual([]);
  });
});

describe('tls/certificate-weak-hash', () => {
  const rule = 'tls/certificate-weak-hash';
  it('tells the SHA-1 of the draft’s host certificate', () => {
    expect(said(rule, sample('tls-message.pcap'))).toEqual([
      expect.stringMatching(
        /^note: the certificate of ".*CN=example\.net" is signed with sha1WithRSAEncryption$/,
      ),
    ]);
  });

  it('is silent where no certificate was shown', () => {
    expect(said(rule, capture(clientHello([AES_128]), serverHello(AES_128)))).toEqual([]);
  });
});

describe('tls/draft-certificate', () => {
  const rule = 'tls/draft-certificate';
  it('warns of the draft’s certificate in TLS (§3)', () => {
    const printed = 'is the one printed in the draft, with its private key';
    expect(said(rule, sample('tls-message.pcap'))).toEqual([
      `warning: the server showed: the certificate of "example.net" ${printed}`,
      `warning: the server showed: the certificate of "Sipit Test Certificate Authority" ${printed}`,
    ]);
  });

  it.skipIf(!hasOpenssl)('is silent on another certificate', () => {
    const peer = new SmimePeer();
    try {
      peer.person('host');
      const { raw } = new X509Certificate(peer.read('host.pem'));
      const bytes = capture(clientHello([AES_128]), serverHello(AES_128), certificates(raw));
      expect(said(rule, bytes)).toEqual([]);
      const draft = new X509Certificate(sample('certs/domain_cert_example.com.pem')).raw;
      expect(
        said(rule, capture(clientHello([AES_128]), serverHello(AES_128), certificates(draft))),
      ).toHaveLength(1);
    } finally {
      peer.remove();
    }
  });
});
