import type { AnalyzerEvent, TlsConnectionEvent } from '../../analyzer/events.js';
import { counted } from '../../bytes/text.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { junitDocument } from '../../report/junit.js';
import type { SiplensRecord } from '../../report/records/declared/record-types.js';
import { toJson } from '../../report/records/json.js';
import { toRecord } from '../../report/records/to-record.js';
import { green, red, type Styled, styled } from '../../report/styled.js';
import { tlsDetailLines } from '../../report/tls/detail.js';
import { type ConnectionJudgement, judgementLines, judgementRecords } from '../../report/tls/policy.js';
import { TlsTable } from '../../report/tls/table.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';
import { createJudges, type Judge } from '../policies.js';

export type TlsOptions = CommonOptions & {
  readonly format: string;
  readonly detail?: boolean;
  readonly policy: readonly string[];
  readonly require: readonly string[];
};

/** Connections whose details are told without being asked for: they fit a few screens. */
const FEW_CONNECTIONS = 3;

/** What becomes of connections and judgements in one of the formats. */
type Sink = {
  connection(event: TlsConnectionEvent): void;
  judgement(judgement: ConnectionJudgement): void;
  /** `failures`: sentences that hold for no single connection. */
  end(failures: readonly string[]): void;
};

/** `siplens tls`: the TLS connections, their certificates and identities, and what policies say of them. */
export async function tls(files: readonly string[], options: TlsOptions): Promise<ExitCode> {
  const judges = createJudges(options.policy, options.require);
  if (options.format === 'junit' && judges.length === 0) {
    throw new UsageError('--format junit: there is nothing to test; name a --policy or a --require');
  }
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const output = new Output({ color: options.color });
  const sink = createSink(options, output, files.length > 1, context.now, judges);
  let connections = 0;
  let failed = false;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type !== 'tls_connection' || !passes(event)) return;
    connections++;
    sink.connection(event);
    for (const judge of judges) {
      const judgement = judge.judge(event);
      if (judgement.results.some(({ passed }) => !passed)) failed = true;
      sink.judgement(judgement);
    }
  };
  const outcome = await analyzeFiles(files, context, listener, { afterChunk: () => output.flush() });
  // What was not there cannot have passed.
  const nothing = judges.length > 0 && connections === 0 ? [nothingJudged(options)] : [];
  sink.end(nothing);
  await output.flush();
  if (options.quiet !== true) {
    if (connections === 0)
      tell(`no TLS connection${options.filter === undefined ? '' : ' passes the filter'}`);
    if (connections === 0 || options.verbose === true) outcome.explain(tell, options.verbose === true);
    else outcome.tellUnread(tell);
  }
  if (failed || nothing.length > 0) return EXIT.failed;
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}

function nothingJudged({ filter }: TlsOptions): string {
  const where = filter === undefined ? 'in the input' : 'that passes the filter';
  return `there is no TLS connection ${where}: nothing was proven`;
}

function createSink(
  options: TlsOptions,
  output: Output,
  labelFiles: boolean,
  now: number,
  judges: readonly Judge[],
): Sink {
  switch (options.format) {
    case 'text':
      return textSink(options, output, labelFiles, now, judges);
    case 'json':
      return jsonSink(output);
    case 'junit':
      return junitSink(output, judges);
    default:
      throw new UsageError(`--format ${options.format}: choose text, json or junit`);
  }
}

function textSink(
  options: TlsOptions,
  output: Output,
  labelFiles: boolean,
  now: number,
  judges: readonly Judge[],
): Sink {
  const table = new TlsTable((line) => output.line(line), { width: output.columns, labelFiles });
  let count = 0;
  let details: Styled[][] = [];
  const judgements: Styled[][] = [];
  let failed = 0;
  const wantsDetails = (): boolean => options.detail ?? (judges.length === 0 && count <= FEW_CONNECTIONS);
  return {
    connection: (event) => {
      count++;
      table.add(event);
      if (wantsDetails()) details.push(tlsDetailLines(event, { now }));
      else details = [];
    },
    judgement: (judgement) => {
      if (judgement.results.some(({ passed }) => !passed)) failed++;
      judgements.push(judgementLines(judgement, output.columns));
    },
    end: (failures) => {
      if (count > 0) table.end();
      for (const lines of [...details, ...judgements]) {
        output.line('');
        for (const line of lines) output.line(line);
      }
      for (const { policy } of judges) {
        for (const failure of failures) output.line(styled`${red('FAIL')} policy ${policy}: ${failure}`);
      }
      if (judgements.length > 0) {
        output.line('');
        const verdict = failed === 0 ? green('all passed') : red(`${failed} failed`);
        output.line(
          styled`${counted(judgements.length, 'judgement')} of ${counted(count, 'connection')}: ${verdict}`,
        );
      }
    },
  };
}

function jsonSink(output: Output): Sink {
  let count = 0;
  const write = (record: SiplensRecord): void => {
    output.write(`${count === 0 ? '[\n' : ',\n'}${toJson(record)}`);
    count++;
  };
  return {
    connection: (event) => write(toRecord(event)),
    judgement: (judgement) => {
      for (const record of judgementRecords(judgement)) write(record);
    },
    end: (failures) => {
      output.write(count === 0 ? '[]\n' : '\n]\n');
      for (const failure of failures) tell(failure);
    },
  };
}

function junitSink(output: Output, judges: readonly Judge[]): Sink {
  const byPolicy = new Map<string, ConnectionJudgement[]>(judges.map(({ policy }) => [policy, []]));
  return {
    connection: () => {},
    judgement: (judgement) => byPolicy.get(judgement.policy)?.push(judgement),
    end: (failures) => {
      const failure = failures[0];
      const suites = [...byPolicy].map(([policy, judgements]) => ({
        policy,
        judgements,
        ...(failure === undefined ? {} : { failure }),
      }));
      output.write(junitDocument(suites));
    },
  };
}
