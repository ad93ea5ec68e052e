import { describe, expect, it } from 'vitest';
import { keys, TestKeyLog } from '../support/keys.js';
import { handshake, message, noise, record } from '../support/peer.js';
import { type Flight, frameRef, run, start } from '../support/run.js';
import { testServer } from '../support/server.js';

/** What waits for the other side: its limits, and what is told without any key. */

const server = testServer();
const talk = (version = 0x0303) => {
  const { flights, sealers } = handshake({
    version,
    suite: 0x002f,
    certificate: server.certificate,
    seed: 'early',
  });
  const all: Flight[] = [
    ...flights,
    { direction: 'client', data: sealers.client.seal(23, Buffer.from('question')) },
    { direction: 'server', data: sealers.server.seal(23, Buffer.from('answer')) },
  ];
  return all as [Flight, Flight, Flight, Flight, Flight, Flight];
};

describe('records that came too early', () => {
  it('are kept as bytes of their own', () => {
    const [hello, first, second, third, question, answer] = talk();
    const { session, outcome } = start(server.own());
    [hello, first, third, second, question, answer].forEach(({ direction, data }, index) => {
      const view = Uint8Array.from(data);
      session.push(direction, view, frameRef(index + 1));
      // The capture's memory is used again.
      view.fill(0xff);
    });
    session.end();
    expect(outcome().connection.finished).toEqual({ client: 'valid', server: 'valid' });
    expect(outcome().plaintext.server.toString()).toBe('answer');
  });

  it('count as memory while they wait, and no longer', () => {
    const [hello, first, second, third] = talk();
    const { session } = start(server.own());
    session.push('client', hello.data, frameRef(1));
    session.push('server', first.data, frameRef(2));
    const before = session.heldBytes;
    session.push('server', third.data, frameRef(3));
    expect(session.heldBytes).toBeGreaterThan(before + third.data.length - 20);
    session.push('client', second.data, frameRef(4));
    expect(session.connection.finished).toEqual({ client: 'valid', server: 'valid' });
    const after = session.heldBytes;
    expect(after).toBeLessThan(before + 8 * 1024);
  });

  it('are handed on, in the order in which they came, where too many wait', () => {
    const [, first] = talk();
    const many = Array.from({ length: 4000 }, (_, i) => record(22, 0x0303, message(4, noise(`${i}`, 8))));
    const { session } = start(server.own());
    // No ClientHello comes before them.
    session.push('server', first.data, frameRef(1));
    expect(session.connection.steps).toEqual([]);
    for (const [index, data] of many.entries()) session.push('server', data, frameRef(index + 2));
    expect(session.connection.steps.slice(0, 2).map(({ frame }) => frame.number)).toEqual([1, 2]);
    expect(session.connection.records).toBe(4001);
  });

  it('are handed on where they are too long', () => {
    const [, first] = talk();
    const { session } = start(server.own());
    session.push('server', first.data, frameRef(1));
    for (let i = 0; i < 66; i++)
      session.push('server', record(22, 0x0303, noise(`${i}`, 16_000)), frameRef(i + 2));
    expect(session.connection.records).toBeGreaterThan(60);
  });

  it('are handed on before lost bytes', () => {
    const [hello, first, , third] = talk();
    const { session } = start(server.own());
    session.push('client', hello.data, frameRef(1));
    session.push('server', first.data, frameRef(2));
    session.push('server', third.data, frameRef(3));
    const before = session.connection.records;
    session.gap('client', 300, frameRef(4));
    expect(session.connection.records).toBe(before + 2);
  });
});

describe('lost bytes of a side whose records wait', () => {
  it('wait too, with the bytes behind them', () => {
    const { flights, sealers } = handshake({
      version: 0x0303,
      suite: 0x002f,
      certificate: server.certificate,
      seed: 'early gap',
    });
    const [hello, first, second, third] = flights as [Flight, Flight, Flight, Flight];
    const said = ['one', 'two', 'three'].map((word) => sealers.client.seal(23, Buffer.from(word)));
    const answer = sealers.server.seal(23, Buffer.from('answer'));
    const client: Flight[] = [
      hello,
      second,
      { direction: 'client', data: said[0] as Buffer },
      { direction: 'client', data: said[2] as Buffer, lost: said[1]?.length ?? 0 },
    ];
    const { connection, plaintext } = run(
      [...client, first, third, { direction: 'server', data: answer }],
      server.own(),
    );
    expect(connection.faults).toEqual([]);
    expect(connection.decryption).toMatchObject({ status: 'partial', reason: 'bytes_missing' });
    expect(connection.lost).toMatchObject([
      { direction: 'client', frame: { number: 4 }, resynchronised: true },
    ]);
    expect(plaintext.client.toString()).toBe('onethree');
    expect(plaintext.server.toString()).toBe('answer');
    expect(connection.macFailures).toBe(0);
  });
});

