import type {
  AnalyzerEvent,
  EntityEvent,
  SipMessageEvent,
  TlsConnectionEvent,
} from '../../analyzer/events.js';
import { LimitedCache } from '../../bytes/limited-cache.js';
import { latin1, utf8OrUndefined } from '../../bytes/text.js';
import type { Cms } from '../../cms/model.js';
import type { Body } from '../../model/body.js';
import type { FrameRef } from '../../model/frame-ref.js';
import { parseNameAddr } from '../../sip/grammar/address.js';
import { parseCSeq } from '../../sip/grammar/values.js';
import { parseVia } from '../../sip/grammar/via.js';
import { firstHeader, type SipMessage } from '../../sip/message.js';
import type { Certificate } from '../../x509/certificate.js';
import type { IdentityVerdict } from '../../x509/identity.js';
import { SCHEMA_VERSION } from './declared/field.js';
import type {
  BodyRecord,
  CertificateRecord,
  CmsRecord,
  EntityRecord,
  ErrorRecord,
  FindingRecord,
  HeaderRecord,
  SipMessageRecord,
  TlsConnectionRecord,
} from './declared/record-types.js';

/** Any record, or an object in one, whose fields are looked up by name. */
export type JsonRecord = { readonly [name: string]: unknown };

/** The record of an event, ready for JSON.stringify; declared/records.ts says what it holds. */
export function toRecord(
  event: AnalyzerEvent,
): SipMessageRecord | TlsConnectionRecord | EntityRecord | FindingRecord | ErrorRecord {
  switch (event.type) {
    case 'sip_message':
      return messageRecord(event);
    case 'tls_connection':
      return connectionRecord(event);
    case 'entity':
      return entityRecord(event);
    case 'finding':
      return { schema_version: SCHEMA_VERSION, type: 'finding', file: event.file, ...event.finding };
    case 'error': {
      const { type, file, ...rest } = event;
      return { schema_version: SCHEMA_VERSION, type, file, ...rest };
    }
  }
}

/** Frames of one second come one after the other, and a Date takes over 1 us. */
const secondTexts = new LimitedCache<number, string>(4);

/** Date and time of a second as RFC 3339 writes them, without the fraction and the zone. */
export function secondText(seconds: number): string {
  return (
    secondTexts.get(seconds) ?? secondTexts.keep(seconds, new Date(seconds * 1000).toISOString().slice(0, -5))
  );
}

/** RFC 3339 in UTC, with all the digits that the capture has. */
export function timestamp(frame: FrameRef): string {
  const whole = secondText(frame.seconds);
  if (frame.timeDigits === 0) return `${whole}Z`;
  const fraction = String(frame.nanoseconds).padStart(9, '0').slice(0, frame.timeDigits);
  return `${whole}.${fraction}Z`;
}

function messageRecord(event: SipMessageEvent): SipMessageRecord {
  const { message, frame } = event;
  return {
    schema_version: SCHEMA_VERSION,
    type: 'sip_message',
    file: event.file,
    ...(frame === undefined
      ? {}
      : {
          frame: frame.number,
          frames: event.frames,
          timestamp: timestamp(frame),
          transport: event.transport,
        }),
    ...(event.source === undefined || event.destination === undefined
      ? {}
      : {
          src: event.source.address,
          src_port: event.source.port,
          dst: event.destination.address,
          dst_port: event.destination.port,
        }),
    tcp_stream: event.tcpStream,
    is_request: message.kind === 'request',
    ...(message.kind === 'request'
      ? { method: message.method, request_uri: message.requestUri }
      : { status_code: message.statusCode, reason_phrase: message.reasonPhrase }),
    call_id: firstHeader(message, 'call-id')?.value,
    cseq: cseqOf(message),
    from: addressOf(message, 'from'),
    to: addressOf(message, 'to'),
    via_branch: branchOf(message),
    headers: headersOf(message.headers),
    body: event.body === undefined ? undefined : bodyRecord(event.body),
    findings: event.findings,
  };
}

function cseqOf(message: SipMessage): SipMessageRecord['cseq'] {
  const header = firstHeader(message, 'cseq');
  if (header === undefined) return undefined;
  const { number, method } = parseCSeq(header.value);
  return Number.isNaN(number) ? undefined : { number, method };
}

function addressOf(message: SipMessage, name: 'from' | 'to'): SipMessageRecord['from'] {
  const header = firstHeader(message, name);
  if (header === undefined) return undefined;
  const { uri, displayName, tag } = parseNameAddr(header.value);
  return { uri, display_name: displayName, tag };
}

function branchOf(message: SipMessage): string | undefined {
  const header = firstHeader(message, 'via');
  return header === undefined ? undefined : parseVia(header.value).branch;
}

function headersOf(headers: readonly { readonly name: string; readonly value: string }[]): HeaderRecord[] {
  return headers.map(({ name, value }) => ({ name, value }));
}

function entityRecord(event: EntityEvent): EntityRecord {
  return {
    schema_version: SCHEMA_VERSION,
    type: 'entity',
    file: event.file,
    body: bodyRecord(event.body),
    findings: event.findings,
  };
}

