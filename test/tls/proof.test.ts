import { describe, expect, it } from 'vitest';
import { type ConnectionState, createConnection } from '../../src/tls/connection.js';
import { proofOf, serverSigns, whyNotProven } from '../../src/tls/proof.js';
import { suiteName } from '../../src/tls/registries/names.js';
import { make, party } from '../x509/make.js';

const shown = [make({ subject: party('shown'), issuer: party('shown'), algorithm: 'ecdsa-sha256' })];

const ECDHE = { cipherSuite: suiteName(0xc02f), versionCode: 0x0303, certificates: shown };
const RSA = { cipherSuite: suiteName(0x002f), versionCode: 0x0303, certificates: shown };
const TLS13 = { cipherSuite: suiteName(0x1301), versionCode: 0x0304, certificates: shown };

function connection(more: Partial<ConnectionState>): ConnectionState {
  return { ...createConnection(() => ({ status: 'not_encrypted', detail: '' })), ...more };
}

describe('what a server has proven', () => {
  it.each<[string, Partial<ConnectionState>, object]>([
    ['nothing without a certificate', { ...ECDHE, certificates: [] }, { status: 'none' }],
    [
      'its key by a signature',
      { ...ECDHE, serverSignature: 'valid' },
      { status: 'proven', by: 'ServerKeyExchange' },
    ],
    [
      'its key in TLS 1.3',
      { ...TLS13, serverSignature: 'valid' },
      { status: 'proven', by: 'CertificateVerify' },
    ],
    [
      'nothing by a wrong signature',
      { ...ECDHE, serverSignature: 'invalid' },
      { status: 'failed', by: 'ServerKeyExchange' },
    ],
    [
      'nothing by a wrong signature, though its Finished holds',
      { ...ECDHE, serverSignature: 'invalid', finished: { server: 'valid' } },
      { status: 'failed', by: 'ServerKeyExchange' },
    ],
    [
      'nothing by a wrong Finished',
      { ...ECDHE, serverSignature: 'valid', finished: { server: 'invalid' } },
      { status: 'failed', by: 'Finished' },
    ],
    [
      'nothing where the signature was not checked',
      { ...ECDHE, serverSignature: 'unverifiable' },
      { status: 'unchecked', by: 'ServerKeyExchange' },
    ],
    ['nothing where the signature was not seen', ECDHE, { status: 'unchecked', by: 'ServerKeyExchange' }],
    [
      'nothing where the signature was not seen, though its Finished holds',
      { ...ECDHE, finished: { server: 'valid' } },
      { status: 'unchecked', by: 'ServerKeyExchange' },
    ],
    [
      'nothing in TLS 1.3 where the signature was not seen',
      TLS13,
      { status: 'unchecked', by: 'CertificateVerify' },
    ],
    [
      'its RSA key by its Finished',
      { ...RSA, finished: { server: 'valid' } },
      { status: 'proven', by: 'Finished' },
    ],
    ['its RSA key to the client alone', RSA, { status: 'implicit' }],
    [
      'its RSA key to the client alone, by a Finished not checked',
      { ...RSA, finished: { server: 'unverifiable' } },
      { status: 'implicit' },
    ],
    [
      'nothing by a temporary RSA key whose signature was not checked',
      { ...RSA, serverSignature: 'unverifiable' },
      { status: 'unchecked', by: 'ServerKeyExchange' },
    ],
  ])('%s', (_name, facts, proof) => {
    expect(proofOf(connection(facts), 'server')).toEqual(proof);
  });
});

describe('what a client has proven', () => {
  const client = { ...RSA, clientCertificates: shown };
  it.each<[string, Partial<ConnectionState>, object]>([
    ['nothing without a certificate', RSA, { status: 'none' }],
    ['its key', { ...client, clientSignature: 'valid' }, { status: 'proven', by: 'CertificateVerify' }],
    [
      'nothing by a wrong signature',
      { ...client, clientSignature: 'invalid' },
      { status: 'failed', by: 'CertificateVerify' },
    ],
    [
      'nothing by a wrong Finished',
      { ...client, clientSignature: 'valid', finished: { client: 'invalid' } },
      { status: 'failed', by: 'Finished' },
    ],
    [
      'nothing where the signature was not checked',
      { ...client, clientSignature: 'unverifiable' },
      { status: 'unchecked', by: 'CertificateVerify' },
    ],
    [
      'nothing where the signature was not seen',
      { ...client, finished: { client: 'valid' } },
      { status: 'unchecked', by: 'CertificateVerify' },
    ],
  ])('%s', (_name, facts, proof) => {
    expect(proofOf(connection(facts), 'client')).toEqual(proof);
  });
});

describe('words', () => {
  it('say why a certificate does not count, and nothing where it does', () => {
    const why = (facts: Partial<ConnectionState>) =>
      whyNotProven(proofOf(connection(facts), 'server'), 'server');
    expect(why({ ...ECDHE, serverSignature: 'invalid' })).toBe(
      'the signature of the server’s ServerKeyExchange is wrong',
    );
    expect(why(TLS13)).toBe('the signature of the server’s CertificateVerify could not be checked');
    expect(why({ ...RSA, finished: { server: 'invalid' } })).toBe(
      'the server’s Finished does not match the handshake',
    );
    expect(why(RSA)).toBeUndefined();
    expect(why({})).toBeUndefined();
    expect(why({ ...ECDHE, serverSignature: 'valid' })).toBeUndefined();
    expect(serverSigns(connection({}))).toBe('ServerKeyExchange');
  });
});
