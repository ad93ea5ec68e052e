import type {
  AnalyzerEvent,
  EntityEvent,
  ProblemEvent,
  SipMessageEvent,
  TlsConnectionEvent,
} from '../analyzer/events.js';
import type { Fault } from '../bytes/fault.js';
import { type Finding, SEVERITIES, type Severity } from '../model/finding.js';
import { parseNameAddr } from '../sip/grammar/address.js';
import { parseCSeq } from '../sip/grammar/values.js';
import { firstHeader, type SipMessage } from '../sip/message.js';
import { transactionKey } from '../sip/transaction.js';
import { ByteArena } from './byte-arena.js';
import { CallTable } from './call-table.js';
import { ConnectionTable } from './connection-table.js';
import { Counters } from './counters.js';
import { FindingTable } from './finding-table.js';
import { type BytesPlace, type FramePlace, MessageTable } from './message-table.js';
import { StringTable } from './string-table.js';

/** Bytes copied of messages that cannot be read again from their file: reassembled, decrypted, decompressed. */
export const MAX_COPIED_BYTES = 192 * 1024 * 1024;
/** Problems of the input kept to be shown; their number goes on. */
const MAX_KEPT_PROBLEMS = 1_000;
/** Entities (files that are one body) kept whole. */
const MAX_KEPT_ENTITIES = 1_000;
/** Messages whose framing faults or lists of frames are kept. */
const MAX_KEPT_SIDE_FACTS = 1_000_000;

/** The frame that the reader is at, while its events come. */
export type CurrentFrame = FramePlace & {
  readonly number: number;
  readonly data: Uint8Array;
  /** Whether `offset` can be read in the file again: neither compressed nor a pipe. */
  readonly isRereadable: boolean;
};

export type StoreOptions = {
  /** What protects a message, in words. */
  readonly securityOf: (event: SipMessageEvent) => string;
  readonly copyLimit?: number;
};

/**
 * What an interactive session remembers. Fed with the analyzer's events; `version` rises with each, so that a screen
 * knows when to draw. Messages are columns of numbers, and their bytes positions in the file where it can be read
 * again.
 */
