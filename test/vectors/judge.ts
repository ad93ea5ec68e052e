import { join } from 'node:path';
import type { AnalyzerEvent } from '../../src/analyzer/events.js';
import { loadContext } from '../../src/cli/materials.js';
import { analyzeFiles } from '../../src/engine/analyze-files.js';
import { placedFindings } from '../../src/report/findings.js';
import { toRecord } from '../../src/report/records/to-record.js';
import { differences, type Expected } from './compare.js';

/** What `export` and `check` say of a file of a vector, against its expected.json: one line each difference. */
export async function judge(folder: string, expected: Expected, file: string): Promise<string[]> {
  const { use } = expected;
  const inFolder = (names: readonly string[]): string[] => names.map((name) => join(folder, name));
  const context = await loadContext({
    key: inFolder(use.keys),
    cert: inFolder(use.certificates),
    ca: inFolder(use.ca),
    keylog: inFolder(use.key_logs),
    psk: [],
    at: use.at,
    color: 'never',
  });
  const records: unknown[] = [];
  const rules: string[] = [];
  const outcome = await analyzeFiles([join(folder, file)], context, (event: AnalyzerEvent) => {
    records.push(JSON.parse(JSON.stringify(toRecord(event))));
    for (const { finding } of placedFindings(event)) rules.push(finding.rule);
  });
  const answer = expected.files[file];
  if (answer === undefined) return [`${file}: expected.json says nothing of it`];
  rules.sort();
  const told = JSON.stringify(rules) === JSON.stringify(answer.findings);
  return [
    ...differences(answer.records, records, file),
    ...(told ? [] : [`${file}: findings expected ${answer.findings.join(' ')}; found ${rules.join(' ')}`]),
    ...(outcome.isWhole ? [] : [`${file}: not read whole`]),
  ];
}
