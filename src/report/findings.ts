import type { AnalyzerEvent } from '../analyzer/events.js';
import { printable } from '../bytes/text.js';
import { wrapText } from '../bytes/width.js';
import { atLeast, type Finding, SEVERITIES, type Severity } from '../model/finding.js';
import { escapeXml } from './junit.js';
import { toJson } from './records/json.js';
import { bold, painted, type Styled, severityStyle, styled } from './styled.js';
import { type Column, pad, TableWriter } from './terminal.js';

/** A finding with the place that its event gives it. */
export type PlacedFinding = {
  readonly finding: Finding;
  readonly file: string;
  readonly frame?: number;
  readonly tcpStream?: number;
};

/** The findings of an event, each with its place. */
export function placedFindings(event: AnalyzerEvent): readonly PlacedFinding[] {
  const { file } = event;
  switch (event.type) {
    case 'sip_message': {
      const frame = event.frame?.number;
      return event.findings.map((finding) => ({ finding, file, ...(frame === undefined ? {} : { frame }) }));
    }
    case 'tls_connection':
      return event.findings.map((finding) => ({ finding, file, tcpStream: event.tcpStream }));
    case 'entity':
      return event.findings.map((finding) => ({ finding, file }));
    case 'finding':
      return [{ finding: event.finding, file }];
    case 'error':
      return [];
  }
}

/** Columns of the longest name of a severity. */
const SEVERITY_WIDTH = Math.max(...SEVERITIES.map((severity) => severity.length));

/** Findings kept for sorting; beyond that they are only counted, and told to be. */
const MAX_KEPT = 100_000;

export type FindingTextOptions = {
  readonly width: number | undefined;
  readonly labelFiles: boolean;
};

/** Gathers findings and writes them, worst first, otherwise in the order in which they came. */
export class FindingReport {
  readonly #kept = new Map<Severity, PlacedFinding[]>(SEVERITIES.map((severity) => [severity, []]));
  readonly #counts = new Map<Severity, number>(SEVERITIES.map((severity) => [severity, 0]));
  #held = 0;
  #leftOut = 0;

  add(placed: PlacedFinding): void {
    const { severity } = placed.finding;
    this.#counts.set(severity, (this.#counts.get(severity) ?? 0) + 1);
    if (this.#held < MAX_KEPT) {
      this.#kept.get(severity)?.push(placed);
      this.#held++;
    } else this.#leftOut++;
  }

  /** `2 errors, 1 note`, or that there is nothing. */
  summary(): string {
    const words = [...SEVERITIES].reverse().flatMap((severity) => {
      const count = this.#counts.get(severity) ?? 0;
      return count === 0
        ? []
        : [`${count} ${count === 1 || severity === 'info' ? severity : `${severity}s`}`];
    });
    const left = this.#leftOut === 0 ? '' : `; the last ${this.#leftOut} are counted, not shown`;
    return words.length === 0 ? 'no findings' : `${words.join(', ')}${left}`;
  }

  writeText(line: (line: Styled) => void, { width, labelFiles }: FindingTextOptions): void {
    if (width !== undefined) {
      for (const placed of this.#worstFirst()) writeBlock(placed, line, width, labelFiles);
      return;
    }
    // Sentences are of any length: they stand last.
    const columns: Column[] = [
      { title: 'Severity' },
      { title: 'Rule' },
      ...(labelFiles ? [{ title: 'File', maxWidth: 40 }] : []),
      { title: 'Where' },
      { title: 'Reference' },
      { title: 'Finding' },
    ];
    const table = new TableWriter(columns, line);
    let rows = 0;
    for (const placed of this.#worstFirst()) {
      const { finding, file } = placed;
      const { severity, rule, summary, reference } = finding;
      table.row([
        { text: severity, style: severityStyle(severity) },
        rule,
        ...(labelFiles ? [file] : []),
        whereOf(placed),
        reference ?? '',
        summary,
      ]);
      rows++;
    }
    if (rows > 0) table.flush();
  }

  /** One array of finding records. */
  writeJson(line: (line: string) => void): void {
    const all = [...this.#worstFirst()].map(({ finding, file, frame, tcpStream }) =>
      toJson({ file, frame, tcp_stream: tcpStream, ...finding }),
    );
    line(all.length === 0 ? '[]' : `[\n${all.join(',\n')}\n]`);
  }

  /** One test suite per file and one case per finding, failed from `threshold` upwards. */
  writeJunit(line: (line: string) => void, threshold: Severity): void {
    const files = new Map<string, PlacedFinding[]>();
    for (const placed of this.#worstFirst()) {
      const list = files.get(placed.file);
      if (list === undefined) files.set(placed.file, [placed]);
      else list.push(placed);
    }
    line('<?xml version="1.0" encoding="UTF-8"?>');
    line('<testsuites name="siplens check">');
    for (const [file, placed] of files) {
      const failures = placed.filter(({ finding }) => atLeast(finding.severity, threshold)).length;
      line(`  <testsuite name="${escapeXml(file)}" tests="${placed.length}" failures="${failures}">`);
      for (const one of placed) {
        const { rule, severity, summary, reference } = one.finding;
        const text = `${summary}${reference === undefined ? '' : ` (${reference})`}`;
        const name = `${rule} ${whereOf(one)}`.trim();
        const body = atLeast(severity, threshold)
          ? `<failure type="${severity}" message="${escapeXml(text)}"/>`
          : `<system-out>${escapeXml(`${severity}: ${text}`)}</system-out>`;
        line(`    <testcase classname="${escapeXml(file)}" name="${escapeXml(name)}">${body}</testcase>`);
      }
      line('  </testsuite>');
    }
    line('</testsuites>');
  }

  *#worstFirst(): Generator<PlacedFinding> {
    for (const severity of [...SEVERITIES].reverse()) yield* this.#kept.get(severity) ?? [];
  }
}

/** On a terminal: a line that says what and where, and below it the sentence, wrapped so that none of it is cut. */
function writeBlock(
  placed: PlacedFinding,
  line: (line: Styled) => void,
  width: number,
  labelFiles: boolean,
): void {
  const { severity, rule, summary, reference } = placed.finding;
  const place = [...(labelFiles ? [placed.file] : []), whereOf(placed)].filter((word) => word !== '');
  const head = place.length === 0 ? rule : `${rule}, ${place.join(', ')}`;
  const sentence = reference === undefined ? summary : `${summary} [${reference}]`;
  const room = width - SEVERITY_WIDTH - 2;
  const [first = '', ...more] = wrapText(printable(head), room);
  line(styled`${painted(severityStyle(severity), pad(severity, SEVERITY_WIDTH))}  ${bold(first)}`);
  const indent = ' '.repeat(SEVERITY_WIDTH + 2);
  for (const one of more) line(styled`${indent}${bold(one)}`);
  for (const one of wrapText(printable(sentence), room)) line(indent + one);
}

function whereOf({ finding, frame, tcpStream }: PlacedFinding): string {
  const place =
    frame !== undefined ? `frame ${frame}` : tcpStream === undefined ? '' : `tcp stream ${tcpStream}`;
  return [place, finding.where].filter((word) => word !== undefined && word !== '').join(' ');
}
