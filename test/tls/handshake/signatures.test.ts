import { describe, expect, it } from 'vitest';
import { credentials, privateKeyPem, rsaParty } from '../../support/tls-identities.js';
import { recordTls } from '../../support/tls-recorder.js';
import { make, party, pem } from '../../x509/make.js';
import { keys, TestKeyLog } from '../support/keys.js';
import { type Flight, run } from '../support/run.js';

/** Node and its OpenSSL made these handshakes: both sides took every signature. */

const authority = rsaParty('authority');
const rsa = credentials('sip.example.net', authority);
const ecParty = party('ec.example.net');
const ec = {
  key: privateKeyPem(ecParty),
  cert: pem(make({ subject: ecParty, issuer: authority, algorithm: 'rsa-sha256' })),
};
const user = credentials('user.example.net', authority);

type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

async function record(options: {
  readonly version: Version;
  readonly ciphers?: string;
  readonly identity?: typeof rsa;
  readonly client?: typeof rsa;
  readonly sigalgs?: string;
}) {
  const { version, identity = rsa, client, sigalgs } = options;
  const both = {
    minVersion: version,
    maxVersion: version,
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    ...(sigalgs === undefined ? {} : { sigalgs }),
  };
  const recorded = await recordTls({
    server: { ...identity, ...both, dhparam: 'auto', requestCert: client !== undefined },
    client: { ...both, ...client },
  });
  return {
    flights: recorded.flights.reduce<Flight[]>((whole, { side, data }) => {
      // A flight may come in several pieces, which end inside records.
      const last = whole.at(-1);
      if (last?.direction !== side) whole.push({ direction: side, data });
      else whole.splice(-1, 1, { direction: side, data: Buffer.concat([last.data, data]) });
      return whole;
    }, []),
    given: keys([], new TestKeyLog(recorded.keyLog)),
  };
}

/** The flights with `change` made to the plain message of a type: 12 ServerKeyExchange, 15 CertificateVerify. */
function changed(flights: readonly Flight[], change: (message: Buffer) => void, type = 12): Flight[] {
  let done = false;
  const all = flights.map((flight) => {
    if (done) return flight;
    const data = Buffer.from(flight.data);
    // Records that each hold one message, as OpenSSL sends them, or several.
    for (let at = 0; at + 9 <= data.length && data[at] === 22; at += 5 + data.readUInt16BE(at + 3)) {
      const end = at + 5 + data.readUInt16BE(at + 3);
      for (let message = at + 5; message + 4 <= end; message += 4 + data.readUIntBE(message + 1, 3)) {
        if (data[message] !== type || done) continue;
        change(data.subarray(message, message + 4 + data.readUIntBE(message + 1, 3)));
        done = true;
      }
    }
    return { ...flight, data };
  });
  expect(done).toBe(true);
  return all;
}

const KEY_EXCHANGES: readonly (readonly [string, Parameters<typeof record>[0]])[] = [
  ['TLS 1.0, ECDHE_RSA', { version: 'TLSv1', ciphers: 'ECDHE-RSA-AES128-SHA@SECLEVEL=0' }],
  ['TLS 1.1, DHE_RSA', { version: 'TLSv1.1', ciphers: 'DHE-RSA-AES128-SHA@SECLEVEL=0' }],
  [
    'TLS 1.1, ECDHE_ECDSA',
    { version: 'TLSv1.1', ciphers: 'ECDHE-ECDSA-AES128-SHA@SECLEVEL=0', identity: ec },
  ],
  ['TLS 1.2, ECDHE_RSA with PSS', { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
  [
    'TLS 1.2, ECDHE_RSA with PKCS #1',
    { version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', sigalgs: 'RSA+SHA384' },
  ],
  ['TLS 1.2, DHE_RSA', { version: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256' }],
  ['TLS 1.2, ECDHE_ECDSA', { version: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', identity: ec }],
];

describe('the signature of a ServerKeyExchange', () => {
  it.each(KEY_EXCHANGES)('%s: holds, and without any key', async (_name, options) => {
    const { flights } = await record(options);
    expect(run(flights, keys()).connection.serverSignature).toBe('valid');
  });

  it.each(KEY_EXCHANGES)('%s: twenty bytes of it changed', async (_name, options) => {
    const { flights } = await record(options);
    const forged = changed(flights, (message) => {
      for (let i = message.length - 40; i < message.length - 20; i++)
        message[i] = (message[i] as number) ^ 0x55;
    });
    expect(run(forged, keys()).connection.serverSignature).toBe('invalid');
  });

  it.each(KEY_EXCHANGES)('%s: another public value than was signed', async (_name, options) => {
    const { flights } = await record(options);
    const forged = changed(flights, (message) => {
      message[12] = (message[12] as number) ^ 1;
    });
    expect(run(forged, keys()).connection.serverSignature).toBe('invalid');
  });

  it('with another hash than the scheme says, and with a scheme for another kind of key', async () => {
    const { flights } = await record({
      version: 'TLSv1.2',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
      sigalgs: 'RSA+SHA256',
    });
    // curve type, group, length and point stand before the scheme: 0x0401.
    const scheme = (value: number) =>
      changed(flights, (message) => {
        const at = 4 + 4 + (message[7] as number);
        expect(message.readUInt16BE(at)).toBe(0x0401);
        message.writeUInt16BE(value, at);
      });
    expect(run(scheme(0x0401), keys()).connection.serverSignature).toBe('valid');
    expect(run(scheme(0x0501), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x0403), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x0804), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x0807), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x0808), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x081a), keys()).connection.serverSignature).toBe('invalid');
    expect(run(scheme(0x7777), keys()).connection.serverSignature).toBe('unverifiable');
  });

  it('cannot be checked where the ClientHello is missing', async () => {
    const { flights } = await record({ version: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    expect(run(flights.slice(1), keys()).connection.serverSignature).toBe('unverifiable');
  });

  it('is not there where RSA encrypts the premaster secret', async () => {
    const { flights } = await record({ version: 'TLSv1.2', ciphers: 'AES128-SHA' });
    expect(run(flights, keys()).connection.serverSignature).toBeUndefined();
  });
});

describe('a CertificateVerify', () => {
  it.each<[Version, string | undefined]>([
    ['TLSv1', 'ECDHE-RSA-AES128-SHA@SECLEVEL=0'],
    ['TLSv1.1', 'AES128-SHA@SECLEVEL=0'],
    ['TLSv1.2', undefined],
    ['TLSv1.3', undefined],
  ])('%s: of the client holds, for RSA and ECDSA', async (version, ciphers) => {
    for (const client of [user, ec]) {
      const { flights, given } = await record({ version, client, ...(ciphers && { ciphers }) });
      const { connection } = run(flights, given);
      expect(connection.clientSignature).toBe('valid');
      expect(connection.mutual).toBe(true);
      expect(connection.finished).toEqual({ client: 'valid', server: 'valid' });
    }
  });

  it('of the client with bytes changed is wrong', async () => {
    const { flights } = await record({ version: 'TLSv1.2', client: user });
    const forged = changed(flights, (message) => message.fill(0, 40, 60), 15);
    expect(run(forged, keys()).connection.clientSignature).toBe('invalid');
  });

  it.each([
    ['RSA', rsa],
    ['ECDSA', ec],
  ])('TLS 1.3: of the server holds, %s', async (_name, identity) => {
    const { flights, given } = await record({ version: 'TLSv1.3', identity });
    expect(run(flights, given).connection.serverSignature).toBe('valid');
  });
});
