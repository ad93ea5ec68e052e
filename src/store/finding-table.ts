import { type Finding, SEVERITIES, type Severity } from '../model/finding.js';
import { bytesColumn, countsColumn, referencesColumn } from './column.js';
import type { StringTable } from './string-table.js';

/** Findings kept as rows, about 30 bytes each besides their texts; what exceeds it is counted by severity. */
export const MAX_KEPT_FINDINGS = 1_000_000;

/** Where a finding belongs; all -1 for one about the capture. */
export type FindingPlace = {
  /** Row of the message. */
  readonly message: number;
  /** Index of the TLS connection. */
  readonly connection: number;
};

export type FindingRow = FindingPlace & {
  readonly index: number;
  readonly file: string;
  readonly finding: Finding;
};

/** All findings of a session, and an order with the worst first. */
export class FindingTable {
  readonly #strings: StringTable;
  readonly #severity = bytesColumn();
  readonly #file = countsColumn();
  readonly #rule = countsColumn();
  readonly #summary = countsColumn();
  readonly #reference = countsColumn();
  readonly #where = countsColumn();
  readonly #message = referencesColumn();
  readonly #connection = referencesColumn();
  #length = 0;
  readonly #bySeverity = SEVERITIES.map(() => countsColumn());
  readonly #counts = SEVERITIES.map(() => 0);
  #omitted = 0;

  constructor(strings: StringTable) {
    this.#strings = strings;
  }

  get length(): number {
    return this.#length;
  }

  get omitted(): number {
    return this.#omitted;
  }

  count(severity: Severity): number {
    return this.#counts[SEVERITIES.indexOf(severity)] ?? 0;
  }

  add(file: string, finding: Finding, place: FindingPlace): void {
    if (this.#length >= MAX_KEPT_FINDINGS) {
      this.#omitted++;
      return;
    }
    const index = this.#length++;
    const strings = this.#strings;
    const level = SEVERITIES.indexOf(finding.severity);
    this.#severity.set(index, level);
    this.#file.set(index, strings.number(file));
    this.#rule.set(index, strings.number(finding.rule));
    this.#summary.set(index, strings.number(finding.summary));
    this.#reference.set(index, strings.number(finding.reference ?? ''));
    this.#where.set(index, strings.number(finding.where ?? ''));
    this.#message.set(index, place.message);
    this.#connection.set(index, place.connection);
    const order = this.#counts[level] ?? 0;
    this.#bySeverity[level]?.set(order, index);
    this.#counts[level] = order + 1;
  }

  /** The finding at `position` of the order that has the worst first and is as found among equals. */
  at(position: number): FindingRow | undefined {
    let before = 0;
    for (let level = SEVERITIES.length - 1; level >= 0; level--) {
      const count = this.#counts[level] ?? 0;
      if (position < before + count) return this.#row(this.#bySeverity[level]?.get(position - before) ?? 0);
      before += count;
    }
    return undefined;
  }

  #row(index: number): FindingRow {
    const strings = this.#strings;
    const reference = strings.text(this.#reference.get(index));
    const where = strings.text(this.#where.get(index));
    return {
      index,
      file: strings.text(this.#file.get(index)),
      message: this.#message.get(index),
      connection: this.#connection.get(index),
      finding: {
        rule: strings.text(this.#rule.get(index)),
        severity: SEVERITIES[this.#severity.get(index)] ?? 'info',
        summary: strings.text(this.#summary.get(index)),
        ...(reference === '' ? {} : { reference }),
        ...(where === '' ? {} : { where }),
      },
    };
  }
}
