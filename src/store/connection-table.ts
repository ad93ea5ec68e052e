import type { TlsConnectionEvent } from '../analyzer/events.js';
import type { Endpoint } from '../model/endpoint.js';
import type { TlsConnection } from '../tls/connection.js';

/**
 * Connections kept with all that is known of them, some 20 KB each with their steps and certificates; of others only
 * the number is known.
 */
export const MAX_KEPT_CONNECTIONS = 10_000;

/** A TLS connection, from the moment it is first heard of. */
export type ConnectionRow = {
  readonly index: number;
  readonly file: string;
  readonly tcpStream: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** Grows until the connection ends. */
  readonly connection: TlsConnection;
  /** All that is known at its end; undefined until then. */
  readonly event: TlsConnectionEvent | undefined;
};

/** What is known of a connection before its end: a message inside it told of it. */
export type ConnectionFacts = Pick<ConnectionRow, 'file' | 'tcpStream' | 'client' | 'server' | 'connection'>;

export class ConnectionTable {
  readonly #rows: ConnectionRow[] = [];
  readonly #byStream = new Map<string, number>();
  #omitted = 0;

  get length(): number {
    return this.#rows.length;
  }

  /** Connections that the limit left out. */
  get omitted(): number {
    return this.#omitted;
  }

  row(index: number): ConnectionRow | undefined {
    return this.#rows[index];
  }

  rows(): readonly ConnectionRow[] {
    return this.#rows;
  }

  /** The index of a connection that a message is in, -1 where it is not kept. */
  seen(facts: ConnectionFacts): number {
    const key = `${facts.tcpStream} ${facts.file}`;
    return this.#known(key, facts.connection) ?? this.#append(key, { ...facts, event: undefined });
  }

  /** A connection at its end. */
  ended(event: TlsConnectionEvent): number {
    const { file, tcpStream, client, server, connection } = event;
    const key = `${tcpStream} ${file}`;
    const known = this.#known(key, connection);
    // Asked for later, the lines would keep the whole session and its buffers alive.
    const lines = event.keyLogLines();
    const row = {
      file,
      tcpStream,
      client,
      server,
      connection,
      event: { ...event, keyLogLines: () => lines },
    };
    if (known === undefined) return this.#append(key, row);
    this.#rows[known] = { index: known, ...row };
    return known;
  }

  /** The row of a connection; one stream may have had several, where the start of the later one was not captured. */
  #known(key: string, connection: TlsConnection): number | undefined {
    const index = this.#byStream.get(key);
    return index !== undefined && this.#rows[index]?.connection === connection ? index : undefined;
  }

  #append(key: string, row: Omit<ConnectionRow, 'index'>): number {
    if (this.#rows.length >= MAX_KEPT_CONNECTIONS) {
      this.#omitted++;
      return -1;
    }
    const index = this.#rows.length;
    this.#rows.push({ index, ...row });
    this.#byStream.set(key, index);
    return index;
  }
}
