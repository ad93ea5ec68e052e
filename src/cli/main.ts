import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { printable } from '../bytes/text.js';
import { OutputError } from '../engine/output-error.js';
import { describeWriteError, isSystemError } from '../io/file-error.js';
import { canInteract } from './can-interact.js';
import { addCertsCommands } from './certs/command.js';
import type { VectorsOptions } from './commands/vectors.js';
import { refuseEmptyArguments } from './empty-arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { repeatable, withCommonOptions } from './options.js';
import { endQuietlyOnClosedPipe, tell } from './output/output.js';
import { addVectorsCommand } from './vectors/command.js';

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
      for (const line of rest) process.stderr.write(`  ${printable(line)}\n`);
      return EXIT.usage;
    }
    // What ran out or broke outside, as a full disk.
    if (isSystemError(error)) {
      tell(describeWriteError(error.path ?? 'output', error));
      return EXIT.usage;
    }
    throw error;
  }
}

/** What stands for the command where none is named. */
const DEFAULT_COMMAND = 'list';

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

function createProgram(isListNamed: boolean, done: (code: ExitCode) => void): Command {
  const program = new Command('siplens')
    .description(
      'Protocol analyzer for SIP security: opens SIP over TLS and S/MIME in captures, checks, exports.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      // Arguments are repeated in it, and may come from a script that got them from elsewhere.
      outputError: (text, write) =>
        write(printable(text.replace(/^error: /, 'siplens: ').replace('\n(Did', ' (Did'), true)),
    })
    .showHelpAfterError('(siplens --help tells more)')
    .hook('preAction', (_, command) => refuseEmptyArguments(command))
    .addHelpText(
      'after',
      '\nFILE is a pcap or pcapng (gzipped or not), `-` for standard input, or one message on its own: raw SIP, a\n' +
        'MIME entity, or CMS in DER or PEM. What a file is, is told by its content.\n' +
        '\nExit codes: 0 done; 1 a check failed; 2 wrong use; 3 some input could not be read whole; 130 or 143 broken\n' +
        'off by Ctrl-C or SIGTERM. Following and live captures end so, with 0 or 3.',
    );

  withCommonOptions(
    program
      .command(DEFAULT_COMMAND)
      .description('a line a message; without the word `list`, on a terminal: the interactive view')
      .argument('<file...>', 'captures or messages'),
  )
    .option('--follow', 'a line a message, going on as the file grows, until interrupted')
    .action(async (files: string[], options) => {
      if (!isListNamed && options.follow !== true && canInteract(files)) {
        const { interactive } = await import('./commands/interactive.js');
        done(await interactive(files, options));
        return;
      }
      const { list } = await import('./commands/list.js');
      done(await list(files, options));
    });

  withCommonOptions(
    program
      .command('show')
      .description('one message as a tree: frame, IP, transport, TLS, SIP, MIME, CMS, findings')
      .argument('<file>', 'a capture or message')
      .argument('<number>', 'of the message, as `list` shows it'),
  )
    .option('--hex', 'the bytes too: frame, message, decrypted content')
    .action(async (file: string, number: string, options) => {
      const { show } = await import('./commands/show.js');
      done(await show(file, number, options));
    });

  withCommonOptions(
    program
      .command('export')
      .description('messages and TLS connections as JSON, a record a line')
      .argument('[file...]', 'captures or messages, folders, or globs'),
  )
    .option('--format <format>', 'ndjson (a record a line, the default), json (one array), csv or text')
    .option('--pretty', 'JSON indented over several lines; without --format one array')
    .option('--fields <a,b.c>', 'only these, as frame,call_id,from.uri, of records that have any of them')
    .option('--include <kinds>', 'of messages,connections,findings,packets (default: all but packets)')
    .option('-o, --output <file>', 'write here instead of standard output')
    .option('--out-dir <folder>', 'write a file for each input into this folder')
    .option('-r, --recursive', 'folders with those below them')
    .option('-j, --jobs <n>', 'worker threads, each at one input at a time; `auto` for one a processor')
    .option('--merge', 'captures as one in the order of time, as those of a rotated session')
    .option('--follow', 'go on as the file grows, until interrupted')
    .option('--write <file.pcapng>', 'save the packets that match, with the TLS secrets')
    .option('--write-decrypted <file.pcapng>', 'save the messages that match as packets of their own')
    .option('--schema', 'print the JSON Schema of a record and end')
    .action(async (files: string[], options) => {
      const { exportRecords } = await import('./commands/export.js');
      done(await exportRecords(files, options));
    });

  withCommonOptions(
    program
      .command('capture')
      .description('live: the interactive view on a terminal, records where the output goes elsewhere'),
    '--filter <expression>',
  )
    .option('-i, --interface <name>', 'where to capture; -D lists them')
    .option('-f, --capture-filter <bpf>', "what to capture, as 'port 5060 or port 5061' (pcap-filter)")
    .option('-w, --write <file>', 'save the packets as they come')
    .option('-D, --list-interfaces', 'list the interfaces and end')
    .option('--format <format>', 'list, ndjson, csv or text instead of the interactive view')
    .option('--fields <a,b.c>', 'only these, as frame,call_id,from.uri, of records that have any of them')
    .option('--include <kinds>', 'of messages,connections,findings,packets (default: all but packets)')
    .option('--keep <n>', 'TCP connections followed at once; beyond, the longest idle one ends', '10000')
    .option('--duration <seconds>', 'end after so long')
    .allowExcessArguments()
    .action(async (options, command: Command) => {
      const { capture } = await import('./commands/capture.js');
      done(await capture(options, command.args));
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
      const { check } = await import('./commands/check.js');
      done(await check(files, options));
    });

  withCommonOptions(
    program
      .command('tls')
      .description(
        'the TLS connections: offered and chosen, certificates, decrypted or why not; policy checks',
      )
      .argument('<file...>', 'captures'),
  )
    .option(
      '--format <format>',
      'text, json (an array of records) or junit (of --policy and --require)',
      'text',
    )
    .option('--detail', 'all about each connection, however many there are')
    .addOption(
      repeatable('--policy <name|file>', 'draft-sec-flows, rfc3261, rfc9325, or a policy file; repeatable'),
    )
    .addOption(
      repeatable('--require <expression>', 'what must hold for every connection, as a filter; repeatable'),
    )
    .action(async (files: string[], options) => {
      const { tls } = await import('./commands/tls.js');
      done(await tls(files, options));
    });

  withCommonOptions(
    program.command('flow').description('who said what to whom').argument('<file...>', 'captures'),
  )
    .option('--style <style>', 'ladder, or ssldump (TLS handshakes)', 'ladder')
    .action(async (files: string[], options) => {
      const { flow } = await import('./commands/flow.js');
      done(await flow(files, options));
    });

  withCommonOptions(
    program
      .command('follow')
      .description('what one TCP stream carried, decrypted or plain')
      .argument('<file>', 'a capture'),
  )
    .requiredOption('--stream <n>', 'number of the TCP stream, from 0')
    .option('--side <side>', 'client or server; both where not said')
    .option('--raw', 'the exact bytes of one side')
    .action(async (file: string, options) => {
      const { follow } = await import('./commands/follow.js');
      done(await follow(file, options));
    });

  withCommonOptions(
    program
      .command('keys')
      .description('the TLS session secrets found, as an NSS key log (keep it secret)')
      .argument('<file...>', 'captures'),
  ).action(async (files: string[], options) => {
    const { keys } = await import('./commands/keys.js');
    done(await keys(files, options));
  });

  withCommonOptions(
    program
      .command('asn1')
      .description('ASN.1 of DER, PEM, or the CMS bodies of messages: offsets, types, names, values')
      .argument('<file>', 'DER, PEM, a message or a capture'),
  )
    .option('--style <style>', 'dumpasn1 or openssl: the two layouts of the draft', 'dumpasn1')
    .action(async (file: string, options) => {
      const { asn1 } = await import('./commands/asn1.js');
      done(await asn1(file, options));
    });

  addCertsCommands(program, async (name, values, options) => {
    const { certs } = await import('./commands/certs.js');
    done(await certs(name, values, options));
  });
  addVectorsCommand(program, async (names, options) => {
    const { vectors } = await import('./commands/vectors.js');
    done(await vectors(names, options as VectorsOptions));
  });

  for (const command of program.commands)
    command.showHelpAfterError(`(siplens ${command.name()} --help tells more)`);
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}
