import type { Command } from 'commander';
import { repeatable } from '../options.js';

function withStrength(command: Command): Command {
  return command
    .option('--bits <n>', 'length of the RSA key (default: 2048; 1024 with --as-draft)')
    .option('--ec <curve>', 'an EC key instead of an RSA key: P-256, P-384 or P-521')
    .option(
      '--digest <digest>',
      'md5, sha1, sha224, sha256, sha384, sha512 (default: sha256; sha1 with --as-draft)',
    )
    .option('--md5', 'short for --digest md5: what no one should take')
    .option('--as-draft', 'the strength and shape of 2006: 1024 bits, SHA-1, no key usage');
}

/** Adds `certs` and what it does to the program; `run` gets the command's name, its arguments and options. */
export function addCertsCommands(
  program: Command,
  run: (
    name: 'ca' | 'make' | 'convert' | 'show',
    values: readonly string[],
    options: unknown,
  ) => Promise<void>,
): void {
  const certs = program
    .command('certs')
    .description(
      'test authority and certificates as of the draft’s Appendix A, without openssl; conversions',
    );
  withStrength(certs.command('ca'))
    .description('the authority: by default the one that everybody who has read the draft shares')
    .option('--dir <folder>', 'where demoCA/ and root_cert_fluffyCA.pem go', '.')
    .option('--new', 'a fresh authority with a key of its own')
    .option('--name <unit>', 'organisational unit of a fresh authority', 'siplens Test Certificate Authority')
    .option('--days <n>', 'how long a fresh authority is valid', '3650')
    .option('--not-before <time>', 'when a fresh authority begins to be valid, RFC 3339 (default: now)')
    .option('--password <text>', 'protects the key of a fresh authority', 'password')
    .option('--force', 'replace what is there')
    .action((options: unknown) => run('ca', [], options));
  withStrength(certs.command('make'))
    .description('a key and a certificate: NAME with a colon is a URI, with an @ a user, else a domain')
    .argument('<name>', 'as host.example.net, alice@example.org, sip:example.net')
    .argument('[days]', 'how long it is valid; 0 makes an expired one (1999)', '1095')
    .option('--dir <folder>', 'where the files go, and where demoCA/ is', '.')
    .option('--ca-dir <folder>', 'where demoCA/ is, if elsewhere')
    .option('--ca-password <text>', 'opens the key of the authority', 'password')
    .option('--not-before <time>', 'when it begins to be valid, RFC 3339 (default: now)')
    .addOption(
      repeatable(
        '--eku <usage>',
        'extended key usage, as sipDomain (RFC 5924), serverAuth, or an OID; repeatable',
      ),
    )
    .addOption(
      repeatable(
        '--san <name>',
        'DNS:, URI:, email: or IP: and a name, instead of what NAME gives; repeatable',
      ),
    )
    .option('--password <text>', 'protects the PKCS#12 file', 'password')
    .option('--force', 'replace what is there')
    .action((name: string, days: string, options: unknown) => run('make', [name, days], options));
  certs
    .command('convert')
    .description('keys and certificates of any form into another')
    .argument('<file...>', 'PEM, DER, PKCS#7, PKCS#8, PKCS#12, told by content; several are put together')
    .requiredOption('--to <form>', 'pem, der, p7c (PKCS#7), p8c (PKCS#8) or p12 (PKCS#12)')
    .option('-o, --output <file>', 'write here; needed for all but certificates in PEM')
    .option('--password <text>', 'opens what is encrypted', 'password')
    .option('--out-password <text>', 'encrypts the key that is written (PKCS#12: default `password`)')
    .option('--force', 'replace what is there')
    .action((files: string[], options: unknown) => run('convert', files, options));
  certs
    .command('show')
    .description('certificates as the draft’s §5 prints them, or as JSON')
    .argument('<file...>', 'PEM, DER, PKCS#7, PKCS#12, told by content')
    .option('--format <format>', 'text or json', 'text')
    .option('--password <text>', 'opens what is encrypted', 'password')
    .action((files: string[], options: unknown) => run('show', files, options));
}
