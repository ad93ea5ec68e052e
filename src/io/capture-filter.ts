/** What a capture filter (pcap-filter) does to IP fragments: only the first of a datagram has ports. */

/** Captures SIP and SIP over TLS, and the fragments of large messages: later ones over IPv4, all of them over IPv6. */
export const RECOMMENDED_FILTER = 'port 5060 or port 5061 or (ip[6:2] & 0x1fff != 0) or ip6[6] == 44';

/** A test of ports, as `udp dst port 5060`; over TCP, which hardly ever has fragments, with `tcp` in front. */
const PORTS = /\b(?:(?:udp|sctp)\s+)?(?:(?:src|dst)\s+(?:(?:or|and)\s+(?:src|dst)\s+)?)?port(?:range)?\s+\S+/;
const TCP_PORTS = /\btcp\s+(?:(?:src|dst)\s+)?port(?:range)?\s+[^\s)]+/g;
/** What is refused keeps the fragments, which have no such port. */
const REFUSED =
  /(?:\bnot\b|!)\s*(?:\([^()]*\)|(?:(?:udp|tcp|sctp)\s+)?(?:(?:src|dst)\s+)?port(?:range)?\s+[^\s)]+)/g;
/** A look at the fragment offset of IPv4, and at the Next Header field of IPv6. */
const FRAGMENTS_IPV4 = /\bip\s*\[\s*6\s*(?::\s*2\s*)?\]/;
const FRAGMENTS_IPV6 = /\bip6\s*\[\s*6\s*\]|\bip6\s+proto(?:chain)?\s+\\?(?:44|ipv6-frag)\b/;

/** A sentence for the user where a filter drops fragments that belong to what it captures; undefined where it does not. */
export function fragmentsDropped(filter: string): string | undefined {
  const rest = filter.replace(REFUSED, ' ').replace(TCP_PORTS, ' ');
  if (!PORTS.test(rest)) return undefined;
  const missing = [
    ...(FRAGMENTS_IPV4.test(rest) || /^\s*ip6\b/.test(rest) ? [] : ['(ip[6:2] & 0x1fff != 0)']),
    ...(FRAGMENTS_IPV6.test(rest) || /^\s*ip\b/.test(rest) ? [] : ['ip6[6] == 44']),
  ];
  if (missing.length === 0) return undefined;
  return (
    'the capture filter drops IP fragments, which have no ports, and with them the end of large messages over UDP: ' +
    `add \`or ${missing.join(' or ')}\` to keep them`
  );
}
