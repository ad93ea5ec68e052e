import { describe, expect, it } from 'vitest';
import type { ConnectionRule } from '../../../src/checks/rule.js';
import type { ConnectionSubject } from '../../../src/checks/subject.js';
import { RULES } from '../../../src/checks/table.js';
import { type ConnectionState, createConnection } from '../../../src/tls/connection.js';
import { suiteName } from '../../../src/tls/registries/names.js';
import type { Certificate } from '../../../src/x509/certificate.js';
import type { ChainStatus } from '../../../src/x509/chain.js';
import { make, party } from '../../x509/make.js';

/**
 * Each rule over a TLS connection with a case that fires it and one, as near as can be, that does not. A rule without both
 * fails below: add them here.
 */

const NOW = Date.UTC(2026, 11, 1) / 1000;
const frame = (number: number) => ({ number, seconds: 0, nanoseconds: 0, timeDigits: 6 });
const BLANK = createConnection(() => ({ status: 'not_encrypted', detail: '' }));
const SHOWN = make({ subject: party('shown'), issuer: party('issuer'), algorithm: 'ecdsa-sha256' });

type Case = {
  readonly connection?: Partial<ConnectionState>;
  readonly verdict?: Partial<NonNullable<ConnectionSubject['verdict']>>;
};

/** A connection whose server showed this certificate, or SHOWN with these facts changed. */
function shows(facts: Partial<Certificate>, verdict: Case['verdict'] = {}): Case {
  return { connection: { certificates: [{ ...SHOWN, ...facts }], certificateFrame: frame(6) }, verdict };
}

function key(algorithm: string, bits: number, curve?: string): Case {
  return shows({
    publicKey: { ...SHOWN.publicKey, algorithm, bits, curve } as Certificate['publicKey'],
  });
}

function chain(status: ChainStatus): Case {
  return shows({}, { chain: { status, reason: 'Because.', path: [] } });
}

const offers = (...ids: number[]): Case => ({
  connection: { cipherSuitesOffered: ids.map(suiteName), versionsOffered: ['TLS 1.2'] },
});
const decryption = (status: 'decrypted' | 'partial' | 'not_decrypted' | 'not_encrypted'): Case => ({
  connection: { decryption: { status, detail: 'Why.' } } as Partial<ConnectionState>,
});
const alert = (level: string): Case =>
  ({
    connection: {
      alerts: [{ sender: 'server', level, description: 'handshake_failure', words: 'no', frame: frame(3) }],
    },
  }) as unknown as Case;
const identity = (status: 'match' | 'mismatch'): Case =>
  shows({}, {
    intended: { host: 'example.com', by: 'server_name' },
    identity: { status, expected: 'example.com', found: ['example.net'], reason: '' },
  } as Case['verdict']);
const signed = (signature: 'valid' | 'invalid'): Case => ({
  connection: {
    cipherSuite: suiteName(0xc02f),
    versionCode: 0x0303,
    certificates: [SHOWN],
    certificateFrame: frame(6),
    serverSignature: signature,
    serverFinished: 'valid',
  } as Partial<ConnectionState>,
});
const usage = (keyUsage: Certificate['keyUsage']): Case => {
  const { connection, verdict } = shows({ keyUsage } as Partial<Certificate>);
  return {
    connection: { ...connection, cipherSuite: suiteName(0x002f), versionCode: 0x0303 },
    verdict: verdict ?? {},
  };
};

