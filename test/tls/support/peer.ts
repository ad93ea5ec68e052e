/**
 * Both peers of an RSA handshake, for versions and suites that no TLS library here speaks any more: SSL 3.0, RC4, DES,
 * export suites, compression and so on. Keys are derived by the code under test, so that tests which use this also let
 * tshark open the same capture.
 */
import { spawnSync } from 'node:child_process';
import type { CipherCCMTypes, CipherGCMTypes } from 'node:crypto';
import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  publicEncrypt,
} from 'node:crypto';
import type { DirectionKeys } from '../../../src/tls/keys/key-schedule.js';
import { deriveKeys, finishedData, handshakeHash, masterSecret } from '../../../src/tls/keys/key-schedule.js';
import { createGhash } from '../../../src/tls/record/ciphers/gcm.js';
import { Rc4 } from '../../../src/tls/record/ciphers/rc4.js';
import type { CipherSuite } from '../../../src/tls/registries/cipher-suites.js';
import { cipherSuite } from '../../../src/tls/registries/cipher-suites.js';
import type { Flight } from './run.js';

export type PeerOptions = {
  readonly version: number;
  readonly suite: number;
  /** DER of the server's certificate. */
  readonly certificate: Uint8Array;
  readonly encryptThenMac?: boolean;
  readonly extendedMasterSecret?: boolean;
  readonly ssl2Hello?: boolean;
  /** Compresses a record's content; makes the hellos agree on DEFLATE. */
  readonly compress?: (direction: 'client' | 'server', content: Buffer) => Buffer;
  readonly sessionId?: Buffer;
  readonly seed?: string;
  /** Bytes of handshake messages a record. */
  readonly fragment?: number;
  /** Version inside the premaster secret. */
};

