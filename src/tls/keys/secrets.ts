/** Finds the master secret of a handshake (SSL 3.0 to TLS 1.2) with all that was given. */
import { toHex } from '../../bytes/hex.js';
import type { TlsContext, TlsPrivateKey } from '../context.js';
import type { HandshakeState, MasterSecret } from '../handshake/handshake-state.js';
import { MAX_KEYS_TRIED } from '../limits.js';
import { handshakeHash, masterSecret } from './key-schedule.js';
import { decryptPremaster } from './rsa.js';
import { sessionIdKey, ticketKey } from './session-cache.js';

/** The candidates, best first: only the first counts where it is not `guessed`. Empty where nothing fits. */
export function findMasterSecrets(handshake: HandshakeState, context: TlsContext): MasterSecret[] {
  const negotiated = handshake.negotiated;
  if (negotiated === undefined) return [];
  const { keyLog } = context.keys;
  if (keyLog.size > 0) {
    const logged = keyLog.masterSecret(negotiated.clientRandom);
    if (logged !== undefined) return [{ secret: logged, by: 'key log', guessed: false }];
  }
  if (handshake.resumed) return resumedSecret(handshake, context);
  const logged = loggedPremaster(handshake, negotiated.clientRandom, context);
  if (logged.length > 0) return logged;

  if (handshake.encryptedPremaster !== undefined && negotiated.suite.keyExchange === 'rsa') {
    const found = byPrivateKey(handshake, handshake.encryptedPremaster, context);
    if (found.length > 0) return found;
  }
  if (negotiated.suite.keyExchange === 'psk' && handshake.keyExchangeOrder !== undefined) {
    const found = (context.keys.presharedKeys ?? [])
      .slice(0, MAX_KEYS_TRIED)
      .flatMap((key) => fromPremaster(handshake, pskPremaster(key), 'pre-shared key', true));
    if (found.length > 0) return found;
  }
  if (keyLog.size > 0 && handshake.sessionId !== undefined) {
    const master = keyLog.masterBySessionId(handshake.sessionId);
    if (master !== undefined) return [{ secret: master, by: 'key log', guessed: false }];
  }
  return [];
}

/** From a premaster secret that the key log has, by the client's random or by its encrypted form. */
function loggedPremaster(
  handshake: HandshakeState,
  clientRandom: Uint8Array,
  { keys: { keyLog } }: TlsContext,
): MasterSecret[] {
  if (keyLog.size === 0) return [];
  const encrypted = handshake.encryptedPremaster;
  const premaster =
    keyLog.premasterByClientRandom(clientRandom) ??
    (encrypted !== undefined && encrypted.length >= 8
      ? keyLog.premasterByEncrypted(encrypted.subarray(0, 8))
      : undefined);
  return premaster === undefined ? [] : fromPremaster(handshake, premaster, 'key log', false);
}

/** Names under which other connections may tell this handshake's secret. */
export function sessionKeysWanted(handshake: HandshakeState): string[] {
  if (!handshake.resumed) return [];
  const keys: string[] = [];
  if (handshake.sessionId !== undefined) keys.push(sessionIdKey(handshake.sessionId));
  if (handshake.offeredTicket !== undefined) keys.push(ticketKey(handshake.offeredTicket));
  return keys;
}

/** Tells the run's other connections of a session that is now known. */
export function rememberSession(handshake: HandshakeState, context: TlsContext): void {
  const master = handshake.master?.secret;
  if (master === undefined || handshake.isTls13) return;
  // With a ticket the client made the ID up (RFC 5077 §3.4), but no other session has the same.
  if (handshake.sessionId !== undefined) context.sessions.remember(sessionIdKey(handshake.sessionId), master);
  if (handshake.issuedTicket !== undefined)
    context.sessions.remember(ticketKey(handshake.issuedTicket), master);
}

function resumedSecret(handshake: HandshakeState, context: TlsContext): MasterSecret[] {
  for (const key of sessionKeysWanted(handshake)) {
    const master = context.sessions.master(key);
    if (master !== undefined)
      return [{ secret: master, by: 'secret of the resumed session', guessed: false }];
  }
  const id = handshake.sessionId;
  if (id !== undefined && context.keys.keyLog.size > 0) {
    const master = context.keys.keyLog.masterBySessionId(id);
    if (master !== undefined) return [{ secret: master, by: 'key log', guessed: false }];
  }
  return [];
}

function byPrivateKey(handshake: HandshakeState, encrypted: Uint8Array, context: TlsContext): MasterSecret[] {
  const leaf = handshake.certificates[0];
  const own = leaf === undefined ? undefined : context.keys.findBySpki(leaf.spki);
  if (own !== undefined) {
    const premaster = decryptPremaster(own, encrypted, context.sessions);
    return premaster === undefined ? [] : fromPremaster(handshake, premaster, describeKey(own), false);
  }
  return context.keys.privateKeys
    .filter((key) => key.key.asymmetricKeyType === 'rsa')
    .slice(0, MAX_KEYS_TRIED)
    .flatMap((key) => {
      const premaster = decryptPremaster(key, encrypted, context.sessions);
      return premaster === undefined ? [] : fromPremaster(handshake, premaster, describeKey(key), true);
    });
}

function describeKey(key: TlsPrivateKey): string {
  return `RSA private key ${key.label}`;
}

/** The premaster secret of a plain PSK suite (RFC 4279 §2): as many zeros as the key has bytes, and the key. */
function pskPremaster(key: Uint8Array): Uint8Array {
  const length = Uint8Array.of(key.length >> 8, key.length & 0xff);
  return Buffer.concat([length, new Uint8Array(key.length), length, key]);
}

function fromPremaster(
  handshake: HandshakeState,
  premaster: Uint8Array,
  by: string,
  guessed: boolean,
): MasterSecret[] {
  const negotiated = handshake.negotiated;
  if (negotiated === undefined) return [];
  let sessionHash: Uint8Array | undefined;
  if (handshake.extendedMasterSecret) {
    // The hash covers every message up to ClientKeyExchange: one that is missing makes it wrong.
    if (!handshake.transcript.complete || handshake.keyExchangeOrder === undefined) return [];
    const messages = handshake.transcript.before(handshake.keyExchangeOrder + 1);
    sessionHash = handshakeHash(negotiated.version, negotiated.suite, messages);
  }
  return [{ secret: masterSecret(negotiated, premaster, sessionHash), by, guessed }];
}

/** NSS key log line of a master secret. */
export function clientRandomLine(clientRandom: Uint8Array, master: Uint8Array): string {
  return `CLIENT_RANDOM ${toHex(clientRandom)} ${toHex(master)}`;
}
