import type { Command } from 'commander';
import { repeatable } from '../options.js';

/** Adds `vectors` to the program. */
export function addVectorsCommand(
  program: Command,
  run: (names: readonly string[], options: unknown) => Promise<void>,
): void {
  program
    .command('vectors')
    .description(
      'known-good and known-bad flows of the draft, each with its right answer; replays one to a device',
    )
    .argument('[name...]', 'only these vectors (--list names them)')
    .option('--out <folder>', 'where they go; with --replay, where they are')
    .option('--list', 'list the vectors and end')
    .option('--from <user>', 'who sends', 'fluffy@example.com')
    .option('--to <user>', 'who receives', 'kumiko@example.net')
    .option('--server <domain>', 'domain of the TLS server (default: that of --to)')
    .option(
      '--certs <folder>',
      'keys and certificates to use, as `siplens certs` names them; what is missing is made',
    )
    .option('--as-draft', 'the draft’s authority, 1024 bits and SHA-1, in February 2006')
    .addOption(
      repeatable('--tls <version>', 'only this version of the §6 flow: 1.0, 1.1, 1.2 or 1.3; repeatable'),
    )
    .option('--cipher <suite>', 'TLS cipher suite, by its OpenSSL or IANA name')
    .option('--seed <text>', 'the same vectors for the same text, keys and times')
    .option(
      '--at <time>',
      'when the flows took place, RFC 3339 (default: now; with --seed 2026-07-01T12:00:00Z)',
    )
    .option('--force', 'replace what is there')
    .option(
      '--replay <where...>',
      'udp, tcp or tls, and HOST:PORT: sends the one vector named, and judges the answer',
    )
    .option('--wait <seconds>', 'how long --replay waits for a final answer', '5')
    .option('--ca <file>', 'with --replay tls: trust anchors for the device’s certificate')
    .action((names: string[], options: unknown) => run(names, options));
}
