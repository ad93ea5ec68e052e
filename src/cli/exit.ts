import { CRASHED } from '../engine/crash.js';

/** Exit codes of every command (the command line contract). */
export const EXIT = {
  done: 0,
  /** A check or policy failed. */
  failed: 1,
  /** A usage error: an option, an expression, a key that cannot be opened. */
  usage: 2,
  /** Some input could not be read completely; what could be read was still written. */
  incomplete: 3,
  /** A fault of siplens itself: EX_SOFTWARE of sysexits.h. */
  crashed: CRASHED,
  /** Stopped by SIGINT or SIGTERM: 128 and the signal's number, as shells have it. */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A usage error, told to the user as one message; ends the command with exit code 2. */
export class UsageError extends Error {}
