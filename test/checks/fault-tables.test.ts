import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultRules } from '../../src/checks/fault-rules.js';
import { mistakeRules } from '../../src/checks/mistakes.js';
import { RULES } from '../../src/checks/table.js';
import { CMS_FAULTS } from '../../src/cms/faults.js';
import { ROOT } from '../support/command.js';

/** The tables that give codes a meaning know every code, and no others. */

describe('faults of CMS', () => {
  const sources = readdirSync(`${ROOT}src/cms`).map((name) => readFileSync(`${ROOT}src/cms/${name}`, 'utf8'));
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
    const files = readdirSync(`${ROOT}src/checks/rules`);
    expect(RULES).toHaveLength(files.length);
  });

  it('over messages and bodies have a test each', () => {
    const folder = `${ROOT}test/checks/rules/`;
    const tests = readdirSync(folder).map((name) => readFileSync(folder + name, 'utf8'));
    for (const { id, on } of RULES) {
      if (on === 'connection') continue;
      expect(
        tests.some((text) => text.includes(id)),
        id,
      ).toBe(true);
    }
  });
});
