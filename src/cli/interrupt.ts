import { EXIT, type ExitCode } from './exit.js';

/** An end that the user asks for with Ctrl-C or a signal. */
export type Interruption = {
  /** Aborted at the first signal. */
  readonly signal: AbortSignal;
  /** The exit code that goes with it; undefined where there was none. */
  code(): ExitCode | undefined;
  /** Signals do again what they do by themselves. After one, what nobody ends does not keep the process. */
  dispose(): void;
};

/** For what is under way at the end of a run that a signal ended, as a line on standard error. */
const GRACE_MILLISECONDS = 200;

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

/** Takes SIGINT, SIGTERM and SIGHUP: the first asks the run to end in good order, the second ends the process. */
export function takeInterruptions(): Interruption {
  const controller = new AbortController();
  let code: ExitCode | undefined;
  const handlers = Object.entries(CODES).map(([name, exitCode]): readonly [string, () => void] => [
    name,
    () => {
      if (code !== undefined) process.exit(code);
      code = exitCode;
      controller.abort();
    },
  ]);
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    code: () => code,
    dispose: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
      // A pipe that is not read holds what was given to it, and with that the process, for good.
      if (code !== undefined) setTimeout(() => process.exit(), GRACE_MILLISECONDS).unref();
    },
  };
}
