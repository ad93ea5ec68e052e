/** What the hellos of a handshake say: what was offered and chosen, and which keys come next. */

import { append } from '../../bytes/append.js';
import { toHex } from '../../bytes/hex.js';
import { MAX_HANDSHAKES } from '../limits.js';
import { cipherSuite } from '../registries/cipher-suites.js';
import { compressionName, isGrease, suiteName, versionName } from '../registries/names.js';
import type { RecordItem, SessionState } from '../state.js';
import { ExtensionType, findExtension } from './extensions.js';
import { HandshakeState } from './handshake-state.js';
import type { ClientHello, ServerHello } from './messages.js';
import { advance } from './progress.js';

/** Begins a handshake, or goes on with one that the server asked a second ClientHello for. */
export function clientHello(state: SessionState, item: RecordItem, hello: ClientHello): void {
  const { connection } = state;
  const handshake = begin(state, item, hello);
  if (handshake === undefined) return;
  if (handshake.earlyDataOffered) {
    item.side.awaiting = { handshake, stage: 'early', tried: false };
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

/** The handshake that a ClientHello belongs to; undefined where there were too many. */
function begin(state: SessionState, item: RecordItem, hello: ClientHello): HandshakeState | undefined {
  const { connection } = state;
  const current = state.handshake;
  if (current?.position === 'retry_requested') {
    // The second ClientHello of the same handshake (RFC 8446 §4.1.2).
    advance(state, item, current, 'client_hello');
    current.clientHello = hello;
    current.serverHello = undefined;
    return current;
  }
  if (connection.handshakes >= MAX_HANDSHAKES) return undefined;
  connection.handshakes++;
  // Who says hello first is the client, whatever TCP took it for.
  if (connection.handshakes === 1 && current === undefined) connection.clientDirection = item.side.direction;
  const handshake = new HandshakeState();
  if (current !== undefined) advance(state, item, current, 'client_hello');
  handshake.position = 'client_hello';
  handshake.clientHello = hello;
  state.handshake = handshake;
  return handshake;
}

/** Names of the versions that a client offers: the list of TLS 1.3, or all that its highest one implies is said by it alone. */
function versionsOffered(hello: ClientHello): string[] {
  const list = findExtension(hello.extensions, ExtensionType.supportedVersions)?.codes;
  if (list !== undefined) return list.filter((version) => !isGrease(version)).map(versionName);
  return [versionName(hello.version)];
}

/** Takes what the server chose, or (HelloRetryRequest) what it asks for. */
export function serverHello(
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
  noteChosen(state, item, handshake, hello);
  if (handshake.isTls13) beginEncryption(state, item, handshake, hello);
}

function noteChosen(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  hello: ServerHello,
): void {
  const { connection } = state;
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
  const offer = handshake.clientHello;
  if (offer !== undefined && offer.format === 'tls' && !offer.cipherSuites.includes(hello.cipherSuite)) {
    const { name } = suiteName(hello.cipherSuite);
    state.fault('suite-not-offered', `The server chose ${name}, which was not offered.`, item.frame);
  }
}

/** TLS 1.3: both sides encrypt from here on. */
function beginEncryption(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  hello: ServerHello,
): void {
  const { connection } = state;
  const share =
    findExtension(hello.extensions, ExtensionType.keyShare) ??
    findExtension(hello.extensions, ExtensionType.keyShareOfDrafts);
  const group = share?.values[0];
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

/** TLS 1.3: what the server says under encryption of what the client offered. */
export function encryptedExtensions(state: SessionState, extensions: ServerHello['extensions']): void {
  const { connection } = state;
  append(connection.serverExtensions, extensions);
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
