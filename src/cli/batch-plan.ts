import type { AnalyzerEvent, ProblemEvent } from '../analyzer/events.js';
import { type PlacedFinding, placedFindings } from '../report/findings.js';
import { MessageLines } from '../report/message-line.js';
import { type JsonRecord, SCHEMA_VERSION, toRecord } from '../report/record.js';
import { RECORD_FIELDS } from '../report/record-fields.js';
import { RECORD_FORMATS, type RecordFormat, recordText } from '../report/record-writer.js';
import { UsageError } from './exit.js';
import { recordTest } from './filter-option.js';

export const INCLUDED = ['messages', 'connections', 'findings', 'packets'] as const;
export type Included = (typeof INCLUDED)[number];

/** What an export puts out and how: plain data, as workers get it too. */
export type Plan = {
  readonly format: RecordFormat;
  readonly fields: readonly string[] | undefined;
  readonly pretty: boolean;
  readonly include: readonly Included[];
  readonly filter: string | undefined;
};

export type PlanOptions = {
  readonly format?: string;
  readonly fields?: string;
  readonly include?: string;
  readonly pretty?: boolean;
  readonly filter?: string;
};

/** The plan that options ask for; wrong ones are told as usage errors. */
export function planOf(options: PlanOptions): Plan {
  const wanted = options.format ?? (options.pretty === true ? 'json' : 'ndjson');
  const format = RECORD_FORMATS.find((one) => one === wanted);
  if (format === undefined) throw new UsageError(`--format ${wanted}: choose ${RECORD_FORMATS.join(', ')}`);
  if (options.pretty === true && (format === 'csv' || format === 'text'))
    throw new UsageError(`--pretty: ${format} is no JSON; it goes with --format json or ndjson`);
  const include =
    options.include === undefined ? INCLUDED.slice(0, 3) : options.include.split(',').map(included);
  const fields = options.fields === undefined ? undefined : fieldsOf(options.fields);
  recordTest(options.filter);
  return { format, fields, pretty: options.pretty === true, include, filter: options.filter };
}

function included(word: string): Included {
  const found = INCLUDED.find((one) => one === word.trim());
  if (found === undefined)
    throw new UsageError(`--include ${word || "''"}: choose of ${INCLUDED.join(', ')}`);
  return found;
}

const FIRST_NAMES: ReadonlySet<string> = new Set(RECORD_FIELDS.map((path) => path.split('.')[0] ?? ''));
const ALL_NAMES: ReadonlySet<string> = new Set(RECORD_FIELDS.flatMap((path) => path.split('.')));

function fieldsOf(text: string): string[] {
  const paths = text.split(',');
  // An output of empty records would help no one; a path with nothing beside a point names nothing either.
  if (paths.every((path) => path.split('.').every((name) => name.trim() !== '')))
    return paths.map(knownField);
  throw new UsageError(
    `--fields '${text}': a name is missing; names stand with commas between, as frame,call_id,from.uri`,
  );
}

function knownField(text: string): string {
  const path = text.trim();
  const names = path.split('.');
  const unknown = names.find((name, index) => !(index === 0 ? FIRST_NAMES : ALL_NAMES).has(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--fields ${path}: no record has \`${unknown}\`; \`siplens export --schema\` shows what records have`,
    );
  }
  return path;
}

/** What a run put out; counts add up over files and workers. */
export type Tally = {
  files: number;
  packets: number;
  messages: number;
  entities: number;
  /** TLS connections by whether their content was reached. */
  opened: number;
  /** TLS connections in which nothing was sent under encryption. */
  unencrypted: number;
  partly: number;
  closed: number;
  findings: number;
  errors: number;
  records: number;
  /** Records that were left out, as they have none of the fields. */
  withoutFields: number;
};

export function emptyTally(): Tally {
  return {
    files: 0,
    packets: 0,
    messages: 0,
    entities: 0,
    opened: 0,
    unencrypted: 0,
    partly: 0,
    closed: 0,
    findings: 0,
    errors: 0,
    records: 0,
    withoutFields: 0,
  };
}

export function addTally(sum: Tally, part: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += part[name];
}

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
  event(event: AnalyzerEvent): boolean {
    this.#count(event);
    if (event.type === 'error') {
      this.#put(toRecord(event));
      return false;
    }
    if (!this.#include.has(KINDS[event.type])) return this.#findingsOf(event);
    if (this.#lines !== undefined && event.type === 'sip_message') {
      this.tally.records++;
      this.#write(this.#lines.line(event));
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

function findingRecord({ finding, file, frame, tcpStream }: PlacedFinding): JsonRecord {
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

/** The end of a run in one sentence. */
export function summaryOf(tally: Tally, leftOut: number): string {
  const connections = [
    `${number(tally.opened)} opened`,
    ...(tally.partly === 0 ? [] : [`${number(tally.partly)} in part`]),
    `${number(tally.closed)} closed`,
    ...(tally.unencrypted === 0 ? [] : [`${number(tally.unencrypted)} not encrypted`]),
  ].join(', ');
  const parts = [
    counted(tally.files, 'file'),
    counted(tally.packets, 'packet'),
    counted(tally.messages, 'message'),
    ...(tally.entities === 0 ? [] : [counted(tally.entities, 'entity', 'entities')]),
    `${counted(tally.opened + tally.partly + tally.closed + tally.unencrypted, 'TLS connection')} (${connections})`,
    counted(tally.findings, 'finding'),
    ...(tally.errors === 0 ? [] : [counted(tally.errors, 'error')]),
    ...(tally.withoutFields === 0
      ? []
      : [`${counted(tally.withoutFields, 'record')} without any of the fields left out`]),
    ...(leftOut === 0 ? [] : [`${counted(leftOut, 'other file')} left out`]),
  ];
  return parts.join('; ');
}

/** A number with its noun, as `1 packet`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
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
