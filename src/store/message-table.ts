import type { Endpoint, Transport } from '../model/endpoint.js';
import { SEVERITIES, type Severity } from '../model/finding.js';
import type { FrameRef } from '../model/frame-ref.js';
import { bytesColumn, countsColumn, numbersColumn, referencesColumn, shortsColumn } from './column.js';
import type { StringTable } from './string-table.js';

export type RowKind = 'request' | 'response' | 'entity';

/** Where the bytes of a message are. */
export type BytesPlace =
  | { readonly kind: 'file'; readonly offset: number; readonly length: number }
  | { readonly kind: 'copy'; readonly handle: number; readonly length: number }
  /** More was to be kept than the limit allows, and the input cannot be read again. */
  | { readonly kind: 'gone'; readonly length: number };

/** The frame that completes a message, in the file that it can be read from again. */
export type FramePlace = {
  readonly offset: number;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly linkType: number;
};

/** What a row is added with and a list shows. */
type RowFacts = {
  readonly kind: RowKind;
  readonly file: string;
  readonly frame: FrameRef | undefined;
  readonly transport: Transport | undefined;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly tcpStream: number | undefined;
  /** `INVITE`, `200 OK`, or the content type of an entity. */
  readonly label: string;
  /** 0 for what is no response. */
  readonly statusCode: number;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseqNumber: number;
  readonly cseqMethod: string;
  readonly security: string;
  /** Of its worst finding. */
  readonly severity: Severity | undefined;
  /** Index of the TLS connection around it; -1 for none. */
  readonly connection: number;
};

/** What a list shows of a message, put together for the rows that are looked at. */
export type MessageRow = RowFacts & {
  /** From 0, in the order in which messages came to light. */
  readonly index: number;
  /** Index of its call; -1 for none. */
  readonly call: number;
  readonly isRetransmission: boolean;
  readonly length: number;
};

/** What a row is added with. */
export type NewRow = RowFacts & {
  readonly transactionHash: number;
  readonly bytes: BytesPlace;
  readonly framePlace: FramePlace | undefined;
};

const KINDS: readonly RowKind[] = ['request', 'response', 'entity'];
const TRANSPORTS: readonly (Transport | undefined)[] = [undefined, 'udp', 'tcp', 'tls', 'ws', 'wss', 'sctp'];
const PLACES = ['gone', 'file', 'copy'] as const;
const RETRANSMISSION = 1;
const MARKED = 2;

/** All messages of a session as columns: about 110 bytes a message besides the texts that are its own. */
export class MessageTable {
  readonly #strings: StringTable;
  #length = 0;
  readonly #kind = bytesColumn();
  readonly #file = countsColumn();
  readonly #frame = countsColumn();
  readonly #seconds = numbersColumn();
  readonly #nanoseconds = countsColumn();
  readonly #timeDigits = bytesColumn();
  readonly #transport = bytesColumn();
  readonly #source = countsColumn();
  readonly #sourcePort = shortsColumn();
  readonly #destination = countsColumn();
  readonly #destinationPort = shortsColumn();
  readonly #stream = referencesColumn();
  readonly #label = countsColumn();
  readonly #status = shortsColumn();
  readonly #from = countsColumn();
  readonly #to = countsColumn();
  readonly #callId = countsColumn();
  readonly #cseqNumber = countsColumn();
  readonly #cseqMethod = countsColumn();
  readonly #security = countsColumn();
  readonly #severity = bytesColumn();
  readonly #call = referencesColumn();
  readonly #previousInCall = referencesColumn();
  readonly #connection = referencesColumn();
  readonly #transaction = countsColumn();
  readonly #flags = bytesColumn();
  readonly #placeKind = bytesColumn();
  readonly #place = numbersColumn();
  readonly #bytesLength = countsColumn();
  readonly #frameOffset = numbersColumn();
  readonly #frameCaptured = countsColumn();
  readonly #frameOriginal = countsColumn();
  readonly #linkType = shortsColumn();

