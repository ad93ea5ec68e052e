import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import type { AnalyzerEvent } from '../../src/analyzer/events.js';
import { analyzeMessageFile } from '../../src/analyzer/message-file.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { type Body, eachBody } from '../../src/model/body.js';
import { siplens } from '../support/command.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

/** CMS and S/MIME of others, with what the openssl command (and Mozilla's tests) say of them. */

const THUNDERBIRD = corpusPath('cms-smime/thunderbird/');
const RFC4134 = corpusPath('cms-smime/rfc4134/');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

// biome-ignore lint/suspicious/noExplicitAny: truth and records are JSON of many shapes
type Json = any;

/** Records of `siplens export` by file. */
function exported(files: readonly string[], options: readonly string[]): Map<string, Json> {
  const { status, stdout, stderr } = siplens(['export', '-q', ...files, ...options]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(all).toHaveLength(files.length);
  return new Map(all.map((record: Json) => [record.file, record.body]));
}

/** The opened body of a file, for what the export does not have: the bytes that were decrypted or signed. */
function opened(path: string, kind: 'mime' | 'cms', keys: readonly (readonly [string, string?])[]): Body {
  const keyring = new Keyring();
  for (const [file, password] of keys) {
    const loaded = loadKeyMaterial(file, readFileSync(file), password);
    if (!loaded.ok) throw new Error(loaded.error.message);
    keyring.add(loaded.value);
  }
  const { context } = createContext({ keyring, certificates: [], anchors: [], now: 1_767_225_600 });
  const events: AnalyzerEvent[] = [];
  analyzeMessageFile(path, kind, readFileSync(path), context, (event) => events.push(event));
  const [event] = events;
  if (event?.type !== 'entity') throw new Error(`${path} is no entity`);
  return event.body;
}

const lines = (text: string): string => text.replaceAll('\r\n', '\n');

/** Compares one layer with the truth about it, and goes on to what is inside. */
function compare(body: Json, truth: Json, told: { signatures: number; decrypted: number }): void {
  const name = truth.type as string;
  expect(body.content_type, name).toMatch(new RegExp(`^${name}`, 'i'));
  let inside: Json;
  if (name === 'multipart/signed') {
    inside = body.parts[0];
    const [signer, ...others] = body.parts[1].cms.signers;
    expect(others).toEqual([]);
    compareSigner(signer, truth);
    told.signatures++;
  } else if (truth.cms === 'pkcs7-signedData') {
    expect(body.cms.content_type).toBe('signed_data');
    compareSigner(body.cms.signers[0], truth);
    told.signatures++;
    inside = body.cms.content;
  } else if (truth.cms === 'pkcs7-envelopedData') {
    expect(body.cms.content_type).toBe('enveloped_data');
    expect(body.cms.decryption).toMatchObject({ status: 'decrypted' });
    expect(body.cms.decryption.recipient).toContain(truth.decrypts_with[0]);
    expect(body.cms.recipients.map((one: Json) => one.serial_number)).toEqual(
      truth.recipients.map((one: Json) => Number(one.issuer_serial).toString(16)),
    );
    expect(body.cms.content_encryption_algorithm.toLowerCase().replace(/[^a-z0-9]/g, '')).toContain(
      'aes128cbc',
    );
    told.decrypted++;
    inside = body.cms.content;
  } else {
    expect(lines(body.text)).toBe(lines(truth.text));
    return;
  }
  compare(inside, truth.inner, told);
}

function compareSigner(signer: Json, truth: Json): void {
  expect(signer.signature).toBe(truth.signature_valid ? 'valid' : 'invalid');
  if (truth.signer !== undefined) {
    const name = /CN=([^,]*)/.exec(truth.signer)?.[1] as string;
    expect(signer.certificate.subject).toContain(`CN=${name}`);
  }
  if (truth.chain_ok_TestCA_now === true) expect(signer.chain.status).toBe('valid');
}

describe.skipIf(!hasCorpus)('Thunderbird’s S/MIME messages', () => {
  const truth: Record<string, Json> = hasCorpus
    ? JSON.parse(readFileSync(`${THUNDERBIRD}truth_thunderbird.json`, 'utf8'))
    : {};
  const names = Object.keys(truth);
  const people = ['Alice', 'Bob', 'Dave'].map((name) => `${THUNDERBIRD}smime/${name}.p12`);

  it('every signature, chain, recipient and text through `siplens export`', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
    const options = [
      ...people.flatMap((file) => ['-k', `${file}:nss`]),
      '--ca',
      `${THUNDERBIRD}smime/TestCA.pem`,
    ];
    const bodies = exported(
      names.map((name) => THUNDERBIRD + name),
      options,
    );
    const told = { signatures: 0, decrypted: 0 };
    for (const name of names) compare(bodies.get(THUNDERBIRD + name), truth[name]['openssl_3.0'], told);
    expect(told.signatures).toBeGreaterThanOrEqual(20);
    expect(told.decrypted).toBeGreaterThanOrEqual(8);
  });

  it('every plaintext and signed content has the hash that openssl gave', () => {
    let hashes = 0;
    for (const name of names) {
      const bodies = [
        ...eachBody(
          opened(
            THUNDERBIRD + name,
            'mime',
            people.map((file) => [file, 'nss']),
          ),
        ),
      ];
      const contents = new Set(
        bodies.flatMap(({ body }) => (body.cms?.content === undefined ? [] : [sha256(body.cms.content)])),
      );
      for (let layer = truth[name]['openssl_3.0']; layer !== undefined; layer = layer.inner) {
        for (const key of ['plaintext_sha256', 'econtent_sha256']) {
          if (layer[key] === undefined) continue;
          expect(contents, `${name} ${layer.type}`).toContain(layer[key]);
          hashes++;
        }
      }
    }
    expect(hashes).toBeGreaterThanOrEqual(15);
  });

  it('without keys nothing opens, and the reason names the recipient', () => {
    const [body] = exported([`${THUNDERBIRD}smime/alice.env.eml`], []).values();
    expect(body.cms.decryption).toMatchObject({ status: 'no_key', reason: expect.stringMatching(/28/) });
    expect(body.cms.content).toBeUndefined();
  });
});

