import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Begun first. Live capture must keep up with 20,000 packets a second, so what runs beside it are files that wait for most
 * of their time. Then come those that start many processes, while this one is small: to start one takes four times as long
 * from a process that has read and thrown away half a gigabyte. Then those that take longest, so that none runs alone at
 * the end.
 */
const FIRST = [
  ...['cli/capture', 'tui/terminal', 'tui/live', 'cli/growing-key-log'],
  ...[
    'cli/process',
    'cli/export',
    'cli/vectors',
    'cli/batch',
    'cli/output',
    'cli/contract',
    'cli/keys',
    'cli/pipes',
  ],
  ...['tls/live', 'cms/openssl-signed', 'keys/load', 'cms/openssl-enveloped', 'x509/chain'],
  ...['checks/rules/smime-openssl', 'x509/certificate', 'cli/certs', 'tls/suites', 'vectors/peers'],
  ...['support/pcap-builder', 'capture/tshark', 'stream/corpus', 'tls/dissect', 'vectors/replay'],
  ...[
    'cli/rsa-ahead',
    'analyzer/hostile',
    'sip/fuzz',
    'stream/tcp.property',
    'vectors/vectors',
    'tls/hostile',
  ],
].map((name) => `/test/${name}.test.ts`);

/** The rest is in Vitest's own order. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = FIRST.findIndex((name) => moduleId.endsWith(name));
      return index < 0 ? FIRST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // `npm run test:slow` runs these (vitest.slow.config.ts).
    exclude: [...configDefaults.exclude, 'test/**/*.slow.test.ts', 'test/**/*.slow.test.tsx'],
    globalSetup: ['test/build.ts'],
    setupFiles: ['test/support/equality.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Loading the modules anew for each file took a third of the time; nothing here changes what a module keeps.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
