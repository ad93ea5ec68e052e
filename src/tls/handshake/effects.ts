/** What each handshake message does to the session: facts of the connection, and which keys come next. */

import { Cursor } from '../../bytes/cursor.js';
import { toHex } from '../../bytes/hex.js';
import type { Certificate } from '../../x509/certificate.js';
import type { StepMessage } from '../connection.js';
import { copyBytes } from '../copy.js';
import { nextTrafficSecret } from '../keys/key-schedule-13.js';
import { findMasterSecrets, rememberSession } from '../keys/secrets.js';
import { MAX_CERTIFICATES, MAX_HANDSHAKES, MAX_STEP_BYTES } from '../limits.js';
import { createProtection13 } from '../record/protection/create.js';
import { cipherSuite } from '../registries/cipher-suites.js';
import { compressionName, handshakeTypeName, isGrease, suiteName, versionName } from '../registries/names.js';
import type { RecordItem, SessionState, Side } from '../state.js';
import { checkCertificateVerify, checkFinished } from './authentication.js';
import { ExtensionType, findExtension } from './extensions.js';
import { HandshakeState } from './handshake-state.js';
import type { ClientHello, HandshakeMessage, ServerHello } from './messages.js';
import { HandshakeType, parseHandshake, parseSsl2ClientHello } from './messages.js';

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

function apply(
  state: SessionState,
  item: RecordItem,
  type: number,
  message: HandshakeMessage,
  bytes: Uint8Array,
  order: number,
): void {
  if (message.kind === 'client_hello') startHandshake(state, item, message);
  const handshake = state.handshake ?? new HandshakeState();
  state.handshake = handshake;
  const { connection } = state;
  const role = state.role(item.side);
  switch (message.kind) {
    case 'client_hello':
      break;
    case 'server_hello':
      serverHello(state, item, handshake, message);
      break;
    case 'encrypted_extensions':
      encryptedExtensions(state, message.extensions);
      break;
    case 'certificate':
      certificate(state, item, handshake, message.certificates);
      break;
    case 'certificate_request':
      connection.clientCertificateRequested = true;
      break;
    case 'server_key_exchange':
      handshake.serverKeyExchangeSeen = true;
      if (message.parameters !== undefined) connection.keyExchangeGroup = message.parameters;
      break;
    case 'client_key_exchange':
      handshake.clientKeyExchangeSeen = true;
      handshake.encryptedPremaster = message.encryptedPremaster;
      handshake.keyExchangeOrder = order;
      break;
    case 'certificate_verify':
      certificateVerify(state, item.side, handshake, message.scheme, message.signature, order);
      break;
    case 'new_session_ticket':
      if (!handshake.isTls13 && message.ticket.length > 0) {
        handshake.issuedTicket = message.ticket;
        rememberSession(handshake, state.context);
      }
      break;
    case 'key_update':
      keyUpdate(item.side, handshake);
      break;
    case 'finished':
      finished(state, item, handshake, message.verifyData, order);
      break;
    default:
      if (type === HandshakeType.serverHelloDone) handshake.serverHelloDoneSeen = true;
      if (type === HandshakeType.endOfEarlyData) {
        item.side.protection = undefined;
        item.side.awaiting = { handshake, stage: 'handshake', tried: false };
      }
  }
  // HelloRequest is not hashed (RFC 5246 §7.4.1.1), nor is anything after the handshake of TLS 1.3.
  const over = handshake.finished.client && handshake.finished.server && message.kind !== 'finished';
  if (type !== HandshakeType.helloRequest && !over) handshake.transcript.add(order, type, bytes);
  if (handshake.finished.client && handshake.finished.server) handshake.transcript.clear();
  // A message may bring what keys were waited for.
  for (const side of [state.sides.client, state.sides.server]) {
    if (side.awaiting !== undefined) side.awaiting.tried = false;
  }
  if (role === 'client') connection.mutual = connection.clientCertificates.length > 0;
}

