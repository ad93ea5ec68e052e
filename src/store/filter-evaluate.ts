import { headerName } from '../sip/grammar/names.js';
import type { FilterError } from './filter-lexer.js';
import type { Comparison, FilterNode, FilterValue, PathSegment } from './filter-parser.js';
import { compilePattern } from './filter-pattern.js';

/** A test of a record. */
export type Test = (record: unknown) => boolean;

/** A value of a record that is neither object nor array. */
type Scalar = string | number | boolean;
type ScalarTest = (value: Scalar) => boolean;

/** Objects within objects that are followed; a record's own depth is bounded by that of MIME and CMS. */
const MAX_RECORD_DEPTH = 200;

/** Turns a parsed filter into functions; the fault, if any, lies in a value (a regular expression). */
export function compileNode(node: FilterNode): Test | FilterError {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const tests: Test[] = [];
      for (const operand of node.operands) {
        const test = compileNode(operand);
        if (typeof test !== 'function') return test;
        tests.push(test);
      }
      if (node.kind === 'and') return (record) => tests.every((test) => test(record));
      return (record) => tests.some((test) => test(record));
    }
    case 'not': {
      const test = compileNode(node.operand);
      return typeof test === 'function' ? (record) => !test(record) : test;
    }
    case 'exists':
      return whereAny(node.path, isTruthy);
    case 'compare':
      return compileComparison(node.path, node.operator, node.value);
    case 'in': {
      const tests = node.values.map(memberTest);
      return whereScalar(node.path, (value) => tests.some((test) => test(value)));
    }
    case 'contains': {
      const { text } = node.value;
      return whereScalar(node.path, (value) => String(value).includes(text));
    }
    case 'matches': {
      const pattern = compilePattern(node.value.text);
      if (!pattern.ok) {
        return { message: pattern.message, position: node.value.position, length: node.value.length };
      }
      return whereScalar(node.path, (value) => pattern.matches(String(value)));
    }
  }
}

function compileComparison(path: readonly PathSegment[], operator: Comparison, value: FilterValue): Test {
  if (operator !== '!=') return whereScalar(path, scalarTest(operator, value));
  // All values differ, and there is one: as Wireshark 4 reads it.
  const exists = whereScalar(path, () => true);
  const equal = whereScalar(path, scalarTest('==', value));
  return (record) => exists(record) && !equal(record);
}

function scalarTest(operator: Exclude<Comparison, '!='>, value: FilterValue): ScalarTest {
  const { text } = value;
  const number = numberOf(text);
  return (actual) => {
    if (typeof actual === 'boolean') return operator === '==' && text === String(actual);
    if (typeof actual === 'number') return number !== undefined && ordered(operator, actual, number);
    if (operator === '==') return actual === text;
    // Texts that are numbers (a Content-Length header) are ordered as numbers, all others by their characters.
    const actualNumber = value.quoted || number === undefined ? undefined : numberOf(actual);
    return actualNumber === undefined
      ? ordered(operator, actual, text)
      : ordered(operator, actualNumber, number as number);
  };
}

function ordered<T extends number | string>(operator: Exclude<Comparison, '!='>, a: T, b: T): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** A member of a set: a value, or a range of numbers as 5060..5069. */
function memberTest(value: FilterValue): ScalarTest {
  const [low, high, ...more] = value.quoted ? [] : value.text.split('..').map(numberOf);
  if (low === undefined || high === undefined || more.length > 0) return scalarTest('==', value);
  return (actual) => {
    const number = typeof actual === 'string' ? numberOf(actual) : actual;
    return typeof number === 'number' && number >= low && number <= high;
  };
}

function numberOf(text: string): number | undefined {
  if (!/^[+-]?(?:\d+(?:\.\d+)?|0[xX][0-9a-fA-F]+)$/.test(text)) return undefined;
  // Number() knows no sign before 0x.
  const negative = text.startsWith('-');
  const magnitude = Number(text.replace(/^[+-]/, ''));
  return negative ? -magnitude : magnitude;
}

function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTruthy);
  return Boolean(value);
}

/** Whether any value at `path` passes, objects and arrays as they are. */
function whereAny(path: readonly PathSegment[], test: (value: unknown) => boolean): Test {
  const names = path.map(({ name }) => name);
  return (record) => find(record, names, 0, test, 0);
}

/** Whether any value at `path` passes; an object or array there stands for all the values in it. */
function whereScalar(path: readonly PathSegment[], test: ScalarTest): Test {
  return whereAny(path, (value) => findScalar(value, test, 0));
}

function findScalar(value: unknown, test: ScalarTest, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return test(value);
  if (typeof value !== 'object' || value === null || depth >= MAX_RECORD_DEPTH) return false;
  return Object.values(value).some((each) => findScalar(each, test, depth + 1));
}

function find(
  value: unknown,
  path: readonly string[],
  index: number,
  test: (value: unknown) => boolean,
  depth: number,
): boolean {
  if (value === undefined || depth >= MAX_RECORD_DEPTH) return false;
  const name = path[index];
  if (name === undefined) return test(value);
  if (typeof value !== 'object' || value === null)
    return name === '**' && find(value, path, index + 1, test, depth);
  if (name === '**') {
    if (find(value, path, index + 1, test, depth)) return true;
    return Object.values(value).some((each) => find(each, path, index, test, depth + 1));
  }
  if (Array.isArray(value)) {
    if (/^\d/.test(name)) return find(value[Number(name)], path, index + 1, test, depth + 1);
    return value.some((each) => find(each, path, index, test, depth + 1));
  }
  const record = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, name)) return find(record[name], path, index + 1, test, depth + 1);
  const wanted = path[index + 1];
  if (name !== 'header' || wanted === undefined) return false;
  return findHeader(record['headers'], headerName(wanted).canonicalName, test);
}

/** `header.NAME`: the values of the headers of that name, in any case and in long or compact form. */
function findHeader(headers: unknown, canonicalName: string, test: (value: unknown) => boolean): boolean {
  if (!Array.isArray(headers)) return false;
  return headers.some((header: unknown) => {
    if (typeof header !== 'object' || header === null || !('name' in header) || !('value' in header))
      return false;
    const { name, value } = header;
    return typeof name === 'string' && headerName(name).canonicalName === canonicalName && test(value);
  });
}
