/** Every type of record: one declaration each, in the order of the JSON Schema. */
import {
  body,
  boolean,
  choice,
  count,
  field,
  head,
  integer,
  list,
  object,
  optional,
  port,
  positive,
  type RecordType,
  text,
  timestamp,
} from './field.js';
import { CERTIFICATE, FINDING, FINDINGS, HEADER, IDENTITY_HEADER } from './parts.js';

/** An address of a message, with the place of its URI among the columns of CSV. */
function address(column: number) {
  return object({
    uri: field(text, 'as written', { column }),
    display_name: optional(text, 'display name, without its quotes'),
    tag: optional(text, 'the tag parameter'),
  });
}

const STREAM = field(count, 'from 0, as Wireshark counts them', { column: 10 });
const TIMESTAMP = optional(timestamp, 'RFC 3339, UTC, with the digits that the capture has', { column: 4 });
const SUITE = object({ id: field(text, '0x0035'), name: field(text, 'IANA name') });

export const SIP_MESSAGE = {
  name: 'sip_message',
  description: 'a SIP message',
  fields: {
    ...head('sip_message'),
    frame: optional(count, 'the frame that completes it, from 1', { column: 3 }),
    frames: optional(list(positive), 'all frames that carried a part of it'),
    timestamp: TIMESTAMP,
    transport: optional(choice(['udp', 'tcp', 'tls', 'ws', 'wss', 'sctp']), 'how it travelled', {
      column: 5,
    }),
    src: optional(text, 'IP address of the sender', { column: 6 }),
    src_port: optional(port, 'port of the sender', { column: 7 }),
    dst: optional(text, 'IP address of the receiver', { column: 8 }),
    dst_port: optional(port, 'port of the receiver', { column: 9 }),
    tcp_stream: optional(count, STREAM.description, { column: 10 }),
    is_request: field(boolean, 'whether it is a request'),
    method: optional(text, 'of a request', { column: 11 }),
    request_uri: optional(text, 'of a request'),
    status_code: optional(integer, 'of a response', { column: 12 }),
    reason_phrase: optional(text, 'of a response', { column: 13 }),
    call_id: optional(text, 'Call-ID', { column: 14 }),
    cseq: optional(
      object({
        number: field(integer, 'sequence number', { column: 15 }),
        method: field(text, 'method of the request', { column: 16 }),
      }),
      'CSeq',
    ),
    from: optional(address(17), 'From'),
    to: optional(address(18), 'To'),
    via_branch: optional(text, 'of the topmost Via'),
    headers: field(list(HEADER), 'all headers'),
    body: optional(body, 'the body, with all that is inside it'),
    identity: optional(list(IDENTITY_HEADER), 'what became of its Identity headers, in their order'),
    findings: field(FINDINGS, 'what was found about the message'),
  },
} as const satisfies RecordType;

