import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gunzip } from '../../src/io/gunzip.js';
import { type InputProblem, openFile } from '../../src/io/source.js';
import { mutated } from '../capture/mutate.js';
import { pattern, pcapFile } from '../capture/support.js';
import { framesOf, inPieces, opened } from './support.js';

async function unzipped(bytes: Uint8Array, size = Math.max(1, bytes.length)) {
  const problems: InputProblem[] = [];
  const parts: Uint8Array[] = [];
  for await (const chunk of gunzip(inPieces(bytes, size), (problem) => problems.push(problem)))
    parts.push(chunk);
  return { content: Buffer.concat(parts), problems, parts };
}

const text = Buffer.from('All one, and one all. '.repeat(3000));
/** Does not compress, and is the same in every run. */
const noise = createHash('shake256', { outputLength: 200_000 }).digest();

describe('gzip', () => {
  test('members one after another are one input, wherever chunks end', async () => {
    const first = gzipSync(text);
    const file = Buffer.concat([first, gzipSync(noise), gzipSync(Buffer.alloc(0)), gzipSync(text)]);
    for (const size of [file.length, first.length, first.length + 1, 4096, 333]) {
      const { content, problems } = await unzipped(file, size);
      expect(problems).toEqual([]);
      expect(Buffer.compare(content, Buffer.concat([text, noise, text]))).toBe(0);
    }
  });

  test('zeros behind it are padding', async () => {
    const file = Buffer.concat([gzipSync(text), Buffer.alloc(1000)]);
    for (const size of [file.length, 1]) {
      const { content, problems } = await unzipped(file, size);
      expect(problems).toEqual([]);
      expect(Buffer.compare(content, text)).toBe(0);
    }
  });

  test('cut at every byte: what came out is kept, one problem with the length', async () => {
    const file = gzipSync(text.subarray(0, 3000));
    let longest = 0;
    for (let length = 1; length < file.length; length++) {
      const { content, problems } = await unzipped(file.subarray(0, length));
      expect(text.subarray(0, 3000).subarray(0, content.length)).toEqual(content);
      expect(content.length).toBeGreaterThanOrEqual(longest);
      longest = content.length;
      expect(problems).toMatchObject([{ offset: length }]);
      expect(problems[0]?.message).toContain(`cut short: the file ends at byte ${length}`);
    }
    // Only the checksum was missing.
    expect(longest).toBe(3000);
  });

  test.each([0.1, 0.5, 0.9])(
    'damage at %d of a large file costs little of what stands before it',
    async (part) => {
      const file = gzipSync(noise);
      const at = Math.floor(file.length * part);
      // A run of ones is no block header, checksum or length that deflate knows.
      file.fill(0xff, at, Math.min(at + 40_000, file.length));
      const { content, problems } = await unzipped(file);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toContain('damaged near byte');
      const right = content.findIndex((byte, index) => byte !== noise[index]);
      expect(right < 0 ? content.length : right).toBeGreaterThan(at * 0.9);
    },
  );

  test.each([0.2, 0.5, 0.8])('damage at %d of a small file costs no more', async (part) => {
    const file = gzipSync(noise.subarray(0, 3000).toString('hex'));
    const at = Math.floor(file.length * part);
    file.fill(0xff, at, at + 100);
    const { content, problems } = await unzipped(file);
    expect(problems).toHaveLength(1);
    const original = noise.subarray(0, 3000).toString('hex');
    let right = 0;
    while (right < content.length && content[right] === original.charCodeAt(right)) right++;
    expect(right).toBeGreaterThan(original.length * (part - 0.1));
  });

  test('something else behind it is damage, and costs little', async () => {
    const { content, problems } = await unzipped(
      Buffer.concat([gzipSync(noise), Buffer.from('something else')]),
    );
    expect(problems).toHaveLength(1);
    expect(content.length).toBeGreaterThan(noise.length * 0.95);
    expect(Buffer.compare(content, noise.subarray(0, content.length))).toBe(0);
  });

  test('a bomb is handed on in bounded pieces', async () => {
    const file = gzipSync(Buffer.alloc(100_000_000));
    let length = 0;
    let largest = 0;
    for await (const chunk of gunzip(inPieces(file, 65_536), () => expect.fail('no problem'))) {
      length += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(length).toBe(100_000_000);
    expect(largest).toBeLessThan(18_000_000);
  });

  test('400 mutations: it ends, with what came out of it or one problem', async () => {
    const file = Buffer.concat([gzipSync(text.subarray(0, 2000)), gzipSync(noise.subarray(0, 500))]);
    let damaged = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const { content, problems } = await unzipped(mutated(file, seed * 7919), 64);
      expect(content.length).toBeLessThan(1_000_000);
      expect(problems.length).toBeLessThanOrEqual(1);
      damaged += problems.length;
    }
    expect(damaged).toBeGreaterThan(300);
  });

  test('reading can be left early', async () => {
    for await (const chunk of gunzip(inPieces(gzipSync(noise), 1000), () => {})) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

describe('gzipped captures', () => {
  const packets = Array.from({ length: 500 }, (_, index) => ({
    seconds: index,
    fraction: index,
    data: pattern(100 + index, index),
  }));
  const capture = pcapFile(packets);

  test('truncated: frames before are kept; the gzip and the frame are told of', async () => {
    const zipped = gzipSync(capture);
    const cut = zipped.subarray(0, Math.floor(zipped.length / 2));
    const file = await opened('-', { standardInput: inPieces(cut, 5000) });
    const { frames, problems } = await framesOf(file);
    expect(frames.length).toBeGreaterThan(100);
    frames.forEach((frame, index) => {
      expect(frame.data).toEqual(new Uint8Array(packets[index]?.data as Buffer));
    });
    expect(problems).toMatchObject([{ frame: frames.length + 1, fatal: true }]);
    expect(file.problems).toMatchObject([{ offset: cut.length }]);
  });

  test('cut before anything comes out: empty, with the reason', async () => {
    const answer = await openFile('-', { standardInput: inPieces(gzipSync(capture).subarray(0, 12), 12) });
    expect(answer).toMatchObject({ ok: true, file: { kind: 'empty', problems: [{ offset: 12 }] } });
  });

  test('a gzip within a gzip is not opened', async () => {
    const file = await opened('-', { standardInput: inPieces(gzipSync(gzipSync(capture)), 9999) });
    expect(file).toMatchObject({ kind: 'gzip', compressed: true });
    await file.close();
  });
});
