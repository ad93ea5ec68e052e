import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { RECOMMENDED_FILTER } from '../io/capture-filter.js';
import { render } from '../report/render.js';
import { canInteract } from './can-interact.js';
import { addCertsCommands } from './certs/command.js';
import type { VectorsOptions } from './commands/vectors.js';
import { refuseEmptyArguments } from './empty-arguments.js';
import type { ExitCode } from './exit.js';
import { repeatable, withCommonOptions } from './options.js';
import { fileMode } from './output/file-mode.js';
import { addVectorsCommand } from './vectors/command.js';

/** The command that is meant where none is named. */
export const DEFAULT_COMMAND = 'list';

/** Takes the exit code of the command that ran. */
type Done = (code: ExitCode) => void;

/**
 * The command line: every command with its options and help. A command's module is loaded when the command runs, so
 * that a small job starts fast. `isListNamed`: whether the user wrote the word `list`.
 */
export function createProgram(isListNamed: boolean, done: Done): Command {
  const program = newProgram();
  addList(program, isListNamed, done);
  addShow(program, done);
  addExport(program, done);
  addCapture(program, done);
  addCheck(program, done);
  addTls(program, done);
  addFlow(program, done);
  addFollow(program, done);
  addKeys(program, done);
  addAsn1(program, done);
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

function newProgram(): Command {
  return new Command('siplens')
    .description(
      'Protocol analyzer for SIP security: opens SIP over TLS and S/MIME in captures, checks, exports.',
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      // Arguments are repeated in it, and may come from a script that got them from elsewhere.
      outputError: (text, write) =>
        write(
          text
            .replace(/^error: /, 'siplens: ')
            .replace('\n(Did', ' (Did')
            .split('\n')
            .map((line) => render(line, 'nothing'))
            .join('\n'),
        ),
    })
    .showHelpAfterError('(siplens --help tells more)')
    .hook('preAction', (_, command) => refuseEmptyArguments(command))
    .addHelpText('after', HELP_AFTER);
}

const HELP_AFTER =
  '\nFILE is a pcap or pcapng (gzipped or not), `-` for standard input, or one message on its own: raw SIP, a\n' +
  'MIME entity, or CMS in DER or PEM. The file type is detected from its content.\n' +
  '\nExit codes: 0 done; 1 a check failed; 2 usage error; 3 some input could not be read completely; 70 a fault\n' +
  'of siplens itself; 130 or 143 interrupted by Ctrl-C or SIGTERM. --follow and live captures end that way, with 0 or 3.';

const FIELDS_HELP = 'only these fields, as frame,call_id,from.uri; records without any of them are left out';
const INCLUDE_HELP = 'of messages,connections,findings,packets (default: all but packets)';

function addList(program: Command, isNamed: boolean, done: Done): void {
  withCommonOptions(
    program
      .command(DEFAULT_COMMAND)
      .description('one line per message; without the word `list`, on a terminal: the interactive view')
      .argument('<file...>', 'captures or messages'),
  )
    .option('--follow', 'go on listing as the file grows, until interrupted')
    .action(async (files: string[], options) => {
      if (!isNamed && options.follow !== true && canInteract(files)) {
        const { interactive } = await import('./commands/interactive.js');
        done(await interactive(files, options));
        return;
      }
      const { list } = await import('./commands/list.js');
      done(await list(files, options));
    });
}

function addShow(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('show')
      .description('one message as a tree: frame, IP, transport, TLS, SIP, MIME, CMS, findings')
      .argument('<file>', 'a capture or message')
      .argument('[number]', 'of the message, as `list` shows it; may be left out with --content'),
  )
    .option('--hex', 'the bytes too: frame, message, decrypted content')
    .option('--content <file>', 'what a detached signature on its own covers: headers, empty line and body')
    .action(async (file: string, number: string | undefined, options) => {
      const { show } = await import('./commands/show.js');
      done(await show(file, number, options));
    });
}

