import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { largest } from '../../bytes/append.js';
import { printable } from '../../bytes/text.js';
import { displayWidth, wrapText } from '../../bytes/width.js';
import type { PolicyResult } from '../../checks/policy/policy.js';
import { SCHEMA_VERSION } from '../records/declared/field.js';
import type { PolicyResultRecord } from '../records/declared/record-types.js';
import { bold, green, red, type Styled, styled } from '../styled.js';
import { endpointText } from './table.js';

/** What a policy says of one connection. */
export type ConnectionJudgement = {
  readonly policy: string;
  readonly event: TlsConnectionEvent;
  readonly results: readonly PolicyResult[];
};

/** Lines for a person: the connection, then pass or fail of each rule with the frame that proves it. */
export function judgementLines({ policy, event, results }: ConnectionJudgement, columns?: number): Styled[] {
  const failed = results.filter(({ passed }) => !passed).length;
  const head = `policy ${policy}, tcp stream ${event.tcpStream} (${endpointText(event.client)} -> ${endpointText(event.server)})`;
  const verdict = failed === 0 ? green('pass') : red('FAIL');
  const width = largest(
    results.map(({ rule }) => rule.length),
    0,
  );
  return [
    styled`${verdict} ${bold(head)}`,
    ...results.flatMap(({ rule, passed, detail, frame }) => {
      const place = frame === undefined ? '' : ` (frame ${frame})`;
      const word = passed ? green('pass') : red('FAIL');
      const name = printable(rule.padEnd(width));
      const indent = 10 + displayWidth(name);
      // Where names leave no room for sentences, the terminal breaks the lines.
      const room = columns === undefined || columns - indent < 20 ? undefined : columns - indent;
      const [first, ...more] = wrapText(printable(detail) + place, room);
      return [styled`  ${word}  ${name}  ${first ?? ''}`, ...more.map((line) => ' '.repeat(indent) + line)];
    }),
  ];
}

/** One record a rule, for scripts. */
export function judgementRecords({ policy, event, results }: ConnectionJudgement): PolicyResultRecord[] {
  return results.map(({ rule, passed, detail, frame, reference }) => ({
    schema_version: SCHEMA_VERSION,
    type: 'policy_result',
    file: event.file,
    tcp_stream: event.tcpStream,
    policy,
    rule,
    result: passed ? 'pass' : 'fail',
    detail,
    frame,
    reference,
  }));
}
