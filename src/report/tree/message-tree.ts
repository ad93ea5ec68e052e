import type { EntityEvent, SipMessageEvent } from '../../analyzer/events.js';
import { append } from '../../bytes/append.js';
import type { ByteSource, Field } from '../../bytes/field.js';
import { derivedField } from '../../bytes/field.js';
import { counted } from '../../bytes/text.js';
import type { Frame } from '../../capture/frame.js';
import type { Finding } from '../../model/finding.js';
import { describePacket } from '../../net/decoder.js';
import { describeSip } from '../../sip/describe.js';
import type { TlsConnection } from '../../tls/connection.js';
import { timestamp } from '../records/to-record.js';
import { bodyFields } from './body-tree.js';
import { identityField } from './identity-tree.js';

/**
 * The tree of a message, from the frame down: frame, IP, transport, TLS, SIP, MIME, CMS, findings. `frame` is the one
 * that completes it, where its bytes are at hand.
 */
export function messageTree(event: SipMessageEvent, frame: Frame | undefined): readonly Field[] {
  const source: ByteSource = { name: 'SIP message', bytes: event.message.bytes };
  const fields: Field[] = [];
  if (frame !== undefined) append(fields, frameFields(frame));
  if (event.tcpStream !== undefined) fields.push(streamField(source, event));
  if (event.tls !== undefined) fields.push(tlsField(source, event.tls));
  fields.push(sipField(source, event));
  if (event.body !== undefined) append(fields, bodyFields(event.body, 'Message Body'));
  if (event.findings.length > 0) fields.push(findingsField(source, event.findings));
  return fields;
}

function frameFields(frame: Frame): Field[] {
  const source: ByteSource = { name: `Frame ${frame.number}`, bytes: frame.data };
  const { capturedLength, originalLength } = frame;
  const children = [
    ...(frame.untimed === true ? [] : [derivedField(source, 'Arrival Time', timestamp(frame))]),
    derivedField(source, 'Captured Length', counted(capturedLength, 'byte')),
    ...(capturedLength === originalLength
      ? []
      : [derivedField(source, 'Original Length', `${originalLength} bytes: cut by the snap length`)]),
    derivedField(source, 'Link Type', String(frame.linkType)),
    ...(frame.comment === undefined ? [] : [derivedField(source, 'Comment', frame.comment)]),
  ];
  const top: Field = {
    name: `Frame ${frame.number}`,
    value: `${originalLength} bytes`,
    start: 0,
    length: capturedLength,
    source,
    children,
  };
  return [top, ...describePacket(source, frame.linkType)];
}

function streamField(source: ByteSource, event: SipMessageEvent): Field {
  const { frames, message } = event;
  const shown =
    frames.length > 8 ? `${frames.slice(0, 8).join(', ')} ... ${frames.at(-1)}` : frames.join(', ');
  return derivedField(source, `TCP stream ${event.tcpStream}`, `${message.bytes.length} bytes`, [
    derivedField(source, frames.length === 1 ? 'In frame' : `In ${frames.length} frames`, shown),
  ]);
}

function tlsField(source: ByteSource, tls: TlsConnection): Field {
  const { decryption } = tls;
  const certificate = tls.certificates[0];
  const children = [
    ...(tls.version === undefined ? [] : [derivedField(source, 'Version', tls.version)]),
    ...(tls.cipherSuite === undefined
      ? []
      : [derivedField(source, 'Cipher Suite', `${tls.cipherSuite.name} (${tls.cipherSuite.id})`)]),
    ...(tls.serverName === undefined ? [] : [derivedField(source, 'Server Name', tls.serverName)]),
    derivedField(source, 'Session', tls.resumed ? 'resumed' : 'new'),
    ...(certificate === undefined
      ? []
      : [
          derivedField(source, 'Certificate', certificate.subject, [
            derivedField(source, 'Issuer', certificate.issuer),
            derivedField(source, 'Validity', `${certificate.notBefore} to ${certificate.notAfter}`),
            ...certificate.subjectAltNames.map(({ type, value }) =>
              derivedField(source, 'Subject Alternative Name', `${type}: ${value}`),
            ),
          ]),
        ]),
    derivedField(
      source,
      'Decryption',
      `${decryption.status}${decryption.by === undefined ? '' : ` with ${decryption.by}`}`,
    ),
  ];
  return derivedField(source, 'Transport Layer Security', tls.version, children);
}

function sipField(source: ByteSource, event: SipMessageEvent): Field {
  const { message } = event;
  const line =
    message.kind === 'request'
      ? `${message.method} ${message.requestUri}`
      : `${message.statusCode} ${message.reasonPhrase}`;
  return {
    name: 'Session Initiation Protocol',
    value: line,
    start: 0,
    length: message.bodyStart,
    source,
    children: [
      ...describeSip(source, message),
      ...(event.identityHeaders ?? []).map((verdict) => identityField(source, verdict)),
    ],
  };
}

/** Findings as a branch of the tree, worst first as they were found. */
export function findingsField(source: ByteSource, findings: readonly Finding[]): Field {
  const children = findings.map((finding): Field => {
    const { severity, rule, summary, reference, where } = finding;
    const details = [
      ...(where === undefined ? [] : [derivedField(source, 'Where', where)]),
      ...(reference === undefined ? [] : [derivedField(source, 'Reference', reference)]),
    ];
    return { ...derivedField(source, `${severity} ${rule}`, summary, details), severity };
  });
  return derivedField(source, 'Findings', String(findings.length), children);
}

/** The tree of a MIME entity or CMS blob that stands alone. */
export function entityTree(event: EntityEvent): readonly Field[] {
  const { body, findings } = event;
  const fields = [...bodyFields(body, body.source.name)];
  if (findings.length > 0) fields.push(findingsField(body.source, findings));
  return fields;
}
