import { describe, expect, it } from 'vitest';
import type { Direction } from '../../../src/model/endpoint.js';
import type { HandshakeEvent, Position } from '../../../src/tls/handshake/transitions.js';
import {
  describeUnexpected,
  hasChanged,
  isOver,
  isResumption,
  mayFollow,
  next,
} from '../../../src/tls/handshake/transitions.js';

type Sent = readonly [Direction, HandshakeEvent];

/** `> client_hello < server_hello`: what client (>) and server (<) send. */
function sent(text: string): Sent[] {
  return [...text.matchAll(/([<>]) (\w+)/g)].map(
    ([, arrow, event]) => [arrow === '>' ? 'client' : 'server', event as HandshakeEvent] as const,
  );
}

/** Where messages lead that all are expected; throws at the first that is not. */
function walk(text: string, from: Position = 'start'): Position {
  let position = from;
  for (const [sender, event] of sent(text)) {
    const transition = next(position, event, sender);
    if (transition.kind === 'unexpected') throw new Error(describeUnexpected(transition));
    position = transition.to;
  }
  return position;
}

const HELLOS = '> client_hello < server_hello ';
const CHANGES = '> change_cipher_spec > finished < change_cipher_spec < finished';

// The figures of the RFCs: each flow in full, written from the text.
const FLOWS: readonly (readonly [string, string, Position])[] = [
  [
    'RSA (RFC 5246 figure 1)',
    `${HELLOS}< certificate < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'DHE with a client certificate (RFC 5246 figure 1)',
    `${HELLOS}< certificate < server_key_exchange < certificate_request < server_hello_done > certificate > client_key_exchange > certificate_verify ${CHANGES}`,
    'established',
  ],
  [
    'no client certificate at hand (RFC 5246 §7.4.6)',
    `${HELLOS}< certificate < certificate_request < server_hello_done > certificate > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'SSL 3.0: no_certificate in place of a Certificate (RFC 6101 §5.6.6)',
    `${HELLOS}< certificate < certificate_request < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'a stapled answer (RFC 6066 §8)',
    `${HELLOS}< certificate < certificate_status < server_key_exchange < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'a stapled answer before RSA',
    `${HELLOS}< certificate < certificate_status < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'a stapled answer before CertificateRequest',
    `${HELLOS}< certificate < certificate_status < certificate_request < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'anonymous (RFC 5246 §7.4.3)',
    `${HELLOS}< server_key_exchange < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'a pre-shared key (RFC 4279 §2)',
    `${HELLOS}< server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'Kerberos or a pre-shared key, with CertificateRequest',
    `${HELLOS}< certificate_request < server_hello_done > client_key_exchange ${CHANGES}`,
    'established',
  ],
  [
    'a new ticket (RFC 5077 figure 1)',
    `${HELLOS}< certificate < server_hello_done > client_key_exchange > change_cipher_spec > finished < new_session_ticket < change_cipher_spec < finished`,
    'established',
  ],
  [
    'resumed (RFC 5246 figure 2)',
    `${HELLOS}< change_cipher_spec < finished > change_cipher_spec > finished`,
    'resumed_established',
  ],
  [
    'resumed with a new ticket (RFC 5077 figure 2)',
    `${HELLOS}< new_session_ticket < change_cipher_spec < finished > change_cipher_spec > finished`,
    'resumed_established',
  ],
  [
    'Finished that cannot be read',
    `${HELLOS}< certificate < server_hello_done > client_key_exchange > change_cipher_spec > encrypted_handshake < change_cipher_spec < encrypted_handshake`,
    'established',
  ],
  [
    'resumed, Finished that cannot be read',
    `${HELLOS}< change_cipher_spec < encrypted_handshake > change_cipher_spec > encrypted_handshake`,
    'resumed_established',
  ],
  [
    'TLS 1.3 (RFC 8446 figure 1)',
    '> client_hello < server_hello_13 < encrypted_extensions < certificate_request < certificate < certificate_verify < finished > certificate > certificate_verify > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3 without client authentication',
    '> client_hello < server_hello_13 < encrypted_extensions < certificate < certificate_verify < finished > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3, an empty client Certificate (RFC 8446 §4.4.2)',
    '> client_hello < server_hello_13 < encrypted_extensions < certificate_request < certificate < certificate_verify < finished > certificate > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3 with HelloRetryRequest (RFC 8446 figure 2)',
    '> client_hello < hello_retry_request > client_hello < server_hello_13 < encrypted_extensions < certificate < certificate_verify < finished > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3 resumed (RFC 8446 figure 3)',
    '> client_hello < server_hello_13 < encrypted_extensions < finished > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3 with early data (RFC 8446 figure 4)',
    '> client_hello < server_hello_13 < encrypted_extensions < finished > end_of_early_data > finished < new_session_ticket',
    'tls13_established',
  ],
  [
    'TLS 1.3, early data and a client certificate',
    '> client_hello < server_hello_13 < encrypted_extensions < certificate_request < certificate < certificate_verify < finished > end_of_early_data > certificate > certificate_verify > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3, tickets and new keys before the client’s Finished (RFC 8446 §4.6.1)',
    '> client_hello < server_hello_13 < encrypted_extensions < finished < new_session_ticket < key_update > finished',
    'tls13_established',
  ],
  [
    'TLS 1.3 after the handshake (RFC 8446 §4.6)',
    '> client_hello < server_hello_13 < encrypted_extensions < finished > finished < new_session_ticket < key_update > key_update < certificate_request > certificate > certificate_verify > finished',
    'tls13_established',
  ],
];

