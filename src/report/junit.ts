/** JUnit's XML, as CI systems read it: one suite per policy, one case for each connection and rule. */

import { printable } from '../bytes/text.js';
import type { ConnectionJudgement } from './tls/policy.js';
import { endpointText } from './tls/table.js';

/** A judgement, or why there is none. */
export type JunitSuite = {
  readonly policy: string;
  readonly judgements: readonly ConnectionJudgement[];
  /** A failure of the suite as a whole: there was no connection to judge. */
  readonly failure?: string;
};

/** The document, with its line ends. */
export function junitDocument(suites: readonly JunitSuite[]): string {
  const rendered = suites.map(renderSuite);
  const tests = rendered.reduce((sum, suite) => sum + suite.tests, 0);
  const failures = rendered.reduce((sum, suite) => sum + suite.failures, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="siplens" tests="${tests}" failures="${failures}">`,
    ...rendered.map(({ text }) => text),
    '</testsuites>',
    '',
  ].join('\n');
}

function renderSuite(suite: JunitSuite): {
  readonly text: string;
  readonly tests: number;
  readonly failures: number;
} {
  const cases: string[] = [];
  let failures = 0;
  const add = (name: string, className: string, failure: string | undefined): void => {
    const attributes = `name="${escapeXml(name)}" classname="${escapeXml(className)}"`;
    if (failure === undefined) {
      cases.push(`    <testcase ${attributes}/>`);
      return;
    }
    failures++;
    const message = escapeXml(failure);
    cases.push(
      `    <testcase ${attributes}>`,
      `      <failure message="${message}">${message}</failure>`,
      '    </testcase>',
    );
  };
  if (suite.failure !== undefined) add('connections', suite.policy, suite.failure);
  for (const { event, results } of suite.judgements) {
    const { file, tcpStream, client, server } = event;
    const className = `${suite.policy}.${file} tcp stream ${tcpStream} ${endpointText(client)} -> ${endpointText(server)}`;
    for (const { rule, passed, detail, frame } of results) {
      add(rule, className, passed ? undefined : `${detail}${frame === undefined ? '' : ` (frame ${frame})`}`);
    }
  }
  const tests = suite.judgements.reduce(
    (sum, { results }) => sum + results.length,
    suite.failure === undefined ? 0 : 1,
  );
  const head = `  <testsuite name="${escapeXml(suite.policy)}" tests="${tests}" failures="${failures}" errors="0" skipped="0">`;
  return { text: [head, ...cases, '  </testsuite>'].join('\n'), tests, failures };
}

/**
 * Text for an attribute or element. XML 1.0 §2.2 has no place for most control characters, escaped or not, and viewers
 * act on others: they become escapes as on a terminal.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r]+/g, (run) => printable(run))
    .replace(/[\ufffe\uffff]/g, '?')
    .replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
