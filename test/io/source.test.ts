import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CHUNK_LENGTH } from '../../src/io/chunks.js';
import { openFollowed } from '../../src/io/follow.js';
import { openFile } from '../../src/io/source.js';
import { hasTool } from '../support/peers.js';
import { contentOf, framesOf, inPieces, opened } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-io-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const samplePath = fileURLToPath(new URL('../../samples/tls-message.pcap', import.meta.url));
const sample = readFileSync(samplePath);
const message = Buffer.from('MESSAGE sip:kumiko@example.net SIP/2.0\r\nContent-Length: 0\r\n\r\n');

function stored(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('opening an input', () => {
  test('a file is known by its content and read whole', async () => {
    const file = await opened(stored('no-name-to-go-by.txt', sample));
    expect(file).toMatchObject({ kind: 'pcap', compressed: false });
    expect(await contentOf(file)).toEqual(sample);
    expect(file.problems).toEqual([]);
  });

  test('a file of several chunks, and of exactly one and two', async () => {
    for (const length of [CHUNK_LENGTH - 1, CHUNK_LENGTH, 2 * CHUNK_LENGTH, 3 * CHUNK_LENGTH + 17]) {
      const content = Buffer.alloc(length, 'abcdefg');
      const file = await opened(stored('large', content));
      const back = await contentOf(file);
      expect(Buffer.compare(back, content)).toBe(0);
    }
  });

  test('a chunk is a plain Uint8Array of at most a mebibyte', async () => {
    for (const path of [
      stored('plain', Buffer.alloc(3_000_000)),
      stored('plain.gz', gzipSync(Buffer.alloc(100))),
    ]) {
      for await (const chunk of (await opened(path)).chunks) {
        expect(Buffer.isBuffer(chunk)).toBe(false);
        expect(chunk.length).toBeLessThanOrEqual(CHUNK_LENGTH);
      }
    }
  });

  test('the event loop gets its turn while a file is read', async () => {
    const file = await opened(stored('large', Buffer.alloc(8 * CHUNK_LENGTH)));
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const turnsAtChunk: number[] = [];
    for await (const _ of file.chunks) turnsAtChunk.push(turns);
    clearImmediate(timer);
    expect(turnsAtChunk).toHaveLength(8);
    expect(new Set(turnsAtChunk).size).toBe(8);
  });

  test.each([
    ['sip', message],
    ['mime', Buffer.from('Content-Type: text/plain\r\n\r\nhello')],
    ['cms', Buffer.from('3080060b2a864886f70d010701a0', 'hex')],
    ['empty', Buffer.alloc(0)],
    ['unknown', Buffer.alloc(100)],
  ] as const)('a file of kind %s, gzipped too', async (kind, content) => {
    const expected = kind === 'cms' ? 'unknown' : kind;
    for (const [path, compressed] of [
      [stored('file', content), false],
      [stored('file.gz', gzipSync(content)), true],
    ] as const) {
      const file = await opened(path);
      expect(file).toMatchObject({ kind: expected, compressed });
      expect(await contentOf(file)).toEqual(content);
    }
  });

  test('what is wrong with a path is one sentence', async () => {
    const missing = join(folder, 'missing');
    expect(await openFile(missing)).toEqual({ ok: false, message: `${missing}: there is no such file` });
    expect(await openFile(folder)).toEqual({
      ok: false,
      message: `${folder}: this is a folder, not a file; name a file in it`,
    });
    const below = join(stored('file', message), 'below');
    expect(await openFile(below)).toMatchObject({
      ok: false,
      message: expect.stringContaining('not a folder'),
    });
    symlinkSync('circle', join(folder, 'circle'));
    expect(await openFile(join(folder, 'circle'))).toMatchObject({
      ok: false,
      message: expect.stringContaining('circle'),
    });
  });

  test('descriptors are closed: at the end, when left early, and when not wanted', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').length;
    if (process.platform !== 'linux') return;
    const path = stored('large', Buffer.alloc(3 * CHUNK_LENGTH));
    const zipped = stored('large.gz', gzipSync(Buffer.alloc(3 * CHUNK_LENGTH)));
    const before = descriptors();
    for (let round = 0; round < 3; round++) {
      for (const input of [path, zipped]) {
        await contentOf(await opened(input));
        for await (const _ of (await opened(input)).chunks) break;
        await (await opened(input)).close();
        await openFile(folder);
      }
    }
    expect(descriptors()).toBe(before);
  });
});