const RENEGOTIATED = FLOWS.filter(([, , end]) => !end.startsWith('tls13'));

describe('the table of transitions', () => {
  it.each(FLOWS)('has %s', (_name, flow, end) => {
    expect(walk(flow)).toBe(end);
    expect(isOver(end)).toBe(true);
  });

  it.each(RENEGOTIATED)('has a renegotiation after %s', (_name, flow, end) => {
    expect(walk(`${flow} ${flow}`)).toBe(end);
    expect(walk('> encrypted_handshake < encrypted_handshake', end)).toBe(end);
  });

  it.each(FLOWS)('has no place for a message left out, doubled or of the other side: %s', (_name, flow) => {
    const messages = sent(flow);
    const optional = new Set([
      'certificate',
      'certificate_status',
      'server_key_exchange',
      'certificate_request',
      'certificate_verify',
      'new_session_ticket',
      'end_of_early_data',
      'key_update',
      // Of a session that is taken up again nothing need come, after a pre-shared key in TLS 1.3 likewise.
      'server_hello_done',
      'hello_retry_request',
    ]);
    let position: Position = 'start';
    messages.forEach(([sender, event], index) => {
      const other = sender === 'client' ? 'server' : 'client';
      if (!(isOver(position) || (event === 'certificate' && position === 'certificate_request'))) {
        expect(next(position, event, other)).toMatchObject({
          kind: 'unexpected',
          position,
          event,
          sender: other,
        });
      }
      const before: Position = position;
      position = next(position, event, sender).to;
      const following = messages[index + 1];
      if (following !== undefined && !optional.has(event) && !isOver(position)) {
        expect(next(before, following[1], following[0]).kind).toBe('unexpected');
      }
    });
  });

  it('says what came and what may come', () => {
    const early = next('server_hello_done', 'finished', 'client');
    expect(early.kind === 'unexpected' && describeUnexpected(early)).toBe(
      'Finished of the client is out of order: expected was ClientKeyExchange of the client.',
    );
    const first = next('start', 'server_hello', 'server');
    expect(first.kind === 'unexpected' && describeUnexpected(first)).toBe(
      'ServerHello of the server is out of order: expected was ClientHello of the client.',
    );
    const unread = next('client_changed', 'change_cipher_spec', 'server');
    expect(unread.kind === 'unexpected' && describeUnexpected(unread)).toBe(
      'ChangeCipherSpec of the server is out of order: expected was Finished of the client.',
    );
    const either = next('certificate_awaited', 'finished', 'client');
    expect(either.kind === 'unexpected' && describeUnexpected(either)).toBe(
      'Finished of the client is out of order: expected was Certificate of the client, or ClientKeyExchange of the client.',
    );
  });
});

