import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { records } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { hasTool } from '../support/peers.js';
import { ROOT } from '../support/root.js';

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

type Ended = { readonly status: unknown; readonly seconds: number; readonly stderr: string };

/** Runs the command until `isReady`, then sends the signal; one that is deaf to it is ended and has no status. */
async function interrupted(
  argv: readonly string[],
  stdout: number | 'ignore',
  signal: 'SIGINT' | 'SIGTERM',
  isReady: () => boolean | Promise<boolean>,
): Promise<Ended> {
  const child = spawn(process.execPath, ['bin/siplens.js', ...argv], {
    cwd: ROOT,
    stdio: ['ignore', stdout, 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  while (child.exitCode === null && !(await isReady())) await sleep(50);
  // Long enough for the pipe to be full and all be waiting.
  await sleep(700);
  const began = performance.now();
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const status = await closed;
  clearTimeout(patience);
  return { status, seconds: (performance.now() - began) / 1000, stderr };
}

/** Captures with more records than a pipe holds. */
const big = join(folder, 'big.pcap');
const other = join(folder, 'other.pcap');

/** What a pipe holds, up to `length` bytes, each as a character. */
function heldBy(reader: number, length: number): string {
  const bytes = Buffer.alloc(length);
  try {
    return bytes.toString('latin1', 0, readSync(reader, bytes));
  } catch {
    // Nothing is in it.
    return '';
  }
}

describe('Ctrl-C while the output is not read', () => {
  const capture = new CaptureBuilder();
  for (let number = 0; number < 4000; number++) {
    capture.udp(
      { address: '192.0.2.1', port: 5060 },
      { address: '192.0.2.2', port: 5060 },
      `OPTIONS sip:bob@example.net SIP/2.0\r\nCall-ID: ${number}\r\nContent-Length: 0\r\n\r\n`,
    );
  }
  writeFileSync(big, capture.toBytes());
  writeFileSync(other, capture.toBytes());

  it.concurrent.each([
    ['standard output', [big], 'SIGINT', 130],
    ['standard output', [big, other, '-j', '2'], 'SIGTERM', 143],
    ['a named pipe', [big], 'SIGTERM', 143],
    ['a named pipe', [big, other, '-j', '2'], 'SIGINT', 130],
    ['standard output', [big, '--follow'], 'SIGINT', 130],
  ] as const)('ends the run soon, after a whole record: %s, %j', async (what, argv, signal, status) => {
    const pipe = join(folder, `stalled-${argv.length}-${what.length}-${signal}`);
    spawnSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = what === 'standard output' ? openSync(pipe, 'w') : undefined;
    const output = writer === undefined ? ['-o', pipe] : [];
    // The reader takes the very first bytes, and no more.
    let held = '';
    const isBegun = (): boolean => {
      held += heldBy(reader, 100);
      return held !== '';
    };
    const run = interrupted(['export', ...argv, ...output], writer ?? 'ignore', signal, isBegun);
    const { stderr, ...ended } = await run;
    if (writer !== undefined) closeSync(writer);
    held += heldBy(reader, 1024 * 1024);
    closeSync(reader);
    expect(ended.status, stderr).toBe(status);
    // Half of a second is for a reader that is slow; the machine may be, too.
    expect(ended.seconds).toBeLessThan(5);
    expect(held.endsWith('}\n')).toBe(true);
    expect(records(held).map(({ call_id }) => call_id)).toEqual(records(held).map((_, index) => `${index}`));
    const name = writer === undefined ? pipe : 'standard output';
    expect(stderr).toMatch(/^siplens: interrupted /);
    expect(stderr).toContain(
      `; the reader of ${name} took only the first ${held.length} bytes of what was found, up to the end of a record\n`,
    );
  });
});

describe('a terminal as an input', () => {
  it.skipIf(!hasTool('script'))(
    'is read until Ctrl-C, which ends the run (skipped without script)',
    async () => {
      // `script` gives the command a terminal of its own, as /dev/tty, and ends with its status. Without `exec` there
      // would be a shell between them, and whether that outlives Ctrl-C differs from one shell to another.
      const heard = join(folder, 'of-tty');
      const command = `exec ${process.execPath} bin/siplens.js export ${TLS} ${KEY.join(' ')} /dev/tty > ${heard} 2>&1`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: ROOT,
        env: { ...process.env, SHELL: '/bin/sh' },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const closed = new Promise((resolve) => child.once('close', resolve));
      // The records of the capture are out before the terminal is read.
      while (child.exitCode === null && !(existsSync(heard) && statSync(heard).size > 0)) await sleep(50);
      await sleep(300);
      // What a terminal makes SIGINT of.
      child.stdin.write('\x03');
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      expect(await closed).toBe(130);
      clearTimeout(patience);
      expect(readFileSync(heard, 'utf8')).toContain(
        'interrupted before /dev/tty; the records before it are whole',
      );
    },
  );
});

describe('a pipe as the output', () => {
  it('is waited for until it is read, and that can be interrupted', async () => {
    const pipe = join(folder, 'output');
    spawnSync('mkfifo', [pipe]);
    const argv = ['export', TLS, ...KEY, '-q', '-o', pipe];
    const { status, stderr } = await interrupted(argv, 'ignore', 'SIGINT', () => sleep(700).then(() => true));
    expect(status, stderr).toBe(130);
    expect(stderr).toBe(`siplens: interrupted before ${TLS}: nothing reads ${pipe}, a pipe for the output\n`);
    const child = spawn(process.execPath, ['bin/siplens.js', ...argv], { cwd: ROOT, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const reader = spawnSync('cat', [pipe], { encoding: 'utf8' });
    expect(records(reader.stdout)).toHaveLength(3);
    expect(await ended).toBe(0);
  });

  it.each(['1', '2'])(
    'whose reader goes away ends the run quietly, and nothing is left: with --jobs %s',
    (jobs) => {
      const [pipe, waiting] = [join(folder, `closed-${jobs}`), join(folder, `waiting-${jobs}`)];
      spawnSync('mkfifo', [pipe]);
      mkdirSync(waiting);
      const run = (command: string) => {
        const script = `{ ${process.execPath} bin/siplens.js export ${big} ${other} -j ${jobs} ${command}`;
        const { stdout, stderr } = spawnSync('bash', ['-c', script], {
          cwd: ROOT,
          encoding: 'utf8',
          env: { ...process.env, TMPDIR: waiting },
        });
        expect({ lines: stdout.split('\n').length, stderr }).toEqual({ lines: 2, stderr: '0\n' });
      };
      run('; echo $? >&2; } | head -1');
      run(`-o ${pipe}; echo $? >&2; } & head -1 ${pipe}; wait`);
      expect(readdirSync(waiting)).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.includes('.siplens'))).toEqual([]);
    },
  );
});

describe.each(['--write', '--write-decrypted'])('a pipe for packets: %s', (option) => {
  const pipeFor = (name: string): string => {
    const pipe = join(folder, `${option}-${name}`);
    spawnSync('mkfifo', [pipe]);
    return pipe;
  };
  const output = join(folder, `${option}.ndjson`);

  it('whose reader takes nothing is given up at Ctrl-C', async () => {
    const pipe = pipeFor('stalled');
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    let held = '';
    const { status, seconds, stderr } = await interrupted(
      ['export', big, '-o', output, option, pipe],
      'ignore',
      'SIGINT',
      () => {
        held += heldBy(reader, 100);
        return held !== '';
      },
    );
    held += heldBy(reader, 1024 * 1024);
    closeSync(reader);
    expect(status, stderr).toBe(130);
    expect(seconds).toBeLessThan(5);
    const [, taken] =
      new RegExp(`the reader of ${pipe} took only the first (\\d+) bytes of the packets`).exec(stderr) ?? [];
    expect(Number(taken)).toBeGreaterThan(0);
    // What the pipe held when it was given up may be more than it took whole.
    expect(held.length).toBeGreaterThanOrEqual(Number(taken));
    expect(records(readFileSync(output, 'utf8')).length).toBe(4000);
  });

  it('whose reader goes away is told, and the records go on', () => {
    const pipe = pipeFor('closed');
    const script = `head -c 1 '${pipe}' > /dev/null & ${process.execPath} bin/siplens.js export ${big} -q -o ${output} ${option} '${pipe}'; echo $? >&2`;
    const { stderr } = spawnSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8' });
    expect(stderr).toBe(`siplens: ${option} ${pipe}: what read it went away\n0\n`);
    expect(records(readFileSync(output, 'utf8')).length).toBe(4000);
  });
});

describe('--write-decrypted to a pipe', () => {
  it('brings the messages of a growing file as they come', async () => {
    const pipe = join(folder, 'as-they-come');
    spawnSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    let held = '';
    const argv = [
      'export',
      TLS,
      ...KEY,
      '--follow',
      '-q',
      '-o',
      join(folder, 'followed'),
      '--write-decrypted',
      pipe,
    ];
    const { status, stderr } = await interrupted(argv, 'ignore', 'SIGINT', () => {
      held += heldBy(reader, 64 * 1024);
      return held.includes('SIP/2.0 200 OK');
    });
    closeSync(reader);
    expect(status, stderr).toBe(0);
    expect(held).toContain('MESSAGE sips:');
  });
});
