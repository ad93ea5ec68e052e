import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrowingText } from '../../src/io/growing-text.js';
import { records, siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a key log that another program writes', () => {
  it('opens what waited for it, in live use', { timeout: 30_000 }, async () => {
    const secrets = siplens([
      'keys',
      'samples/tls-message.pcap',
      '-k',
      'samples/keys/domain_key_example.net.pem',
    ]).stdout;
    expect(secrets).toContain('CLIENT_RANDOM');
    const log = join(folder, 'later.log');
    const child = spawn(
      process.execPath,
      ['bin/siplens.js', 'export', '--follow', 'samples/tls-message.pcap', '--keylog', log],
      { cwd: ROOT },
    );
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Half a line now, the rest later.
    const half = Math.floor(secrets.length / 2);
    appendFileSync(log, secrets.slice(0, half));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(stdout).not.toContain('Hello!');
    appendFileSync(log, secrets.slice(half));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    child.kill('SIGINT');
    await ended;
    const messages = records(stdout).filter(({ type }) => type === 'sip_message');
    expect(
      messages.map(({ frame }) => frame),
      stderr,
    ).toEqual([10, 11]);
    expect(messages[0].body.text).toBe('Hello!');
  });

  it('is read by whole lines, from its start where it was begun anew', () => {
    const path = join(folder, 'lines.log');
    const text = new GrowingText(path);
    expect(text.newLines()).toBe('');
    appendFileSync(path, 'one\ntw');
    expect(text.newLines()).toBe('one\n');
    expect(text.newLines()).toBe('');
    appendFileSync(path, 'o\n');
    expect(text.newLines()).toBe('two\n');
    rmSync(path);
    expect(text.newLines()).toBe('');
    appendFileSync(path, 'new\n');
    expect(text.newLines()).toBe('new\n');
  });
});
