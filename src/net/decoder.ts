/**
 * From a frame's bytes to the UDP datagram, TCP segment or IP fragment within.
 *
 * The same layer parsers serve the hot path (a plain cursor, reused) and field trees (a tracing cursor): through the
 * checked cursor Ethernet, IPv4 and UDP take about 80 ns a packet, TCP 100, so there is no second, hand-indexed way.
 * Errors are values: a layer that cannot be read leaves what the layers before it found and says in `stop` what failed, where,
 * how many bytes it needed and how many there were.
 */

import { Cursor } from '../bytes/cursor.js';
import type { ParseError } from '../bytes/fault.js';
import type { ByteSource, Field } from '../bytes/field.js';
import { counted } from '../bytes/text.js';
import { TracingCursor } from '../bytes/trace.js';
import { mayCarryIp, nameOf, parserOf } from './dispatch.js';
import {
  type Fragment,
  ipProtocol,
  linkType,
  NEXT_NONE,
  type Next,
  type Outcome,
  type Packet,
} from './packet.js';

/**
 * Headers read one within another before decoding ends. Honest packets have about ten (tags, labels, tunnels,
 * extension headers); a crafted one could nest thousands.
 */
export const MAX_LAYERS = 32;

const EMPTY = new Uint8Array(0);

/** Reused between frames: nothing is allocated per UDP or TCP packet. Fields are valid until the next decode. */
export class PacketDecoder implements Packet {
  /** What was found; the fields that hold for it are named below. */
  outcome: Outcome = 'other';
  /** Layer that was read last, as `IPv4`. */
  layer = '';
  /** Deepest protocol's name, as `UDP`, `ARP`, `ICMP`. */
  protocol = '';
  /** End of the innermost IP payload as its header states it, in `bytes`; may lie behind what was captured. */
  declaredEnd = 0;
  /** Innermost IP addresses: bytes they stand in and where; `addressLength` holds once an IP header was read. */
  addressBytes: Uint8Array = EMPTY;
  sourceOffset = 0;
  destinationOffset = 0;
  addressLength: 4 | 16 = 4;
  /** 0..65535, for `udp`, `tcp` and `pdu`. */
  sourcePort = 0;
  destinationPort = 0;
  /** Which network of several with the same addresses: equal numbers are one, and 0 fits any. */
  network = 0;
  /** Payload, for `udp`, `tcp` and `pdu`: `bytes[payloadStart..payloadEnd)`. */
  bytes: Uint8Array = EMPTY;
  payloadStart = 0;
  payloadEnd = 0;
  /** Payload bytes after `payloadEnd` that the headers state and the capture lacks, as the snap length cut them. */
  missing = 0;
  /** Bytes that the snap length cut from the end of the frame. */
  cut = 0;
  /** Bytes that the UDP length states beyond the IP payload. */
  overstated = 0;
  /** Sequence and acknowledgment number (unsigned 32 bits) and control bits (FIN is 1), for `tcp`. */
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** Set for `fragment` alone. */
  fragment: Fragment | undefined;
  /** Why decoding ended early, for `stopped`; its offset counts from the start of the bytes decoded. */
  stop: ParseError | undefined;
  readonly #cursor = new Cursor(EMPTY);
  #layers = 0;

  /**
   * Decodes a frame. `type` is the LINKTYPE of its interface; `data` is looked at, not kept beyond the next call; `cut` is
   * how many bytes of the frame the snap length cut.
   */
  decode(type: number, data: Uint8Array, cut = 0): void {
    this.#layers = 0;
    this.addressBytes = EMPTY;
    this.sourceOffset = 0;
    this.destinationOffset = 0;
    this.addressLength = 4;
    this.network = 0;
    this.cut = cut;
    this.#cursor.reset(data, 0, data.length);
    this.#run(this.#cursor, linkType(type), data.length);
  }

  /**
   * Goes on with an IP payload that was put together from fragments. Addresses stay those of the last decode, and
   * its layers count towards the limit, so that fragments within fragments end. `declaredLength` is more than there is
   * where the last fragments are missing.
   */
  decodePayload(protocol: number, payload: Uint8Array, declaredLength = payload.length): void {
    this.#cursor.reset(payload, 0, payload.length);
    this.#run(this.#cursor, ipProtocol(protocol), declaredLength);
  }

  /** Takes up the addresses and the network of a packet seen before, for `decodePayload`. */
  resume(
    addresses: Pick<
      Packet,
      'addressBytes' | 'sourceOffset' | 'destinationOffset' | 'addressLength' | 'network'
    >,
  ): void {
    this.#layers = 0;
    this.addressBytes = addresses.addressBytes;
    this.sourceOffset = addresses.sourceOffset;
    this.destinationOffset = addresses.destinationOffset;
    this.addressLength = addresses.addressLength;
    this.network = addresses.network;
  }

  /** Decodes while keeping a field tree: the same run with a cursor that traces. */
  trace(cursor: TracingCursor, next: Next): readonly Field[] {
    this.#layers = 0;
    this.network = 0;
    this.#run(cursor, next, cursor.end);
    if (this.outcome === 'other' || this.outcome === 'unread') cursor.skip(cursor.remaining, 'Data');
    const fields = cursor.fields();
    const { stop } = this;
    if (stop === undefined) return fields;
    const { source } = cursor;
    const start = Math.min(stop.offset, source.bytes.length);
    const value =
      stop.needed === undefined
        ? stop.message
        : `${stop.message}: needed ${counted(stop.needed, 'byte')} at byte ${stop.offset}, had ${stop.had ?? 0}`;
    const error: Field = {
      name: `[Stopped: ${stop.layer}]`,
      value,
      start,
      length: source.bytes.length - start,
      source,
      children: [],
      severity: 'error',
    };
    return [...fields, error];
  }

  #run(cursor: Cursor, first: Next, declaredEnd: number): void {
    this.outcome = 'other';
    this.layer = '';
    this.protocol = '';
    this.stop = undefined;
    this.fragment = undefined;
    this.bytes = cursor.bytes;
    this.declaredEnd = declaredEnd;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.payloadStart = cursor.end;
    this.payloadEnd = cursor.end;
    this.missing = 0;
    this.overstated = 0;
    this.sequence = 0;
    this.acknowledgment = 0;
    this.flags = 0;
    let next = first;
    while (next !== NEXT_NONE) {
      const parser = parserOf(next);
      if (parser === undefined) {
        this.outcome = mayCarryIp(next) ? 'unread' : 'other';
        this.protocol = nameOf(next);
        return;
      }
      if (++this.#layers > MAX_LAYERS) {
        const message = `more than ${MAX_LAYERS} headers one within another`;
        this.#stop({ layer: nameOf(next), message, offset: cursor.offset });
        return;
      }
      next = parser(cursor, this);
      const { shortage } = cursor;
      if (shortage !== undefined) {
        this.#stop({ layer: this.layer, message: 'header is cut short', ...shortage });
        return;
      }
    }
  }

  #stop(error: ParseError): void {
    this.outcome = 'stopped';
    this.protocol = this.layer;
    this.stop = error;
  }
}

/** The layers of a frame as fields, one each at the top level, named as Wireshark names them. */
export function describePacket(source: ByteSource, type: number): Field[] {
  return [...new PacketDecoder().trace(new TracingCursor(source), linkType(type))];
}

/** The layers of an IP payload that was put together from fragments, as fields. */
export function describePayload(source: ByteSource, protocol: number): Field[] {
  return [...new PacketDecoder().trace(new TracingCursor(source), ipProtocol(protocol))];
}
