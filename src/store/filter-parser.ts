import { type FilterError, type Token, tokenize } from './filter-lexer.js';

/**
 * Grammar of display filters; `and` binds closer than `or`, `not` closest.
 *
 *     filter     = and *( ("or" / "||") and )
 *     and        = unary *( ("and" / "&&") unary )
 *     unary      = ("not" / "!") unary / "(" filter ")" / test
 *     test       = path [ operator value / ("contains" / "matches" / "~") value / "in" "{" value *( [","] value ) "}" ]
 *     operator   = "==" / "=" / "eq" / "!=" / "ne" / "<" / "lt" / "<=" / "le" / ">" / "gt" / ">=" / "ge"
 *     path       = name *( "." ( name / index / "**" ) )
 *     value      = word / string
 */

export type PathSegment = { readonly name: string; readonly position: number };

export type FilterValue = {
  readonly text: string;
  /** Quoted values are never ranges, and texts are ordered by them as texts. */
  readonly quoted: boolean;
  readonly position: number;
  readonly length: number;
};

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly operand: FilterNode }
  | { readonly kind: 'exists'; readonly path: readonly PathSegment[] }
  | {
      readonly kind: 'compare';
      readonly path: readonly PathSegment[];
      readonly operator: Comparison;
      readonly value: FilterValue;
    }
  | {
      readonly kind: 'contains' | 'matches';
      readonly path: readonly PathSegment[];
      readonly value: FilterValue;
    }
  | { readonly kind: 'in'; readonly path: readonly PathSegment[]; readonly values: readonly FilterValue[] };

/** Brackets and negations within one another; a person's filter has under ten, and each costs a few stack frames. */
const MAX_NESTING = 100;

/** `**` in one path: each multiplies the ways to a value by the record's depth. */
const MAX_ANY_LEVELS = 2;

