import Type from 'typebox';
import { SEVERITIES } from '../../model/finding.js';

/**
 * The JSON contract as a JSON Schema (draft 2020-12): one record of `siplens export`. `siplens export --schema` prints
 * it; docs/siplens.schema.json is that print. Loaded only when asked for.
 */

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const flag = (description: string) => Type.Boolean({ description });
const port = Type.Integer({ minimum: 0, maximum: 65535 });
const optional = Type.Optional;

const finding = Type.Object(
  {
    rule: text('stable name of the rule, as smime/base64-encoding'),
    severity: Type.Enum([...SEVERITIES], { description: 'how much it matters' }),
    summary: text('what was found, in one or two sentences'),
    reference: optional(text('the text that the rule comes from, as RFC 3853 §2')),
    where: optional(text('frame, header or path in the tree')),
  },
  closed,
);

const header = Type.Object(
  { name: text('as written'), value: text('unfolded') },
  { ...closed, description: 'headers stand in their order, repeated ones again' },
);

const address = Type.Object(
  { uri: text('as written'), display_name: optional(Type.String()), tag: optional(Type.String()) },
  closed,
);

const certificate = Type.Object(
  {
    subject: Type.String(),
    issuer: Type.String(),
    serial_number: text('hexadecimal'),
    not_before: text('RFC 3339, UTC'),
    not_after: text('RFC 3339, UTC'),
    public_key: Type.Object({ algorithm: Type.String(), bits: count('key size') }, closed),
    signature_algorithm: Type.String(),
    subject_alt_names: Type.Array(Type.Object({ type: Type.String(), value: Type.String() }, closed)),
    extended_key_usage: Type.Array(Type.String()),
    is_ca: Type.Boolean(),
    fingerprint_sha256: text('hexadecimal, of the DER'),
  },
  closed,
);

const chain = Type.Object(
  { status: text('valid, or the name of what is wrong, as expired'), reason: text('a sentence') },
  closed,
);

const identity = Type.Object(
  {
    status: Type.Enum(['match', 'mismatch', 'unknown']),
    expected: text('the identity that was meant'),
    found: Type.Array(Type.String(), { description: 'the identities that the certificate holds' }),
  },
  closed,
);

/** How a certificate is named in CMS: by issuer and serial number, or by key identifier. */
const certificateName = {
  issuer: optional(Type.String()),
  serial_number: optional(text('hexadecimal')),
  subject_key_identifier: optional(text('hexadecimal')),
};

const signer = Type.Object(
  {
    ...certificateName,
    digest_algorithm: Type.String(),
    signature_algorithm: Type.String(),
    signature: Type.Enum(['valid', 'invalid', 'unverifiable']),
    reason: text('why, in a sentence'),
    certificate: optional(certificate),
    chain: optional(chain),
    identity: optional(identity),
  },
  closed,
);

const recipient = Type.Object(
  { ...certificateName, key_encryption_algorithm: Type.String() },
  { ...closed, description: 'a recipient without these names has neither (password, shared key)' },
);

const cms = Type.Object(
  {
    content_type: text('signed_data, enveloped_data ...'),
    encoding_form: Type.Enum(['der', 'ber']),
    detached: optional(flag('whether the signed content lies outside')),
    certificates: optional(Type.Array(certificate)),
    signers: optional(Type.Array(signer)),
    content_encryption_algorithm: optional(Type.String()),
    recipients: optional(Type.Array(recipient)),
    decryption: optional(
      Type.Object(
        {
          status: Type.Enum(['decrypted', 'failed', 'no_key']),
          reason: text('why, in a sentence'),
          recipient: optional(text('the recipient whose key opened it')),
        },
        closed,
      ),
    ),
    content: optional(Type.Ref('body')),
  },
  closed,
);

const body = Type.Object(
  {
    content_type: optional(text('as written, unfolded')),
    headers: Type.Array(header),
    transfer_encoding: optional(Type.String()),
    length: count('bytes, as carried'),
    text: optional(text('the body with its transfer encoding undone, where it is text in UTF-8')),
    base64: optional(text('the same, where it is not')),
    parts: optional(Type.Array(Type.Ref('body'))),
    cms: optional(cms),
  },
  { ...closed, $id: 'body' },
);

const bodyReference = Type.Ref('body');

const head = <T extends string>(type: T) => ({
  schema_version: Type.Literal('1'),
  type: Type.Literal(type),
  file: text('the file as it was named'),
});

const findings = Type.Array(finding);

