import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultRules } from '../../src/checks/fault-rules.js';
import { mistakeRules } from '../../src/checks/mistakes.js';
import { RULES } from '../../src/checks/table.js';
import { CMS_FAULTS } from '../../src/cms/faults.js';
import { ROOT } from '../support/root.js';

/** The files of a folder of the project and of those below it. */
function filesBelow(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
}

/** The tables that give codes a meaning know every code, and no others. */

describe('faults of CMS', () => {
  const sources = filesBelow('src/cms').map((path) => readFileSync(path, 'utf8'));
  const noted = sources.flatMap((source) => [
    ...source.matchAll(/noteFault\(\s*reading,\s*([^,]+),/g),
    ...source.matchAll(/faults\.push\(\{\s*code: ([^,]+),/g),
  ]);
  const codes = new Set(
    noted.flatMap(([, argument]) =>
      [...(argument ?? '').matchAll(/'([a-z0-9-]+)'/g)].map((match) => match[1]),
    ),
  );

  it('have a meaning each, and no meaning is left over', () => {
    expect(codes.size).toBeGreaterThan(20);
    expect(new Set(Object.keys(CMS_FAULTS))).toEqual(codes);
  });
});

describe('rules', () => {
  const all = [...RULES, ...mistakeRules(), ...faultRules()];

  it('have names of their own, in the folders that the documentation knows', () => {
    const ids = all.map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size);
    for (const id of ids) expect(id).toMatch(/^(?:sip|mime|smime|cms|mistake|tls|tcp|ip|ws)\/[a-z0-9-]+$/);
  });

  it('that stand in files are all in the table', () => {
    const files = filesBelow('src/checks/rules');
    expect(RULES).toHaveLength(files.length);
  });

  it('over messages and bodies have a test each', () => {
    const tests = filesBelow('test/checks/rules').map((path) => readFileSync(path, 'utf8'));
    for (const { id, on } of RULES) {
      if (on === 'connection') continue;
      expect(
        tests.some((text) => text.includes(id)),
        id,
      ).toBe(true);
    }
  });
});
