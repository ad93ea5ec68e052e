import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from './support/root.js';

/**
 * Spreads into a call whose lists the source itself decides. Any other list can be as long as an input makes it, and above
 * about 120,000 arguments the call ends in a RangeError: `append`, `largest`, `elementOf` and `setOf` are for those.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/authority/authority.ts': ['Uint8Array.of'],
  'src/authority/certificate-text.ts': ['Uint8Array.of'],
  'src/authority/extensions.ts': ['Math.max'],
  'src/cli/commands/certs.ts': ['Uint8Array.of'],
  'src/cms/encryption/key-derivation.ts': ['sequence'],
  'src/report/findings.ts': ['Math.max'],
  'src/x509/key-fault.ts': ['Uint8Array.of', 'Uint8Array.of'],
};

function sourceFiles(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `src/${name}`);
}

/** Calls in a file that spread a list into their arguments, or go through `apply`. */
function spreads(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const callee = node.expression.getText(source);
      if (node.arguments?.some(ts.isSpreadElement) || callee === 'Reflect.apply') found.push(callee);
      if (/\.apply$/.test(callee) && node.arguments?.length === 2) found.push(callee);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Where an escape sequence may be written: the styles, the terminal's own modes, and what takes progress lines away. */
const ESCAPE_SEQUENCES = [
  'src/cli/output/progress.ts',
  'src/report/render.ts',
  'src/tui/keys.ts',
  'src/tui/terminal.ts',
];

it('no other file makes or looks for an escape sequence', () => {
  const found = sourceFiles().filter((file) =>
    /\\u001b|\\x1b|\\u\{1b\}|\u001b/i.test(
      readFileSync(join(ROOT, file), 'utf8').replaceAll(/^ *(\/?\*|\/\/).*$/gm, ''),
    ),
  );
  expect(found.sort()).toEqual(ESCAPE_SEQUENCES);
});

it('no list that an input decides is spread into the arguments of a call', () => {
  const files = sourceFiles();
  const found = files.map((file) => [file, spreads(file)] as const).filter(([, calls]) => calls.length > 0);
  expect(files.length).toBeGreaterThan(300);
  expect(Object.fromEntries(found)).toEqual(ALLOWED);
});
