import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_POLICIES } from '../../src/checks/policy/builtin.js';
import { parsePolicy } from '../../src/checks/policy/file.js';
import { matchesAnySuite, namePattern } from '../../src/checks/policy/pattern.js';
import { PolicyRun } from '../../src/checks/policy/policy.js';
import { TLS_FAULTS } from '../../src/checks/tls/faults.js';
import { judgeConnection } from '../../src/checks/tls/verdict.js';
import { type ConnectionState, createConnection } from '../../src/tls/connection.js';
import { suiteName } from '../../src/tls/registries/names.js';
import { CertificateStore } from '../../src/x509/store.js';
import { ROOT } from '../support/root.js';
import { make, party, START } from '../x509/make.js';

const blankConnection = (): ConnectionState =>
  createConnection(() => ({ status: 'not_encrypted', detail: '' }));

const frame = (number: number) => ({ number, seconds: START + 1000, nanoseconds: 0, timeDigits: 6 });

/** A connection with a hello of each side, in frames 4 and 6. */
function connectionWith(
  chosen: number,
  version: number,
  more: Partial<ConnectionState> = {},
): ConnectionState {
  return {
    ...blankConnection(),
    versionsOffered: ['TLS 1.2'],
    cipherSuitesOffered: [chosen, 0x002f].map(suiteName),
    cipherSuite: suiteName(chosen),
    version: version === 0x0304 ? 'TLS 1.3' : `TLS 1.${version - 0x0301}`,
    versionCode: version,
    clientHelloFrame: frame(4),
    serverHelloFrame: frame(6),
    firstFrame: frame(4),
    ...more,
  };
}

function judge(text: string, connection: ConnectionState, tcpStream = 0, run = runOf(text)) {
  const none = new CertificateStore();
  const verdict = judgeConnection(connection, { anchors: none, others: none, atSeconds: START + 1000 });
  return run.judge({ tcpStream, connection, verdict });
}

function runOf(text: string): PolicyRun {
  const parsed = parsePolicy(text, 'test');
  if (!parsed.ok) throw new Error(`${parsed.line}: ${parsed.message}`);
  return new PolicyRun(parsed.policy);
}

/** `rule pass 6`, for each result. */
function results(text: string, connection: ConnectionState): string[] {
  return judge(text, connection).map(
    ({ rule, passed, frame: at }) => `${rule} ${passed ? 'pass' : 'fail'} ${at ?? '-'}`,
  );
}

describe('name patterns', () => {
  it.each([
    ['TLS_RSA_WITH_*', 'TLS_RSA_WITH_AES_128_CBC_SHA', true],
    ['tls_rsa_with_aes_128_cbc_sha', 'TLS_RSA_WITH_AES_128_CBC_SHA', true],
    ['*_RC4_*', 'TLS_RSA_WITH_RC4_128_SHA', true],
    ['*_GCM_*', 'TLS_RSA_WITH_AES_128_CBC_SHA', false],
    ['TLS_*_SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA256', false],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA256', false],
    ['TLS_DH_*', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(namePattern(pattern).matches(name)).toBe(expected);
  });

  it('does what a regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(namePattern(pattern).matches(name)).toBe(expression.test(name));
      }),
    );
  });

  it('knows the registry', () => {
    expect(matchesAnySuite(namePattern('TLS_RSA_WITH_AES_128_CBC_SHA'))).toBe(true);
    expect(matchesAnySuite(namePattern('0x002F'))).toBe(true);
    expect(matchesAnySuite(namePattern('TLS_RSA_WITH_AES_129_CBC_SHA'))).toBe(false);
  });
});

