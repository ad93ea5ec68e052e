import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { hasOpenssl } from '../support/peers.js';

let folder = '';
const at = (...names: string[]): string => join(folder, ...names);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function run(...argv: string[]): string {
  const { status, stdout, stderr } = siplens(['certs', ...argv]);
  if (status !== 0) throw new Error(`certs ${argv.join(' ')}: ${status} ${stderr}`);
  return stdout;
}

function openssl(...argv: string[]): string {
  return execFileSync('openssl', argv, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-certs-'));
  run('ca', '--new', '--dir', folder);
  run('make', 'alice@example.org', '--dir', folder);
  run(
    'make',
    'host.example.net',
    '0',
    '--dir',
    folder,
    '--eku',
    'sipDomain',
    '--san',
    'DNS:a.example',
    '--san',
    'IP:192.0.2.1',
  );
  run('make', 'sip:example.net', '--dir', folder, '--ec', 'P-256', '--password', 'other');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('siplens certs', () => {
  it('writes keys for their owner alone, and over nothing without --force', () => {
    for (const name of [
      'user_key_alice@example.org.pem',
      'alice@example.org.p12',
      'demoCA/private/cakey.pem',
    ]) {
      expect(mode(at(name))).toBe('600');
    }
    const before = readFileSync(at('user_key_alice@example.org.pem'));
    const serial = readFileSync(at('demoCA/serial'), 'utf8');
    const again = siplens(['certs', 'make', 'alice@example.org', '--dir', folder]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('--force');
    expect(readFileSync(at('user_key_alice@example.org.pem'))).toEqual(before);
    expect(readFileSync(at('demoCA/serial'), 'utf8')).toBe(serial);
    expect(siplens(['certs', 'ca', '--dir', folder]).status).toBe(2);
  });

  it('--force replaces a key that others could read with one that they cannot', () => {
    const other = at('forced');
    mkdirSync(other);
    writeFileSync(join(other, 'user_key_bob@example.org.pem'), 'old', { mode: 0o644 });
    run('make', 'bob@example.org', '--dir', other, '--ca-dir', folder, '--ec', 'P-256', '--force');
    expect(mode(join(other, 'user_key_bob@example.org.pem'))).toBe('600');
    expect(readFileSync(join(other, 'user_key_bob@example.org.pem'), 'utf8')).toContain('EC PRIVATE KEY');
  });

  it('makes the draft’s shared authority by default, with its warning', () => {
    const { status, stderr } = siplens(['certs', 'ca', '--dir', at('draft')]);
    expect(status).toBe(0);
    expect(stderr).toContain('totally insecure');
    const draft = readFileSync(new URL('../../samples/certs/root_cert_fluffyCA.pem', import.meta.url));
    expect(readFileSync(at('draft', 'root_cert_fluffyCA.pem'))).toEqual(draft);
    expect(readFileSync(at('draft', 'demoCA', 'private', 'cakey.pem'), 'utf8')).toContain('4B47A0A73ADE342E');
  });

  it('reports a usage error with exit code 2', () => {
    for (const argv of [
      ['make', '../x', '--dir', folder],
      ['make', 'x', '--dir', at('nowhere')],
      ['make', 'y', '--dir', folder, '--digest', 'sha9'],
      ['make', 'y', '--dir', folder, '--ec', 'P-256', '--md5'],
      ['make', 'y', '--dir', folder, '--ca-password', 'wrong'],
      ['convert', at('alice@example.org.p12'), '--to', 'pem'],
      ['convert', at('alice@example.org.p12'), '--to', 'zip'],
      ['show', at('demoCA/serial')],
    ]) {
      expect(siplens(['certs', ...argv]).status, argv.join(' ')).toBe(2);
    }
  });

  it('shows certificates as JSON by the names of the contract', () => {
    const [record] = JSON.parse(run('show', '--format', 'json', at('domain_cert_host.example.net.pem')));
    expect(record).toMatchObject({
      not_before: '1999-01-01T00:00:00Z',
      not_after: '2000-01-01T00:00:00Z',
      subject_alt_names: [
        { type: 'dns', value: 'a.example' },
        { type: 'ip', value: '192.0.2.1' },
      ],
      extended_key_usage: ['id-kp-sipDomain'],
      is_ca: false,
    });
  });
});

describe.skipIf(!hasOpenssl)('siplens certs and openssl', () => {
  it('openssl verifies what ours makes', () => {
    const root = at('root_cert_fluffyCA.pem');
    for (const name of ['user_cert_alice@example.org.pem', 'domain_cert_sip:example.net.pem']) {
      expect(openssl('verify', '-x509_strict', '-CAfile', root, at(name))).toContain(': OK');
    }
    const expired = spawnSync(
      'openssl',
      ['verify', '-CAfile', root, at('domain_cert_host.example.net.pem')],
      {
        encoding: 'utf8',
      },
    );
    expect(expired.stderr + expired.stdout).toContain('certificate has expired');
    expect(
      openssl('verify', '-no_check_time', '-CAfile', root, at('domain_cert_host.example.net.pem')),
    ).toContain(': OK');
  });

  it('openssl opens the PKCS #12, the request, the bundle and the keys', () => {
    const keyOf = (text: string): string => /-----BEGIN PRIVATE KEY-----[^-]+/.exec(text)?.[0] ?? 'none';
    for (const [name, password, key] of [
      ['alice@example.org', 'password', 'user_key_alice@example.org.pem'],
      ['sip:example.net', 'other', 'domain_key_sip:example.net.pem'],
    ] as const) {
      const opened = openssl('pkcs12', '-in', `./${name}.p12`, '-passin', `pass:${password}`, '-nodes');
      expect(keyOf(opened)).toBe(keyOf(openssl('pkey', '-in', key)));
      expect(opened.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      openssl('req', '-in', `./${name}.csr`, '-verify', '-noout');
    }
    expect(openssl('pkcs7', '-inform', 'DER', '-in', 'demoCA/cacert.p7c', '-print_certs')).toContain(
      'BEGIN CERT',
    );
    openssl('pkey', '-in', 'demoCA/private/cakey.pem', '-passin', 'pass:password', '-noout');
    openssl('rsa', '-in', 'user_key_alice@example.org.pem', '-check', '-noout');
  });

  it('openssl’s listing has the lines of ours', () => {
    const mine = run('show', at('user_cert_alice@example.org.pem')).split('\n');
    const theirs = openssl(
      'x509',
      '-in',
      'user_cert_alice@example.org.pem',
      '-noout',
      '-text',
      '-nameopt',
      'oneline,-space_eq,sep_comma_plus_space',
    )
      .split('\n')
      .map((line) => line.trim());
    // OpenSSL 3 words the heads of key and signature otherwise than that of 2005, and a serial of up to eight octets is a number to it.
    const worded = /RSA Public Key|Modulus|Signature|Serial Number|^([0-9a-f]{2}:){5,7}[0-9a-f]{2}$/;
    const missing = mine
      .map((line) => line.trim())
      .filter((line) => !worded.test(line) && !theirs.includes(line));
    expect(missing).toEqual([]);
  });

  it('makes certificates of the draft’s strength that openssl takes for what they are', () => {
    const draft = at('as-draft');
    run('ca', '--dir', draft);
    run('make', 'old@example.org', '--dir', draft, '--as-draft', '--not-before', '2006-02-01T00:00:00Z');
    run(
      'make',
      'md5@example.org',
      '--dir',
      draft,
      '--md5',
      '--bits',
      '512',
      '--not-before',
      '2006-02-01T00:00:00Z',
    );
    const verify = [
      'verify',
      '-auth_level',
      '0',
      '-attime',
      '1141000000',
      '-CAfile',
      join(draft, 'root_cert_fluffyCA.pem'),
    ];
    expect(openssl(...verify, join(draft, 'user_cert_old@example.org.pem'))).toContain(': OK');
    expect(openssl(...verify, join(draft, 'user_cert_md5@example.org.pem'))).toContain(': OK');
    const old = run('show', join(draft, 'user_cert_old@example.org.pem'));
    expect(old).toContain('(1024 bit)');
    expect(old).toContain('sha1WithRSAEncryption');
    expect(old).not.toContain('Key Usage');
    expect(run('show', join(draft, 'user_cert_md5@example.org.pem'))).toContain('md5WithRSAEncryption');
    // What nineties' programs read: openssl needs no legacy provider for it.
    openssl('pkcs12', '-in', join(draft, 'old@example.org.p12'), '-passin', 'pass:password', '-nodes');
  });

  it('openssl’s `ca` works in the folder of our authority, and ours goes on after it', () => {
    writeFileSync(
      at('ca.cnf'),
      '[ca]\ndefault_ca=d\n[d]\ndir=demoCA\ndatabase=$dir/index.txt\nnew_certs_dir=$dir/newcerts\ncertificate=$dir/cacert.pem\nserial=$dir/serial\nprivate_key=$dir/private/cakey.pem\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n',
    );
    openssl('genrsa', '-out', 'carol.pem', '2048');
    openssl('req', '-new', '-key', 'carol.pem', '-subj', '/CN=carol', '-out', 'carol.csr');
    openssl(
      'ca',
      '-config',
      'ca.cnf',
      '-batch',
      '-notext',
      '-days',
      '30',
      '-passin',
      'pass:password',
      '-in',
      'carol.csr',
      '-out',
      'carol_cert.pem',
    );
    expect(openssl('verify', '-CAfile', 'root_cert_fluffyCA.pem', 'carol_cert.pem')).toContain(': OK');
    run('make', 'after@example.org', '--dir', folder, '--ec', 'P-256');
    const serialOf = (name: string): bigint => {
      const [record] = JSON.parse(run('show', '--format', 'json', at(name)));
      return BigInt(`0x${record.serial_number}`);
    };
    expect(serialOf('user_cert_after@example.org.pem')).toBe(serialOf('carol_cert.pem') + 1n);
  });

  it('converts both ways: what openssl writes opens here, what ours writes opens there', () => {
    const key = at('user_key_alice@example.org.pem');
    const certificate = at('user_cert_alice@example.org.pem');
    openssl('x509', '-in', certificate, '-outform', 'DER', '-out', 'a.der');
    openssl(
      'crl2pkcs7',
      '-nocrl',
      '-certfile',
      certificate,
      '-certfile',
      'demoCA/cacert.pem',
      '-outform',
      'DER',
      '-out',
      'a.p7c',
    );
    openssl('pkcs8', '-in', key, '-topk8', '-outform', 'DER', '-passout', 'pass:password', '-out', 'a.p8c');
    openssl('pkcs8', '-in', key, '-topk8', '-nocrypt', '-outform', 'DER', '-out', 'plain.p8c');
    openssl(
      'pkcs12',
      '-export',
      '-in',
      certificate,
      '-inkey',
      key,
      '-certfile',
      'demoCA/cacert.pem',
      '-passout',
      'pass:password',
      '-out',
      'a.p12',
    );
    const pemOf = (name: string): string => {
      const out = at(`${name}.out.pem`);
      run('convert', at(name), '--to', 'pem', '-o', out);
      return readFileSync(out, 'utf8');
    };
    const keyText = readFileSync(key, 'utf8');
    const certificateText = readFileSync(certificate, 'utf8');
    expect(pemOf('a.der')).toBe(certificateText);
    expect(pemOf('a.p7c')).toBe(certificateText + readFileSync(at('root_cert_fluffyCA.pem'), 'utf8'));
    expect(pemOf('a.p8c')).toBe(keyText);
    expect(pemOf('plain.p8c')).toBe(keyText);
    expect(pemOf('a.p12')).toContain(keyText);
    expect(mode(at('a.p12.out.pem'))).toBe('600');

    run('convert', certificate, '--to', 'der', '-o', at('b.der'));
    expect(readFileSync(at('b.der'))).toEqual(readFileSync(at('a.der')));
    run('convert', certificate, at('demoCA/cacert.pem'), '--to', 'p7c', '-o', at('b.p7c'));
    expect(openssl('pkcs7', '-inform', 'DER', '-in', 'b.p7c', '-print_certs').match(/BEGIN/g)).toHaveLength(
      2,
    );
    run('convert', key, '--to', 'p8c', '--out-password', 'secret', '-o', at('b.p8c'));
    expect(openssl('pkcs8', '-inform', 'DER', '-in', 'b.p8c', '-passin', 'pass:secret')).toBe(
      openssl('pkey', '-in', key),
    );
    run('convert', at('a.p12'), '--to', 'p12', '--out-password', 'secret', '-o', at('b.p12'));
    expect(
      openssl('pkcs12', '-in', 'b.p12', '-passin', 'pass:secret', '-nodes').match(/BEGIN CERT/g),
    ).toHaveLength(2);
  });
});
