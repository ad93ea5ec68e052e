import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkConnection } from '../../../src/checks/table.js';
import { createConnection } from '../../../src/tls/connection.js';
import {
  checkCertificateVerify,
  checkFinished,
  checkKeyExchange,
} from '../../../src/tls/handshake/authentication.js';
import { HandshakeState } from '../../../src/tls/handshake/handshake-state.js';
import { finishedData, ssl3Hashes } from '../../../src/tls/keys/key-schedule.js';
import { cipherSuite } from '../../../src/tls/registries/cipher-suites.js';
import type { Certificate } from '../../../src/x509/certificate.js';
import * as der from '../../support/der.js';
import { make, party } from '../../x509/make.js';
import { noise } from '../support/peer.js';

/** Signatures made here by node:crypto, over what the RFCs say is signed. */

const issuer = party('issuer');

type Pair = { readonly key: KeyObject; readonly certificate: Certificate };

function pair(made: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): Pair {
  const spki = made.publicKey.export({ format: 'der', type: 'spki' });
  const subject = { name: 'shown', privateKey: made.privateKey, spki };
  return { key: made.privateKey, certificate: make({ subject, issuer, algorithm: 'ecdsa-sha256' }) };
}

const curve = (namedCurve: string) => pair(generateKeyPairSync('ec', { namedCurve }));
const rsa = pair(generateKeyPairSync('rsa', { modulusLength: 1024 }));
const p256 = curve('P-256');
const p384 = curve('P-384');
const p521 = curve('P-521');
const brainpool = curve('brainpoolP256r1');
const ed25519 = pair(generateKeyPairSync('ed25519'));
const ed448 = pair(generateKeyPairSync('ed448'));
const dsa = pair(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }));

const clientRandom = noise('client', 32);
const serverRandom = noise('server', 32);
const messages = [
  Buffer.from('\x01the ClientHello'),
  Buffer.from('\x02the ServerHello'),
  Buffer.from('and more'),
];

/** A handshake with the messages so far, as orders 1 to 3. */
function handshake(version: number, suite = version >= 0x0304 ? 0x1301 : 0x002f): HandshakeState {
  const state = new HandshakeState();
  state.clientHello = {
    kind: 'client_hello',
    format: 'tls',
    version: 0x0303,
    random: clientRandom,
    sessionId: new Uint8Array(0),
    cipherSuites: [suite],
    compressionMethods: [0],
    extensions: [],
  };
  const chosen = {
    type: 43,
    name: 'supported_versions',
    data: new Uint8Array(2),
    values: [],
    codes: [version],
  };
  state.serverHello = {
    kind: 'server_hello',
    version: Math.min(version, 0x0303),
    random: serverRandom,
    sessionId: new Uint8Array(0),
    cipherSuite: suite,
    compressionMethod: 0,
    extensions: version >= 0x0304 ? [chosen] : [],
    retryRequest: false,
  };
  for (const [index, message] of messages.entries()) {
    state.transcript.add(index + 1, message[0] as number, message);
  }
  return state;
}

const pss = (key: KeyObject): SignKeyObjectInput => ({
  key,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
});

/** RFC 8446 §4.4.3. */
function content13(side: 'client' | 'server', hash = 'sha256'): Buffer {
  const label = `TLS 1.3, ${side} CertificateVerify`;
  const transcript = createHash(hash).update(Buffer.concat(messages)).digest();
  return Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(label), Buffer.from([0]), transcript]);
}

const SCHEMES_13: readonly (readonly [string, number, Pair, string | null, boolean])[] = [
  ['rsa_pss_rsae_sha256', 0x0804, rsa, 'sha256', true],
  ['rsa_pss_rsae_sha384', 0x0805, rsa, 'sha384', true],
  ['ecdsa_secp256r1_sha256', 0x0403, p256, 'sha256', false],
  ['ecdsa_secp384r1_sha384', 0x0503, p384, 'sha384', false],
  ['ecdsa_secp521r1_sha512', 0x0603, p521, 'sha512', false],
  ['ecdsa_brainpoolP256r1tls13_sha256', 0x081a, brainpool, 'sha256', false],
  ['ed25519', 0x0807, ed25519, null, false],
  ['ed448', 0x0808, ed448, null, false],
];

