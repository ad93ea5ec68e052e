import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  deriveKeys,
  finishedData,
  handshakeHash,
  masterSecret,
  prf,
  ssl3Hashes,
} from '../../src/tls/keys/key-schedule.js';
import {
  expandLabel,
  finishedData13,
  nextTrafficSecret,
  trafficKeys,
} from '../../src/tls/keys/key-schedule-13.js';
import { cipherSuite } from '../../src/tls/registries/cipher-suites.js';
import { noise } from './support/peer.js';

/** Key derivation against the formulas of the RFCs, written out here with node:crypto alone. */

const digest = (hash: string, ...parts: Uint8Array[]) =>
  createHash(hash).update(Buffer.concat(parts)).digest();
const text = (value: string) => Buffer.from(value, 'latin1');
const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, i) => byte ^ (b[i] as number)));

/** RFC 5246 §5: P_hash(secret, seed) = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) ... */
function pHash(hash: string, secret: Uint8Array, seed: Buffer, length: number): Buffer {
  const hmac = (data: Uint8Array) => createHmac(hash, secret).update(data).digest();
  let a = hmac(seed);
  const out: Buffer[] = [];
  for (let have = 0; have < length; have += a.length) {
    out.push(hmac(Buffer.concat([a, seed])));
    a = hmac(a);
  }
  return Buffer.concat(out).subarray(0, length);
}

/** RFC 2246 §5, RFC 5246 §5. */
function expectedPrf(
  version: number,
  hash: string,
  secret: Uint8Array,
  label: string,
  seed: Buffer,
  length: number,
) {
  const all = Buffer.concat([text(label), seed]);
  if (version >= 0x0303) return pHash(hash, secret, all, length);
  const half = Math.ceil(secret.length / 2);
  return xor(
    pHash('md5', secret.subarray(0, half), all, length),
    pHash('sha1', secret.subarray(secret.length - half), all, length),
  );
}

/** RFC 6101 §6.1, §6.2.2. */
function ssl3(secret: Uint8Array, seed: Buffer, length: number): Buffer {
  const blocks = ['A', 'BB', 'CCC', 'DDDD', 'EEEEE', 'FFFFFF', 'GGGGGGG', 'HHHHHHHH', 'IIIIIIIII'];
  return Buffer.concat(
    blocks.map((letters) => digest('md5', secret, digest('sha1', text(letters), secret, seed))),
  ).subarray(0, length);
}

const clientRandom = noise('client', 32);
const serverRandom = noise('server', 32);
const premaster = noise('premaster', 48);
const master = noise('master', 48);
const both = Buffer.concat([clientRandom, serverRandom]);
const swapped = Buffer.concat([serverRandom, clientRandom]);

const negotiated = (version: number, suite: number) => ({
  version,
  suite: cipherSuite(suite),
  clientRandom,
  serverRandom,
});
/** Nested keys as hexadecimal text. */
const hex = (keys: ReturnType<typeof deriveKeys>) =>
  keys === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(keys).map(([side, one]) => [
          side,
          Object.fromEntries(
            Object.entries(one).map(([name, bytes]) => [
              name,
              Buffer.from(bytes as Uint8Array).toString('hex'),
            ]),
          ),
        ]),
      );

describe('the master secret', () => {
  it.each([0x0301, 0x0302, 0x0303])('of %i comes from both randoms', (version) => {
    const expected = expectedPrf(version, 'sha256', premaster, 'master secret', both, 48);
    expect(Buffer.from(masterSecret(negotiated(version, 0x002f), premaster, undefined))).toEqual(expected);
  });

  it('of TLS 1.2 is made with the hash of the suite', () => {
    const expected = expectedPrf(0x0303, 'sha384', premaster, 'master secret', both, 48);
    expect(Buffer.from(masterSecret(negotiated(0x0303, 0x009d), premaster, undefined))).toEqual(expected);
  });

  it('of SSL 3.0 has no extended form', () => {
    const expected = ssl3(premaster, both, 48);
    expect(Buffer.from(masterSecret(negotiated(0x0300, 0x0005), premaster, undefined))).toEqual(expected);
    expect(Buffer.from(masterSecret(negotiated(0x0300, 0x0005), premaster, master))).toEqual(expected);
  });

  it('extended, comes from the hash of the handshake (RFC 7627 §4)', () => {
    const hash = noise('hash', 32);
    const expected = expectedPrf(0x0303, 'sha256', premaster, 'extended master secret', hash, 48);
    expect(Buffer.from(masterSecret(negotiated(0x0303, 0x002f), premaster, hash))).toEqual(expected);
  });
});

