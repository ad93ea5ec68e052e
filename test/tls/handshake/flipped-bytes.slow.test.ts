import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PolicyRun } from '../../../src/checks/policy/policy.js';
import { chainValid, established, identityMatches, mutual } from '../../../src/checks/policy/rules.js';
import { judgeConnection } from '../../../src/checks/tls/verdict.js';
import type { TlsConnection } from '../../../src/tls/connection.js';
import type { TlsKeys } from '../../../src/tls/context.js';
import { proofOf } from '../../../src/tls/proof.js';
import { parseCertificate } from '../../../src/x509/certificate.js';
import { CertificateStore } from '../../../src/x509/store.js';
import { authorityPem, credentials, privateKeyPem, rsaParty } from '../../support/tls-identities.js';
import { recordTls } from '../../support/tls-recorder.js';
import { END, make, party, pem, START, subjectAltName } from '../../x509/make.js';
import { keys, TestKeyLog } from '../support/keys.js';
import { type Flight, run } from '../support/run.js';

/**
 * Each byte of each signed message changed: whoever sent it has proven nothing, and what a certificate says of a side is
 * not taken for true. The handshakes are those of node:tls, whose peers took every signature as it was sent.
 */

const HOST = 'sip.example.net';
const authority = rsaParty('authority');
const rsa = credentials(HOST, authority);
const ecParty = party('ec');
const ecCertificate = make({
  subject: ecParty,
  issuer: authority,
  algorithm: 'rsa-sha256',
  notBefore: START,
  notAfter: END,
  extensions: [subjectAltName([2, HOST])],
});
const ec = { key: privateKeyPem(ecParty), cert: pem(ecCertificate) };

const SERVER_KEY_EXCHANGE = 12;
const CERTIFICATE_VERIFY = 15;

type Side = 'client' | 'server';
type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

async function record(version: Version, identity: typeof rsa, ciphers?: string, client?: typeof rsa) {
  const both = {
    minVersion: version,
    maxVersion: version,
    ...(ciphers === undefined ? {} : { ciphers: version === 'TLSv1.3' ? ciphers : `${ciphers}@SECLEVEL=0` }),
  };
  const recorded = await recordTls({
    server: { ...identity, ...both, dhparam: 'auto', requestCert: client !== undefined },
    client: { ...both, ...client, servername: HOST },
  });
  const flights: Flight[] = [];
  for (const { side, data } of recorded.flights) {
    const last = flights.at(-1);
    if (last?.direction !== side) flights.push({ direction: side, data });
    else flights.splice(-1, 1, { direction: side, data: Buffer.concat([last.data, data]) });
  }
  return { flights, log: recorded.keyLog, given: keys([], new TestKeyLog(recorded.keyLog)) };
}

/** Where the first plain message of a type stands: its flight, and the place in that of its body. */
function findMessage(
  flights: readonly Flight[],
  type: number,
): { flight: number; start: number; end: number } {
  for (const [flight, { data }] of flights.entries()) {
    const bytes = Buffer.from(data);
    for (let at = 0; at + 9 <= bytes.length && bytes[at] === 22; at += 5 + bytes.readUInt16BE(at + 3)) {
      const end = at + 5 + bytes.readUInt16BE(at + 3);
      for (let message = at + 5; message + 4 <= end; message += 4 + bytes.readUIntBE(message + 1, 3)) {
        const stop = message + 4 + bytes.readUIntBE(message + 1, 3);
        if (bytes[message] === type) return { flight, start: message + 4, end: stop };
      }
    }
  }
  throw new Error(`there is no message ${type}`);
}

/** What a policy says of a connection, under anchors that the certificates lead to. */
function passed(connection: TlsConnection): Record<string, boolean> {
  const anchor = parseCertificate(
    Buffer.from(authorityPem(authority).replace(/-----[^-]+-----|\s/g, ''), 'base64'),
  );
  if (!anchor.ok) throw new Error(anchor.error.message);
  const verdict = judgeConnection(connection, {
    anchors: new CertificateStore([anchor.value]),
    others: new CertificateStore([]),
    atSeconds: Date.parse('2025-01-01') / 1000,
  });
  const rules = [chainValid(), identityMatches(), established(true), mutual(true)];
  const results = new PolicyRun({ name: 'test', rules, requirements: [] }).judge({
    tcpStream: 0,
    connection,
    verdict,
  });
  return Object.fromEntries(results.map(({ rule, passed }) => [rule, passed]));
}

