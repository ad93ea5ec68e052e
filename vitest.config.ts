import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, or wait: begun first, so that none of them runs alone at the end. Live capture must keep up
 * with 20,000 packets a second, so what runs beside it are files that wait for most of their time.
 */
const FIRST = [
  'cli/capture.test.ts',
  'tui/terminal.test.ts',
  'tui/live.test.ts',
  'cli/growing-key-log.test.ts',
  'cli/process.test.ts',
  'cli/export.test.ts',
  'analyzer/hostile.test.ts',
  'vectors/peers.test.ts',
  'tls/live.test.ts',
  'analyzer/smime-matrix.test.ts',
  'keys/load.test.ts',
  'cli/vectors.test.ts',
];

/** The rest is in Vitest's own order. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = FIRST.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return index < 0 ? FIRST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Loading the modules anew for each file took a third of the time; nothing here changes what a module keeps.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