function startHandshake(state: SessionState, item: RecordItem, hello: ClientHello): void {
  const { connection } = state;
  const current = state.handshake;
  if (current?.serverHello?.retryRequest === true && !current.retried) {
    // The second ClientHello of the same handshake (RFC 8446 §4.1.2).
    current.retried = true;
    current.clientHello = hello;
    current.serverHello = undefined;
  } else {
    if (connection.handshakes >= MAX_HANDSHAKES) return;
    connection.handshakes++;
    const handshake = new HandshakeState();
    handshake.clientHello = hello;
    state.handshake = handshake;
    // Who says hello first is the client, whatever TCP took it for.
    if (connection.handshakes === 1 && current === undefined) {
      connection.clientDirection = item.side.direction;
    }
  }
  const offersEarlyData = findExtension(hello.extensions, ExtensionType.earlyData) !== undefined;
  if (offersEarlyData && state.handshake !== undefined) {
    state.handshake.earlyDataOffered = true;
    item.side.awaiting = { handshake: state.handshake, stage: 'early', tried: false };
    connection.earlyData = 'offered';
    state.earlyData = [];
  }
  // What a renegotiation offers is in its step; the connection keeps what was asked first.
  if (connection.handshakes > 1) return;
  connection.clientHelloFrame = item.frame;
  connection.clientRandom = hello.random;
  connection.versionsOffered = versionsOffered(hello);
  connection.cipherSuitesOffered = hello.cipherSuites.map(suiteName);
  connection.compressionsOffered = hello.compressionMethods.map(compressionName);
  connection.clientExtensions = [...hello.extensions];
  const serverName = findExtension(hello.extensions, ExtensionType.serverName)?.values[0];
  if (serverName !== undefined) connection.serverName = serverName;
  connection.alpnOffered = [...(findExtension(hello.extensions, ExtensionType.alpn)?.values ?? [])];
}

/** Names of the versions that a client offers: the list of TLS 1.3, or all that its highest one implies is said by it alone. */
function versionsOffered(hello: ClientHello): string[] {
  const list = findExtension(hello.extensions, ExtensionType.supportedVersions)?.codes;
  if (list !== undefined) return list.filter((version) => !isGrease(version)).map(versionName);
  return [versionName(hello.version)];
}

function serverHello(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  hello: ServerHello,
): void {
  const { connection } = state;
  handshake.serverHello = hello;
  // A second one may have changed the suite.
  handshake.keys = undefined;
  if (connection.handshakes === 0 && handshake.clientHello === undefined) {
    // The ClientHello was not captured: the sender of this is the server.
    connection.clientDirection = item.side.direction === 'client' ? 'server' : 'client';
  }
  const version = handshake.version ?? hello.version;
  connection.version = versionName(version);
  connection.versionCode = version;
  connection.cipherSuite = suiteName(hello.cipherSuite);
  if (hello.retryRequest) {
    if (handshake.earlyDataOffered) rejectEarlyData(state);
    state.sideOf('client').awaiting = undefined;
    return;
  }
  connection.serverHelloFrame = item.frame;
  connection.serverRandom = hello.random;
  connection.compression = compressionName(hello.compressionMethod);
  connection.serverExtensions = [...hello.extensions];
  connection.extendedMasterSecret = handshake.extendedMasterSecret || handshake.isTls13;
  connection.encryptThenMac = handshake.encryptThenMac;
  if (hello.sessionId.length > 0) connection.sessionId = toHex(hello.sessionId);
  // Only where there is one: deleting turns an object into a hash table, which every record would look things up in.
  else if (connection.sessionId !== undefined) delete connection.sessionId;
  const alpn = findExtension(hello.extensions, ExtensionType.alpn)?.values[0];
  if (alpn !== undefined) connection.alpn = alpn;
  if (handshake.clientHello !== undefined && handshake.clientHello.format === 'tls') {
    if (!handshake.clientHello.cipherSuites.includes(hello.cipherSuite)) {
      const { name } = suiteName(hello.cipherSuite);
      state.fault('suite-not-offered', `The server chose ${name}, which was not offered.`, item.frame);
    }
  }
  if (!handshake.isTls13) return;
  const group = findExtension(hello.extensions, ExtensionType.keyShare)?.values[0];
  if (group !== undefined) connection.keyExchangeGroup = group;
  if (findExtension(hello.extensions, ExtensionType.preSharedKey) !== undefined) {
    connection.resumed = true;
    connection.resumption = 'psk';
  }
  item.side.protection = undefined;
  item.side.awaiting = { handshake, stage: 'handshake', tried: false };
  const client = state.sideOf('client');
  if (client.stage !== 'early' && client.awaiting?.stage !== 'early') {
    client.protection = undefined;
    client.awaiting = { handshake, stage: 'handshake', tried: false };
  }
}

