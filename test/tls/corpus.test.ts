import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SessionCache } from '../../src/tls/keys/session-cache.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { readStreams } from './support/capture.js';
import { keys, privateKeyFile, TestKeyLog } from './support/keys.js';
import { run } from './support/run.js';

// Plaintext hashes worked out with tshark 4.0.17 (see the corpus's README).
type Side = { readonly bytes: number; readonly sha256: string };
type Truth = {
  readonly key: string;
  readonly tshark_prefs: readonly string[];
  readonly streams: readonly {
    readonly tcp_stream: number;
    readonly client_plaintext: Side;
    readonly server_plaintext: Side;
    readonly server_hellos: readonly { readonly cipher: string }[];
  }[];
};

const folder = corpusPath('tls-decrypt/');
const truthFile = `${folder}truth_tls.json`;
const truth: Record<string, Truth> = hasCorpus ? JSON.parse(readFileSync(truthFile, 'utf8')) : {};

describe.skipIf(!hasCorpus)('captures of others', () => {
  it.each(Object.entries(truth))('%s', (name, { tshark_prefs: preferences, streams }) => {
    const capture = readStreams(folder + name);
    const logs = [capture.secrets];
    const privateKeys = [];
    const psks = [];
    for (const preference of preferences) {
      const log = /^tls\.keylog_file:(.*)$/.exec(preference)?.[1];
      const rsa = /^uat:rsa_keys:"([^"]*)"/.exec(preference)?.[1];
      const psk = /^tls\.psk:(.*)$/.exec(preference)?.[1];
      if (log !== undefined) logs.push(readFileSync(folder + log, 'latin1'));
      if (rsa !== undefined) privateKeys.push(privateKeyFile(folder + rsa));
      if (psk !== undefined) psks.push(Buffer.from(psk, 'hex'));
    }
    const given = keys(privateKeys, new TestKeyLog(logs.join('\n')), psks);
    const sessions = new SessionCache();
    const outcomes = capture.streams.map(({ flights }) => run(flights, given, sessions));
    for (const expected of streams) {
      const outcome = outcomes[expected.tcp_stream];
      expect(outcome?.connection.decryption.status).toBe('decrypted');
      for (const side of ['client', 'server'] as const) {
        const plaintext = outcome?.plaintext[side] ?? Buffer.alloc(0);
        const { bytes, sha256 } = expected[`${side}_plaintext`];
        expect({
          bytes: plaintext.length,
          sha256: createHash('sha256').update(plaintext).digest('hex'),
        }).toEqual({
          bytes,
          sha256,
        });
      }
      expect(outcome?.connection.macFailures).toBe(0);
    }
  });
});