const sipMessage = Type.Object(
  {
    ...head('sip_message'),
    frame: optional(count('the frame that completes it, from 1')),
    frames: optional(Type.Array(Type.Integer({ minimum: 1 }))),
    timestamp: optional(text('RFC 3339, UTC, with the digits that the capture has')),
    transport: optional(Type.Enum(['udp', 'tcp', 'tls', 'ws', 'wss', 'sctp'])),
    src: optional(Type.String()),
    src_port: optional(port),
    dst: optional(Type.String()),
    dst_port: optional(port),
    tcp_stream: optional(count('from 0, as Wireshark counts them')),
    is_request: Type.Boolean(),
    method: optional(text('of a request')),
    request_uri: optional(text('of a request')),
    status_code: optional(Type.Integer()),
    reason_phrase: optional(Type.String()),
    call_id: optional(Type.String()),
    cseq: optional(Type.Object({ number: Type.Integer(), method: Type.String() }, closed)),
    from: optional(address),
    to: optional(address),
    via_branch: optional(text('of the topmost Via')),
    headers: Type.Array(header),
    body: optional(bodyReference),
    findings,
  },
  closed,
);

const entity = Type.Object({ ...head('entity'), body: bodyReference, findings }, closed);

const suite = Type.Object({ id: text('0x0035'), name: text('IANA name') }, closed);

const tlsConnection = Type.Object(
  {
    ...head('tls_connection'),
    tcp_stream: count('from 0, as Wireshark counts them'),
    client: Type.String(),
    client_port: port,
    server: Type.String(),
    server_port: port,
    versions_offered: Type.Array(Type.String()),
    version: optional(Type.String()),
    cipher_suites_offered: Type.Array(suite),
    cipher_suite: optional(suite),
    compression: optional(Type.String()),
    server_name: optional(Type.String()),
    alpn: optional(Type.String()),
    session_id: optional(text('hexadecimal')),
    resumed: Type.Boolean(),
    extended_master_secret: Type.Boolean(),
    encrypt_then_mac: Type.Boolean(),
    mutual: flag('whether the client showed a certificate too'),
    certificates: Type.Array(certificate),
    client_certificates: Type.Array(certificate),
    alerts: Type.Array(
      Type.Object(
        {
          from: Type.Enum(['client', 'server']),
          level: Type.String(),
          description: Type.String(),
          frame: optional(Type.Integer({ minimum: 1 })),
        },
        closed,
      ),
    ),
    established: flag('whether both sides finished the handshake'),
    decryption: Type.Object(
      {
        status: Type.Enum(['decrypted', 'partial', 'not_decrypted', 'not_encrypted']),
        reason: optional(
          Type.Enum([
            'no_key',
            'key_mismatch',
            'forward_secrecy',
            'handshake_missing',
            'resumed_session_unknown',
            'cipher_unsupported',
            'bytes_missing',
            'mac_failure',
          ]),
        ),
        detail: optional(text('the reason in a sentence')),
        by: optional(text('the key or log that opened it')),
      },
      closed,
    ),
    mac_failures: count('records whose MAC or tag was wrong'),
    application_bytes: Type.Object(
      { client: count('from the client'), server: count('from the server') },
      closed,
    ),
    findings,
  },
  closed,
);

const findingRecord = Type.Object(
  { ...head('finding'), ...finding.properties },
  { ...closed, description: 'a finding that belongs to no single message or connection' },
);

const policyResult = Type.Object(
  {
    ...head('policy_result'),
    tcp_stream: count('from 0, as Wireshark counts them'),
    policy: text('its name; `require` for --require'),
    rule: text('as the policy file names it'),
    result: Type.Enum(['pass', 'fail']),
    detail: text('what decides it, in a sentence'),
    frame: optional(Type.Integer({ minimum: 1 })),
    reference: optional(Type.String()),
  },
  { ...closed, description: 'what a policy says of a TLS connection (`siplens tls --policy --format json`)' },
);

const packet = Type.Object(
  {
    ...head('packet'),
    frame: count('from 1'),
    timestamp: optional(text('RFC 3339, UTC, with the digits that the capture has')),
    link_type: count('LINKTYPE value of the tcpdump.org registry'),
    captured_length: count('bytes in the capture'),
    original_length: count('bytes on the wire'),
    protocol: text('the deepest one recognised up to transport, as UDP, TCP, ARP'),
    src: optional(Type.String()),
    dst: optional(Type.String()),
    src_port: optional(port),
    dst_port: optional(port),
    payload_length: optional(count('bytes that UDP or TCP carries')),
    problem: optional(text('why decoding stopped early')),
  },
  { ...closed, description: 'a frame of a capture (`--include packets`)' },
);

const errorRecord = Type.Object(
  {
    ...head('error'),
    message: Type.String(),
    offset: optional(count('byte in the uncompressed file')),
    frame: optional(count('from 1')),
  },
  { ...closed, description: 'input that could not be read whole; what could be read was put out' },
);

/** One record of an export, as a plain JSON Schema. */
export function recordSchema(): object {
  const records = [sipMessage, tlsConnection, entity, findingRecord, policyResult, packet, errorRecord];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'siplens export record',
    description: 'One line of `siplens export`, or one element of the array that `--format json` gives.',
    $defs: { body },
    anyOf: JSON.parse(JSON.stringify(records)),
  };
}
