import { availableParallelism } from 'node:os';
import { INCLUDED, type Included, type Plan } from '../engine/plan.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { RECORD_FORMATS } from '../report/records/record-writer.js';
import { UsageError } from './exit.js';
import { recordTest } from './filter-option.js';

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

/** Most worker threads: each has a heap of its own. */
const MAX_JOBS = 64;

/** The worker threads that `--jobs` asks for; one where it is not given. */
export function jobsOf(text: string | undefined): number {
  if (text === undefined) return 1;
  if (text === 'auto') return Math.min(MAX_JOBS, availableParallelism());
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_JOBS) return jobs;
  throw new UsageError(`--jobs ${text}: a number from 1 to ${MAX_JOBS}, or \`auto\` for one a processor`);
}
