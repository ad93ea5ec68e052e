import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-followed-'));
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});
/** They have no end of their own where a test fails. */
const started: ChildProcess[] = [];

const [a, b] = [
  { address: '10.0.0.1', port: 5060 },
  { address: '10.0.0.2', port: 5060 },
];

/** A capture with a message for each Call-ID, that begins at a time of its own. */
function captureOf(start: number, ...callIds: readonly string[]): Buffer {
  const capture = new CaptureBuilder({ start });
  for (const id of callIds) capture.udp(a, b, `OPTIONS sip:b SIP/2.0\r\nCall-ID: ${id}\r\n\r\n`);
  return capture.toBytes();
}

const FIRST = captureOf(1_700_000_000, 'one', 'two');
const LONGER = captureOf(1_800_000_000, 'three', 'four', 'five');
const SHORTER = captureOf(1_800_000_000, 'three');

/** Writes from the beginning on, without truncating the file. */
function writeOver(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes, { flag: 'r+' });
}

/** Longest wait for what is to be said, as on a busy machine. */
const PATIENCE_MILLISECONDS = 10_000;

type Following = {
  readonly path: string;
  readonly output: () => string;
  /** Waits until the output and what is told beside it hold a text. */
  readonly until: (text: string) => Promise<void>;
  /** Ctrl-C. */
  readonly interrupt: () => void;
  /** The exit code; that of Ctrl-C where no end comes by itself. */
  readonly ended: () => Promise<number | null>;
};

/** What a command says of a message: `list` begins a line with its number. */
function shown(command: string, number: number, callId: string): string {
  return command === 'list' ? `\n   ${number} ` : `"call_id":"${callId}"`;
}

/** Follows the first capture, of which both messages have been read. */
async function follow(command: string): Promise<Following> {
  const path = join(mkdtempSync(join(folder, 'f-')), 'cap.pcap');
  writeFileSync(path, FIRST);
  const argv = ['bin/siplens.js', command, path, '--follow', '-q'];
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      said += data.toString();
    });
  const close = new Promise<number | null>((resolve) => child.once('close', resolve));
  const until = async (text: string): Promise<void> => {
    const end = Date.now() + PATIENCE_MILLISECONDS;
    while (!said.includes(text) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said).toContain(text);
  };
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  await until(shown(command, 2, 'two'));
  return {
    path,
    output: () => said,
    until,
    interrupt,
    ended: async () => {
      const timer = setTimeout(interrupt, PATIENCE_MILLISECONDS);
      const code = await close;
      clearTimeout(timer);
      return code;
    },
  };
}

describe.each([['list'], ['export']])('a file that %s follows', (command) => {
  const position = FIRST.length;

  it.each([
    ['truncated', (path: string) => truncateSync(path, 100), 'the file was truncated to 100 bytes'],
    // Written over: truncated before, it may be looked at while it is empty.
    ['rewritten with more', (path: string) => writeOver(path, LONGER), 'the file was begun anew'],
    [
      'rewritten with less',
      (path: string) => {
        truncateSync(path, SHORTER.length);
        writeOver(path, SHORTER);
      },
      `the file was truncated to ${SHORTER.length} bytes`,
    ],
    [
      'renamed, and another made',
      (path: string) => {
        renameSync(path, `${path}.1`);
        writeFileSync(path, LONGER);
      },
      'another file has taken its name',
    ],
  ])('is %s: that ends it, with a sentence and exit code 3', async (_, change, sentence) => {
    const { path, output, ended } = await follow(command);
    change(path);
    expect(await ended()).toBe(3);
    expect(output()).toContain(
      `${path}: reading stopped at byte ${position}: ${sentence}; what was read before is kept`,
    );
    expect(output()).not.toContain('claims');
  });

  it('is renamed, or removed: that is told once, and what is still written to it is read', async () => {
    const { path, output, until, interrupt, ended } = await follow(command);
    renameSync(path, `${path}.1`);
    const sentence = `${path}: removed or renamed; what is still written to it is read`;
    await until(sentence);
    appendFileSync(`${path}.1`, LONGER.subarray(24));
    await until(shown(command, 5, 'five'));
    rmSync(`${path}.1`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    interrupt();
    expect(await ended()).toBe(0);
    expect(output().split(sentence)).toHaveLength(2);
  });

  it('is written again with the same beginning, as by a copy of one that has grown: it is read on', async () => {
    const { path, until, interrupt, ended } = await follow(command);
    writeOver(path, Buffer.concat([FIRST, LONGER.subarray(24)]));
    await until(shown(command, 5, 'five'));
    interrupt();
    expect(await ended()).toBe(0);
  });
});
