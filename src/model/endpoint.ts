/** Who talks to whom, and over what. */

/** One end of a flow: an address as text (RFC 5952 for IPv6) and a port, 0..65535. */
export type Endpoint = { readonly address: string; readonly port: number };

/** Who sent bytes on a connection: the side that opened it, or the other. */
export type Direction = 'client' | 'server';

/** How a SIP message travelled; the JSON's `transport`. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' | 'sctp';
