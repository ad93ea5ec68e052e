/**
 * The handshake as a table: in which position which message of which side may come, and where it leads. SSL 3.0 to
 * TLS 1.2 full and resumed, with and without client authentication (RFC 5246 §7.3, RFC 5077 §3.1), renegotiation, and
 * TLS 1.3 with HelloRetryRequest, pre-shared keys and early data (RFC 8446 Appendix A). Pure: no state is kept here.
 */
import type { Direction } from '../../model/endpoint.js';

/** What moves a handshake on. Messages that may come anywhere (HelloRequest, alerts, unknown ones) are not among them. */
export type HandshakeEvent =
  | 'client_hello'
  | 'server_hello'
  /** ServerHello that chooses TLS 1.3, or a draft of it. */
  | 'server_hello_13'
  | 'hello_retry_request'
  | 'new_session_ticket'
  | 'end_of_early_data'
  | 'encrypted_extensions'
  | 'certificate'
  | 'certificate_status'
  | 'server_key_exchange'
  | 'certificate_request'
  | 'server_hello_done'
  | 'certificate_verify'
  | 'client_key_exchange'
  | 'change_cipher_spec'
  | 'finished'
  | 'key_update'
  /** A protected handshake record that could not be opened: at ChangeCipherSpec, a Finished (up to TLS 1.2). */
  | 'encrypted_handshake';

/** The last thing that happened in a handshake. */
export type Position =
  | 'start'
  | 'client_hello'
  | 'server_hello'
  | 'server_certificate'
  | 'certificate_status'
  | 'server_key_exchange'
  | 'certificate_request'
  | 'server_hello_done'
  /** ServerHelloDone after CertificateRequest. */
  | 'certificate_awaited'
  | 'client_certificate'
  | 'client_key_exchange'
  /** ClientKeyExchange after a client's Certificate. */
  | 'proof_awaited'
  | 'client_certificate_verify'
  | 'client_changed'
  | 'client_finished'
  | 'session_ticket'
  | 'server_changed'
  | 'resumed_ticket'
  | 'resumed_server_changed'
  | 'resumed_server_finished'
  | 'resumed_client_changed'
  | 'resumed_established'
  | 'established'
  | 'retry_requested'
  | 'second_client_hello'
  | 'tls13_server_hello'
  | 'tls13_encrypted_extensions'
  | 'tls13_certificate_request'
  | 'tls13_certificate'
  | 'tls13_certificate_verify'
  | 'tls13_server_finished'
  | 'tls13_end_of_early_data'
  | 'tls13_client_certificate'
  | 'tls13_client_certificate_verify'
  | 'tls13_established';

type Row = { readonly [E in HandshakeEvent]?: Position };

