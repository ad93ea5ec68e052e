import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRecords } from '../../src/cli/commands/export.js';
import { UsageError } from '../../src/cli/exit.js';
import { progressLines } from '../../src/cli/output/progress.js';
import { planOf } from '../../src/cli/plan-options.js';
import { expandInputs, outputNames } from '../../src/engine/inputs.js';
import { render } from '../../src/report/render.js';
import { records, siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

const SAMPLES = ['smime-encrypted', 'smime-signed', 'smime-signed-encrypted', 'tls-message'].map(
  (name) => `samples/${name}.pcap`,
);
const KEYS = ['-k', 'samples/keys', '--cert', 'samples/certs'];
const tlsBytes = readFileSync(`${ROOT}samples/tls-message.pcap`);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-batch-'));
  mkdirSync(join(folder, 'a', 'deep'), { recursive: true });
  mkdirSync(join(folder, 'b'));
  for (const name of ['a/one.pcap', 'a/deep/two.pcap', 'b/one.pcap']) {
    cpSync(`${ROOT}samples/smime-signed.pcap`, join(folder, name));
  }
  writeFileSync(join(folder, 'a', 'notes.txt'), 'nothing that a capture is\n');
  writeFileSync(join(folder, 'b', 'broken.pcap'), tlsBytes.subarray(0, tlsBytes.length - 10));
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = (paths: readonly string[]) => paths.map((path) => path.slice(folder.length + 1));

const COMMON = { key: [], keylog: [], psk: [], cert: [], ca: [], color: 'auto' } as const;

describe('inputs', () => {
  it('are what folders hold, with those below where that is asked for', async () => {
    const flat = await expandInputs([join(folder, 'a')], { recursive: false });
    expect(names(flat.files)).toEqual(['a/one.pcap']);
    expect(names(flat.leftOut)).toEqual(['a/notes.txt']);
    const all = await expandInputs([folder], { recursive: true });
    expect(names(all.files)).toEqual(['a/deep/two.pcap', 'a/one.pcap', 'b/broken.pcap', 'b/one.pcap']);
    const none = await expandInputs([folder], { recursive: false });
    expect(none.problems[0]?.message).toContain('--recursive');
  });

  it('are what globs match, none twice', async () => {
    const globbed = async (...patterns: string[]) =>
      names(
        (
          await expandInputs(
            patterns.map((one) => join(folder, one)),
            { recursive: false },
          )
        ).files,
      );
    expect(await globbed('*/one.pcap')).toEqual(['a/one.pcap', 'b/one.pcap']);
    expect(await globbed('**/*.pcap')).toEqual([
      'a/deep/two.pcap',
      'a/one.pcap',
      'b/broken.pcap',
      'b/one.pcap',
    ]);
    expect(await globbed('[!a]/on?.pcap', '*/one.pcap')).toEqual(['b/one.pcap', 'a/one.pcap']);
    const { problems } = await expandInputs([join(folder, 'z*')], { recursive: false });
    expect(problems).toEqual([{ path: join(folder, 'z*'), message: 'no file matches' }]);
  });

  it('that cannot be taken have a record each, and links that lead nowhere, but no pipe is waited for', () => {
    const inputs = mkdtempSync(join(tmpdir(), 'siplens-test-'));
    symlinkSync('nowhere', join(inputs, 'gone.pcap'));
    symlinkSync('circle.pcap', join(inputs, 'circle.pcap'));
    spawnSync('mkfifo', [join(inputs, 'pipe.pcap')]);
    for (const jobs of ['1', '2']) {
      const { stdout, stderr, status } = siplens(['export', join(inputs, 'z*'), inputs, '-j', jobs]);
      const records = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records.map(({ type, message }) => `${type}: ${message}`)).toEqual([
        'error: no file matches',
        expect.stringMatching(/^error: .*its symbolic links go round in a circle/),
        expect.stringMatching(/^error: .*there is no such file/),
      ]);
      expect(stderr).toMatch(/; 3 errors; 1 other file left out/);
      expect(status).toBe(3);
    }
    rmSync(inputs, { recursive: true });
  });

  it.skipIf(process.platform !== 'linux')('whose names are not UTF-8 are said to be so', () => {
    const inputs = mkdtempSync(join(tmpdir(), 'siplens-test-'));
    const raw = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${inputs}/`), Buffer.from(name, 'latin1')]);
    mkdirSync(raw('f\xff'));
    for (const name of ['a\xff.pcap', 'b\xff', 'f\xff/c.pcap']) writeFileSync(raw(name), tlsBytes);
    const said = (...argv: string[]) => {
      const { stdout, status } = siplens(['export', ...argv, '--include', 'messages']);
      expect(status).toBe(3);
      return records(stdout).map(({ file, message }) => `${file.slice(inputs.length + 1)}: ${message}`);
    };
    const reason = 'a name with bytes that are not UTF-8 (shown as \uFFFD) cannot be opened: rename it';
    const files = [`a\uFFFD.pcap: ${reason}`, `b\uFFFD: ${reason}`];
    expect(said(inputs)).toEqual(files);
    expect(said('-r', inputs)).toEqual([`f\uFFFD: ${reason}`, ...files]);
    expect(said(join(inputs, 'a*'))).toEqual(files.slice(0, 1));
    rmSync(inputs, { recursive: true });
  });

  it('give outputs with names of their own', () => {
    expect(outputNames(['x/1.pcap', 'x/2.pcap'], 'ndjson')).toEqual(['1.pcap.ndjson', '2.pcap.ndjson']);
    expect(outputNames(['x/1.pcap', 'y/1.pcap', '2.pcap'], 'csv')).toEqual([
      'x_1.pcap.csv',
      'y_1.pcap.csv',
      '2.pcap.csv',
    ]);
    expect(outputNames(['a/1.pcap', 'A/1.pcap', 'a/1.pcap', '../a/1.pcap'], 'json')).toEqual([
      'a_1.pcap.json',
      'A_1.pcap-2.json',
      'a_1.pcap-3.json',
      'a_1.pcap-4.json',
    ]);
    expect(outputNames(['x_1', 'x/1', '1'], 'n')).toHaveLength(3);
  });
});

describe('a batch', () => {
  it('goes on after a broken file, and says so with exit code 3 and a summary', () => {
    const { status, stdout, stderr } = siplens(['export', ...SAMPLES, folder, '-r', ...KEYS]);
    expect(status).toBe(3);
    const all = records(stdout);
    expect(all.filter(({ type }) => type === 'error')).toEqual([
      expect.objectContaining({ file: join(folder, 'b', 'broken.pcap'), frame: 16 }),
    ]);
    expect(all.filter(({ type }) => type === 'sip_message')).toHaveLength(16);
    expect(stderr).toMatch(
      /8 files; 43 packets; 16 messages; .*2 TLS connections \(2 decrypted, 0 not decrypted\).*1 error/,
    );
  });

  it('gives the same in the same order with any number of threads', () => {
    const run = (...options: string[]) =>
      siplens(['export', ...SAMPLES, folder, '-r', '-q', ...KEYS, ...options]);
    const one = run();
    for (const format of [[], ['--format', 'json'], ['--format', 'csv']]) {
      const threaded = run('--jobs', '3', ...format);
      expect(threaded.status).toBe(3);
      expect(threaded.stdout).toBe(run(...format).stdout);
    }
    const output = join(folder, 'all.ndjson');
    expect(run('-j', '2', '-o', output).stdout).toBe('');
    expect(readFileSync(output, 'utf8')).toBe(one.stdout);
    rmSync(output);
  });

  it('gives a file for each input', () => {
    const out = join(folder, 'out');
    const { status } = siplens([
      'export',
      join(folder, 'a'),
      join(folder, 'b'),
      '-r',
      '-q',
      '--out-dir',
      out,
      '-j',
      '2',
      ...KEYS,
    ]);
    expect(status).toBe(3);
    expect(readdirSync(out).sort()).toEqual([
      'a_one.pcap.ndjson',
      'b_one.pcap.ndjson',
      'broken.pcap.ndjson',
      'two.pcap.ndjson',
    ]);
    expect(records(readFileSync(join(out, 'b_one.pcap.ndjson'), 'utf8'))).toHaveLength(2);
    rmSync(out, { recursive: true });
  });

  it('refuses what contradicts itself', () => {
    for (const options of [
      ['--jobs', '0'],
      ['--write', '-'],
      ['--out-dir', 'x', '--merge'],
      ['--out-dir', 'x', '-o', 'y'],
      ['--follow', '--merge'],
    ]) {
      expect(siplens(['export', 'samples/tls-message.pcap', ...options]).status).toBe(2);
    }
    expect(siplens(['export', '-', '--write', join(folder, 'x.pcapng')]).status).toBe(2);
  });

  it('refuses before any work what cannot be written, by the name that was given', async () => {
    const [gone, here] = [join(folder, 'gone', 'x'), join(folder, 'a')];
    const refused = async (options: object) =>
      expect(exportRecords([`${ROOT}${SAMPLES[0]}`], { ...COMMON, ...options })).rejects;
    const [noFolder, isFolder] = ['there is no such folder', 'a folder stands where the file should go'];
    await (await refused({ write: gone })).toThrow(new UsageError(`--write ${gone}: ${noFolder}`));
    await (await refused({ write: here })).toThrow(new UsageError(`--write ${here}: ${isFolder}`));
    await (await refused({ output: here })).toThrow(new UsageError(`--output ${here}: ${isFolder}`));
    expect(readdirSync(folder).filter((name) => name.includes('siplens'))).toEqual([]);
  });

  it.each(['', ',', 'frame,', 'from.', 'from..uri'])(
    'refuses --fields %j, in which a name is missing',
    (text) => {
      expect(() => planOf({ fields: text })).toThrow(
        new UsageError(
          `--fields '${text}': a name is missing; names stand with commas between, as frame,call_id,from.uri`,
        ),
      );
      expect(planOf({ fields: 'frame, from.uri' }).fields).toEqual(['frame', 'from.uri']);
    },
  );

  it.each(['--write', '--merge'])('refuses with %s what cannot be read twice', async (option) => {
    const pipe = join(folder, `pipe${option}`);
    spawnSync('mkfifo', [pipe]);
    const output = join(folder, 'refused.pcapng');
    const given = { ...COMMON, ...(option === '--write' ? { write: output } : { merge: true }) };
    for (const [path, name] of [
      ['-', 'standard input'],
      [pipe, `${pipe}, which is a pipe or a device,`],
    ] as const) {
      await expect(exportRecords([path], given)).rejects.toThrow(
        new UsageError(`${option} reads its inputs twice: save ${name} to a file first`),
      );
    }
    expect(existsSync(output)).toBe(false);
  });
});

describe('an output that would replace an input or another output', () => {
  it.each([
    ['by name', 'in.pcap', ['-o', 'in.pcap'], '--output'],
    ['by a link', 'in.pcap', ['--write', 'link.pcap'], '--write'],
    ['by another way to write it', 'in.pcap', ['--write-decrypted', './x/../in.pcap'], '--write-decrypted'],
    ['by two options', 'in.pcap', ['--write', 'new', '-o', './new'], '--write'],
  ])('is refused before anything is read: %s', (_, input, options, option) => {
    const here = join(folder, 'lost');
    mkdirSync(join(here, 'x'), { recursive: true });
    cpSync(`${ROOT}samples/smime-signed.pcap`, join(here, 'in.pcap'));
    symlinkSync('in.pcap', join(here, 'link.pcap'));
    const at = (text: string) => (text.startsWith('-') ? text : `${here}/${text}`);
    const { status, stderr } = siplens(['export', at(input), ...options.map(at)]);
    expect(stderr).toMatch(new RegExp(`^siplens: ${option} .*; nothing was written\\n$`));
    expect(status).toBe(2);
    expect(readFileSync(join(here, 'in.pcap')).equals(readFileSync(`${ROOT}samples/smime-signed.pcap`))).toBe(
      true,
    );
    rmSync(here, { recursive: true });
  });
});

describe('an output that would replace a secret or a certificate', () => {
  const named: readonly [string, string, (file: string) => string[]][] = [
    ['a key in a folder', '-k', (file) => ['-k', dirname(file)]],
    ['a certificate in a folder', '--cert', (file) => ['--cert', dirname(file)]],
    ['a certificate authority in a folder', '--ca', (file) => ['--ca', dirname(file)]],
    ['a key log', '--keylog', (file) => ['--keylog', file]],
    ['the file of a password', '--password-file', (file) => ['--password-file', file]],
    ['the file of a pre-shared key', '--psk', (file) => ['--psk', file]],
  ];
  it.each(named)('is refused: %s', (_, __, options) => {
    const here = mkdtempSync(join(folder, 'secret-'));
    const file = join(here, 'file.pem');
    writeFileSync(file, '00112233');
    const { status, stderr } = siplens(['export', SAMPLES[0] as string, '-o', file, ...options(file)]);
    expect(stderr).toBe(
      `siplens: --output ${file}: this is the input ${file}, which would be lost; nothing was written\n`,
    );
    expect(status).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('00112233');
    rmSync(here, { recursive: true });
  });
});

describe('what standard error says', () => {
  it('of captures that hold no SIP message or are broken is the same with any number of threads', () => {
    const path = (name: string, bytes: Uint8Array) => {
      const whole = join(folder, name);
      writeFileSync(whole, bytes);
      return whole;
    };
    const paths = [
      path('only-a-head.pcap', tlsBytes.subarray(0, 24)),
      path('cut-in-its-first-frame.pcap', tlsBytes.subarray(0, 50)),
      path('handshake.pcap', tlsBytes.subarray(0, 24 + 16 + tlsBytes.readUInt32BE(24 + 8))),
    ];
    const one = siplens(['export', ...paths, ...SAMPLES, ...KEYS]).stderr;
    expect(siplens(['export', ...paths, ...SAMPLES, ...KEYS, '--jobs', '3']).stderr).toBe(one);
    expect(one.split('\n').filter((line) => line.includes(folder))).toEqual([
      expect.stringMatching(/cut-in-its-first-frame.pcap: .* is cut short/),
      `siplens: ${paths[0]}: the capture holds no frames`,
      `siplens: ${paths[2]}: no SIP message in 1 frame`,
    ]);
    const merged = siplens(['export', paths[0] as string, paths[2] as string, '--merge']).stderr;
    expect(merged).toContain('the merged captures: no SIP message in 1 frame');
    for (const file of paths) rmSync(file);
  });

  it('of many captures names ten and counts the rest, with any number of threads, and with -v tells of all', () => {
    const many = mkdtempSync(join(folder, 'many-'));
    for (let number = 10; number < 22; number++) writeFileSync(join(many, `${number}.pcap`), tlsBytes);
    const said = (...options: string[]) =>
      siplens(['export', many, ...options])
        .stderr.split('\n')
        .sort();
    const one = said();
    expect(said('--jobs', '2')).toEqual(one);
    expect(one.filter((line) => line.includes('no SIP message in'))).toHaveLength(10);
    expect(one).toContain('siplens: nor is there a SIP message in 2 more captures');
    expect(one).toContain('siplens: 2 more TLS connections not decrypted');
    const verbose = said('-v');
    expect(said('-v', '--jobs', '2')).toEqual(verbose);
    expect(verbose.filter((line) => line.includes('16 frames, 0 SIP messages'))).toHaveLength(12);
    rmSync(many, { recursive: true });
  });

  it('counts the same findings whatever is written', () => {
    const findings = ['messages', 'connections', 'findings', 'packets', 'messages,connections,findings'].map(
      (include) =>
        /([\d,]+) findings/.exec(siplens(['export', ...SAMPLES, ...KEYS, '--include', include]).stderr)?.[1],
    );
    expect(new Set(findings).size).toBe(1);
    expect(Number(findings[0])).toBeGreaterThan(0);
  });
});

describe('a rotated session', () => {
  /** The frames `from` to `to` (from 1) of the sample with TLS. */
  const part = (from: number, to: number): Buffer => {
    const pieces = [tlsBytes.subarray(0, 24)];
    for (let at = 24, frame = 1; at < tlsBytes.length; frame++) {
      const end = at + 16 + tlsBytes.readUInt32BE(at + 8);
      if (frame >= from && frame <= to) pieces.push(tlsBytes.subarray(at, end));
      at = end;
    }
    return Buffer.concat(pieces);
  };

  it('is one where it is merged by time: the TLS session goes on from file to file', () => {
    const paths = [part(12, 16), part(1, 5), gzipSync(part(6, 11))].map((bytes, index) => {
      const path = join(folder, `rotated-${index}.pcap`);
      writeFileSync(path, bytes);
      return path;
    });
    const alone = records(siplens(['export', ...paths, '-q', ...KEYS]).stdout);
    expect(alone.filter(({ type }) => type === 'sip_message')).toEqual([]);
    const { status, stdout, stderr } = siplens(['export', ...paths, '--merge', ...KEYS]);
    expect({ status, files: stderr.includes('3 files; 16 packets; 2 messages') }).toEqual({
      status: 0,
      files: true,
    });
    const whole = records(siplens(['export', 'samples/tls-message.pcap', '-q', ...KEYS]).stdout);
    const merged = records(stdout);
    expect(merged.map(({ file: _, ...rest }) => rest)).toEqual(whole.map(({ file: _, ...rest }) => rest));
    expect(merged.map(({ file }) => file)).toEqual([paths[2], paths[2], paths[0]]);
    const saved = join(folder, 'merged.pcapng');
    siplens(['export', ...paths, '--merge', '-q', '--write', saved, ...KEYS]);
    expect(records(siplens(['export', saved, '-q']).stdout)).toHaveLength(3);
    for (const path of [...paths, saved]) rmSync(path);
  });

  it('tells what cannot be merged', () => {
    const { status, stdout } = siplens([
      'export',
      'samples/tls-message.pcap',
      'package.json',
      '--merge',
      '-q',
      ...KEYS,
    ]);
    expect(status).toBe(3);
    expect(records(stdout).map(({ type }) => type)).toEqual([
      'error',
      'sip_message',
      'sip_message',
      'tls_connection',
    ]);
    const empty = join(folder, 'empty.pcap');
    writeFileSync(empty, '');
    const merged = siplens(['export', 'samples/tls-message.pcap', empty, '--merge', ...KEYS]);
    expect(merged.stderr).toContain(`siplens: ${empty}: the file is empty\n`);
    rmSync(empty);
  });
});

describe('progress', () => {
  it('tells bytes, part, time left and rate, and one line per worker', () => {
    const workers = [{ file: 'a\u001b.pcap', done: 1, total: 4 }];
    const lines = progressLines({ done: 50_000_000, total: 200_000_000, workers }, 10);
    expect(lines.map((line) => render(line, 'nothing'))).toEqual([
      '50.0 MB of 200 MB (25 %)  0:30 left  5.0 MB/s  0:10',
      '      25 %  a\\x1b.pcap',
    ]);
    expect(progressLines({ done: 999, total: undefined, workers: [] }, 0)).toEqual(['999 B  0 B/s  0:00']);
  });
});
