/**
 * What is gathered for a pipe, cut at line ends: a writer that gives up between two pieces, as its reader takes no more,
 * leaves whole lines behind.
 */

/** Bytes that a pipe takes whole or not at all where it does not wait: PIPE_BUF of Linux. */
export const MAX_ATOMIC = 4096;

const NEWLINE = 10;

/**
 * The blocks in order, in pieces of as many lines as `most` bytes hold, which is asked for each piece. A longer line is
 * a piece of its own, and so is one that goes on from block to block; what ends without a line end is one, too.
 */
export function* linePieces(blocks: readonly Buffer[], most: () => number): Generator<Buffer> {
  /** The parts of a line that began in blocks before. */
  let begun: Buffer[] = [];
  for (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const end = (begun.length > 0 ? lineEnd(block, at) : lastLineEnd(block, at, most())) ?? block.length;
      const part = block.subarray(at, end);
      at = end;
      if (block[end - 1] !== NEWLINE) begun.push(part);
      else if (begun.length === 0) yield part;
      else {
        yield Buffer.concat([...begun, part]);
        begun = [];
      }
    }
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

/** The end of the line at `at`; undefined where the block ends before. */
function lineEnd(block: Buffer, at: number): number | undefined {
  const end = block.indexOf(NEWLINE, at) + 1;
  return end > 0 ? end : undefined;
}

/** The end of as many lines from `at` on as `most` bytes hold, and of one at least. */
function lastLineEnd(block: Buffer, at: number, most: number): number | undefined {
  const end = block.lastIndexOf(NEWLINE, Math.min(at + most, block.length) - 1) + 1;
  return end > at ? end : lineEnd(block, at);
}
