import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, widthOf } from '../../src/report/styled.js';
import { inputLine } from '../../src/tui/prompts/input-line.js';
import type { LineEditor } from '../../src/tui/prompts/line-editor.js';

const at = (text: string, position: number): LineEditor => ({ text, position }) as LineEditor;

describe('the line of a prompt', () => {
  it('has room for an escaped character under the cursor, whatever stands before it', () => {
    // The cursor stands on a character that takes six columns, in the last of the eight that there are.
    const { line } = inputLine('', at('abcdefg\u202ehijk', 7), 9);
    expect(plainText(line)).toContain('\\u202e');
    expect(widthOf(line)).toBeLessThanOrEqual(9);
  });

  it('ends, and is no wider than the terminal, with any text', () => {
    const character = fc.constantFrom('a', '界', '\u202e', '\u001b', '.', '\u{e0041}', 'é');
    fc.assert(
      fc.property(
        fc.array(character, { maxLength: 60 }),
        fc.nat(),
        fc.integer({ min: 8, max: 80 }),
        (parts, place, width) => {
          const index = place % (parts.length + 1);
          const { line } = inputLine('> ', at(parts.join(''), parts.slice(0, index).join('').length), width);
          expect(widthOf(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
