import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { hasTshark } from '../support/peers.js';
import { keys, TestKeyLog } from './support/keys.js';
import { message, noise, record, u16 } from './support/peer.js';
import { type Flight, run } from './support/run.js';
import { follows } from './support/tshark.js';

/**
 * Handshakes of the drafts of TLS 1.3, made here from the text of draft-ietf-tls-tls13-18 to -28: a pre-shared key, so
 * that no certificate is needed. tshark opens the same bytes.
 */

const HASH_BYTES = 32;
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** HKDF-Expand-Label of a draft, for at most one block of SHA-256. */
function expand(draft: number, secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from((draft < 20 ? 'TLS 1.3, ' : 'tls13 ') + label, 'latin1');
  const info = Buffer.concat([u16(length), Buffer.from([full.length]), full, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

class Sealer {
  #sequence = 0;
  readonly #draft: number;
  readonly #secret: Buffer;

  constructor(draft: number, secret: Buffer) {
    this.#draft = draft;
    this.#secret = secret;
  }

  seal(type: number, content: Buffer): Buffer {
    const nonce = Buffer.from(expand(this.#draft, this.#secret, 'iv', 12));
    nonce[11] = (nonce[11] as number) ^ this.#sequence++;
    const cipher = createCipheriv('aes-128-gcm', expand(this.#draft, this.#secret, 'key', 16), nonce);
    const length = content.length + 1 + 16;
    if (this.#draft >= 25) cipher.setAAD(Buffer.concat([Buffer.from([23]), u16(0x0301), u16(length)]));
    const sealed = Buffer.concat([
      cipher.update(Buffer.concat([content, Buffer.from([type])])),
      cipher.final(),
    ]);
    return record(23, 0x0301, Buffer.concat([sealed, cipher.getAuthTag()]));
  }
}

function extension(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([u16(type), u16(data.length), data]);
}

function connection(draft: number, retry = false) {
  const version = u16(0x7f00 | draft);
  const keyShare = draft < 23 ? 40 : 51;
  const clientRandom = noise(`client${draft}`, 32);
  const list = (...extensions: Buffer[]) => {
    const all = Buffer.concat(extensions);
    return Buffer.concat([u16(all.length), all]);
  };
  const hello = (share: string) =>
    message(
      1,
      Buffer.concat([
        u16(0x0303),
        clientRandom,
        Buffer.from([0]),
        u16(2),
        u16(0x1301),
        Buffer.from([1, 0]),
        list(
          extension(43, Buffer.concat([Buffer.from([2]), version])),
          extension(keyShare, Buffer.concat([u16(36), u16(0x001d), u16(32), noise(share, 32)])),
        ),
      ]),
    );
  const chosen = list(
    extension(keyShare, Buffer.concat([u16(0x001d), u16(32), noise('share', 32)])),
    extension(41, u16(0)),
    ...(draft >= 22 ? [extension(43, version)] : []),
  );
  const serverHello = message(
    2,
    draft >= 22
      ? Buffer.concat([
          u16(0x0303),
          noise('server', 32),
          Buffer.from([0]),
          u16(0x1301),
          Buffer.from([0]),
          chosen,
        ])
      : Buffer.concat([version, noise('server', 32), u16(0x1301), chosen]),
  );
  const retryRequest = message(
    6,
    Buffer.concat([version, ...(draft >= 19 ? [u16(0x1301)] : []), list(extension(keyShare, u16(0x001d)))]),
  );
  const secret = (name: string) => noise(`${name}${draft}`, HASH_BYTES);
  const finished = (name: string, ...before: Buffer[]) => {
    const key = expand(draft, secret(name), 'finished', HASH_BYTES);
    return message(
      20,
      createHmac('sha256', key)
        .update(sha256(...before))
        .digest(),
    );
  };
  const first = hello('first');
  const replaced = draft >= 19 ? message(254, sha256(first)) : first;
  const start = retry ? [replaced, retryRequest, hello('second')] : [first];
  const encrypted = message(8, Buffer.from([0, 0]));
  const serverFinished = finished('sh', ...start, serverHello, encrypted);
  const clientFinished = finished('ch', ...start, serverHello, encrypted, serverFinished);
  const ticket = Buffer.concat([
    Buffer.alloc(8, 1),
    ...(draft >= 21 ? [Buffer.from([1, 0])] : []),
    u16(16),
    noise('ticket', 16),
    u16(0),
  ]);
  const inHandshake = { client: new Sealer(draft, secret('ch')), server: new Sealer(draft, secret('sh')) };
  const inData = { client: new Sealer(draft, secret('ca')), server: new Sealer(draft, secret('sa')) };
  const later = new Sealer(
    draft,
    expand(draft, secret('ca'), draft < 20 ? 'application traffic secret' : 'traffic upd', HASH_BYTES),
  );
  const plain = (bytes: Buffer) => record(22, 0x0301, bytes);
  const flights: Flight[] = [
    { direction: 'client', data: plain(first) },
    ...(retry
      ? ([
          { direction: 'server', data: plain(retryRequest) },
          { direction: 'client', data: plain(hello('second')) },
        ] as const)
      : []),
    {
      direction: 'server',
      data: Buffer.concat([
        plain(serverHello),
        inHandshake.server.seal(22, Buffer.concat([encrypted, serverFinished])),
      ]),
    },
    {
      direction: 'client',
      data: Buffer.concat([
        inHandshake.client.seal(22, clientFinished),
        inData.client.seal(23, Buffer.from('question')),
        inData.client.seal(22, message(24, Buffer.from([0]))),
        later.seal(23, Buffer.from(', and more')),
      ]),
    },
    {
      direction: 'server',
      data: Buffer.concat([
        inData.server.seal(22, message(4, ticket)),
        inData.server.seal(23, Buffer.from('answer')),
      ]),
    },
  ];
  const log = [
    ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'ch'],
    ['SERVER_HANDSHAKE_TRAFFIC_SECRET', 'sh'],
    ['CLIENT_TRAFFIC_SECRET_0', 'ca'],
    ['SERVER_TRAFFIC_SECRET_0', 'sa'],
  ].map(
    ([label, name]) => `${label} ${clientRandom.toString('hex')} ${secret(name as string).toString('hex')}`,
  );
  return { flights, log: log.join('\n') };
}

const DRAFTS = [18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28];

describe('drafts of TLS 1.3', () => {
  it.each(DRAFTS)('draft %i opens', (draft) => {
    const { flights, log } = connection(draft);
    const { connection: seen, plaintext } = run(flights, keys([], new TestKeyLog(log)));
    expect(seen).toMatchObject({
      version: `TLS 1.3 draft ${draft}`,
      keyExchangeGroup: 'x25519',
      finished: { client: 'valid', server: 'valid' },
      faults: [],
      established: true,
      resumption: 'psk',
      decryption: { status: 'decrypted' },
    });
    expect(plaintext.client.toString()).toBe('question, and more');
    expect(plaintext.server.toString()).toBe('answer');
    const tickets = seen.steps
      .flatMap(({ messages }) => messages)
      .filter(({ name }) => name === 'NewSessionTicket');
    expect(tickets[0]?.message).toMatchObject({ ticket: new Uint8Array(noise('ticket', 16)) });
    expect(tickets[0]?.message?.malformed).toBeUndefined();
  });

  it.skipIf(!hasTshark)('are read the same by tshark', () => {
    const capture = new CaptureBuilder();
    const made = DRAFTS.map((draft) => connection(draft));
    made.forEach(({ flights }, index) => {
      const tcp = capture.connect(
        { address: '10.0.0.1', port: 20_000 + index },
        { address: '10.0.0.2', port: 443 },
      );
      for (const { direction, data } of flights) tcp.send(direction, data);
      tcp.close();
    });
    const folder = mkdtempSync(join(tmpdir(), 'drafts-'));
    try {
      writeFileSync(join(folder, 'capture.pcap'), capture.toBytes());
      writeFileSync(join(folder, 'keys'), made.map(({ log }) => log).join('\n'));
      const taps = made.flatMap((_, index) => ['-z', `follow,tls,raw,${index}`]);
      const { stdout } = spawnSync(
        'tshark',
        ['-r', 'capture.pcap', '-q', '-o', 'tls.keylog_file:keys', ...taps],
        { cwd: folder, encoding: 'latin1' },
      );
      const read = follows(stdout);
      // tshark takes the first of them whose data it lists for `Node 0`, which need not be the client.
      const sides = read.map(({ client, server }) => [client, server].sort());
      expect(sides).toEqual(DRAFTS.map(() => ['answer', 'question, and more']));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([18, 19, 20, 21])('draft %i with a HelloRetryRequest of its own type', (draft) => {
    const { flights, log } = connection(draft, true);
    const { connection: seen, plaintext } = run(flights, keys([], new TestKeyLog(log)));
    expect(seen.faults).toEqual([]);
    expect(seen.finished).toEqual({ client: 'valid', server: 'valid' });
    expect(seen.handshakes).toBe(1);
    expect(plaintext.server.toString()).toBe('answer');
  });
});
