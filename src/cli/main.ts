import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { printable } from '../bytes/text.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { repeatable, withCommonOptions } from './options.js';
import { endQuietlyOnClosedPipe, tell } from './output.js';

/**
 * Runs one command line (without the interpreter and script) and sets the exit code. Commands load what they need
 * when they run, so that a small job starts fast.
 */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  process.exitCode = await run(argv);
}

async function run(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof UsageError) {
      const [first, ...rest] = error.message.split('\n');
      tell(first ?? '');
      for (const line of rest) process.stderr.write(`  ${printable(line)}\n`);
      return EXIT.usage;
    }
    throw error;
  }
}

function createProgram(done: (code: ExitCode) => void): Command {
  const program = new Command('siplens')
    .description(
      'Protocol analyzer for SIP security: opens SIP over TLS and S/MIME in captures, checks, exports.',
    )
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(siplens --help tells more)')
    .addHelpText(
      'after',
      '\nFILE is a pcap or pcapng (gzipped or not), `-` for standard input, or one message on its own: raw SIP, a\n' +
        'MIME entity, or CMS in DER or PEM. What a file is, is told by its content.\n' +
        '\nExit codes: 0 done; 1 a check failed; 2 wrong use; 3 some input could not be read whole.',
    );

  withCommonOptions(
    program
      .command('list', { isDefault: true })
      .description('a line a message')
      .argument('<file...>', 'captures or messages'),
  ).action(async (files: string[], options) => {
    const { list } = await import('./list.js');
    done(await list(files, options));
  });

  withCommonOptions(
    program
      .command('show')
      .description('one message as a tree: frame, IP, transport, TLS, SIP, MIME, CMS, findings')
      .argument('<file>', 'a capture or message')
      .argument('<n>', 'number of the message, as `list` shows it'),
  )
    .option('--hex', 'the bytes too: frame, message, decrypted content')
    .action(async (file: string, number: string, options) => {
      const { show } = await import('./show.js');
      done(await show(file, number, options));
    });

  withCommonOptions(
    program
      .command('export')
      .description('messages and TLS connections as JSON, a record a line')
      .argument('[file...]', 'captures or messages'),
  )
    .option('--format <format>', 'ndjson (a record a line) or json (one array)', 'ndjson')
    .option('-o, --output <file>', 'write here instead of standard output')
    .option('--schema', 'print the JSON Schema of a record and end')
    .action(async (files: string[], options) => {
      const { exportRecords } = await import('./export.js');
      done(await exportRecords(files, options));
    });

  withCommonOptions(
    program
      .command('check')
      .description('findings only, worst first')
      .argument('[file...]', 'captures or messages'),
  )
    .option('--fail-on <severity>', 'exit 1 where a finding is info, note, warning or error, or worse')
    .addOption(repeatable('--ignore <rule>', 'leave a rule out; repeatable'))
    .option('--format <format>', 'text, json or junit', 'text')
    .option('--list', 'list the rules and end')
    .option('--explain <rule>', 'explain a rule and end')
    .action(async (files: string[], options) => {
      const { check } = await import('./check.js');
      done(await check(files, options));
    });

  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}
