import { spawnSync } from 'node:child_process';
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

/** The built command as a process, in another environment. */
function runProcess(environment: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  return spawnSync(process.execPath, ['bin/siplens.js', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
}

describe('a secret in the environment, where the list of processes does not show it', () => {
  const KEY = 'samples/ca/fluffyCA_key.pem';

  it('opens a key', () => {
    const argv = ['list', 'samples/smime-signed.pcap', '-k', KEY];
    expect(runProcess({ SIPLENS_PASSWORD: 'password' }, ...argv).status).toBe(0);
    const without = runProcess({}, ...argv);
    expect(without.status).toBe(2);
    expect(without.stderr).toContain('--password-file FILE or SIPLENS_PASSWORD');
    writeFileSync(at('password'), 'password\n');
    // What is named on the command line goes first.
    expect(runProcess({ SIPLENS_PASSWORD: 'wrong' }, ...argv, '--password-file', at('password')).status).toBe(
      0,
    );
  });

  it('is a pre-shared key, and is not repeated where it is none', () => {
    const argv = ['list', 'samples/smime-signed.pcap'];
    expect(runProcess({ SIPLENS_PSK: '0011aabb' }, ...argv).status).toBe(0);
    const { status, stderr } = runProcess({ SIPLENS_PSK: 'not-hex-at-all' }, ...argv);
    expect(status).toBe(2);
    expect(stderr).toContain('SIPLENS_PSK: the value is neither hexadecimal nor a file');
    expect(stderr).not.toContain('not-hex-at-all');
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

  it('that may not capture is given capabilities or a group, and root comes last', () => {
    const file = program('dumpcap', 'denied');
    writeFileSync(
      file,
      '#!/bin/sh\necho "dumpcap: You don\'t have permission to capture on that device" >&2\nexit 1\n',
    );
    const { status, stderr } = runProcess({ PATH: at('denied') }, 'capture', '-i', 'x', '--format', 'list');
    expect(status).toBe(2);
    const places = ['setcap cap_net_raw', 'group wireshark', 'Root is the last resort'].map((text) =>
      stderr.indexOf(text),
    );
    expect(places.every((place) => place > 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  it('saves what it captures for its owner alone, or as --mode says', () => {
    const file = program('dumpcap', 'captures');
    writeFileSync(file, `#!/bin/sh\ncat '${process.cwd()}/samples/tls-message.pcap'\n`);
    const save = (name: string, ...more: string[]): string => {
      const argv = ['capture', '-i', 'x', '--format', 'list', '-w', at(name), ...more];
      expect(
        runProcess({ PATH: `${at('captures')}${delimiter}/bin${delimiter}/usr/bin` }, ...argv).status,
      ).toBe(0);
      expect(readFileSync(at(name))).toEqual(readFileSync('samples/tls-message.pcap'));
      return mode(at(name));
    };
    expect(save('live-1.pcap')).toBe('600');
    expect(save('live-2.pcap', '--mode', '640')).toBe('640');
    writeFileSync(at('live-3.pcap'), '');
    chmodSync(at('live-3.pcap'), 0o644);
    expect(save('live-3.pcap')).toBe('644');
    expect(save('live-3.pcap', '--mode', '600')).toBe('600');
  });

  it('is no folder of that name', () => {
    mkdirSync(join(at('odd'), 'dumpcap'), { recursive: true });
    expect(findProgram(at('odd'))).toBeUndefined();
  });
});