describe('CertificateVerify of TLS 1.3', () => {
  const state = handshake(0x0304);
  const check = (side: 'client' | 'server', { certificate }: Pair, scheme: number, signature: Uint8Array) =>
    checkCertificateVerify(state, side, certificate, scheme, signature, 4);

  it.each(SCHEMES_13)(
    '%s holds for its side, its key and these messages alone',
    (_name, scheme, one, hash, isPss) => {
      const signed = sign(hash, content13('server'), isPss ? pss(one.key) : one.key);
      expect(check('server', one, scheme, signed)).toBe('valid');
      expect(check('client', one, scheme, signed)).toBe('invalid');
      expect(checkCertificateVerify(state, 'server', one.certificate, scheme, signed, 3)).toBe('invalid');
      const changed = Buffer.from(signed);
      changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
      expect(check('server', one, scheme, changed)).toBe('invalid');
      for (const other of [rsa, p256, p384, ed25519, ed448]) {
        if (other !== one) expect(check('server', other, scheme, signed)).toBe('invalid');
      }
    },
  );

  it('does not take what TLS 1.3 forbids, though the signature fits', () => {
    const content = content13('client');
    expect(check('client', rsa, 0x0401, sign('sha256', content, rsa.key))).toBe('invalid');
    expect(check('client', rsa, 0x0201, sign('sha1', content, rsa.key))).toBe('invalid');
    expect(check('client', p256, 0x0203, sign('sha1', content, p256.key))).toBe('invalid');
    expect(check('client', p384, 0x0403, sign('sha256', content, p384.key))).toBe('invalid');
    expect(check('client', dsa, 0x0402, sign('sha256', content, dsa.key))).toBe('invalid');
  });

  it('says nothing of a scheme that it does not know: SM2, GOST', () => {
    expect(check('client', p256, 0x0708, new Uint8Array(64))).toBe('unverifiable');
    expect(check('client', p256, 0x0709, new Uint8Array(64))).toBe('unverifiable');
    expect(checkCertificateVerify(state, 'client', p256.certificate, undefined, new Uint8Array(64), 4)).toBe(
      'unverifiable',
    );
  });
});

