import type { AnalyzerEvent } from '../../analyzer/events.js';
import { faultRules } from '../../checks/fault-rules.js';
import { mistakeRules } from '../../checks/mistakes.js';
import type { RuleHeader } from '../../checks/rule.js';
import { RULES } from '../../checks/table.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { atLeast, SEVERITIES, type Severity } from '../../model/finding.js';
import { FindingReport, placedFindings } from '../../report/findings.js';
import { severityStyle } from '../../report/styled.js';
import { TableWriter } from '../../report/terminal.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

type CheckOptions = CommonOptions & {
  readonly list?: boolean;
  readonly explain?: string;
  readonly failOn?: string;
  readonly ignore: readonly string[];
  readonly format: string;
};

/** `siplens check`: findings only, by severity; exit 1 where one is as bad as `--fail-on`. */
export async function check(files: readonly string[], options: CheckOptions): Promise<ExitCode> {
  if (options.list === true) return listRules(options);
  if (options.explain !== undefined) return explainRule(options.explain);
  if (files.length === 0) throw new UsageError('check: name a file, or `-` for standard input');
  if (!['text', 'json', 'junit'].includes(options.format)) {
    throw new UsageError(`--format ${options.format}: choose text, json or junit`);
  }
  const threshold = options.failOn === undefined ? undefined : severityOf(options.failOn);
  const ignored = new Set(options.ignore);
  // A rule that is misspelt would be ignored by nobody.
  for (const id of ignored) findRule(id);
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const report = new FindingReport();
  let failed = false;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (!passes(event)) return;
    for (const placed of placedFindings(event)) {
      if (ignored.has(placed.finding.rule)) continue;
      report.add(placed);
      failed ||= threshold !== undefined && atLeast(placed.finding.severity, threshold);
    }
  };
  const outcome = await analyzeFiles(files, context, listener);
  const output = new Output({ color: options.color });
  if (options.format === 'json') report.writeJson((line) => output.write(`${line}\n`));
  else if (options.format === 'junit')
    report.writeJunit((line) => output.write(`${line}\n`), threshold ?? 'error');
  else {
    report.writeText((line) => output.line(line), {
      width: output.columns,
      labelFiles: files.length > 1,
    });
  }
  await output.flush();
  if (options.quiet !== true) {
    tell(report.summary());
    outcome.explain(tell, options.verbose === true, 'findings');
  }
  if (failed) return EXIT.failed;
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}

function severityOf(text: string): Severity {
  const severity = SEVERITIES.find((one) => one === text);
  if (severity === undefined) throw new UsageError(`--fail-on ${text}: choose ${SEVERITIES.join(', ')}`);
  return severity;
}

function allRules(): readonly RuleHeader[] {
  return [...RULES, ...mistakeRules(), ...faultRules()];
}

function findRule(id: string): RuleHeader {
  const rule = allRules().find((one) => one.id === id);
  if (rule === undefined) {
    throw new UsageError(`there is no rule ${id}; \`siplens check --list\` names them all`);
  }
  return rule;
}

async function listRules(options: CheckOptions): Promise<ExitCode> {
  const output = new Output({ color: options.color });
  const table = new TableWriter(
    [{ title: 'Rule' }, { title: 'Severity' }, { title: 'Reference' }, { title: 'What' }],
    (line) => output.line(line),
    { sample: Number.POSITIVE_INFINITY },
  );
  for (const { id, severity, reference, title } of [...allRules()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    table.row([id, { text: severity, style: severityStyle(severity) }, reference ?? '', title]);
  }
  table.flush();
  await output.flush();
  return EXIT.done;
}

async function explainRule(id: string): Promise<ExitCode> {
  const rule = findRule(id);
  const output = new Output();
  output.line(`${rule.id}: ${rule.title}`);
  output.line(`severity ${rule.severity}${rule.reference === undefined ? '' : `, ${rule.reference}`}`);
  output.line('');
  output.line(rule.explanation);
  await output.flush();
  return EXIT.done;
}