/** Looks at the proof after each changed byte, and at what a policy makes of it after some. */
function expectUnproven(
  flights: readonly Flight[],
  changed: { readonly side: Side; readonly flight: number; readonly at: number },
  given: TlsKeys,
): void {
  const { side, flight, at } = changed;
  const upTo = run(flights.slice(0, flight + 1), given).connection;
  expect(['failed', 'unchecked'], `byte ${at}`).toContain(proofOf(upTo, side).status);
  if (at % 16 !== 0) return;
  const results = passed(run(flights, given).connection);
  expect(results, `byte ${at}`).toMatchObject(
    side === 'client'
      ? { established: false, mutual: false }
      : { established: false, chain: false, identity: false },
  );
}

const SERVERS: readonly (readonly [string, Version, typeof rsa, string])[] = [
  ['TLS 1.0, DHE_RSA', 'TLSv1', rsa, 'DHE-RSA-AES128-SHA'],
  ['TLS 1.0, ECDHE_RSA', 'TLSv1', rsa, 'ECDHE-RSA-AES128-SHA'],
  ['TLS 1.0, ECDHE_ECDSA', 'TLSv1', ec, 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS 1.1, DHE_RSA', 'TLSv1.1', rsa, 'DHE-RSA-AES256-SHA'],
  ['TLS 1.1, ECDHE_RSA', 'TLSv1.1', rsa, 'ECDHE-RSA-AES256-SHA'],
  ['TLS 1.1, ECDHE_ECDSA', 'TLSv1.1', ec, 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS 1.2, DHE_RSA', 'TLSv1.2', rsa, 'DHE-RSA-AES128-GCM-SHA256'],
  ['TLS 1.2, ECDHE_RSA', 'TLSv1.2', rsa, 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS 1.2, ECDHE_ECDSA', 'TLSv1.2', ec, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
];

describe('each byte of a ServerKeyExchange changed', () => {
  it.each(SERVERS)('%s', async (_name, version, identity, ciphers) => {
    const { flights, given } = await record(version, identity, ciphers);
    expect(passed(run(flights, given).connection)).toMatchObject({
      chain: true,
      identity: true,
      established: true,
    });
    const { flight, start, end } = findMessage(flights, SERVER_KEY_EXCHANGE);
    expect(end - start).toBeGreaterThan(100);
    for (let at = start; at < end; at++) {
      const data = Buffer.from((flights[flight] as Flight).data);
      // All bits of some bytes, one bit of others.
      data[at] = (data[at] as number) ^ (at % 3 === 0 ? 0xff : 1 << (at % 8));
      expectUnproven(
        flights.with(flight, { direction: 'server', data }),
        { side: 'server', flight, at: at - start },
        given,
      );
    }
  });
});

describe('each byte of a client’s CertificateVerify changed', () => {
  it.each<[Version, string, typeof rsa]>([
    ['TLSv1', 'ECDHE-RSA-AES128-SHA', rsa],
    ['TLSv1', 'AES128-SHA', ec],
    ['TLSv1.1', 'AES128-SHA', rsa],
    ['TLSv1.1', 'ECDHE-RSA-AES128-SHA', ec],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', rsa],
    ['TLSv1.2', 'AES128-GCM-SHA256', ec],
  ])('%s, %s', async (version, ciphers, client) => {
    const { flights, given } = await record(version, rsa, ciphers, client);
    expect(passed(run(flights, given).connection)).toEqual({
      chain: true,
      identity: true,
      established: true,
      mutual: true,
    });
    const { flight, start, end } = findMessage(flights, CERTIFICATE_VERIFY);
    for (let at = start; at < end; at++) {
      const data = Buffer.from((flights[flight] as Flight).data);
      data[at] = (data[at] as number) ^ (at % 3 === 0 ? 0xff : 1 << (at % 8));
      expectUnproven(
        flights.with(flight, { direction: 'client', data }),
        { side: 'client', flight, at: at - start },
        given,
      );
    }
  });
});

/** The records of one side under a traffic secret of TLS_AES_128_GCM_SHA256 (RFC 8446 §5.2, §7.1), by node:crypto alone. */
class Tls13Records {
  readonly #key: Buffer;
  readonly #iv: Buffer;

  constructor(secret: Buffer) {
    this.#key = expand(secret, 'key', 16);
    this.#iv = expand(secret, 'iv', 12);
  }

  /** Content and its type byte; undefined where the record is not under this secret. */
  open(record: Buffer, sequence: number): Buffer | undefined {
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#nonce(sequence));
    decipher.setAAD(record.subarray(0, 5)).setAuthTag(record.subarray(-16));
    const content = decipher.update(record.subarray(5, -16));
    try {
      decipher.final();
      return content;
    } catch {
      return undefined;
    }
  }

  seal(content: Buffer, sequence: number): Buffer {
    const header = Buffer.from([23, 3, 3, 0, 0]);
    header.writeUInt16BE(content.length + 16, 3);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#nonce(sequence)).setAAD(header);
    return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }

  #nonce(sequence: number): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce[11] = (nonce[11] as number) ^ sequence;
    return nonce;
  }
}

function expand(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/** Where the CertificateVerify of a side is: flight, record, sequence number, and what the record holds. */
function findVerify(flights: readonly Flight[], side: Side, records: Tls13Records) {
  let sequence = 0;
  for (const [flight, { direction, data }] of flights.entries()) {
    if (direction !== side) continue;
    const bytes = Buffer.from(data);
    for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
      if (bytes[at] !== 23) continue;
      const record = { at, end: at + 5 + bytes.readUInt16BE(at + 3) };
      const content = records.open(bytes.subarray(record.at, record.end), sequence);
      if (content === undefined) continue;
      for (
        let message = 0;
        message + 4 <= content.length - 1;
        message += 4 + content.readUIntBE(message + 1, 3)
      ) {
        const end = message + 4 + content.readUIntBE(message + 1, 3);
        if (content[message] === CERTIFICATE_VERIFY) {
          return { flight, record, sequence, content, start: message + 4, end };
        }
      }
      sequence++;
    }
  }
  throw new Error('there is no CertificateVerify');
}

describe('TLS 1.3: each byte of a CertificateVerify changed', () => {
  it.each<[string, Side, typeof rsa, typeof rsa]>([
    ['of the server, RSA', 'server', rsa, rsa],
    ['of the server, ECDSA', 'server', ec, rsa],
    ['of the client, RSA', 'client', rsa, rsa],
    ['of the client, ECDSA', 'client', rsa, ec],
  ])('%s', async (_name, side, server, client) => {
    const { flights, given, log } = await record('TLSv1.3', server, 'TLS_AES_128_GCM_SHA256', client);
    expect(passed(run(flights, given).connection)).toEqual({
      chain: true,
      identity: true,
      established: true,
      mutual: true,
    });
    const secret = new RegExp(`^${side.toUpperCase()}_HANDSHAKE_TRAFFIC_SECRET \\S+ (\\S+)`, 'm').exec(
      log,
    )?.[1];
    const records = new Tls13Records(Buffer.from(secret ?? '', 'hex'));
    const { flight, record: place, sequence, content, start, end } = findVerify(flights, side, records);
    const whole = Buffer.from((flights[flight] as Flight).data);
    for (let at = start; at < end; at++) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] as number) ^ (at % 3 === 0 ? 0xff : 1 << (at % 8));
      const data = Buffer.concat([
        whole.subarray(0, place.at),
        records.seal(changed, sequence),
        whole.subarray(place.end),
      ]);
      expectUnproven(
        flights.with(flight, { direction: side, data }),
        { side: side, flight, at: at - start },
        given,
      );
    }
  });
});