/** Text of these is shown as text where it is UTF-8, as is anything without a byte that text does not have. */
export function bodyText(body: Body): string | undefined {
  const { bytes } = body;
  let isAscii = true;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return undefined;
    if (byte > 0x7f) isAscii = false;
  }
  return isAscii ? latin1(bytes) : utf8OrUndefined(bytes);
}

/** The record of a body with all that is inside it. */
export function bodyRecord(body: Body): BodyRecord {
  const isLeaf = body.parts.length === 0 && body.cms === undefined;
  const text = isLeaf ? bodyText(body) : undefined;
  return {
    content_type: body.contentTypeText,
    headers: headersOf(body.headers),
    transfer_encoding: body.transferEncoding,
    length: body.end - body.bodyStart,
    ...(text === undefined ? {} : { text }),
    ...(isLeaf && text === undefined ? { base64: Buffer.from(body.bytes).toString('base64') } : {}),
    ...(body.parts.length === 0 ? {} : { parts: body.parts.map(bodyRecord) }),
    ...(body.cms === undefined ? {} : { cms: cmsRecord(body, body.cms) }),
  };
}

function cmsRecord(body: Body, cms: Cms): CmsRecord {
  return {
    content_type: cms.contentType,
    encoding_form: cms.encodingForm,
    ...(cms.contentType === 'signed_data'
      ? {
          detached: cms.detached,
          certificates: cms.certificates.map(certificateRecord),
          signers: cms.signers.map((signer, index) => ({
            ...nameOf(signer),
            digest_algorithm: signer.digestAlgorithm,
            signature_algorithm: signer.signatureAlgorithm,
            signature: signer.signature,
            reason: signer.reason,
            certificate: signer.certificate === undefined ? undefined : certificateRecord(signer.certificate),
            chain:
              signer.chain === undefined
                ? undefined
                : {
                    status: signer.chain.status,
                    reason: signer.chain.reason,
                    revocation: signer.chain.revocation,
                  },
            identity: identityRecord(body.identities[index]),
          })),
        }
      : {}),
    ...(cms.contentType === 'enveloped_data' || cms.contentType === 'auth_enveloped_data'
      ? {
          content_encryption_algorithm: cms.contentEncryptionAlgorithm,
          recipients: cms.recipients.map((recipient) => ({
            ...nameOf(recipient),
            key_encryption_algorithm: recipient.keyEncryptionAlgorithm,
          })),
          decryption: cms.decryption,
        }
      : {}),
    content: body.content === undefined ? undefined : bodyRecord(body.content),
  };
}

/** How CMS names a certificate, as the JSON has it. */
function nameOf(name: {
  readonly issuer?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly subjectKeyIdentifier?: string | undefined;
}): Pick<
  NonNullable<CmsRecord['recipients']>[number],
  'issuer' | 'serial_number' | 'subject_key_identifier'
> {
  const { issuer, serialNumber, subjectKeyIdentifier } = name;
  return {
    issuer,
    serial_number: serialNumber,
    subject_key_identifier: subjectKeyIdentifier,
  };
}

function identityRecord(
  identity: IdentityVerdict | undefined,
): NonNullable<CmsRecord['signers']>[number]['identity'] {
  if (identity === undefined) return undefined;
  return { status: identity.status, expected: identity.expected, found: identity.found };
}

/** A certificate as the JSON has it. */
export function certificateRecord(certificate: Certificate): CertificateRecord {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial_number: certificate.serialNumber,
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    public_key: { algorithm: certificate.publicKey.algorithm, bits: certificate.publicKey.bits },
    signature_algorithm: certificate.signatureAlgorithm,
    subject_alt_names: certificate.subjectAltNames.map(({ type, value }) => ({ type, value })),
    extended_key_usage: certificate.extendedKeyUsage,
    is_ca: certificate.isCa,
    fingerprint_sha256: certificate.fingerprintSha256,
  };
}

function connectionRecord(event: TlsConnectionEvent): TlsConnectionRecord {
  const { connection } = event;
  const { status, reason, detail, by } = connection.decryption;
  return {
    schema_version: SCHEMA_VERSION,
    type: 'tls_connection',
    file: event.file,
    tcp_stream: event.tcpStream,
    client: event.client.address,
    client_port: event.client.port,
    server: event.server.address,
    server_port: event.server.port,
    versions_offered: connection.versionsOffered,
    version: connection.version,
    cipher_suites_offered: connection.cipherSuitesOffered.map(({ id, name }) => ({ id, name })),
    cipher_suite:
      connection.cipherSuite === undefined
        ? undefined
        : { id: connection.cipherSuite.id, name: connection.cipherSuite.name },
    compression: connection.compression,
    server_name: connection.serverName,
    alpn: connection.alpn,
    session_id: connection.sessionId,
    resumed: connection.resumed,
    extended_master_secret: connection.extendedMasterSecret,
    encrypt_then_mac: connection.encryptThenMac,
    mutual: connection.mutual,
    certificates: connection.certificates.map(certificateRecord),
    client_certificates: connection.clientCertificates.map(certificateRecord),
    alerts: connection.alerts.map((alert) => ({
      from: alert.sender,
      level: alert.level,
      description: alert.description,
      frame: alert.frame?.number,
    })),
    established: connection.established,
    decryption: { status, reason, detail, by },
    mac_failures: connection.macFailures,
    application_bytes: connection.applicationBytes,
    findings: event.findings,
  };
}
