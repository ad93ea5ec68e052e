import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { credentials, privateKeyPem, rsaParty } from '../../support/tls-identities.js';
import { recordTls } from '../../support/tls-recorder.js';
import { make, party, pem } from '../../x509/make.js';
import { keys, privateKey, TestKeyLog } from '../support/keys.js';
import { type Flight, run } from '../support/run.js';

/**
 * A capture of two taps has the two directions of a connection in any order to each other. Whatever the order, the
 * connection is the same: node:tls made it, and took all of it.
 */

const authority = rsaParty('authority');
const rsa = credentials('sip.example.net', authority);
const user = credentials('user.example.net', authority);
const ecParty = party('ec.example.net');
const ec = {
  key: privateKeyPem(ecParty),
  cert: pem(make({ subject: ecParty, issuer: authority, algorithm: 'rsa-sha256' })),
};

type Scenario = { readonly name: string } & Parameters<typeof recordTls>[0];

/** More than a flight has. */
const LONG = 'many records '.repeat(40_000);

const both = (version: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3', ciphers?: string) => ({
  minVersion: version,
  maxVersion: version,
  ...(ciphers === undefined ? {} : { ciphers }),
});

const tls12 = both('TLSv1.2');
const tls13 = both('TLSv1.3');

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'TLS 1.0, RSA',
    server: { ...rsa, ...both('TLSv1', 'AES128-SHA@SECLEVEL=0') },
    client: both('TLSv1', 'AES128-SHA@SECLEVEL=0'),
  },
  { name: 'TLS 1.2, RSA', server: { ...rsa, ...both('TLSv1.2', 'AES128-SHA') }, client: tls12 },
  { name: 'TLS 1.2, ECDHE_ECDSA', server: { ...ec, ...tls12 }, client: tls12 },
  {
    name: 'TLS 1.2, client authentication',
    server: { ...rsa, ...tls12, requestCert: true },
    client: { ...tls12, ...user },
  },
  {
    name: 'TLS 1.2, client authentication without a certificate',
    server: { ...rsa, ...tls12, requestCert: true },
    client: tls12,
  },
  { name: 'TLS 1.3', server: { ...rsa, ...tls13 }, client: tls13 },
  {
    name: 'TLS 1.3, client authentication',
    server: { ...rsa, ...tls13, requestCert: true },
    client: { ...tls13, ...user },
  },
  {
    name: 'TLS 1.2, long',
    server: { ...rsa, ...both('TLSv1.2', 'AES128-SHA') },
    client: tls12,
    request: LONG,
    response: LONG,
  },
  { name: 'TLS 1.3, long', server: { ...rsa, ...tls13 }, client: tls13, request: LONG, response: LONG },
  { name: 'refused version', server: { ...rsa, ...tls13 }, client: tls12 },
  {
    name: 'refused suite',
    server: { ...rsa, ...both('TLSv1.2', 'AES128-SHA') },
    client: both('TLSv1.2', 'AES256-SHA'),
  },
];

/** The records of both directions in the order in which they were sent, each with a frame of its own. */
function recordsOf(flights: readonly { readonly side: 'client' | 'server'; readonly data: Buffer }[]) {
  const records: Flight[] = [];
  const begun = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  for (const { side, data } of flights) {
    let bytes = Buffer.concat([begun[side], data]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
      const end = 5 + bytes.readUInt16BE(3);
      records.push({ direction: side, data: bytes.subarray(0, end), frame: records.length + 1 });
      bytes = bytes.subarray(end);
    }
    begun[side] = bytes;
  }
  return records;
}

/** What is known of a connection, but for the places of its records among those of the other side. */
function facts(flights: readonly Flight[], given: ReturnType<typeof keys>) {
  const { connection, plaintext } = run(flights, given);
  const { steps, alerts, firstFrame: _, ...rest } = connection;
  const of = (wanted: string) =>
    steps.filter(({ direction }) => direction === wanted).map(({ record: _, ...step }) => step);
  return {
    ...rest,
    decryption: connection.decryption,
    steps: { client: of('client'), server: of('server') },
    alerts: [...alerts].sort((a, b) => a.frame.number - b.frame.number),
    plaintext: { client: plaintext.client.toString(), server: plaintext.server.toString() },
  };
}

function merge(client: readonly Flight[], server: readonly Flight[], turns: readonly boolean[]): Flight[] {
  const left = { client: [...client], server: [...server] };
  const all: Flight[] = [];
  for (const turn of turns) {
    const next = (turn ? left.client : left.server).shift();
    if (next !== undefined) all.push(next);
  }
  return [...all, ...left.server, ...left.client];
}

describe.each(SCENARIOS)('$name', ({ name: _name, ...options }) => {
  let recorded: Awaited<ReturnType<typeof recordTls>>;
  beforeAll(async () => {
    recorded = await recordTls({ request: 'question', response: 'answer', ...options });
  });

  it.each(['key log', 'no key', 'private key'])('is the same in any order, with %s', (how) => {
    const given =
      how === 'key log'
        ? keys([], new TestKeyLog(recorded.keyLog))
        : how === 'no key'
          ? keys()
          : keys([privateKey(rsa.key)]);
    const records = recordsOf(recorded.flights);
    const client = records.filter(({ direction }) => direction === 'client');
    const server = records.filter(({ direction }) => direction === 'server');
    const expected = facts(records, given);
    const check = (turns: readonly boolean[]) => {
      expect(facts(merge(client, server, turns), given)).toEqual(expected);
    };
    check(client.map(() => true));
    check(server.map(() => false));
    fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: client.length + server.length + 4 }), check), {
      numRuns: 60,
    });
  });
});
