import type { AnalyzerEvent, ProblemEvent } from '../analyzer/events.js';
import type { PlainMessage } from '../analyzer/plain-message.js';
import { type PlacedFinding, placedFindings } from '../report/findings.js';
import { SCHEMA_VERSION } from '../report/records/declared/field.js';
import type { FindingRecord } from '../report/records/declared/record-types.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { MessageLines } from '../report/records/message-line.js';
import { recordText } from '../report/records/record-writer.js';
import { type JsonRecord, toRecord } from '../report/records/to-record.js';
import { compileFilter } from '../store/filter.js';
import type { Included, Plan } from './plan.js';
import { emptyTally, type Tally } from './tally.js';

/** Whether a plan's records of messages can be written straight from their parts. */
function isLean({ format, fields, filter, pretty, include }: Plan): boolean {
  const isJson = format === 'ndjson' || format === 'json';
  return isJson && fields === undefined && filter === undefined && !pretty && include.includes('messages');
}

/** Turns events and packets into the text of records as a plan says, and counts them. */
export class RecordStream {
  readonly tally: Tally = emptyTally();
  readonly #text: (record: JsonRecord) => string | undefined;
  readonly #test: ((record: object) => boolean) | undefined;
  readonly #include: ReadonlySet<Included>;
  readonly #write: (piece: string | Uint8Array) => void;
  /** Writes messages straight from their bytes, where the plan allows it. */
  readonly #lines: MessageLines | undefined;

  /** `write` takes a record each time, and copies what are bytes. */
  constructor(plan: Plan, write: (piece: string | Uint8Array) => void) {
    if (isLean(plan)) this.#lines = new MessageLines(plan.format === 'ndjson' ? '\n' : '');
    this.#text = recordText(plan);
    this.#test = recordTest(plan.filter);
    this.#include = new Set(plan.include);
    this.#write = write;
  }

  get includesPackets(): boolean {
    return this.#include.has('packets');
  }

  /** Puts an event out where the plan wants it; answers whether it passes the filter. */
  event(event: AnalyzerEvent, plain?: PlainMessage): boolean {
    this.#count(event);
    if (event.type === 'error') {
      this.#put(toRecord(event));
      return false;
    }
    if (!this.#include.has(KINDS[event.type])) return this.#findingsOf(event);
    if (this.#lines !== undefined && event.type === 'sip_message') {
      this.tally.records++;
      this.#write(this.#lines.line(event, plain));
      return true;
    }
    const record = toRecord(event);
    if (this.#test !== undefined && !this.#test(record)) return false;
    this.#put(record);
    return true;
  }

  /** Puts out the findings of an event that itself is not; answers whether it or one of them passes the filter. */
  #findingsOf(event: Exclude<AnalyzerEvent, ProblemEvent>): boolean {
    const findings = this.#include.has('findings') ? placedFindings(event) : [];
    const test = this.#test;
    if (test === undefined) {
      for (const finding of findings) this.#put(findingRecord(finding));
      return true;
    }
    const of = toRecord(event);
    let passes = test(of);
    for (const finding of findings) {
      const record = findingRecord(finding);
      // A filter may be about what it is a finding of, too: the errors of INVITEs, of one stream.
      const both = { ...of, ...record, findings: [finding.finding] };
      if (!test(both) && !test({ ...both, type: of.type })) continue;
      passes = true;
      this.#put(record);
    }
    return passes;
  }

  /** Puts a packet out; answers whether it passes the filter. */
  packet(record: JsonRecord): boolean {
    if (this.#test !== undefined && !this.#test(record)) return false;
    this.#put(record);
    return true;
  }

  #put(record: JsonRecord): void {
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

function findingRecord({ finding, file, frame, tcpStream }: PlacedFinding): FindingRecord {
  const place =
    frame !== undefined ? `frame ${frame}` : tcpStream === undefined ? '' : `tcp stream ${tcpStream}`;
  const where = [place, finding.where ?? ''].filter((word) => word !== '').join(', ');
  return {
    schema_version: SCHEMA_VERSION,
    type: 'finding',
    file,
    ...finding,
    ...(where === '' ? {} : { where }),
  };
}

const KINDS: Readonly<Record<Exclude<AnalyzerEvent['type'], 'error'>, Included>> = {
  sip_message: 'messages',
  entity: 'messages',
  tls_connection: 'connections',
  finding: 'findings',
};

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
