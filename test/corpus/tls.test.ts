import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { siplens, siplensRaw } from '../support/command.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

/** `follow --raw` gives the very bytes that tshark found in these captures of others (their truth file says how). */

type Side = { readonly bytes: number; readonly sha256: string };
type Truth = {
  readonly key: string;
  readonly streams: readonly {
    readonly tcp_stream: number;
    readonly client: string;
    readonly server: string;
    readonly server_hellos: readonly { readonly cipher: string }[];
    readonly client_plaintext: Side;
    readonly server_plaintext: Side;
  }[];
};

const folder = corpusPath('tls-decrypt/');
const truthFile = `${folder}truth_tls.json`;
const truth: Record<string, Truth> = hasCorpus ? JSON.parse(readFileSync(truthFile, 'utf8')) : {};

/** The options that give the key which the truth file names. */
function keyOptions(file: string, key: string): string[] {
  const beside = `${folder}${dirname(file)}/`;
  const [, kind, name = ''] = /^(keylog|RSA private key|PSK|none needed)\s*(\S*)/.exec(key) ?? [];
  if (kind === 'keylog') return ['--keylog', beside + name];
  if (kind === 'RSA private key') return ['-k', beside + name];
  if (kind === 'PSK') return ['--psk', name];
  if (kind === 'none needed') return [];
  throw new Error(`no option for ${key}`);
}

describe.skipIf(!hasCorpus)('siplens tls', () => {
  it.each(Object.entries(truth))('%s: who chose which suite', (file, { key, streams }) => {
    const { status, stdout } = siplens(['tls', folder + file, '--format', 'json', ...keyOptions(file, key)]);
    expect(status).toBe(0);
    const connections: { [name: string]: unknown }[] = JSON.parse(stdout);
    const found = connections.map((each) => ({
      tcp_stream: each['tcp_stream'],
      client: `${each['client']}:${each['client_port']}`,
      server: `${each['server']}:${each['server_port']}`,
      cipher: (each['cipher_suite'] as { id: string }).id,
      status: (each['decryption'] as { status: string }).status,
    }));
    const byStream = found.sort((a, b) => Number(a.tcp_stream) - Number(b.tcp_stream));
    expect(byStream).toEqual(
      streams.map(({ tcp_stream, client, server, server_hellos }) => ({
        tcp_stream,
        client,
        server,
        cipher: server_hellos.at(-1)?.cipher,
        status: 'decrypted',
      })),
    );
  });
});

describe.skipIf(!hasCorpus)('siplens follow --raw', () => {
  it.each(Object.entries(truth))('%s', (file, { key, streams }) => {
    for (const stream of streams) {
      for (const side of ['client', 'server'] as const) {
        const which = ['--stream', String(stream.tcp_stream), '--side', side, '--raw'];
        const { status, stdout } = siplensRaw(['follow', folder + file, ...which, ...keyOptions(file, key)]);
        const found = { bytes: stdout.length, sha256: createHash('sha256').update(stdout).digest('hex') };
        const { bytes, sha256 } = stream[`${side}_plaintext`];
        expect({ status, stream: stream.tcp_stream, side, ...found }).toEqual({
          status: 0,
          stream: stream.tcp_stream,
          side,
          bytes,
          sha256,
        });
      }
    }
  });
});
