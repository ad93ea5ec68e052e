/** Command lines over an input, with keys and certificates that open some of the samples. */
import type { Random } from './random.js';
import type { Kind } from './seeds.js';

/** What may be written of an output: which bytes are a fault in it. */
export type OutputForm = 'terminal' | 'ndjson' | 'json' | 'csv' | 'xml';

export type CommandLine = { readonly argv: readonly string[]; readonly form: OutputForm };

const KEYS = [
  '-k',
  'samples/keys',
  '--cert',
  'samples/certs',
  '--ca',
  'samples/certs/root_cert_fluffyCA.pem',
];
const COLOR = ['--color', 'always'];

const FILTERS = [
  'method == INVITE',
  '**.signature == invalid',
  'header.User-Agent matches "a.*b"',
  'from.uri contains a and not status_code >= 400',
  'src in (10.0.0.1, 192.0.2.1)',
];

type Make = (file: string, random: Random) => CommandLine;

const terminal = (...argv: readonly string[]): CommandLine => ({ argv, form: 'terminal' });

const CAPTURE_COMMANDS: readonly Make[] = [
  (file) => terminal('list', file, ...COLOR, ...KEYS, '-v'),
  (file) => terminal('list', file, file, '--color', 'never'),
  (file, random) => terminal('show', file, String(1 + random.below(3)), '--hex', ...COLOR, ...KEYS),
  (file, random) => terminal('show', file, String(1 + random.below(2)), ...KEYS),
  (file) => terminal('check', file, ...COLOR, ...KEYS, '-v'),
  (file) => terminal('tls', file, '--detail', ...COLOR, ...KEYS),
  (file) =>
    terminal('tls', file, '--policy', 'rfc9325', '--policy', 'samples/policies/interop.yaml', ...COLOR),
  (file) => terminal('flow', file, ...COLOR, ...KEYS, '-v'),
  (file) => terminal('flow', file, '--style', 'ssldump'),
  (file, random) => terminal('follow', file, '--stream', String(random.below(3)), ...COLOR, ...KEYS),
  (file) => terminal('keys', file, ...KEYS),
  (file) => terminal('asn1', file, ...KEYS),
  (file) => terminal('export', file, '--format', 'text', ...KEYS),
  (file) => ({ argv: ['export', file, ...KEYS], form: 'ndjson' }),
  (file) => ({
    argv: ['export', file, '--include', 'messages,connections,findings,packets'],
    form: 'ndjson',
  }),
  (file) => ({ argv: ['export', file, '--format', 'json', '--pretty', ...KEYS], form: 'json' }),
  (file) => ({ argv: ['export', file, '--format', 'csv', ...KEYS], form: 'csv' }),
  (file) => ({ argv: ['export', file, '--write', `${file}.pcapng`, ...KEYS], form: 'ndjson' }),
  (file) => ({ argv: ['export', file, '--write-decrypted', `${file}.pcapng`, ...KEYS], form: 'ndjson' }),
  (file) => ({ argv: ['check', file, '--format', 'json', ...KEYS], form: 'json' }),
  (file) => ({ argv: ['check', file, '--format', 'junit', ...KEYS], form: 'xml' }),
  (file) => ({ argv: ['tls', file, '--format', 'json', ...KEYS], form: 'json' }),
  (file) => ({ argv: ['tls', file, '--format', 'junit', '--policy', 'draft-example'], form: 'xml' }),
  (file, random) => ({ argv: ['export', file, '-f', random.pick(FILTERS), ...KEYS], form: 'ndjson' }),
];

const KEY_COMMANDS: readonly Make[] = [
  (file) => terminal('asn1', file),
  (file) => terminal('asn1', file, '--style', 'openssl'),
  (file) => terminal('certs', 'show', file),
  (file) => ({ argv: ['certs', 'show', file, '--format', 'json'], form: 'json' }),
  (file) => terminal('list', 'samples/tls-message.pcap', '-k', file, '--ca', file, ...COLOR),
  (file) => terminal('check', 'samples/smime-signed.pcap', '--cert', file, '--ca', file, '--crl', file),
  (file) => terminal('show', 'samples/smime-encrypted.pcap', '1', '-k', file),
  (file) => ({ argv: ['export', file, ...KEYS], form: 'ndjson' }),
  (file) => terminal('show', file, '1', ...COLOR, ...KEYS),
];

const COMMANDS: { readonly [kind in Kind]: readonly Make[] } = {
  capture: CAPTURE_COMMANDS,
  message: CAPTURE_COMMANDS,
  der: KEY_COMMANDS,
  pem: KEY_COMMANDS,
  keylog: [
    (file) => terminal('list', 'samples/vectors/message-over-tls-1.3/capture.pcap', '--keylog', file, '-v'),
    (file) => terminal('tls', 'samples/tls-message.pcap', '--keylog', file, '--detail', ...COLOR),
    (file) => terminal('keys', 'samples/vectors/message-over-tls-1.2/capture.pcap', '--keylog', file),
  ],
  policy: [
    (file) => terminal('tls', 'samples/tls-message.pcap', '--policy', file, ...COLOR),
    (file) => ({
      argv: ['tls', 'samples/tls-message.pcap', '--policy', file, '--format', 'junit'],
      form: 'xml',
    }),
  ],
};

export function commandsFor(kind: Kind): readonly Make[] {
  return COMMANDS[kind];
}
