import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { crashSentence } from '../../src/engine/crash.js';
import { ROOT } from '../support/root.js';

/** A fault of siplens: one line, an exit code of its own, and nothing of the input. */

const folder = mkdtempSync(join(tmpdir(), 'siplens-crash-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 'the-captured-secret';
const MESSAGE = `OPTIONS sip:a@example.org SIP/2.0\r\nSubject: provoke-a-fault\u001b[31m ${SECRET}\r\nVia: x\r\n\r\n${SECRET}`;
const [first, second] = ['first.sip', 'second.sip'].map((name) => join(folder, name)) as [string, string];
for (const path of [first, second]) writeFileSync(path, MESSAGE);

const LINE =
  /^siplens: internal error \(RangeError\): a fault of siplens, not of its input\. Please report it at https:\/\/\S+ with the version and the command line; SIPLENS_DEBUG=1 shows where it happened, perhaps with text of the input\n$/;

function crash(environment: Readonly<Record<string, string>>, ...argv: readonly string[]) {
  return spawnSync(
    process.execPath,
    ['--require', `${ROOT}test/support/provoke-fault.cjs`, 'bin/siplens.js', ...argv],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...environment } },
  );
}

describe('a fault of siplens', () => {
  it.each(['at once', 'later', 'promise'])('ends a command with one line and exit code 70 (%s)', (when) => {
    const { status, stderr } = crash({ PROVOKE: when }, 'show', first, '1');
    expect(stderr).toMatch(LINE);
    expect(status).toBe(70);
  });

  it('shows its stack where that is asked for, safe to print', () => {
    const { status, stderr } = crash({ SIPLENS_DEBUG: '1' }, 'show', first, '1');
    expect(status).toBe(70);
    expect(stderr).toMatch(/\n {2}RangeError: cannot read [\s\S]*\\x1b\[31m/);
    expect(stderr).toMatch(/\n {6}at /);
    expect(stderr).not.toContain('\u001b');
  });

  it('in a thread costs its file alone, and says no more', () => {
    const { status, stdout, stderr } = crash({}, 'export', '-j', '2', first, second);
    expect(status).toBe(3);
    expect(stderr.match(/its analysis failed: internal error \(RangeError\)/g)).toHaveLength(2);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it('is told by the name of its class, not by one that an input gave', () => {
    const named = new Error(SECRET);
    named.name = `${SECRET} x`;
    expect(crashSentence(named)).toMatch(/^internal error \(Error\): a fault/);
    expect(crashSentence(SECRET)).toMatch(/^internal error: a fault/);
    expect(crashSentence(Object.assign(new Error(SECRET), { code: 'ERR_OUT_OF_RANGE' }))).toMatch(
      /^internal error \(Error, ERR_OUT_OF_RANGE\)/,
    );
    expect(crashSentence(Object.assign(new Error(SECRET), { code: `E ${SECRET}` }))).not.toContain(SECRET);
  });
});
