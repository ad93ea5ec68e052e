import type { WorkBudget } from '../../model/budget.js';
import { parseAddressList } from '../../sip/grammar/address.js';
import { parseUri } from '../../sip/grammar/uri.js';
import { firstHeader, type SipMessage } from '../../sip/message.js';
import type { TlsConnection } from '../../tls/connection.js';
import type { Certificate } from '../../x509/certificate.js';
import { type ChainVerdict, type PolicyOptions, verifyChain } from '../../x509/chain.js';
import { type IdentityVerdict, matchSipDomain } from '../../x509/identity.js';
import type { CrlFinder } from '../../x509/revocation/crl-store.js';
import { CertificateStore } from '../../x509/store.js';

/** The host that a TLS client meant to reach, and what tells it. */
export type IntendedHost = {
  readonly host: string;
  /** Server name indication; else the topmost Route or the Request-URI of the first request inside. */
  readonly by: 'server_name' | 'route' | 'request_uri';
};

/** Judgement of the certificates of a connection. */
export type TlsVerdict = {
  /** Unix seconds at which certificates are judged. */
  readonly atSeconds: number;
  /** Undefined where neither SNI nor a readable request tells. */
  readonly intended?: IntendedHost;
  /** Of the server's certificate against `intended`; undefined where one of them is not known. */
  readonly identity?: IdentityVerdict;
  /** Of the server's certificate; undefined where none was seen. */
  readonly chain?: ChainVerdict;
  /** Whether a signature of handshake or certificates was not checked, as the work was too much. */
  readonly workLeftOut?: true;
  /** Of the client's certificate. */
  readonly clientChain?: ChainVerdict;
};

/** Certificates that one side shows and that are looked at as issuers; a chain that is sent has three or four. */
const MAX_SHOWN_CERTIFICATES = 32;

/**
 * The host that the sender of a request wants to reach first: that of the topmost Route, where there is one
 * (RFC 3261 §8.1.2), else that of the Request-URI. Undefined for responses and URIs without a host, as `tel:`.
 */
export function hostOfRequest(message: SipMessage): IntendedHost | undefined {
  if (message.kind !== 'request') return undefined;
  const header = firstHeader(message, 'route');
  const route = header === undefined ? undefined : parseAddressList(header.value)[0];
  if (route !== undefined) {
    const { host } = parseUri(route.uri);
    if (host !== '') return { host, by: 'route' };
  }
  const { host } = parseUri(message.requestUri);
  return host === '' ? undefined : { host, by: 'request_uri' };
}

/** How a sentence names what told the host. */
export function intendedBy(intended: IntendedHost): string {
  switch (intended.by) {
    case 'server_name':
      return 'the server name indication';
    case 'route':
      return 'the Route of the first request';
    case 'request_uri':
      return 'the Request-URI of the first request';
  }
}

/**
 * Judges the certificates of a connection at `atSeconds`: their chains against `anchors`, with what both sides showed
 * and `others` between; and the server's identity (RFC 5922 §7.3) against the host that the client meant, which SNI
 * tells, or else `request`.
 */
export function judgeConnection(
  connection: TlsConnection,
  options: {
    readonly anchors: CertificateStore;
    readonly others: CertificateStore;
    readonly crls?: CrlFinder | undefined;
    readonly policies?: PolicyOptions | undefined;
    /** What may still be spent on the connection; nothing is counted without. */
    readonly budget?: WorkBudget;
    readonly atSeconds: number;
    readonly request?: IntendedHost;
  },
): TlsVerdict {
  const { anchors, others, crls, policies, budget, atSeconds, request } = options;
  const pay = budget === undefined ? undefined : (microseconds: number) => budget.take(microseconds);
  const { serverName } = connection;
  const intended: IntendedHost | undefined =
    serverName === undefined ? request : { host: serverName, by: 'server_name' };
  const chainOf = (
    shown: readonly Certificate[],
    ocspResponses?: readonly Uint8Array[],
  ): ChainVerdict | undefined => {
    const [leaf] = shown;
    if (leaf === undefined) return undefined;
    const intermediates = new CertificateStore(shown.slice(0, MAX_SHOWN_CERTIFICATES));
    for (const issuer of others.findBySubject(leaf.issuerDer)) intermediates.add(issuer);
    const chain = verifyChain(leaf, {
      anchors,
      intermediates,
      atSeconds,
      crls,
      policies,
      ocspResponses,
      pay,
    });
    // Without anchors nothing leads to one: that says nothing of the chain.
    const unjudged =
      anchors.size === 0 && (chain.status === 'unknown_issuer' || chain.status === 'self_signed');
    return unjudged ? { ...chain, status: 'no_anchors', reason: 'No trust anchor was given.' } : chain;
  };
  const [leaf] = connection.certificates;
  const chain = chainOf(connection.certificates, connection.ocspResponses);
  const clientChain = chainOf(connection.clientCertificates);
  const identity =
    leaf === undefined || intended === undefined ? undefined : matchSipDomain(leaf, intended.host);
  return {
    atSeconds,
    ...(intended === undefined ? {} : { intended }),
    ...(identity === undefined ? {} : { identity }),
    ...(chain === undefined ? {} : { chain }),
    ...(clientChain === undefined ? {} : { clientChain }),
    ...(budget === undefined || budget.refusals === 0 ? {} : { workLeftOut: true }),
  };
}

/** Whether a certificate is within its dates at a time; `unknown` where the dates cannot be read. */
export function validityAt(
  certificate: Certificate,
  atSeconds: number,
): 'valid' | 'expired' | 'not_yet_valid' | 'unknown' {
  const { notBeforeSeconds, notAfterSeconds } = certificate;
  if (Number.isNaN(notBeforeSeconds) || Number.isNaN(notAfterSeconds)) return 'unknown';
  if (atSeconds < notBeforeSeconds) return 'not_yet_valid';
  return Math.floor(atSeconds) > notAfterSeconds ? 'expired' : 'valid';
}
