/** A real TLS conversation between two ends of this process, with every byte that went over the wire between them. */

import type { KeyObject } from 'node:crypto';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureVersion, TLSSocket } from 'node:tls';

/** Both ends are in this process: a conversation that takes longer hangs. */
const TIMEOUT_MS = 10_000;

export type Side = 'client' | 'server';

export type HandshakeOptions = {
  readonly key: KeyObject;
  /** PEM of the server's certificate and those above it. */
  readonly certificates: string;
  /** Versions that the client offers, lowest and highest; the server takes the highest alone. */
  readonly offered: readonly [SecureVersion, SecureVersion];
  /** OpenSSL cipher strings: what the client offers and what the server takes. */
  readonly clientCiphers: string;
  readonly serverCiphers: string;
  /** Server name indication; none where absent. */
  readonly serverName?: string;
  /** What the client says once the handshake is done, and what the server answers. */
  readonly request: Uint8Array;
  readonly response: Uint8Array;
};

/** Bytes that one side wrote at once. */
export type Flight = { readonly side: Side; readonly data: Uint8Array };

export type Conversation = {
  readonly flights: readonly Flight[];
  /** Indexes of the flights that complete the request and the response. */
  readonly requestFlight: number;
  readonly responseFlight: number;
  /** NSS key log. */
  readonly keyLog: string;
  /** As `TLSv1.2`. */
  readonly version: string;
  /** IANA name of the suite. */
  readonly cipherSuite: string;
};

/** Runs the conversation. Rejects with what the TLS library says where the two do not agree. */
export function converse(options: HandshakeOptions): Promise<Conversation> {
  const flights: Flight[] = [];
  const [clientWire, serverWire] = wirePair((side, data) =>
    flights.push({ side, data: new Uint8Array(data) }),
  );
  const highest = options.offered[1];
  const server = new TLSSocket(serverWire, {
    isServer: true,
    secureContext: createSecureContext({
      key: options.key.export({ format: 'pem', type: 'pkcs8' }),
      cert: options.certificates,
      minVersion: highest,
      maxVersion: highest,
      ciphers: cipherString(options.serverCiphers),
    }),
  });
  const client = connect({
    socket: clientWire,
    rejectUnauthorized: false,
    minVersion: options.offered[0],
    maxVersion: highest,
    ciphers: cipherString(options.clientCiphers),
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
  });
  return new Promise<Conversation>((resolve, reject) => {
    let keyLog = '';
    let requestFlight = 0;
    let responseFlight = 0;
    let left = options.request.length;
    let leftOfAnswer = options.response.length;
    const timer = setTimeout(
      () => fail(new Error('the TLS conversation did not come to its end')),
      TIMEOUT_MS,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      client.destroy();
      server.destroy();
      reject(error);
    };
    client.on('error', fail);
    server.on('error', fail);
    client.on('keylog', (line: Buffer) => {
      keyLog += line.toString('latin1');
    });
    client.once('secureConnect', () => client.write(options.request));
    server.on('data', (data: Buffer) => {
      left -= data.length;
      if (left > 0) return;
      requestFlight = lastFlight(flights, 'client');
      server.write(options.response);
    });
    const result: Partial<Pick<Conversation, 'version' | 'cipherSuite'>> = {};
    client.on('data', (data: Buffer) => {
      leftOfAnswer -= data.length;
      if (leftOfAnswer > 0) return;
      responseFlight = lastFlight(flights, 'server');
      Object.assign(result, {
        version: client.getProtocol() ?? '',
        cipherSuite: client.getCipher().standardName,
      });
      client.end();
    });
    server.on('end', () => server.end());
    client.on('close', () => {
      clearTimeout(timer);
      const { version = '', cipherSuite = '' } = result;
      resolve({ flights, requestFlight, responseFlight, keyLog, version, cipherSuite });
    });
  });
}

/**
 * Security level 0 added: versions and keys of the draft's days are what this is for. OpenSSL wants a suite of TLS 1.2
 * too where only suites of TLS 1.3 are named; the versions keep it from being chosen.
 */
function cipherString(ciphers: string): string {
  return /(^|:)(?!TLS_)[^:]/.test(ciphers) ? `${ciphers}:@SECLEVEL=0` : `${ciphers}:AES128-SHA:@SECLEVEL=0`;
}

function lastFlight(flights: readonly Flight[], side: Side): number {
  return flights.map((flight) => flight.side).lastIndexOf(side);
}

/** Two ends of a wire: what one writes the other reads, and `record` sees it go over. */
function wirePair(record: (side: Side, data: Uint8Array) => void): readonly [Duplex, Duplex] {
  const end = (side: Side, peer: () => Duplex): Duplex =>
    new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        record(side, chunk);
        peer().push(chunk);
        done();
      },
      final: (done) => {
        peer().push(null);
        done();
      },
    });
  const client: Duplex = end('client', () => server);
  const server: Duplex = end('server', () => client);
  return [client, server];
}
