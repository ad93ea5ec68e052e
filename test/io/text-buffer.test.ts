import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
      fc.constant(Buffer.alloc(1_300_000, 'abc')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, recycles) => {
        const buffer = new TextBuffer();
        const expected = Buffer.concat(pieces.map((one) => Buffer.from(one as string)));
        for (const one of pieces) buffer.write(one);
        expect(buffer.length).toBe(expected.length);
        const taken = buffer.take();
        expect(expected.equals(Buffer.concat(taken))).toBe(true);
        // The next round is no part of this one, in new memory or in that of this one.
        if (recycles) buffer.recycle(taken);
        buffer.write('next');
        if (!recycles) expect(expected.equals(Buffer.concat(taken))).toBe(true);
        expect(Buffer.concat(buffer.take()).toString()).toBe('next');
      }),
      { numRuns: 50, seed: 6 },
    );
  });

  it('needs no more memory however often it is filled', () => {
    const buffer = new TextBuffer();
    const seen = new Set<ArrayBufferLike>();
    for (let round = 0; round < 20; round++) {
      for (let piece = 0; piece < 3000; piece++) buffer.write('x'.repeat(1000));
      const taken = buffer.take();
      for (const block of taken) seen.add(block.buffer);
      buffer.recycle(taken);
    }
    expect(seen.size).toBeLessThan(10);
  });
});

describe('writing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'siplens-write-'));

  it('keeps the order while one piece is written and the next is gathered', async () => {
    const path = join(folder, 'order');
    const descriptor = openSync(path, 'w');
    const writer = new DescriptorWriter(descriptor, 'output');
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

  it('writes as much as there is, at once and soon', async () => {
    const path = join(folder, 'order');
    const descriptor = openSync(path, 'w');
    const writer = new DescriptorWriter(descriptor, 'output');
    const piece = Buffer.alloc(1_000_000, '0123456789');
    for (let count = 0; count < 20; count++) writer.write(piece);
    await writer.flush();
    for (let count = 0; count < 20; count++) writer.write(piece);
    await writer.drain();
    for (let count = 0; count < 20; count++) writer.write(piece);
    writer.flushNow();
    closeSync(descriptor);
    const written = readFileSync(path);
    expect(written.length).toBe(60_000_000);
    expect(written.equals(Buffer.alloc(60_000_000, '0123456789'))).toBe(true);
  });

  it('tells at the next flush that it failed', async () => {
    const descriptor = openSync(join(folder, 'order'), 'r');
    const writer = new DescriptorWriter(descriptor, 'output');
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
  });

  it('follows a link, keeps the mode of what was there, and keeps secrets for their owner', () => {
    const path = join(folder, 'target');
    const link = join(folder, 'link');
    symlinkSync('target', link);
    for (const [isSecret, before, after] of [
      [false, 0o640, 0o640],
      [true, 0o644, 0o600],
    ] as const) {
      writeFileSync(path, 'before');
      chmodSync(path, before);
      const file = new AtomicFile(link, { isSecret });
      file.write('after');
      file.finish();
      file.discard();
      expect(readFileSync(path, 'utf8')).toBe('after');
      expect(statSync(path).mode & 0o777).toBe(after);
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('where a file stands already', () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(!isRoot)('another user’s gives no permissions to what replaces it (skipped unless root)', () => {
    const place = mkdtempSync(join(tmpdir(), 'siplens-owner-'));
    const path = join(place, 'planted');
    writeFileSync(path, 'before');
    chmodSync(path, 0o666);
    chownSync(path, 12345, 12345);
    const file = new AtomicFile(path);
    file.write('after');
    file.finish();
    expect(statSync(path)).toMatchObject({ uid: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(place, { recursive: true });
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
