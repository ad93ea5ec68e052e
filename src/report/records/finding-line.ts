/**
 * Findings as JSON, written straight from their parts: the same text as `toJson(findings)`, at half its cost, as a
 * finding is a few words that come again and again around one sentence.
 */
import type { Finding } from '../../model/finding.js';
import { escaped, quoted } from './json.js';
import type { JsonWriter } from './json-writer.js';

/** Longest list remembered, in bytes of JSON: what the messages of a sender have in common is some 2 KB. */
const REMEMBERED_LENGTH = 16 * 1024;

/** A list on one line. */
export function findingsLine(findings: readonly Finding[]): string {
  let line = '';
  for (const { rule, severity, summary, reference, where } of findings) {
    line += line === '' ? '{"rule":' : ',{"rule":';
    line += `${quoted(rule)},"severity":"${severity}","summary":"${escaped(summary)}"`;
    if (reference !== undefined) line += `,"reference":${quoted(reference)}`;
    line += where === undefined ? '}' : `,"where":${quoted(where)}}`;
  }
  return `[${line}]`;
}

/** Writes lists of findings: one that is the same as the last, as from message to message of a sender, at no cost. */
export class FindingsWriter {
  #findings: readonly Finding[] = [];
  #bytes: Uint8Array | undefined;

  write(json: JsonWriter, findings: readonly Finding[]): void {
    if (this.#bytes !== undefined && areSame(findings, this.#findings)) {
      json.raw(this.#bytes);
      return;
    }
    const start = json.length;
    json.json(findingsLine(findings));
    const written = json.written.subarray(start);
    this.#findings = findings;
    this.#bytes = written.length <= REMEMBERED_LENGTH ? new Uint8Array(written) : undefined;
  }
}

function areSame(some: readonly Finding[], others: readonly Finding[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) {
    const one = some[index] as Finding;
    const other = others[index] as Finding;
    if (one.rule !== other.rule || one.summary !== other.summary || one.where !== other.where) return false;
    if (one.severity !== other.severity || one.reference !== other.reference) return false;
  }
  return true;
}
