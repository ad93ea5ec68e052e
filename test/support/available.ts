/**
 * What tests compare with and the repository does not hold. Where it is missing, the tests over it are skipped and a
 * line says so. Where the variable is set to 1, as CI sets it, the test file fails instead: nothing is left out unseen.
 */
export type Requirement = 'SIPLENS_REQUIRE_PEERS' | 'SIPLENS_REQUIRE_CORPUS';

/**
 * Hands `found` on, for `skipIf`.
 * @param what what is missing, for the sentence `${what} not found`
 * @param skipped which tests are then skipped, for the warning
 * @throws Error if it is missing and required
 */
export function available(
  found: boolean,
  what: string,
  skipped: string,
  requirement: Requirement,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if (found) return true;
  if (environment[requirement] === '1') throw new Error(`${what} not found, and ${requirement} is set`);
  console.warn(`${what} not found: ${skipped} are skipped`);
  return false;
}
