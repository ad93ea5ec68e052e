import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { detectFileKind } from '../../src/capture/detect.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { type Reading, readInChunks } from './support.js';

type Truth = {
  readonly capinfos_rc: number;
  readonly frames: number;
  readonly first_epoch?: string;
  readonly last_epoch?: string;
};

const FOLDER = 'malformed-reassembly/';

describe.skipIf(!hasCorpus)("captures of others, read as Wireshark's programs read them", () => {
  const truth = hasCorpus
    ? (JSON.parse(readFileSync(corpusPath(`${FOLDER}truth_malformed.json`), 'utf8')) as Record<string, Truth>)
    : {};
  const files = Object.entries(truth);

  test('there are captures to read', () => {
    expect(files.filter(([, { capinfos_rc }]) => capinfos_rc === 0).length).toBeGreaterThan(50);
  });

  for (const [name, answer] of files) {
    test(name, () => {
      const file = readFileSync(corpusPath(FOLDER + name));
      const kind = detectFileKind(file);
      if (kind !== 'pcap' && kind !== 'pcapng') throw new Error(`taken for ${kind}`);
      const whole = readInChunks(kind, file);
      for (const size of [1, 100]) {
        if (file.length <= 40_000 || size > 1) expect(readInChunks(kind, file, size)).toEqual(whole);
      }
      if (answer.capinfos_rc !== 0) {
        expect(whole.problems.length).toBeGreaterThan(0);
        return;
      }
      expect(whole.problems).toEqual([]);
      expect(whole.frames.length).toBe(answer.frames - customBlocks(name));
      expect(epoch(whole, 1)).toBe(answer.first_epoch ?? '');
      expect(epoch(whole, answer.frames)).toBe(answer.last_epoch ?? '');
    });
  }
});

/** Blocks that Wireshark counts as frames though they hold no packet, by the notes beside the pcapng suite. */
function customBlocks(name: string): number {
  if (!name.startsWith('pcapng-suite/')) return 0;
  const notes = readFileSync(corpusPath(FOLDER + name.replace(/pcapng$/, 'txt')), 'utf8');
  return [...notes.matchAll(/^\tD?CB: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Time of a frame as tshark prints frame.time_epoch: nothing where the frame has none or holds no packet. */
function epoch({ frames }: Reading, number: number): string {
  const frame = frames.find((candidate) => candidate.number === number);
  if (frame === undefined || frame.untimed) return '';
  return `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`;
}
