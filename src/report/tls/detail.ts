/** All that is known of one TLS connection, as lines for a person. */
import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { counted } from '../../bytes/text.js';
import { type Shown, shownCertificates } from '../../checks/tls/chain-rules.js';
import { intendedBy, validityAt } from '../../checks/tls/verdict.js';
import type { SignatureCheck, TlsConnection } from '../../tls/connection.js';
import { type Extension, ExtensionType } from '../../tls/handshake/extensions.js';
import { proofOf, serverSigns, whyNotProven } from '../../tls/proof.js';
import type { Certificate } from '../../x509/certificate.js';
import { sipDomainUsage } from '../../x509/identity.js';
import { timestamp } from '../records/to-record.js';
import {
  bold,
  dim,
  green,
  joined,
  painted,
  red,
  type Styled,
  severityStyle,
  styled,
  yellow,
} from '../styled.js';
import { stepLines } from './steps.js';
import { endpointText, sessionText } from './table.js';

/** Suites and extensions shown of a hello; real ones have under forty, and a hostile one may have 32,767. */
const MAX_LISTED = 100;

/** Label, then values one below the other. */
type Entry = readonly [label: string, values: readonly Styled[]];

const LABEL_WIDTH = 14;

export type TlsDetailOptions = {
  /** Unix seconds of the run, to say whether certificates are valid today. */
  readonly now: number;
};

/** The lines about a connection, headed by who talked to whom. */
export function tlsDetailLines(event: TlsConnectionEvent, options: TlsDetailOptions): Styled[] {
  const { connection } = event;
  const title =
    `tcp stream ${event.tcpStream}: ${endpointText(event.client)} -> ${endpointText(event.server)}` +
    (connection.firstFrame === undefined
      ? ''
      : `, from frame ${connection.firstFrame.number} (${timestamp(connection.firstFrame)})`);
  const lines: Styled[] = [bold(title)];
  const add = ([label, values]: Entry): void => {
    values.forEach((value, index) => {
      const name = (index === 0 ? label : '').padEnd(LABEL_WIDTH);
      lines.push(styled`  ${dim(name)} ${value}`);
    });
  };
  for (const entry of handshakeEntries(connection)) add(entry);
  add(['Session', sessionValues(connection)]);
  add(['Client meant', intendedValues(event)]);
  for (const shown of shownCertificates({ ...event, connection })) {
    add([`${shown.side === 'server' ? 'Server' : 'Client'} cert.`, certificateValues(shown, event, options)]);
  }
  add(['Authenticated', authenticationValues(connection)]);
  add(['Alerts', alertValues(connection)]);
  add(['Steps', stepLines(event)]);
  add(['Application', applicationValues(connection)]);
  add(['Decryption', decryptionValues(connection)]);
  add(['Lost', lossValues(connection)]);
  add(['Findings', findingValues(event)]);
  return lines;
}

function handshakeEntries(connection: TlsConnection): Entry[] {
  const { version, versionsOffered, cipherSuite, cipherSuitesOffered: offered } = connection;
  const mark = (name: string, chosen: string | undefined): Styled =>
    name === chosen ? green(`* ${name}`) : `  ${name}`;
  const suites = offered.slice(0, MAX_LISTED).map(({ id, name }) => {
    const text = `${name} (${id})`;
    return mark(text, cipherSuite?.id === id ? text : undefined);
  });
  if (offered.length > MAX_LISTED) suites.push(`  and ${offered.length - MAX_LISTED} more`);
  const chosenNotOffered = cipherSuite !== undefined && !offered.some(({ id }) => id === cipherSuite.id);
  if (chosenNotOffered) suites.push(green(`* ${cipherSuite.name} (${cipherSuite.id})`));
  const versions = [
    ...(version === undefined ? [] : [styled`${green(version)} chosen`]),
    ...(versionsOffered.length === 0 ? [] : [`${versionsOffered.join(', ')} offered`]),
  ];
  return [
    ['Version', [versions.length === 0 ? 'not seen' : joined(versions, '; ')]],
    ['Cipher suites', suites],
    ['Compression', connection.compression === undefined ? [] : [compressionText(connection)]],
    ['Key exchange', connection.keyExchangeGroup === undefined ? [] : [connection.keyExchangeGroup]],
    ['Client ext.', extensionValues(connection.clientExtensions)],
    ['Server ext.', extensionValues(connection.serverExtensions)],
    ['ALPN', connection.alpn === undefined ? [] : [connection.alpn]],
  ];
}

