import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes/hex.js';
import { SessionCache } from '../../src/tls/keys/session-cache.js';
import { TlsSession } from '../../src/tls/session.js';
import { party } from '../x509/make.js';
import { keys, TestKeyLog } from './support/keys.js';
import { handshake, message, noise, type PeerOptions, record, u16 } from './support/peer.js';
import { type Flight, frameRef, run } from './support/run.js';
import { privateKeyOf, testServer } from './support/server.js';

describe('why a connection stays closed', () => {
  const server = testServer();
  const talk = (options: Partial<PeerOptions> = {}) => {
    const made = handshake({ version: 0x0303, suite: 0x002f, certificate: server.certificate, ...options });
    const flights: Flight[] = [
      ...made.flights,
      { direction: 'client', data: made.sealers.client.seal(23, Buffer.from('question')) },
      { direction: 'server', data: made.sealers.server.seal(23, Buffer.from('answer')) },
    ];
    return { ...made, flights };
  };
  const random = (seed: string, side: string) => toHex(noise(`${seed}${side}`, 32));

  it('handshake_missing: the capture begins in the middle', () => {
    const { flights } = talk();
    for (const from of [4, 5]) {
      const { connection, lost } = run(flights.slice(from), server.own());
      expect(connection.decryption).toMatchObject({ status: 'not_decrypted', reason: 'handshake_missing' });
      expect(connection.decryption.detail).toContain('first encrypted record is in frame 1');
      expect(lost.length).toBeGreaterThan(0);
    }
    // After the hellos, with ChangeCipherSpec in sight.
    const late = run(flights.slice(2), server.own());
    expect(late.connection.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'handshake_missing',
    });
  });

  it('handshake_missing: one direction alone was captured', () => {
    const { flights } = talk();
    for (const [direction, missing] of [
      ['client', 'ServerHello'],
      ['server', 'ClientHello'],
    ] as const) {
      const { connection } = run(
        flights.filter((flight) => flight.direction === direction),
        server.own(),
      );
      expect(connection.decryption).toMatchObject({ status: 'not_decrypted', reason: 'handshake_missing' });
      expect(connection.decryption.detail).toContain(missing);
    }
  });

  it('cipher_unsupported, with the name of the suite', () => {
    const hello = (type: number) =>
      message(
        type,
        type === 1
          ? Buffer.concat([
              u16(0x0303),
              noise('c', 32),
              Buffer.from([0, 0, 2]),
              u16(0xc100),
              Buffer.from([1, 0]),
            ])
          : Buffer.concat([u16(0x0303), noise('s', 32), Buffer.from([0]), u16(0xc100), Buffer.from([0])]),
      );
    const change = record(20, 0x0303, Buffer.from([1]));
    const flights: Flight[] = [
      { direction: 'client', data: record(22, 0x0303, hello(1)) },
      { direction: 'server', data: record(22, 0x0303, hello(2)) },
      { direction: 'client', data: Buffer.concat([change, record(22, 0x0303, noise('x', 64))]) },
      { direction: 'server', data: Buffer.concat([change, record(22, 0x0303, noise('y', 64))]) },
    ];
    expect(run(flights, server.own()).connection.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'cipher_unsupported',
      detail: 'The cipher suite TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC is not supported.',
    });
  });

  it('bytes_missing: ClientKeyExchange is lost, or a message that the extended master secret covers', () => {
    const { flights, sealers } = talk();
    const exchange = flights[2] as Flight;
    const withGap: Flight[] = [
      ...flights.slice(0, 2),
      { direction: 'client', data: exchange.data.subarray(100), lost: 100 },
      ...flights.slice(3),
      { direction: 'client', data: sealers.client.seal(23, Buffer.from('more')) },
    ];
    expect(run(withGap, server.own()).connection.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'bytes_missing',
      detail: expect.stringContaining('ClientKeyExchange'),
    });

    const extended = talk({ extendedMasterSecret: true });
    const hello = extended.flights[1] as Flight;
    const pieces: Flight[] = extended.flights.map((flight) =>
      flight === hello ? { ...flight, data: hello.data.subarray(0, 300) } : flight,
    );
    pieces.splice(2, 0, { direction: 'server', data: hello.data.subarray(310), lost: 10 });
    expect(run(pieces, server.own()).connection.decryption).toMatchObject({ reason: 'bytes_missing' });
  });

  it('mac_failure: the key log has another secret', () => {
    const { flights } = talk({ seed: 'wrong' });
    const log = `CLIENT_RANDOM ${random('wrong', 'client')} ${toHex(noise('other', 48))}`;
    const { connection } = run(flights, keys([], new TestKeyLog(log)));
    expect(connection.decryption).toMatchObject({ status: 'not_decrypted', reason: 'mac_failure' });
    expect(connection.macFailures).toBe(4);
    expect(connection.failures[0]).toMatchObject({ direction: 'client', frame: { number: 3 } });
  });

  it('no key is needed where nothing is encrypted', () => {
    const { flights } = talk({ suite: 0x0002 });
    const { connection, plaintext } = run(flights, keys());
    expect(connection.decryption.status).toBe('not_encrypted');
    expect(plaintext.client.toString()).toBe('question');
    expect(plaintext.server.toString()).toBe('answer');
  });

  it('a handshake that failed is told by its alert', () => {
    const { flights } = talk();
    const alert = record(21, 0x0303, Buffer.from([2, 40]));
    const { connection } = run([flights[0] as Flight, { direction: 'server', data: alert }], server.own());
    expect(connection.decryption).toEqual({
      status: 'not_encrypted',
      detail:
        'The handshake failed before encryption began: server alert handshake_failure (no common parameters were found) in frame 2.',
    });
    expect(connection.established).toBe(false);
  });

  it('every entry of a key log that fits opens it', () => {
    const id = noise('session', 32);
    const { flights, master } = talk({ seed: 'log', sessionId: id });
    const encrypted = (flights[2] as Flight).data.subarray(5 + 4 + 2, 5 + 4 + 2 + 8);
    const premaster = Buffer.concat([u16(0x0303), noise('logpremaster', 46)]);
    for (const line of [
      `CLIENT_RANDOM ${random('log', 'client')} ${toHex(master)}`,
      `RSA ${toHex(encrypted)} ${toHex(premaster)}`,
      `RSA Session-ID:${toHex(id).toUpperCase()} Master-Key:${toHex(master).toUpperCase()}`,
    ]) {
      const { connection, session } = run(flights, keys([], new TestKeyLog(line)));
      expect(connection.decryption, line.slice(0, 20)).toMatchObject({ status: 'decrypted', by: 'key log' });
      expect(session.keyLogLines()).toEqual([`CLIENT_RANDOM ${random('log', 'client')} ${toHex(master)}`]);
    }
  });

  it('without a certificate every RSA key is tried, and the MAC decides', () => {
    const other = privateKeyOf(party('other', 'rsa'));
    const third = privateKeyOf(party('third', 'rsa', 2048));
    const { flights } = talk();
    // Another certificate than the key's: as if the chain had been swapped.
    const swapped = flights.map((flight) => {
      const at = Buffer.from(flight.data).indexOf(server.certificate);
      if (at < 0) return flight;
      const data = Buffer.from(flight.data);
      data.fill(0x5a, at + 4, at + server.certificate.length);
      return { ...flight, data };
    });
    const all = keys([third, other, server.key()]);
    const { connection, plaintext } = run(swapped, all);
    expect(plaintext.client.toString()).toBe('question');
    expect(connection.decryption).toMatchObject({ status: 'decrypted', by: 'RSA private key server.key' });
    expect(connection.faults[0]?.code).toBe('malformed-certificate');
  });

  it('holds no more ciphertext than it may, and says so', () => {
    const { flights, sealers } = talk({ seed: 'held' });
    const sessions = new SessionCache({ heldBytes: 50_000 });
    const keyLog = new TestKeyLog();
    const many: Flight[] = [...flights];
    for (let i = 0; i < 10; i++)
      many.push({ direction: 'client', data: sealers.client.seal(23, Buffer.alloc(10_000)) });
    const { connection } = run(many, keys([], keyLog), sessions);
    expect(sessions.waiting).toBe(0);
    expect(connection.decryption.detail).toContain('limits of memory');
    keyLog.add(
      `CLIENT_RANDOM ${random('held', 'client')} ${toHex(handshake({ version: 0x0303, suite: 0x002f, certificate: server.certificate, seed: 'held' }).master)}`,
    );
    sessions.retry();
    expect(connection.decryption.status).toBe('not_decrypted');
  });

  it('says before and after that held records come late', () => {
    const { flights, master } = talk({ seed: 'late' });
    const keyLog = new TestKeyLog();
    const sessions = new SessionCache();
    const events: string[] = [];
    const session = new TlsSession(
      { keys: keys([], keyLog), sessions },
      {
        applicationData: (direction, data, frame) =>
          events.push(`${direction} ${frame.number} ${Buffer.from(data).toString()}`),
        lost: () => events.push('lost'),
        reopened: () => events.push('reopened'),
        caughtUp: () => events.push('caught up'),
      },
    );
    flights.forEach(({ direction, data }, index) => {
      session.push(direction, data, frameRef(index + 1));
    });
    session.end();
    sessions.retry();
    expect(events).toEqual([]);
    keyLog.add(`CLIENT_RANDOM ${random('late', 'client')} ${toHex(master)}`);
    sessions.retry();
    sessions.retry();
    expect(events).toEqual(['reopened', 'client 5 question', 'server 6 answer', 'caught up']);
    expect(session.connection.finished).toEqual({ client: 'valid', server: 'valid' });
  });

  it('follows roles where TCP took the server for the client', () => {
    const { flights } = talk();
    const turned = flights.map(
      (flight): Flight => ({ ...flight, direction: flight.direction === 'client' ? 'server' : 'client' }),
    );
    const { connection, plaintext } = run(turned, server.own());
    expect(connection.clientDirection).toBe('server');
    expect(connection.decryption.status).toBe('decrypted');
    expect(plaintext.server.toString()).toBe('question');
  });
});