function encryptedExtensions(state: SessionState, extensions: ServerHello['extensions']): void {
  const { connection } = state;
  connection.serverExtensions.push(...extensions);
  const alpn = findExtension(extensions, ExtensionType.alpn)?.values[0];
  if (alpn !== undefined) connection.alpn = alpn;
  if (connection.earlyData !== 'offered') return;
  if (findExtension(extensions, ExtensionType.earlyData) === undefined) {
    rejectEarlyData(state);
  } else {
    connection.earlyData = 'accepted';
    flushEarlyData(state);
  }
}

/** The server did not read it: nor does the user, as the client sends it again. */
function rejectEarlyData(state: SessionState): void {
  state.connection.earlyData = 'rejected';
  state.earlyData = undefined;
}

/** Hands on the early data that was kept until the server's word on it. */
export function flushEarlyData(state: SessionState): void {
  const kept = state.earlyData ?? [];
  state.earlyData = undefined;
  for (const { data, frame } of kept) state.deliver(state.sideOf('client'), data, frame);
}

function certificate(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  encoded: readonly Uint8Array[],
): void {
  const { connection } = state;
  const chain: Certificate[] = [];
  for (const der of encoded.slice(0, MAX_CERTIFICATES)) {
    const parsed = state.context.sessions.certificate(der);
    if (parsed.ok) chain.push(parsed.value);
    else
      state.fault(
        'malformed-certificate',
        `A certificate cannot be read: ${parsed.error.message}.`,
        item.frame,
      );
  }
  if (state.role(item.side) === 'server') {
    handshake.certificates = chain;
    connection.certificates = chain;
    connection.certificateFrame = item.frame;
  } else {
    handshake.clientCertificates = chain;
    connection.clientCertificates = chain;
    connection.clientCertificateFrame = item.frame;
  }
}

function certificateVerify(
  state: SessionState,
  side: Side,
  handshake: HandshakeState,
  scheme: number | undefined,
  signature: Uint8Array,
  order: number,
): void {
  const role = state.role(side);
  // SSL 3.0 mixes the master secret in: it is looked for now, as the first protected record is still to come.
  if (handshake.version === 0x0300 && handshake.master === undefined) {
    const [best] = findMasterSecrets(handshake, state.context);
    if (best !== undefined && !best.guessed) handshake.master = best;
  }
  const chain = role === 'client' ? handshake.clientCertificates : handshake.certificates;
  const check = checkCertificateVerify(handshake, role, chain[0], scheme, signature, order);
  if (role === 'client') state.connection.clientSignature = check;
  else state.connection.serverSignature = check;
}

function keyUpdate(side: Side, handshake: HandshakeState): void {
  const { suite } = handshake;
  if (!handshake.isTls13 || suite === undefined || side.trafficSecret === undefined) return;
  side.trafficSecret = nextTrafficSecret(suite, side.trafficSecret);
  side.protection = createProtection13(suite, side.trafficSecret);
}

function finished(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  verifyData: Uint8Array,
  order: number,
): void {
  const { side } = item;
  const { connection } = state;
  const role = state.role(side);
  if (handshake.finished[role]) return;
  handshake.finished[role] = true;
  const check = checkFinished(handshake, role, verifyData, order, side.trafficSecret);
  connection.finished[role] = check;
  if (check === 'invalid') {
    state.fault('finished-invalid', `The ${role}'s Finished does not fit the handshake.`, item.frame);
  }
  if (handshake.finished.client && handshake.finished.server) connection.established = true;
  if (!handshake.isTls13) return;
  side.protection = undefined;
  side.awaiting = { handshake, stage: 'application', tried: false };
}

/** What resumption a handshake turned out to be, once its ciphers change. */
export function noteResumption(state: SessionState, handshake: HandshakeState): void {
  if (!handshake.resumed) return;
  const { connection } = state;
  connection.resumed = true;
  connection.resumption = handshake.offeredTicket === undefined ? 'session_id' : 'ticket';
}

/** Whether a client offers TLS 1.3: its ChangeCipherSpec before ServerHello then means nothing (RFC 8446 §D.4). */
export function offersTls13(handshake: HandshakeState): boolean {
  return handshake.clientHello?.cipherSuites.some((id) => cipherSuite(id).keyExchange === 'tls13') ?? false;
}
