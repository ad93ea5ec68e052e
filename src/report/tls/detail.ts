/** All that is known of one TLS connection, as lines for a person. */
import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { counted, printable } from '../../bytes/text.js';
import { type Shown, shownCertificates } from '../../checks/tls/chain-rules.js';
import { intendedBy, validityAt } from '../../checks/tls/verdict.js';
import type { SignatureCheck, TlsConnection } from '../../tls/connection.js';
import { type Extension, ExtensionType } from '../../tls/handshake/extensions.js';
import { proofOf, serverSigns, whyNotProven } from '../../tls/proof.js';
import type { Certificate } from '../../x509/certificate.js';
import { sipDomainUsage } from '../../x509/identity.js';
import { timestamp } from '../records/to-record.js';
import { PLAIN, type Style, severityStyle } from '../terminal-style.js';
import { stepLines } from './steps.js';
import { endpointText, sessionText } from './table.js';

/** Suites and extensions shown of a hello; real ones have under forty, and a hostile one may have 32,767. */
const MAX_LISTED = 100;

/** Label, then values one below the other. */
type Entry = readonly [label: string, values: readonly string[]];

const LABEL_WIDTH = 14;

export type TlsDetailOptions = {
  readonly style?: Style;
  /** Unix seconds of the run, to say whether certificates are valid today. */
  readonly now: number;
};

/** The lines about a connection, safe to print, headed by who talked to whom. */
export function tlsDetailLines(event: TlsConnectionEvent, options: TlsDetailOptions): string[] {
  const style = options.style ?? PLAIN;
  const { connection } = event;
  const title =
    `tcp stream ${event.tcpStream}: ${endpointText(event.client)} -> ${endpointText(event.server)}` +
    (connection.firstFrame === undefined
      ? ''
      : `, from frame ${connection.firstFrame.number} (${timestamp(connection.firstFrame)})`);
  const lines = [style.bold(printable(title))];
  const add = ([label, values]: Entry): void => {
    values.forEach((value, index) => {
      const name = (index === 0 ? label : '').padEnd(LABEL_WIDTH);
      lines.push(`  ${style.dim(name)} ${value}`);
    });
  };
  for (const entry of handshakeEntries(connection, style)) add(entry);
  add(['Session', sessionValues(connection)]);
  add(['Client meant', intendedValues(event, style)]);
  for (const shown of shownCertificates({ ...event, connection })) {
    add([
      `${shown.side === 'server' ? 'Server' : 'Client'} cert.`,
      certificateValues(shown, event, options, style),
    ]);
  }
  add(['Authenticated', authenticationValues(connection, style)]);
  add(['Alerts', alertValues(connection, style)]);
  add(['Steps', stepLines(event)]);
  add(['Application', applicationValues(connection)]);
  add(['Decryption', decryptionValues(connection, style)]);
  add(['Lost', lossValues(connection)]);
  add(['Findings', findingValues(event, style)]);
  return lines;
}

