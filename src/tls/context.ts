/** What a TLS session is given: who sends, when, the keys, and what it tells its user. */
import type { KeyObject } from 'node:crypto';
import type { RunBudget } from '../model/budget.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { SessionCache } from './keys/session-cache.js';

/** A private key and the name to call it by in messages (its file's, never its content). */
export type TlsPrivateKey = { readonly label: string; readonly key: KeyObject; readonly spki: Uint8Array };

/** An NSS key log, indexed. */
export type TlsKeyLog = {
  /** CLIENT_RANDOM: 48 bytes. */
  masterSecret(clientRandom: Uint8Array): Uint8Array | undefined;
  /** RSA: by the first 8 bytes of the encrypted premaster secret. */
  premasterByEncrypted(first8: Uint8Array): Uint8Array | undefined;
  /** PMS_CLIENT_RANDOM: the premaster secret of any key exchange. */
  premasterByClientRandom(clientRandom: Uint8Array): Uint8Array | undefined;
  /** RSA Session-ID:.. Master-Key:.. */
  masterBySessionId(id: Uint8Array): Uint8Array | undefined;
  /** TLS 1.3 labels, as CLIENT_HANDSHAKE_TRAFFIC_SECRET. */
  secret(label: string, clientRandom: Uint8Array): Uint8Array | undefined;
  /** Number of entries. */
  readonly size: number;
};

export type TlsKeys = {
  readonly privateKeys: readonly TlsPrivateKey[];
  /** The private key that belongs to a SubjectPublicKeyInfo (DER). */
  findBySpki(spki: Uint8Array): TlsPrivateKey | undefined;
  readonly keyLog: TlsKeyLog;
  /** For PSK suites; each is tried, as identities say nothing of the key. */
  readonly presharedKeys?: readonly Uint8Array[];
};

export type TlsContext = {
  readonly keys: TlsKeys;
  /** Shared by all connections of a run, so that resumed sessions open. */
  readonly sessions: SessionCache;
  /** What all connections of the run may cost; each is a run of its own where it is absent. */
  readonly work?: RunBudget;
  /** Steps that a connection lists; MAX_STEPS where not said. */
  readonly maximumSteps?: number;
};

export type TlsHandler = {
  /** Decrypted bytes, in order. `data` is valid during the call. May come after `end()` where the secret turns up later. */
  applicationData(direction: Direction, data: Uint8Array, frame: FrameRef): void;
  /** Plaintext is missing from here on, until `applicationData` goes on. */
  lost(direction: Direction, frame: FrameRef): void;
  /**
   * The secret has turned up after `end()`: application data that was held follows, until `caughtUp`. This happens
   * during a call of another session that shares the SessionCache, or of its `retry`.
   */
  reopened?(): void;
  /** All that was held and could be opened has been handed on. */
  caughtUp?(): void;
};
