import { printable } from '../../bytes/text.js';
import { csvHeader, csvLine } from './csv.js';
import { CSV_COLUMNS } from './field-names.js';
import { toJson } from './json.js';
import { picker } from './record-path.js';
import type { JsonRecord } from './to-record.js';

export const RECORD_FORMATS = ['ndjson', 'json', 'csv', 'text'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

export type RecordFormatOptions = {
  readonly format: RecordFormat;
  /** Paths of the fields to write; all where undefined (for CSV, `CSV_COLUMNS`). */
  readonly fields: readonly string[] | undefined;
  readonly pretty: boolean;
};

/**
 * The frame of an output: what stands before the first record, between two and after the last. Records written by
 * several workers are put together with it. `empty` is the whole output where there is no record.
 */
export type RecordFrame = {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly empty: string;
};

export function recordFrame({ format, fields }: RecordFormatOptions): RecordFrame {
  switch (format) {
    case 'json':
      return { before: '[\n', between: ',\n', after: '\n]\n', empty: '[]\n' };
    case 'csv': {
      const header = csvHeader(fields ?? CSV_COLUMNS);
      return { before: header, between: '', after: '', empty: header };
    }
    case 'ndjson':
    case 'text':
      return { before: '', between: '', after: '', empty: '' };
  }
}

/**
 * A function that writes one record in the format, without what stands around records; undefined of one that has none of
 * the fields.
 */
export function recordText(options: RecordFormatOptions): (record: JsonRecord) => string | undefined {
  const { fields } = options;
  const write = writerOf(options);
  if (fields === undefined) return (record) => write(record, record);
  const pick = picker(fields);
  return (record) => {
    const picked = pick(record);
    return picked === undefined ? undefined : write(picked, record);
  };
}

/** Takes what is picked of a record, and the record itself. */
function writerOf(options: RecordFormatOptions): (picked: JsonRecord, record: JsonRecord) => string {
  const { format, fields, pretty } = options;
  switch (format) {
    case 'ndjson':
      return (picked) => `${toJson(picked, pretty)}\n`;
    case 'json':
      return (picked) => toJson(picked, pretty);
    case 'csv': {
      const columns = fields ?? CSV_COLUMNS;
      return (_, record) => csvLine(record, columns);
    }
    case 'text':
      return textBlock;
  }
}

/** A record as `name: value` lines with an empty line behind them; nested names have dots, items their number. */
function textBlock(record: JsonRecord): string {
  const lines: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      const isList = value.every((item) => typeof item !== 'object');
      if (isList) lines.push(printable(`${name}: ${value.map(String).join(', ')}`));
      else {
        value.forEach((item, index) => {
          add(`${name}.${index}`, item);
        });
      }
    } else if (typeof value === 'object') {
      for (const [inner, content] of Object.entries(value)) {
        add(name === '' ? inner : `${name}.${inner}`, content);
      }
    } else lines.push(printable(`${name}: ${String(value)}`));
  };
  add('', record);
  return `${lines.join('\n')}\n\n`;
}
