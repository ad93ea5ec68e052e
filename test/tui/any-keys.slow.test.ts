import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { fileSource } from '../../src/cli/commands/interactive.js';
import { Keyring } from '../../src/keys/keyring.js';
import { plainText, widthOf } from '../../src/report/styled.js';
import { KEYMAP } from '../../src/tui/keymap.js';
import { Session } from '../../src/tui/session.js';
import { Shell } from '../../src/tui/shell.js';
import { Theme } from '../../src/tui/theme.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { seededRandom } from '../support/mutate.js';
import { ROOT } from '../support/root.js';

/** Keys typed at random: no screen fails, and none is larger than the terminal. */

/** All keys, but Enter where a dialog stands: what it would save or load is not of this test. */
const KEYS = KEYMAP.flatMap(({ keys }) => keys).map((key) => (key === 'space' ? ' ' : key));
const TEXT = ['a', 'x', '.', '=', 'é', '界', 'left', 'right', 'backspace', 'tab', 'escape'];
const STEPS = 250;

async function shellOf(file: string): Promise<Shell> {
  const { context } = createContext({ keyring: new Keyring(), certificates: [], anchors: [], now: 0 });
  const session = new Session(fileSource([file]), context);
  await session.start();
  const theme = new Theme({ unicode: true, color: true });
  return new Shell(session, theme, { quit: () => {}, suspend: () => {}, redrawAll: () => {} });
}

async function typeAtRandom(file: string): Promise<void> {
  const random = seededRandom(basename(file));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const shell = await shellOf(file);
  let area = { columns: 80, rows: 23 };
  for (let step = 0; step < STEPS; step++) {
    if (random() < 0.05)
      area = { columns: 40 + Math.floor(random() * 160), rows: 5 + Math.floor(random() * 60) };
    const key = shell.isAsking ? pick(random() < 0.2 ? ['escape'] : TEXT) : pick(KEYS);
    shell.press([key]);
    const lines = shell.lines(area);
    expect(lines.length, `${file}: ${key}`).toBeLessThanOrEqual(area.rows);
    for (const line of lines) {
      const width = widthOf(line);
      if (width > area.columns)
        expect.fail(`${file}: after ${key}, ${width} of ${area.columns} columns: ${plainText(line)}`);
    }
    // Searches and filters work between keys.
    if (step % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  shell.session.stop();
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /\.(pcap|pcapng|cap|dat|eml|p7m)$/.test(path));
}

describe('any keys', () => {
  it.each(filesBelow(`${ROOT}samples`))('over %s', async (file) => {
    await typeAtRandom(file);
  });

  it.skipIf(!hasCorpus)('over captures of the corpus', { timeout: 120_000 }, async () => {
    const files = ['sip', 'tls-decrypt', 'malformed-reassembly'].flatMap((folder) =>
      filesBelow(corpusPath(folder)),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) await typeAtRandom(file);
  });
});
