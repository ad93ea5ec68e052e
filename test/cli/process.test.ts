import { createPrivateKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signedData, signerInfo } from '../cms/build.js';
import { certificate } from '../cms/support.js';
import { siplens, siplensProcess } from '../support/command.js';
import { ROOT } from '../support/root.js';
import { owner } from '../x509/chains/case.js';
import { crlDer } from '../x509/chains/make-crl.js';

/**
 * Most tests ask a process that has the command loaded (`siplens` in support/command.ts). Here every command runs with
 * each of its options as a process of its own too, and must say and write the same with the same exit code.
 */

const TLS = 'samples/tls-message.pcap';
const SIGNED = 'samples/smime-signed.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];
/** Stands for a folder that is new for each run. */
const OUT = '{OUT}';

const folder = mkdtempSync(join(tmpdir(), 'siplens-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

const password = join(folder, 'password');
writeFileSync(password, 'password\n');
const keyLog = join(folder, 'key.log');
writeFileSync(keyLog, siplens(['keys', TLS, ...KEY]).stdout);
const authority = join(folder, 'authority');
siplens(['certs', 'ca', '--new', '--ec', 'P-256', '--dir', authority, '--password', 'secret']);
const revoked = join(folder, 'revoked.crl');
writeFileSync(revoked, crlDer({ issuer: owner('root', 0), revoked: [{ serial: 5 }] }));
const signedText = 'Content-Type: text/plain\r\n\r\nhello';
const signer = readFileSync('samples/keys/user_key_fluffy@example.com.pem');
const owned = certificate(readFileSync('samples/certs/user_cert_fluffy@example.com.pem'));
const signature = join(folder, 'signature.p7s');
writeFileSync(
  signature,
  signedData([
    signerInfo({ key: createPrivateKey(signer), certificate: owned, signed: Buffer.from(signedText) }).der,
  ]),
);
const signedFile = join(folder, 'signed.txt');
writeFileSync(signedFile, signedText);
const POLICIES = ['--policy-oid', '2.5.29.32.0', '--explicit-policy', '--inhibit-any-policy'];
const SHOWN_ALIKE = [
  '-q',
  '-v',
  '--color',
  'always',
  '--at',
  '2012-01-01T00:00:00Z',
  '--effort',
  '2',
  '--max-body',
  '4K',
];
const MATERIALS = [
  ...['--key', 'samples/ca/fluffyCA_key.pem', '--password-file', password, '--keylog', keyLog],
  ...['--psk', '00112233', '--cert', 'samples/certs', '--ca', 'samples/certs/root_cert_fluffyCA.pem'],
  ...['--crl', revoked, ...POLICIES, '--inhibit-policy-mapping'],
];
/** What every command about messages and connections takes. */
const COMMON = [...MATERIALS, ...SHOWN_ALIKE, '--filter', 'frame > 0 or established'];
const BATCH = ['export', 'samples/*.pcap', '-k', 'samples/keys', '--cert', 'samples/certs'];
const VECTORS = ['vectors', 'signed', 'message-over-tls-1.2', '--seed', 'process', '--out', OUT];

type Line = {
  readonly argv: readonly string[];
  readonly input?: Uint8Array | string;
  /** What is made is random: files are compared by their names, and what is told of keys not at all. */
  readonly isRandom?: true;
  /** Exit code; 0 where it is not said. */
  readonly status?: number;
};

const LINES: readonly Line[] = [
  { argv: ['list', TLS, ...COMMON] },
  { argv: [TLS, SIGNED] },
  { argv: ['show', TLS, '1', ...COMMON, '--hex'] },
  { argv: ['show', signature, '--content', signedFile, '--cert', 'samples/certs'] },
  { argv: ['export', TLS, ...COMMON, '--format', 'json', '--pretty', '--include', 'messages,packets'] },
  {
    argv: [
      'export',
      TLS,
      ...KEY,
      '--format',
      'csv',
      '--fields',
      'frame,from.uri',
      '--output',
      `${OUT}/a.csv`,
    ],
  },
  { argv: [...BATCH, '--recursive', '--out-dir', OUT, '--jobs', '2', '--mode', '640'] },
  { argv: [...BATCH, '-j', 'auto'] },
  {
    argv: [...BATCH, '--merge', '--write', `${OUT}/a.pcapng`, '--write-decrypted', `${OUT}/b.pcapng`],
  },
  { argv: ['export', '--schema'] },
  { argv: ['export', '-', ...KEY], input: readFileSync(`${ROOT}${TLS}`) },
  { argv: ['export', '-', ...KEY], input: readFileSync(`${ROOT}${TLS}`).subarray(0, -10), status: 3 },
  { argv: ['export', 'no-such.pcap', TLS], status: 3 },
  { argv: ['check', TLS, ...COMMON, '--fail-on', 'info', '--ignore', 'tls/weak-suite'], status: 1 },
  { argv: ['check', SIGNED, '--format', 'junit'] },
  { argv: ['check', '--list'] },
  { argv: ['check', '--explain', 'tls/weak-suite'] },
  { argv: ['tls', TLS, ...COMMON, '--detail', '--policy', 'rfc9325', '--require', 'established'], status: 1 },
  { argv: ['tls', TLS, ...KEY, '--format', 'json'] },
  { argv: ['flow', TLS, ...COMMON] },
  { argv: ['flow', TLS, ...KEY, '--style', 'ssldump'] },
  { argv: ['follow', TLS, ...COMMON, '--stream', '0'] },
  { argv: ['follow', TLS, ...KEY, '--stream', '0', '--side', 'client', '--raw'] },
  { argv: ['keys', TLS, ...COMMON, ...KEY] },
  { argv: ['keys', TLS, ...KEY, '--output', `${OUT}/a.keylog`] },
  { argv: ['asn1', 'samples/cms/signed.p7s', ...COMMON, '--style', 'openssl'] },
  { argv: ['asn1', '-'], input: readFileSync(`${ROOT}samples/cms/signed.p7s`) },
  {
    argv: [
      ...['certs', 'ca', '--new', '--dir', OUT, '--bits', '1024', '--digest', 'sha384', '--name', 'Us'],
      ...['--days', '10', '--not-before', '2026-01-01T00:00:00Z', '--password', 'secret', '--force'],
    ],
    isRandom: true,
  },
  { argv: ['certs', 'ca', '--new', '--dir', OUT, '--ec', 'P-256', '--md5'], status: 2 },
  { argv: ['certs', 'ca', '--as-draft', '--dir', OUT], isRandom: true },
  {
    argv: [
      ...['certs', 'make', 'alice@example.com', '--bits', '1024', '--digest', 'sha1', '--dir', OUT],
      ...['--ca-dir', authority, '--ca-password', 'secret', '--not-before', '2026-01-01T00:00:00Z'],
      ...['--eku', 'sipDomain', '--san', 'DNS:example.com', '--password', 'secret', '--force'],
    ],
    isRandom: true,
  },
  { argv: ['certs', 'make', 'example.com', '--ec', 'P-256', '--md5', '--as-draft', '--dir', OUT], status: 2 },
  {
    argv: [
      ...['certs', 'convert', 'samples/ca/fluffyCA_key.pem', '--password', 'password', '--to', 'p8c'],
      ...['--out-password', 'secret', '--output', `${OUT}/a.p8`, '--force'],
    ],
    isRandom: true,
  },
  { argv: ['certs', 'show', 'samples/certs/root_cert_fluffyCA.pem', '--format', 'json', '--password', 'x'] },
  {
    argv: [
      ...VECTORS,
      ...['--from', 'a@a.example', '--to', 'b@b.example', '--server', 'c.example', '--force'],
      ...['--at', '2026-07-01T12:00:00Z', '--tls', '1.2', '--cipher', 'AES128-SHA'],
    ],
    isRandom: true,
  },
  { argv: ['vectors', 'signed', '--as-draft', '--out', OUT], isRandom: true },
  { argv: ['vectors', 'signed', '--certs', 'samples/certs', '--out', OUT], status: 2 },
  { argv: ['vectors', '--list'] },
  { argv: ['--help'] },
  { argv: ['--version'] },
  { argv: ['list', TLS, '--no-such-option'], status: 2 },
];

/** Options whose command line has no end of its own, and the tests that run it as a process. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'live, in growing-key-log.test.ts': ['list --follow'],
  'live, in export.test.ts': ['export --follow'],
  'over the network, in vectors/replay.test.ts': ['vectors --replay', 'vectors --wait', 'vectors --ca'],
};

/** Lines of numbers with colons. */
const RANDOM = /^ *(?:[\dA-F]{2}:)+(?:[\dA-F]{2})?\n/gim;

let runs = 0;

/** What a run said and wrote, with the name of its folder taken out. */
function outcome(run: typeof siplens, { argv, input, isRandom }: Line) {
  const out = join(folder, `run-${runs++}`);
  mkdirSync(out);
  const { status, stdout, stderr } = run(
    argv.map((argument) => argument.replace(OUT, out)),
    input,
  );
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(out, path), isRandom ? '' : readFileSync(path, 'latin1').replaceAll(out, OUT)]);
  const said = isRandom ? stdout.replace(RANDOM, '') : stdout;
  return { status, stdout: said.replaceAll(out, OUT), stderr: stderr.replaceAll(out, OUT), files };
}