describe('directions that stand too far apart', () => {
  const { flights, sealers, master } = handshake({
    version: 0x0303,
    suite: 0x002f,
    certificate: server.certificate,
    seed: 'far apart',
    extendedMasterSecret: true,
  });
  const [hello, first, second, third] = flights as [Flight, Flight, Flight, Flight];
  const sent = Array.from({ length: 100 }, (_, i) => sealers.client.seal(23, noise(`${i}`, 16_000)));

  it('are said to, and nothing is said to be missing or wrong', () => {
    const { session, outcome } = start(server.own());
    session.push('client', hello.data, frameRef(1));
    session.push('client', second.data, frameRef(2));
    let most = 0;
    for (const [i, data] of sent.entries()) {
      session.push('client', data, frameRef(3 + i));
      most = Math.max(most, session.heldBytes);
    }
    expect(most).toBeGreaterThan(900_000);
    expect(most).toBeLessThan(1_200_000);
    session.push('server', first.data, frameRef(200));
    session.push('server', third.data, frameRef(201));
    session.end();
    const { connection } = outcome();
    expect(connection.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'handshake_missing',
      detail:
        'The two directions of the handshake stand so far apart in the capture that its messages could not be put in order.',
    });
    expect(connection.faults).toEqual([]);
    expect(connection.version).toBe('TLS 1.2');
  });

  it('say nothing of a Finished, as the order of what it covers is lost', () => {
    const random = noise('far apartclient', 32).toString('hex');
    const log = new TestKeyLog(`CLIENT_RANDOM ${random} ${Buffer.from(master).toString('hex')}`);
    const client: Flight[] = [hello, second, ...sent.map((data): Flight => ({ direction: 'client', data }))];
    for (const order of [
      [...client, first, third],
      [first, third, ...sent.map((data): Flight => ({ direction: 'server', data })), hello, second],
    ]) {
      const { connection } = run(order, keys([], log));
      expect(connection.faults).toEqual([]);
      expect(Object.values(connection.finished)).not.toContain('invalid');
    }
  });
});

describe('without any key', () => {
  it('the handshake is over with the first application data under the new keys of both sides', () => {
    const all = talk();
    const upTo = (count: number) => run(all.slice(0, count), keys()).connection.established;
    expect(upTo(3)).toBe(false);
    expect(upTo(4)).toBe(false);
    expect(upTo(5)).toBe(true);
    // One side alone has changed ciphers.
    const [hello, first, second, , question] = all;
    expect(run([hello, first, second, question], keys()).connection.established).toBe(false);
  });

  it('a message out of order is told, and one that only follows what is missing is not', () => {
    const [hello, first] = talk();
    const twice = record(22, 0x0303, message(14, Buffer.alloc(0)));
    const seen = run([hello, first, { direction: 'server', data: twice }], keys()).connection;
    expect(seen.faults).toMatchObject([
      {
        code: 'unexpected-message',
        message:
          'ServerHelloDone of the server is out of order: expected was ClientKeyExchange of the client.',
        frame: { number: 3 },
      },
    ]);
    const finished = run(
      [hello, first, { direction: 'client', data: record(22, 0x0303, message(15, Buffer.alloc(4))) }],
      keys(),
    );
    expect(finished.connection.faults.map(({ code }) => code)).toContain('unexpected-message');
    // After lost bytes nobody knows.
    const lost = run(
      [hello, { ...first, lost: 10 }, { direction: 'server', data: twice }],
      keys(),
    ).connection;
    expect(lost.faults.map(({ code }) => code)).not.toContain('unexpected-message');
  });

  it('a request to begin anew may come at any time and is no part of what is hashed', () => {
    const [hello, first, ...rest] = talk();
    const request = record(22, 0x0303, message(0, Buffer.alloc(0)));
    const { connection } = run([hello, first, { direction: 'server', data: request }, ...rest], server.own());
    expect(connection.faults).toEqual([]);
    expect(connection.finished).toEqual({ client: 'valid', server: 'valid' });
  });
});
