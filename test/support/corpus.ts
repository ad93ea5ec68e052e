import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { available } from './available.js';

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Path of an outside capture that is not part of the repository. */
export function corpusPath(name: string): string {
  return `${SHARED}corpus/${name}`;
}

/** The whole text of draft-ietf-sipping-sec-flows-00, which is not part of the repository. */
export const DRAFT_TEXT: string = `${SHARED}draft/draft-ietf-sipping-sec-flows-00.txt`;

/** Whether the outside captures are there; suites over them skip where they are not. */
export const hasCorpus: boolean = outside(corpusPath(''), 'outside captures', 'tests over them');

/** Whether the text of the draft is there. */
export function hasDraftText(): boolean {
  return outside(DRAFT_TEXT, 'the text of the draft', 'comparisons with its figures');
}

function outside(path: string, what: string, skipped: string): boolean {
  return available(existsSync(path), what, skipped, 'SIPLENS_REQUIRE_CORPUS');
}
