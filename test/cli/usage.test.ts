import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';

/** What odd arguments are answered with: one sentence that says what is wrong, where, and what to do. */

const TLS = 'samples/tls-message.pcap';
const folder = mkdtempSync(join(tmpdir(), 'siplens-usage-'));
const [empty, file] = [join(folder, 'empty'), join(folder, 'file')];
mkdirSync(empty);
writeFileSync(file, 'nothing of use\n');
afterAll(() => rmSync(folder, { recursive: true }));

const UNSET = 'is a variable not set that should?';

describe('an empty argument', () => {
  it.each([
    ["'': this names no file", ['']],
    ["'': this names no file", ['export', '']],
    ["'': this names no file", ['list', TLS, '']],
    ["'': this names no file", ['export', '-j', '2', '', TLS]],
    ["'': this names no number", ['show', TLS, '']],
    ["'': this names no file", ['certs', 'show', '']],
    ["--key '': this names no file", ['list', TLS, '-k', '']],
    ["--output '': this names no file", ['export', TLS, '-o', '']],
    ["--out-dir '': this names no folder", ['export', TLS, '--out-dir', '']],
  ])('is refused before anything is read or written: %s, %j', (what, argv) => {
    expect(siplens(argv)).toEqual({ status: 2, stdout: '', stderr: `siplens: ${what}; ${UNSET}\n` });
  });

  it('is a password where one is asked for', () => {
    const argv = ['certs', 'show', 'samples/certs/root_cert_fluffyCA.pem', '--password', ''];
    expect(siplens(argv).status).toBe(0);
  });
});

describe('keys and certificates that cannot be used', () => {
  const missing = join(folder, 'missing');
  it.each([
    ['--key', empty, 'no file is in this folder'],
    ['--cert', empty, 'no file is in this folder'],
    ['--ca', empty, 'no file is in this folder'],
    ['--key', missing, 'there is no such file'],
    ['--password-file', missing, 'there is no such file'],
    ['--keylog', empty, 'this is a folder, not a file; name a file in it'],
    ['--keylog', file, 'this is no NSS key log: no line of it holds a secret'],
    ['--key', file, 'no key, certificate or key log is found in it'],
    ['--ca', file, 'no key, certificate or key log is found in it'],
  ])('are told with their option: %s %s', (option, path, why) => {
    const { status, stderr } = siplens(['list', TLS, option, path]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: `siplens: ${option} ${path}: ${why}\n` });
  });
});

describe('other odd combinations', () => {
  it.each([
    [['export', TLS, '--format', 'nosuch'], 2, '--format nosuch: choose ndjson, json, csv, text'],
    [['export', TLS, '--jobs', '0'], 2, '--jobs 0: a number from 1 to 64, or `auto` for one a processor'],
    [
      ['export', TLS, '--pretty', '--format', 'csv'],
      2,
      '--pretty: csv is no JSON; it goes with --format json or ndjson',
    ],
    [
      ['export', TLS, '--include', 'nosuch'],
      2,
      '--include nosuch: choose of messages, connections, findings, packets',
    ],
    [
      ['export', TLS, '--out-dir', file],
      2,
      `--out-dir ${file}: something that is no folder stands where a folder is needed`,
    ],
    [['list', empty], 3, `${empty}: this is a folder, not a file; name a file in it`],
    [['capture', '-i', ''], 2, 'capture: name an interface with -i; `siplens capture -D` lists them'],
    [['list'], 2, "missing required argument 'file'\n(siplens list --help tells more)"],
    [['follow', TLS], 2, "required option '--stream <n>' not specified\n(siplens follow --help tells more)"],
  ])('are told in a sentence: %j', (argv, status, sentence) => {
    expect(siplens(argv)).toEqual({ status, stdout: '', stderr: `siplens: ${sentence}\n` });
    expect(readdirSync(folder).sort()).toEqual(['empty', 'file']);
  });
});