const TABLE: Readonly<Record<Position, { readonly client?: Row; readonly server?: Row }>> = {
  start: { client: { client_hello: 'client_hello' } },
  client_hello: {
    server: {
      server_hello: 'server_hello',
      server_hello_13: 'tls13_server_hello',
      hello_retry_request: 'retry_requested',
    },
  },

  // Full handshakes of SSL 3.0 to TLS 1.2: the server's first flight.
  server_hello: {
    server: {
      certificate: 'server_certificate',
      server_key_exchange: 'server_key_exchange',
      certificate_request: 'certificate_request',
      server_hello_done: 'server_hello_done',
      // No Certificate, no ServerHelloDone: the session is resumed.
      new_session_ticket: 'resumed_ticket',
      change_cipher_spec: 'resumed_server_changed',
    },
  },
  server_certificate: {
    server: {
      certificate_status: 'certificate_status',
      server_key_exchange: 'server_key_exchange',
      certificate_request: 'certificate_request',
      server_hello_done: 'server_hello_done',
    },
  },
  certificate_status: {
    server: {
      server_key_exchange: 'server_key_exchange',
      certificate_request: 'certificate_request',
      server_hello_done: 'server_hello_done',
    },
  },
  server_key_exchange: {
    server: { certificate_request: 'certificate_request', server_hello_done: 'server_hello_done' },
  },
  certificate_request: { server: { server_hello_done: 'certificate_awaited' } },

  // The client's second flight.
  server_hello_done: { client: { client_key_exchange: 'client_key_exchange' } },
  certificate_awaited: {
    // SSL 3.0 answers with an alert in place of an empty Certificate (RFC 6101 §5.6.6).
    client: { certificate: 'client_certificate', client_key_exchange: 'client_key_exchange' },
  },
  client_certificate: { client: { client_key_exchange: 'proof_awaited' } },
  client_key_exchange: { client: { change_cipher_spec: 'client_changed' } },
  proof_awaited: {
    // An empty Certificate, or one for Diffie-Hellman, has no CertificateVerify (RFC 5246 §7.4.8).
    client: { certificate_verify: 'client_certificate_verify', change_cipher_spec: 'client_changed' },
  },
  client_certificate_verify: { client: { change_cipher_spec: 'client_changed' } },
  client_changed: { client: { finished: 'client_finished', encrypted_handshake: 'client_finished' } },

  // The server's second flight.
  client_finished: {
    server: { new_session_ticket: 'session_ticket', change_cipher_spec: 'server_changed' },
  },
  session_ticket: { server: { change_cipher_spec: 'server_changed' } },
  server_changed: { server: { finished: 'established', encrypted_handshake: 'established' } },

  // Resumed: the server changes ciphers first (RFC 5246 §7.3, RFC 5077 §3.1).
  resumed_ticket: { server: { change_cipher_spec: 'resumed_server_changed' } },
  resumed_server_changed: {
    server: { finished: 'resumed_server_finished', encrypted_handshake: 'resumed_server_finished' },
  },
  resumed_server_finished: { client: { change_cipher_spec: 'resumed_client_changed' } },
  resumed_client_changed: {
    client: { finished: 'resumed_established', encrypted_handshake: 'resumed_established' },
  },

  // A renegotiation begins anew; it may be under encryption that is not opened.
  established: {
    client: { client_hello: 'client_hello', encrypted_handshake: 'established' },
    server: { encrypted_handshake: 'established' },
  },
  resumed_established: {
    client: { client_hello: 'client_hello', encrypted_handshake: 'resumed_established' },
    server: { encrypted_handshake: 'resumed_established' },
  },

  retry_requested: { client: { client_hello: 'second_client_hello' } },
  second_client_hello: { server: { server_hello_13: 'tls13_server_hello' } },
  tls13_server_hello: { server: { encrypted_extensions: 'tls13_encrypted_extensions' } },
  tls13_encrypted_extensions: {
    server: {
      certificate_request: 'tls13_certificate_request',
      certificate: 'tls13_certificate',
      // With a pre-shared key.
      finished: 'tls13_server_finished',
    },
  },
  tls13_certificate_request: { server: { certificate: 'tls13_certificate' } },
  tls13_certificate: { server: { certificate_verify: 'tls13_certificate_verify' } },
  tls13_certificate_verify: { server: { finished: 'tls13_server_finished' } },
  tls13_server_finished: {
    client: {
      end_of_early_data: 'tls13_end_of_early_data',
      certificate: 'tls13_client_certificate',
      finished: 'tls13_established',
    },
    // A server may send tickets and new keys before it has the client's Finished (RFC 8446 §4.6.1, §4.6.3).
    server: { new_session_ticket: 'tls13_server_finished', key_update: 'tls13_server_finished' },
  },
  tls13_end_of_early_data: {
    client: { certificate: 'tls13_client_certificate', finished: 'tls13_established' },
  },
  tls13_client_certificate: {
    client: {
      certificate_verify: 'tls13_client_certificate_verify',
      // After an empty Certificate.
      finished: 'tls13_established',
    },
  },
  tls13_client_certificate_verify: { client: { finished: 'tls13_established' } },
  tls13_established: {
    // The client's Certificate, CertificateVerify and Finished answer a later CertificateRequest (RFC 8446 §4.6.2).
    client: {
      key_update: 'tls13_established',
      certificate: 'tls13_established',
      certificate_verify: 'tls13_established',
      finished: 'tls13_established',
    },
    server: {
      key_update: 'tls13_established',
      new_session_ticket: 'tls13_established',
      certificate_request: 'tls13_established',
    },
  },
};

/** A message that the table has no place for. */
export type Unexpected = {
  readonly kind: 'unexpected';
  readonly position: Position;
  readonly event: HandshakeEvent;
  readonly sender: Direction;
  /** Where the message leads all the same: what stood before it was lost, or its sender broke the protocol. */
  readonly to: Position;
};
export type Transition = { readonly kind: 'expected'; readonly to: Position } | Unexpected;

/** Where a message leads that `sender`, by TLS role, sends in a position. */
export function next(position: Position, event: HandshakeEvent, sender: Direction): Transition {
  const to = TABLE[position][sender]?.[event];
  if (to !== undefined) return { kind: 'expected', to };
  return { kind: 'unexpected', position, event, sender, to: landing(position, event, sender) };
}

/**
 * Whether a message that may not come in a position may come once the other side has gone on: then it was captured
 * before what it answers.
 */
export function mayFollow(position: Position, event: HandshakeEvent, sender: Direction): boolean {
  const other = sender === 'client' ? 'server' : 'client';
  const reached = new Set<Position>([position]);
  for (const at of reached) {
    for (const to of Object.values(TABLE[at][other] ?? {})) {
      if (TABLE[to][sender]?.[event] !== undefined) return true;
      reached.add(to);
    }
  }
  return false;
}

