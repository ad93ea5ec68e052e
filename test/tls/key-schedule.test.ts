import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import { prf } from '../../src/tls/keys/key-schedule.js';
import { expandLabel, nextTrafficSecret, trafficKeys } from '../../src/tls/keys/key-schedule-13.js';
import { cipherSuite } from '../../src/tls/registries/cipher-suites.js';
import { hasOpenssl } from '../support/peers.js';

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

describe('key schedule', () => {
  it('TLS 1.2 PRF: the vector of the TLS working group (P_SHA256, "test label")', () => {
    const output = prf(
      0x0303,
      'sha256',
      hex('9bbe436ba940f017b17652849a71db35'),
      'test label',
      hex('a0ba9f936cda311827a6f796ffd5198c'),
      100,
    );
    expect(toHex(output)).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af' +
        '0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    );
  });

  it.skipIf(!hasOpenssl).each([
    [0x0301, 'sha256', 'MD5-SHA1', 47],
    [0x0302, 'sha384', 'MD5-SHA1', 48],
    [0x0303, 'sha256', 'SHA256', 48],
    [0x0303, 'sha384', 'SHA384', 5],
  ] as const)('PRF of %s with %s is that of openssl kdf', (version, hash, digest, length) => {
    const secret = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
    const seed = Buffer.from('some seed that is not short');
    const options = ['-kdfopt', `digest:${digest}`, '-kdfopt', `hexsecret:${secret.toString('hex')}`];
    const seeds = ['-kdfopt', 'seed:key expansion', '-kdfopt', `hexseed:${seed.toString('hex')}`];
    const { stdout } = spawnSync('openssl', ['kdf', '-keylen', '104', ...options, ...seeds, 'TLS1-PRF'], {
      encoding: 'utf8',
    });
    const expected = stdout.replace(/[:\s]/g, '').toLowerCase();
    expect(expected.length).toBe(208);
    expect(toHex(prf(version, hash, secret, 'key expansion', seed, 104))).toBe(expected);
  });

  it('TLS 1.3: the keys of RFC 8448 §3', () => {
    const suite = cipherSuite(0x1301);
    const vectors = [
      [
        'b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38',
        '3fce516009c21727d0f2e4e86ee403bc',
        '5d313eb2671276ee13000b30',
      ],
      [
        'a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643',
        '9f02283b6c9c07efc26bb9f2ac92e356',
        'cf782b88dd83549aadf1e984',
      ],
      [
        '9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5',
        '17422dda596ed5d9acd890e3c63f5051',
        '5b78923dee08579033e523d9',
      ],
    ] as const;
    for (const [secret, key, iv] of vectors) {
      const derived = trafficKeys(suite, hex(secret));
      expect([toHex(derived?.key ?? hex('')), toHex(derived?.iv ?? hex(''))]).toEqual([key, iv]);
    }
    const finished = expandLabel('sha256', hex(vectors[0][0]), 'finished', new Uint8Array(0), 32);
    expect(toHex(finished)).toBe('008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8');
    expect(nextTrafficSecret(suite, hex(vectors[1][0])).length).toBe(32);
  });
});