describe('a process of its own says and writes the same', () => {
  it.each(LINES.map((line) => [line.argv.join(' ').replaceAll(folder, ''), line] as const))(
    '%s',
    (_, line) => {
      const own = outcome(siplensProcess, line);
      expect(own.status, own.stderr).toBe(line.status ?? 0);
      expect(own.stdout + own.stderr + own.files.length).not.toBe('0');
      expect(outcome(siplens, line)).toEqual(own);
    },
  );

  it('with every command and option', () => {
    const missing: string[] = [];
    const elsewhere = Object.values(ELSEWHERE).flat();
    const visit = (command: readonly string[]): void => {
      const { stdout } = siplens([...command, '--help']);
      const lines = LINES.filter(({ argv }) => command.every((word, index) => argv[index] === word));
      if (lines.length === 0) missing.push(command.join(' '));
      const options = stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm);
      for (const [, short = '', long = ''] of options) {
        if (long === '--help' || elsewhere.includes(`${command.join(' ')} ${long}`)) continue;
        if (!lines.some(({ argv }) => argv.includes(long) || argv.includes(short)))
          missing.push(`${command.join(' ')} ${long}`);
      }
      const [, commands = ''] = stdout.split('\nCommands:\n');
      for (const [, name = ''] of commands.matchAll(/^ {2}(\w+)/gm)) {
        // A live capture does not end by itself: all of capture.test.ts runs as processes.
        if (name !== 'help' && name !== 'capture') visit([...command, name]);
      }
    };
    visit([]);
    expect(missing).toEqual([]);
  });
});
