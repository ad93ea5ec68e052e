/** The draft's §6: a MESSAGE over TLS and its 200 OK, in a capture made of a conversation that really took place. */

import { bytesOf } from '../bytes/text.js';
import { CaptureWriter, type Side } from './capture.js';
import type { Cast, Person } from './cast.js';
import { type JsonObject, sorted } from './expectation.js';
import { textLayer } from './layer.js';
import {
  clientEndpoint,
  type FlowMessage,
  looseFiles,
  ok,
  type RequestOptions,
  request,
  sequences,
  serverEndpoint,
  transactionOf,
  type Vector,
  type VectorFile,
  type VectorHeader,
} from './vector.js';

/** Versions by the names that people use, with those of the JSON. */
export const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** A vector that needs a TLS conversation. */
export type TlsRecipe = VectorHeader & {
  readonly version: TlsVersion;
  /** OpenSSL name of the suite; the mandatory one of RFC 3261 where TLS 1.3 does not have others. */
  readonly cipher: string;
  readonly server: (cast: Cast) => Person;
  /** Rules besides those that follow from the server's certificate. */
  readonly findings: readonly string[];
};

/** TLS_RSA_WITH_AES_128_CBC_SHA, which RFC 3261 §26.2.1 makes mandatory. */
const MANDATORY = 'AES128-SHA';
const TLS13_DEFAULT = 'TLS_AES_128_GCM_SHA256';

function defaultCipher(version: TlsVersion): string {
  return version === '1.3' ? TLS13_DEFAULT : MANDATORY;
}

/** What a client offers who prefers this suite; the mandatory ones always, so that no one misses them. */
export function offeredCiphers(cipher: string): string {
  return [...new Set([cipher, TLS13_DEFAULT, 'AES256-SHA', MANDATORY])].join(':');
}

/** Whether the server's key opens what this suite protects; else a key log is needed. */
function opensWithKey(cipherSuite: string): boolean {
  return cipherSuite.startsWith('TLS_RSA_WITH_');
}

/** Suites that nobody should agree on any more (RFC 9325 §4.1). */
function isWeak(cipherSuite: string): boolean {
  return /_WITH_(NULL|RC4|DES|3DES|RC2)_|_EXPORT|_anon_/.test(cipherSuite);
}

/** IANA name of a suite as OpenSSL names it in its cipher strings: `TLS_RSA_WITH_AES_128_CBC_SHA` is `AES128-SHA`. */
export function opensslCipher(name: string): string {
  const match = /^TLS_(.+)_WITH_(.+)$/.exec(name);
  if (match === null) return name;
  const exchange = (match[1] as string).replaceAll('_', '-');
  const cipher = (match[2] as string)
    .replace(/^3DES_EDE_CBC/, 'DES_CBC3')
    .replace(/(AES|CAMELLIA|ARIA)_(\d+)/, '$1$2')
    .replace(/_CBC_(?=SHA)/, '_')
    .replace(/CHACHA20_POLY1305_SHA256/, 'CHACHA20_POLY1305')
    .replace(/_CCM_8$/, '_CCM8')
    .replaceAll('_', '-');
  return exchange === 'RSA' ? cipher : `${exchange}-${cipher}`;
}

/** The §6 flow in each version, with another suite than the default where one is asked for. */
export function goodTls(versions: readonly TlsVersion[], cipher: string | undefined): TlsRecipe[] {
  return versions.map((version) => ({
    name: `message-over-tls-${version}`,
    kind: 'good',
    title: `MESSAGE over TLS ${version} and its 200 OK`,
    reference: 'draft-ietf-sipping-sec-flows-00 §6',
    answer: 'accept',
    version,
    cipher: cipher ?? defaultCipher(version),
    server: (cast) => cast.server,
    findings: [],
  }));
}

/** Servers with wrong certificates (draft §8). */
export const BAD_TLS: readonly TlsRecipe[] = [
  {
    name: 'tls-expired-certificate',
    title: 'the server’s certificate expired in 2000, and the client takes it',
    server: (cast: Cast) => cast.expiredServer,
    findings: [],
  },
  {
    name: 'tls-wrong-name',
    title: 'the server’s certificate is valid, for evil.',
    server: (cast: Cast) => cast.evilServer,
    findings: ['tls/server-identity'],
  },
  {
    name: 'tls-unknown-issuer',
    title: 'the server’s certificate is from an authority that nobody knows',
    server: (cast: Cast) => cast.unknownServer,
    findings: [],
  },
].map((recipe) => ({
  ...recipe,
  kind: 'bad',
  reference: 'draft-ietf-sipping-sec-flows-00 §8',
  answer: 'either',
  mistakeOf: 'server',
  version: '1.2',
  cipher: MANDATORY,
}));

/** What `io/handshake` recorded. */
export type RecordedConversation = {
  readonly flights: readonly { readonly side: Side; readonly data: Uint8Array }[];
  readonly requestFlight: number;
  readonly responseFlight: number;
  readonly keyLog: string;
  readonly cipherSuite: string;
};

