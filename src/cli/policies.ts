import { existsSync } from 'node:fs';
import type { TlsConnectionEvent } from '../analyzer/events.js';
import { derivedOnce } from '../bytes/derived.js';
import { BUILT_IN_POLICIES } from '../checks/policy/builtin.js';
import { parsePolicy } from '../checks/policy/file.js';
import { type Policy, type PolicyRule, PolicyRun, type Requirement } from '../checks/policy/policy.js';
import { readSmallFile } from '../io/read-whole.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { type JsonRecord, toRecord } from '../report/records/to-record.js';
import type { ConnectionJudgement } from '../report/tls/policy.js';
import { compileFilter, renderFilterError } from '../store/filter.js';
import { UsageError } from './exit.js';

/** Judges a connection. Its record is made once for all tests that look into it. */
export type Judge = { readonly policy: string; judge(event: TlsConnectionEvent): ConnectionJudgement };

/** The record of a connection: several requirements look at the same one. */
const recordOf = derivedOnce((event: TlsConnectionEvent): JsonRecord => toRecord(event));

/** The judges of `--policy` (built-in names or files) and `--require` (expressions, taken together as one policy). */
export function createJudges(policies: readonly string[], requirements: readonly string[]): readonly Judge[] {
  const judges = policies.map((argument) => {
    const { policy, label } = loadPolicy(argument);
    return judgeOf(policy, label);
  });
  if (requirements.length === 0) return judges;
  const policy: Policy = {
    name: 'require',
    rules: [],
    requirements: requirements.map((expression) => ({ expression, line: 0 })),
  };
  return [...judges, judgeOf(policy, undefined)];
}

function loadPolicy(argument: string): { readonly policy: Policy; readonly label: string } {
  const builtIn = BUILT_IN_POLICIES.get(argument);
  if (builtIn === undefined && !existsSync(argument)) {
    const names = [...BUILT_IN_POLICIES.keys()].join(', ');
    throw new UsageError(
      `--policy ${argument}: there is no such file, and the built-in policies are ${names}`,
    );
  }
  const text = builtIn ?? readText(argument);
  const parsed = parsePolicy(text, argument);
  if (!parsed.ok) throw new UsageError(`--policy ${argument}:${parsed.line}: ${parsed.message}`);
  return { policy: parsed.policy, label: argument };
}

function readText(path: string): string {
  const file = readSmallFile(path);
  if (!file.ok) throw new UsageError(`--policy ${file.message}`);
  return Buffer.from(file.bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

/** `label` is the file that requirements stand in; undefined for those of the command line. */
function judgeOf(policy: Policy, label: string | undefined): Judge {
  let current: TlsConnectionEvent | undefined;
  const rules = policy.requirements.map((requirement) => requirementRule(requirement, label, () => current));
  const run = new PolicyRun(policy, rules);
  return {
    policy: policy.name,
    judge: (event) => {
      current = event;
      const { tcpStream, connection, verdict } = event;
      const results = run.judge({ tcpStream, connection, verdict });
      return { policy: policy.name, event, results };
    },
  };
}

function requirementRule(
  { expression, line }: Requirement,
  label: string | undefined,
  current: () => TlsConnectionEvent | undefined,
): PolicyRule {
  const filter = compileFilter(expression, RECORD_FIELDS);
  if (!filter.ok) {
    const where = label === undefined ? '--require' : `--policy ${label}:${line}: require`;
    throw new UsageError(`${where}: the expression is wrong\n${renderFilterError(expression, filter)}`);
  }
  const fields = [...filter.names].filter((name) => name !== '**');
  return {
    name: `require ${expression}`,
    check: ({ connection }) => {
      const event = current();
      if (event === undefined) return { passed: false, detail: 'there is no connection' };
      const record = recordOf(event);
      const frame = connection.serverHelloFrame ?? connection.clientHelloFrame ?? connection.firstFrame;
      return {
        passed: filter.test(record),
        detail: valuesText(record, fields),
        ...(frame === undefined ? {} : { frame: frame.number }),
      };
    },
  };
}

/** Characters of a value that are shown: enough for the suites of a common hello. */
const MAX_VALUE = 400;

/** What the record has for the fields that the test reads: `cipher_suite {"id":"0x0035", ...}`. */
function valuesText(record: JsonRecord, fields: readonly string[]): string {
  const shown = fields.map((field) => {
    const text = JSON.stringify(record[field]) ?? 'absent';
    return `${field} is ${text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}...` : text}`;
  });
  return shown.join('; ');
}
