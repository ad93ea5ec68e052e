import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { decryptPremasters, type Premasters } from '../../src/cli/premaster-worker.js';
import { analyzeFiles } from '../../src/cli/run.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { records, siplensProcess } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls } from '../support/tls-recorder.js';

const CONNECTIONS = 40;
const own = credentials('ahead.example', rsaParty('authority', 1024), { bits: 1024 });
let folder = '';
let capture = '';
let keyFile = '';

/** Forty connections with RSA key exchange, and six megabytes of nothing in their middle. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-ahead-'));
  capture = join(folder, 'capture.pcap');
  keyFile = join(folder, 'server.pem');
  writeFileSync(keyFile, own.key);
  const builder = new CaptureBuilder();
  const options = {
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: 'AES128-SHA:@SECLEVEL=0',
  } as const;
  const server = { address: '10.0.0.2', port: 5061 };
  for (let number = 0; number < CONNECTIONS; number++) {
    if (number === CONNECTIONS / 2) {
      for (let count = 0; count < 6000; count++)
        builder.udp({ address: '10.0.0.1', port: 9 }, server, Buffer.alloc(1000, 0xff));
    }
    const request = `OPTIONS sip:b SIP/2.0\r\nCall-ID: ${number}\r\nContent-Length: 0\r\n\r\n`;
    const { flights } = await recordTls({
      server: { ...own, ...options },
      client: options,
      request,
      response: '',
    });
    const flow = builder.connect({ address: '10.0.0.1', port: 20_000 + number }, server);
    for (const { side, data } of flights) flow.send(side, data);
    flow.close();
  }
  writeFileSync(capture, builder.toBytes());
});
afterAll(() => rmSync(folder, { recursive: true }));

function context() {
  const loaded = loadKeyMaterial(keyFile, Buffer.from(own.key));
  const other = loadKeyMaterial(
    'other',
    Buffer.from(credentials('other.example', rsaParty('authority', 1024), { bits: 1024 }).key),
  );
  if (!loaded.ok || !other.ok) throw new Error('a key that was just made is none');
  const keyring = new Keyring();
  keyring.add(other.value);
  keyring.add(loaded.value);
  return createContext({ keyring, certificates: [], anchors: [], now: 0 }).context;
}

function premastersBeyond(offset: number): Premasters {
  const found: Premasters[number][] = [];
  const keys = context().keyring.privateKeys;
  decryptPremasters({ path: capture, kind: 'pcap', keys }, Float64Array.of(offset), (some) =>
    found.push(...some),
  );
  return found;
}

describe('premaster secrets ahead of the analysis', () => {
  it('are those that the analysis finds, under the names by which it looks for them', async () => {
    const { sessions, ...rest } = context();
    await analyzeFiles([capture], { ...rest, sessions }, () => {});
    const found = premastersBeyond(0).filter(({ premaster }) => premaster !== null);
    expect(found).toHaveLength(CONNECTIONS);
    expect(sessions.premasters).toBe(CONNECTIONS);
    for (const { name, premaster } of found) expect(sessions.premaster(name)).toEqual(premaster);
  });

  it('are not those of what has been analyzed', () => {
    const half = premastersBeyond(statSync(capture).size / 2).filter(({ premaster }) => premaster !== null);
    expect(half).toHaveLength(CONNECTIONS / 2);
    expect(premastersBeyond(statSync(capture).size)).toEqual([]);
  });

  it('change nothing in what is put out', () => {
    const file = siplensProcess(['export', capture, '-k', keyFile]);
    // What comes through a pipe is read once, and nothing is decrypted ahead.
    const pipe = siplensProcess(['export', '-', '-k', keyFile], readFileSync(capture));
    const withoutName = (text: string) => records(text).map(({ file: _, ...record }) => record);
    expect(withoutName(file.stdout)).toEqual(withoutName(pipe.stdout));
    expect(withoutName(file.stdout).filter(({ type }) => type === 'sip_message')).toHaveLength(CONNECTIONS);
    expect(file.stderr).toContain(`${CONNECTIONS} opened`);
  });
});