/** The two messages of the flow. */
export function tlsMessages(cast: Cast, name: string): readonly [FlowMessage, FlowMessage] {
  const options: RequestOptions = { method: 'MESSAGE', body: textLayer('Hello!'), transport: 'TLS' };
  const transaction = transactionOf(cast, name, options);
  return [request(transaction, options), ok(transaction)];
}

export function makeTlsVector(
  recipe: TlsRecipe,
  cast: Cast,
  messages: readonly [FlowMessage, FlowMessage],
  conversation: RecordedConversation,
): Vector {
  const { version, cipher: _, server, findings, ...header } = recipe;
  const { flights, requestFlight, responseFlight, keyLog, cipherSuite } = conversation;
  const person = server(cast);
  const client = clientEndpoint('TLS');
  const remote = serverEndpoint('TLS');
  const capture = new CaptureWriter(cast.at);
  const connection = capture.connect(client, remote, sequences(cast, recipe.name));
  const frames = flights.map(({ side, data }) => connection.send(side, data));
  connection.close('client');
  const frameOf = (flight: number): number => frames[flight] ?? 0;
  const [asked, answered] = messages;
  const byKey = opensWithKey(cipherSuite);
  const records: JsonObject[] = [
    { frame: frameOf(requestFlight), transport: 'tls', tcp_stream: 0, ...asked.record },
    { frame: frameOf(responseFlight), transport: 'tls', tcp_stream: 0, ...answered.record },
    {
      type: 'tls_connection',
      tcp_stream: 0,
      client: client.address,
      client_port: client.port,
      server: remote.address,
      server_port: remote.port,
      version: `TLS ${version}`,
      cipher_suite: { name: cipherSuite },
      server_name: cast.server.name,
      resumed: false,
      mutual: false,
      certificates: [{ subject: person.certificate.subject, serial_number: person.certificate.serialNumber }],
      established: true,
      decryption: { status: cipherSuite.includes('_WITH_NULL_') ? 'not_encrypted' : 'decrypted' },
      mac_failures: 0,
      application_bytes: { client: asked.bytes.length, server: answered.bytes.length },
    },
  ];
  const told = [
    ...findings,
    ...(person.dates === 'expired' ? ['tls/certificate-expired'] : []),
    ...(person.dates === 'not_yet_valid' ? ['tls/certificate-not-yet-valid'] : []),
    ...(person.chain === 'unknown_issuer' ? ['tls/unknown-issuer'] : []),
    ...(person.isDraft ? ['tls/draft-certificate'] : []),
    ...(person.hasWeakHash ? ['tls/certificate-weak-hash'] : []),
    ...(isWeak(cipherSuite) ? ['tls/weak-suite'] : []),
  ];
  const files: VectorFile[] = [
    { name: 'capture.pcap', bytes: capture.bytes(), expectation: { records, findings: sorted(told) } },
    { name: 'keys.log', bytes: bytesOf(keyLog), secret: true },
    ...looseFiles({ transport: 'TLS', messages }),
  ];
  return { ...header, files, known: [person], keyLogs: byKey ? [] : ['keys.log'] };
}

/** A client that offers SSL 3.0 alone, and the server that refuses it (draft §8). By hand: no library says it any more. */
export function ssl3Vector(cast: Cast): Vector {
  const name = 'tls-only-ssl3';
  const random = cast.random.bytes(`${name}/random`, 32);
  const suites = Uint8Array.of(0x00, 0x35, 0x00, 0x2f);
  const body = Buffer.concat([
    Uint8Array.of(3, 0),
    random,
    Uint8Array.of(0, 0, suites.length),
    suites,
    Uint8Array.of(1, 0),
  ]);
  const hello = Buffer.concat([Uint8Array.of(1, 0, 0, body.length), body]);
  const client = clientEndpoint('TLS');
  const server = serverEndpoint('TLS');
  const capture = new CaptureWriter(cast.at);
  const connection = capture.connect(client, server, sequences(cast, name));
  connection.send('client', Buffer.concat([Uint8Array.of(22, 3, 0, 0, hello.length), hello]));
  // handshake_failure: SSL 3.0 has no alert for versions.
  connection.send('server', Uint8Array.of(21, 3, 0, 0, 2, 2, 40));
  connection.close('server');
  const record: JsonObject = {
    type: 'tls_connection',
    tcp_stream: 0,
    versions_offered: ['SSL 3.0'],
    established: false,
    alerts: [{ from: 'server', level: 'fatal', description: 'handshake_failure' }],
    decryption: { status: 'not_encrypted' },
  };
  return {
    name,
    kind: 'bad',
    title: 'a client that does SSL 3.0 only',
    reference: 'draft-ietf-sipping-sec-flows-00 §8',
    answer: 'refuse',
    files: [
      {
        name: 'capture.pcap',
        bytes: capture.bytes(),
        expectation: { records: [record], findings: ['tls/fatal-alert', 'tls/only-ssl3'] },
      },
    ],
    known: [],
    keyLogs: [],
  };
}