/** Bytes that look random and are the same in every run. */
export function noise(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < length; i++)
    parts.push(createHash('sha256').update(`${seed}/${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

export function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function u24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}

export function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), u24(body.length), body]);
}

export function record(type: number, version: number, fragment: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), u16(version), u16(fragment.length), fragment]);
}

/** Encrypts one direction's records. */
export class Sealer {
  readonly #version: number;
  readonly #suite: CipherSuite;
  readonly #keys: DirectionKeys;
  readonly #encryptThenMac: boolean;
  readonly #seed: string;
  #sequence = 0n;
  #iv: Buffer;
  #rc4: Rc4 | undefined;

  constructor(
    version: number,
    suite: CipherSuite,
    keys: DirectionKeys,
    encryptThenMac: boolean,
    seed: string,
  ) {
    this.#version = version;
    this.#suite = suite;
    this.#keys = keys;
    this.#encryptThenMac = encryptThenMac;
    this.#seed = seed;
    this.#iv = Buffer.from(keys.iv);
    if (suite.bulk?.mode === 'stream') this.#rc4 = new Rc4(keys.key);
  }

  seal(type: number, content: Buffer): Buffer {
    const bulk = this.#suite.bulk;
    if (bulk === undefined) throw new Error('no cipher');
    const fragment =
      bulk.mode === 'cbc'
        ? this.#cbc(type, content, bulk.blockLength)
        : bulk.mode === 'null' || bulk.mode === 'stream'
          ? this.#stream(type, content)
          : this.#aead(type, content);
    this.#sequence++;
    return record(type, this.#version, fragment);
  }

  #header(type: number, length: number): Buffer {
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64BE(this.#sequence);
    const version = this.#version === 0x0300 ? Buffer.alloc(0) : u16(this.#version);
    return Buffer.concat([sequence, Buffer.from([type]), version, u16(length)]);
  }

  #mac(type: number, content: Buffer): Buffer {
    const hash = this.#suite.mac as string;
    const data = Buffer.concat([this.#header(type, content.length), content]);
    const key = this.#keys.macKey;
    if (this.#version > 0x0300) return createHmac(hash, key).update(data).digest();
    const pad = hash === 'md5' ? 48 : 40;
    const inner = createHash(hash).update(key).update(Buffer.alloc(pad, 0x36)).update(data).digest();
    return createHash(hash).update(key).update(Buffer.alloc(pad, 0x5c)).update(inner).digest();
  }

  #stream(type: number, content: Buffer): Buffer {
    const plain = Buffer.concat([content, this.#mac(type, content)]);
    return this.#rc4 === undefined ? plain : Buffer.from(this.#rc4.apply(plain));
  }

  #cbc(type: number, content: Buffer, block: number): Buffer {
    const mac = this.#encryptThenMac ? Buffer.alloc(0) : this.#mac(type, content);
    const unpadded = Buffer.concat([content, mac]);
    const padding = block - 1 - (unpadded.length % block);
    const plain = Buffer.concat([unpadded, Buffer.alloc(padding + 1, padding)]);
    const explicit = this.#version >= 0x0302;
    const iv = explicit ? noise(`${this.#seed}${this.#sequence}`, block) : this.#iv;
    const encrypted = encryptCbc(this.#suite, Buffer.from(this.#keys.key), iv, plain);
    this.#iv = encrypted.subarray(-block);
    const sealed = explicit ? Buffer.concat([iv, encrypted]) : encrypted;
    return this.#encryptThenMac ? Buffer.concat([sealed, this.#mac(type, sealed)]) : sealed;
  }

  #aead(type: number, content: Buffer): Buffer {
    const { bulk } = this.#suite;
    if (bulk === undefined) throw new Error('no cipher');
    const explicit = Buffer.alloc(8);
    explicit.writeBigUInt64BE(this.#sequence + 77n);
    const nonce = Buffer.concat([this.#keys.iv, explicit]);
    const aad = this.#header(type, content.length);
    const { key } = this.#keys;
    if (bulk.cipher.startsWith('camellia')) {
      const ctr = createCipheriv(
        `${bulk.cipher}-ctr`,
        key,
        Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])]),
      );
      const encrypted = ctr.update(content);
      const ecb = createCipheriv(`${bulk.cipher}-ecb`, key, null).setAutoPadding(false);
      const hash = createGhash(ecb.update(Buffer.alloc(16)))(aad, encrypted);
      const mask = ecb.update(Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])]));
      return Buffer.concat([
        explicit,
        encrypted,
        Buffer.from(hash.map((byte, i) => byte ^ (mask[i] as number))),
      ]);
    }
    const name = `${bulk.cipher}-${bulk.mode}` as CipherGCMTypes & CipherCCMTypes;
    const cipher = createCipheriv(name, key, nonce, { authTagLength: bulk.tagLength });
    cipher.setAAD(aad, { plaintextLength: content.length });
    const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
    return Buffer.concat([explicit, encrypted, cipher.getAuthTag()]);
  }
}

const OPENSSL_ONLY: Readonly<Record<string, string>> = { seed: 'seed-cbc', rc2: 'rc2-cbc' };

function encryptCbc(suite: CipherSuite, key: Buffer, iv: Buffer, plain: Buffer): Buffer {
  const cipher = suite.bulk?.cipher ?? 'null';
  const legacy = OPENSSL_ONLY[cipher];
  if (legacy !== undefined) {
    const providers = ['-provider', 'legacy', '-provider', 'default'];
    const hex = ['-K', key.toString('hex'), '-iv', iv.toString('hex')];
    return spawnSync('openssl', ['enc', `-${legacy}`, '-nopad', ...hex, ...providers], { input: plain })
      .stdout;
  }
  const triple = cipher === '3des' || cipher === 'des';
  const name = triple ? 'des-ede3-cbc' : `${cipher}-cbc`;
  const fullKey = cipher === 'des' ? Buffer.concat([key, key, key]) : key;
  return createCipheriv(name, fullKey, iv).setAutoPadding(false).update(plain);
}

export type Sealers = { readonly client: Sealer; readonly server: Sealer };

