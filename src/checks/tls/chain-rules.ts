import type { TlsConnection } from '../../tls/connection.js';
import type { Certificate } from '../../x509/certificate.js';
import { type ChainStatus, type ChainVerdict, chainSeverity } from '../../x509/chain.js';
import type { ConnectionRule, Report } from '../rule.js';
import type { ConnectionSubject } from '../subject.js';
import { validityAt } from './verdict.js';

/** What the rules over the certificates of a connection have in common. */
export type Shown = {
  readonly side: 'server' | 'client';
  readonly certificates: readonly Certificate[];
  readonly chain: ChainVerdict | undefined;
  /** `frame 6`: where the certificates were shown. */
  readonly where: string | undefined;
};

/** What each side showed, the server first; sides that showed nothing are left out. */
export function shownCertificates({ connection, verdict }: ConnectionSubject): readonly Shown[] {
  const server: Shown = {
    side: 'server',
    certificates: connection.certificates,
    chain: verdict?.chain,
    where: frameText(connection.certificateFrame),
  };
  const client: Shown = {
    side: 'client',
    certificates: connection.clientCertificates,
    chain: verdict?.clientChain,
    where: frameText(connection.clientCertificateFrame),
  };
  return [server, client].filter(({ certificates }) => certificates.length > 0);
}

export function frameText(frame: { readonly number: number } | undefined): string | undefined {
  return frame === undefined ? undefined : `frame ${frame.number}`;
}

/** A rule that reports chains of certain verdicts, each with the verdict's own sentence. */
export function chainRule(
  statuses: readonly ChainStatus[],
  header: Omit<ConnectionRule, 'on' | 'check'>,
): ConnectionRule {
  return {
    ...header,
    on: 'connection',
    check: (subject, report) => {
      for (const { side, chain, where } of shownCertificates(subject)) {
        if (chain === undefined || !statuses.includes(chain.status)) continue;
        report(`the ${side}’s certificate: ${chain.reason}`, where, chainSeverity(chain.status));
      }
    },
  };
}

/** Reports the certificates that were outside their dates when they were shown, whether trust anchors are given or not. */
export function reportDates(
  subject: ConnectionSubject,
  wanted: 'expired' | 'not_yet_valid',
  report: Report,
): void {
  const { verdict, connection } = subject;
  if (verdict === undefined) return;
  for (const { side, certificates, where } of shownCertificates(subject)) {
    for (const certificate of certificates) {
      if (validityAt(certificate, verdict.atSeconds) !== wanted) continue;
      const date =
        wanted === 'expired'
          ? `expired at ${certificate.notAfter}`
          : `is valid only from ${certificate.notBefore} on`;
      report(
        `the ${side} showed "${certificate.subject}", which ${date}${accepted(side, connection)}`,
        where,
      );
    }
  }
}

/** The draft's §8: many clients accept expired certificates without a word. */
function accepted(side: 'server' | 'client', connection: TlsConnection): string {
  if (!connection.established) return '';
  return `; the ${side === 'server' ? 'client' : 'server'} accepted it`;
}
