import { type Command, Option } from 'commander';

/** Options that hold for every command that reads captures, as commander gives them. */
export type CommonOptions = {
  readonly key: readonly string[];
  readonly passwordFile?: string;
  readonly keylog: readonly string[];
  readonly psk: readonly string[];
  readonly cert: readonly string[];
  readonly ca: readonly string[];
  readonly crl?: readonly string[];
  readonly policyOid?: readonly string[];
  readonly explicitPolicy?: boolean;
  readonly inhibitAnyPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly at?: string;
  readonly effort?: string;
  readonly maxBody?: string;
  readonly filter?: string;
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
  readonly verbose?: boolean;
};

/** An option that may be given several times: its values in order. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, previous: readonly string[]) => [...previous, value])
    .default([], 'none');
}

/** Adds the common options to a command. Where `-f` means something else, the filter has other flags. */
export function withCommonOptions(command: Command, filterFlags = '-f, --filter <expression>'): Command {
  return command
    .addOption(
      repeatable(
        '-k, --key <file[:password]>',
        'private key (PEM, DER, PKCS#12, JWK ...) or a folder of keys and certificates; repeatable. A password in it is seen in the list of processes: rather --password-file, SIPLENS_PASSWORD or the prompt',
      ),
    )
    .option(
      '--password-file <file>',
      'file with the password of keys and CMS bodies that need one (its first line); or SIPLENS_PASSWORD in the environment',
    )
    .addOption(repeatable('--keylog <file>', 'NSS key log (SSLKEYLOGFILE); repeatable'))
    .addOption(
      repeatable(
        '--psk <hex|file>',
        'shared key of TLS or CMS in hexadecimal, which is seen in the list of processes, or a file with it; repeatable. SIPLENS_PSK takes the same',
      ),
    )
    .addOption(repeatable('--cert <file>', "others' certificates, a file or folder; repeatable"))
    .addOption(repeatable('--ca <file>', 'trust anchors, a file or folder; repeatable'))
    .addOption(
      repeatable(
        '--crl <file>',
        'certificate revocation lists, a file or folder; repeatable; none is fetched',
      ),
    )
    .addOption(
      repeatable('--policy-oid <oid>', 'certificate policy that is acceptable; repeatable (default: any)'),
    )
    .option('--explicit-policy', 'chains must be valid for an acceptable policy')
    .option('--inhibit-any-policy', 'anyPolicy in a certificate stands for none')
    .option('--inhibit-policy-mapping', 'certificates may not map policies')
    .option('--at <time>', "when certificates are judged: RFC 3339 or `now` (default: the frame's time)")
    .option(
      '--effort <n>',
      'how many times the usual work with keys is done for a message and a run (1 to 1000)',
    )
    .option(
      '--max-body <size>',
      'most bytes of a body in the output, as 64K or 10M; the true length is said (default: 1M)',
    )
    .option(filterFlags, "only what matches, as 'method == INVITE and tcp_stream == 2'")
    .addOption(
      new Option('--color <when>', 'colour in the output')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('-q, --quiet', 'errors only on standard error')
    .option('-v, --verbose', 'tell more on standard error');
}
