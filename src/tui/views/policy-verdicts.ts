/** What the built-in policies say of a connection. */
import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { BUILT_IN_POLICIES } from '../../checks/policy/builtin.js';
import { parsePolicy } from '../../checks/policy/file.js';
import { PolicyRun } from '../../checks/policy/policy.js';
import type { Styled } from '../../report/styled.js';
import { judgementLines } from '../../report/tls/policy.js';

/** Lines for each policy; `earlier` are connections whose session this one may have resumed. */
export function policyLines(
  event: TlsConnectionEvent,
  earlier: readonly TlsConnectionEvent[],
  columns: number,
): Styled[] {
  return [...BUILT_IN_POLICIES].flatMap(([name, text]) => {
    const parsed = parsePolicy(text, name);
    if (!parsed.ok) return [];
    const run = new PolicyRun(parsed.policy);
    const { sessionId } = event.connection;
    for (const other of earlier) if (other.connection.sessionId === sessionId) run.judge(other);
    return ['', ...judgementLines({ policy: name, event, results: run.judge(event) }, columns)];
  });
}
