/** What is known of one TCP connection, and the lists in which connections stand by when they were last active. */
import type { ConnectionKey, TableEntry } from './connection-table.js';
import type { TcpFlow } from './flow.js';
import type { Direction, FrameRef, TcpStream } from './types.js';

export class Connection implements TableEntry {
  readonly stream: TcpStream;
  readonly key: ConnectionKey;
  /** Which side sent the first segment. */
  readonly opener: Direction;
  chain: TableEntry | undefined;
  /** Neighbours in the list it stands in. */
  newer: Connection | undefined;
  older: Connection | undefined;
  /** Flow of who sent the first segment, and of the other; let go when closed. */
  forward: TcpFlow | undefined;
  backward: TcpFlow | undefined;
  /** Wireshark's base sequence numbers of both, which outlive the flows; -1 before they are known. */
  forwardBase = -1;
  backwardBase = -1;
  /** Sequence numbers behind the last bytes of both, once closed. */
  forwardEnd = 0;
  backwardEnd = 0;
  /** Capture time of the RST (or of data after it), or -1. */
  resetAt = -1;
  resetFrame: FrameRef | undefined;
  faults = 0;

  constructor(stream: TcpStream, opener: Direction, key: ConnectionKey) {
    this.stream = stream;
    this.opener = opener;
    this.key = key;
  }
}

/** Connections by activity: the longest idle one first. */
export class ActivityList {
  #oldest: Connection | undefined;
  #newest: Connection | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Connection | undefined {
    return this.#oldest;
  }

  /** Appends one that stands in no list. */
  add(connection: Connection): void {
    connection.older = this.#newest;
    connection.newer = undefined;
    if (this.#newest === undefined) this.#oldest = connection;
    else this.#newest.newer = connection;
    this.#newest = connection;
    this.#size++;
  }

  /** Takes one out that stands in this list. */
  remove(connection: Connection): void {
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
  touch(connection: Connection): void {
    if (connection === this.#newest) return;
    this.remove(connection);
    this.add(connection);
  }
}
