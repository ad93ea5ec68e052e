/**
 * Finds the connection of a segment by both endpoints, in either order, without making a string or an object for the
 * look-up: a hash table with chains over the addresses as 32-bit words. All of it is in arrays of numbers, one row per
 * connection: about 70 bytes, where a key and a link of its own took 170.
 */
import { FIRST_ROWS, GROWTH, grown } from './columns.js';
import { ACK, type IpAddresses, SYN, type TcpSegment } from './types.js';

/** What is found: it keeps the number of its row, which is its own from `add` to `remove`. */
export type TableEntry = { row: number };

/**
 * A key: the source of the first segment, its destination (an endpoint has four words of address and the port), the bytes
 * that an address has, and the hash of it all.
 */
const SOURCE = 0;
const DESTINATION = 5;
const ADDRESS_LENGTH = 10;
const HASH = 11;
/** Network of what goes the way of the first segment, and of what comes back: links may have a VLAN for each way. */
const NETWORK = 12;
const NETWORK_BACK = 13;
const KEY_LENGTH = 14;

/** Place of the port in an endpoint. */
const PORT = 4;

type Endpoints = Pick<TcpSegment, keyof IpAddresses | 'sourcePort' | 'destinationPort' | 'flags'>;

/** Ends a chain: rows count from 1, so that new tables need no filling. */
const NO_ROW = 0;

export class ConnectionTable<Entry extends TableEntry> {
  /** Whether the segment last found goes the way of its entry's first one. */
  forward = true;
  /** First row by hash, and from each row the next with the same bucket; of free rows, the next that is free. */
  #buckets = new Int32Array(FIRST_ROWS);
  #chain = new Int32Array(FIRST_ROWS);
  #keys = new Int32Array(FIRST_ROWS * KEY_LENGTH);
  readonly #entries: (Entry | undefined)[] = [undefined];
  #free = NO_ROW;
  /** Row last found or added. */
  #last = NO_ROW;
  /** Differs by run, so that no capture can be made whose connections all share a bucket. */
  readonly #seed = (Math.random() * 0x7fff_ffff) | 0;

  /** The entry of a segment, or undefined; sets `forward`. */
  find(segment: Endpoints): Entry | undefined {
    // Segments of a connection come one after another: no hash for them takes 30 ns less, of 120 for a segment.
    let row = this.#last;
    if (!this.#isOf(row, segment) || !this.#isInNetwork(row, segment.network, false)) {
      row = this.#search(segment, false);
      // Of a SYN the network is that of the connection that it begins, not one of a way not seen so far.
      const begins = (segment.flags & (SYN | ACK)) === SYN;
      if (row === NO_ROW && segment.network !== 0 && !begins) row = this.#search(segment, true);
      this.#last = row;
    }
    if (segment.network !== 0 && row !== NO_ROW) this.#keepNetwork(row, segment.network);
    return this.#entries[row];
  }