const COMPARISONS = new Map<string, Comparison>([
  ...(['==', '!=', '<', '<=', '>', '>='] as const).map((each): [string, Comparison] => [each, each]),
  ['=', '=='],
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
]);
const RESERVED = new Set(['and', 'or', 'not', 'in', 'contains', 'matches', ...COMPARISONS.keys()]);
const SEGMENT = /^(?:[A-Za-z_][A-Za-z0-9_-]*|\d+|\*\*)$/;
/** A header's name may hold more than a JSON name: RFC 3261's token, as far as the lexer lets it through. */
const HEADER_SEGMENT = /^[A-Za-z0-9\-._%*+`]+$/;

export type ParsedFilter =
  | { readonly ok: true; readonly root: FilterNode }
  | ({ readonly ok: false } & FilterError);

/** Leaves the descent at the first fault; never seen outside this file. */
class Unparsable {
  readonly error: FilterError;
  constructor(error: FilterError) {
    this.error = error;
  }
}

export function parseFilter(text: string): ParsedFilter {
  const lexed = tokenize(text);
  if ('error' in lexed) return { ok: false, ...lexed.error };
  try {
    return { ok: true, root: new Parser(lexed.tokens).filter() };
  } catch (thrown) {
    if (thrown instanceof Unparsable) return { ok: false, ...thrown.error };
    throw thrown;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  filter(): FilterNode {
    const root = this.#or();
    const token = this.#peek();
    if (token.kind === 'end') return root;
    this.#fail(
      token.kind === ')' ? 'no bracket is open here' : '"and" or "or" is wanted between two tests',
      token,
    );
  }

  #or(): FilterNode {
    return this.#joined('or', '||', () => this.#joined('and', '&&', () => this.#unary()));
  }

  #joined(kind: 'and' | 'or', sign: string, operand: () => FilterNode): FilterNode {
    const operands = [operand()];
    while (this.#takeWord(kind) || this.#takeOperator(sign)) operands.push(operand());
    return operands.length === 1 ? (operands[0] as FilterNode) : { kind, operands };
  }

  #unary(): FilterNode {
    const token = this.#peek();
    if (++this.#depth > MAX_NESTING) this.#fail(`more than ${MAX_NESTING} levels of brackets`, token);
    let node: FilterNode;
    if (this.#takeWord('not') || this.#takeOperator('!')) node = { kind: 'not', operand: this.#unary() };
    else if (token.kind === '(') {
      this.#next++;
      node = this.#or();
      if (this.#peek().kind !== ')') this.#fail('a closing bracket is missing', this.#peek());
      this.#next++;
    } else node = this.#test();
    this.#depth--;
    return node;
  }

  #test(): FilterNode {
    const path = this.#path();
    const token = this.#peek();
    const word = token.kind === 'word' || token.kind === 'operator' ? token.text : '';
    const operator = COMPARISONS.get(word);
    if (operator !== undefined) {
      this.#next++;
      return { kind: 'compare', path, operator, value: this.#value(word) };
    }
    if (word === 'contains') {
      this.#next++;
      return { kind: 'contains', path, value: this.#value(word) };
    }
    if (word === 'matches' || word === '~') {
      this.#next++;
      return { kind: 'matches', path, value: this.#value(word) };
    }
    if (word === 'in') {
      this.#next++;
      return { kind: 'in', path, values: this.#set() };
    }
    return { kind: 'exists', path };
  }

  #path(): PathSegment[] {
    const token = this.#peek();
    if (token.kind !== 'word') {
      this.#fail(
        token.kind === 'end' ? 'a field name is missing' : 'a field name is wanted here, as method',
        token,
      );
    }
    if (RESERVED.has(token.text)) this.#fail(`a field name is wanted before "${token.text}"`, token);
    this.#next++;
    return this.#segments(token);
  }

  #segments(token: Token): PathSegment[] {
    const segments: PathSegment[] = [];
    let position = token.position;
    const names = token.text.split('.');
    for (let index = 0; index < names.length; index++) {
      let name = names[index] as string;
      const header = index > 0 && names[index - 1] === 'header';
      // The rest of `header.X-Vendor.Thing` is one name: header names may have dots.
      if (header) name = names.slice(index).join('.');
      if (!(header ? HEADER_SEGMENT : SEGMENT).test(name)) {
        const length = Math.max(1, name.length);
        const message =
          name === '' ? 'a name is missing beside this dot' : `"${name}" cannot be part of a field name`;
        this.#fail(message, {
          ...token,
          position: name === '' ? Math.max(0, position - 1) : position,
          length,
        });
      }
      segments.push({ name, position });
      if (segments.filter((segment) => segment.name === '**').length > MAX_ANY_LEVELS) {
        this.#fail(`more than ${MAX_ANY_LEVELS} "**" in one name`, { ...token, position, length: 2 });
      }
      if (header) break;
      position += name.length + 1;
    }
    return segments;
  }

  #value(after: string): FilterValue {
    const token = this.#peek();
    if (token.kind !== 'word' && token.kind !== 'string')
      this.#fail(`a value is wanted after "${after}"`, token);
    this.#next++;
    const { text, position, length } = token;
    return { text, quoted: token.kind === 'string', position, length };
  }

  #set(): FilterValue[] {
    if (this.#peek().kind !== '{') this.#fail('a set is wanted after "in", as {INVITE, BYE}', this.#peek());
    this.#next++;
    const values = [this.#value('{')];
    while (this.#peek().kind !== '}') {
      const comma = this.#peek().kind === ',';
      if (comma) this.#next++;
      else if (this.#peek().kind === 'end') this.#fail('the set has no closing "}"', this.#peek());
      values.push(this.#value(comma ? ',' : '{'));
    }
    this.#next++;
    return values;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #takeWord(text: string): boolean {
    return this.#take('word', text);
  }

  #takeOperator(text: string): boolean {
    return this.#take('operator', text);
  }

  #take(kind: 'word' | 'operator', text: string): boolean {
    const token = this.#peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #fail(message: string, { position, length }: Pick<Token, 'position' | 'length'>): never {
    throw new Unparsable({ message, position, length });
  }
}
