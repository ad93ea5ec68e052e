/**
 * Tunnels over UDP, by port and content: SIP may use any port, so that a port alone says nothing. What starts as text is
 * no tunnel.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { NEXT_NONE, type Next, udpPort } from '../packet.js';
import { looksLikeCapwap } from './capwap.js';
import { startsAsText } from './content.js';
import { looksLikeUdpEncapsulation } from './esp.js';
import { looksLikeGeneve } from './geneve.js';
import { looksLikeGre } from './gre.js';
import { looksLikeGtp } from './gtp.js';
import { looksLikeL2tp } from './l2tp.js';
import { looksLikeMpls } from './mpls.js';
import { looksLikeTeredo } from './teredo.js';
import { looksLikeTzsp } from './tzsp.js';
import { looksLikeVxlan } from './vxlan.js';

/** `missing` is how many bytes of the payload the snap length cut. */
type Look = (cursor: Cursor, missing: number) => boolean;

type Tunnel = {
  /** IANA "Service Name and Transport Protocol Port Number Registry", but for 8472 (Linux before 4789 was assigned). */
  readonly port: number;
  readonly looks: Look;
  /** Whether answers come from the port; else each side sends to it, from any port of its own. */
  readonly isAnswered?: boolean;
};

const TUNNELS: readonly Tunnel[] = [
  { port: 1701, looks: looksLikeL2tp, isAnswered: true },
  { port: 2152, looks: looksLikeGtp },
  { port: 3544, looks: looksLikeTeredo, isAnswered: true },
  { port: 4500, looks: looksLikeUdpEncapsulation, isAnswered: true },
  { port: 4754, looks: looksLikeGre },
  { port: 4789, looks: looksLikeVxlan },
  { port: 4790, looks: looksLikeVxlan },
  { port: 5247, looks: looksLikeCapwap, isAnswered: true },
  { port: 6081, looks: looksLikeGeneve },
  { port: 6635, looks: looksLikeMpls },
  { port: 8472, looks: looksLikeVxlan },
  { port: 37_008, looks: looksLikeTzsp },
];

/** Place in TUNNELS, from 1, by destination port and by source port: two looks for each datagram, most of which find 0. */
const TO = new Uint8Array(0x1_0000);
const FROM = new Uint8Array(0x1_0000);
TUNNELS.forEach(({ port, isAnswered }, index) => {
  TO[port] = index + 1;
  if (isAnswered === true) FROM[port] = index + 1;
});

/** What is in a UDP payload that is a tunnel; NEXT_NONE where it is none. */
export function tunnelOverUdp(cursor: Cursor, source: number, destination: number, missing: number): Next {
  const index = (TO[destination] as number) || (FROM[source] as number);
  if (index === 0) return NEXT_NONE;
  const { port, looks } = TUNNELS[index - 1] as Tunnel;
  return !startsAsText(cursor) && looks(cursor, missing) ? udpPort(port) : NEXT_NONE;
}
