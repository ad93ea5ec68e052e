/** Which side of a connection is the client. */
import { formatAddress } from '../bytes/address.js';
import type { Endpoint } from '../model/endpoint.js';
import type { Opening } from './connection.js';
import { ACK, SYN, type TcpSegment } from './types.js';

/** Ports of services met in SIP captures: SIP and SIPS (RFC 3261 §19.1.2), HTTP and HTTPS for WebSocket, MSRP. */
const SERVICE_PORTS: ReadonlySet<number> = new Set([80, 443, 2855, 5060, 5061, 8080, 8443]);

/**
 * Most endpoints remembered to be shared by connections: a capture has few servers with many connections each. When
 * passed, all are forgotten and those in use come again.
 */
const MAX_SHARED = 1024;

/** Makes the endpoints of connections; those to one server have one object for it. */
export class Endpoints {
  readonly #shared = new Map<string, Endpoint>();

  /**
   * What a first segment tells. Who sends a SYN is the client; who sends a SYN-ACK the server. Of a connection whose
   * start was not captured, the side with a well-known service port is the server, else the one with the lower port,
   * else who is seen second.
   */
  opening(segment: TcpSegment): Opening {
    const { addressBytes, addressLength, flags, sourcePort, destinationPort } = segment;
    const isSyn = (flags & SYN) !== 0;
    const rolesBy = !isSyn ? 'ports' : (flags & ACK) === 0 ? 'syn' : 'syn-ack';
    const isClient = isSyn ? rolesBy === 'syn' : !isServerPort(sourcePort, destinationPort);
    const source = formatAddress(addressBytes, segment.sourceOffset, addressLength);
    const destination = formatAddress(addressBytes, segment.destinationOffset, addressLength);
    return {
      client: isClient
        ? { address: source, port: sourcePort }
        : { address: destination, port: destinationPort },
      server: isClient ? this.#share(destination, destinationPort) : this.#share(source, sourcePort),
      rolesBy,
      network: segment.network,
      opener: isClient ? 'client' : 'server',
    };
  }

  #share(address: string, port: number): Endpoint {
    const key = `${address} ${port}`;
    let endpoint = this.#shared.get(key);
    if (endpoint === undefined) {
      if (this.#shared.size === MAX_SHARED) this.#shared.clear();
      endpoint = { address, port };
      this.#shared.set(key, endpoint);
    }
    return endpoint;
  }
}

/** Whether the side with port `own` is the server, by the ports alone. */
function isServerPort(own: number, peer: number): boolean {
  const isService = SERVICE_PORTS.has(own);
  return isService === SERVICE_PORTS.has(peer) ? own < peer : isService;
}
