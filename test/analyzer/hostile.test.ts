import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { ROOT } from '../support/root.js';

/** Damaged input of every kind goes through the whole pipeline: it may say little, but it never throws or hangs. */

const KINDS = [
  'tls-message.pcap',
  'smime-signed.pcap',
  'smime-encrypted.pcap',
  'smime-signed-encrypted.pcap',
  'tls-message-request.txt',
  'cms/signed.p7s',
  'cms/encrypted.p7m',
  'cms/signed-encrypted.content.bin',
];

/** 10,000 in all. */
const RUNS = 1250;

/** A whole run takes about a millisecond; far above that, something is not linear. */
const SLOWEST_RUN_MS = 2000;

describe('mutated input', () => {
  const context = contextWith(
    'keys/domain_key_example.net.pem',
    'keys/user_key_kumiko@example.net.pem',
    'certs/user_cert_fluffy@example.com.pem',
    'certs/user_cert_kumiko@example.net.pem',
  );

  it.each(KINDS)(
    'of %s never throws or hangs',
    (name) => {
      const original = readFileSync(`${ROOT}samples/${name}`);
      expect(analyzeBytes(original, context).length).toBeGreaterThan(0);
      const random = seededRandom(name);
      let slowest = 0;
      for (let run = 0; run < RUNS; run++) {
        const bytes = mutate(original, random);
        const start = performance.now();
        const records = analyzeBytes(bytes, context);
        slowest = Math.max(slowest, performance.now() - start);
        // Whatever is said must be valid JSON without raw lone surrogates or the like.
        JSON.stringify(records);
      }
      expect(slowest).toBeLessThan(SLOWEST_RUN_MS);
    },
    120_000,
  );

  it('holds no more memory after many runs', () => {
    const original = readFileSync(`${ROOT}samples/tls-message.pcap`);
    const random = seededRandom('memory');
    const round = (): number => {
      for (let run = 0; run < 300; run++) analyzeBytes(mutate(original, random), context);
      return process.memoryUsage().heapUsed;
    };
    round();
    const before = round();
    const after = round();
    // Garbage not yet collected makes this noisy; a leak of what a run allocates would be far more.
    expect(after - before).toBeLessThan(100 * 1024 * 1024);
  }, 120_000);
});
