/**
 * gzip (RFC 1952), decompressed as it is read; members one after another are one input.
 *
 * In: compressed chunks. Out: what comes out of them, in chunks, with bounded memory whatever the ratio. Damage and
 * an early end are told once, after all that came out before has been yielded.
 */
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { ByteChunks } from './chunks.js';
import type { InputProblem } from './source.js';

/**
 * Most compressed bytes inflated at a time. deflate expands at most 1032 times (zlib's technical notes), so that
 * some 17 MB are held at once, and twice that while they are joined.
 */
const MAX_PIECE = 16_384;
/**
 * zlib gives nothing out of a piece in which it meets damage, so pieces begin small and stay a fixed part of what has
 * been read: the damage then costs at most one part in 32 of what came before it, besides these first bytes.
 */
const MIN_PIECE = 32;
const PIECE_PART = 32;
/** What comes out is gathered to about this much, as many small chunks would cost their readers time. */
const GATHERED = 262_144;

/** Decompresses `chunks`; a problem is told with its offset in the compressed input. */
export async function* gunzip(chunks: ByteChunks, tell: (problem: InputProblem) => void): ByteChunks {
  const engine = createGunzip({ chunkSize: 65_536 });
  let gathered: Uint8Array[] = [];
  let gatheredLength = 0;
  let failure: Error | undefined;
  let ended = false;
  let wake = () => {};
  engine.on('data', (bytes: Buffer) => {
    gathered.push(bytes);
    gatheredLength += bytes.length;
  });
  engine.on('error', (error: Error) => {
    failure = error;
    wake();
  });
  engine.on('end', () => {
    ended = true;
    wake();
  });
  /** Gives the engine a piece, or the end, and waits until all that it makes of it has been gathered. */
  const step = async (piece: Uint8Array | undefined): Promise<void> => {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (failure !== undefined || ended) resolve();
      else if (piece === undefined) engine.end();
      else engine.write(piece, () => resolve());
    });
    while (failure === undefined && engine.readableLength > 0) await setImmediate();
  };
  const takeGathered = (): Uint8Array => {
    const bytes = new Uint8Array(gatheredLength);
    let at = 0;
    for (const part of gathered) {
      bytes.set(part, at);
      at += part.length;
    }
    gathered = [];
    gatheredLength = 0;
    return bytes;
  };

  let consumed = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; ) {
        const length = Math.min(MAX_PIECE, Math.max(MIN_PIECE, Math.floor(consumed / PIECE_PART)));
        const piece = chunk.subarray(at, at + length);
        await step(piece);
        if (failure !== undefined) break;
        at += piece.length;
        consumed += piece.length;
        if (gatheredLength >= GATHERED) yield takeGathered();
      }
      // A live source dribbles: what came out of a chunk is not kept waiting for the next.
      if (gatheredLength > 0) yield takeGathered();
      if (failure !== undefined) break;
    }
    const damaged = failure !== undefined;
    if (!damaged) await step(undefined);
    if (gatheredLength > 0) yield takeGathered();
    if (failure !== undefined) {
      const what = damaged
        ? `is damaged near byte ${consumed} (${(failure as Error).message})`
        : `is cut short: the file ends at byte ${consumed}, inside it`;
      tell({ message: `the gzip data ${what}; what came before was read`, offset: consumed });
    }
  } finally {
    engine.destroy();
  }
}
