import type { AnalyzerEvent, ProblemEvent } from '../analyzer/events.js';
import { type PlacedFinding, placedFindings } from '../report/findings.js';
import { SCHEMA_VERSION } from '../report/records/declared/field.js';
import type { FindingRecord, PacketRecord, SiplensRecord } from '../report/records/declared/record-types.js';
import { toRecord } from '../report/records/to-record.js';
import type { Included } from './plan.js';

/** Makes records of events, and hands on those that are wanted. */
export class RecordSelection {
  readonly #include: ReadonlySet<Included>;
  readonly #test: ((record: object) => boolean) | undefined;
  readonly #put: (record: SiplensRecord) => void;

  /** `test` is the filter; undefined where everything passes. */
  constructor(
    include: readonly Included[],
    test: ((record: object) => boolean) | undefined,
    put: (record: SiplensRecord) => void,
  ) {
    this.#include = new Set(include);
    this.#test = test;
    this.#put = put;
  }

  get includesPackets(): boolean {
    return this.#include.has('packets');
  }

  /** Takes an event; answers whether it passes the filter. */
  event(event: AnalyzerEvent): boolean {
    if (event.type === 'error') {
      this.#put(toRecord(event));
      return false;
    }
    if (!this.#include.has(KINDS[event.type])) return this.#findingsOf(event);
    return this.#pass(toRecord(event));
  }

  /** Takes a packet; answers whether it passes the filter. */
  packet(record: PacketRecord): boolean {
    return this.#pass(record);
  }

  #pass(record: SiplensRecord): boolean {
    if (this.#test !== undefined && !this.#test(record)) return false;
    this.#put(record);
    return true;
  }

  /** Takes the findings of an event that itself is not wanted; answers whether it or one of them passes the filter. */
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
