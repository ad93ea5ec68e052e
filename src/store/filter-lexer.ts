/** Words of a display filter. Positions count UTF-16 units of the text. */

export type FilterError = {
  readonly message: string;
  /** Where the fault begins in the text; the text's length where something is missing at its end. */
  readonly position: number;
  /** Characters to point at, at least 1. */
  readonly length: number;
};

export type TokenKind = 'word' | 'string' | 'operator' | '(' | ')' | '{' | '}' | ',' | 'end';

export type Token = {
  readonly kind: TokenKind;
  /** A word or operator as written; a string without quotes and escapes. */
  readonly text: string;
  readonly position: number;
  readonly length: number;
};

const SPACE = /\s/;
/** What ends a bare word: white space, quotes, brackets, commas and the beginnings of operators. */
const WORD_END = /[\s"'(){},=!<>&|~]/;
const OPERATORS = ['==', '!=', '<=', '>=', '&&', '||', '=', '<', '>', '!', '~'];

/** Cuts a filter into tokens; the last one is of kind `end`. */
export function tokenize(text: string): { readonly tokens: Token[] } | { readonly error: FilterError } {
  const tokens: Token[] = [];
  let at = 0;
  while (true) {
    while (at < text.length && SPACE.test(text[at] as string)) at++;
    if (at >= text.length) {
      tokens.push({ kind: 'end', text: '', position: text.length, length: 1 });
      return { tokens };
    }
    const token = readToken(text, at);
    if ('message' in token) return { error: token };
    tokens.push(token);
    at += token.length;
  }
}

function readToken(text: string, position: number): Token | FilterError {
  const character = text[position] as string;
  switch (character) {
    case '(':
    case ')':
    case '{':
    case '}':
    case ',':
      return { kind: character, text: character, position, length: 1 };
    case '"':
    case "'":
      return readString(text, position, character);
  }
  const operator = OPERATORS.find((each) => text.startsWith(each, position));
  if (operator !== undefined) return { kind: 'operator', text: operator, position, length: operator.length };
  if (character === '&' || character === '|') {
    return { message: `"${character}" is written twice, as "${character}${character}"`, position, length: 1 };
  }
  let end = position;
  while (end < text.length && !WORD_END.test(text[end] as string)) end++;
  return { kind: 'word', text: text.slice(position, end), position, length: end - position };
}

/**
 * A quoted string. A backslash takes a quote or a backslash for itself, and stays before anything else, so that
 * regular expressions need no doubling: "\d+" is \d+.
 */
function readString(text: string, position: number, quote: string): Token | FilterError {
  let value = '';
  let copied = position + 1;
  for (let at = position + 1; at < text.length; at++) {
    const character = text[at];
    if (character === quote) {
      return {
        kind: 'string',
        text: value + text.slice(copied, at),
        position,
        length: at + 1 - position,
      };
    }
    if (character !== '\\') continue;
    const next = text[at + 1];
    if (next === quote || next === '\\') {
      value += text.slice(copied, at);
      copied = at + 1;
    }
    at++;
  }
  return { message: `the string has no closing ${quote}`, position, length: text.length - position };
}
