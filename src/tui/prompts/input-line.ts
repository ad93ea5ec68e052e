import { printable } from '../../bytes/text.js';
import { displayWidth } from '../../bytes/width.js';
import { inverse, type Styled, styled } from '../../report/styled.js';
import type { LineEditor } from './line-editor.js';

/**
 * A line being typed with its label and a block for the cursor, `width` columns wide; a long text is moved so that
 * the cursor is seen. `mask` stands for each character of a secret. Answers also where the text begins.
 */
export function inputLine(
  label: string,
  editor: LineEditor,
  width: number,
  mask?: string,
): { readonly line: Styled; readonly textColumn: number } {
  const shownOf = (text: string): string =>
    mask === undefined ? printable(text) : mask.repeat([...text].length);
  const room = Math.max(4, width - displayWidth(label) - 1);
  const { text, position } = editor;
  let start = 0;
  while (displayWidth(shownOf(text.slice(start, position))) >= room) start++;
  const before = shownOf(text.slice(start, position));
  const character = [...text.slice(position)][0] ?? '';
  const at = character === '' ? ' ' : shownOf(character);
  let after = shownOf(text.slice(position + character.length));
  const left = room - displayWidth(before) - displayWidth(at);
  while (displayWidth(after) > left) after = after.slice(0, -1);
  const textColumn = displayWidth(label) - displayWidth(shownOf(text.slice(0, start)));
  return { line: styled`${label}${before}${inverse(at)}${after}`, textColumn };
}