/** A whole handshake, up to both Finished; the sealers go on from there. */
export function handshake(options: PeerOptions): { flights: Flight[]; sealers: Sealers; master: Uint8Array } {
  const { version, certificate } = options;
  const suite = cipherSuite(options.suite);
  const seed = options.seed ?? `${version}/${options.suite}`;
  const clientRandom =
    options.ssl2Hello === true
      ? Buffer.concat([Buffer.alloc(16), noise(`${seed}client`, 16)])
      : noise(`${seed}client`, 32);
  const serverRandom = noise(`${seed}server`, 32);
  const compression = options.compress === undefined ? 0 : 1;
  const asked = extensions(options);
  const methods = compression === 1 ? Buffer.from([2, 1, 0]) : Buffer.from([1, 0]);
  const clientHello = message(
    1,
    Buffer.concat([u16(version), clientRandom, Buffer.from([0]), u16(2), u16(options.suite), methods, asked]),
  );
  const ssl2 = Buffer.concat([
    Buffer.from([1]),
    u16(version),
    u16(3),
    u16(0),
    u16(16),
    u24(options.suite),
    clientRandom.subarray(16),
  ]);
  const firstMessage = options.ssl2Hello === true ? ssl2 : clientHello;
  const sessionId = options.sessionId ?? Buffer.alloc(0);
  const serverHello = message(
    2,
    Buffer.concat([
      u16(version),
      serverRandom,
      Buffer.from([sessionId.length]),
      sessionId,
      u16(options.suite),
      Buffer.from([compression]),
      asked,
    ]),
  );
  const chain = Buffer.concat([u24(certificate.length), certificate]);
  const serverCertificate = message(11, Buffer.concat([u24(chain.length), chain]));
  const done = message(14, Buffer.alloc(0));
  const premaster = Buffer.concat([u16(version), noise(`${seed}premaster`, 46)]);
  const key = createPublicKey(
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----`,
  );
  const encrypted = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, premaster);
  const exchange = message(
    16,
    version === 0x0300 ? encrypted : Buffer.concat([u16(encrypted.length), encrypted]),
  );

  const transcript = [firstMessage, serverHello, serverCertificate, done, exchange];
  const negotiated = { version, suite, clientRandom, serverRandom };
  const sessionHash =
    options.extendedMasterSecret === true ? handshakeHash(version, suite, transcript) : undefined;
  const master = masterSecret(negotiated, premaster, sessionHash);
  const keys = deriveKeys(negotiated, master);
  if (keys === undefined) throw new Error('no keys');
  const etm = options.encryptThenMac === true;
  const sealers = {
    client: new Sealer(version, suite, keys.client, etm, `${seed}c`),
    server: new Sealer(version, suite, keys.server, etm, `${seed}s`),
  };
  const plain = (messages: Buffer) => {
    const size = options.fragment ?? messages.length;
    const records: Buffer[] = [];
    for (let at = 0; at < messages.length; at += size)
      records.push(record(22, version, messages.subarray(at, at + size)));
    return Buffer.concat(records);
  };
  const squeeze = (direction: 'client' | 'server', content: Buffer) =>
    options.compress?.(direction, content) ?? content;
  const change = record(20, version, Buffer.from([1]));
  const clientFinished = message(20, finishedData(version, suite, master, 'client', transcript));
  const serverFinished = message(
    20,
    finishedData(version, suite, master, 'server', [...transcript, clientFinished]),
  );
  const hello =
    options.ssl2Hello === true ? Buffer.concat([u16(0x8000 | ssl2.length), ssl2]) : plain(clientHello);
  const flights: Flight[] = [
    { direction: 'client', data: hello },
    { direction: 'server', data: plain(Buffer.concat([serverHello, serverCertificate, done])) },
    {
      direction: 'client',
      data: Buffer.concat([
        plain(exchange),
        change,
        sealers.client.seal(22, squeeze('client', clientFinished)),
      ]),
    },
    {
      direction: 'server',
      data: Buffer.concat([change, sealers.server.seal(22, squeeze('server', serverFinished))]),
    },
  ];
  return { flights, sealers, master };
}

function extensions(options: PeerOptions): Buffer {
  const list: Buffer[] = [];
  if (options.encryptThenMac === true) list.push(Buffer.concat([u16(22), u16(0)]));
  if (options.extendedMasterSecret === true) list.push(Buffer.concat([u16(23), u16(0)]));
  const joined = Buffer.concat(list);
  return joined.length === 0 ? joined : Buffer.concat([u16(joined.length), joined]);
}