  /** The row of a segment; `isLenient` takes one whose packets so far went the other way in another network. */
  #search(segment: Endpoints, isLenient: boolean): number {
    const hash = this.#hash(segment);
    let row = this.#buckets[hash & (this.#buckets.length - 1)] as number;
    while (row !== NO_ROW) {
      if (
        this.#hashOf(row) === hash &&
        this.#isOf(row, segment) &&
        this.#isInNetwork(row, segment.network, isLenient)
      )
        return row;
      row = this.#chain[row] as number;
    }
    return NO_ROW;
  }

  /** Whether a segment that goes the way of `forward` fits what is known of the networks of a row. */
  #isInNetwork(row: number, network: number, isLenient: boolean): boolean {
    if (network === 0) return true;
    const key = row * KEY_LENGTH;
    const own = this.#keys[key + (this.forward ? NETWORK : NETWORK_BACK)];
    if (own !== 0) return own === network;
    const other = this.#keys[key + (this.forward ? NETWORK_BACK : NETWORK)];
    return isLenient || other === 0 || other === network;
  }

  #keepNetwork(row: number, network: number): void {
    const at = row * KEY_LENGTH + (this.forward ? NETWORK : NETWORK_BACK);
    if (this.#keys[at] === 0) this.#keys[at] = network;
  }

  /** The entry with that row. */
  at(row: number): Entry {
    return this.#entries[row] as Entry;
  }

  /** Adds the entry of a segment that the table has none of, and tells it its row. */
  add(entry: Entry, segment: Endpoints): void {
    if (this.#free === NO_ROW && this.#entries.length === this.#chain.length) this.#grow();
    let row = this.#free;
    if (row === NO_ROW) row = this.#entries.length;
    else this.#free = this.#chain[row] as number;
    entry.row = row;
    this.#entries[row] = entry;
    this.#writeKey(row * KEY_LENGTH, segment);
    this.#link(row);
    this.#last = row;
  }

  /** Takes an entry out; answers whether it was there. */
  remove(entry: Entry): boolean {
    const { row } = entry;
    if (this.#entries[row] !== entry) return false;
    const next = this.#chain[row] as number;
    const bucket = this.#bucketOf(row);
    let at = this.#buckets[bucket] as number;
    if (at === row) this.#buckets[bucket] = next;
    else {
      while (this.#chain[at] !== row) at = this.#chain[at] as number;
      this.#chain[at] = next;
    }
    if (this.#last === row) this.#last = NO_ROW;
    this.#entries[row] = undefined;
    this.#chain[row] = this.#free;
    this.#free = row;
    return true;
  }

  #hashOf(row: number): number {
    return this.#keys[row * KEY_LENGTH + HASH] as number;
  }

  #bucketOf(row: number): number {
    return this.#hashOf(row) & (this.#buckets.length - 1);
  }

  /** Whether a segment is between the endpoints of a row; sets `forward`. Row 0 has none: its addresses have no length. */
  #isOf(row: number, segment: Endpoints): boolean {
    const keys = this.#keys;
    const key = row * KEY_LENGTH;
    if (keys[key + ADDRESS_LENGTH] !== segment.addressLength) return false;
    this.forward = isSource(keys, key + SOURCE, segment) && isDestination(keys, key + DESTINATION, segment);
    return (
      this.forward ||
      (isSource(keys, key + DESTINATION, segment) && isDestination(keys, key + SOURCE, segment))
    );
  }

  #link(row: number): void {
    const bucket = this.#bucketOf(row);
    this.#chain[row] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = row;
  }

  /** Makes room where all rows are taken. */
  #grow(): void {
    const size = this.#chain.length * GROWTH;
    this.#keys = grown(this.#keys, size * KEY_LENGTH);
    this.#chain = new Int32Array(size);
    this.#buckets = new Int32Array(size);
    for (let row = 1; row < this.#entries.length; row++) this.#link(row);
  }

  #writeKey(key: number, segment: Endpoints): void {
    const { addressBytes, sourceOffset, destinationOffset, addressLength } = segment;
    const keys = this.#keys;
    for (let word = 0; word < addressLength >> 2; word++) {
      keys[key + SOURCE + word] = wordAt(addressBytes, sourceOffset + 4 * word);
      keys[key + DESTINATION + word] = wordAt(addressBytes, destinationOffset + 4 * word);
    }
    keys[key + SOURCE + PORT] = segment.sourcePort;
    keys[key + DESTINATION + PORT] = segment.destinationPort;
    keys[key + ADDRESS_LENGTH] = addressLength;
    keys[key + HASH] = this.#hash(segment);
    keys[key + NETWORK] = segment.network;
    keys[key + NETWORK_BACK] = 0;
  }

  /** A hash of a sum, so that both directions have the same. */
  #hash(segment: Endpoints): number {
    const { addressBytes, sourceOffset, destinationOffset, addressLength } = segment;
    let source = mix(this.#seed ^ segment.sourcePort);
    let destination = mix(this.#seed ^ segment.destinationPort);
    for (let at = 0; at < addressLength; at += 4) {
      source = mix(source ^ wordAt(addressBytes, sourceOffset + at));
      destination = mix(destination ^ wordAt(addressBytes, destinationOffset + at));
    }
    return mix((source + destination) | 0);
  }
}

/** Whether the endpoint at keys[at] is the source of a segment. */
function isSource(keys: Int32Array, at: number, segment: Endpoints): boolean {
  return keys[at + PORT] === segment.sourcePort && isAddress(keys, at, segment, segment.sourceOffset);
}

/** Whether the endpoint at keys[at] is the destination of a segment. */
function isDestination(keys: Int32Array, at: number, segment: Endpoints): boolean {
  return (
    keys[at + PORT] === segment.destinationPort && isAddress(keys, at, segment, segment.destinationOffset)
  );
}

function isAddress(
  keys: Int32Array,
  at: number,
  { addressBytes, addressLength }: Endpoints,
  offset: number,
): boolean {
  for (let word = 0; word < addressLength >> 2; word++)
    if (keys[at + word] !== wordAt(addressBytes, offset + 4 * word)) return false;
  return true;
}

/** MurmurHash3's finalizer: every bit of the number changes every bit of the answer. */
function mix(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

/** Four bytes as a signed number; bytes that are not there count as 0, as undefined does among bits. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
