import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { records, siplens, siplensProcess } from '../support/command.js';
import { ROOT } from '../support/root.js';

/** The command line contract: inputs, exit codes, standard output and error. */

const TLS = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];
const tlsBytes = readFileSync(`${ROOT}${TLS}`);
const whatWasSaid = (stdout: string) =>
  records(stdout).map(({ file: _, ...rest }: { file: string }) => JSON.stringify(rest));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function temporary(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('inputs', () => {
  const plain = siplens(['export', TLS, ...KEY]).stdout;

  it('reads standard input, gzip, and a name that says something else, all the same', () => {
    expect(whatWasSaid(siplens(['export', '-', ...KEY], tlsBytes).stdout)).toEqual(whatWasSaid(plain));
    expect(whatWasSaid(siplens(['export', '-', ...KEY], gzipSync(tlsBytes)).stdout)).toEqual(
      whatWasSaid(plain),
    );
    const named = temporary('message.eml', gzipSync(tlsBytes));
    expect(whatWasSaid(siplens(['export', named, ...KEY]).stdout)).toEqual(whatWasSaid(plain));
  });

  it('labels the records of several files', () => {
    const files = ['samples/smime-signed.pcap', TLS];
    const { stdout } = siplens(['export', ...files, ...KEY]);
    expect(records(stdout).map(({ file }) => file)).toEqual([files[0], files[0], TLS, TLS, TLS]);
    const list = siplens(['list', ...files, ...KEY]).stdout;
    expect(list).toContain('samples/smime-signed.pcap');
    expect(list).toMatch(/^ *4 .*tls-message\.pcap .*200 OK/m);
  });

  it('reads one message alone: SIP, MIME entity, CMS in DER and PEM', () => {
    const sip = records(siplens(['export', 'samples/tls-message-request.txt']).stdout);
    expect(sip[0]).toMatchObject({
      type: 'sip_message',
      method: 'MESSAGE',
      body: { length: 6, text: 'Hello!' },
    });
    expect(sip[0].frame).toBeUndefined();
    const entity = records(
      siplens(['export', 'samples/cms/signed-encrypted.content.bin', '-k', 'samples/keys']).stdout,
    );
    expect(entity[0]).toMatchObject({ type: 'entity', body: { cms: { content: { text: 'hello' } } } });
    const der = readFileSync(`${ROOT}samples/cms/encrypted.p7m`);
    const pem = `-----BEGIN CMS-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CMS-----\n`;
    for (const path of ['samples/cms/encrypted.p7m', temporary('blob.bin', pem)]) {
      const [blob] = records(siplens(['export', path, '-k', 'samples/keys']).stdout);
      expect(blob).toMatchObject({ type: 'entity', body: { cms: { content: { text: 'hello' } } } });
    }
  });
});

describe('exit codes', () => {
  it('is 3 for a capture that is cut short; what came before is written', () => {
    const { status, stdout, stderr } = siplens(
      ['export', '-', ...KEY],
      tlsBytes.subarray(0, tlsBytes.length - 10),
    );
    expect(status).toBe(3);
    expect(stderr).toMatch(/frame 16/);
    expect(records(stdout).filter(({ type }) => type === 'sip_message')).toHaveLength(2);
    expect(records(stdout).filter(({ type }) => type === 'error')).toHaveLength(1);
  });

  it('is 3 for a length that cannot be; what came before is written', () => {
    const bytes = Buffer.from(tlsBytes);
    // Frame 12's captured length: after the global header, 11 frames with their headers.
    let at = 24;
    for (let frame = 1; frame < 12; frame++) at += 16 + bytes.readUInt32BE(at + 8);
    bytes.writeUInt32BE(0x7fffffff, at + 8);
    const { status, stdout, stderr } = siplens(['export', '-', ...KEY], bytes);
    expect(status).toBe(3);
    expect(stderr).toMatch(/frame 12/);
    expect(stderr).toContain(String(at));
    expect(records(stdout).filter(({ type }) => type === 'sip_message')).toHaveLength(2);
  });

  it('is 3 for a file that is not there, and the others are still read', () => {
    const { status, stdout, stderr } = siplens(['export', 'no-such.pcap', TLS, ...KEY]);
    expect(status).toBe(3);
    expect(stderr).toContain('no-such.pcap: there is no such file');
    expect(stderr).not.toMatch(/at .*\.js:\d+/);
    expect(records(stdout).filter(({ type }) => type === 'sip_message')).toHaveLength(2);
  });

  it.each([
    ['an unknown option', ['list', TLS, '--no-such-option'], /no-such-option/],
    ['an unknown format', ['export', TLS, '--format', 'xml'], /xml/],
    ['a key that is not there', ['list', TLS, '-k', 'no-such.pem'], /no-such\.pem/],
    ['a key that is none', ['list', TLS, '-k', 'package.json'], /package\.json/],
    ['a time that is none', ['list', TLS, '--at', 'noon'], /noon/],
    ['a message number that is none', ['show', TLS, 'x'], /x/],
    ['a message that is not there', ['show', TLS, '9', ...KEY], /it has 2 messages/],
    ['a key that wants a password', ['list', TLS, '-k', 'samples/ca/fluffyCA_key.pem'], /password/],
    ['a wrong password', ['list', TLS, '-k', 'samples/ca/fluffyCA_key.pem:wrong'], /password/],
  ])('is 2 for %s', (_, argv, message) => {
    const { status, stdout, stderr } = siplens(argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is 0 for help and version', () => {
    expect(siplens(['--help']).status).toBe(0);
    expect(siplens(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('takes the password of a key after a colon or from a file', () => {
    const key = 'samples/ca/fluffyCA_key.pem';
    expect(siplens(['list', TLS, '-k', `${key}:password`]).status).toBe(0);
    const file = temporary('password', 'password\n');
    expect(siplens(['list', TLS, '-k', key, '--password-file', file]).status).toBe(0);
  });
});

describe('display filters', () => {
  it('let through what matches', () => {
    const only = (filter: string) =>
      records(siplens(['export', TLS, ...KEY, '-f', filter]).stdout).map((r) => r.frame ?? r.type);
    expect(only('method == MESSAGE')).toEqual([10]);
    expect(only('status_code >= 200 and header.via contains "rport=55768"')).toEqual([11]);
    expect(only('type == tls_connection and cipher_suite.name matches "aes_256"')).toEqual([
      'tls_connection',
    ]);
    expect(only('not type == sip_message')).toEqual(['tls_connection']);
  });

  it('point at what is wrong', () => {
    const { status, stderr } = siplens(['list', TLS, '-f', 'method == MESSAGE and statuscode > 3']);
    expect(status).toBe(2);
    const lines = stderr.split('\n').filter((line) => line !== '');
    const at = (lines.find((line) => line.includes('method == MESSAGE')) ?? '').indexOf('statuscode');
    const caret = lines.find((line) => line.includes('^')) ?? '';
    expect(caret.indexOf('^')).toBe(at);
    expect(stderr).toContain('status_code');
  });

  it('keep the numbers of messages that show takes', () => {
    const list = siplens(['list', TLS, ...KEY, '-f', 'status_code == 200']).stdout;
    expect(list.trim().split('\n')).toHaveLength(2);
    expect(list).toMatch(/^ *2 +11 /m);
    expect(siplens(['show', TLS, '2', ...KEY]).stdout).toContain('Status-Line: SIP/2.0 200 OK');
  });
});

describe('the command', () => {
  it('that is misspelt is told as one, and any other word is an input', () => {
    const said = (...argv: string[]) => {
      const { status, stderr } = siplens(argv);
      return [status, stderr.split('\n')[0]];
    };
    expect(said('exprot', TLS, '-o', join(folder, 'x'))).toEqual([
      2,
      "siplens: unknown command 'exprot' (Did you mean export?)",
    ]);
    expect(said()).toEqual([2, 'Usage: siplens [options] [command]']);
    expect(said('lst')).toEqual([2, "siplens: unknown command 'lst' (Did you mean list?)"]);
    // What is there, or can only be a path, is no command.
    expect(said('src')).toEqual([3, 'siplens: src: this is a folder, not a file; name a file in it']);
    expect(said('lst.pcap')).toEqual([3, 'siplens: lst.pcap: there is no such file']);
    expect(said('no/lst')).toEqual([3, 'siplens: no/lst: there is no such file']);
    expect(said('-q', 'list', TLS)).toEqual([
      2,
      'siplens: list: a command goes first, as in `siplens list ...`',
    ]);
    expect(said(TLS, '-k', 'keys')).toEqual([2, 'siplens: --key keys: there is no such file']);
  });
});

describe('standard output', () => {
  it('ends quietly when its reader goes away', () => {
    const { status, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `set -o pipefail; ${process.execPath} bin/siplens.js export ${Array(40).fill(TLS).join(' ')} ${KEY.join(' ')} | head -1 > /dev/null`,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('is one array with --format json, empty where there is nothing', () => {
    const all = JSON.parse(siplens(['export', TLS, ...KEY, '--format', 'json']).stdout) as unknown[];
    expect(all).toHaveLength(3);
    expect(JSON.parse(siplens(['export', TLS, '-f', 'method == BYE', '--format', 'json']).stdout)).toEqual(
      [],
    );
  });

  it('goes to a file that appears whole, with no temporary left', () => {
    const path = join(folder, 'out.ndjson');
    expect(siplensProcess(['export', TLS, ...KEY, '-o', path])).toMatchObject({ status: 0, stdout: '' });
    expect(records(readFileSync(path, 'utf8'))).toHaveLength(3);
    expect(existsSync(`${path}.tmp`)).toBe(false);
    expect(siplensProcess(['export', TLS, '-o', join(folder, 'no', 'such', 'folder')]).status).toBe(2);
  });

  it('carries no escape sequence from the network, and no colour where it is no terminal', () => {
    const hostile = [
      'MESSAGE sip:\u001b[31mred@example.com SIP/2.0',
      'Via: SIP/2.0/UDP host;branch=z9hG4bK1',
      'From: "\u001b]0;title\u0007" <sip:a@example.com>;tag=1',
      'To: \u009b2J<sip:\u202eb@example.com>',
      'Subject: \u001b[2J\u0008\u0008',
      'Call-ID: 1\u0000',
      'CSeq: 1 MESSAGE',
      'Content-Type: text/plain',
      '',
      '\u001b[2Jbody',
    ].join('\r\n');
    const path = temporary('hostile.sip', hostile);
    for (const argv of [
      ['list', path],
      ['show', path, '1'],
      ['show', path, '1', '--hex'],
      ['export', path],
    ]) {
      const { status, stdout, stderr } = siplens(argv);
      expect(status).toBe(0);
      expect(stdout.length).toBeGreaterThan(0);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(siplens(['list', path, '--color', 'always']).stdout).toContain('\u001b[');
  });

  it('never carries a key', () => {
    const pem = readFileSync(`${ROOT}samples/keys/domain_key_example.net.pem`, 'utf8');
    const middle = pem.split('\n')[4] as string;
    for (const argv of [
      ['export', TLS, ...KEY, '-v'],
      ['show', TLS, '1', ...KEY, '-v'],
      ['list', TLS, ...KEY, '-v'],
    ]) {
      const { stdout, stderr } = siplens(argv);
      expect(`${stdout}${stderr}`).not.toContain(middle);
      expect(`${stdout}${stderr}`.toLowerCase()).not.toContain(Buffer.from(middle, 'base64').toString('hex'));
    }
  });

  it('comes while a capture is still arriving', async () => {
    const child = spawn(process.execPath, ['bin/siplens.js', 'export', '-'], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const signed = readFileSync(`${ROOT}samples/smime-signed.pcap`);
    child.stdin.write(signed);
    const first = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
    );
    expect(records(first.split('\n')[0] ?? '')[0]).toMatchObject({ method: 'MESSAGE' });
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  });

  it('never opens the debugger of node at SIGUSR1, also where a command has no status line', async () => {
    const child = spawn(process.execPath, ['bin/siplens.js', 'follow', '-', '--stream', '0', ...KEY], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.write(tlsBytes);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGUSR1');
    // The debugger would take its port before it says so.
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(stderr).not.toMatch(/debugger|inspector/i);
  });
});
