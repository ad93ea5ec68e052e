import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { CaptureBuilder, type Side } from './pcap-builder.js';

/** Real TLS connections of Node with itself, in memory, and the captures that they would have given. */

export type Flight = { readonly side: Side; readonly data: Buffer };

export type RecordedTls = {
  readonly flights: readonly Flight[];
  /** For the client to take up again. */
  readonly session: Buffer | undefined;
  readonly keyLog: string;
};

/** One end of a wire in memory; what is written comes out of the other end, and is noted. */
class End extends Duplex {
  peer: End | undefined;
  readonly #note: (data: Buffer) => void;

  constructor(note: (data: Buffer) => void) {
    super();
    this.#note = note;
  }

  override _read(): void {}

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#note(data);
    this.peer?.push(data);
    done();
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }
}

/** Runs one connection: the client sends `request`, the server answers with `response`. */
export async function recordTls(options: {
  readonly server: TlsOptions;
  readonly client?: ConnectionOptions;
  readonly request?: string;
  readonly response?: string;
}): Promise<RecordedTls> {
  const flights: Flight[] = [];
  const clientEnd = new End((data) => flights.push({ side: 'client', data }));
  const serverEnd = new End((data) => flights.push({ side: 'server', data }));
  clientEnd.peer = serverEnd;
  serverEnd.peer = clientEnd;
  const { server: serverOptions, client: clientOptions = {}, request = 'hello', response = 'hi' } = options;
  let keyLog = '';
  let session: Buffer | undefined;
  const server = new TLSSocket(serverEnd, {
    isServer: true,
    secureContext: createSecureContext(serverOptions),
    requestCert: serverOptions.requestCert ?? false,
    rejectUnauthorized: false,
  });
  const client = connect({ socket: clientEnd, rejectUnauthorized: false, ...clientOptions });
  client.on('keylog', (line: Buffer) => {
    keyLog += line.toString('latin1');
  });
  client.on('session', (ticket: Buffer) => {
    session = ticket;
  });
  server.on('data', () => server.end(response));
  server.on('error', () => client.destroy());
  client.on('error', () => server.destroy());
  client.on('secureConnect', () => client.write(request));
  client.resume();
  // Over streams in memory, `close` may never come: the server's end, or an error, is the end of it.
  await new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.once('close', resolve);
  });
  client.end();
  await new Promise((resolve) => setImmediate(resolve));
  client.destroy();
  server.destroy();
  return { flights, session, keyLog };
}

/** A capture of connections one after another, to port 5061. */
export function captureOf(...recorded: readonly RecordedTls[]): Buffer {
  const capture = new CaptureBuilder();
  recorded.forEach(({ flights }, index) => {
    const tcp = capture.connect(
      { address: '10.0.0.1', port: 40_000 + index },
      { address: '10.0.0.2', port: 5061 },
    );
    for (const { side, data } of flights) tcp.send(side, data);
    tcp.close();
  });
  return capture.toBytes();
}

/** A SIP request to a URI, as it would open a connection. */
export function sipRequest(uri: string, ...headers: readonly string[]): string {
  return [
    `OPTIONS ${uri} SIP/2.0`,
    'Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'To: <sip:bob@example.com>',
    'From: <sip:alice@example.com>;tag=1',
    'Call-ID: 1@10.0.0.1',
    'CSeq: 1 OPTIONS',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