describe('standard input', () => {
  test.each([1, 3, 1000, 1_000_000])('a capture in pieces of %d', async (size) => {
    const whole = await framesOf(await opened(samplePath));
    expect(whole.frames).toHaveLength(16);
    for (const content of [sample, gzipSync(sample)]) {
      const file = await opened('-', { standardInput: inPieces(content, size) });
      expect(file.name).toBe('standard input');
      expect(file.kind).toBe('pcap');
      expect(await framesOf(file)).toEqual(whole);
      expect(file.problems).toEqual([]);
    }
  });

  test('a message in pieces', async () => {
    const file = await opened('-', { standardInput: inPieces(message, 5) });
    expect(file.kind).toBe('sip');
    expect(await contentOf(file)).toEqual(message);
  });

  test('frames of a live pipe come as they are written, not when it ends', async () => {
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* live(): AsyncGenerator<Uint8Array> {
      yield sample.subarray(0, 200);
      await waiting;
      yield sample.subarray(200);
    }
    const file = await opened('-', { standardInput: live() });
    const iterator = file.chunks[Symbol.asyncIterator]();
    const first = await iterator.next();
    expect(first.value?.length).toBe(200);
    release();
    expect((await iterator.next()).value?.length).toBe(sample.length - 200);
  });

  test('a failing input keeps what came before it', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield sample.subarray(0, 1000);
      throw Object.assign(new Error('read EIO'), { code: 'EIO' });
    }
    const file = await opened('-', { standardInput: failing() });
    expect(await contentOf(file)).toEqual(sample.subarray(0, 1000));
    expect(file.problems).toEqual([
      { message: 'reading stopped at byte 1000: the device failed to read it', offset: 1000 },
    ]);
  });
});

const hasNamedPipes = hasTool('mkfifo');

test.skipIf(!hasNamedPipes)('a named pipe is waited for and read', async () => {
  mkdirSync(join(folder, 'pipes'));
  const path = join(folder, 'pipes', 'capture');
  spawnSync('mkfifo', [path]);
  const opening = opened(path);
  const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', samplePath, path], { stdio: 'ignore' });
  const { frames, problems } = await framesOf(await opening);
  await new Promise((resolve) =>
    writer.exitCode === null ? writer.once('exit', resolve) : resolve(undefined),
  );
  expect(frames).toHaveLength(16);
  expect(problems).toEqual([]);
});

describe.skipIf(!hasNamedPipes)('an input that never ends', () => {
  const pipe = (name: string): string => {
    const path = join(folder, name);
    spawnSync('mkfifo', [path]);
    return path;
  };
  const soon = (): AbortSignal => AbortSignal.timeout(50);

  test('is ended by its signal while its writer is waited for', async () => {
    const file = await opened(pipe('without-a-writer'), { signal: soon() });
    expect(file).toMatchObject({ kind: 'empty', isEndless: true });
    expect(file.position()).toBe(0);
    expect(await contentOf(file)).toHaveLength(0);
  });

  test('is ended by its signal while bytes are waited for, with those that came', async () => {
    const path = pipe('with-a-silent-writer');
    const writer = openSync(path, 'r+');
    writeSync(writer, sample.subarray(0, 900));
    const file = await opened(path, { signal: soon() });
    expect(await contentOf(file)).toEqual(sample.subarray(0, 900));
    expect(file.problems).toEqual([]);
    closeSync(writer);
  });

  test('may be standard input too, of which not even the kind is known yet', async () => {
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield message.subarray(0, 5);
      await new Promise(() => {});
    }
    const file = await opened('-', { standardInput: silent(), signal: soon() });
    expect(await contentOf(file)).toEqual(message.subarray(0, 5));
  });

  test('is not waited for where a file is to be followed', async () => {
    const path = pipe('to-follow');
    const answer = await openFollowed(path, new AbortController().signal, () => {});
    expect(answer).toEqual({
      ok: false,
      message: expect.stringContaining(`${path}: only a file can be followed`),
    });
  });
});
