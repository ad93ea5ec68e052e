/**
 * Key presses out of what a terminal sends.
 *
 * In: text as it arrives; a held key comes as several in one piece, an escape sequence may come in two. Out: names as
 * `up`, `f7`, `ctrl-b`, `enter`, or the character itself. Sequences that mean no known key are passed over.
 */

/** Longest escape sequence waited for; what is longer is no key. */
const MAX_SEQUENCE = 32;

/** Final letters of `ESC [ ... letter` and `ESC O letter` (ECMA-48, xterm's control sequences). */
const BY_LETTER: { readonly [letter: string]: string } = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift-tab',
  M: 'enter',
};

/** Numbers of `ESC [ number ~`. */
const BY_NUMBER: { readonly [number: string]: string } = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

const CONTROLS: { readonly [character: string]: string } = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
};

export class KeyDecoder {
  #pending = '';

  /** Whether an escape waits for what follows: if nothing does soon, `flush` gives it. */
  get isWaiting(): boolean {
    return this.#pending !== '';
  }

  push(text: string): string[] {
    const keys: string[] = [];
    const input = this.#pending + text;
    this.#pending = '';
    for (let at = 0; at < input.length; ) {
      if (input[at] !== '\u001b') {
        const character = String.fromCodePoint(input.codePointAt(at) as number);
        keys.push(keyOf(character));
        at += character.length;
        continue;
      }
      const sequence = escapeSequence(input, at);
      if (sequence === undefined) {
        this.#pending = input.slice(at);
        return keys;
      }
      if (sequence.key !== undefined) keys.push(sequence.key);
      at = sequence.end;
    }
    return keys;
  }

  /** What was held back, taken for what it is: an escape, and characters that followed it. */
  flush(): string[] {
    const pending = this.#pending;
    this.#pending = '';
    return pending === '' ? [] : ['escape', ...[...pending.slice(1)].map(keyOf)];
  }
}

function keyOf(character: string): string {
  const control = CONTROLS[character];
  if (control !== undefined) return control;
  const code = character.charCodeAt(0);
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x60)}` : character;
}

/** The sequence at an escape; undefined where more of it may come. */
function escapeSequence(
  input: string,
  start: number,
): { readonly key: string | undefined; readonly end: number } | undefined {
  const introducer = input[start + 1];
  if (introducer === undefined) return undefined;
  if (introducer === '\u001b') return { key: 'escape', end: start + 1 };
  if (introducer === 'O') {
    const letter = input[start + 2];
    return letter === undefined ? undefined : { key: BY_LETTER[letter], end: start + 3 };
  }
  // Escape and then a character, typed fast or sent as Alt: the escape counts, and so does the character.
  if (introducer !== '[') return { key: 'escape', end: start + 1 };
  let end = start + 2;
  // The Linux console sends `ESC [ [ A` for F1.
  if (input[end] === '[') {
    const letter = input[end + 1];
    if (letter === undefined) return undefined;
    const number = letter.charCodeAt(0) - 0x40;
    return { key: number >= 1 && number <= 5 ? `f${number}` : undefined, end: end + 2 };
  }
  while (end < input.length && !isFinal(input.charCodeAt(end))) end++;
  if (end >= input.length) {
    return end - start > MAX_SEQUENCE ? { key: undefined, end: input.length } : undefined;
  }
  const final = input[end] as string;
  const [number = ''] = input.slice(start + 2, end).split(';');
  return { key: final === '~' ? BY_NUMBER[number] : BY_LETTER[final], end: end + 1 };
}

function isFinal(code: number): boolean {
  return code >= 0x40 && code <= 0x7e;
}