  constructor(strings: StringTable) {
    this.#strings = strings;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a row and gives its index. */
  add(row: NewRow): number {
    const index = this.#length++;
    const strings = this.#strings;
    const { frame, source, destination, bytes, framePlace } = row;
    this.#kind.set(index, KINDS.indexOf(row.kind));
    this.#file.set(index, strings.number(row.file));
    this.#frame.set(index, frame?.number ?? 0);
    this.#seconds.set(index, frame?.seconds ?? 0);
    this.#nanoseconds.set(index, frame?.nanoseconds ?? 0);
    this.#timeDigits.set(index, frame?.timeDigits ?? 0);
    this.#transport.set(index, TRANSPORTS.indexOf(row.transport));
    this.#source.set(index, source === undefined ? 0 : strings.number(source.address));
    this.#sourcePort.set(index, source?.port ?? 0);
    this.#destination.set(index, destination === undefined ? 0 : strings.number(destination.address));
    this.#destinationPort.set(index, destination?.port ?? 0);
    this.#stream.set(index, row.tcpStream ?? -1);
    this.#label.set(index, strings.number(row.label));
    this.#status.set(index, row.statusCode);
    this.#from.set(index, strings.number(row.from));
    this.#to.set(index, strings.number(row.to));
    this.#callId.set(index, strings.number(row.callId));
    this.#cseqNumber.set(index, row.cseqNumber);
    this.#cseqMethod.set(index, strings.number(row.cseqMethod));
    this.#security.set(index, strings.number(row.security));
    this.#severity.set(index, row.severity === undefined ? 0 : SEVERITIES.indexOf(row.severity) + 1);
    this.#call.set(index, -1);
    this.#previousInCall.set(index, -1);
    this.#connection.set(index, row.connection);
    this.#transaction.set(index, row.transactionHash);
    this.#flags.set(index, 0);
    this.#placeKind.set(index, PLACES.indexOf(bytes.kind));
    this.#place.set(index, bytes.kind === 'file' ? bytes.offset : bytes.kind === 'copy' ? bytes.handle : 0);
    this.#bytesLength.set(index, bytes.length);
    this.#frameOffset.set(index, framePlace?.offset ?? -1);
    this.#frameCaptured.set(index, framePlace?.capturedLength ?? 0);
    this.#frameOriginal.set(index, framePlace?.originalLength ?? 0);
    this.#linkType.set(index, framePlace?.linkType ?? 0);
    return index;
  }

  row(index: number): MessageRow {
    const strings = this.#strings;
    const severity = this.#severity.get(index);
    return {
      index,
      kind: KINDS[this.#kind.get(index)] ?? 'request',
      file: strings.text(this.#file.get(index)),
      frame: this.frame(index),
      transport: TRANSPORTS[this.#transport.get(index)],
      source: endpoint(strings.text(this.#source.get(index)), this.#sourcePort.get(index)),
      destination: endpoint(strings.text(this.#destination.get(index)), this.#destinationPort.get(index)),
      tcpStream: this.tcpStream(index),
      label: strings.text(this.#label.get(index)),
      statusCode: this.#status.get(index),
      from: strings.text(this.#from.get(index)),
      to: strings.text(this.#to.get(index)),
      callId: strings.text(this.#callId.get(index)),
      cseqNumber: this.#cseqNumber.get(index),
      cseqMethod: strings.text(this.#cseqMethod.get(index)),
      security: strings.text(this.#security.get(index)),
      severity: severity === 0 ? undefined : SEVERITIES[severity - 1],
      call: this.#call.get(index),
      connection: this.#connection.get(index),
      isRetransmission: (this.#flags.get(index) & RETRANSMISSION) !== 0,
      length: this.#bytesLength.get(index),
    };
  }

  file(index: number): string {
    return this.#strings.text(this.#file.get(index));
  }

  frame(index: number): FrameRef | undefined {
    const number = this.#frame.get(index);
    if (number === 0) return undefined;
    return {
      number,
      seconds: this.#seconds.get(index),
      nanoseconds: this.#nanoseconds.get(index),
      timeDigits: this.#timeDigits.get(index),
    };
  }

  /** Seconds since the epoch as one number: for durations, exact to a microsecond. */
  time(index: number): number {
    return this.#seconds.get(index) + this.#nanoseconds.get(index) / 1e9;
  }

  tcpStream(index: number): number | undefined {
    const stream = this.#stream.get(index);
    return stream < 0 ? undefined : stream;
  }

  statusCode(index: number): number {
    return this.#status.get(index);
  }

  /** Numbers of texts, which are equal where the texts are. */
  labelNumber(index: number): number {
    return this.#label.get(index);
  }

  sourceNumber(index: number): number {
    return this.#source.get(index);
  }

  destinationNumber(index: number): number {
    return this.#destination.get(index);
  }

  callIdNumber(index: number): number {
    return this.#callId.get(index);
  }

  cseqMethod(index: number): string {
    return this.#strings.text(this.#cseqMethod.get(index));
  }

  transactionHash(index: number): number {
    return this.#transaction.get(index);
  }

  bytesPlace(index: number): BytesPlace {
    const length = this.#bytesLength.get(index);
    const place = this.#place.get(index);
    switch (PLACES[this.#placeKind.get(index)]) {
      case 'file':
        return { kind: 'file', offset: place, length };
      case 'copy':
        return { kind: 'copy', handle: place, length };
      default:
        return { kind: 'gone', length };
    }
  }

  framePlace(index: number): FramePlace | undefined {
    const offset = this.#frameOffset.get(index);
    if (offset < 0) return undefined;
    return {
      offset,
      capturedLength: this.#frameCaptured.get(index),
      originalLength: this.#frameOriginal.get(index),
      linkType: this.#linkType.get(index),
    };
  }

  connection(index: number): number {
    return this.#connection.get(index);
  }

  call(index: number): number {
    return this.#call.get(index);
  }

  /** Puts a row into a call, after `previous` (-1 for none). */
  setCall(index: number, call: number, previous: number): void {
    this.#call.set(index, call);
    this.#previousInCall.set(index, previous);
  }

  /** The row before this one in its call; -1 for none. */
  previousInCall(index: number): number {
    return this.#previousInCall.get(index);
  }

  setRetransmission(index: number): void {
    this.#flags.set(index, this.#flags.get(index) | RETRANSMISSION);
  }

  isRetransmission(index: number): boolean {
    return (this.#flags.get(index) & RETRANSMISSION) !== 0;
  }

  isMarked(index: number): boolean {
    return (this.#flags.get(index) & MARKED) !== 0;
  }

  setMarked(index: number, marked: boolean): void {
    const flags = this.#flags.get(index);
    this.#flags.set(index, marked ? flags | MARKED : flags & ~MARKED);
  }

  /** Row of that frame and file, `ordinal` counting those of one frame from 0; -1 where there is none. */
  find(file: string, frameNumber: number, ordinal: number): number {
    const wanted = this.#strings.number(file);
    let seen = 0;
    for (let index = 0; index < this.#length; index++) {
      if (this.#frame.get(index) !== frameNumber || this.#file.get(index) !== wanted) continue;
      if (seen === ordinal) return index;
      seen++;
    }
    return -1;
  }

  /** How many earlier rows complete in the same frame. */
  ordinal(index: number): number {
    let ordinal = 0;
    for (let at = index - 1; at >= 0 && this.#frame.get(at) === this.#frame.get(index); at--) {
      if (this.#file.get(at) === this.#file.get(index)) ordinal++;
    }
    return ordinal;
  }
}

function endpoint(address: string, port: number): Endpoint | undefined {
  return address === '' ? undefined : { address, port };
}
