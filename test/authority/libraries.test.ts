import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLegacyProvider, hasOpenssl } from '../support/peers.js';
import { ROOT } from '../support/root.js';

/** pkijs, asn1js and node-forge take 40 to 70 ms each to load: a command loads those that it needs, and no others. */

const HOOK = fileURLToPath(new URL('../support/loaded-libraries.cjs', import.meta.url));
const STRUCTURES = ['asn1js', 'pkijs'];
const ALL = ['asn1js', 'node-forge', 'pkijs'];

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-libraries-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Those of the three that the command came to load, in all its threads. */
function libraries(...argv: readonly string[]): string[] {
  const list = join(folder, `loaded-${++count}`);
  execFileSync(process.execPath, ['--require', HOOK, 'bin/siplens.js', ...argv], {
    cwd: ROOT,
    env: { ...process.env, LOADED_LIBRARIES: list },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The hook ran, also where it saw none.
  expect(existsSync(list)).toBe(true);
  return [...new Set(readFileSync(list, 'utf8').split('\n'))].filter((name) => name !== '').sort();
}

const inFolder = (name: string): string => join(folder, name);

describe('what is loaded at run time', () => {
  it('certs make: pkijs and asn1js for certificate and request, node-forge for PKCS #12', () => {
    // The authority's bundle is PKCS #7.
    expect(libraries('certs', 'ca', '--dir', folder)).toEqual(STRUCTURES);
    expect(libraries('certs', 'make', 'alice@example.org', '--dir', folder)).toEqual(ALL);
  });

  it.each([
    ['p7c', STRUCTURES],
    ['p12', ALL],
    ['der', []],
  ])('certs convert --to %s', (form, expected) => {
    const certificate = 'samples/certs/user_cert_fluffy@example.com.pem';
    const out = inFolder(`converted.${form}`);
    expect(libraries('certs', 'convert', certificate, '--to', form, '-o', out)).toEqual(expected);
  });

  it('vectors: pkijs and asn1js for the CMS', () => {
    const certs = ['--certs', 'samples/vectors/certs'];
    const out = ['--out', inFolder('vectors'), '--seed', 'test'];
    expect(libraries('vectors', 'signed', 'encrypted', ...certs, ...out)).toEqual(STRUCTURES);
  });

  it('show of S/MIME: none, as our own walker reads it', () => {
    const given = ['--cert', 'samples/certs', '-k', 'samples/keys'];
    expect(libraries('show', 'samples/smime-signed-encrypted.pcap', '1', ...given)).toEqual([]);
  });

  /** By openssl to the samples' kumiko. */
  const encrypted = (...how: readonly string[]): string => {
    const file = inFolder('encrypted.p7m');
    const to = ['-recip', 'samples/certs/user_cert_kumiko@example.net.pem'];
    const argv = [
      'cms',
      '-encrypt',
      '-in',
      'samples/README.md',
      ...to,
      ...how,
      '-outform',
      'DER',
      '-out',
      file,
    ];
    execFileSync('openssl', argv, { cwd: ROOT, stdio: 'pipe' });
    return file;
  };

  it.skipIf(!hasOpenssl)('show of S/MIME with RSAES-OAEP: pkijs and asn1js for its parameters', () => {
    const file = encrypted('-aes128', '-keyopt', 'rsa_padding_mode:oaep');
    expect(libraries('show', file, '1', '-k', 'samples/keys')).toEqual(STRUCTURES);
  });

  it.skipIf(!hasOpenssl || !hasLegacyProvider())('show of S/MIME with RC2: node-forge for the cipher', () => {
    const file = encrypted('-rc2', '-provider', 'legacy', '-provider', 'default');
    expect(libraries('show', file, '1', '-k', 'samples/keys')).toEqual(['node-forge']);
  });

  it('list of plain SIP, and of SIP with S/MIME: none', () => {
    expect(libraries('list', 'samples/vectors/signed/capture.pcap')).toEqual([]);
    expect(libraries('list', 'samples/vectors/sips-over-udp/capture.pcap')).toEqual([]);
    expect(libraries('list', 'samples/tls-message-request.txt')).toEqual([]);
  });
});