describe('CertificateVerify up to TLS 1.2', () => {
  const all = Buffer.concat(messages);
  const check = (version: number, { certificate }: Pair, scheme: number | undefined, signature: Uint8Array) =>
    checkCertificateVerify(handshake(version), 'client', certificate, scheme, signature, 4);

  it.each<[number, Pair, string]>([
    [0x0401, rsa, 'sha256'],
    [0x0201, rsa, 'sha1'],
    [0x0501, rsa, 'sha384'],
    [0x0301, rsa, 'sha224'],
    [0x0403, p256, 'sha256'],
    [0x0603, p256, 'sha512'],
    [0x0202, dsa, 'sha1'],
  ])('TLS 1.2, scheme %i', (scheme, one, hash) => {
    const signed = sign(hash, all, one.key);
    expect(check(0x0303, one, scheme, signed)).toBe('valid');
    expect(check(0x0303, one, scheme ^ 0x0300, signed)).not.toBe('valid');
    expect(check(0x0303, one === rsa ? p256 : rsa, scheme, signed)).toBe('invalid');
  });

  /** PKCS #1 padding over MD5 and SHA-1 with no DigestInfo, made by hand: the whole block is raised to the key. */
  const old = (digest: Buffer, change?: (block: Buffer) => void) => {
    const block = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.alloc(128 - 3 - digest.length, 0xff),
      Buffer.from([0]),
      digest,
    ]);
    change?.(block);
    return rsaPower(block);
  };
  const md5sha1 = Buffer.concat(['md5', 'sha1'].map((hash) => createHash(hash).update(all).digest()));

  it.each([0x0301, 0x0302])('version %i: RSA over MD5 and SHA-1, DSA and ECDSA over SHA-1', (version) => {
    expect(check(version, rsa, undefined, old(md5sha1))).toBe('valid');
    for (const one of [dsa, p256]) {
      expect(check(version, one, undefined, sign('sha1', all, one.key))).toBe('valid');
      expect(check(version, one, undefined, sign('sha256', all, one.key))).toBe('invalid');
    }
    expect(check(version, rsa, undefined, sign('sha1', all, rsa.key))).toBe('invalid');
    expect(check(version, ed25519, undefined, new Uint8Array(64))).toBe('unverifiable');
  });

  it('takes RSA padding only as it must be', () => {
    const changes: ((block: Buffer) => void)[] = [
      (block) => block.writeUInt8(2, 1),
      (block) => block.writeUInt8(0xfe, 5),
      (block) => block.writeUInt8(0, 20),
      (block) => block.writeUInt8(1, 128 - 37),
      (block) => block.writeUInt8((block[127] as number) ^ 1, 127),
    ];
    for (const change of changes) expect(check(0x0301, rsa, undefined, old(md5sha1, change))).toBe('invalid');
    expect(check(0x0301, rsa, undefined, old(md5sha1).subarray(1))).toBe('invalid');
    expect(check(0x0301, rsa, undefined, new Uint8Array(0))).toBe('invalid');
  });

  it('SSL 3.0 mixes the master secret in, and cannot be checked without it', () => {
    const state = handshake(0x0300);
    const master = noise('master', 48);
    const signed = old(Buffer.from(ssl3Hashes(master, messages)));
    const check3 = (one: Pair) =>
      checkCertificateVerify(state, 'client', one.certificate, undefined, signed, 4);
    expect(check3(rsa)).toBe('unverifiable');
    state.master = { secret: master, by: 'test', guessed: false };
    expect(check3(rsa)).toBe('valid');
    expect(check3(p256)).toBe('unverifiable');
    state.master = { secret: noise('other', 48), by: 'test', guessed: false };
    expect(check3(rsa)).toBe('invalid');
  });

  it('cannot be checked where a message, a hello or the certificate is missing', () => {
    const signed = sign('sha256', all, rsa.key);
    expect(checkCertificateVerify(handshake(0x0303), 'client', undefined, 0x0401, signed, 4)).toBe(
      'unverifiable',
    );
    const incomplete = handshake(0x0303);
    incomplete.transcript.complete = false;
    expect(checkCertificateVerify(incomplete, 'client', rsa.certificate, 0x0401, signed, 4)).toBe(
      'unverifiable',
    );
    const late = handshake(0x0303);
    late.clientHello = undefined;
    expect(checkCertificateVerify(late, 'client', rsa.certificate, 0x0401, signed, 4)).toBe('unverifiable');
  });

  /** RSA with no padding: a private key operation on a whole block. */
  function rsaPower(block: Buffer): Buffer {
    const jwk = rsa.key.export({ format: 'jwk' });
    const number = (text: string | undefined) =>
      BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`);
    const [n, d] = [number(jwk.n), number(jwk.d)];
    let [result, base] = [1n, BigInt(`0x${block.toString('hex')}`) % n];
    for (let e = d; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * base) % n;
      base = (base * base) % n;
    }
    return Buffer.from(result.toString(16).padStart(256, '0'), 'hex');
  }
});

describe('ServerKeyExchange', () => {
  it('is signed over both randoms and the parameters', () => {
    const parameters = noise('parameters', 69);
    const content = Buffer.concat([clientRandom, serverRandom, parameters]);
    const state = handshake(0x0303, 0xc02f);
    const signed = { parameters, scheme: 0x0401, signature: sign('sha256', content, rsa.key) };
    expect(checkKeyExchange(state, rsa.certificate, signed)).toBe('valid');
    expect(checkKeyExchange(state, rsa.certificate, { ...signed, parameters: parameters.subarray(1) })).toBe(
      'invalid',
    );
    expect(checkKeyExchange(state, rsa.certificate, { ...signed, scheme: undefined })).toBe('unverifiable');
    expect(checkKeyExchange(state, p256.certificate, signed)).toBe('invalid');
    expect(checkKeyExchange(state, undefined, signed)).toBe('unverifiable');
    expect(checkKeyExchange(new HandshakeState(), rsa.certificate, signed)).toBe('unverifiable');
    const old = { parameters, scheme: undefined, signature: sign('sha1', content, p256.key) };
    expect(checkKeyExchange(handshake(0x0302, 0xc009), p256.certificate, old)).toBe('valid');
  });
});

describe('Finished', () => {
  it('up to TLS 1.2 comes from the master secret', () => {
    const state = handshake(0x0303);
    const secret = noise('master', 48);
    const data = finishedData(0x0303, cipherSuite(0x002f), secret, 'client', messages);
    expect(checkFinished(state, 'client', data, 4, undefined)).toBe('unverifiable');
    state.master = { secret, by: 'test', guessed: false };
    expect(checkFinished(state, 'client', data, 4, undefined)).toBe('valid');
    expect(checkFinished(state, 'server', data, 4, undefined)).toBe('invalid');
    expect(checkFinished(state, 'client', data, 3, undefined)).toBe('invalid');
    expect(checkFinished(state, 'client', data.subarray(1), 4, undefined)).toBe('invalid');
    state.transcript.complete = false;
    expect(checkFinished(state, 'client', data, 4, undefined)).toBe('unverifiable');
    expect(checkFinished(new HandshakeState(), 'client', data, 4, undefined)).toBe('unverifiable');
  });

  it('of TLS 1.3 comes from the traffic secret (RFC 8446 §4.4.4)', () => {
    const secret = noise('traffic', 32);
    const info = Buffer.concat([
      Buffer.from([0, 32, 14]),
      Buffer.from('tls13 finished'),
      Buffer.from([0, 1]),
    ]);
    const key = createHmac('sha256', secret).update(info).digest();
    const data = createHmac('sha256', key)
      .update(createHash('sha256').update(Buffer.concat(messages)).digest())
      .digest();
    const state = handshake(0x0304);
    expect(checkFinished(state, 'server', data, 4, secret)).toBe('valid');
    expect(checkFinished(state, 'server', data, 3, secret)).toBe('invalid');
    expect(checkFinished(state, 'server', data, 4, undefined)).toBe('unverifiable');
  });
});

describe('keys that were made to cost time', () => {
  const ones = (bits: number): Uint8Array => {
    const value = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
    value[0] = 0xff >> (8 * value.length - bits);
    return value;
  };
  const spki = (algorithm: Uint8Array, key: Uint8Array): Uint8Array =>
    der.sequence(algorithm, der.bitString(key));
  const rsaKey = (modulus: number, exponent: number): Uint8Array =>
    spki(
      der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()),
      der.sequence(der.integer(ones(modulus)), der.integer(ones(exponent))),
    );
  const dsaKey = (p: number, q: number): Uint8Array =>
    spki(
      der.sequence(
        der.oid('1.2.840.10040.4.1'),
        der.sequence(der.integer(ones(p)), der.integer(ones(q)), der.integer(2)),
      ),
      der.integer(ones(p - 1)),
    );
  const shown = (key: Uint8Array): Certificate =>
    make({
      subject: { name: 'slow', privateKey: rsa.key, spki: key },
      issuer,
      algorithm: 'ecdsa-sha256',
    });
  const checks = (certificate: Certificate) => {
    const signed = {
      parameters: Buffer.from('parameters'),
      scheme: 0x0401,
      signature: Buffer.alloc(2048, 1),
    };
    return [
      checkKeyExchange(handshake(0x0303), certificate, signed),
      checkCertificateVerify(handshake(0x0303), 'client', certificate, 0x0401, signed.signature, 4),
    ];
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['an RSA modulus of 16,385 bits', rsaKey(16_385, 17), /RSA modulus of 16385 bits, more than the 16384/],
    ['an RSA exponent of 65 bits', rsaKey(2048, 65), /RSA exponent of 65 bits, more than the 64/],
    ['a DSA prime of 8,193 bits', dsaKey(8193, 256), /DSA prime of 8193 bits, more than the 8192/],
    ['a DSA subprime of 8,192 bits', dsaKey(8192, 8192), /DSA subprime of 8192 bits/],
  ])('%s: not used, and named', (_name, key, words) => {
    const certificate = shown(key);
    const before = performance.now();
    for (let i = 0; i < 100; i++) expect(checks(certificate)).toEqual(['unverifiable', 'unverifiable']);
    expect(performance.now() - before).toBeLessThan(500);
    const connection = Object.assign(
      createConnection(() => ({ status: 'not_encrypted', detail: '' })),
      {
        certificates: [certificate],
        versionCode: 0x0303,
        serverSignature: 'unverifiable' as const,
      },
    );
    const told = checkConnection({ tcpStream: 0, connection });
    expect(told.filter(({ rule }) => rule === 'tls/certificate-malformed')).toMatchObject([
      { severity: 'error', summary: expect.stringMatching(words) },
    ]);
  });

  it('those at the limits are used', () => {
    // A modulus of ones is no product of two primes, which OpenSSL does not ask: the signature is wrong under it.
    expect(checks(shown(rsaKey(16_384, 17)))).toEqual(['invalid', 'invalid']);
  });
});