/** Positions that all handshakes pass where a message was seen, whatever stood before it: up to TLS 1.2. */
const LANDINGS: Readonly<Record<Direction, Row>> = {
  client: {
    client_hello: 'client_hello',
    certificate: 'client_certificate',
    client_key_exchange: 'client_key_exchange',
    certificate_verify: 'client_certificate_verify',
    change_cipher_spec: 'client_changed',
    finished: 'client_finished',
  },
  server: {
    server_hello: 'server_hello',
    server_hello_13: 'tls13_server_hello',
    hello_retry_request: 'retry_requested',
    certificate: 'server_certificate',
    certificate_status: 'certificate_status',
    server_key_exchange: 'server_key_exchange',
    certificate_request: 'certificate_request',
    server_hello_done: 'server_hello_done',
    new_session_ticket: 'session_ticket',
    change_cipher_spec: 'server_changed',
    finished: 'established',
  },
};

const LANDINGS_RESUMED: Readonly<Record<Direction, Row>> = {
  client: { change_cipher_spec: 'resumed_client_changed', finished: 'resumed_established' },
  server: {
    new_session_ticket: 'resumed_ticket',
    change_cipher_spec: 'resumed_server_changed',
    finished: 'resumed_server_finished',
  },
};

const LANDINGS_13: Readonly<Record<Direction, Row>> = {
  client: {
    end_of_early_data: 'tls13_end_of_early_data',
    certificate: 'tls13_client_certificate',
    certificate_verify: 'tls13_client_certificate_verify',
    finished: 'tls13_established',
  },
  server: {
    encrypted_extensions: 'tls13_encrypted_extensions',
    certificate_request: 'tls13_certificate_request',
    certificate: 'tls13_certificate',
    certificate_verify: 'tls13_certificate_verify',
    finished: 'tls13_server_finished',
  },
};

/** What a handshake begins with, or begins anew with. */
const HELLOS: ReadonlySet<HandshakeEvent> = new Set([
  'client_hello',
  'server_hello',
  'server_hello_13',
  'hello_retry_request',
]);

function landing(position: Position, event: HandshakeEvent, sender: Direction): Position {
  if (HELLOS.has(event)) return LANDINGS[sender][event] ?? position;
  if (isTls13(position)) return LANDINGS_13[sender][event] ?? position;
  // With the server's Certificate lost as well this may be a full handshake: what says so follows.
  if (position === 'client_hello' || position === 'server_hello' || isResumption(position)) {
    return LANDINGS_RESUMED[sender][event] ?? LANDINGS[sender][event] ?? position;
  }
  return LANDINGS[sender][event] ?? position;
}

function isTls13(position: Position): boolean {
  return position.startsWith('tls13_');
}

/** Whether a handshake up to TLS 1.2 has turned out to be the short one. */
export function isResumption(position: Position): boolean {
  return position.startsWith('resumed_');
}

/** Whether nothing but a new handshake, or what follows one, may come. */
export function isOver(position: Position): boolean {
  return position === 'established' || position === 'resumed_established' || position === 'tls13_established';
}

/** Whether a side has changed to its new keys (up to TLS 1.2). */
export function hasChanged(position: Position, side: Direction): boolean {
  switch (position) {
    case 'client_changed':
    case 'client_finished':
    case 'session_ticket':
      return side === 'client';
    case 'resumed_server_changed':
    case 'resumed_server_finished':
      return side === 'server';
    case 'server_changed':
    case 'resumed_client_changed':
    case 'resumed_established':
    case 'established':
      return true;
    default:
      return false;
  }
}

/** What the messages are called in a sentence. */
const NAMES: Readonly<Record<HandshakeEvent, string>> = {
  client_hello: 'ClientHello',
  server_hello: 'ServerHello',
  server_hello_13: 'ServerHello',
  hello_retry_request: 'HelloRetryRequest',
  new_session_ticket: 'NewSessionTicket',
  end_of_early_data: 'EndOfEarlyData',
  encrypted_extensions: 'EncryptedExtensions',
  certificate: 'Certificate',
  certificate_status: 'CertificateStatus',
  server_key_exchange: 'ServerKeyExchange',
  certificate_request: 'CertificateRequest',
  server_hello_done: 'ServerHelloDone',
  certificate_verify: 'CertificateVerify',
  client_key_exchange: 'ClientKeyExchange',
  change_cipher_spec: 'ChangeCipherSpec',
  finished: 'Finished',
  key_update: 'KeyUpdate',
  encrypted_handshake: 'encrypted handshake record',
};

/** A sentence on a message that came where it may not: what came, and what may come there. */
export function describeUnexpected({ position, event, sender }: Unexpected): string {
  const expected = new Set<string>();
  for (const side of ['client', 'server'] as const) {
    for (const each of Object.keys(TABLE[position][side] ?? {}) as HandshakeEvent[]) {
      if (each !== 'encrypted_handshake') expected.add(`${NAMES[each]} of the ${side}`);
    }
  }
  return `${NAMES[event]} of the ${sender} is out of order: expected was ${[...expected].join(', or ')}.`;
}
