import type { AnalyzerEvent } from '../analyzer/events.js';
import type { PlainMessage } from '../analyzer/plain-message.js';
import type { PacketRecord, SiplensRecord } from '../report/records/declared/record-types.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { MessageLines } from '../report/records/message-line.js';
import { recordText } from '../report/records/record-writer.js';
import { compileFilter } from '../store/filter.js';
import type { Plan } from './plan.js';
import { RecordSelection } from './record-selection.js';
import { emptyTally, type Tally } from './tally.js';

/** Whether a plan's records of messages can be written straight from their bytes. */
function isLean({ format, fields, filter, pretty, include }: Plan): boolean {
  const isJson = format === 'ndjson' || format === 'json';
  return isJson && fields === undefined && filter === undefined && !pretty && include.includes('messages');
}

/** Turns events and packets into the text of records as a plan says, and counts them. */
export class RecordStream {
  readonly tally: Tally = emptyTally();
  readonly #selection: RecordSelection;
  readonly #text: ReturnType<typeof recordText>;
  readonly #write: (piece: string | Uint8Array) => void;
  /** Writes messages straight from their bytes, where the plan allows it. */
  readonly #lines: MessageLines | undefined;

  /** `write` takes a record each time, and copies what are bytes. */
  constructor(plan: Plan, write: (piece: string | Uint8Array) => void) {
    if (isLean(plan)) this.#lines = new MessageLines(plan.format === 'ndjson' ? '\n' : '');
    this.#text = recordText(plan);
    this.#selection = new RecordSelection(plan.include, recordTest(plan.filter), (record) =>
      this.#put(record),
    );
    this.#write = write;
  }

  get includesPackets(): boolean {
    return this.#selection.includesPackets;
  }

  /** Writes an event where the plan wants it; answers whether it passes the filter. */
  event(event: AnalyzerEvent, plain?: PlainMessage): boolean {
    this.#count(event);
    if (this.#lines === undefined || event.type !== 'sip_message') return this.#selection.event(event);
    this.tally.records++;
    this.#write(this.#lines.line(event, plain));
    return true;
  }

  /** Writes a packet; answers whether it passes the filter. */
  packet(record: PacketRecord): boolean {
    return this.#selection.packet(record);
  }

  #put(record: SiplensRecord): void {
    const text = this.#text(record);
    if (text === undefined) {
      this.tally.withoutFields++;
      return;
    }
    this.tally.records++;
    this.#write(text);
  }

  #count(event: AnalyzerEvent): void {
    const { tally } = this;
    switch (event.type) {
      case 'sip_message':
        tally.messages++;
        tally.findings += event.findings.length;
        break;
      case 'entity':
        tally.entities++;
        tally.findings += event.findings.length;
        break;
      case 'tls_connection': {
        const { status } = event.connection.decryption;
        if (status === 'not_encrypted') tally.unencrypted++;
        else if (status === 'decrypted') tally.opened++;
        else if (status === 'partial') tally.partly++;
        else tally.closed++;
        tally.findings += event.findings.length;
        break;
      }
      case 'finding':
        tally.findings++;
        break;
      case 'error':
        tally.errors++;
    }
  }
}

/** Tells of inputs that could not be taken, and puts a record of each out. */
export function tellProblems(
  problems: readonly { readonly path: string; readonly message: string }[],
  stream: RecordStream,
  tell: (line: string) => void,
): void {
  for (const { path, message } of problems) {
    tell(`${path}: ${message}`);
    stream.event({ type: 'error', file: path, message });
  }
}

/** The test of a plan's filter, which was checked when the plan was made. */
function recordTest(expression: string | undefined): ((record: object) => boolean) | undefined {
  if (expression === undefined) return undefined;
  const filter = compileFilter(expression, RECORD_FIELDS);
  if (!filter.ok) throw new Error(`the filter of the plan does not compile: ${filter.message}`);
  return (record) => filter.test(record);
}
