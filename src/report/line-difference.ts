/** The difference of two texts by lines: the longest common subsequence, in time and memory that have a limit. */

/** A line of both, or a line of one beside the line of the other that took its place. */
export type DifferenceLine = {
  readonly first: string | undefined;
  readonly second: string | undefined;
  readonly same: boolean;
};

/** Cells of the table: 2,000 lines on either side. Beyond it the middle is told as wholly different. */
const MAX_CELLS = 4_000_000;

export function lineDifference(first: readonly string[], second: readonly string[]): DifferenceLine[] {
  let start = 0;
  while (start < first.length && start < second.length && first[start] === second[start]) start++;
  let end = 0;
  while (
    end < first.length - start &&
    end < second.length - start &&
    first[first.length - 1 - end] === second[second.length - 1 - end]
  ) {
    end++;
  }
  const same = (line: string): DifferenceLine => ({ first: line, second: line, same: true });
  return [
    ...first.slice(0, start).map(same),
    ...paired(middle(first.slice(start, first.length - end), second.slice(start, second.length - end))),
    ...first.slice(first.length - end).map(same),
  ];
}

function middle(first: readonly string[], second: readonly string[]): DifferenceLine[] {
  const removed = (line: string): DifferenceLine => ({ first: line, second: undefined, same: false });
  const added = (line: string): DifferenceLine => ({ first: undefined, second: line, same: false });
  const width = second.length + 1;
  if ((first.length + 1) * width > MAX_CELLS) return [...first.map(removed), ...second.map(added)];
  // Cell (a, b): lines in common of what follows line a of the first text and line b of the second.
  const common = new Uint16Array((first.length + 1) * width);
  const at = (a: number, b: number): number => common[a * width + b] ?? 0;
  for (let a = first.length - 1; a >= 0; a--) {
    for (let b = second.length - 1; b >= 0; b--) {
      common[a * width + b] =
        first[a] === second[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
    }
  }
  const lines: DifferenceLine[] = [];
  let a = 0;
  let b = 0;
  while (a < first.length || b < second.length) {
    const left = first[a];
    const right = second[b];
    if (left !== undefined && left === right) {
      lines.push({ first: left, second: right, same: true });
      a++;
      b++;
    } else if (right === undefined || (left !== undefined && at(a + 1, b) >= at(a, b + 1))) {
      lines.push(removed(left ?? ''));
      a++;
    } else {
      lines.push(added(right));
      b++;
    }
  }
  return lines;
}

/** Puts removed lines beside the added ones that follow them: one changed header is one line. */
function paired(lines: readonly DifferenceLine[]): DifferenceLine[] {
  const result: DifferenceLine[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as DifferenceLine;
    if (line.same) {
      result.push(line);
      at++;
      continue;
    }
    const removed: string[] = [];
    const added: string[] = [];
    for (; at < lines.length && lines[at]?.same === false; at++) {
      const { first, second } = lines[at] as DifferenceLine;
      if (first !== undefined) removed.push(first);
      if (second !== undefined) added.push(second);
    }
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      result.push({ first: removed[index], second: added[index], same: false });
    }
  }
  return result;
}