describe('the key block', () => {
  /** Cuts a block into MAC keys, keys and IVs of both sides. */
  const cut = (block: Buffer, mac: number, key: number, iv: number) => {
    let at = 0;
    const take = (length: number) => {
      at += length;
      return block.subarray(at - length, at).toString('hex');
    };
    const [clientMac, serverMac] = [take(mac), take(mac)];
    const [clientKey, serverKey] = [take(key), take(key)];
    const [clientIv, serverIv] = [take(iv), take(iv)];
    return {
      client: { macKey: clientMac, key: clientKey, iv: clientIv },
      server: { macKey: serverMac, key: serverKey, iv: serverIv },
    };
  };

  it.each([
    ['TLS 1.0, AES-256-CBC: an IV of a block', 0x0301, 0x0035, 'sha256', 20, 32, 16],
    ['TLS 1.1, AES-256-CBC: no IV', 0x0302, 0x0035, 'sha256', 20, 32, 0],
    ['TLS 1.2, AES-128-CBC with SHA-256', 0x0303, 0x003c, 'sha256', 32, 16, 0],
    ['TLS 1.2, AES-256-GCM: four bytes of the nonce', 0x0303, 0x009d, 'sha384', 0, 32, 4],
    ['TLS 1.2, ChaCha20: all of the nonce', 0x0303, 0xcca8, 'sha256', 0, 32, 12],
    ['TLS 1.0, RC4 with MD5', 0x0301, 0x0004, 'sha256', 16, 16, 0],
  ] as const)('%s', (_name, version, suite, hash, mac, key, iv) => {
    const block = expectedPrf(version, hash, master, 'key expansion', swapped, 2 * (mac + key + iv));
    expect(hex(deriveKeys(negotiated(version, suite), master))).toEqual(cut(block, mac, key, iv));
  });

  it('of SSL 3.0, 3DES', () => {
    const block = ssl3(master, swapped, 2 * (20 + 24 + 8));
    expect(hex(deriveKeys(negotiated(0x0300, 0x000a), master))).toEqual(cut(block, 20, 24, 8));
  });

  it('of export suites in TLS 1.0: keys and IVs of their own (RFC 2246 §6.3.1)', () => {
    // TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5: 5 bytes of key material, 16 of key, an IV of 8.
    const block = expectedPrf(0x0301, 'sha256', master, 'key expansion', swapped, 2 * (16 + 5 + 8));
    const { client, server } = cut(block, 16, 5, 8);
    const final = (key: string, label: string) =>
      expectedPrf(0x0301, 'sha256', Buffer.from(key, 'hex'), label, both, 16).toString('hex');
    const ivs = expectedPrf(0x0301, 'sha256', Buffer.alloc(0), 'IV block', both, 16).toString('hex');
    expect(hex(deriveKeys(negotiated(0x0301, 0x0006), master))).toEqual({
      client: { macKey: client.macKey, key: final(client.key, 'client write key'), iv: ivs.slice(0, 16) },
      server: { macKey: server.macKey, key: final(server.key, 'server write key'), iv: ivs.slice(16) },
    });
  });

  it('of export suites in SSL 3.0: by MD5 (RFC 6101 §6.2.2)', () => {
    const block = ssl3(master, swapped, 2 * (16 + 5 + 8));
    const { client, server } = cut(block, 16, 5, 8);
    const md5 = (...parts: Uint8Array[]) => digest('md5', ...parts).toString('hex');
    expect(hex(deriveKeys(negotiated(0x0300, 0x0006), master))).toEqual({
      client: {
        macKey: client.macKey,
        key: md5(Buffer.from(client.key, 'hex'), both),
        iv: md5(both).slice(0, 16),
      },
      server: {
        macKey: server.macKey,
        key: md5(Buffer.from(server.key, 'hex'), swapped),
        iv: md5(swapped).slice(0, 16),
      },
    });
  });

  it('is not cut for a cipher that is not known', () => {
    expect(deriveKeys(negotiated(0x0303, 0x0081), master)).toBeUndefined();
  });
});

