import type { Frame } from '../../src/capture/frame.js';
import { type CaptureProblem, createCaptureReader } from '../../src/capture/reader.js';
import { type InputFile, type OpenOptions, openFile } from '../../src/io/source.js';

/** Opens what must open. */
export async function opened(path: string, options: OpenOptions = {}): Promise<InputFile> {
  const answer = await openFile(path, options);
  if (!answer.ok) throw new Error(answer.message);
  return answer.file;
}

/** All bytes of an input, copied chunk by chunk while they are valid. */
export async function contentOf(file: InputFile): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of file.chunks) parts.push(chunk.slice());
  return Buffer.concat(parts);
}

/** Standard input in pieces of `size`, all in the same memory, each overwritten before the next. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(size);
  for (let start = 0; start < bytes.length; start += size) {
    const count = Math.min(size, bytes.length - start);
    memory.set(bytes.subarray(start, start + count));
    yield memory.subarray(0, count);
    memory.fill(0xee);
  }
}

/** Reads an opened capture to its end. */
export async function framesOf(
  file: InputFile,
): Promise<{ readonly frames: readonly Frame[]; readonly problems: readonly CaptureProblem[] }> {
  if (file.kind !== 'pcap' && file.kind !== 'pcapng') throw new Error(`this is ${file.kind}`);
  const frames: Frame[] = [];
  const problems: CaptureProblem[] = [];
  const reader = createCaptureReader(file.kind, {
    frame: (frame) => frames.push({ ...frame, data: frame.data.slice() }),
    secrets() {},
    problem: (problem) => problems.push(problem),
  });
  for await (const chunk of file.chunks) reader.push(chunk);
  reader.end();
  return { frames, problems };
}
