import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

/** Path of an outside capture that is not part of the repository. */
export function corpusPath(name: string): string {
  return CORPUS + name;
}

/** Whether the outside captures are there; suites over them say so and skip where they are not. */
export const hasCorpus: boolean = existsSync(CORPUS);
if (!hasCorpus) console.warn('outside captures not found: tests over them are skipped');
