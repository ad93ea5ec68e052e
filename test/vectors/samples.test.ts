import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';
import type { Expected } from './compare.js';
import { judge } from './judge.js';
import { VectorFolder } from './workshop.js';

/** The samples that `npm run samples` made are judged as their expected.json says. */

const SAMPLES = `${ROOT}samples/vectors`;
const NAMES = readdirSync(SAMPLES).filter((name) => existsSync(join(SAMPLES, name, 'expected.json')));

describe('the shipped vectors', () => {
  it('are those of their index', () => {
    const index = JSON.parse(readFileSync(join(SAMPLES, 'index.json'), 'utf8'));
    expect(JSON.stringify(index)).toContain('signed-crlf-before-boundary');
    expect(NAMES).toHaveLength(12);
  });

  it.each(NAMES)('%s', async (name) => {
    const folder = join(SAMPLES, name);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const told: string[] = [];
    for (const file of Object.keys(expected.files)) told.push(...(await judge(folder, expected, file)));
    expect(told).toEqual([]);
  });
});

describe('the shipped vectors, made again with their seed and certificates,', () => {
  let folder: VectorFolder;
  afterAll(() => folder.remove());

  it('are the same bytes, but for the handshakes, which OpenSSL draws anew', async () => {
    folder = await VectorFolder.make({ certs: join(SAMPLES, 'certs'), seed: 'samples' }, NAMES);
    const plain = NAMES.filter((name) => !existsSync(join(SAMPLES, name, 'keys.log')));
    expect(plain).toHaveLength(9);
    for (const name of plain) {
      for (const file of readdirSync(join(SAMPLES, name))) {
        const shipped = readFileSync(join(SAMPLES, name, file));
        expect(Buffer.compare(folder.read(name, file), shipped), `${name}/${file}`).toBe(0);
      }
    }
  });
});

describe('the dates of a signer', () => {
  it('are judged when the message was sent, and now', () => {
    const { stdout } = siplens(['show', 'samples/smime-signed.pcap', '1', '--cert', 'samples/certs']);
    expect(stdout).toContain(
      'Certificate Dates: 2005-02-03T18:49:34Z to 2008-02-03T18:49:34Z: valid at 2005-11-19T23:34:50Z, expired now',
    );
  });
});
