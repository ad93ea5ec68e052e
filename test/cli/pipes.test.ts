import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, records } from '../support/command.js';

const TLS = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];

const folder = mkdtempSync(join(tmpdir(), 'siplens-pipes-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('Ctrl-C while a pipe is waited for', () => {
  /** Runs until the records of the sample are out, then interrupts; the pipe comes after it. */
  const interruptedAt = async (argv: readonly string[], signal: 'SIGINT' | 'SIGTERM') => {
    const child = spawn(process.execPath, ['bin/siplens.js', 'export', TLS, ...KEY, ...argv], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill(signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
    const status = await new Promise((resolve) => child.once('close', resolve));
    clearTimeout(patience);
    return { status, records: records(stdout), stderr };
  };

  it('ends the run at once, with threads too, whether there is a writer or not', async () => {
    const [silent, begun] = [join(folder, 'silent'), join(folder, 'begun')];
    spawnSync('mkfifo', [silent, begun]);
    const writer = openSync(begun, 'r+');
    writeSync(writer, readFileSync(`${ROOT}${TLS}`).subarray(0, 900));
    const [plain, threaded, cut] = await Promise.all([
      interruptedAt([silent], 'SIGINT'),
      interruptedAt([silent, '-j', '2'], 'SIGTERM'),
      interruptedAt([begun], 'SIGINT'),
    ]);
    closeSync(writer);
    for (const { records: got, stderr } of [plain, threaded]) {
      expect(got.map(({ type }) => type)).toEqual(['sip_message', 'sip_message', 'tls_connection']);
      expect(stderr).toContain(`interrupted before ${silent}; the records before it are whole`);
    }
    // The frame in pieces is no fault of the capture: the user ended it there.
    expect(cut.stderr).toContain(`interrupted at frame 5 of ${begun}, byte 900; `);
    expect(cut.records.filter(({ type }) => type === 'error')).toEqual([]);
    expect([plain, threaded, cut].map(({ status }) => status)).toEqual([130, 143, 130]);
  });
});

describe('a pipe as the output', () => {
  it('is waited for until it is read, and that can be broken off', async () => {
    const pipe = join(folder, 'output');
    spawnSync('mkfifo', [pipe]);
    const started = () =>
      spawn(process.execPath, ['bin/siplens.js', 'export', TLS, ...KEY, '-q', '-o', pipe], {
        cwd: ROOT,
        stdio: 'ignore',
      });
    const [child, other] = [started(), started()];
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill('SIGINT');
    const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
    expect(await new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))).toBe('SIGINT');
    clearTimeout(patience);
    const ended = new Promise((resolve) => other.once('exit', resolve));
    const reader = spawnSync('cat', [pipe], { encoding: 'utf8' });
    expect(records(reader.stdout)).toHaveLength(3);
    expect(await ended).toBe(0);
  });
});
