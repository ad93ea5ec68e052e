import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SessionCache } from '../../src/tls/keys/session-cache.js';
import { Inflater } from '../../src/tls/record/inflate.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { handshake, message, noise, record, u16 } from './support/peer.js';
import { type Flight, run } from './support/run.js';
import { testServer } from './support/server.js';

describe('hostile bytes', () => {
  const server = testServer();
  const talk = (version: number, suite: number) => {
    const { flights, sealers } = handshake({ version, suite, certificate: server.certificate });
    for (let i = 0; i < 8; i++) {
      for (const side of ['client', 'server'] as const) {
        flights.push({ direction: side, data: sealers[side].seal(23, noise(`${i}`, 10 + i * 30)) });
      }
    }
    return flights;
  };

  it('changed, cut, lost and doubled, never crash or hang a session', () => {
    const given = server.own();
    const sessions = new SessionCache();
    const random = seededRandom('tls');
    const originals = [
      talk(0x0301, 0x002f),
      talk(0x0303, 0x009c),
      talk(0x0300, 0x0004),
      talk(0x0303, 0x003c),
    ];
    const began = process.cpuUsage();
    let opened = 0;
    for (let round = 0; round < 1200; round++) {
      const flights = (originals[round % originals.length] as Flight[]).flatMap((flight): Flight[] => {
        const dice = random();
        if (dice < 0.03) return [];
        if (dice < 0.06) return [flight, flight];
        if (dice < 0.12) return [{ ...flight, data: mutate(flight.data, random) }];
        if (dice < 0.15) return [{ ...flight, lost: Math.floor(random() * 3000) }];
        if (dice < 0.18)
          return [
            { ...flight, data: flight.data.subarray(Math.floor(random() * flight.data.length)), lost: 5 },
          ];
        return [flight];
      });
      const { connection } = run(flights, given, sessions);
      expect(connection.decryption.detail).toMatch(/\.$/);
      opened += connection.applicationBytes.client + connection.applicationBytes.server;
    }
    // Much of it still comes out (of 2.2 MB; many lose their handshake), and quickly.
    expect(opened).toBeGreaterThan(700_000);
    expect(process.cpuUsage(began).user).toBeLessThan(20_000_000);
  });

  it('of any kind, in any pieces, are taken', () => {
    const random = seededRandom('noise');
    for (let round = 0; round < 300; round++) {
      const flights = Array.from({ length: 20 }, (): Flight => {
        const data = noise(`${round}/${random()}`, Math.floor(random() * 400));
        // Every other piece looks like a record, so that it is not refused at once.
        if (random() < 0.5 && data.length > 8) {
          data.set([
            20 + Math.floor(random() * 5),
            3,
            Math.floor(random() * 5),
            0,
            Math.floor(random() * 200),
          ]);
        }
        return { direction: random() < 0.5 ? 'client' : 'server', data };
      });
      run(flights, server.own());
    }
  });

  it('that look like records everywhere cost no more than their length after a gap', () => {
    const { flights, sealers } = handshake({
      version: 0x0303,
      suite: 0x003c,
      certificate: server.certificate,
    });
    const fake = Buffer.alloc(400_000);
    for (let at = 0; at + 5 <= fake.length; at += 5) fake.set([23, 3, 3, 0x3f, 0xf0], at);
    const began = process.cpuUsage();
    const pieces: Flight[] = [...flights, { direction: 'client', data: fake, lost: 1_000_000 }];
    pieces.push({ direction: 'client', data: sealers.client.seal(23, Buffer.from('x')) });
    const { connection } = run(pieces, server.own());
    expect(process.cpuUsage(began).user).toBeLessThan(10_000_000);
    expect(connection.decryption).toMatchObject({ status: 'partial', reason: 'bytes_missing' });
  });

  it('of endless handshakes are held to limits', () => {
    const version = 0x0303;
    const huge = Buffer.concat([Buffer.from([11, 0xff, 0xff, 0xff]), Buffer.alloc(16_000)]);
    const flights: Flight[] = Array.from({ length: 200 }, () => ({
      direction: 'server',
      data: record(22, version, huge.subarray(0, 16_004)),
    }));
    const hello = message(
      1,
      Buffer.concat([Buffer.from([3, 3]), noise('r', 32), Buffer.from([0, 0, 2, 0, 47, 1, 0])]),
    );
    for (let i = 0; i < 2000; i++) flights.push({ direction: 'client', data: record(22, version, hello) });
    const { connection } = run(flights, server.own());
    expect(connection.handshakes).toBeLessThanOrEqual(64);
    expect(connection.steps.length).toBeLessThanOrEqual(512);
    expect(connection.stepsOmitted).toBeGreaterThan(1000);
    expect(connection.faults.length).toBeLessThanOrEqual(64);
  });

  it('of a second ServerHello with a suite of other keys, between the two ChangeCipherSpecs, are told', () => {
    const suites = [
      { version: 0x0303, suite: 0x002f },
      { version: 0x0303, suite: 0x0035 },
      { version: 0x0303, suite: 0x009c },
      { version: 0x0301, suite: 0x000a },
    ];
    for (const first of suites) {
      for (const second of suites) {
        if (second.suite === first.suite) continue;
        const flights = talk(first.version, first.suite);
        const other = talk(second.version, second.suite)[1] as Flight;
        const { connection, plaintext } = run(
          [...flights.slice(0, 3), other, ...flights.slice(3)],
          server.own(),
        );
        expect(connection.cipherSuite?.id).toBe(`0x${u16(second.suite).toString('hex')}`);
        expect(plaintext.client.length).toBeGreaterThan(900);
        expect(plaintext.server.length).toBe(0);
        expect(connection.decryption.status).not.toBe('decrypted');
      }
    }
  });

  it('deflated to a bomb are not inflated', () => {
    const random = seededRandom('deflate');
    for (let round = 0; round < 500; round++) {
      const inflater = new Inflater();
      const head = round % 2 === 0 ? Buffer.from([0x78, 0x9c]) : Buffer.alloc(0);
      const out = inflater.push(Buffer.concat([head, noise(`${random()}`, 200)]), 16_384);
      expect(out?.length ?? 0).toBeLessThanOrEqual(16_384);
    }
    // 1 MB of zeros in about a kilobyte.
    const bomb = new Inflater();
    expect(bomb.push(deflateSync(Buffer.alloc(1 << 20)), 16_384)).toBeUndefined();
    expect(bomb.push(Buffer.alloc(10), 16_384)).toBeUndefined();
  });
});
