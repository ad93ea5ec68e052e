/** What is known of one TCP connection, and the lists in which connections stand by when they were last active. */

import type { Direction, Endpoint } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { TableEntry } from './connection-table.js';
import type { TcpHandler, TcpStream } from './types.js';

/** What the first segment tells of a connection. */
export type Opening = Pick<TcpStream, 'client' | 'server' | 'rolesBy' | 'network'> & {
  /** Which side sent it. */
  readonly opener: Direction;
};

/** `T` is what the handler keeps of it. The state of its two flows stands in a FlowTable. */
export class Connection<T> implements TcpStream, TableEntry {
  readonly index: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly rolesBy: TcpStream['rolesBy'];
  readonly network: number;
  readonly opener: Direction;
  /** Of the first segment; four numbers, as a FrameRef of its own would cost 32 bytes more. */
  readonly #number: number;
  readonly #seconds: number;
  readonly #nanoseconds: number;
  readonly #timeDigits: number;
  row = 0;
  /** Neighbours in the list it stands in. */
  newer: Connection<T> | undefined;
  older: Connection<T> | undefined;
  closed = false;
  /** The RST, and the capture time of it or of data after it. */
  reset: { readonly frame: FrameRef; at: number } | undefined;
  faults = 0;
  attempts: { count: number; last: number } | undefined;
  readonly kept: T;

  constructor(index: number, opening: Opening, frame: FrameRef, handler: TcpHandler<T>) {
    this.index = index;
    this.client = opening.client;
    this.server = opening.server;
    this.rolesBy = opening.rolesBy;
    this.network = opening.network;
    this.opener = opening.opener;
    this.#number = frame.number;
    this.#seconds = frame.seconds;
    this.#nanoseconds = frame.nanoseconds;
    this.#timeDigits = frame.timeDigits;
    this.kept = handler.open(this);
  }

  get firstFrame(): FrameRef {
    return {
      number: this.#number,
      seconds: this.#seconds,
      nanoseconds: this.#nanoseconds,
      timeDigits: this.#timeDigits,
    };
  }

  /** Which side sends what goes (or does not go) the way of the first segment. */
  sender(isForward: boolean): Direction {
    return isForward === (this.opener === 'client') ? 'client' : 'server';
  }
}

/** Connections by activity: the longest idle one first. */
export class ActivityList<T> {
  #oldest: Connection<T> | undefined;
  #newest: Connection<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Connection<T> | undefined {
    return this.#oldest;
  }

  /** Appends one that stands in no list. */
  add(connection: Connection<T>): void {
    connection.older = this.#newest;
    connection.newer = undefined;
    if (this.#newest === undefined) this.#oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
    this.#size++;
  }

  /** Takes one out that stands in this list. */
  remove(connection: Connection<T>): void {
    const { older, newer } = connection;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    connection.older = undefined;
    connection.newer = undefined;
    this.#size--;
  }

  /** Makes one the newest. */
  touch(connection: Connection<T>): void {
    if (connection === this.#newest) return;
    this.remove(connection);
    this.add(connection);
  }
}
