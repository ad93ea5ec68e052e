/** Compares what siplens says of a vector's files with the vector's expected.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Expected = {
  readonly name: string;
  readonly kind: 'good' | 'bad';
  readonly answer: string;
  readonly use: {
    readonly keys: readonly string[];
    readonly certificates: readonly string[];
    readonly ca: readonly string[];
    readonly key_logs: readonly string[];
    readonly at: string;
  };
  readonly files: Readonly<
    Record<string, { readonly records: readonly unknown[]; readonly findings: readonly string[] }>
  >;
};

export function readExpected(folder: string): Expected {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
}

/** The options that expected.json says are needed. */
export function optionsOf(folder: string, { use }: Expected): string[] {
  const all = (flag: string, names: readonly string[]): string[] =>
    names.flatMap((name) => [flag, join(folder, name)]);
  return [
    ...all('-k', use.keys),
    ...all('--cert', use.certificates),
    ...all('--ca', use.ca),
    ...all('--keylog', use.key_logs),
    '--at',
    use.at,
  ];
}

/** What `expected` says and `actual` does not have, one line each; what only `actual` says is let be. */
export function differences(expected: unknown, actual: unknown, path = ''): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      const found = Array.isArray(actual) ? `${actual.length} elements` : JSON.stringify(actual);
      return [`${path}: ${expected.length} elements expected, found ${found}`];
    }
    return expected.flatMap((each, index) => differences(each, actual[index], `${path}[${index}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null)
      return [`${path}: missing, found ${JSON.stringify(actual)}`];
    return Object.entries(expected).flatMap(([name, each]) =>
      differences(each, (actual as Record<string, unknown>)[name], `${path}.${name}`),
    );
  }
  return expected === actual
    ? []
    : [`${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`];
}
