import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from './support/root.js';

/** Whether a type, or a part of a union, is an array: what a template would write as `[object Object]`. */
function holdsArray(checker: ts.TypeChecker, type: ts.Type): boolean {
  return type.isUnion() ? type.types.some((one) => holdsArray(checker, one)) : checker.isArrayType(type);
}

it('no styled line is put into a template or a sum of strings, where its styles would become text', () => {
  const config = ts.getParsedCommandLineOfConfigFile(`${ROOT}tsconfig.json`, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => {},
  } as ts.ParseConfigFileHost);
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const program = ts.createProgram(config.fileNames, config.options);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  let templates = 0;
  const check = (source: ts.SourceFile, node: ts.Expression): void => {
    if (holdsArray(checker, checker.getTypeAtLocation(node)))
      found.push(`${source.fileName.slice(ROOT.length)}: ${node.getText(source)}`);
  };
  for (const source of program.getSourceFiles()) {
    if (!/\/src\/(report|tui|cli)\//.test(source.fileName)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isTemplateExpression(node) && !ts.isTaggedTemplateExpression(node.parent)) {
        templates++;
        for (const { expression } of node.templateSpans) check(source, expression);
      }
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
        check(source, node.left);
        check(source, node.right);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(templates).toBeGreaterThan(300);
  expect(found).toEqual([]);
}, 60_000);
