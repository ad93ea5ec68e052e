import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KeyLog, parseKeyLog } from '../../src/keys/key-log.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls } from '../support/tls-recorder.js';
import { readStreams } from './support/capture.js';
import { keys } from './support/keys.js';
import { type Flight, run } from './support/run.js';

const wire = (name: string) => fileURLToPath(new URL(`fixtures/wire/${name}`, import.meta.url));

function logOf(text: string): KeyLog {
  const log = new KeyLog();
  log.add(parseKeyLog(text).entries);
  return log;
}

describe('a premaster secret in a key log', () => {
  const log = readFileSync(wire('premaster-logged.keys'), 'latin1');
  const flights = readStreams(wire('premaster-logged.pcap')).streams[0]?.flights ?? [];

  it('opens by the client’s random (PMS_CLIENT_RANDOM), with the extended master secret', () => {
    const { connection, plaintext } = run(flights, keys([], logOf(log)));
    expect(connection.extendedMasterSecret).toBe(true);
    expect(connection.decryption).toMatchObject({ status: 'decrypted', by: 'key log' });
    expect(connection.finished).toEqual({ client: 'valid', server: 'valid' });
    expect(plaintext.client.toString()).toMatch(/^INVITE /);
  });

  it('of another connection opens nothing', () => {
    const other = log.replace(/^(PMS_CLIENT_RANDOM )../, '$100');
    expect(run(flights, keys([], logOf(other))).connection.decryption).toMatchObject({
      status: 'not_decrypted',
      reason: 'no_key',
    });
  });

  it('opens by its encrypted form (RSA), as older logs have it', () => {
    const [, , premaster] = log.trim().split(' ');
    const encrypted = flights
      .map(({ data }) => Buffer.from(data))
      .flatMap((data) => {
        const at = data.indexOf(Buffer.from([16, 0, 1, 2, 1, 0]));
        return at < 0 ? [] : [data.subarray(at + 6, at + 14).toString('hex')];
      });
    expect(encrypted).toHaveLength(1);
    const { connection } = run(flights, keys([], logOf(`RSA ${encrypted[0]} ${premaster}`)));
    expect(connection.decryption).toMatchObject({ status: 'decrypted', by: 'key log' });
  });

  it('does not stand before the master secret of the same connection', async () => {
    const identity = credentials('sip.example.net', rsaParty('authority'));
    const { flights: recorded, keyLog } = await recordTls({
      server: { ...identity, maxVersion: 'TLSv1.2' },
    });
    const random = /^CLIENT_RANDOM (\S+)/.exec(keyLog)?.[1];
    const both = `${keyLog}PMS_CLIENT_RANDOM ${random} ${'00'.repeat(48)}\n`;
    const seen = recorded.map(({ side, data }): Flight => ({ direction: side, data }));
    expect(run(seen, keys([], logOf(both))).connection.decryption.status).toBe('decrypted');
  });
});
