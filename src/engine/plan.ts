import type { RecordFormat } from '../report/records/record-writer.js';

/** Kinds of records that an export can hold. */
export const INCLUDED = ['messages', 'connections', 'findings', 'packets'] as const;
export type Included = (typeof INCLUDED)[number];

/** What an export writes and how: plain data, as workers get it too. */
export type Plan = {
  readonly format: RecordFormat;
  readonly fields: readonly string[] | undefined;
  readonly pretty: boolean;
  readonly include: readonly Included[];
  readonly filter: string | undefined;
};
