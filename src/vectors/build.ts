/** All vectors by name, and making those that need no handshake. */

import { BAD_PLAIN } from './bad.js';
import type { Cast } from './cast.js';
import { GOOD_SMIME, type PlainRecipe } from './smime-good.js';
import { plainFiles, type Vector } from './vector.js';

export const PLAIN_RECIPES: readonly PlainRecipe[] = [...GOOD_SMIME, ...BAD_PLAIN];

export function makePlainVector(recipe: PlainRecipe, cast: Cast): Vector {
  const { make, known, ...header } = recipe;
  return {
    ...header,
    files: plainFiles(cast, recipe.name, make(cast, recipe.name)),
    known: known?.(cast) ?? [cast.sender, cast.receiver],
    keyLogs: [],
  };
}
