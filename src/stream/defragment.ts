/**
 * Reassembly of IPv4 (RFC 791 §3.2) and IPv6 (RFC 8200 §4.5) fragments, in any order.
 *
 * - What belongs together: network, source, destination, identification and, for IPv4, protocol; a fragment without a tag
 *   is of the network that the first one was of. The protocol of an IPv6
 *   payload is the one that its first fragment states.
 * - Time: a datagram that is not whole 60 s of capture time after its first fragment came is given up (RFC 8200 §4.5;
 *   RFC 1122 §3.3.2 wants 60 to 120 s for IPv4) and told with its frames and the ranges that are missing.
 * - Overlap: IPv4 keeps the byte that came first. IPv6 gives the whole datagram up (RFC 5722 §4). An exact
 *   repetition of a fragment is no overlap, also after the datagram is whole: captures see packets twice.
 */
import { latin1 } from '../bytes/text.js';
import { type FrameRef, keepFrame } from '../model/frame-ref.js';
import type { IpAddresses } from './types.js';

/** A fragment and its packet's addresses; a packet decoder that found one fits. */
export type IpFragment = IpAddresses & {
  readonly fragment:
    | {
        readonly identification: number;
        readonly protocol: number;
        /** Place of `data` in the payload. */
        readonly offset: number;
        /** Whether more fragments follow. */
        readonly more: boolean;
        /** A view; copied. */
        readonly data: Uint8Array;
        /** Bytes after `data` that were not captured. */
        readonly missing: number;
      }
    | undefined;
};

/** The payload of a whole datagram. */
export type ReassembledPayload = {
  /** IANA protocol number of the payload. */
  readonly protocol: number;
  readonly bytes: Uint8Array;
  /** Numbers of the frames it came in, in the order of the capture. */
  readonly frames: readonly number[];
};

export type FragmentFaultCode =
  /** A datagram was given up for want of fragments. */
  | 'fragments-missing'
  /** Fragments overlap with the same bytes. */
  | 'fragment-overlap'
  /** Fragments overlap with other bytes. */
  | 'fragment-overlap-conflict'
  /** A length or an offset contradicts the rules or another fragment. */
  | 'fragment-malformed';

export type FragmentFault = {
  readonly code: FragmentFaultCode;
  /** One sentence for a person. */
  readonly message: string;
  /** The frame at which it showed. */
  readonly frame: FrameRef;
  /** Frames of the datagram so far. */
  readonly frames: readonly number[];
  /** Ranges of the payload that are missing; the last has no end where the length is not known. */
  readonly missing: readonly { readonly start: number; readonly end?: number }[];
};

/** A datagram that was given up, of which the beginning is there. */
export type IncompleteDatagram = {
  readonly addresses: IpAddresses;
  readonly protocol: number;
  /** From the first byte to the first that is missing; a copy. */
  readonly bytes: Uint8Array;
  /** Bytes of the whole payload; the most there can be, where the last fragment is not there. */
  readonly total: number;
  readonly frames: readonly number[];
  /** Of the fragment that came last. */
  readonly frame: FrameRef;
};

export type DefragmenterHandler = {
  fault(fault: FragmentFault): void;
  /** Comes after the fault that says what is missing. */
  incomplete?(part: IncompleteDatagram): void;
};

export type DefragmenterLimits = {
  /** Seconds until an incomplete datagram is given up. */
  readonly timeoutSeconds: number;
  /** Bytes of all datagrams held: 1000 of the largest. When passed, the oldest is given up. */
  readonly bytes: number;
  /** Datagrams held, complete ones of the last minute included: as many as identifications repeat after. */
  readonly datagrams: number;
};

export const DEFRAGMENTER_LIMITS: DefragmenterLimits = {
  timeoutSeconds: 60,
  bytes: 64 << 20,
  datagrams: 65_536,
};

/** The Total Length and Payload Length fields have 16 bits. */
const MAX_PAYLOAD = 65_535;
/** Offsets count in these units: fragments but the last are multiples of them. */
const UNIT = 8;

/** What a fragment costs beside its bytes, so that tiny ones count as what they are. */
const FRAGMENT_OVERHEAD = 64;
/** Faults told of one datagram: more say nothing new. */
const FAULTS_PER_DATAGRAM = 8;
const EMPTY = new Uint8Array(0);

type Range = { start: number; end: number };

