/**
 * Packets that were never sent: applications write their messages into captures as UDP datagrams, whatever carried them
 * (Asterisk's pjsip logger, Kamailio's sipdump, `export --write-decrypted`). How such a message travelled is not known.
 */
import type { Frame } from '../capture/frame.js';

const LINKTYPE_ETHERNET = 1;
const LINKTYPE_RAW = 101;
const ETHERNET_HEADER = 14;
const MAC_ADDRESSES = 12;
/** What `--write-decrypted` says of a packet's origin: file, frame and transport. */
const ORIGIN = /(?:^|\n).+ frame \d+, (?:udp|tcp|tls|ws|wss|sctp)(?:$|\n)/;

/** Whether a frame was made by an application, and not captured. */
export function isMadePacket({
  linkType,
  data,
  comment,
}: Pick<Frame, 'linkType' | 'data' | 'comment'>): boolean {
  if (linkType === LINKTYPE_RAW) return comment !== undefined && ORIGIN.test(comment);
  if (linkType !== LINKTYPE_ETHERNET || data.length < ETHERNET_HEADER + 20) return false;
  for (let at = 0; at < MAC_ADDRESSES; at++) if (data[at] !== 0) return false;
  const uint16 = (at: number): number => ((data[at] as number) << 8) | (data[at + 1] as number);
  const ip = ETHERNET_HEADER;
  // Loopback has no MAC addresses either, but its packets have checksums and hops left.
  if (uint16(MAC_ADDRESSES) === 0x0800) return data[ip] === 0x45 && uint16(ip + 10) === 0;
  return uint16(MAC_ADDRESSES) === 0x86dd && data[ip + 7] === 0;
}