describe('verify_data', () => {
  const messages = [text('first message'), text('second')];
  const all = Buffer.concat(messages);

  it.each([
    [0x0301, 0x002f, Buffer.concat([digest('md5', all), digest('sha1', all)])],
    [0x0303, 0x002f, digest('sha256', all)],
    [0x0303, 0x009d, digest('sha384', all)],
  ])('of %i with suite %i', (version, suite, hash) => {
    expect(Buffer.from(handshakeHash(version, cipherSuite(suite), messages))).toEqual(hash);
    for (const side of ['client', 'server'] as const) {
      const name = suite === 0x009d ? 'sha384' : 'sha256';
      const expected = expectedPrf(version, name, master, `${side} finished`, hash, 12);
      expect(Buffer.from(finishedData(version, cipherSuite(suite), master, side, messages))).toEqual(
        expected,
      );
    }
  });

  it('of SSL 3.0 (RFC 6101 §5.6.9), and the hashes of its CertificateVerify', () => {
    const hashes = (sender: string) =>
      Buffer.concat(
        (['md5', 'sha1'] as const).map((hash) => {
          const pad = hash === 'md5' ? 48 : 40;
          const inner = digest(hash, all, text(sender), master, Buffer.alloc(pad, 0x36));
          return digest(hash, master, Buffer.alloc(pad, 0x5c), inner);
        }),
      );
    const suite = cipherSuite(0x000a);
    expect(Buffer.from(finishedData(0x0300, suite, master, 'client', messages))).toEqual(hashes('CLNT'));
    expect(Buffer.from(finishedData(0x0300, suite, master, 'server', messages))).toEqual(hashes('SRVR'));
    expect(Buffer.from(ssl3Hashes(master, messages))).toEqual(hashes(''));
  });
});

describe('the PRF', () => {
  it.each([0, 1, 47, 48])(
    'of TLS 1.0 shares the middle byte of a secret of odd length: %i bytes',
    (length) => {
      const secret = noise('secret', 48).subarray(0, length);
      const expected = expectedPrf(0x0301, 'sha256', secret, 'label', both, 100);
      expect(Buffer.from(prf(0x0301, 'sha256', secret, 'label', both, 100))).toEqual(expected);
    },
  );
});

describe('HKDF-Expand-Label', () => {
  /** RFC 5869 §2.3 over the label of RFC 8446 §7.1. */
  function expand(hash: string, secret: Uint8Array, label: string, context: Buffer, length: number): Buffer {
    const full = text(`tls13 ${label}`);
    const info = Buffer.concat([
      Buffer.from([length >> 8, length & 0xff, full.length]),
      full,
      Buffer.from([context.length]),
      context,
    ]);
    let block = Buffer.alloc(0);
    const out: Buffer[] = [];
    for (let counter = 1; out.length * 32 < length; counter++) {
      const data = Buffer.concat([block, info, Buffer.from([counter])]);
      block = createHmac(hash, secret).update(data).digest();
      out.push(block);
    }
    return Buffer.concat(out).subarray(0, length);
  }

  it.each([
    ['sha256', 16],
    ['sha256', 32],
    ['sha256', 33],
    ['sha384', 48],
    ['sha384', 300],
  ] as const)('%s, %i bytes, in as many blocks as it takes', (hash, length) => {
    const expected = expand(hash, master, 'label', clientRandom, length);
    expect(Buffer.from(expandLabel(hash, master, 'label', clientRandom, length))).toEqual(expected);
  });

  it('gives keys and the secret after a KeyUpdate', () => {
    const suite = cipherSuite(0x1302);
    const none = Buffer.alloc(0);
    expect(Buffer.from(nextTrafficSecret(suite, master))).toEqual(
      expand('sha384', master, 'traffic upd', none, 48),
    );
    const keys = trafficKeys(suite, master);
    expect(Buffer.from(keys?.key ?? none)).toEqual(expand('sha384', master, 'key', none, 32));
    expect(Buffer.from(keys?.iv ?? none)).toEqual(expand('sha384', master, 'iv', none, 12));
    const finished = createHmac('sha384', expand('sha384', master, 'finished', none, 48));
    expect(Buffer.from(finishedData13(suite, master, clientRandom))).toEqual(
      finished.update(clientRandom).digest(),
    );
    expect(trafficKeys(cipherSuite(0x0081), master)).toBeUndefined();
  });
});
