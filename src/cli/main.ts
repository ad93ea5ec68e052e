import { existsSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { crashSentence, stackLines } from '../engine/crash.js';
import { OutputError } from '../engine/output-error.js';
import { describeWriteError, isSystemError } from '../io/file-error.js';
import { render } from '../report/render.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { endQuietlyOnClosedPipe, tell } from './output/output.js';
import { createProgram, DEFAULT_COMMAND } from './program.js';

/**
 * Runs one command line (without the interpreter and script) and sets the exit code. Commands load what they need
 * when they run, so that a small job starts fast.
 */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  if (process.listenerCount('uncaughtException') === 0) {
    process.on('uncaughtException', endWithReport);
    process.on('unhandledRejection', endWithReport);
  }
  process.exitCode = await run(argv);
}

/** What nobody caught, in a callback or a promise: the interactive view has a way out of its own. */
function endWithReport(error: unknown): void {
  process.exit(reportCrash(error));
}

function reportCrash(error: unknown): ExitCode {
  tell(crashSentence(error));
  for (const line of stackLines(error)) process.stderr.write(`  ${render(line, 'nothing')}\n`);
  return EXIT.crashed;
}

async function run(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram(argv[0] === DEFAULT_COMMAND, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withCommand(program, argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof UsageError || error instanceof OutputError) {
      const [first, ...rest] = error.message.split('\n');
      tell(first ?? '');
      for (const line of rest) process.stderr.write(`  ${render(line, 'nothing')}\n`);
      return EXIT.usage;
    }
    // What ran out or broke outside, as a full disk.
    if (isSystemError(error)) {
      tell(describeWriteError(error.path ?? 'output', error));
      return EXIT.usage;
    }
    return reportCrash(error);
  }
}

/**
 * The arguments with the command that they are for: where they name none, they are files and options of the default
 * one. A word that is no file and looks like none was meant as a command, and is left to be refused as one.
 */
function withCommand(program: Command, argv: readonly string[]): string[] {
  const [first] = argv;
  if (first === undefined) program.help({ error: true });
  const names = new Set(['help', ...program.commands.map((command) => command.name())]);
  if (names.has(first) || /^(?:--help|-h|--version|-V)$/.test(first)) return [...argv];
  if (/^\w[\w-]*$/.test(first) && !existsSync(first)) return [...argv];
  const takesWord = (flag: string | undefined): boolean =>
    program.commands.some(({ options }) =>
      options.some(({ short, long, required }) => required && (flag === short || flag === long)),
    );
  const misplaced = argv.find(
    (word, index) => names.has(word) && !takesWord(argv[index - 1]) && !existsSync(word),
  );
  if (misplaced !== undefined) {
    throw new UsageError(`${misplaced}: a command goes first, as in \`siplens ${misplaced} ...\``);
  }
  return [DEFAULT_COMMAND, ...argv];
}