describe.skipIf(!hasCorpus)('the examples of RFC 4134', () => {
  const truth: Record<string, Json> = hasCorpus
    ? JSON.parse(readFileSync(`${RFC4134}truth_rfc4134.json`, 'utf8'))
    : {};
  const names = Object.keys(truth);
  const certificates = hasCorpus ? readdirSync(RFC4134).filter((name) => name.endsWith('.cer.pem')) : [];
  const options = [
    ...['-k', `${RFC4134}BobPrivRSAEncrypt.pri.pem`],
    ...certificates.flatMap((name) => ['--cert', RFC4134 + name]),
  ];

  it('every verdict through `siplens export`', () => {
    expect(names).toHaveLength(7);
    const bodies = exported(
      names.map((name) => RFC4134 + name),
      options,
    );
    for (const name of names) {
      const expected = truth[name];
      const outer = bodies.get(RFC4134 + name);
      const cms = outer.cms ?? outer.parts[1].cms;
      switch (expected.contentType) {
        case 'pkcs7-signedData': {
          const [signer] = cms.signers;
          expect(cms.signers, name).toHaveLength(expected.n_signers);
          expect(signer.digest_algorithm).toBe(expected.digest_algs[0]);
          // 4.3 is detached, and its content stands in a file of its own.
          const verdict = expected.detached_content_ExContent
            ? 'unverifiable'
            : // 4.8 was saved with LF: openssl smime -verify takes it in its canonical form (RFC 8551 §3.1.1).
              expected.verify_ok || name === '4.8.eml'
              ? 'valid'
              : 'invalid';
          expect(signer.signature, name).toBe(verdict);
          if (verdict === 'valid' && cms.content !== undefined)
            expect(cms.content.text).toBe(expected.content_head);
          break;
        }
        case 'pkcs7-envelopedData':
          expect(cms.decryption, name).toMatchObject({
            status: 'decrypted',
            recipient: expect.stringContaining('Bob'),
          });
          expect(cms.content.text, name).toBe(expected.decrypts_with.BobPrivRSAEncrypt.text);
          break;
        default:
          expect(cms, name).toMatchObject({ content_type: 'digested_data' });
          expect(cms.content.text).toBe(expected.content);
      }
    }
  });

  it('every content has the hash that openssl gave', () => {
    for (const name of names) {
      const hash = truth[name].content_sha256 ?? truth[name].decrypts_with?.BobPrivRSAEncrypt.sha256;
      if (hash === undefined || truth[name].detached_content_ExContent) continue;
      const kind = name.endsWith('.eml') ? 'mime' : 'cms';
      const body = opened(RFC4134 + name, kind, [[`${RFC4134}BobPrivRSAEncrypt.pri.pem`]]);
      const cms = body.cms ?? body.parts[1]?.cms;
      expect(cms?.content === undefined ? undefined : sha256(cms.content), name).toBe(hash);
    }
    expect(sha256(readFileSync(`${RFC4134}ExContent.bin`))).toBe(truth['4.3.bin'].content_sha256);
  });

  it('4.3 verifies with its content beside it in a multipart/signed', () => {
    const content = readFileSync(`${RFC4134}ExContent.bin`);
    const signature = readFileSync(`${RFC4134}4.3.bin`);
    const entity = Buffer.concat([
      Buffer.from(
        'Content-Type: multipart/signed; boundary=b; micalg=sha-1; protocol="application/pkcs7-signature"\r\n\r\n--b\r\n',
      ),
      content,
      Buffer.from('\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n'),
      signature,
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const { stdout } = siplens(['export', '-q', '-', ...options], entity);
    expect(JSON.parse(stdout).body.parts[1].cms.signers[0]).toMatchObject({ signature: 'valid' });
  });

  it('4.8, which was saved with LF, is told to be valid in its canonical form', () => {
    const { stdout } = siplens(['export', '-q', `${RFC4134}4.8.eml`]);
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ rule: 'cms/line-ends-of-file', severity: 'note' }),
    );
  });
});