export const TLS_CONNECTION = {
  name: 'tls_connection',
  description: 'a TLS connection at its end',
  fields: {
    ...head('tls_connection'),
    tcp_stream: STREAM,
    client: field(text, 'IP address of the client'),
    client_port: field(port, 'port of the client'),
    server: field(text, 'IP address of the server'),
    server_port: field(port, 'port of the server'),
    versions_offered: field(list(text), 'versions that the client offered'),
    version: optional(text, 'the version chosen', { column: 19 }),
    cipher_suites_offered: field(list(SUITE), 'cipher suites, in the order of the client'),
    cipher_suite: optional(
      object({ ...SUITE.fields, name: field(text, 'IANA name', { column: 20 }) }),
      'the cipher suite chosen',
    ),
    compression: optional(text, 'the compression method chosen'),
    server_name: optional(text, 'server name indication (RFC 6066 §3)'),
    alpn: optional(text, 'the application protocol chosen (RFC 7301)'),
    session_id: optional(text, 'hexadecimal'),
    resumed: field(boolean, 'whether an earlier session was resumed'),
    extended_master_secret: field(boolean, 'whether both sides agreed on it (RFC 7627)'),
    encrypt_then_mac: field(boolean, 'whether both sides agreed on it (RFC 7366)'),
    mutual: field(boolean, 'whether the client showed a certificate too'),
    certificates: field(list(CERTIFICATE), 'the chain that the server showed, leaf first'),
    client_certificates: field(list(CERTIFICATE), 'the chain that the client showed'),
    alerts: field(
      list(
        object({
          from: field(choice(['client', 'server']), 'who sent it'),
          level: field(text, 'warning or fatal'),
          description: field(text, 'IANA name of the alert'),
          frame: optional(positive, 'the frame that carried it'),
        }),
      ),
      'alerts, in their order',
    ),
    established: field(
      boolean,
      'whether both sides finished the handshake, as far as can be seen: an observation, which a signature that is wrong ' +
        'or was not checked does not change (the finding tls/handshake-signature tells of it, and the policy rules chain, ' +
        'identity, established and mutual do not pass)',
    ),
    decryption: field(
      object({
        status: field(
          choice(['decrypted', 'partial', 'not_decrypted', 'not_encrypted']),
          'whether the content was decrypted',
          { column: 21 },
        ),
        reason: optional(
          choice([
            'no_key',
            'key_mismatch',
            'forward_secrecy',
            'handshake_missing',
            'resumed_session_unknown',
            'cipher_unsupported',
            'bytes_missing',
            'mac_failure',
          ]),
          'why it was not, or not all of it',
          { column: 22 },
        ),
        detail: optional(text, 'the reason in a sentence'),
        by: optional(text, 'the key or log that opened it'),
      }),
      'what became of the encrypted content',
    ),
    mac_failures: field(count, 'records whose MAC or tag was wrong'),
    application_bytes: field(
      object({ client: field(count, 'from the client'), server: field(count, 'from the server') }),
      'bytes of application data',
    ),
    findings: field(FINDINGS, 'what was found about the connection'),
  },
} as const satisfies RecordType;

export const ENTITY = {
  name: 'entity',
  description: 'a MIME entity or CMS blob that was given as a file of its own',
  fields: {
    ...head('entity'),
    body: field(body, 'the entity, with all that is inside it'),
    findings: field(FINDINGS, 'what was found about it'),
  },
} as const satisfies RecordType;

export const FINDING_RECORD = {
  name: 'finding',
  description: 'a finding that belongs to no single message or connection',
  fields: { ...head('finding'), ...FINDING },
} as const satisfies RecordType;

export const POLICY_RESULT = {
  name: 'policy_result',
  description: 'what a policy says of a TLS connection (`siplens tls --policy --format json`)',
  fields: {
    ...head('policy_result'),
    tcp_stream: STREAM,
    policy: field(text, 'its name; `require` for --require'),
    rule: field(text, 'as the policy file names it', { column: 25 }),
    result: field(choice(['pass', 'fail']), 'whether the rule holds'),
    detail: field(text, 'what decides it, in a sentence'),
    frame: optional(positive, 'the frame that proves it', { column: 3 }),
    reference: optional(text, 'the text that the rule comes from'),
  },
} as const satisfies RecordType;

export const PACKET = {
  name: 'packet',
  description: 'a frame of a capture (`--include packets`)',
  fields: {
    ...head('packet'),
    frame: field(count, 'from 1', { column: 3 }),
    timestamp: TIMESTAMP,
    link_type: field(count, 'LINKTYPE value of the tcpdump.org registry'),
    captured_length: field(count, 'bytes in the capture'),
    original_length: field(count, 'bytes on the wire'),
    protocol: field(text, 'the deepest one recognised up to transport, as UDP, TCP, ARP'),
    src: optional(text, 'IP address of the sender', { column: 6 }),
    dst: optional(text, 'IP address of the receiver', { column: 8 }),
    src_port: optional(port, 'port of the sender', { column: 7 }),
    dst_port: optional(port, 'port of the receiver', { column: 9 }),
    payload_length: optional(count, 'bytes that UDP or TCP carries'),
    problem: optional(text, 'why decoding stopped early'),
  },
} as const satisfies RecordType;

export const ERROR = {
  name: 'error',
  description: 'input that could not be read completely; what could be read was written',
  fields: {
    ...head('error'),
    message: field(text, 'what could not be read, and why', { column: 27 }),
    offset: optional(count, 'byte in the uncompressed file'),
    frame: optional(count, 'from 1', { column: 3 }),
  },
} as const satisfies RecordType;

/** All types of records. */
export const RECORD_TYPES = [
  SIP_MESSAGE,
  TLS_CONNECTION,
  ENTITY,
  FINDING_RECORD,
  POLICY_RESULT,
  PACKET,
  ERROR,
] as const;
