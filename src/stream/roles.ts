/** Which side of a connection is the client. */
import { formatAddress } from '../bytes/address.js';
import {
  ACK,
  type Direction,
  type Endpoint,
  type FrameRef,
  keepFrame,
  SYN,
  type TcpSegment,
  type TcpStream,
} from './types.js';

/** Ports of services met in SIP captures: SIP and SIPS (RFC 3261 §19.1.2), HTTP and HTTPS for WebSocket, MSRP. */
const SERVICE_PORTS: ReadonlySet<number> = new Set([80, 443, 2855, 5060, 5061, 8080, 8443]);

export type NewStream = { readonly stream: TcpStream; readonly opener: Direction };

/**
 * The stream of a first segment, and which side sent that. Who sends a SYN is the client; who sends a SYN-ACK the server. Of a connection whose
 * start was not captured, the side with a well-known service port is the server, else the one with the lower port,
 * else who is seen second.
 */
export function newStream(index: number, segment: TcpSegment, frame: FrameRef): NewStream {
  const { addressBytes, addressLength, flags, sourcePort, destinationPort } = segment;
  const source: Endpoint = {
    address: formatAddress(addressBytes, segment.sourceOffset, addressLength),
    port: sourcePort,
  };
  const destination: Endpoint = {
    address: formatAddress(addressBytes, segment.destinationOffset, addressLength),
    port: destinationPort,
  };
  const isSyn = (flags & SYN) !== 0;
  const rolesBy = !isSyn ? 'ports' : (flags & ACK) === 0 ? 'syn' : 'syn-ack';
  const isClient = isSyn ? rolesBy === 'syn' : !isServerPort(sourcePort, destinationPort);
  const stream: TcpStream = {
    index,
    client: isClient ? source : destination,
    server: isClient ? destination : source,
    rolesBy,
    firstFrame: keepFrame(frame),
  };
  return { stream, opener: isClient ? 'client' : 'server' };
}

/** Whether the side with port `own` is the server, by the ports alone. */
function isServerPort(own: number, peer: number): boolean {
  const isService = SERVICE_PORTS.has(own);
  return isService === SERVICE_PORTS.has(peer) ? own < peer : isService;
}