describe('a message that the table has no place for', () => {
  const landing = (position: Position, sender: Direction, event: HandshakeEvent): Position => {
    const transition = next(position, event, sender);
    expect(transition.kind).toBe('unexpected');
    return transition.to;
  };

  it('leads on in a full handshake', () => {
    expect(landing('server_hello', 'client', 'client_key_exchange')).toBe('client_key_exchange');
    expect(landing('server_certificate', 'client', 'change_cipher_spec')).toBe('client_changed');
    expect(landing('server_certificate', 'server', 'change_cipher_spec')).toBe('server_changed');
    expect(landing('server_certificate', 'client', 'certificate')).toBe('client_certificate');
    expect(landing('server_hello_done', 'client', 'certificate_verify')).toBe('client_certificate_verify');
    expect(landing('server_hello_done', 'client', 'finished')).toBe('client_finished');
    expect(landing('client_finished', 'server', 'finished')).toBe('established');
    expect(landing('client_key_exchange', 'server', 'new_session_ticket')).toBe('session_ticket');
    expect(landing('client_hello', 'server', 'certificate')).toBe('server_certificate');
    expect(landing('client_hello', 'server', 'certificate_status')).toBe('certificate_status');
    expect(landing('client_hello', 'server', 'server_key_exchange')).toBe('server_key_exchange');
    expect(landing('client_hello', 'server', 'certificate_request')).toBe('certificate_request');
    expect(landing('client_hello', 'server', 'server_hello_done')).toBe('server_hello_done');
  });

  it('leads to the short handshake where nothing of a full one was seen', () => {
    expect(landing('server_hello', 'client', 'change_cipher_spec')).toBe('resumed_client_changed');
    expect(landing('client_hello', 'server', 'change_cipher_spec')).toBe('resumed_server_changed');
    expect(landing('client_hello', 'server', 'new_session_ticket')).toBe('resumed_ticket');
    expect(landing('resumed_ticket', 'server', 'finished')).toBe('resumed_server_finished');
    expect(landing('resumed_server_finished', 'client', 'finished')).toBe('resumed_established');
  });

  it('leads on in TLS 1.3', () => {
    expect(landing('tls13_server_hello', 'server', 'certificate_request')).toBe('tls13_certificate_request');
    expect(landing('tls13_server_hello', 'server', 'certificate')).toBe('tls13_certificate');
    expect(landing('tls13_server_hello', 'server', 'certificate_verify')).toBe('tls13_certificate_verify');
    expect(landing('tls13_server_hello', 'server', 'finished')).toBe('tls13_server_finished');
    expect(landing('tls13_certificate', 'server', 'encrypted_extensions')).toBe('tls13_encrypted_extensions');
    expect(landing('tls13_server_hello', 'client', 'end_of_early_data')).toBe('tls13_end_of_early_data');
    expect(landing('tls13_server_hello', 'client', 'certificate')).toBe('tls13_client_certificate');
    expect(landing('tls13_server_hello', 'client', 'certificate_verify')).toBe(
      'tls13_client_certificate_verify',
    );
    expect(landing('tls13_server_hello', 'client', 'finished')).toBe('tls13_established');
    expect(landing('tls13_server_hello', 'client', 'change_cipher_spec')).toBe('tls13_server_hello');
  });

  it('begins anew with a hello, wherever it comes', () => {
    expect(landing('server_hello_done', 'client', 'client_hello')).toBe('client_hello');
    expect(landing('tls13_server_finished', 'client', 'client_hello')).toBe('client_hello');
    expect(landing('start', 'server', 'server_hello')).toBe('server_hello');
    expect(landing('start', 'server', 'server_hello_13')).toBe('tls13_server_hello');
    expect(landing('start', 'server', 'hello_retry_request')).toBe('retry_requested');
  });

  it('changes nothing where it says nothing', () => {
    expect(landing('server_hello_done', 'server', 'client_hello')).toBe('server_hello_done');
    expect(landing('client_key_exchange', 'client', 'encrypted_handshake')).toBe('client_key_exchange');
    expect(landing('server_hello', 'server', 'encrypted_extensions')).toBe('server_hello');
  });
});

