import { describe, expect, it } from 'vitest';
import type { ConnectionRule } from '../../../src/checks/rule.js';
import { tlsHandshakeSignature } from '../../../src/checks/rules/tls/handshake-signature.js';
import { tlsKeyUsage } from '../../../src/checks/rules/tls/key-usage.js';
import { type ConnectionState, createConnection } from '../../../src/tls/connection.js';
import { suiteName } from '../../../src/tls/registries/names.js';
import { make, party } from '../../x509/make.js';

/** tls/handshake-signature and tls/key-usage, over facts of a connection. */

const DIGITAL_SIGNATURE = 0;
const KEY_ENCIPHERMENT = 2;
const KEY_AGREEMENT = 4;

const certificate = (...keyUsage: number[]) =>
  make({
    subject: party('shown', 'rsa'),
    issuer: party('issuer'),
    algorithm: 'ecdsa-sha256',
    ...(keyUsage.length > 0 && { keyUsage }),
  });

const frame = (number: number) => ({ number, seconds: 0, nanoseconds: 0, timeDigits: 6 });

function said(rule: ConnectionRule, suite: number, more: Partial<ConnectionState>): string[] {
  const connection: ConnectionState = {
    ...createConnection(() => ({ status: 'not_encrypted', detail: '' })),
    cipherSuite: suiteName(suite),
    versionCode: suite >> 8 === 0x13 ? 0x0304 : 0x0303,
    certificateFrame: frame(6),
    clientCertificateFrame: frame(8),
    ...more,
  };
  const found: string[] = [];
  rule.check({ tcpStream: 0, connection }, (summary, where, severity) =>
    found.push([severity ?? rule.severity, summary, where].join(': ')),
  );
  return found;
}

const RSA = 0x002f;
const ECDHE_RSA = 0xc02f;
const ECDH_RSA = 0xc031;
const ANONYMOUS = 0x0034;
const AES_13 = 0x1301;

describe('tls/key-usage', () => {
  it.each<[string, number, number[], Partial<ConnectionState>, string | undefined]>([
    ['RSA key exchange', RSA, [DIGITAL_SIGNATURE], {}, 'keyEncipherment'],
    ['RSA key exchange, allowed', RSA, [KEY_ENCIPHERMENT], {}, undefined],
    ['RSA key exchange, no key usage', RSA, [], {}, undefined],
    ['a signed key exchange', ECDHE_RSA, [KEY_ENCIPHERMENT], {}, 'digitalSignature'],
    ['a signed key exchange, allowed', ECDHE_RSA, [DIGITAL_SIGNATURE], {}, undefined],
    ['a temporary RSA key', RSA, [KEY_ENCIPHERMENT], { serverSignature: 'valid' }, 'digitalSignature'],
    ['static Diffie-Hellman', ECDH_RSA, [DIGITAL_SIGNATURE], {}, 'keyAgreement'],
    ['static Diffie-Hellman, allowed', ECDH_RSA, [KEY_AGREEMENT], {}, undefined],
    ['an anonymous exchange', ANONYMOUS, [KEY_AGREEMENT], {}, undefined],
    ['TLS 1.3', AES_13, [KEY_ENCIPHERMENT], {}, 'digitalSignature'],
    ['TLS 1.3, allowed', AES_13, [DIGITAL_SIGNATURE], {}, undefined],
  ])('of the server: %s', (_name, suite, usage, more, missing) => {
    const found = said(tlsKeyUsage, suite, { certificates: [certificate(...usage)], ...more });
    if (missing === undefined) expect(found).toEqual([]);
    else {
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(
        new RegExp(`^warning: .*, and the key usage of the server’s certificate has no ${missing}: frame 6$`),
      );
    }
  });

  it('says nothing before a suite is chosen, or of no certificate', () => {
    const blank = createConnection(() => ({ status: 'not_encrypted', detail: '' }));
    const found: string[] = [];
    const connection = { ...blank, certificates: [certificate(DIGITAL_SIGNATURE)] };
    tlsKeyUsage.check({ tcpStream: 0, connection }, (summary) => found.push(summary));
    expect(found).toEqual([]);
    expect(said(tlsKeyUsage, RSA, {})).toEqual([]);
  });

  it('of the client: what signs needs digitalSignature', () => {
    const clientCertificates = [certificate(KEY_AGREEMENT)];
    expect(said(tlsKeyUsage, RSA, { clientCertificates, clientSignature: 'valid' })).toEqual([
      'warning: the handshake is signed, and the key usage of the client’s certificate has no digitalSignature: frame 8',
    ]);
    expect(said(tlsKeyUsage, RSA, { clientCertificates })).toEqual([]);
  });
});

describe('tls/handshake-signature', () => {
  const certificates = [certificate()];
  it('tells what is wrong as an error, and what could not be checked as a note', () => {
    expect(said(tlsHandshakeSignature, ECDHE_RSA, { certificates, serverSignature: 'invalid' })).toEqual([
      'error: the signature of the server’s ServerKeyExchange is wrong: frame 6',
    ]);
    expect(said(tlsHandshakeSignature, AES_13, { certificates, serverSignature: 'invalid' })).toEqual([
      'error: the signature of the server’s CertificateVerify is wrong: frame 6',
    ]);
    expect(said(tlsHandshakeSignature, ECDHE_RSA, { certificates })).toEqual([
      'note: the signature of the server’s ServerKeyExchange could not be checked: frame 6',
    ]);
    const client = { clientCertificates: certificates, clientSignature: 'invalid' } as const;
    expect(said(tlsHandshakeSignature, RSA, client)).toEqual([
      'error: the signature of the client’s CertificateVerify is wrong: frame 8',
    ]);
  });

  it('says nothing where the signature holds, where none is due, and of a wrong Finished', () => {
    expect(said(tlsHandshakeSignature, ECDHE_RSA, { certificates, serverSignature: 'valid' })).toEqual([]);
    expect(said(tlsHandshakeSignature, RSA, { certificates })).toEqual([]);
    expect(said(tlsHandshakeSignature, RSA, { certificates, finished: { server: 'invalid' } })).toEqual([]);
  });
});
