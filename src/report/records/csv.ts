import { printable } from '../../bytes/text.js';
import { valueAt } from './record-path.js';
import type { JsonRecord } from './to-record.js';

/** The header line, with its line end. */
export function csvHeader(columns: readonly string[]): string {
  return `${columns.map(quoted).join(',')}\r\n`;
}

/**
 * A record as a line of CSV (RFC 4180), with its line end. A value that is a list has its items apart by `; `; what is
 * an object is JSON. Control characters are escaped as on a terminal, and a text that a spreadsheet would take for a
 * formula has an apostrophe before it: these values come from the network.
 */
export function csvLine(record: JsonRecord, columns: readonly string[]): string {
  return `${columns.map((column) => quoted(cell(valueAt(record, column)))).join(',')}\r\n`;
}

/**
 * What a spreadsheet takes for a formula: `=`, `+`, `-` or `@` first, in any width form (UAX #11), also after spaces, which
 * some strip.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]/;

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(cell).join('; ');
  if (typeof value === 'object') return printable(JSON.stringify(value));
  if (typeof value !== 'string') return String(value);
  const text = printable(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
