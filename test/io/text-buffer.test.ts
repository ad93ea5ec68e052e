import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AtomicFile } from '../../src/io/atomic-file.js';
import { untilAborted } from '../../src/io/chunks.js';
import { DescriptorWriter } from '../../src/io/descriptor-writer.js';
import { TextBuffer } from '../../src/io/text-buffer.js';

describe('a text buffer', () => {
  it('holds what was written, whatever its size', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array(),
      fc.constant('\u20ac'.repeat(700_000)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, reuses) => {
        const buffer = new TextBuffer();
        const expected = Buffer.concat(pieces.map((one) => Buffer.from(one as string)));
        for (const one of pieces) buffer.write(one);
        const taken = buffer.take(reuses ? Buffer.alloc(4) : undefined);
        expect(expected.equals(taken)).toBe(true);
        // The next round is no part of this one.
        buffer.write('next');
        expect(expected.equals(taken)).toBe(true);
        expect(buffer.take().toString()).toBe('next');
      }),
      { numRuns: 50, seed: 6 },
    );
  });
});

describe('writing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'siplens-write-'));

  it('keeps the order while one piece is written and the next is gathered', async () => {
    const path = join(folder, 'order');
    const descriptor = openSync(path, 'w');
    const writer = new DescriptorWriter(descriptor);
    let expected = '';
    for (let round = 0; round < 50; round++) {
      const text = `${round} `.repeat(round * 100);
      expected += text;
      writer.write(text);
      await writer.flush();
    }
    writer.write('end');
    await writer.drain();
    closeSync(descriptor);
    expect(readFileSync(path, 'utf8')).toBe(`${expected}end`);
  });

  it('tells at the next flush that it failed', async () => {
    const descriptor = openSync(join(folder, 'order'), 'r');
    const writer = new DescriptorWriter(descriptor);
    writer.write('x');
    await writer.flush();
    await expect(writer.drain()).rejects.toThrow();
    closeSync(descriptor);
  });

  it('gives a file its name when it is whole, and leaves nothing else', async () => {
    const path = join(folder, 'whole');
    writeFileSync(path, 'before');
    const file = new AtomicFile(path);
    file.write('after');
    await file.drain();
    expect(readFileSync(path, 'utf8')).toBe('before');
    file.finish();
    expect(readFileSync(path, 'utf8')).toBe('after');
    const other = new AtomicFile(join(folder, 'never'));
    other.write('x');
    other.discard();
    expect(readdirSync(folder).sort()).toEqual(['order', 'whole']);
    rmSync(folder, { recursive: true });
  });
});

describe('chunks until someone says stop', () => {
  it('end at once, also while one is waited for', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      await new Promise(() => {});
    }
    let count = 0;
    for await (const _ of untilAborted(endless(), controller.signal)) {
      count++;
      setTimeout(() => controller.abort(), 10);
    }
    expect(count).toBe(1);
  });
});
