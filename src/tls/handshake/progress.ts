/** Moves a handshake on by the table of transitions, and tells of messages that it has no place for. */

import { MAX_HANDSHAKES } from '../limits.js';
import type { RecordItem, SessionState } from '../state.js';
import { chosenVersion, type HandshakeState, isVersion13 } from './handshake-state.js';
import type { HandshakeMessage } from './messages.js';
import { HandshakeType } from './messages.js';
import type { HandshakeEvent } from './transitions.js';
import { describeUnexpected, mayFollow, next } from './transitions.js';

/** CompressedCertificate (RFC 8879) stands where Certificate does. */
const COMPRESSED_CERTIFICATE = 25;
const CERTIFICATE_STATUS = 22;

const EVENTS: ReadonlyMap<number, HandshakeEvent> = new Map([
  [HandshakeType.clientHello, 'client_hello'],
  [HandshakeType.serverHello, 'server_hello'],
  [HandshakeType.newSessionTicket, 'new_session_ticket'],
  [HandshakeType.endOfEarlyData, 'end_of_early_data'],
  [HandshakeType.encryptedExtensions, 'encrypted_extensions'],
  [HandshakeType.certificate, 'certificate'],
  [COMPRESSED_CERTIFICATE, 'certificate'],
  [CERTIFICATE_STATUS, 'certificate_status'],
  [HandshakeType.serverKeyExchange, 'server_key_exchange'],
  [HandshakeType.certificateRequest, 'certificate_request'],
  [HandshakeType.serverHelloDone, 'server_hello_done'],
  [HandshakeType.certificateVerify, 'certificate_verify'],
  [HandshakeType.clientKeyExchange, 'client_key_exchange'],
  [HandshakeType.finished, 'finished'],
  [HandshakeType.keyUpdate, 'key_update'],
]);

/** What a message of `type` is to the table of transitions; undefined where it may come anywhere or is not known. */
export function eventOf(type: number, message: HandshakeMessage): HandshakeEvent | undefined {
  if (message.kind === 'server_hello') {
    if (message.retryRequest) return 'hello_retry_request';
    return isVersion13(chosenVersion(message)) ? 'server_hello_13' : 'server_hello';
  }
  return eventOfType(type);
}

/** The same by the type alone, which tells neither HelloRetryRequest nor TLS 1.3. */
export function eventOfType(type: number): HandshakeEvent | undefined {
  return EVENTS.get(type);
}

/**
 * Moves `handshake` on. An unexpected message is a fault of the peer where nothing before it is missing; one that could
 * come after more of the other side shows that the capture lacks it.
 */
export function advance(
  state: SessionState,
  item: Pick<RecordItem, 'side' | 'frame' | 'counted'>,
  handshake: HandshakeState,
  event: HandshakeEvent,
): void {
  // Counted when it came, as a record that could not be opened.
  if (item.counted === true) return;
  const { position } = handshake;
  const role = state.role(item.side);
  const transition = next(position, event, role);
  handshake.position = transition.to;
  if (transition.kind === 'expected' || mayFollow(position, event, role) || !isWhole(state, handshake))
    return;
  state.fault('unexpected-message', describeUnexpected(transition), item.frame);
}

/** Whether all of the connection up to here was read: else what seems out of order may follow what was not seen. */
function isWhole(state: SessionState, handshake: HandshakeState): boolean {
  const { connection } = state;
  return (
    handshake.clientHello !== undefined &&
    connection.lost.length === 0 &&
    connection.handshakes < MAX_HANDSHAKES &&
    state.closed === undefined &&
    state.failed === 0 &&
    state.orphans === 0
  );
}
