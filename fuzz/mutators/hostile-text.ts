/** Texts that something somewhere may take for more than text. */
import type { Random } from '../random.js';

/** One or more of each class of code points that a terminal acts on, does not show, or shows in a way of its own. */
export const CODE_POINTS: readonly string[] = [
  ...['\u0000', '\u0007', '\b', '\t', '\u000b', '\r', '\u001b', '\u007f'],
  ...['\u0080', '\u0085', '\u0090', '\u009b', '\u009d'],
  ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'],
  ...['\u00ad', '\u034f', '\u115f', '\u1160', '\u17b4', '\u180e', '\u200b', '\u200d', '\u2060', '\u2064'],
  ...['\u3164', '\ufe0f', '\ufeff', '\uffa0', '\ufff0', '\ufff9', '\u{1d173}', '\u{e0001}', '\u{e0041}'],
  ...['\u{e007f}', '\u{e0100}', '\u2028', '\u2029', '\ufffe', '\uffff', '\u{1fffe}', '\ue000', '\u{f0000}'],
  ...['\u0301'.repeat(40), 'ก็'.repeat(9), '日', '\u{20000}', '👩‍👩‍👧‍👦', '🇩🇪', '\ufdfd', '\u2028='],
];

const SEQUENCES: readonly string[] = [
  '\u001b]52;c;aGk=\u0007',
  '\u001b]0;title\u001b\\',
  '\u001b[31m',
  '\u001b[0m',
  '\u009b2J',
  '\u001b[?1049l',
  '\u001bP$q\u001b\\',
  '[object Object]'.slice(0, 7),
];

const TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    '"',
    '\\',
    '<',
    '>',
    ';',
    ',',
    '=',
    '@',
    ':',
    '%',
    '%00',
    '%zz',
    '/',
    '?',
    '*',
    '(',
    ')',
    '[',
    ']',
  ],
  ...[
    '-1',
    '0',
    '4294967296',
    '99999999999999999999',
    '1e9',
    '0x10',
    'NaN',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    '＝1',
    '$&',
    '$(x)',
    '{{x}}',
    "'",
    '&lt;',
    '<!--',
    ']]>',
    '\r\n',
    '\n',
    '\r\n ',
  ],
];

/** A piece of text to be put somewhere. */
export function hostileText(random: Random): string {
  switch (random.below(5)) {
    case 0:
      return random.pick(CODE_POINTS);
    case 1:
      return random.pick(SEQUENCES);
    case 2:
      return random.pick(TEXTS).repeat(1 + random.below(3));
    case 3:
      return random
        .pick(['a', ';a=b', '<', '(', '"', ',', '%41', '\u0301', '日'])
        .repeat(1 + random.below(3000));
    default:
      return Array.from({ length: 1 + random.below(6) }, () => random.pick(CODE_POINTS)).join('');
  }
}