describe('policy files', () => {
  it.each([
    ['versions: [TLS 1.7]', 1, '"TLS 1.7" is no version'],
    ['name: x\n\nfoo: 1', 3, 'there is no rule "foo"'],
    ['name: x', 1, 'no rule'],
    ['', 1, 'a policy is'],
    ['- a', 1, 'a policy is'],
    ['versions: [', 1, 'this is no YAML'],
    ['identity: true\nidentity: true', 2, 'this is no YAML'],
    ['cipher_suites:\n  required:\n    - TLS_FOO', 3, '"TLS_FOO" is no cipher suite'],
    ['cipher_suites: [A]', 1, 'say which of'],
    ['cipher_suites:\n  wanted: [A]', 2, '"wanted" has no meaning'],
    ['cipher_suites:\n  allowed: []', 2, 'the list is empty'],
    ['key_size:\n  rsa: big', 2, 'a number of bits'],
    ['key_size: -1', 1, 'a number of bits'],
    ['mutual: perhaps', 1, 'true or false'],
    ['require:\n  - [a]', 2, 'a text is wanted'],
    ['a: &a\n  b: *a', 1, 'there is no rule "a"'],
    ['versions: &v\n  - *v', 2, 'a text is wanted'],
  ])('%j is wrong in line %i', (text, line, words) => {
    const parsed = parsePolicy(text, 'test');
    expect(parsed).toMatchObject({ ok: false, line });
    if (!parsed.ok) {
      expect(parsed.message).toContain(words);
      expect(parsed.message).not.toContain('\n');
    }
  });

  it('never throws', () => {
    const pieces = fc.constantFrom(
      'versions',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      'TLS 1.2',
      '*a',
      '&a',
      '{',
      '}',
      '"',
      'true',
      '?',
      '|',
      '!!x',
      '#',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const parsed = parsePolicy(parts.join(''), 'test');
        if (!parsed.ok) expect(parsed.line).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the built-in ones and the examples', () => {
    for (const [name, text] of BUILT_IN_POLICIES) {
      const parsed = parsePolicy(text, 'other');
      expect(parsed).toMatchObject({ ok: true, policy: { name } });
    }
    for (const name of readdirSync(`${ROOT}samples/policies`)) {
      expect(parsePolicy(readFileSync(`${ROOT}samples/policies/${name}`, 'utf8'), name)).toMatchObject({
        ok: true,
      });
    }
  });

  it('takes versions as people write them', () => {
    const text = 'versions: [TLSv1.2, SSLv3, tls 1.3]';
    expect(results(text, connectionWith(0x002f, 0x0303))).toEqual(['versions.allowed pass 6']);
    expect(results(text, connectionWith(0x1301, 0x0304))).toEqual(['versions.allowed pass 6']);
    expect(results(text, connectionWith(0x002f, 0x0301))).toEqual(['versions.allowed fail 6']);
  });
});

describe('rules', () => {
  const rsa = connectionWith(0x0035, 0x0303);
  const dhe = connectionWith(0xc02f, 0x0303);

  it('judge suites that are chosen and offered', () => {
    const text =
      'cipher_suites: {allowed: [TLS_ECDHE_*], forbidden: ["*_CBC_*"], required: [0x002f, "*_GCM_*"], not_offered: ["*_RC4_*"]}';
    expect(results(text, rsa)).toEqual([
      'cipher_suites.allowed fail 6',
      'cipher_suites.forbidden fail 6',
      'cipher_suites.required fail 4',
      'cipher_suites.not_offered pass 4',
    ]);
    expect(results(text, dhe)).toEqual([
      'cipher_suites.allowed pass 6',
      'cipher_suites.forbidden pass 6',
      'cipher_suites.required pass 4',
      'cipher_suites.not_offered pass 4',
    ]);
  });

  it('judge forward secrecy by suite, in TLS 1.3 by the key share', () => {
    const text = 'forward_secrecy: true';
    expect(results(text, rsa)).toEqual(['forward_secrecy fail 6']);
    expect(results(text, dhe)).toEqual(['forward_secrecy pass 6']);
    const share = { type: 51, name: 'key_share', data: new Uint8Array(), values: ['x25519'], codes: [29] };
    expect(results(text, connectionWith(0x1301, 0x0304, { serverExtensions: [share] }))).toEqual([
      'forward_secrecy pass 6',
    ]);
    expect(results(text, connectionWith(0x1301, 0x0304))).toEqual(['forward_secrecy fail 6']);
  });

  it('fail where the fact was not seen', () => {
    const all = [
      'versions: [TLS 1.2]',
      'cipher_suites: {allowed: ["*"], forbidden: [0x0000], required: ["*"], not_offered: [0x0000]}',
      'forward_secrecy: false\nextended_master_secret: false\nmutual: false',
      'key_size: 1\nnot_expired: true\nchain: true\nidentity: true\nestablished: true',
      'signature_algorithms: {allowed: ["*"], forbidden: [x]}',
    ].join('\n');
    const judged = judge(all, { ...blankConnection(), firstFrame: frame(9) });
    expect(judged).toHaveLength(15);
    expect(judged.filter(({ passed }) => passed)).toEqual([]);
    expect(new Set(judged.map((each) => each.frame))).toEqual(new Set([9]));
  });

  it('judge keys, signatures and dates of each certificate', () => {
    const root = party('root', 'rsa', 1024);
    const leaf = make({ subject: party('leaf', 'rsa', 1024), issuer: root, algorithm: 'rsa-sha1' });
    const curve = make({
      subject: party('user'),
      issuer: root,
      algorithm: 'rsa-sha256',
      notAfter: START + 10,
    });
    const connection = connectionWith(0x0035, 0x0303, {
      certificates: [leaf],
      certificateFrame: frame(6),
      clientCertificates: [curve],
      clientCertificateFrame: frame(8),
    });
    expect(results('key_size: {rsa: 1024, ec: 256}', connection)).toEqual(['key_size pass 6']);
    expect(results('key_size: 2048', connection)).toEqual(['key_size fail 6']);
    expect(results('key_size: {ec: 384}', connection)).toEqual(['key_size fail 8']);
    expect(results('signature_algorithms: {forbidden: [sha1*]}', connection)).toEqual([
      'signature_algorithms.forbidden fail 6',
    ]);
    expect(results('signature_algorithms: {allowed: ["sha*RSA*"]}', connection)).toEqual([
      'signature_algorithms.allowed pass 6',
    ]);
    expect(results('not_expired: true', connection)).toEqual(['not_expired fail 8']);
    expect(results('chain: true', connection)).toEqual(['chain fail 6']);
    expect(results('mutual: true', { ...connection, clientSignature: 'valid' })).toEqual(['mutual pass 8']);
  });

  it('do not count a certificate whose key was not shown at work', () => {
    const root = party('root', 'rsa', 1024);
    const leaf = make({ subject: party('leaf', 'rsa', 1024), issuer: root, algorithm: 'rsa-sha256' });
    const ecdhe = connectionWith(0xc02f, 0x0303, {
      serverName: 'leaf',
      certificates: [leaf],
      certificateFrame: frame(6),
      established: true,
    });
    const text = 'chain: true\nidentity: true\nestablished: true';
    const anchors = new CertificateStore([
      make({ subject: root, issuer: root, algorithm: 'rsa-sha256', ca: true }),
    ]);
    const judged = (connection: ConnectionState) => {
      const verdict = judgeConnection(connection, {
        anchors,
        others: new CertificateStore(),
        atSeconds: START + 1000,
      });
      return runOf(text).judge({ tcpStream: 0, connection, verdict });
    };
    const passed = (connection: ConnectionState) => judged(connection).map((result) => result.passed);
    expect(passed({ ...ecdhe, serverSignature: 'valid' })).toEqual([true, true, true]);
    for (const serverSignature of ['invalid', 'unverifiable'] as const) {
      expect(passed({ ...ecdhe, serverSignature })).toEqual([false, false, false]);
    }
    expect(passed(ecdhe)).toEqual([false, false, false]);
    expect(judged(ecdhe)[0]?.detail).toBe(
      'the signature of the server’s ServerKeyExchange could not be checked',
    );
    const client: ConnectionState = {
      ...ecdhe,
      serverSignature: 'valid',
      clientCertificates: [leaf],
      clientCertificateFrame: frame(8),
    };
    expect(passed(client)).toEqual([true, true, false]);
    expect(results('mutual: true', client)).toEqual(['mutual fail 8']);
    expect(results('mutual: true', { ...client, clientSignature: 'invalid' })).toEqual(['mutual fail 8']);
    expect(passed({ ...client, clientSignature: 'valid' })).toEqual([true, true, true]);
  });

  it('know the certificate of a session that is resumed by its ID', () => {
    const leaf = make({
      subject: party('leaf', 'rsa', 1024),
      issuer: party('root'),
      algorithm: 'ecdsa-sha256',
    });
    const full = connectionWith(0x0035, 0x0303, {
      sessionId: 'aa',
      certificates: [leaf],
      certificateFrame: frame(6),
    });
    const resumed = connectionWith(0x0035, 0x0303, { sessionId: 'aa', resumed: true });
    const text = 'key_size: 2048';
    const run = runOf(text);
    judge(text, full, 3, run);
    expect(judge(text, resumed, 4, run)).toMatchObject([
      {
        passed: false,
        frame: 6,
        detail: expect.stringContaining('shown in tcp stream 3, whose session is resumed'),
      },
    ]);
    expect(judge(text, { ...resumed, sessionId: 'bb' }, 5, run)).toMatchObject([
      {
        passed: false,
        detail: expect.stringContaining('the handshake that showed its certificate is not in the capture'),
      },
    ]);
  });

  it('have a meaning for each fault that TLS sessions tell', () => {
    const folder = `${ROOT}src/tls/`;
    const codes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(folder + name, 'utf8').matchAll(/\.fault\(\s*'([a-z-]+)'/g)])
      .map(([, code]) => code as string);
    expect(codes.length).toBeGreaterThan(2);
    expect(codes.filter((code) => TLS_FAULTS[code] === undefined)).toEqual([]);
  });
});
