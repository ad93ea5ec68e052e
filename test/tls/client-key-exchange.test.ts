import { constants, createPrivateKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEncryptedPremaster } from '../../src/tls/handshake/client-key-exchange.js';
import { unpadPremaster } from '../../src/tls/keys/rsa.js';
import { readFrames } from '../support/frames.js';
import { ROOT } from '../support/root.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls } from '../support/tls-recorder.js';

function premasterIn(bytes: Uint8Array, key: string): Uint8Array | undefined {
  const encrypted = findEncryptedPremaster(bytes, 0, bytes.length);
  if (encrypted === undefined) return undefined;
  return unpadPremaster(
    privateDecrypt({ key: createPrivateKey(key), padding: constants.RSA_NO_PADDING }, encrypted),
  );
}

describe('the encrypted premaster secret of a flight', () => {
  it.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)('is found as OpenSSL sends it in %s', async (version) => {
    const own = credentials('server.example', rsaParty('authority', 1024), { bits: 1024 });
    const options = { minVersion: version, maxVersion: version, ciphers: 'AES128-SHA:@SECLEVEL=0' };
    const { flights } = await recordTls({ server: { ...own, ...options }, client: options });
    const found = flights.flatMap(({ side, data }) =>
      side === 'client' ? [...(premasterIn(data, own.key) ?? [])] : [],
    );
    // RFC 5246 §7.4.7.1: it begins with the version that the client offered.
    expect(found).toHaveLength(48);
    expect(found.slice(0, 2)).toEqual([3, { TLSv1: 1, 'TLSv1.1': 2, 'TLSv1.2': 3 }[version]]);
  });

  it('is found in the capture of the draft, in the frame where tshark shows it', () => {
    const key = readFileSync(`${ROOT}samples/keys/domain_key_example.net.pem`, 'utf8');
    const found = readFrames(`${ROOT}samples/tls-message.pcap`).flatMap(({ number, data }) => {
      // DLT_NULL, IPv4 and TCP with timestamps.
      const premaster = premasterIn(data.subarray(4 + 20 + 32), key);
      return premaster === undefined ? [] : [[number, premaster[0], premaster[1]]];
    });
    expect(found).toEqual([[7, 3, 1]]);
  });

  it('is found behind a Certificate, and without a length in SSL 3.0', () => {
    const message = (type: number, body: Uint8Array) => [
      type,
      0,
      body.length >> 8,
      body.length & 0xff,
      ...body,
    ];
    const record = (minor: number, fragment: readonly number[]) =>
      Uint8Array.from([22, 3, minor, fragment.length >> 8, fragment.length & 0xff, ...fragment]);
    const secret = new Uint8Array(128).fill(7);
    const prefixed = Uint8Array.of(0, 128, ...secret);
    const certificate = message(11, new Uint8Array(300));
    const whole = record(1, [...certificate, ...message(16, prefixed)]);
    expect(findEncryptedPremaster(whole, 0, whole.length)).toEqual(secret);
    const apart = Uint8Array.of(
      ...record(1, certificate),
      ...record(1, message(16, prefixed)),
      20,
      3,
      1,
      0,
      1,
      1,
    );
    expect(findEncryptedPremaster(apart, 0, apart.length)).toEqual(secret);
    const ssl3 = record(0, message(16, secret));
    expect(findEncryptedPremaster(ssl3, 0, ssl3.length)).toEqual(secret);
    for (let end = 0; end < whole.length; end++)
      expect(findEncryptedPremaster(whole, 0, end)).toBeUndefined();
  });

  it('is looked for in any bytes within their bounds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(20),
        fc.constantFrom<readonly number[]>([22, 3, 1], [22, 3, 0, 0, 20, 16, 0, 0], []),
        (noise, skip, head) => {
          const bytes = Uint8Array.of(...head, ...noise);
          const found = findEncryptedPremaster(bytes, 0, Math.max(0, bytes.length - skip));
          if (found !== undefined) {
            expect(found.byteOffset + found.length).toBeLessThanOrEqual(bytes.length - skip);
          }
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });
});
