/** What each handshake message does to the session: facts of the connection, and which keys come next. */

import { Cursor } from '../../bytes/cursor.js';
import type { StepMessage } from '../connection.js';
import { copyBytes } from '../copy.js';
import { nextTrafficSecret } from '../keys/key-schedule-13.js';
import { rememberSession } from '../keys/secrets.js';
import { MAX_STEP_BYTES } from '../limits.js';
import { createProtection13 } from '../record/protection/create.js';
import { handshakeTypeName } from '../registries/names.js';
import type { RecordItem, SessionState, Side } from '../state.js';
import { HandshakeState } from './handshake-state.js';
import { clientHello, encryptedExtensions, serverHello } from './hellos.js';
import type { HandshakeMessage } from './messages.js';
import { HandshakeType, parseHandshake, parseSsl2ClientHello } from './messages.js';
import { advance, eventOf } from './progress.js';
import { certificate, certificateVerify, finished, keepOcspResponses, serverKeyExchange } from './proofs.js';

/** Messages of one record are ordered within it: no record of 2^14 bytes has more than 2^12. */
const ORDERS_PER_RECORD = 8192;

/** Takes a whole handshake message, with its header; `index` is its place in the record. */
export function takeHandshakeMessage(
  state: SessionState,
  item: RecordItem,
  bytes: Uint8Array,
  index: number,
): void {
  const type = bytes[0] as number;
  const handshake = state.handshake;
  const context = { version: handshake?.version, keyExchange: handshake?.suite?.keyExchange };
  const message = parseHandshake(type, new Cursor(bytes, 4), context);
  state.context.work?.earn(bytes.length);
  noteStep(state, item, type, bytes.length - 4, message);
  if (message.malformed === true) {
    state.fault('malformed-handshake', `${handshakeTypeName(type)} is cut short.`, item.frame);
  }
  apply(state, item, type, message, bytes, item.number * ORDERS_PER_RECORD + index);
}

/** Takes an SSLv2 ClientHello: the fragment begins with the message type. */
export function takeSsl2Hello(state: SessionState, item: RecordItem): void {
  const bytes = copyBytes(item.fragment);
  const message = parseSsl2ClientHello(new Cursor(bytes, 1));
  noteStep(state, item, HandshakeType.clientHello, item.fragment.length - 1, message);
  state.connection.ssl2Hello = true;
  apply(state, item, HandshakeType.clientHello, message, bytes, item.number * ORDERS_PER_RECORD);
}

function noteStep(
  state: SessionState,
  item: RecordItem,
  type: number,
  length: number,
  message: HandshakeMessage,
): void {
  if (item.step === undefined) return;
  const name = handshakeTypeName(type);
  state.stepBytes += length;
  const step: StepMessage =
    state.stepBytes <= MAX_STEP_BYTES ? { type, name, length, message } : { type, name, length };
  item.step.messages.push(step);
}

/** A message where it takes effect; `order` is its place in the connection. */
type Taken<K extends HandshakeMessage['kind']> = {
  readonly state: SessionState;
  readonly item: RecordItem;
  readonly handshake: HandshakeState;
  readonly message: Extract<HandshakeMessage, { readonly kind: K }>;
  readonly order: number;
};
type Effect<K extends HandshakeMessage['kind']> = (taken: Taken<K>) => void;

/** What each kind of message does. */
const EFFECTS: { readonly [K in HandshakeMessage['kind']]?: Effect<K> } = {
  server_hello: ({ state, item, handshake, message }) => serverHello(state, item, handshake, message),
  encrypted_extensions: ({ state, message }) => encryptedExtensions(state, message.extensions),
  certificate: ({ state, item, handshake, message }) =>
    certificate(state, item, handshake, message.certificates, message.ocspResponses),
  certificate_status: ({ state, message }) => keepOcspResponses(state, message.ocspResponses),
  certificate_request: ({ state }) => {
    state.connection.clientCertificateRequested = true;
  },
  server_key_exchange: ({ state, handshake, message }) => serverKeyExchange(state, handshake, message),
  client_key_exchange: ({ handshake, message, order }) => {
    handshake.encryptedPremaster = message.encryptedPremaster;
    handshake.keyExchangeOrder = order;
  },
  certificate_verify: ({ state, item, handshake, message, order }) =>
    certificateVerify(state, item.side, handshake, message, order),
  new_session_ticket: ({ state, handshake, message }) => {
    if (handshake.isTls13 || message.ticket.length === 0) return;
    handshake.issuedTicket = message.ticket;
    rememberSession(handshake, state.context);
  },
  key_update: ({ item, handshake }) => keyUpdate(item.side, handshake),
  finished: ({ state, item, handshake, message, order }) =>
    finished(state, item, handshake, message.verifyData, order),
};

/** Lets a message do what it does, and adds it to what is hashed. */
function apply(
  state: SessionState,
  item: RecordItem,
  type: number,
  message: HandshakeMessage,
  bytes: Uint8Array,
  order: number,
): void {
  if (message.kind === 'client_hello') clientHello(state, item, message);
  const handshake = state.handshake ?? new HandshakeState();
  state.handshake = handshake;
  const event = eventOf(type, message);
  if (event !== undefined && event !== 'client_hello') advance(state, item, handshake, event);
  const effect = EFFECTS[message.kind] as Effect<typeof message.kind> | undefined;
  effect?.({ state, item, handshake, message: message as never, order });
  if (event === 'end_of_early_data') {
    item.side.protection = undefined;
    item.side.awaiting = { handshake, stage: 'handshake', tried: false };
  }
  if (isHashed(handshake, type, message)) handshake.transcript.add(order, type, bytes);
  if (handshake.isFinished) handshake.transcript.clear();
  // A message may bring what keys were waited for.
  for (const side of [state.sides.client, state.sides.server]) {
    if (side.awaiting !== undefined) side.awaiting.tried = false;
  }
  const { connection } = state;
  if (state.role(item.side) === 'client') connection.mutual = connection.clientCertificates.length > 0;
}

/** Whether a message is part of what Finished and CertificateVerify are computed over. */
function isHashed(handshake: HandshakeState, type: number, message: HandshakeMessage): boolean {
  // RFC 5246 §7.4.1.1.
  if (type === HandshakeType.helloRequest) return false;
  if (handshake.isFinished) return message.kind === 'finished';
  // In TLS 1.3 these come after the handshake, also where the server sends them before the client's Finished.
  return !handshake.isTls13 || (message.kind !== 'new_session_ticket' && message.kind !== 'key_update');
}

function keyUpdate(side: Side, handshake: HandshakeState): void {
  const { suite } = handshake;
  if (!handshake.isTls13 || suite === undefined || side.trafficSecret === undefined) return;
  side.trafficSecret = nextTrafficSecret(suite, side.trafficSecret, handshake.variant);
  side.protection = createProtection13(suite, side.trafficSecret, handshake.variant);
}
