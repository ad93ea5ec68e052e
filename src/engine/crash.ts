/**
 * Crash reports: one line that holds nothing of an input, as messages and stacks of exceptions may. Who mends siplens sets
 * SIPLENS_DEBUG=1 and sees the stack, too.
 */
import { internalError } from '../bytes/internal-error.js';

/** Exit code of an internal error: EX_SOFTWARE of sysexits.h. */
export const CRASHED = 70;

const REPORT =
  'a fault of siplens, not of its input. Please report it at https://github.com/siplens/siplens/issues with the ' +
  'version and the command line; SIPLENS_DEBUG=1 shows where it happened, perhaps with text of the input';

/** One sentence for the user. `doing` says what failed, as `while this message was shown`. */
export function crashSentence(error: unknown, doing?: string): string {
  return `${internalError(error)}${doing === undefined ? '' : ` ${doing}`}: ${REPORT}`;
}

/** The stack, line by line and not yet safe to print; nothing without SIPLENS_DEBUG=1. */
export function stackLines(error: unknown): string[] {
  if (process.env['SIPLENS_DEBUG'] !== '1') return [];
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n');
}