type Datagram = {
  readonly key: string;
  readonly isIpv6: boolean;
  /** Of the first fragment that came; the network is that of the first one with a tag. */
  addresses: IpAddresses;
  readonly since: number;
  /** Those that brought something new: no more than there are units. */
  readonly frames: number[];
  protocol: number;
  /** Payload bytes, as far as `ranges` says. */
  bytes: Uint8Array;
  /** Memory it takes, as counted against the limit. */
  cost: number;
  /** The datagram whose first fragment came next: a list of its own, as a Map walks over all that was removed before its first entry. */
  newer: Datagram | undefined;
  older: Datagram | undefined;
  /** Told so far. */
  faults: number;
  /** Sorted, neither overlapping nor touching. */
  ranges: Range[];
  /** End by the start of each fragment taken, to know repetitions. */
  readonly taken: Map<number, number>;
  /** Length of the whole, or -1 before the last fragment came. */
  total: number;
  /** `refused` swallows what follows of an IPv6 datagram with an overlap. */
  state: 'open' | 'whole' | 'refused';
  lastFrame: FrameRef;
};

type Piece = NonNullable<IpFragment['fragment']>;

export class Defragmenter {
  readonly #handler: DefragmenterHandler | undefined;
  readonly #limits: DefragmenterLimits;
  readonly #datagrams = new Map<string, Datagram>();
  /** Those whose first fragments came first and last. */
  #oldest: Datagram | undefined;
  #newest: Datagram | undefined;
  #bytes = 0;
  #now = 0;

