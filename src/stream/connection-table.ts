/**
 * Finds the connection of a segment by both endpoints, in either order, without making a string or an object for the
 * look-up: a hash table with chains over the addresses as 32-bit words.
 */
import type { IpAddresses } from './types.js';

/**
 * Both endpoints in the order of the first segment: its source's address in four words, its destination's, both
 * ports, the words that an address has, and the hash of it all.
 */
export type ConnectionKey = readonly number[];

export type TableEntry = { readonly key: ConnectionKey; chain: TableEntry | undefined };

const SOURCE = 0;
const DESTINATION = 4;
const SOURCE_PORT = 8;
const DESTINATION_PORT = 9;
const WORDS = 10;
const HASH = 11;
const KEY_LENGTH = 12;

type Endpoints = IpAddresses & { readonly sourcePort: number; readonly destinationPort: number };

const FIRST_SIZE = 1024;

export class ConnectionTable<Entry extends TableEntry> {
  /** Whether the segment last looked up goes the way of its entry's first one. */
  forward = true;
  #buckets: (TableEntry | undefined)[] = new Array<TableEntry | undefined>(FIRST_SIZE).fill(undefined);
  #size = 0;
  /** Key of the segment last looked up. */
  readonly #wanted = new Int32Array(KEY_LENGTH);
  /** Differs by run, so that no capture can be made whose connections all share a bucket. */
  readonly #seed = (Math.random() * 0x7fff_ffff) | 0;

  get size(): number {
    return this.#size;
  }

  /** The entry of a segment, or undefined; sets `forward`. */
  find(segment: Endpoints): Entry | undefined {
    this.#read(segment);
    const hash = this.#wanted[HASH] as number;
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    for (; entry !== undefined; entry = entry.chain) {
      const { key } = entry;
      if (key[HASH] !== hash) continue;
      if (this.#matches(key, SOURCE, DESTINATION)) {
        this.forward = true;
        return entry as Entry;
      }
      if (this.#matches(key, DESTINATION, SOURCE)) {
        this.forward = false;
        return entry as Entry;
      }
    }
    this.forward = true;
    return undefined;
  }

  /** Key of the segment last looked up. */
  lastKey(): ConnectionKey {
    return Array.from({ length: KEY_LENGTH }, (_, index) => this.#wanted[index] as number);
  }

  /** Adds an entry whose key is not in the table. */
  add(entry: Entry): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    this.#insert(entry);
    this.#size++;
  }

  remove(entry: Entry): void {
    const bucket = (entry.key[HASH] as number) & (this.#buckets.length - 1);
    let before: TableEntry | undefined;
    for (let at = this.#buckets[bucket]; at !== undefined; before = at, at = at.chain) {
      if (at !== entry) continue;
      if (before === undefined) this.#buckets[bucket] = at.chain;
      else before.chain = at.chain;
      at.chain = undefined;
      this.#size--;
      return;
    }
  }

  #insert(entry: TableEntry): void {
    const bucket = (entry.key[HASH] as number) & (this.#buckets.length - 1);
    entry.chain = this.#buckets[bucket];
    this.#buckets[bucket] = entry;
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array<TableEntry | undefined>(old.length * 2).fill(undefined);
    for (const first of old) {
      for (let entry = first; entry !== undefined; ) {
        const { chain } = entry;
        this.#insert(entry);
        entry = chain;
      }
    }
  }

  #read(segment: Endpoints): void {
    const { addressBytes, sourceOffset, destinationOffset } = segment;
    const wanted = this.#wanted;
    const words = segment.addressLength >> 2;
    let source = mix(this.#seed ^ segment.sourcePort);
    let destination = mix(this.#seed ^ segment.destinationPort);
    for (let word = 0; word < words; word++) {
      const ofSource = wordAt(addressBytes, sourceOffset + word * 4);
      const ofDestination = wordAt(addressBytes, destinationOffset + word * 4);
      wanted[SOURCE + word] = ofSource;
      wanted[DESTINATION + word] = ofDestination;
      source = mix(source ^ ofSource);
      destination = mix(destination ^ ofDestination);
    }
    wanted[SOURCE_PORT] = segment.sourcePort;
    wanted[DESTINATION_PORT] = segment.destinationPort;
    wanted[WORDS] = words;
    // A sum, so that both directions have the same.
    wanted[HASH] = mix(source + destination);
  }

  /** Whether a key is the wanted one, with its source and destination at these places. */
  #matches(key: ConnectionKey, source: number, destination: number): boolean {
    const wanted = this.#wanted;
    const words = wanted[WORDS] as number;
    const isForward = source === SOURCE;
    if (key[WORDS] !== words) return false;
    if (key[isForward ? SOURCE_PORT : DESTINATION_PORT] !== wanted[SOURCE_PORT]) return false;
    if (key[isForward ? DESTINATION_PORT : SOURCE_PORT] !== wanted[DESTINATION_PORT]) return false;
    for (let word = 0; word < words; word++) {
      if (key[source + word] !== wanted[SOURCE + word]) return false;
      if (key[destination + word] !== wanted[DESTINATION + word]) return false;
    }
    return true;
  }
}

/** MurmurHash3's finalizer: every bit of the number changes every bit of the answer. */
function mix(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

/** Four bytes as a signed number; bytes that are not there count as 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}
