import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { latin1 } from '../../src/bytes/text.js';
import { analyzeFiles } from '../../src/engine/analyze-files.js';
import { decryptAhead, type RsaResults } from '../../src/engine/rsa-worker.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { encodeEnvelopedData } from '../../src/vectors/cms-enveloped.js';
import { publicKeyOf } from '../../src/x509/certificate.js';
import { certificate, sample } from '../cms/support.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
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

function premastersBeyond(offset: number): RsaResults['premasters'] {
  const found: RsaResults['premasters'][number][] = [];
  const keys = context().keyring.privateKeys;
  const reached = Float64Array.of(offset);
  const tell = ({ premasters }: RsaResults) => found.push(...premasters);
  const pause = () => {
    reached[0] = (reached[0] as number) + 1_000_000;
  };
  decryptAhead({ path: capture, kind: 'pcap', keys, certificates: [] }, reached, tell, pause);
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

  it('change nothing in what is written', () => {
    const file = siplensProcess(['export', capture, '-k', keyFile]);
    // What comes through a pipe is read once, and nothing is decrypted ahead.
    const pipe = siplensProcess(['export', '-', '-k', keyFile], readFileSync(capture));
    const withoutName = (text: string) => records(text).map(({ file: _, ...record }) => record);
    expect(withoutName(file.stdout)).toEqual(withoutName(pipe.stdout));
    expect(withoutName(file.stdout).filter(({ type }) => type === 'sip_message')).toHaveLength(CONNECTIONS);
    expect(file.stderr).toContain(`${CONNECTIONS} decrypted`);
  });
});

describe('content keys of S/MIME ahead of the analysis', () => {
  const MESSAGES = 60;
  const KEY = 'keys/user_key_kumiko@example.net.pem';
  const CERTIFICATE = 'certs/user_cert_kumiko@example.net.pem';
  const recipient = certificate(sample(CERTIFICATE));
  const recipientKey = publicKeyOf(recipient);
  let smime = '';

  /** Encrypted messages, every third over TCP, every tenth damaged in its content key; six megabytes in their middle. */
  beforeAll(() => {
    if (recipientKey === undefined) throw new Error('the sample certificate has no key');
    const builder = new CaptureBuilder();
    const client = { address: '10.0.0.1', port: 5060 };
    const server = { address: '10.0.0.2', port: 5060 };
    for (let number = 0; number < MESSAGES; number++) {
      if (number === MESSAGES / 2) {
        for (let count = 0; count < 6000; count++) builder.udp(client, server, Buffer.alloc(1000, 0xff));
      }
      const content = Buffer.from(`Content-Type: text/plain\r\n\r\nhello ${number}`);
      const body = Buffer.from(
        encodeEnvelopedData({ content, recipient, recipientKey, cipher: 'aes-128-cbc', random: randomBytes }),
      );
      if (number % 10 === 9) (body as Uint8Array).fill(0xee, 200, 210);
      const head = [
        `MESSAGE sip:kumiko@example.net SIP/2.0\r\nCall-ID: ${number}\r\nCSeq: 1 MESSAGE`,
        'From: <sip:fluffy@example.com>;tag=1\r\nTo: <sip:kumiko@example.net>',
        'Content-Type: application/pkcs7-mime;smime-type=enveloped-data',
        `Content-Length: ${body.length}\r\n\r\n`,
      ].join('\r\n');
      const message = Buffer.concat([Buffer.from(head), body]);
      if (number % 3 > 0) builder.udp(client, server, message);
      else {
        const flow = builder.connect({ ...client, port: 20_000 + number }, server);
        flow.send('client', message);
        flow.close();
      }
    }
    smime = join(folder, 'smime.pcap');
    writeFileSync(smime, builder.toBytes());
  });

  function blocksBeyond(offset: number): RsaResults['blocks'] {
    const found: RsaResults['blocks'][number][] = [];
    const reached = Float64Array.of(offset);
    const work = {
      path: smime,
      kind: 'pcap',
      keys: contextWith(KEY).keyring.privateKeys,
      certificates: [recipient.der],
    } as const;
    let pauses = 0;
    decryptAhead(
      work,
      reached,
      ({ blocks }) => found.push(...blocks),
      () => {
        pauses++;
        reached[0] = (reached[0] as number) + 1_000_000;
      },
    );
    // It does not run away from an analysis that stands still.
    if (offset === 0) expect(pauses).toBeGreaterThan(1);
    return found;
  }

  it('are those that the analysis asks for, and give the same records', () => {
    const bytes = readFileSync(smime);
    const alone = analyzeBytes(bytes, contextWith(KEY, CERTIFICATE));
    const context = contextWith(KEY, CERTIFICATE);
    const [key] = context.keyring.privateKeys;
    const found = blocksBeyond(0);
    expect(found).toHaveLength(MESSAGES);
    expect(new Set(found.map(({ encrypted }) => encrypted)).size).toBe(MESSAGES);
    if (key === undefined) throw new Error('the sample has no key');
    context.rsaBlocks.refill = () => {};
    for (const { encrypted, block } of found) context.rsaBlocks.put(key, encrypted, block);
    expect(analyzeBytes(bytes, context)).toEqual(alone);
    expect(context.rsaBlocks.size).toBe(0);
    const statuses = alone.map(
      (record) => JSON.stringify(record).match(/"status":"(decrypted|failed)"/)?.[1],
    );
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(MESSAGES / 10);
    expect(statuses.filter((status) => status === 'decrypted')).toHaveLength((MESSAGES * 9) / 10);
  });

  it('are not those of what has been analyzed', () => {
    expect(blocksBeyond(statSync(smime).size / 2)).toHaveLength(MESSAGES / 2);
    expect(blocksBeyond(statSync(smime).size)).toEqual([]);
  });

  it('change nothing in what is written', () => {
    const materials = ['-k', `samples/${KEY}`, '--cert', `samples/${CERTIFICATE}`];
    const file = siplensProcess(['export', smime, ...materials]);
    const pipe = siplensProcess(['export', '-', ...materials], readFileSync(smime));
    const withoutName = (text: string) => records(text).map(({ file: _, ...record }) => record);
    expect(withoutName(file.stdout)).toEqual(withoutName(pipe.stdout));
    expect(withoutName(file.stdout)).toHaveLength(MESSAGES);
    expect(latin1(Buffer.from(file.stdout))).toContain(`hello ${MESSAGES - 2}`);
  });
});
