/**
 * What the connections of a run know of one another: master secrets by session ID and by ticket, so that resumed
 * sessions open, whichever connection comes first in the capture; results of RSA decryption; and the connections that
 * wait for a secret, with a common limit on what they hold.
 */
import type { Result } from '../../bytes/fault.js';
import { latin1, latin1Bytes } from '../../bytes/text.js';
import type { Certificate } from '../../x509/certificate.js';
import { parseCertificate } from '../../x509/certificate.js';
import { MAX_HELD, MAX_PARSED_CERTIFICATES, MAX_PREMASTERS, MAX_SESSIONS } from '../limits.js';
import { digestOf } from './hash.js';

/** A connection that holds ciphertext until its secret turns up. */
export type Waiter = {
  /** Tries again; answers whether nothing is held any more. */
  retry(): boolean;
  /** Lets go of what is held: there is no room. */
  release(): void;
};

/** What a cache may remember; a capture without end is limited more tightly than a file. */
export type SessionLimits = {
  /** Bytes of ciphertext that all waiting connections together may hold. */
  readonly heldBytes: number;
  /** Sessions whose master secret is remembered. */
  readonly sessions: number;
  /** Results of RSA decryption remembered. */
  readonly premasters: number;
};

const SESSION_LIMITS: SessionLimits = {
  heldBytes: MAX_HELD,
  sessions: MAX_SESSIONS,
  premasters: MAX_PREMASTERS,
};

export function sessionIdKey(id: Uint8Array): string {
  return `id:${latin1(id)}`;
}

export function ticketKey(ticket: Uint8Array): string {
  // Tickets have some 200 bytes: their hash is enough to know them by.
  return `ticket:${latin1(digestOf('sha256', [ticket]))}`;
}

/** A Map that forgets its oldest entries. */
class Bounded<V> {
  readonly #map = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: string): V | undefined {
    return this.#map.get(key);
  }

  set(key: string, value: V): void {
    this.#map.set(key, value);
    if (this.#map.size > this.#limit) {
      const oldest = this.#map.keys().next();
      if (!oldest.done) this.#map.delete(oldest.value);
    }
  }
}

/** Secrets are kept as text of a character a byte: 72 bytes of memory for 48, where an array takes 250. */
export class SessionCache {
  readonly #sessions: Bounded<string>;
  readonly #premasters: Bounded<string | null>;
  readonly #certificates = new Bounded<Result<Certificate>>(MAX_PARSED_CERTIFICATES);
  /** In the order in which they began to wait, with the bytes each holds and the sessions it waits for. */
  readonly #waiters = new Map<Waiter, { bytes: number; readonly keys: Set<string> }>();
  readonly #wanted = new Map<string, Set<Waiter>>();
  readonly #limit: number;
  #held = 0;

  constructor(limits: Partial<SessionLimits> = {}) {
    const { heldBytes, sessions, premasters } = { ...SESSION_LIMITS, ...limits };
    this.#limit = heldBytes;
    this.#sessions = new Bounded(sessions);
    this.#premasters = new Bounded(premasters);
  }

  /** Connections that wait for a secret. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Master secret of a session, by `sessionIdKey` or `ticketKey`. */
  master(key: string): Uint8Array | undefined {
    const master = this.#sessions.get(key);
    return master === undefined ? undefined : latin1Bytes(master);
  }

  /** Remembers a session's master secret and wakes the connections that wait for it. */
  remember(key: string, master: Uint8Array): void {
    this.#sessions.set(key, latin1(master));
    const waiters = this.#wanted.get(key);
    if (waiters === undefined) return;
    this.#wanted.delete(key);
    for (const waiter of waiters) this.#retry(waiter);
  }

  /** A premaster secret decrypted before: null where the key did not fit, undefined where it was not tried. */
  premaster(key: string): Uint8Array | null | undefined {
    const premaster = this.#premasters.get(key);
    return typeof premaster === 'string' ? latin1Bytes(premaster) : premaster;
  }

  /** How many of them are remembered. */
  get premasters(): number {
    return this.#premasters.size;
  }

  rememberPremaster(key: string, premaster: Uint8Array | null): void {
    this.#premasters.set(key, premaster === null ? null : latin1(premaster));
  }

  /** Parses a certificate (DER), once for all connections that show it. */
  certificate(der: Uint8Array): Result<Certificate> {
    const key = latin1(der);
    let parsed = this.#certificates.get(key);
    if (parsed === undefined) {
      parsed = parseCertificate(der);
      this.#certificates.set(key, parsed);
    }
    return parsed;
  }

  /** Notes that a connection holds `bytes` more and which session it waits for; others let go where there is no room. */
  hold(waiter: Waiter, bytes: number, wanted: readonly string[]): void {
    let entry = this.#waiters.get(waiter);
    if (entry === undefined) {
      entry = { bytes: 0, keys: new Set() };
      this.#waiters.set(waiter, entry);
    }
    entry.bytes += bytes;
    this.#held += bytes;
    for (const key of wanted) {
      if (entry.keys.has(key)) continue;
      entry.keys.add(key);
      const waiters = this.#wanted.get(key);
      if (waiters === undefined) this.#wanted.set(key, new Set([waiter]));
      else waiters.add(waiter);
    }
    while (this.#held > this.#limit) {
      const oldest = this.#waiters.keys().next();
      if (oldest.done) break;
      this.forget(oldest.value);
      oldest.value.release();
    }
  }

  /** A connection waits no longer. */
  forget(waiter: Waiter): void {
    const entry = this.#waiters.get(waiter);
    if (entry === undefined) return;
    this.#held -= entry.bytes;
    this.#waiters.delete(waiter);
    for (const key of entry.keys) {
      const waiters = this.#wanted.get(key);
      if (waiters?.delete(waiter) === true && waiters.size === 0) this.#wanted.delete(key);
    }
  }

  /** Has all waiting connections try again: to be called when keys or key-log entries were added. */
  retry(): void {
    for (const waiter of [...this.#waiters.keys()]) this.#retry(waiter);
  }

  #retry(waiter: Waiter): void {
    if (this.#waiters.has(waiter) && waiter.retry()) this.forget(waiter);
  }
}