function compressionText({ compression, compressionsOffered }: TlsConnection): string {
  const offered = compressionsOffered.length > 1 ? `; ${compressionsOffered.join(', ')} offered` : '';
  return `${compression ?? ''}${offered}`;
}

/** Those whose values say as much elsewhere, or nothing to a person. */
const WITHOUT_VALUES = new Set<number>([ExtensionType.cookie, 21]);

function extensionValues(extensions: readonly Extension[]): string[] {
  const lines = extensions.slice(0, MAX_LISTED).map(({ type, name, values }) => {
    const shown = WITHOUT_VALUES.has(type) ? [] : values;
    return shown.length === 0 ? name : `${name}: ${shown.join(', ')}`;
  });
  if (extensions.length > MAX_LISTED) lines.push(`and ${extensions.length - MAX_LISTED} more`);
  return lines;
}

function sessionValues(connection: TlsConnection): string[] {
  const { sessionId, extendedMasterSecret, encryptThenMac, earlyData } = connection;
  const words = [sessionText(connection)];
  if (sessionId !== undefined) words.push(`session ID ${sessionId}`);
  if (extendedMasterSecret) words.push('extended master secret');
  if (encryptThenMac) words.push('encrypt-then-MAC');
  if (earlyData !== undefined) words.push(`early data ${earlyData}`);
  if (connection.ssl2Hello) words.push('the ClientHello is in SSLv2 format');
  return [words.join('; ')];
}

function intendedValues({ verdict, connection }: TlsConnectionEvent): Styled[] {
  const { intended, identity } = verdict;
  if (intended === undefined) {
    if (connection.certificates.length === 0) return [];
    return ['not known: no server name indication, and no request inside could be read'];
  }
  const asked = `${intended.host} (${intendedBy(intended)})`;
  if (identity === undefined) return [asked];
  const paint = identity.status === 'match' ? green : identity.status === 'mismatch' ? red : yellow;
  return [styled`${asked}: ${paint(`${identity.status}: ${identity.reason}`)}`];
}

function certificateValues(
  { certificates, chain, side }: Shown,
  event: TlsConnectionEvent,
  { now }: TlsDetailOptions,
): Styled[] {
  const { atSeconds } = event.verdict;
  const lines = certificates.flatMap((certificate, index) =>
    certificateLines(certificate, index, side === 'server' && index === 0, atSeconds, now),
  );
  if (chain !== undefined) {
    const paint = chain.status === 'valid' ? green : chain.status === 'no_anchors' ? dim : red;
    const hint = chain.status === 'no_anchors' ? ' Give one with --ca.' : '';
    lines.push(styled`chain: ${paint(`${chain.status}: ${chain.reason}${hint}`)}`);
    const { revocation } = chain;
    if (revocation !== undefined && chain.status === 'valid') {
      const shade = revocation.status === 'good' ? green : dim;
      lines.push(styled`revocation: ${shade(`${revocation.status}: ${revocation.reason}`)}`);
    }
  }
  return lines;
}

function certificateLines(
  certificate: Certificate,
  index: number,
  isServer: boolean,
  atSeconds: number,
  now: number,
): Styled[] {
  const { subject, issuer, subjectAltNames, publicKey, signatureAlgorithm, notBefore, notAfter } =
    certificate;
  const names = subjectAltNames.map(({ type, value }) => `${type}:${value}`).join(', ');
  const curve = publicKey.curve === undefined ? '' : ` ${publicKey.curve}`;
  const validity = (seconds: number): Styled => {
    const verdict = validityAt(certificate, seconds).replaceAll('_', ' ');
    return verdict === 'valid' ? green(verdict) : red(verdict);
  };
  const usage = certificate.extendedKeyUsage.length === 0 ? [] : [usageText(certificate, isServer)];
  return [
    `${index + 1}. ${subject}`,
    `   names: ${names === '' ? 'none' : names}`,
    `   issuer: ${issuer}; serial ${certificate.serialNumber}`,
    styled`   dates: ${notBefore} to ${notAfter}; ${validity(atSeconds)} at ${isoTime(atSeconds)}, ${validity(now)} now`,
    `   key: ${publicKey.algorithm}${curve} ${publicKey.bits} bits; signed with ${signatureAlgorithm}`,
    ...usage,
  ];
}