export class SessionStore {
  readonly strings = new StringTable();
  readonly messages = new MessageTable(this.strings);
  readonly counters = new Counters();
  readonly calls = new CallTable(this.messages, this.strings, (method, seconds) =>
    this.counters.response(method, seconds),
  );
  readonly connections = new ConnectionTable();
  readonly findings = new FindingTable(this.strings);
  readonly problems: ProblemEvent[] = [];
  problemCount = 0;
  version = 0;
  readonly #options: StoreOptions;
  readonly #arena: ByteArena;
  readonly #frames = new Map<number, readonly number[]>();
  readonly #framingFaults = new Map<number, readonly Fault[]>();
  /** Messages in packets that an application made. */
  readonly #made = new Set<number>();
  readonly #entities = new Map<number, EntityEvent>();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#arena = new ByteArena(options.copyLimit ?? MAX_COPIED_BYTES);
  }

  /** Takes an event; `current` is the frame that is being analyzed, where there is one. */
  add(event: AnalyzerEvent, current?: CurrentFrame): void {
    this.version++;
    switch (event.type) {
      case 'sip_message':
        this.#addMessage(event, current);
        return;
      case 'tls_connection':
        this.#addConnection(event);
        return;
      case 'entity':
        this.#addEntity(event);
        return;
      case 'finding':
        this.findings.add(event.file, event.finding, { message: -1, connection: -1 });
        return;
      case 'error':
        this.problemCount++;
        if (this.problems.length < MAX_KEPT_PROBLEMS) this.problems.push(event);
    }
  }

  /** Copied bytes of a message; undefined where they are in the file, or were not kept. */
  copiedBytes(index: number): Uint8Array | undefined {
    const place = this.messages.bytesPlace(index);
    return place.kind === 'copy' ? this.#arena.get(place.handle, place.length) : undefined;
  }

  /** Numbers of all frames that carried a message. */
  framesOf(index: number): readonly number[] {
    const frame = this.messages.frame(index);
    return this.#frames.get(index) ?? (frame === undefined ? [] : [frame.number]);
  }

  /** Whether a message came in a packet that was never sent. */
  isMade(index: number): boolean {
    return this.#made.has(index);
  }

  framingFaultsOf(index: number): readonly Fault[] {
    return this.#framingFaults.get(index) ?? [];
  }

  /** The entity of a row that is one. */
  entityOf(index: number): EntityEvent | undefined {
    return this.#entities.get(index);
  }

  /** Bytes held as copies. */
  get copiedLength(): number {
    return this.#arena.held;
  }

  #addMessage(event: SipMessageEvent, current: CurrentFrame | undefined): void {
    const { message, frame, source, destination, tcpStream, tls, findings } = event;
    const security = this.#options.securityOf(event);
    const severity = worst(findings);
    const cseq = firstHeader(message, 'cseq');
    const { number, method } = cseq === undefined ? { number: 0, method: '' } : parseCSeq(cseq.value);
    const isRequest = message.kind === 'request';
    const connection =
      tls === undefined || tcpStream === undefined || source === undefined || destination === undefined
        ? -1
        : this.connections.seen({
            file: event.file,
            tcpStream,
            client: source,
            server: destination,
            connection: tls,
          });
    const inFrame = current !== undefined && current.number === frame?.number;
    const index = this.messages.add({
      kind: message.kind,
      file: event.file,
      frame,
      transport: event.transport,
      source,
      destination,
      tcpStream,
      label: isRequest ? message.method : `${message.statusCode} ${message.reasonPhrase}`,
      statusCode: isRequest ? 0 : message.statusCode,
      from: addressOf(message, 'from'),
      to: addressOf(message, 'to'),
      callId: firstHeader(message, 'call-id')?.value ?? '',
      cseqNumber: Number.isNaN(number) ? 0 : number,
      cseqMethod: method,
      security,
      severity,
      connection,
      transactionHash: hash(transactionKey(message)),
      bytes: this.#keep(event, inFrame ? current : undefined),
      framePlace: inFrame && current.isRereadable ? current : undefined,
    });
    if (event.frames.length > 1 && this.#frames.size < MAX_KEPT_SIDE_FACTS) {
      this.#frames.set(index, [...event.frames]);
    }
    if (event.isMade === true && this.#made.size < MAX_KEPT_SIDE_FACTS) this.#made.add(index);
    if (event.framingFaults.length > 0 && this.#framingFaults.size < MAX_KEPT_SIDE_FACTS) {
      this.#framingFaults.set(index, event.framingFaults);
    }
    const requestMethod = isRequest ? message.method : method;
    this.calls.add(index, requestMethod, security, severity, event.network);
    if (this.messages.isRetransmission(index)) this.counters.retransmissions++;
    this.counters.message(
      requestMethod,
      isRequest ? 0 : message.statusCode,
      this.strings.text(this.messages.labelNumber(index)),
      event.transport ?? 'file',
      security,
    );
    for (const finding of findings)
      this.findings.add(event.file, finding, { message: index, connection: -1 });
  }

  #addConnection(event: TlsConnectionEvent): void {
    const connection = this.connections.ended(event);
    for (const finding of event.findings) {
      this.findings.add(event.file, finding, { message: -1, connection });
    }
  }

  #addEntity(event: EntityEvent): void {
    const { body, findings, file } = event;
    if (this.#entities.size >= MAX_KEPT_ENTITIES) return;
    const index = this.messages.add({
      kind: 'entity',
      file,
      frame: undefined,
      transport: undefined,
      source: undefined,
      destination: undefined,
      tcpStream: undefined,
      label: body.contentTypeText ?? body.cms?.contentType ?? body.source.name,
      statusCode: 0,
      from: '',
      to: '',
      callId: '',
      cseqNumber: 0,
      cseqMethod: '',
      security: '',
      severity: worst(findings),
      connection: -1,
      transactionHash: 0,
      bytes: { kind: 'gone', length: body.source.bytes.length },
      framePlace: undefined,
    });
    this.#entities.set(index, event);
    for (const finding of findings) this.findings.add(file, finding, { message: index, connection: -1 });
  }

  /** Remembers where the bytes are; copies them where they cannot be read again. */
  #keep(event: SipMessageEvent, current: CurrentFrame | undefined): BytesPlace {
    const { bytes } = event.message;
    const { length } = bytes;
    if (current?.isRereadable === true && event.frames.length === 1 && bytes.buffer === current.data.buffer) {
      const within = bytes.byteOffset - current.data.byteOffset;
      if (within >= 0 && within + length <= current.data.length) {
        return { kind: 'file', offset: current.offset + within, length };
      }
    }
    const handle = this.#arena.add(bytes);
    return handle === undefined ? { kind: 'gone', length } : { kind: 'copy', handle, length };
  }
}

/** Severity of the worst of some findings. */
export function worst(findings: readonly Finding[]): Severity | undefined {
  let level = -1;
  for (const { severity } of findings) level = Math.max(level, SEVERITIES.indexOf(severity));
  return SEVERITIES[level];
}

function addressOf(message: SipMessage, name: 'from' | 'to'): string {
  const header = firstHeader(message, name);
  return header === undefined ? '' : parseNameAddr(header.value).uri;
}

/** FNV-1a over UTF-16 units; never 0, which stands for none. Equal keys within one call are what it is asked for. */
function hash(key: string | undefined): number {
  if (key === undefined) return 0;
  let value = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
  return value >>> 0 || 1;
}
