import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnalysisContext, createContext } from '../../src/analyzer/context.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { analyzeBytes } from '../support/analyze.js';
import { hasOpenssl } from '../support/peers.js';

/** S/MIME that the openssl command made: signer x digest x recipient x cipher x encoding x nesting, all of it. */

const SIGNERS = ['rsa', 'p256'] as const;
const DIGESTS = ['sha1', 'sha256', 'sha512'] as const;
const RECIPIENTS = ['rsa', 'rsa-oaep', 'p256'] as const;
const CIPHERS = ['des3', 'aes128', 'aes-256-gcm'] as const;
const ENCODINGS = ['binary', 'base64'] as const;
const NESTINGS = ['signed in encrypted', 'encrypted in signed', 'signed in encrypted in signed'] as const;

const TEXT = 'hello matrix';
const PLAIN = Buffer.from(`Content-Type: text/plain\r\n\r\n${TEXT}`);

type Encoding = (typeof ENCODINGS)[number];

let folder = '';
let context: AnalysisContext;
const at = (name: string): string => join(folder, name);
const openssl = (...argv: string[]): void => {
  execFileSync('openssl', argv, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
};

/** One `openssl cms`: its arguments and its input. */
type Job = { readonly input: Buffer; readonly argv: readonly string[] };
const nameOf = ({ input, argv }: Job): string => `${argv.join(' ')} ${input.toString('base64')}`;

/** What openssl made of each job. */
const made = new Map<string, Buffer>();

/** Has openssl do what it has not done yet, from one shell: this process is large, and takes its time to start another. */
function make(jobs: readonly Job[]): void {
  const missing = new Map(jobs.map((job) => [nameOf(job), job] as const));
  for (const name of made.keys()) missing.delete(name);
  if (missing.size === 0) return;
  const lines = [...missing.values()].map(({ input, argv }, index) => {
    writeFileSync(at(`in-${index}`), input);
    return `openssl cms ${argv.join(' ')} -binary -in in-${index} -outform DER -out out-${index}`;
  });
  execFileSync('sh', ['-e'], { cwd: folder, input: lines.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] });
  [...missing.keys()].forEach((name, index) => {
    made.set(name, readFileSync(at(`out-${index}`)));
  });
}

function result(job: Job): Buffer {
  const bytes = made.get(nameOf(job));
  if (bytes === undefined) throw new Error('openssl was not asked for it');
  return bytes;
}