  constructor(handler?: DefragmenterHandler, limits: Partial<DefragmenterLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...DEFRAGMENTER_LIMITS, ...limits };
  }

  /** Bytes and datagrams held: for tests of the limits. */
  get usage(): { readonly bytes: number; readonly datagrams: number } {
    return { bytes: this.#bytes, datagrams: this.#datagrams.size };
  }

  /** Takes a fragment; answers the datagram's payload where it is whole now. The bytes are a copy. */
  push(packet: IpFragment, frame: FrameRef): ReassembledPayload | undefined {
    const { fragment } = packet;
    if (fragment === undefined) return undefined;
    this.#now = Math.max(this.#now, frame.seconds + frame.nanoseconds / 1e9);
    this.#expire();
    const isIpv6 = packet.addressLength === 16;
    const key = this.#keyInNetwork(keyOf(packet, fragment), packet.network);
    let datagram = this.#datagrams.get(key);
    if (datagram?.state === 'whole' && !isRepetition(datagram, fragment)) {
      this.#drop(datagram);
      datagram = undefined;
    }
    datagram ??= this.#begin(key, isIpv6, packet, frame);
    if (datagram.state !== 'open') return undefined;
    datagram.lastFrame = keepFrame(frame);
    this.#take(datagram, fragment, frame);
    this.#keepWithinLimits(datagram);
    return this.#finished(datagram);
  }

  /** The capture ended: tells what stayed incomplete. */
  end(): void {
    while (this.#oldest !== undefined) this.#giveUp(this.#oldest, 'at the end of the capture');
  }

  /** The key of a datagram in that network: the first network seen has the plain key. */
  #keyInNetwork(key: string, network: number): string {
    const known = this.#datagrams.get(key);
    if (network === 0 || known === undefined || known.addresses.network === network) return key;
    if (known.addresses.network !== 0) return `${key}#${network}`;
    known.addresses = { ...known.addresses, network };
    return key;
  }

  #begin(key: string, isIpv6: boolean, packet: IpFragment, frame: FrameRef): Datagram {
    const datagram: Datagram = {
      key,
      isIpv6,
      addresses: keptAddresses(packet),
      since: this.#now,
      frames: [],
      protocol: packet.fragment?.protocol ?? 0,
      bytes: EMPTY,
      cost: 0,
      newer: undefined,
      older: this.#newest,
      faults: 0,
      ranges: [],
      taken: new Map(),
      total: -1,
      state: 'open',
      lastFrame: keepFrame(frame),
    };
    this.#datagrams.set(key, datagram);
    if (this.#newest === undefined) this.#oldest = datagram;
    else this.#newest.newer = datagram;
    this.#newest = datagram;
    return datagram;
  }

  #take(datagram: Datagram, fragment: Piece, frame: FrameRef): void {
    const { offset, data, more } = fragment;
    const statedEnd = offset + data.length + fragment.missing;
    const problem = problemOf(datagram, fragment, statedEnd);
    if (problem !== undefined) {
      this.#fault(datagram, 'fragment-malformed', problem, frame);
      return;
    }
    const end = offset + data.length;
    const isNews = (!more && datagram.total < 0) || !isCovered(datagram, offset, end);
    if (!more) datagram.total = statedEnd;
    if (offset === 0) datagram.protocol = fragment.protocol;
    if (isNews) datagram.frames.push(frame.number);
    const isOverlapping = datagram.ranges.some((range) => range.start < end && range.end > offset);
    if (isOverlapping) {
      const isEqual = isSame(datagram, offset, data);
      if (isEqual && datagram.taken.get(offset) === end) return;
      const kind = isEqual ? 'the same bytes' : 'other bytes';
      const rule = datagram.isIpv6 ? 'the datagram is refused (RFC 5722)' : 'the first ones are kept';
      const message = `Fragment at ${offset} overlaps with ${kind} of an earlier one; ${rule}`;
      this.#fault(datagram, isEqual ? 'fragment-overlap' : 'fragment-overlap-conflict', message, frame);
      if (datagram.isIpv6) {
        this.#release(datagram);
        datagram.state = 'refused';
        return;
      }
    }
    if (!isNews || end === offset) return;
    datagram.taken.set(offset, end);
    this.#account(datagram, FRAGMENT_OVERHEAD);
    this.#reserve(datagram, end);
    fill(datagram, offset, data);
  }

  #finished(datagram: Datagram): ReassembledPayload | undefined {
    const { ranges, total, protocol, frames } = datagram;
    const [first] = ranges;
    if (total < 0 || datagram.state !== 'open') return undefined;
    if (first === undefined || first.start !== 0 || first.end !== total) return undefined;
    datagram.state = 'whole';
    const bytes = datagram.bytes.subarray(0, total);
    return { protocol, bytes, frames: [...frames] };
  }

  /** Makes room for bytes up to `end`. */
  #reserve(datagram: Datagram, end: number): void {
    const { bytes } = datagram;
    if (bytes.length >= end) return;
    const grown = new Uint8Array(Math.max(end, Math.min(bytes.length * 2, MAX_PAYLOAD)));
    grown.set(bytes);
    datagram.bytes = grown;
    this.#account(datagram, grown.length - bytes.length);
  }

  #account(datagram: Datagram, bytes: number): void {
    datagram.cost += bytes;
    this.#bytes += bytes;
  }

  #release(datagram: Datagram): void {
    this.#account(datagram, -datagram.cost);
    datagram.bytes = EMPTY;
    datagram.taken.clear();
    datagram.ranges = [];
  }

  #drop(datagram: Datagram): void {
    this.#release(datagram);
    this.#datagrams.delete(datagram.key);
    const { older, newer } = datagram;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }

  #expire(): void {
    for (let datagram = this.#oldest; datagram !== undefined; datagram = this.#oldest) {
      if (this.#now - datagram.since < this.#limits.timeoutSeconds) return;
      this.#giveUp(datagram, `within ${this.#limits.timeoutSeconds} seconds`);
    }
  }

  #keepWithinLimits(current: Datagram): void {
    for (let datagram = this.#oldest; datagram !== undefined; datagram = this.#oldest) {
      const isWithin = this.#bytes <= this.#limits.bytes && this.#datagrams.size <= this.#limits.datagrams;
      if (isWithin || datagram === current) return;
      this.#giveUp(datagram, 'before the limit of what is held was reached');
    }
  }

  #giveUp(datagram: Datagram, when: string): void {
    if (datagram.state === 'open') {
      const missing = missingRanges(datagram);
      const ranges = missing.map(({ start, end }) => `${start}..${end ?? 'end'}`).join(', ');
      const message = `IP datagram not whole ${when}: bytes ${ranges} are missing`;
      this.#fault(datagram, 'fragments-missing', message, datagram.lastFrame, missing);
      this.#tellBeginning(datagram);
    }
    this.#drop(datagram);
  }

  #tellBeginning({ addresses, protocol, ranges, bytes, total, frames, lastFrame }: Datagram): void {
    const [first] = ranges;
    if (first === undefined || first.start !== 0) return;
    this.#handler?.incomplete?.({
      addresses,
      protocol,
      bytes: bytes.slice(0, first.end),
      total: total < 0 ? MAX_PAYLOAD : total,
      frames: [...frames],
      frame: lastFrame,
    });
  }

  #fault(
    datagram: Datagram,
    code: FragmentFaultCode,
    message: string,
    frame: FrameRef,
    missing: FragmentFault['missing'] = [],
  ): void {
    if (++datagram.faults > FAULTS_PER_DATAGRAM) return;
    this.#handler?.fault({ code, message, frame, frames: [...datagram.frames], missing });
  }
}

