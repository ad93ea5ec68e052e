import { describe, expect, it } from 'vitest';
import type { ConnectionSubject } from '../../../src/checks/subject.js';
import { RULES } from '../../../src/checks/table.js';
import type { Body } from '../../../src/model/body.js';
import type { Severity } from '../../../src/model/finding.js';
import type { ChainStatus } from '../../../src/x509/chain.js';

/** Every status of a chain, and how bad it is (RFC 5280 §6); undefined where a rule of another kind says it. */
const STATUSES: Readonly<Record<ChainStatus, Severity | undefined>> = {
  valid: undefined,
  no_anchors: undefined,
  // Dates and key sizes are reported of the certificates themselves, with and without an anchor.
  expired: undefined,
  not_yet_valid: undefined,
  weak_key: undefined,
  unknown_issuer: 'warning',
  self_signed: 'warning',
  unsupported_algorithm: 'warning',
  bad_signature: 'error',
  not_a_ca: 'error',
  path_too_long: 'error',
  unsafe_key: 'error',
  unknown_critical_extension: 'error',
  malformed: 'error',
  policy_not_accepted: 'error',
  name_not_permitted: 'error',
  revoked: 'error',
  on_hold: 'error',
};

describe.each(Object.entries(STATUSES))('a chain that is %s', (status, severity) => {
  const chain = { status: status as ChainStatus, reason: 'The reason.', path: [] };

  it('is reported of a TLS connection as what it is', () => {
    const certificate = { publicKey: { algorithm: 'id-ecPublicKey', bits: 256 }, notBeforeSeconds: 0 };
    const subject = {
      tcpStream: 0,
      connection: { certificates: [certificate], clientCertificates: [], certificateFrame: { number: 4 } },
      verdict: { atSeconds: 1, chain },
    } as unknown as ConnectionSubject;
    const found: [Severity, string, string | undefined][] = [];
    for (const rule of RULES) {
      if (rule.on !== 'connection' || !CHAIN_RULES.has(rule.id)) continue;
      rule.check(subject, (summary, where, own) => found.push([own ?? rule.severity, summary, where]));
    }
    const wanted =
      severity === undefined ? [] : [[severity, 'the server’s certificate: The reason.', 'frame 4']];
    expect(found).toEqual(wanted);
  });

  it('is reported of a signer with the same severity', () => {
    const rule = RULES.find(({ id }) => id === 'smime/signer-chain');
    if (rule?.on !== 'body') throw new Error('no such rule');
    const found: [Severity, string, string | undefined][] = [];
    const body = { cms: { contentType: 'signed_data', signers: [{ chain }] } } as unknown as Body;
    rule.check(body, 'body', (summary, where, own) => found.push([own ?? rule.severity, summary, where]));
    const own = status === 'weak_key' ? 'warning' : severity;
    expect(found).toEqual(own === undefined ? [] : [[own, 'The reason.', 'body']]);
  });
});

const CHAIN_RULES: ReadonlySet<string> = new Set([
  'tls/chain',
  'tls/not-a-ca',
  'tls/unknown-issuer',
  'tls/certificate-signature',
]);
