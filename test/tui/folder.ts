import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for what a test writes. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'siplens-test-'));
}