function usageText(certificate: Certificate, isServer: boolean): string {
  const verdicts = {
    absent: '',
    any: ' (any purpose)',
    'sip-domain': ' (for SIP, RFC 5924)',
    other: ' (not for SIP, RFC 5924 §4)',
  } as const;
  const verdict = isServer ? verdicts[sipDomainUsage(certificate)] : '';
  return `   extended key usage: ${certificate.extendedKeyUsage.join(', ')}${verdict}`;
}

function isoTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`;
}

function authenticationValues(connection: TlsConnection): Styled[] {
  const { certificates, clientSignature, serverSignature, finished, resumed, clientCertificates } =
    connection;
  if (connection.serverHelloFrame === undefined) return [];
  const check = (what: string, verdict: SignatureCheck | undefined): Styled[] => {
    if (verdict === undefined) return [];
    const text = `${what} ${verdict}`;
    return [verdict === 'valid' ? green(text) : verdict === 'invalid' ? red(text) : text];
  };
  const server = [
    certificates.length > 0
      ? byCertificate(connection, 'server')
      : resumed
        ? 'server: by the resumed session'
        : 'server: no certificate seen',
    ...check(serverSigns(connection), serverSignature),
    ...check('Finished', finished.server),
  ];
  const client = [
    connection.mutual || clientCertificates.length > 0
      ? byCertificate(connection, 'client')
      : connection.clientCertificateRequested
        ? 'client: asked for a certificate, showed none'
        : 'client: not authenticated',
    ...check('CertificateVerify', clientSignature),
    ...check('Finished', finished.client),
  ];
  return [joined(server, ', '), joined(client, ', ')];
}

/** Whom the certificate of a side names counts only where its key was shown at work. */
function byCertificate(connection: TlsConnection, side: 'client' | 'server'): string {
  const why = whyNotProven(proofOf(connection, side), side);
  return why === undefined ? `${side}: by certificate` : `${side}: certificate not proven, as ${why}`;
}

function alertValues({ alerts }: TlsConnection): Styled[] {
  return alerts.map(({ sender, level, description, words, encrypted, frame }) => {
    const text = `${sender}: ${level} ${description} (${words})${encrypted ? ', encrypted' : ''}, frame ${frame.number}`;
    return level === 'fatal' ? red(text) : text;
  });
}

function applicationValues({ applicationBytes, records }: TlsConnection): string[] {
  const { client, server } = applicationBytes;
  return [
    `${counted(client, 'byte')} from the client, ${server} from the server, in ${counted(records, 'record')} of all kinds`,
  ];
}

function decryptionValues({ decryption, failures, macFailures }: TlsConnection): Styled[] {
  const { status, reason, detail, by } = decryption;
  const paint = status === 'decrypted' ? green : status === 'not_decrypted' ? red : yellow;
  const who = by === undefined || detail.includes(by) ? '' : ` By the ${by}.`;
  const lines: Styled[] = [
    styled`${paint(status)}${reason === undefined ? '' : ` (${reason})`}: ${detail}${who}`,
  ];
  for (const { direction, frame, record, why } of failures) {
    lines.push(
      red(`record ${record} of the ${direction}, frame ${frame.number}: ${why.replaceAll('_', ' ')}`),
    );
  }
  if (macFailures > failures.length)
    lines.push(`and ${counted(macFailures - failures.length, 'more record')}`);
  return lines;
}

function lossValues({ lost, decryption }: TlsConnection): string[] {
  // Where nothing was opened, all that can be said is whether records were found again.
  const wentOn = decryption.status === 'not_decrypted' ? 'records were found again' : 'decryption went on';
  return lost.map(
    ({ direction, frame, bytes, resynchronised }) =>
      `${counted(bytes, 'byte')} of the ${direction} before frame ${frame.number}; ` +
      (resynchronised ? `${wentOn} after that` : 'what follows could not be decrypted'),
  );
}

function findingValues({ findings }: TlsConnectionEvent): Styled[] {
  return findings.map(({ rule, severity, summary, where }) => {
    const place = where === undefined ? '' : ` (${where})`;
    return styled`${painted(severityStyle(severity), severity)} ${rule}: ${summary + place}`;
  });
}