function addExport(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('export')
      .description('messages and TLS connections as JSON, one record per line')
      .argument('[file...]', 'captures or messages, folders, or globs'),
  )
    .option('--format <format>', 'ndjson (one record per line, the default), json (one array), csv or text')
    .option('--pretty', 'JSON indented over several lines; without --format one array')
    .option('--fields <a,b.c>', FIELDS_HELP)
    .option('--include <kinds>', INCLUDE_HELP)
    .option('-o, --output <file>', 'write here instead of to standard output')
    .option('--out-dir <folder>', 'write one file per input into this folder')
    .option('-r, --recursive', 'folders with the folders below them')
    .option('-j, --jobs <n>', 'worker threads, each reads one input at a time; `auto`: one per processor')
    .option('--merge', 'several captures as one, in order of time, as those of a rotated session')
    .option('--follow', 'go on as the file grows, until interrupted')
    .option('--write <file.pcapng>', 'save the packets that match, with the TLS secrets')
    .option('--write-decrypted <file.pcapng>', 'save the messages that match, decrypted, as packets')
    .option('--mode <octal>', 'permissions of the files written, as 640 (default: 600)', fileMode)
    .option('--schema', 'print the JSON Schema of the records and end')
    .action(async (files: string[], options) => {
      const { exportRecords } = await import('./commands/export.js');
      done(await exportRecords(files, options));
    });
}

function addCapture(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('capture')
      .description('live: the interactive view on a terminal, records where the output goes elsewhere'),
    '--filter <expression>',
  )
    .option('-i, --interface <name>', 'where to capture; -D lists the interfaces')
    .option(
      '-f, --capture-filter <bpf>',
      `what to capture (pcap-filter), as '${RECOMMENDED_FILTER}': SIP, and IP fragments, which have no ports`,
    )
    .option('-w, --write <file>', 'save the packets as they come')
    .option('--mode <octal>', 'permissions of the file written, as 640 (default: 600)', fileMode)
    .option('-D, --list-interfaces', 'list the interfaces and end')
    .option('--format <format>', 'list, ndjson, csv or text instead of the interactive view')
    .option('--fields <a,b.c>', FIELDS_HELP)
    .option('--include <kinds>', INCLUDE_HELP)
    .option(
      '--keep <n>',
      'TCP connections tracked at once; beyond it, the longest idle one is dropped',
      '10000',
    )
    .option('--duration <seconds>', 'end after this time')
    .allowExcessArguments()
    .action(async (options, command: Command) => {
      const { capture } = await import('./commands/capture.js');
      done(await capture(options, command.args));
    });
}

function addCheck(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('check')
      .description('findings only, worst first')
      .argument('[file...]', 'captures or messages'),
  )
    .option(
      '--fail-on <severity>',
      'exit 1 if a finding is this severe or worse: info, note, warning or error',
    )
    .addOption(repeatable('--ignore <rule>', 'leave a rule out; repeatable'))
    .option('--format <format>', 'text, json or junit', 'text')
    .option('--list', 'list the rules and end')
    .option('--explain <rule>', 'explain a rule and end')
    .action(async (files: string[], options) => {
      const { check } = await import('./commands/check.js');
      done(await check(files, options));
    });
}

function addTls(program: Command, done: Done): void {
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
    .option('--detail', 'all details of each connection, however many there are')
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
}

function addFlow(program: Command, done: Done): void {
  withCommonOptions(
    program.command('flow').description('who said what to whom').argument('<file...>', 'captures'),
  )
    .option('--style <style>', 'ladder, or ssldump (TLS handshakes)', 'ladder')
    .action(async (files: string[], options) => {
      const { flow } = await import('./commands/flow.js');
      done(await flow(files, options));
    });
}

function addFollow(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('follow')
      .description('what one TCP stream carried, decrypted or plain')
      .argument('<file>', 'a capture'),
  )
    .requiredOption('--stream <n>', 'number of the TCP stream, from 0')
    .option('--side <side>', 'client or server; both if not given')
    .option('--raw', 'the exact bytes of one side')
    .action(async (file: string, options) => {
      const { follow } = await import('./commands/follow.js');
      done(await follow(file, options));
    });
}

function addKeys(program: Command, done: Done): void {
  withCommonOptions(
    program
      .command('keys')
      .description('the TLS session secrets found, as an NSS key log (keep it secret)')
      .argument('<file...>', 'captures'),
  )
    .option('-o, --output <file>', 'write here, readable for you alone, instead of to standard output')
    .action(async (files: string[], options) => {
      const { keys } = await import('./commands/keys.js');
      done(await keys(files, options));
    });
}

function addAsn1(program: Command, done: Done): void {
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
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}
