import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type VectorsOptions, vectors } from '../../src/cli/commands/vectors.js';
import { UsageError } from '../../src/cli/exit.js';
import { records, siplens } from '../support/command.js';
import { differences, optionsOf, readExpected } from '../vectors/compare.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-cli-vectors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where keys and certificates of the usual users are, made once. */
let usual = '';
function usualCertificates(): string {
  if (usual === '') {
    const out = join(folder, 'usual');
    expect(siplens(['vectors', 'signed', '--out', out]).status).toBe(0);
    usual = join(out, 'certs');
  }
  return usual;
}

describe('siplens vectors', () => {
  it('makes what is named, adds to it later, and replaces nothing without --force', () => {
    const out = join(folder, 'v');
    const first = siplens(['vectors', 'signed', '--out', out, '--seed', 'a']);
    expect(first).toMatchObject({ status: 0, stdout: '' });
    const key = readFileSync(join(out, 'certs', 'user_key_fluffy@example.com.pem'), 'utf8');
    const message = readFileSync(join(out, 'signed', 'message.sip'));
    expect(siplens(['vectors', 'encrypted', '--out', out, '--seed', 'a']).status).toBe(0);
    expect(readFileSync(join(out, 'certs', 'user_key_fluffy@example.com.pem'), 'utf8')).toBe(key);
    const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'));
    expect(index.vectors.map(({ name }: { name: string }) => name)).toEqual(['signed', 'encrypted']);
    const again = siplens(['vectors', 'signed', '--out', out, '--seed', 'a']);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('--force');
    expect(siplens(['vectors', 'signed', '--out', out, '--seed', 'a', '--force']).status).toBe(0);
    expect(readFileSync(join(out, 'signed', 'message.sip'))).toEqual(message);
  });

  it('export and check give what expected.json says, by the command line too', () => {
    const out = join(folder, 'v2');
    const certs = usualCertificates();
    const names = ['signed-crlf-before-boundary', 'message-over-tls-1.3'];
    expect(siplens(['vectors', ...names, '--out', out, '--certs', certs]).status).toBe(0);
    for (const name of names) {
      const expected = readExpected(join(out, name));
      const options = optionsOf(join(out, name), expected);
      const file = join(out, name, 'capture.pcap');
      const exported = siplens(['export', file, ...options]);
      const answer = expected.files['capture.pcap'];
      expect(exported.status).toBe(0);
      expect(differences(answer?.records, records(exported.stdout))).toEqual([]);
      const checked = siplens(['check', '--format', 'json', '--fail-on', 'error', file, ...options]);
      const rules = JSON.parse(checked.stdout).map(({ rule }: { rule: string }) => rule);
      expect(rules.sort()).toEqual(answer?.findings);
      expect(checked.status).toBe(expected.kind === 'bad' ? 1 : 0);
    }
  });

  it('uses an authority and certificates that `siplens certs` made', () => {
    const certs = join(folder, 'own');
    for (const argv of [
      ['ca', '--new', '--dir', certs],
      ['make', 'alice@a.example', '--dir', certs],
      ['make', 'bob@b.example', '--dir', certs],
      ['make', 'b.example', '--dir', certs],
    ]) {
      expect(siplens(['certs', ...argv]).status).toBe(0);
    }
    const out = join(folder, 'v3');
    const users = ['--from', 'alice@a.example', '--to', 'bob@b.example'];
    // A minute later: the certificates were not valid before they were made.
    const at = new Date(Date.now() + 60_000).toISOString();
    const made = siplens([
      'vectors',
      'encrypted-signed',
      '--out',
      out,
      '--certs',
      certs,
      '--at',
      at,
      ...users,
    ]);
    expect(made.status, made.stderr).toBe(0);
    const own = readFileSync(join(certs, 'user_cert_alice@a.example.pem'));
    expect(readFileSync(join(out, 'certs', 'user_cert_alice@a.example.pem'))).toEqual(own);
    const expected = readExpected(join(out, 'encrypted-signed'));
    const file = join(out, 'encrypted-signed', 'message.sip');
    const exported = siplens(['export', file, ...optionsOf(join(out, 'encrypted-signed'), expected)]);
    expect(differences(expected.files['message.sip']?.records, records(exported.stdout))).toEqual([]);
  });

  it('uses certificates of an authority whose key is elsewhere, and one of its own for the rest', () => {
    const certs = join(folder, 'event');
    for (const argv of [
      ['ca', '--new', '--dir', certs],
      ['make', 'alice@a.example', '--dir', certs, '--not-before', '2026-01-01T00:00:00Z'],
    ]) {
      expect(siplens(['certs', ...argv]).status).toBe(0);
    }
    rmSync(join(certs, 'demoCA'), { recursive: true });
    const out = join(folder, 'v4');
    const users = ['--from', 'alice@a.example', '--to', 'bob@b.example'];
    const at = new Date(Date.now() + 60_000).toISOString();
    const made = siplens([
      'vectors',
      'signed',
      'encrypted',
      '--out',
      out,
      '--certs',
      certs,
      '--at',
      at,
      ...users,
    ]);
    expect(made.status, made.stderr).toBe(0);
    for (const name of ['signed', 'encrypted']) {
      const expected = readExpected(join(out, name));
      expect(expected.use.ca).toHaveLength(2);
      const file = join(out, name, 'message.sip');
      const checked = siplens(['check', '--format', 'json', file, ...optionsOf(join(out, name), expected)]);
      expect(JSON.parse(checked.stdout)).toEqual([]);
    }
  });

  it('lists the vectors', () => {
    const { status, stdout } = siplens(['vectors', '--list']);
    expect(status).toBe(0);
    for (const name of [
      'message-over-tls-1.0',
      'tls-only-ssl3',
      'signed-md5-without-null',
      'sips-over-udp',
    ]) {
      expect(stdout).toContain(name);
    }
  });

  it('reports a usage error with exit code 2', () => {
    expect(siplens(['vectors']).status).toBe(2);
    expect(siplens(['vectors', 'signed', '--out', folder, '--replay', 'sctp', '127.0.0.1:5060']).status).toBe(
      2,
    );
  });
});

describe('usage errors of vectors', () => {
  const users = { from: 'fluffy@example.com', to: 'kumiko@example.net', tls: [], wait: '5' };

  it.each<[string, readonly string[], Partial<VectorsOptions>]>([
    ['no such vector', ['nonsense'], {}],
    ['no such version', [], { tls: ['1.4'] }],
    ['no user', [], { from: 'nobody' }],
    ['one user', [], { from: 'kumiko@example.net' }],
    ['no domain', [], { server: 'a/b' }],
    ['no folder', [], { certs: 'test/nowhere' }],
    ['no such suite', [], { tls: ['1.2'], cipher: 'NO-SUCH-SUITE' }],
    // The server has an RSA certificate: the handshake itself fails.
    ['a suite that does not fit', [], { tls: ['1.2'], cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' }],
    ['no port', ['signed'], { replay: ['udp', '127.0.0.1'] }],
    ['nothing to send', ['signed'], { replay: ['udp', '127.0.0.1:5060'] }],
    ['no name', [], { replay: ['udp', '127.0.0.1:5060'] }],
    ['a path', ['../signed'], { replay: ['udp', '127.0.0.1:5060'] }],
  ])('%s: refused, and nothing is written', async (_, names, options) => {
    const out = join(folder, 'never');
    const certs = usualCertificates();
    await expect(vectors(names, { ...users, certs, out, ...options })).rejects.toThrow(UsageError);
    expect(existsSync(out)).toBe(false);
  });
});
