import type { AnalyzerEvent } from '../analyzer/events.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { toRecord } from '../report/records/to-record.js';
import { compileFilter, renderFilterError } from '../store/filter.js';
import { UsageError } from './exit.js';

/** Whether an event is to be written; problems always are. */
export type EventTest = (event: AnalyzerEvent) => boolean;

/** The test of `--filter` on records; undefined without one. */
export function recordTest(expression: string | undefined): ((record: object) => boolean) | undefined {
  if (expression === undefined) return undefined;
  const filter = compileFilter(expression, RECORD_FIELDS);
  if (!filter.ok) {
    throw new UsageError(`--filter: the expression is wrong\n${renderFilterError(expression, filter)}`);
  }
  return (record) => filter.test(record);
}

/** The test of `--filter`; everything passes without one. A wrong expression is pointed at with a caret. */
export function eventTest(expression: string | undefined): EventTest {
  const test = recordTest(expression);
  return (event) => test === undefined || event.type === 'error' || test(toRecord(event));
}