function part(type: string, der: Buffer, encoding: Encoding): Buffer {
  const body =
    encoding === 'binary' ? der : Buffer.from(der.toString('base64').replace(/(.{64})/g, '$1\r\n'));
  const head = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function signing(input: Buffer, signer: string, digest: string): Job {
  return { input, argv: ['-sign', '-signer', `${signer}.pem`, '-inkey', `${signer}.key`, '-md', digest] };
}

function signed(entity: Buffer, signer: string, digest: string, encoding: Encoding): Buffer {
  const der = result(signing(entity, signer, digest));
  const boundary = `b${der.length}x${entity.length}`;
  const type = `multipart/signed;boundary=${boundary};micalg=${digest};protocol="application/pkcs7-signature"`;
  return Buffer.concat([
    Buffer.from(`Content-Type: ${type}\r\n\r\n--${boundary}\r\n`),
    entity,
    Buffer.from(`\r\n--${boundary}\r\n`),
    part('application/pkcs7-signature', der, encoding),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

function encrypting(input: Buffer, recipient: string, cipher: string): Job {
  const [key = recipient] = recipient.split('-');
  const padding = recipient === 'rsa-oaep' ? ['-keyopt', 'rsa_padding_mode:oaep'] : [];
  return { input, argv: ['-encrypt', `-${cipher}`, '-recip', `${key}.pem`, ...padding] };
}

function encrypted(entity: Buffer, recipient: string, cipher: string, encoding: Encoding): Buffer {
  const der = result(encrypting(entity, recipient, cipher));
  const type = cipher.endsWith('gcm') ? 'authEnveloped-data' : 'enveloped-data';
  return part(`application/pkcs7-mime;smime-type=${type}`, der, encoding);
}

/** A SIP message with an entity for its body. */
function message(entity: Buffer): Buffer {
  const blank = entity.indexOf('\r\n\r\n');
  const headers = entity.subarray(0, blank).toString('latin1');
  const body = entity.subarray(blank + 4);
  const head = [
    'MESSAGE sip:bob@example.net SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.net>',
    'Call-ID: matrix',
    'CSeq: 1 MESSAGE',
    headers,
    `Content-Length: ${body.length}`,
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

type Seen = { readonly signatures: string[]; readonly decryptions: string[]; readonly texts: string[] };

// biome-ignore lint/suspicious/noExplicitAny: a record's body nests
function look(body: any, seen: Seen): Seen {
  if (body === undefined) return seen;
  for (const { signature } of body.cms?.signers ?? []) seen.signatures.push(signature);
  if (body.cms?.decryption !== undefined) seen.decryptions.push(body.cms.decryption.status);
  if (body.text !== undefined) seen.texts.push(body.text);
  for (const one of body.parts ?? []) look(one, seen);
  return look(body.cms?.content, seen);
}

describe.skipIf(!hasOpenssl)('S/MIME made by openssl', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'siplens-'));
    const keyring = new Keyring();
    for (const [name, ...algorithm] of [
      ['rsa', '-newkey', 'rsa:2048'],
      ['p256', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ] as const) {
      const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
      openssl('req', '-x509', ...algorithm, '-nodes', ...files, '-subj', `/CN=${name}`, '-days', '30');
      for (const file of [`${name}.key`, `${name}.pem`]) {
        const loaded = loadKeyMaterial(file, readFileSync(at(file)));
        if (!loaded.ok) throw new Error(loaded.error.message);
        keyring.add(loaded.value);
      }
    }
    const now = Math.floor(Date.now() / 1000);
    context = createContext({ keyring, certificates: [], anchors: [], now }).context;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const rows = NESTINGS.flatMap((nesting) =>
    SIGNERS.flatMap((signer) => DIGESTS.map((digest) => [nesting, signer, digest] as const)),
  );

  it.each(rows)(
    '%s, signed by %s with %s: every recipient, cipher and encoding',
    (nesting, signer, digest) => {
      const variants = RECIPIENTS.flatMap((recipient) =>
        CIPHERS.flatMap((cipher) => ENCODINGS.map((encoding) => ({ recipient, cipher, encoding }))),
      );
      if (nesting !== 'encrypted in signed') make([signing(PLAIN, signer, digest)]);
      const inner = (encoding: Encoding): Buffer =>
        nesting === 'encrypted in signed' ? PLAIN : signed(PLAIN, signer, digest, encoding);
      make(variants.map(({ recipient, cipher, encoding }) => encrypting(inner(encoding), recipient, cipher)));
      const middles = variants.map(({ recipient, cipher, encoding }) =>
        encrypted(inner(encoding), recipient, cipher, encoding),
      );
      if (nesting !== 'signed in encrypted') make(middles.map((middle) => signing(middle, signer, digest)));
      variants.forEach(({ recipient, cipher, encoding }, index) => {
        const middle = middles[index] as Buffer;
        const outer = nesting === 'signed in encrypted' ? middle : signed(middle, signer, digest, encoding);
        const [record] = analyzeBytes(message(outer), context);
        const seen = look(record?.['body'], { signatures: [], decryptions: [], texts: [] });
        const signatures = nesting === 'signed in encrypted in signed' ? ['valid', 'valid'] : ['valid'];
        const which = `${recipient} ${cipher} ${encoding}`;
        expect(seen, which).toEqual({ signatures, decryptions: ['decrypted'], texts: [TEXT] });
      });
    },
  );

  it('is not valid where one byte of the innermost text was changed', () => {
    make([signing(PLAIN, 'rsa', 'sha256')]);
    const entity = signed(PLAIN, 'rsa', 'sha256', 'binary');
    entity[entity.indexOf(TEXT)] = 'j'.charCodeAt(0);
    make([encrypting(entity, 'rsa', 'aes128')]);
    const [record] = analyzeBytes(message(encrypted(entity, 'rsa', 'aes128', 'binary')), context);
    const seen = look(record?.['body'], { signatures: [], decryptions: [], texts: [] });
    expect(seen).toEqual({ signatures: ['invalid'], decryptions: ['decrypted'], texts: ['jello matrix'] });
  });
});
