import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { records, siplens } from '../support/command.js';
import * as der from '../support/der.js';
import { authorityPem, credentials, rsaParty } from '../support/tls-identities.js';
import { captureOf, type RecordedTls, recordTls, sipRequest } from '../support/tls-recorder.js';
import { extension } from '../x509/make.js';

const SAMPLE = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];
const CA = ['--ca', 'samples/certs/root_cert_fluffyCA.pem'];

const folder = mkdtempSync(join(tmpdir(), 'siplens-verdict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('the sample capture', () => {
  it('is one line of the table, and all about it', () => {
    const { status, stdout, stderr } = siplens(['tls', SAMPLE, ...KEY, ...CA]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [titles = '', row = ''] = stdout.split('\n');
    expect(titles.split(/ {2,}/).map((title) => title.trim())).toEqual([
      'Stream',
      'Client',
      'Server',
      'Version',
      'Cipher suite',
      'Identity',
      'Session',
      'Decryption',
    ]);
    expect(row.trim().split(/ {2,}/)).toEqual([
      '0',
      '127.0.0.1:55768',
      '127.0.0.1:5061',
      'TLS 1.0',
      'TLS_RSA_WITH_AES_256_CBC_SHA',
      'example.net ok',
      'new',
      'decrypted',
    ]);
    // Offered and chosen (draft §6.1), certificate (samples/certs, by openssl x509), steps (tshark).
    for (const line of [
      '* TLS_RSA_WITH_AES_256_CBC_SHA (0x0035)',
      '  TLS_RSA_WITH_AES_128_CBC_SHA (0x002f)',
      '  TLS_RSA_WITH_3DES_EDE_CBC_SHA (0x000a)',
      'session ID 0637e9225629e6b43a6e53fe5627ed1f2a753465f091fc79cf90daacf46f64b5',
      'names: dns:example.net',
      'serial 0195007102330056',
      '2005-02-03T18:49:11Z to 2008-02-03T18:49:11Z; valid at 2005-02-19T00:48:07Z, expired now',
      'rsaEncryption 1024 bits; signed with sha1WithRSAEncryption',
      'chain: valid: The path leads to the trust anchor',
      'example.net (the Request-URI of the first request): match',
      '+0.006096  client  ClientHello (frame 4)',
      '+0.018340  client  ClientKeyExchange (frame 7)',
      '+0.063055  server  Finished (frame 8, decrypted)',
      '+0.327446  client  first application data (frame 10',
      'domain_key_example.net.pem',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  it('tells why it stays closed', () => {
    const { status, stdout } = siplens(['tls', SAMPLE, '-k', 'samples/keys/domain_key_example.com.pem']);
    expect(status).toBe(0);
    expect(stdout).toContain('not_decrypted: key_mismatch');
    expect(siplens(['tls', SAMPLE]).stdout).toContain('not_decrypted: no_key');
  });

  it('is an array of records with --format json', () => {
    const { status, stdout } = siplens(['tls', SAMPLE, ...KEY, '--format', 'json', '--policy', 'rfc3261']);
    expect(status).toBe(0);
    const [connection, ...results] = JSON.parse(stdout);
    const exported = records(siplens(['export', SAMPLE, ...KEY]).stdout);
    expect(connection).toEqual(exported.find(({ type }) => type === 'tls_connection'));
    expect(results).toMatchObject([
      {
        type: 'policy_result',
        policy: 'rfc3261',
        rule: 'versions.allowed',
        result: 'pass',
        frame: 6,
        tcp_stream: 0,
      },
      { type: 'policy_result', policy: 'rfc3261', rule: 'cipher_suites.required', result: 'pass', frame: 4 },
    ]);
  });

  it('knows its certificates as expired when judged today', () => {
    const { stdout } = siplens(['export', SAMPLE, ...KEY, '--at', '2012-01-01T00:00:00Z']);
    const found = records(stdout).find(({ type }) => type === 'tls_connection').findings;
    expect(found[0]).toMatchObject({ rule: 'tls/certificate-expired', severity: 'error', where: 'frame 6' });
    expect(found[0].summary).toContain('2008-02-03T18:49:11Z; the client accepted it');
  });
});

describe('policies on the sample capture', () => {
  const judge = (...options: string[]) => siplens(['tls', SAMPLE, ...options]);

  it('passes what the draft shows', () => {
    const { status, stdout } = judge(...KEY, '--policy', 'draft-sec-flows');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /pass {2}cipher_suites\.required +TLS_RSA_WITH_AES_128_CBC_SHA offered \(frame 4\)/,
    );
    expect(stdout).not.toContain('FAIL');
    expect(judge('--policy', 'rfc3261').status).toBe(0);
  });

  it('fails BCP 195, naming suite and frame', () => {
    const { status, stdout } = judge(...KEY, '--policy', 'rfc9325');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /FAIL {2}cipher_suites\.forbidden +TLS_RSA_WITH_AES_256_CBC_SHA was chosen.*\(frame 6\)/,
    );
    expect(stdout).toMatch(/FAIL {2}key_size .*1024 bits, less than 2048 \(frame 6\)/);
    expect(stdout).toMatch(/FAIL {2}extended_master_secret +the client did not offer it \(frame 4\)/);
    expect(stdout).toMatch(/pass {2}not_expired/);
  });

  it('does not pass an identity that it cannot see', () => {
    const { status, stdout } = judge('--policy', 'draft-sec-flows');
    expect(status).toBe(1);
    expect(stdout).toMatch(/FAIL {2}identity +what the client meant is not known/);
  });

  it('takes one-liners', () => {
    expect(judge('--require', 'cipher_suite = TLS_RSA_WITH_AES_256_CBC_SHA').status).toBe(0);
    expect(judge('--require', 'cipher_suite = 0x0035').status).toBe(0);
    const failed = judge('--require', 'cipher_suite = TLS_RSA_WITH_AES_128_CBC_SHA');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(/FAIL .*"TLS_RSA_WITH_AES_256_CBC_SHA".*\(frame 6\)/);
    expect(judge('--require', 'cipher_suite.name == TLS_RSA_WITH_AES_128_CBC_SHA').status).toBe(1);
  });

  it('reads the examples', () => {
    expect(judge(...KEY, '--policy', 'samples/policies/interop.yaml').status).toBe(0);
    const modern = judge(...KEY, ...CA, '--policy', 'samples/policies/modern.json');
    expect(modern.status).toBe(1);
    expect(modern.stdout).toMatch(/pass {2}chain +valid/);
  });

  it('fails where there is no connection', () => {
    for (const argv of [
      ['tls', 'samples/smime-signed.pcap', '--policy', 'rfc3261'],
      ['tls', SAMPLE, '--require', 'established', '-f', 'tcp_stream == 7'],
      ['tls', 'samples/smime-signed.pcap', '--policy', 'rfc3261', '--format', 'junit'],
    ]) {
      const { status, stdout } = siplens(argv);
      expect({ argv, status }).toEqual({ argv, status: 1 });
      expect(stdout).toContain('there is no TLS connection');
    }
  });

  it('writes JUnit', () => {
    const { status, stdout } = judge(
      '--policy',
      'rfc3261',
      '--require',
      'version == "TLS 1.2"',
      '--format',
      'junit',
    );
    expect(status).toBe(1);
    expect(stdout).toContain('<testsuites name="siplens" tests="3" failures="1">');
    expect(stdout).toContain('<testsuite name="rfc3261" tests="2" failures="0"');
    expect(stdout).toMatch(/<failure message="version is &#34;TLS 1.0&#34; \(frame 6\)">/);
  });

  it('tells what is wrong with a policy, with its line', () => {
    const wrong = file(
      'wrong.yaml',
      'versions: [TLS 1.2]\ncipher_suites:\n  required:\n    - TLS_RSA_WITH_AES_129_CBC_SHA\n',
    );
    const { status, stderr } = judge('--policy', wrong);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([
      `siplens: --policy ${wrong}:4: cipher_suites.required: "TLS_RSA_WITH_AES_129_CBC_SHA" is no cipher suite of the IANA registry`,
    ]);
    expect(judge('--policy', 'no-such-policy').stderr).toContain('draft-sec-flows, rfc3261, rfc9325');
    expect(judge('--require', 'cypher_suite == 1')).toMatchObject({ status: 2 });
    expect(judge('--format', 'junit')).toMatchObject({ status: 2 });
  });
});

describe('certificates of made connections', () => {
  const authority = rsaParty('authority');
  const stranger = rsaParty('stranger');
  const OLD = { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' } as const;
  const ca = file('ca.pem', authorityPem(authority));

  /** The findings about the certificates of each connection of a capture. */
  function findings(capture: string, ...options: string[]): string[][] {
    const { stdout } = siplens(['tls', capture, '--format', 'json', ...options]);
    const connections: { findings: { rule: string; severity: string }[] }[] = JSON.parse(stdout);
    return connections.map((each) =>
      each.findings
        .filter(({ rule }) => rule !== 'tls/not-decrypted')
        .map(({ rule, severity }) => `${severity} ${rule}`),
    );
  }

  async function recorded(
    server: { readonly key: string; readonly cert: string },
    servername?: string,
    request?: string,
  ): Promise<RecordedTls> {
    return recordTls({
      server: { ...OLD, ...server },
      client: { ...OLD, ...(servername === undefined ? {} : { servername }) },
      ...(request === undefined ? {} : { request }),
    });
  }

  it('gives an error where good.example.com was asked and evil.example.com given', async () => {
    const evil = credentials('evil.example.com', authority);
    const good = credentials('good.example.com', authority);
    const capture = file(
      'identity.pcap',
      captureOf(
        await recorded(evil, 'good.example.com'),
        await recorded(good, 'good.example.com'),
        await recorded(evil, undefined, sipRequest('sips:bob@good.example.com')),
        await recorded(
          evil,
          undefined,
          sipRequest('sips:bob@good.example.com', 'Route: <sips:evil.example.com;lr>'),
        ),
      ),
    );
    const keys = ['-k', file('evil.key', evil.key), '-k', file('good.key', good.key)];
    const wrong = ['error tls/server-identity'];
    expect(findings(capture, '--ca', ca, ...keys)).toEqual([wrong, [], wrong, []]);
    const { status, stdout } = siplens([
      'tls',
      capture,
      ...keys,
      '--require',
      'not findings.rule == tls/server-identity',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('2 failed');
  });

  it('takes neither wildcards nor a common name beside other names', async () => {
    const wildcard = credentials('wild', authority, { names: ['*.example.com'] });
    const common = credentials('good.example.com', authority, { names: ['other.example.com'] });
    const bare = credentials('good.example.com', authority, { names: [] });
    const capture = file(
      'names.pcap',
      captureOf(
        await recorded(wildcard, 'good.example.com'),
        await recorded(common, 'good.example.com'),
        await recorded(bare, 'good.example.com'),
      ),
    );
    const wrong = ['error tls/server-identity'];
    expect(findings(capture, '--ca', ca)).toEqual([wrong, wrong, []]);
  });

  it('names each thing that is wrong with a chain', async () => {
    const host = 'good.example.com';
    const ago = Date.UTC(2022, 0) / 1000;
    const later = Date.UTC(2028, 0) / 1000;
    const serverUse = extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.1')));
    const sipUse = extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.20')));
    const impostor = { ...stranger, name: authority.name };
    const middle = rsaParty('middle');
    const noAuthority = credentials('middle', authority, { ca: false, names: [] });
    const below = credentials(host, middle);
    const capture = file(
      'chains.pcap',
      captureOf(
        await recorded(credentials(host, authority, { notAfter: ago }), host),
        await recorded(credentials(host, authority, { notBefore: later }), host),
        await recorded(credentials(host, stranger), host),
        await recorded(credentials(host, impostor), host),
        await recorded({ key: below.key, cert: below.cert + noAuthority.cert }, host),
        await recorded(credentials(host, authority, { extensions: [serverUse] }), host),
        await recorded(credentials(host, authority, { extensions: [sipUse] }), host),
      ),
    );
    expect(findings(capture, '--ca', ca)).toEqual([
      ['error tls/certificate-expired'],
      ['error tls/certificate-not-yet-valid'],
      ['warning tls/unknown-issuer'],
      ['error tls/certificate-signature'],
      ['error tls/not-a-ca'],
      ['warning tls/extended-key-usage'],
      [],
    ]);
  });

  it('judges a resumed session by the certificate of its first handshake', async () => {
    const good = credentials('good.example.com', authority);
    const server = { ...OLD, ...good, ticketKeys: Buffer.alloc(48, 7), sessionIdContext: 'test' };
    const client = { ...OLD, servername: 'good.example.com' };
    const first = await recordTls({ server, client });
    if (first.session === undefined) throw new Error('no session');
    const second = await recordTls({ server, client: { ...client, session: first.session } });
    const key = file('resumed.key', good.key);
    const both = file('resumed.pcap', captureOf(first, second));
    const result = siplens(['tls', both, '-k', key, '--format', 'json']);
    expect(JSON.parse(result.stdout).map(({ resumed }: { resumed: boolean }) => resumed)).toEqual([
      false,
      true,
    ]);
    const alone = file('alone.pcap', captureOf(second));
    const policy = file('dates.yaml', 'not_expired: true\n');
    const judged = siplens(['tls', alone, '--policy', policy]);
    expect(judged.status).toBe(1);
    expect(judged.stdout).toContain('the session is resumed');
  });

  describe('mutual authentication', () => {
    let capture = '';
    beforeAll(async () => {
      const server = { ...OLD, ...credentials('good.example.com', authority), requestCert: true };
      const user = credentials('alice.example.com', authority);
      capture = file(
        'mutual.pcap',
        captureOf(
          await recordTls({ server, client: { ...OLD, ...user } }),
          await recordTls({ server, client: OLD }),
        ),
      );
    });

    it('is proven by the client’s certificate, or its absence', () => {
      const wanted = siplens(['tls', capture, '--policy', file('mutual.yaml', 'mutual: true\n')]);
      expect(wanted.status).toBe(1);
      expect(wanted.stdout).toMatch(/pass {2}mutual +the client authenticated with a certificate/);
      expect(wanted.stdout).toMatch(/FAIL {2}mutual +the server asked for a client certificate and got none/);
      const { stdout } = siplens(['tls', capture, '--detail']);
      expect(stdout).toMatch(/client: by certificate, CertificateVerify valid/);
      expect(stdout).toContain('client: asked for a certificate, showed none');
    });
  });

  it('says in words why a handshake failed', async () => {
    const server = { ...credentials('good.example.com', authority), ...OLD, ciphers: 'AES256-SHA' };
    const failed = await recordTls({ server, client: OLD });
    const capture = file('failed.pcap', captureOf(failed));
    expect(findings(capture)).toEqual([['error tls/fatal-alert']]);
    const { stdout } = siplens(['tls', capture, '--policy', 'rfc9325', '--detail']);
    expect(stdout).toContain('handshake_failure (no common parameters were found)');
    expect(stdout).toMatch(
      /FAIL {2}versions\.allowed +the ServerHello was not seen; the server sent handshake_failure in frame/,
    );
  });
});

describe('connections that stay closed', () => {
  const authority = rsaParty('authority');
  const OLD = { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' } as const;
  const server = { ...OLD, ...credentials('good.example.com', authority) };

  /** What each command says of a capture of one connection, with the server's key. */
  function said(name: string, capture: Uint8Array): { status: string; reason: string; steps: string } {
    const path = file(`${name}.pcap`, capture);
    const key = ['-k', file('closed.key', server.key)];
    const [{ decryption }] = JSON.parse(siplens(['tls', path, ...key, '--format', 'json']).stdout);
    const { stdout, status } = siplens(['tls', path, ...key]);
    expect(status).toBe(0);
    // Never an empty screen: a row, and the reason in the table and in words.
    expect(stdout).toContain(`${decryption.status}: ${decryption.reason}`);
    expect(stdout).toContain(decryption.detail);
    const followed = siplens(['follow', path, ...key, '--stream', '0']);
    expect(followed.status).toBe(3);
    expect(followed.stderr).toContain(`${decryption.reason}: `);
    const steps = siplens(['flow', path, '--style', 'ssldump', ...key]).stdout;
    expect(steps).toContain('New TCP connection #1');
    return { status: decryption.status, reason: decryption.reason, steps };
  }

  it('for forward secrecy', async () => {
    const dhe = { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
    const recorded = await recordTls({ server: { ...server, ...dhe }, client: dhe });
    expect(said('dhe', captureOf(recorded))).toMatchObject({
      status: 'not_decrypted',
      reason: 'forward_secrecy',
    });
  });

  it('where the capture begins too late, or has one side only', async () => {
    const recorded = await recordTls({ server, client: OLD });
    const isData = ({ data }: { data: Buffer }): boolean => data[0] === 23;
    const late = { ...recorded, flights: recorded.flights.filter(isData) };
    expect(late.flights.length).toBeGreaterThan(1);
    expect(said('late', captureOf(late))).toMatchObject({
      status: 'not_decrypted',
      reason: 'handshake_missing',
    });
    const half = { ...recorded, flights: recorded.flights.filter(({ side }) => side === 'client') };
    const { status, reason, steps } = said('half', captureOf(half));
    expect(status).toBe('not_decrypted');
    expect(reason).toBe('handshake_missing');
    expect(steps).toContain('ClientHello');
  });

  it('where a session is resumed whose beginning was not captured', async () => {
    const ticketing = { ...server, ticketKeys: Buffer.alloc(48, 5), sessionIdContext: 'test' };
    const { session } = await recordTls({ server: ticketing, client: OLD });
    if (session === undefined) throw new Error('no session');
    const resumed = await recordTls({ server: ticketing, client: { ...OLD, session } });
    expect(said('unknown', captureOf(resumed))).toMatchObject({
      status: 'not_decrypted',
      reason: 'resumed_session_unknown',
    });
  });

  it('where records were changed on the way', async () => {
    const recorded = await recordTls({ server, client: OLD, request: 'x'.repeat(100) });
    const flights = recorded.flights.map(({ side, data }) => {
      if (side !== 'client' || data[0] !== 23) return { side, data };
      const changed = Buffer.from(data);
      changed[30] = (changed[30] as number) ^ 1;
      return { side, data: changed };
    });
    const capture = captureOf({ ...recorded, flights });
    expect(said('changed', capture)).toMatchObject({ status: 'partial', reason: 'mac_failure' });
    const path = join(folder, 'changed.pcap');
    const { stdout } = siplens(['tls', path, '-k', join(folder, 'closed.key')]);
    expect(stdout).toMatch(/record \d+ of the client, frame \d+: bad mac/);
    expect(stdout).toContain('error tls/mac-failure');
  });

  it('where the server keeps silent', async () => {
    const recorded = await recordTls({ server, client: OLD });
    const alone = { ...recorded, flights: recorded.flights.slice(0, 1) };
    const path = file('alone-hello.pcap', captureOf(alone));
    const { status, stdout } = siplens(['tls', path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +0 .*no answer/m);
    expect(siplens(['tls', path, '--policy', 'rfc3261']).status).toBe(1);
  });
});