describe('what may follow once the other side has gone on', () => {
  it.each<[Position, Direction, HandshakeEvent]>([
    ['server_hello_done', 'server', 'change_cipher_spec'],
    ['server_hello_done', 'server', 'new_session_ticket'],
    ['client_hello', 'client', 'client_key_exchange'],
    ['client_hello', 'client', 'change_cipher_spec'],
    ['start', 'server', 'server_hello'],
    ['retry_requested', 'server', 'server_hello_13'],
    ['tls13_server_hello', 'client', 'finished'],
    ['client_hello', 'client', 'finished'],
    ['established', 'server', 'server_hello'],
  ])('%s: %s %s', (position, sender, event) => {
    expect(mayFollow(position, event, sender)).toBe(true);
  });

  it.each<[Position, Direction, HandshakeEvent]>([
    ['start', 'client', 'client_key_exchange'],
    ['server_hello_done', 'client', 'finished'],
    ['client_finished', 'client', 'client_key_exchange'],
    ['server_hello_done', 'server', 'certificate'],
    ['established', 'server', 'change_cipher_spec'],
    ['tls13_server_finished', 'server', 'certificate'],
  ])('not in %s: %s %s', (position, sender, event) => {
    expect(mayFollow(position, event, sender)).toBe(false);
  });
});

describe('what follows from a position', () => {
  it('tells who has changed ciphers', () => {
    const full = `${HELLOS}< certificate < server_hello_done > client_key_exchange `;
    const changed = (flow: string) => {
      const position = walk(flow);
      return [hasChanged(position, 'client'), hasChanged(position, 'server')];
    };
    expect(changed(full)).toEqual([false, false]);
    expect(changed(`${full}> change_cipher_spec`)).toEqual([true, false]);
    expect(changed(`${full}> change_cipher_spec > finished`)).toEqual([true, false]);
    expect(changed(`${full}> change_cipher_spec > finished < new_session_ticket`)).toEqual([true, false]);
    expect(changed(`${full}> change_cipher_spec > finished < change_cipher_spec`)).toEqual([true, true]);
    expect(changed(`${full}${CHANGES}`)).toEqual([true, true]);
    expect(changed(`${HELLOS}< new_session_ticket`)).toEqual([false, false]);
    expect(changed(`${HELLOS}< change_cipher_spec`)).toEqual([false, true]);
    expect(changed(`${HELLOS}< change_cipher_spec < finished`)).toEqual([false, true]);
    expect(changed(`${HELLOS}< change_cipher_spec < finished > change_cipher_spec`)).toEqual([true, true]);
    expect(changed(`${HELLOS}< change_cipher_spec < finished > change_cipher_spec > finished`)).toEqual([
      true,
      true,
    ]);
  });

  it('tells the short handshake from the full one, and the end from what is before it', () => {
    expect(isResumption(walk(HELLOS))).toBe(false);
    expect(isResumption(walk(`${HELLOS}< new_session_ticket`))).toBe(true);
    expect(isResumption(walk(`${HELLOS}< change_cipher_spec`))).toBe(true);
    expect(isResumption('established')).toBe(false);
    expect(isOver('server_changed')).toBe(false);
    expect(isOver('resumed_client_changed')).toBe(false);
    expect(isOver('tls13_server_finished')).toBe(false);
  });
});
