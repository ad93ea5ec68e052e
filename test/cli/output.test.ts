import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siplens, siplensProcess } from '../support/command.js';
import { hasFullDevice, hasTool } from '../support/peers.js';
import { ROOT } from '../support/root.js';
import { credentials, privateKeyPem, rsaParty } from '../support/tls-identities.js';
import { captureOf, recordTls, sipRequest } from '../support/tls-recorder.js';

/** What is said where output goes wrong, and that no text of others reaches a terminal raw. */

const TLS = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];

describe.skipIf(!hasFullDevice())('a full disk (skipped where there is no /dev/full)', () => {
  it.each([
    ['standard output', `list ${TLS} ${KEY.join(' ')} > /dev/full`],
    ['/dev/full', `export ${TLS} ${KEY.join(' ')} -q -o /dev/full`],
    ['--write /dev/full', `export ${TLS} ${KEY.join(' ')} -q --write /dev/full -o /dev/null`],
    [
      '--write-decrypted /dev/full',
      `export ${TLS} ${KEY.join(' ')} -q --write-decrypted /dev/full -o /dev/null`,
    ],
  ])('is told in one sentence: %s', (what, command) => {
    const { status, stderr } = spawnSync('sh', ['-c', `${process.execPath} bin/siplens.js ${command}`], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stderr).toBe(`siplens: ${what}: no space is left on the device\n`);
    expect(status).toBe(2);
  });
});

describe.skipIf(!hasFullDevice())('a full disk with threads (skipped where there is no /dev/full)', () => {
  it('is told as what it is: -o', () => {
    const inputs = [TLS, 'samples/smime-signed.pcap'];
    const { status, stderr } = siplensProcess(['export', ...inputs, '-q', '-j', '2', '-o', '/dev/full']);
    expect(stderr).toBe('siplens: /dev/full: no space is left on the device\n');
    expect(status).toBe(2);
  });
});

describe.skipIf(process.platform === 'win32')('files that cannot be written whole', () => {
  it('are told as what they are, and nothing is left: --out-dir', () => {
    const folder = mkdtempSync(join(tmpdir(), 'siplens-test-'));
    // Links of that folder are not followed, to /dev/full neither: the limit on the size of files fails the same write.
    const command = `ulimit -f 1; exec ${process.execPath} bin/siplens.js export ${TLS} samples/smime-signed.pcap`;
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `${command} -q -j 2 ${KEY.join(' ')} --out-dir ${folder}`],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(stderr).toMatch(
      /^siplens: \S+\/(?:tls-message|smime-signed)\.pcap\.ndjson: the file would be too large\n$/,
    );
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe('arguments that are repeated', () => {
  it.each([
    ['an option', ['list', TLS, '--no\u001b[31m']],
    ['a choice', ['list', TLS, '--color', '\u001b[31m']],
    ['a file', ['list', '\u001b[31m']],
    ['a key', ['list', TLS, '-k', '\u001b[31m']],
    ['a policy', ['tls', TLS, '--policy', '\u001b[31m']],
    ['a requirement', ['tls', TLS, '--require', 'version == \u001b[31m']],
    ['a filter', ['list', TLS, '-f', '\u001b[31m == 1']],
  ])('are escaped: %s', (_, argv) => {
    const { status, stdout, stderr } = siplens(argv);
    expect(stdout + stderr).toContain('\\x1b[31m');
    expect(stdout + stderr).not.toContain('\u001b');
    expect(status).not.toBe(0);
  });

  it('point at the mistake in a requirement', () => {
    const { stderr, status } = siplens(['tls', TLS, '--require', 'version ==']);
    expect(status).toBe(2);
    const [, expression = '', carets = ''] = stderr.split('\n');
    expect(expression).toBe('  version ==');
    expect(carets.indexOf('^')).toBe(expression.length);
  });
});

describe.skipIf(!hasTool('script'))(
  'a terminal that does not know its width (skipped without script)',
  () => {
    it('gets whole lines', () => {
      const command = `stty cols 0; ${process.execPath} bin/siplens.js list ${TLS} ${KEY.join(' ')}`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: ROOT, encoding: 'utf8' });
      expect(stdout).toContain('RSA_WITH_AES_256_CBC_SHA');
    });
  },
);

describe('a capture without TLS', () => {
  it.each(['tls', 'keys'])('is told by %s', (command) => {
    const { status, stderr } = siplens([command, 'samples/smime-signed.pcap']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'siplens: no TLS connection\n' });
  });
});

describe('a file of certificates without one', () => {
  it.each(['--ca', '--cert'])('is told: %s', (option) => {
    const { stderr, status } = siplens(['list', TLS, option, 'samples/keys/domain_key_example.net.pem']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: `siplens: ${option} samples/keys/domain_key_example.net.pem: no certificate is in it\n`,
    });
  });
});

describe('a certificate with escape sequences in its names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'siplens-output-'));
  const capture = join(folder, 'a\u001b[31m.pcap');
  const key = join(folder, 'k\u001b[31m.pem');
  const policy = join(folder, 'p.yaml');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    const host = 'evil\u001b]0;x\u0007\u009b31m.example.com';
    const authority = rsaParty('authority\u001b[32m');
    const server = { ...credentials(host, authority), maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' } as const;
    const recorded = await recordTls({ server, request: sipRequest('sip:\u001b[33m@example.com') });
    writeFileSync(capture, captureOf(recorded));
    writeFileSync(key, privateKeyPem(rsaParty(host)));
    writeFileSync(policy, 'name: "\\e[34m"\nidentity: true\nkey_size: 4096\nrequire: \'version == "\\e"\'\n');
  });

  it.each([
    ['list'],
    ['check'],
    ['check', '--format', 'junit'],
    ['export', '--format', 'json'],
    ['export', '--format', 'csv'],
    ['export', '--format', 'text'],
    ['tls', '--detail'],
    ['tls', '--policy'],
    ['tls', '--format', 'junit', '--policy'],
    ['flow'],
    ['flow', '--style', 'ssldump'],
    ['keys'],
  ])('brings none of them to a terminal: %s %s %s', (command, ...options) => {
    const given = options.includes('--policy') ? [...options, policy] : options;
    for (const keys of [[], ['-k', key]]) {
      const { stdout, stderr } = siplens([command, capture, '-v', ...given, ...keys]);
      expect(stdout + stderr).toMatch(/example\.com|10\.0\.0\.1|CLIENT_RANDOM|needed/);
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/);
    }
  });
});
