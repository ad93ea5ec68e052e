import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MaterialError, type ReadOptions, readRecords, type SiplensRecord } from '../../src/index.js';
import { records, siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CAPTURE = `${ROOT}samples/tls-message.pcap`;
const KEY = `${ROOT}samples/keys/domain_key_example.net.pem`;

async function all(paths: string | readonly string[], options?: ReadOptions): Promise<SiplensRecord[]> {
  const found: SiplensRecord[] = [];
  for await (const record of readRecords(paths, options)) found.push(record);
  return found;
}

describe('readRecords', () => {
  it('gives the records that export writes', async () => {
    const files = [CAPTURE, `${ROOT}samples/smime-signed.pcap`];
    const exported = records(siplens(['export', ...files, '-k', KEY]).stdout);
    const read = await all(files, { keys: [{ path: KEY }] });
    expect(JSON.parse(JSON.stringify(read))).toEqual(exported);
    expect(read.map(({ type }) => type)).toContain('tls_connection');
  });

  it('filters, and includes what is asked for', async () => {
    const read = await all(CAPTURE, { filter: 'frame <= 2', include: ['packets'] });
    expect(read.map(({ type }) => type)).toEqual(['packet', 'packet']);
    const requests = await all(CAPTURE, { keys: [{ path: KEY }], filter: 'is_request' });
    expect(requests).toMatchObject([{ type: 'sip_message', method: 'MESSAGE', body: { text: 'Hello!' } }]);
  });

  it('throws where a filter or a key cannot be used, before it reads', async () => {
    await expect(all(CAPTURE, { filter: 'method ==' })).rejects.toThrow(SyntaxError);
    const missing = all(CAPTURE, { keys: [{ path: join(folder, 'none.pem') }] });
    await expect(missing).rejects.toThrow(MaterialError);
    await expect(missing).rejects.toMatchObject({ use: 'key' });
  });

  it('gives an error record for what cannot be read, and goes on', async () => {
    const read = await all([join(folder, 'none.pcap'), CAPTURE], { keys: [{ path: KEY }] });
    expect(read[0]).toMatchObject({ type: 'error', file: join(folder, 'none.pcap') });
    expect(read.filter(({ type }) => type === 'sip_message')).toHaveLength(2);
  });

  it('ends where the loop or the signal ends it', async () => {
    for await (const record of readRecords([CAPTURE, CAPTURE], { include: ['packets'] })) {
      expect(record.type).toBe('packet');
      break;
    }
    const controller = new AbortController();
    controller.abort();
    expect(await all(CAPTURE, { signal: controller.signal })).toEqual([]);
  });

  it('reads the files of a folder only as far as the loop is', async () => {
    const input = join(folder, 'many');
    mkdirSync(input);
    for (let index = 0; index < 3; index++) copyFileSync(CAPTURE, join(input, `${index}.pcap`));
    const files: string[] = [];
    const errors: string[] = [];
    for await (const record of readRecords(input, { keys: [{ path: KEY }] })) {
      // What goes away meanwhile was not opened before.
      if (files.length === 0) rmSync(join(input, '2.pcap'));
      (record.type === 'error' ? errors : files).push(record.file);
    }
    expect(new Set(files)).toEqual(new Set([join(input, '0.pcap'), join(input, '1.pcap')]));
    expect(errors).toEqual([join(input, '2.pcap')]);
  });
});

it('the example of the documentation runs against the built package', () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', 'siplens'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  spawnSync('cp', [`${ROOT}docs/examples/count-calls.mjs`, folder]);
  const { stdout, stderr } = spawnSync('node', ['count-calls.mjs', CAPTURE, KEY], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('MESSAGE: 1\n');
});
