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
import { nameOf, parserOf } from './dispatch.js';
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
  /** 0..65535, for `udp` and `tcp`. */
  sourcePort = 0;
  destinationPort = 0;
  /** Payload, for `udp` and `tcp`: `bytes[payloadStart..payloadEnd)`. */
  bytes: Uint8Array = EMPTY;
  payloadStart = 0;
  payloadEnd = 0;
  /** Payload bytes after `payloadEnd` that the headers state and the capture lacks, as the snap length cut them. */
  missing = 0;
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

  /** Decodes a frame. `type` is the LINKTYPE of its interface; `data` is looked at, not kept beyond the next call. */
  decode(type: number, data: Uint8Array): void {
    this.#layers = 0;
    this.addressBytes = EMPTY;
    this.sourceOffset = 0;
    this.destinationOffset = 0;
    this.addressLength = 4;
    this.#cursor.reset(data, 0, data.length);
    this.#run(this.#cursor, linkType(type));
  }

  /**
   * Goes on with an IP payload that was put together from fragments. Addresses stay those of the last decode, and
   * its layers count towards the limit, so that fragments within fragments end.
   */
  decodePayload(protocol: number, payload: Uint8Array): void {
    this.#cursor.reset(payload, 0, payload.length);
    this.#run(this.#cursor, ipProtocol(protocol));
  }

  /** Decodes while keeping a field tree: the same run with a cursor that traces. */
  trace(cursor: TracingCursor, next: Next): readonly Field[] {
    this.#layers = 0;
    this.#run(cursor, next);
    if (this.outcome === 'other') cursor.skip(cursor.remaining, 'Data');
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

  #run(cursor: Cursor, first: Next): void {
    this.outcome = 'other';
    this.layer = '';
    this.protocol = '';
    this.stop = undefined;
    this.fragment = undefined;
    this.bytes = cursor.bytes;
    this.declaredEnd = cursor.end;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.payloadStart = cursor.end;
    this.payloadEnd = cursor.end;
    this.missing = 0;
    this.sequence = 0;
    this.acknowledgment = 0;
    this.flags = 0;
    let next = first;
    while (next !== NEXT_NONE) {
      const parser = parserOf(next);
      if (parser === undefined) {
        this.outcome = 'other';
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
