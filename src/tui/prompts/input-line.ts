import { printable } from '../../bytes/text.js';
import { displayWidth, fitWidth } from '../../bytes/width.js';
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
  const character = [...text.slice(position)][0] ?? '';
  // An escaped character may be wider than a narrow line.
  const at = character === '' ? ' ' : fitWidth(shownOf(character), room).text;
  const beforeRoom = room - displayWidth(at);
  let start = 0;
  while (start < position && displayWidth(shownOf(text.slice(start, position))) > beforeRoom) start++;
  const before = shownOf(text.slice(start, position));
  const rest = shownOf(text.slice(position + character.length));
  const after = fitWidth(rest, beforeRoom - displayWidth(before)).text;
  const textColumn = displayWidth(label) - displayWidth(shownOf(text.slice(0, start)));
  return { line: styled`${label}${before}${inverse(at)}${after}`, textColumn };
}