const CASES: { readonly [id: string]: { readonly fires: readonly Case[]; readonly quiet: readonly Case[] } } =
  {
    'tls/server-identity': { fires: [identity('mismatch')], quiet: [identity('match'), shows({})] },
    'tls/certificate-expired': {
      fires: [shows({ notAfterSeconds: NOW - 1 }, { atSeconds: NOW })],
      quiet: [shows({ notAfterSeconds: NOW }, { atSeconds: NOW })],
    },
    'tls/certificate-not-yet-valid': {
      fires: [shows({ notBeforeSeconds: NOW + 1 }, { atSeconds: NOW })],
      quiet: [shows({ notBeforeSeconds: NOW, notAfterSeconds: NOW + 9 }, { atSeconds: NOW })],
    },
    'tls/unknown-issuer': {
      fires: [chain('unknown_issuer'), chain('self_signed')],
      quiet: [chain('valid'), chain('no_anchors'), chain('bad_signature')],
    },
    'tls/certificate-signature': {
      fires: [chain('bad_signature')],
      quiet: [chain('valid'), chain('unknown_issuer')],
    },
    'tls/not-a-ca': { fires: [chain('not_a_ca')], quiet: [chain('valid'), chain('bad_signature')] },
    'tls/chain': {
      fires: (
        [
          'revoked',
          'on_hold',
          'malformed',
          'unsafe_key',
          'name_not_permitted',
          'policy_not_accepted',
        ] as const
      ).map(chain),
      quiet: (['valid', 'no_anchors', 'expired', 'unknown_issuer'] as const).map(chain),
    },
    // 80 bits of security: RSA and DSA of 1024 bits, curves of 160 (NIST SP 800-57 Part 1, table 2).
    'tls/weak-key': {
      fires: [
        key('rsaEncryption', 1023),
        key('id-RSASSA-PSS', 512),
        key('id-dsa', 1023),
        key('id-ecPublicKey', 159, 'secp'),
      ],
      quiet: [
        key('rsaEncryption', 1024),
        key('id-dsa', 1024),
        key('id-ecPublicKey', 160, 'secp'),
        key('id-Ed25519', 256),
        key('rsaEncryption', 0),
      ],
    },
    'tls/certificate-weak-hash': {
      fires: [
        shows({ signatureAlgorithm: 'sha1WithRSAEncryption' }),
        shows({ signatureAlgorithm: 'md5WithRSAEncryption' }),
      ],
      quiet: [shows({ signatureAlgorithm: 'sha256WithRSAEncryption' })],
    },
    'tls/certificate-malformed': {
      fires: [shows({ faults: [{ code: 'extension-repeated', message: 'Twice.', start: 0, length: 1 }] })],
      quiet: [shows({ faults: [] })],
    },
    'tls/extended-key-usage': {
      fires: [shows({ extendedKeyUsage: ['id-kp-serverAuth'] })],
      quiet: [
        shows({ extendedKeyUsage: ['id-kp-serverAuth', 'id-kp-sipDomain'] }),
        shows({ extendedKeyUsage: ['anyExtendedKeyUsage'] }),
        shows({ extendedKeyUsage: [] }),
      ],
    },
    'tls/draft-certificate': {
      // By the fingerprint of the draft's domain certificate for example.net, as openssl x509 -fingerprint gives it.
      fires: [
        shows({ issuer: 'C=US, ST=California, L=San Jose, O=sipit, OU=Sipit Test Certificate Authority' }),
      ],
      quiet: [shows({ issuer: 'C=US, ST=California, L=San Jose, O=sipit' })],
    },
    'tls/only-ssl3': {
      fires: [{ connection: { versionsOffered: ['SSL 3.0'] } }],
      quiet: [
        { connection: { versionsOffered: ['SSL 3.0', 'TLS 1.0'] } },
        { connection: { versionsOffered: [] } },
      ],
    },
    // TLS_RSA_WITH_RC4_128_MD5; TLS_RSA_WITH_AES_128_CBC_SHA.
    'tls/weak-suite': { fires: [offers(0x0004)], quiet: [offers(0x002f)] },
    'tls/mandatory-suite': {
      fires: [offers(0x0035)],
      quiet: [
        offers(0x0035, 0x002f),
        { connection: { cipherSuitesOffered: [suiteName(0x1301)], versionsOffered: ['TLS 1.3'] } },
      ],
    },
    'tls/fatal-alert': { fires: [alert('fatal')], quiet: [alert('warning')] },
    'tls/handshake-signature': { fires: [signed('invalid')], quiet: [signed('valid')] },
    'tls/key-usage': {
      fires: [usage(['digitalSignature'])],
      quiet: [usage(['keyEncipherment']), usage(undefined)],
    },
    'tls/not-decrypted': {
      fires: [decryption('not_decrypted'), decryption('partial')],
      quiet: [decryption('decrypted'), decryption('not_encrypted')],
    },
    'tls/mac-failure': {
      fires: [{ connection: { macFailures: 1 } }],
      quiet: [{ connection: { macFailures: 0 } }],
    },
    'tls/too-much-work': { fires: [{ verdict: { workLeftOut: true } }], quiet: [{ verdict: {} }] },
  };

const rules = RULES.filter((rule): rule is ConnectionRule => rule.on === 'connection');

function said(rule: ConnectionRule, { connection, verdict = {} }: Case): string[] {
  const found: string[] = [];
  const subject = {
    tcpStream: 0,
    connection: { ...BLANK, decryption: { status: 'not_encrypted', detail: '' }, ...connection },
    verdict: { atSeconds: NOW, ...verdict },
  } as ConnectionSubject;
  rule.check(subject, (summary, where) =>
    found.push(`${summary}${where === undefined ? '' : ` (${where})`}`),
  );
  return found;
}

describe('each rule over a TLS connection', () => {
  it('has a case that fires it and one that does not', () => {
    expect(Object.keys(CASES).sort()).toEqual(rules.map(({ id }) => id).sort());
    for (const { fires, quiet } of Object.values(CASES))
      expect(Math.min(fires.length, quiet.length)).toBeGreaterThan(0);
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
    const { fires = [], quiet = [] } = CASES[id] ?? {};
    for (const one of fires) expect(said(rule, one), JSON.stringify(one).slice(0, 200)).not.toEqual([]);
    for (const one of quiet) expect(said(rule, one), JSON.stringify(one).slice(0, 200)).toEqual([]);
    // Nothing is said of a connection of which nothing is known.
    expect(said(rule, { connection: {}, verdict: {} })).toEqual([]);
  });
});
