import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './support/root.js';

/**
 * What a user does first: a fresh clone as the README says, and the package from the registry. Both need the packages
 * that siplens depends on, from npm's cache or its registry.
 */

const work = mkdtempSync(join(tmpdir(), 'siplens-package-'));
const clone = join(work, 'clone');
const installed = join(work, 'installed');

/** Runs a program in `cwd`, as from a shell that knows nothing of the npm that runs the tests. */
function run(cwd: string, program: string, ...argv: readonly string[]): SpawnSyncReturns<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|VITEST)/i.test(name)),
  );
  return spawnSync(program, argv, { cwd, encoding: 'utf8', env: { ...env, NO_COLOR: '1' }, input: '' });
}

/** The same for what must succeed before anything else can. */
function must(cwd: string, program: string, ...argv: readonly string[]): string {
  const { status, stdout, stderr } = run(cwd, program, ...argv);
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} gave ${status}: ${stderr || stdout}`);
  return stdout;
}

beforeAll(() => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  // Git lists files that were deleted since the last commit, too.
  for (const name of files.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, name), join(clone, name));
  }
  must(clone, 'npm', 'ci', '--prefer-offline', '--no-audit', '--no-fund');
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('a fresh clone', () => {
  it('says what to do where siplens is not built', () => {
    const { status, stdout, stderr } = run(clone, 'npx', '--no-install', 'siplens', '--version');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('siplens: not built yet: run "npm run build" first\n');
  });

  it('shows the capture of the draft with npm start', () => {
    const { status, stdout } = run(clone, 'npm', 'start');
    expect(status).toBe(0);
    expect(stdout).toMatch(/ MESSAGE .*sips:kumiko@example\.net/);
  });

  it('has the command once it is built', () => {
    must(clone, 'npm', 'run', 'build');
    expect(must(clone, 'npx', '--no-install', 'siplens', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('the package', () => {
  beforeAll(() => {
    rmSync(join(clone, 'dist'), { recursive: true, force: true });
    must(clone, 'npm', 'pack', '--pack-destination', work);
    const tarball = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
    cpSync(join(work, tarball), join(installed, tarball));
    must(installed, 'npm', 'init', '--yes');
    must(installed, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`);
  });

  it('holds what belongs to it, and no tests or sources', () => {
    const names = readdirSync(join(installed, 'node_modules/siplens'));
    expect(names.sort()).toEqual([
      ...['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'SECURITY.md'],
      ...['bin', 'dist', 'docs', 'package.json', 'samples'],
    ]);
    expect(readdirSync(join(installed, 'node_modules/siplens/docs'))).toContain('siplens.schema.json');
  });

  it('lists the messages of the capture that it ships', () => {
    const samples = 'node_modules/siplens/samples';
    const stdout = must(
      ...([installed, 'npx', '--no-install', 'siplens', 'list', `${samples}/tls-message.pcap`] as const),
      ...['-k', `${samples}/keys/domain_key_example.net.pem`],
    );
    expect(stdout).toMatch(/ MESSAGE .*sips:kumiko@example\.net/);
    expect(stdout).toMatch(/200 OK/);
  });

  it('decrypts and verifies the S/MIME that it ships', () => {
    const samples = 'node_modules/siplens/samples';
    const stdout = must(
      ...([installed, 'npx', '--no-install', 'siplens', 'export'] as const),
      ...[`${samples}/smime-signed-encrypted.pcap`, '-k', `${samples}/keys`, '--cert', `${samples}/certs`],
    );
    expect(stdout).toContain('"signature":"valid"');
    expect(stdout).toContain('hello');
  });

  it('is a library: the example of its page runs', () => {
    const folder = join(installed, 'node_modules/siplens');
    cpSync(join(folder, 'docs/examples/count-calls.mjs'), join(installed, 'count-calls.mjs'));
    const { status, stdout, stderr } = run(
      ...([installed, process.execPath, 'count-calls.mjs'] as const),
      ...[join(folder, 'samples/tls-message.pcap'), join(folder, 'samples/keys/domain_key_example.net.pem')],
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'MESSAGE: 1\n', stderr: '' });
  });

  it('has declarations by which the compiler knows the fields of a record', () => {
    writeFileSync(
      join(installed, 'use.mts'),
      `import { readRecords } from 'siplens';
for await (const record of readRecords('a.pcap')) {
  if (record.type === 'sip_message') {
    const frame: number | undefined = record.frame;
    // @ts-expect-error: it is no string
    const wrong: string = record.frame;
    console.log(frame, wrong);
  }
}
`,
    );
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    expect(run(installed, process.execPath, compiler, ...options, ...types, 'use.mts').stdout).toBe('');
  });
});