function handshakeEntries(connection: TlsConnection, style: Style): Entry[] {
  const { version, versionsOffered, cipherSuite, cipherSuitesOffered: offered } = connection;
  const mark = (name: string, chosen: string | undefined): string =>
    name === chosen ? style.green(`* ${printable(name)}`) : `  ${printable(name)}`;
  const suites = offered.slice(0, MAX_LISTED).map(({ id, name }) => {
    const text = `${name} (${id})`;
    return mark(text, cipherSuite?.id === id ? text : undefined);
  });
  if (offered.length > MAX_LISTED) suites.push(`  and ${offered.length - MAX_LISTED} more`);
  const chosenNotOffered = cipherSuite !== undefined && !offered.some(({ id }) => id === cipherSuite.id);
  if (chosenNotOffered) suites.push(style.green(`* ${cipherSuite.name} (${cipherSuite.id})`));
  const versions = [
    ...(version === undefined ? [] : [`${style.green(version)} chosen`]),
    ...(versionsOffered.length === 0 ? [] : [`${printable(versionsOffered.join(', '))} offered`]),
  ];
  return [
    ['Version', [versions.length === 0 ? 'not seen' : versions.join('; ')]],
    ['Cipher suites', suites],
    ['Compression', connection.compression === undefined ? [] : [compressionText(connection)]],
    [
      'Key exchange',
      connection.keyExchangeGroup === undefined ? [] : [printable(connection.keyExchangeGroup)],
    ],
    ['Client ext.', extensionValues(connection.clientExtensions)],
    ['Server ext.', extensionValues(connection.serverExtensions)],
    ['ALPN', connection.alpn === undefined ? [] : [printable(connection.alpn)]],
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
    return printable(shown.length === 0 ? name : `${name}: ${shown.join(', ')}`);
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

function intendedValues({ verdict, connection }: TlsConnectionEvent, style: Style): string[] {
  const { intended, identity } = verdict;
  if (intended === undefined) {
    if (connection.certificates.length === 0) return [];
    return ['not known: no server name indication, and no request inside could be read'];
  }
  const asked = printable(`${intended.host} (${intendedBy(intended)})`);
  if (identity === undefined) return [asked];
  const paint =
    identity.status === 'match' ? style.green : identity.status === 'mismatch' ? style.red : style.yellow;
  return [`${asked}: ${paint(printable(`${identity.status}: ${identity.reason}`))}`];
}

function certificateValues(
  { certificates, chain, side }: Shown,
  event: TlsConnectionEvent,
  { now }: TlsDetailOptions,
  style: Style,
): string[] {
  const { atSeconds } = event.verdict;
  const lines = certificates.flatMap((certificate, index) =>
    certificateLines(certificate, index, side === 'server' && index === 0, atSeconds, now, style),
  );
  if (chain !== undefined) {
    const paint =
      chain.status === 'valid' ? style.green : chain.status === 'no_anchors' ? style.dim : style.red;
    const hint = chain.status === 'no_anchors' ? ' Give one with --ca.' : '';
    lines.push(`chain: ${paint(printable(`${chain.status}: ${chain.reason}${hint}`))}`);
    const { revocation } = chain;
    if (revocation !== undefined && chain.status === 'valid') {
      const shade = revocation.status === 'good' ? style.green : style.dim;
      lines.push(`revocation: ${shade(printable(`${revocation.status}: ${revocation.reason}`))}`);
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
  style: Style,
): string[] {
  const { subject, issuer, subjectAltNames, publicKey, signatureAlgorithm, notBefore, notAfter } =
    certificate;
  const names = subjectAltNames.map(({ type, value }) => `${type}:${value}`).join(', ');
  const curve = publicKey.curve === undefined ? '' : ` ${publicKey.curve}`;
  const validity = (seconds: number): string => {
    const verdict = validityAt(certificate, seconds).replaceAll('_', ' ');
    return verdict === 'valid' ? style.green(verdict) : style.red(verdict);
  };
  const usage = certificate.extendedKeyUsage.length === 0 ? [] : [usageText(certificate, isServer)];
  return [
    `${index + 1}. ${printable(subject)}`,
    `   names: ${names === '' ? 'none' : printable(names)}`,
    `   issuer: ${printable(issuer)}; serial ${printable(certificate.serialNumber)}`,
    `   dates: ${printable(`${notBefore} to ${notAfter}`)}; ${validity(atSeconds)} at ${isoTime(atSeconds)}, ${validity(now)} now`,
    `   key: ${printable(`${publicKey.algorithm}${curve}`)} ${publicKey.bits} bits; signed with ${printable(signatureAlgorithm)}`,
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
  return `   extended key usage: ${printable(certificate.extendedKeyUsage.join(', '))}${verdict}`;
}

function isoTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`;
}

function authenticationValues(connection: TlsConnection, style: Style): string[] {
  const { certificates, clientSignature, serverSignature, finished, resumed, clientCertificates } =
    connection;
  if (connection.serverHelloFrame === undefined) return [];
  const check = (what: string, verdict: SignatureCheck | undefined): string[] => {
    if (verdict === undefined) return [];
    const text = `${what} ${verdict}`;
    return [verdict === 'valid' ? style.green(text) : verdict === 'invalid' ? style.red(text) : text];
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
  return [server.join(', '), client.join(', ')];
}

/** Whom the certificate of a side names counts only where its key was shown at work. */
function byCertificate(connection: TlsConnection, side: 'client' | 'server'): string {
  const why = whyNotProven(proofOf(connection, side), side);
  return why === undefined ? `${side}: by certificate` : `${side}: certificate not proven, as ${why}`;
}

function alertValues({ alerts }: TlsConnection, style: Style): string[] {
  return alerts.map(({ sender, level, description, words, encrypted, frame }) => {
    const text = `${sender}: ${level} ${description} (${words})${encrypted ? ', encrypted' : ''}, frame ${frame.number}`;
    return level === 'fatal' ? style.red(text) : text;
  });
}

function applicationValues({ applicationBytes, records }: TlsConnection): string[] {
  const { client, server } = applicationBytes;
  return [
    `${counted(client, 'byte')} from the client, ${server} from the server, in ${counted(records, 'record')} of all kinds`,
  ];
}

function decryptionValues({ decryption, failures, macFailures }: TlsConnection, style: Style): string[] {
  const { status, reason, detail, by } = decryption;
  const paint = status === 'decrypted' ? style.green : status === 'not_decrypted' ? style.red : style.yellow;
  const lines = [
    `${paint(status)}${reason === undefined ? '' : ` (${reason})`}: ${printable(detail)}` +
      (by === undefined || detail.includes(by) ? '' : ` By the ${printable(by)}.`),
  ];
  for (const { direction, frame, record, why } of failures) {
    lines.push(
      style.red(`record ${record} of the ${direction}, frame ${frame.number}: ${why.replaceAll('_', ' ')}`),
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

function findingValues({ findings }: TlsConnectionEvent, style: Style): string[] {
  return findings.map(({ rule, severity, summary, where }) => {
    const place = where === undefined ? '' : ` (${where})`;
    return `${style[severityStyle(severity)](severity)} ${rule}: ${printable(summary + place)}`;
  });
}
