import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { collect, isFolder, listFiles, readSmallFile } from '../../src/io/read-whole.js';
import { inPieces } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('inputs read whole', () => {
  test('chunks are collected, and copied', async () => {
    const content = Buffer.from('MESSAGE sip:kumiko@example.net SIP/2.0\r\n\r\n');
    const answer = await collect('x', inPieces(content, 7));
    expect(answer).toEqual({ ok: true, bytes: new Uint8Array(content) });
    expect(await collect('x', inPieces(Buffer.alloc(0), 7))).toEqual({ ok: true, bytes: new Uint8Array(0) });
  });

  test('a limit is kept, and told', async () => {
    expect(await collect('x', inPieces(Buffer.alloc(100), 7), 100)).toMatchObject({ ok: true });
    expect(await collect('x', inPieces(Buffer.alloc(101), 7), 100)).toEqual({
      ok: false,
      message: 'x: it has more than 100 bytes, too many for a file of its kind',
    });
    const path = join(folder, 'large');
    writeFileSync(path, Buffer.alloc(200_000));
    expect(readSmallFile(path, 200_000)).toMatchObject({ ok: true });
    expect(readSmallFile(path, 199_999)).toMatchObject({ ok: false });
  });

  test('a small file', () => {
    const path = join(folder, 'key.pem');
    const content = Buffer.alloc(150_000, 'key ');
    writeFileSync(path, content);
    const answer = readSmallFile(path);
    expect(answer.ok && Buffer.compare(answer.bytes, content)).toBe(0);
    expect(readSmallFile(join(folder, 'missing'))).toEqual({
      ok: false,
      message: `${join(folder, 'missing')}: there is no such file`,
    });
    expect(readSmallFile(folder)).toEqual({
      ok: false,
      message: `${folder}: this is a folder, not a file; name a file in it`,
    });
  });

  test('a folder is its files, sorted, without folders and hidden files', () => {
    const keys = join(folder, 'keys');
    mkdirSync(join(keys, 'older'), { recursive: true });
    for (const name of ['b.pem', 'a.pem', '.hidden', 'older/c.pem', 'Z.pem']) {
      writeFileSync(join(keys, name), name);
    }
    symlinkSync('a.pem', join(keys, 'link.pem'));
    symlinkSync('older', join(keys, 'link-to-folder'));
    expect(isFolder(keys)).toBe(true);
    expect(listFiles(keys)).toEqual({
      ok: true,
      paths: ['Z.pem', 'a.pem', 'b.pem', 'link.pem'].map((name) => join(keys, name)),
    });
  });

  test('a path that is no folder is its own only file', () => {
    expect(isFolder(join(folder, 'missing'))).toBe(false);
    expect(listFiles(join(folder, 'missing'))).toEqual({ ok: true, paths: [join(folder, 'missing')] });
  });
});
