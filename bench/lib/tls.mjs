import { once } from 'node:events';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { TcpFlow } from './capture-file.mjs';

/** One end of a connection in memory; what is written to it is told and read at the other. */
class End extends Duplex {
  peer;
  #tell;

  constructor(tell) {
    super();
    this.#tell = tell;
  }

  _read() {}

  _write(chunk, _encoding, done) {
    this.#tell(chunk);
    setImmediate(() => {
      this.peer.push(chunk);
      done();
    });
  }

  _final(done) {
    this.peer.push(null);
    done();
  }
}

/**
 * Puts a TLS connection into a capture: a real handshake of OpenSSL with itself, then each message as one write.
 * `options` are those of node:tls for both ends. `keyLog` gets the lines of its key log.
 */
export async function tlsConnection(capture, client, server, { options, credentials, messages, keyLog }) {
  const flow = new TcpFlow(capture, client, server);
  const ends = {
    client: new End((data) => flow.send('client', data)),
    server: new End((data) => flow.send('server', data)),
  };
  ends.client.peer = ends.server;
  ends.server.peer = ends.client;
  const serverSide = new tls.TLSSocket(ends.server, { isServer: true, ...credentials, ...options });
  const clientSide = tls.connect({
    socket: ends.client,
    rejectUnauthorized: false,
    servername: 'example.net',
    ...options,
  });
  if (keyLog !== undefined) clientSide.on('keylog', (line) => keyLog(line.toString('latin1').trim()));
  serverSide.resume();
  clientSide.resume();
  serverSide.on('error', () => {});
  await once(clientSide, 'secureConnect');
  for (const { side, data } of messages) {
    const socket = side === 'client' ? clientSide : serverSide;
    await new Promise((resolve, reject) =>
      socket.write(data, (error) => (error ? reject(error) : resolve())),
    );
  }
  clientSide.end();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  clientSide.destroy();
  serverSide.destroy();
  flow.close();
}
