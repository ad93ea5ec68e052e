import type { Certificate } from '../../x509/certificate.js';
import { chainSeverity, verifyChain } from '../../x509/chain.js';
import { type IdentityEvidence, invalid, type Judgement, ownerOf, unverifiable } from './verdict.js';

/**
 * Whether the signer's certificate is trusted: what its key is for (RFC 5280 §4.2.1.3), and its chain to an anchor at the
 * judged time (RFC 8224 §6.2 step 3, RFC 4474 §6 step 1). `signed` says what verified, a clause. Out: the judgement, `valid`
 * with `verified` for its reason where the certificate is trusted.
 */
export function trustJudgement(
  certificate: Certificate,
  signed: string,
  verified: string,
  { certificates, anchors, crls, policies, atSeconds, budget }: IdentityEvidence,
): Judgement {
  const { keyUsage } = certificate;
  const owner = ownerOf(certificate);
  if (
    keyUsage !== undefined &&
    !keyUsage.includes('digitalSignature') &&
    !keyUsage.includes('nonRepudiation')
  ) {
    return invalid(
      `${signed} with the key of ${owner}, whose key usage forbids signatures (RFC 5280 §4.2.1.3).`,
    );
  }
  const pay = budget === undefined ? undefined : (microseconds: number) => budget.take(microseconds);
  const chain = verifyChain(certificate, {
    anchors,
    intermediates: certificates,
    atSeconds,
    crls,
    policies,
    pay,
  });
  if (chain.status === 'valid') return { status: 'valid', severity: 'info', reason: verified, chain };
  const isContradicted = chainSeverity(chain.status) === 'error';
  if (anchors.size === 0 && !isContradicted) {
    const reason = `${signed} with the key of ${owner}; whether that is trusted is not known: no trust anchor was given.`;
    return { ...unverifiable(reason), chain };
  }
  const reason = `${signed} with the key of ${owner}, which is not trusted: ${chain.reason}`;
  return { ...(isContradicted ? invalid(reason) : unverifiable(reason, 'warning')), chain };
}
