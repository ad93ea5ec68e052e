import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { credentials, rsaParty } from '../../support/tls-identities.js';
import { recordTls } from '../../support/tls-recorder.js';
import { readStreams } from '../support/capture.js';
import { keys, privateKey, privateKeyFile, TestKeyLog } from '../support/keys.js';
import { type Flight, run } from '../support/run.js';

const wire = (name: string) => fileURLToPath(new URL(`../fixtures/wire/${name}`, import.meta.url));
const identity = credentials('sip.example.net', rsaParty('authority'));

async function recorded(version: 'TLSv1.2' | 'TLSv1.3', ciphers?: string, client: object = {}) {
  const { flights, keyLog, session } = await recordTls({
    server: { ...identity, minVersion: version, maxVersion: version, ...(ciphers && { ciphers }) },
    client: { ...(ciphers && { ciphers }), ...client },
    request: 'the question',
    response: 'the answer',
  });
  return {
    flights: flights.map(({ side, data }, index): Flight => ({ direction: side, data, frame: index + 1 })),
    given: keys([], new TestKeyLog(keyLog)),
    session,
  };
}

/** All orders of two sequences that keep the order within each, as cuts of the client's among the server's. */
function interleavings(flights: readonly Flight[]): Flight[][] {
  const client = flights.filter(({ direction }) => direction === 'client');
  const server = flights.filter(({ direction }) => direction === 'server');
  const all: Flight[][] = [];
  const go = (taken: Flight[], c: number, s: number) => {
    if (all.length >= 400) return;
    if (c === client.length && s === server.length) all.push(taken);
    if (c < client.length) go([...taken, client[c] as Flight], c + 1, s);
    if (s < server.length) go([...taken, server[s] as Flight], c, s + 1);
  };
  go([], 0, 0);
  return all;
}

function expectWhole(flights: readonly Flight[], given: ReturnType<typeof keys>) {
  const { connection, plaintext } = run(flights, given);
  expect(connection.faults).toEqual([]);
  expect(connection.decryption.status).toBe('decrypted');
  expect(connection.finished).toEqual({ client: 'valid', server: 'valid' });
  expect(connection.macFailures).toBe(0);
  expect(connection.established).toBe(true);
  expect(plaintext.client.toString()).toBe('the question');
  expect(plaintext.server.toString()).toBe('the answer');
  return connection;
}

describe('flights captured in another order than they were sent', () => {
  it('a server’s last flight before the client’s, with the extended master secret', () => {
    const { streams } = readStreams(wire('flights-crossed.pcap'));
    const { connection, plaintext } = run(
      streams[0]?.flights ?? [],
      keys([privateKeyFile(wire('server.key'))]),
    );
    expect(connection.extendedMasterSecret).toBe(true);
    expect(connection.decryption.status).toBe('decrypted');
    expect(connection.finished).toEqual({ client: 'valid', server: 'valid' });
    expect(plaintext.client.toString()).toMatch(/^INVITE /);
    expect(plaintext.server.toString()).toMatch(/^SIP\/2.0 200 /);
  });

  it('TLS 1.2 with RSA, in every order', async () => {
    const { flights } = await recorded('TLSv1.2', 'AES128-SHA');
    const given = keys([privateKey(identity.key)]);
    const orders = interleavings(flights);
    expect(orders.length).toBeGreaterThan(5);
    for (const order of orders) expectWhole(order, given);
  });

  it('TLS 1.2 with ECDHE and a key log, in every order', async () => {
    const { flights, given } = await recorded('TLSv1.2');
    for (const order of interleavings(flights)) expectWhole(order, given);
  });

  it('TLS 1.2 resumed, in every order', async () => {
    const { session } = await recorded('TLSv1.2');
    const server = { ...identity, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
    expect(session).toBeDefined();
    // A context of its own for each connection would not know the ticket: the keys of tickets are given.
    const ticketKeys = Buffer.alloc(48, 7);
    const first = await recordTls({ server: { ...server, ticketKeys } });
    const second = await recordTls({
      server: { ...server, ticketKeys },
      client: { session: first.session },
      request: 'the question',
      response: 'the answer',
    });
    const flights = second.flights.map(({ side, data }): Flight => ({ direction: side, data }));
    const given = keys([], new TestKeyLog(second.keyLog));
    for (const order of interleavings(flights)) expect(expectWhole(order, given).resumed).toBe(true);
  });

  it('TLS 1.3, in every order', async () => {
    const { flights, given } = await recorded('TLSv1.3');
    for (const order of interleavings(flights)) expectWhole(order, given);
  });

  it('TLS 1.3 with HelloRetryRequest, in every order', async () => {
    const { flights, given } = await recordTls({
      server: { ...identity, minVersion: 'TLSv1.3', ecdhCurve: 'P-384' },
      client: { ecdhCurve: 'P-256:P-384' },
      request: 'the question',
      response: 'the answer',
    }).then(({ flights, keyLog }) => ({
      flights: flights.map(({ side, data }): Flight => ({ direction: side, data })),
      given: keys([], new TestKeyLog(keyLog)),
    }));
    for (const order of interleavings(flights)) expectWhole(order, given);
  });

  it('steps are in the order of the protocol and keep their frames', async () => {
    const { flights, given } = await recorded('TLSv1.2', 'AES128-SHA');
    const order = interleavings(flights).find(
      ([first, second]) => first?.direction === 'server' && second?.direction === 'server',
    );
    expect(order).toBeDefined();
    const { steps } = run(order as Flight[], given).connection;
    const names = steps.flatMap(({ messages }) => messages.map(({ name }) => name));
    expect(names.slice(0, 2)).toEqual(['ClientHello', 'ServerHello']);
  });
});

describe('what waited in vain', () => {
  it('is handed on at the end where the other side is not in the capture', async () => {
    const { flights, given } = await recorded('TLSv1.2');
    const clientOnly = run(
      flights.filter(({ direction }) => direction === 'client'),
      given,
    ).connection;
    expect(clientOnly.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'handshake_missing',
    });
    expect(clientOnly.decryption.detail).toMatch(/^The ServerHello is not in the capture/);
    expect(clientOnly.faults).toEqual([]);
    const serverOnly = run(
      flights.filter(({ direction }) => direction === 'server'),
      given,
    ).connection;
    expect(serverOnly.decryption.detail).toMatch(/^The ClientHello is not in the capture/);
    expect(serverOnly.faults).toEqual([]);
  });
});