/** A copy of the addresses alone, as the frame's bytes are used again. */
function keptAddresses({
  addressBytes,
  sourceOffset,
  destinationOffset,
  addressLength,
  network,
}: IpAddresses): IpAddresses {
  const bytes = new Uint8Array(2 * addressLength);
  bytes.set(addressBytes.subarray(sourceOffset, sourceOffset + addressLength));
  bytes.set(addressBytes.subarray(destinationOffset, destinationOffset + addressLength), addressLength);
  return { addressBytes: bytes, sourceOffset: 0, destinationOffset: addressLength, addressLength, network };
}

function keyOf(packet: IpFragment, fragment: Piece): string {
  const { addressBytes, sourceOffset, destinationOffset, addressLength } = packet;
  const source = latin1(addressBytes, sourceOffset, sourceOffset + addressLength);
  const destination = latin1(addressBytes, destinationOffset, destinationOffset + addressLength);
  const protocol = addressLength === 4 ? fragment.protocol : '';
  return `${source}${destination}${fragment.identification}/${protocol}`;
}

/** What makes a fragment unusable, if anything does. */
function problemOf(datagram: Datagram, fragment: Piece, end: number): string | undefined {
  const { offset, more, data, missing } = fragment;
  const { total } = datagram;
  if (more && (data.length + missing) % UNIT !== 0) {
    return `Fragment at ${offset} is not the last but has ${data.length + missing} bytes, no multiple of ${UNIT}`;
  }
  if (end > MAX_PAYLOAD) return `Fragment at ${offset} ends at ${end}, beyond the ${MAX_PAYLOAD} bytes of IP`;
  if (total >= 0 && (more ? end > total : end !== total)) {
    return `Fragment at ${offset} ends at ${end}, but the last one ended at ${total}`;
  }
  const highest = datagram.ranges.at(-1)?.end ?? 0;
  if (!more && end < highest) return `Last fragment ends at ${end}, but bytes up to ${highest} came before`;
  return undefined;
}

/** Whether all bytes of a range are held. */
function isCovered(datagram: Datagram, start: number, end: number): boolean {
  return start === end || datagram.ranges.some((range) => range.start <= start && range.end >= end);
}

/** Whether the bytes held where `data` lies are the same. */
function isSame(datagram: Datagram, offset: number, data: Uint8Array): boolean {
  for (const { start, end } of datagram.ranges) {
    const to = Math.min(end, offset + data.length);
    for (let at = Math.max(start, offset); at < to; at++) {
      if (datagram.bytes[at] !== data[at - offset]) return false;
    }
  }
  return true;
}

/** Whether a fragment repeats one of a datagram that is whole; if not it belongs to a new one of the same number. */
function isRepetition(datagram: Datagram, fragment: Piece): boolean {
  const end = fragment.offset + fragment.data.length;
  return (
    datagram.taken.get(fragment.offset) === end &&
    (fragment.more || end === datagram.total) &&
    isSame(datagram, fragment.offset, fragment.data)
  );
}

/** Copies what is not held yet and joins the ranges. */
function fill(datagram: Datagram, offset: number, data: Uint8Array): void {
  const end = offset + data.length;
  const joined: Range = { start: offset, end };
  const before: Range[] = [];
  const after: Range[] = [];
  let at = offset;
  for (const range of datagram.ranges) {
    if (range.end < offset) before.push(range);
    else if (range.start > end) after.push(range);
    else {
      if (range.start > at) datagram.bytes.set(data.subarray(at - offset, range.start - offset), at);
      at = Math.max(at, range.end);
      joined.start = Math.min(joined.start, range.start);
      joined.end = Math.max(joined.end, range.end);
    }
  }
  if (at < end) datagram.bytes.set(data.subarray(at - offset), at);
  datagram.ranges = [...before, joined, ...after];
}

function missingRanges(datagram: Datagram): { readonly start: number; readonly end?: number }[] {
  const missing: { start: number; end?: number }[] = [];
  let at = 0;
  for (const range of datagram.ranges) {
    if (range.start > at) missing.push({ start: at, end: range.start });
    at = range.end;
  }
  if (datagram.total < 0) missing.push({ start: at });
  else if (at < datagram.total) missing.push({ start: at, end: datagram.total });
  return missing;
}
