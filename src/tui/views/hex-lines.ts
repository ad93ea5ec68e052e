import type { ByteSource } from '../../bytes/field.js';
import { dim, inverse, LineBuilder, type Styled, styled } from '../../report/styled.js';

/** Bytes of a row; more where the screen is wide. */
export function bytesPerRow(columns: number): number {
  return columns >= 146 ? 32 : columns >= 78 ? 16 : 8;
}

/** Rows that a source takes. */
export function hexRowCount(source: ByteSource, columns: number): number {
  return Math.ceil(source.bytes.length / bytesPerRow(columns));
}

/** `count` rows from row `first` on, with the bytes `start..start+length` marked. */
export function hexLines(
  source: ByteSource,
  first: number,
  count: number,
  columns: number,
  start: number,
  length: number,
): Styled[] {
  const perRow = bytesPerRow(columns);
  const lines: Styled[] = [];
  for (let row = first; row < first + count && row * perRow < source.bytes.length; row++) {
    lines.push(hexLine(source.bytes, row * perRow, perRow, start, start + length));
  }
  return lines;
}

function hexLine(bytes: Uint8Array, from: number, perRow: number, start: number, end: number): Styled {
  const last = Math.min(from + perRow, bytes.length);
  const first = Math.max(from, start);
  const stop = Math.min(last, end);
  // In three runs, not byte by byte: each change of style costs time when the screen is drawn.
  const runs =
    first < stop
      ? [
          { at: from, to: first, isMarked: false },
          { at: first, to: stop, isMarked: true },
          { at: stop, to: last, isMarked: false },
        ]
      : [{ at: from, to: last, isMarked: false }];
  const digits = new LineBuilder();
  const text = new LineBuilder();
  for (const { at, to, isMarked } of runs) {
    if (at >= to) continue;
    let hex = '';
    let characters = '';
    for (let index = at; index < to; index++) {
      const byte = bytes[index] as number;
      // The blank before a marked byte is marked too, but for the first: one bar, not a fence.
      if (index > at) hex += blank(index - from);
      hex += byte.toString(16).padStart(2, '0');
      characters += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    digits.add(blank(at - from)).add(isMarked ? inverse(hex) : hex);
    text.add(isMarked ? inverse(characters) : characters);
  }
  for (let column = last - from; column < perRow; column++) digits.add(`${blank(column)}  `);
  return styled`${dim(from.toString(16).padStart(8, '0'))} ${digits.line}  ${text.line}`;
}

/** What stands before the byte in that column: a blank, and another between groups of eight. */
function blank(column: number): string {
  return column > 0 && column % 8 === 0 ? '  ' : ' ';
}
