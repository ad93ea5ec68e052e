import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/io/live.js';
import { siplens } from '../support/command.js';

const SAMPLE = ['samples/tls-message.pcap', '-k', 'samples/keys/domain_key_example.net.pem'];

const folder = mkdtempSync(join(tmpdir(), 'siplens-private-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** A file that the command made, with its permissions: the umask of the tests is one that lets others read. */
function made(name: string, ...argv: readonly string[]): string {
  const { status, stderr } = siplens(argv.map((one) => (one === 'FILE' ? at(name) : one)));
  expect(stderr).not.toMatch(/error/i);
  expect(status).toBe(0);
  return mode(at(name));
}

describe('what siplens writes is decrypted, and for its owner alone', () => {
  it('records, packets and session secrets', () => {
    expect(made('a.ndjson', 'export', ...SAMPLE, '-o', 'FILE')).toBe('600');
    expect(made('b.pcapng', 'export', ...SAMPLE, '--write-decrypted', 'FILE')).toBe('600');
    expect(made('c.pcapng', 'export', ...SAMPLE, '--write', 'FILE')).toBe('600');
    expect(made('d.keylog', 'keys', ...SAMPLE, '-o', 'FILE')).toBe('600');
    expect(readFileSync(at('d.keylog'), 'utf8')).toBe(siplens(['keys', ...SAMPLE]).stdout);
  });

  it('unless the user says else, of new files and of old ones', () => {
    expect(made('e.ndjson', 'export', ...SAMPLE, '-o', 'FILE', '--mode', '640')).toBe('640');
    expect(made('e.ndjson', 'export', ...SAMPLE, '-o', 'FILE', '--mode', '0604')).toBe('604');
    expect(made('f.pcapng', 'export', ...SAMPLE, '--write', 'FILE', '--mode', '644')).toBe('644');
    expect(made('g.pcapng', 'export', ...SAMPLE, '--write-decrypted', 'FILE', '--mode', '644')).toBe('644');
    for (const wrong of ['rw', '1777', '888', '64']) {
      const { status, stderr } = siplens(['export', ...SAMPLE, '--mode', wrong]);
      expect(status).toBe(2);
      expect(stderr).toContain('permissions are three octal digits');
    }
  });

  it('a file of secrets does not keep the permissions of what stood there', () => {
    writeFileSync(at('h.keylog'), 'old');
    chmodSync(at('h.keylog'), 0o644);
    expect(made('h.keylog', 'keys', ...SAMPLE, '-o', 'FILE')).toBe('600');
  });

  it('refuses to write secrets over its input', () => {
    writeFileSync(at('i.pcap'), readFileSync('samples/tls-message.pcap'));
    const { status, stderr } = siplens(['keys', at('i.pcap'), '-o', at('i.pcap')]);
    expect(status).toBe(2);
    expect(stderr).toContain('this is the input');
  });
});

describe('a folder of outputs', () => {
  it('holds files for their owner alone, and no link that stands there is followed', () => {
    const victim = at('victim');
    writeFileSync(victim, 'precious');
    mkdirSync(at('out'));
    const planted = join(at('out'), 'tls-message.pcap.ndjson');
    symlinkSync(victim, planted);
    const { status } = siplens(['export', ...SAMPLE, '--out-dir', at('out')]);
    expect(status).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readdirSync(at('out'))).toEqual(['tls-message.pcap.ndjson']);
    expect(lstatSync(planted).isFile()).toBe(true);
    expect(mode(planted)).toBe('600');
    expect(readFileSync(planted, 'utf8')).toContain('"type":"sip_message"');
  });

  it('takes the permissions that the user asks for', () => {
    siplens(['export', ...SAMPLE, '--out-dir', at('shared'), '--mode', '644']);
    expect(mode(join(at('shared'), 'tls-message.pcap.ndjson'))).toBe('644');
  });
});

describe('the program that captures', () => {
  const program = (name: string, ...path: string[]): string => {
    mkdirSync(join(folder, ...path), { recursive: true });
    const file = join(folder, ...path, name);
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "$@" > '${at('arguments')}'\n`);
    chmodSync(file, 0o755);
    return file;
  };

  it('is none from a relative or empty entry of the PATH', () => {
    const file = program('dumpcap', 'bin');
    expect(findProgram(at('bin'))).toEqual({ name: 'dumpcap', path: file });
    expect(findProgram(['', '.', 'bin', at('bin')].join(delimiter))?.path).toBe(file);
    const here = process.cwd();
    process.chdir(at('bin'));
    try {
      expect(findProgram(['', '.', './', '../bin'].join(delimiter))).toBeUndefined();
    } finally {
      process.chdir(here);
    }
  });

  it('is no folder of that name', () => {
    mkdirSync(join(at('odd'), 'dumpcap'), { recursive: true });
    expect(findProgram(at('odd'))).toBeUndefined();
  });
});
