/** Names of code points that decoding ends at or that a tree explains. */
import {
  ETHER_TYPES,
  IP_PROTOCOLS,
  IPV4_OPTIONS,
  IPV6_OPTIONS,
  LINK_TYPES,
  PPP_PROTOCOLS,
  SERVICE_ACCESS_POINTS,
  TCP_OPTIONS,
} from './iana.js';

/** A 16-bit number as `0x0800`. */
export function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}

function hex8(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

export function etherTypeName(value: number): string {
  return ETHER_TYPES.get(value) ?? `EtherType ${hex16(value)}`;
}
export function ipProtocolName(value: number): string {
  return IP_PROTOCOLS.get(value) ?? `IP protocol ${value}`;
}
export function linkTypeName(value: number): string {
  return LINK_TYPES.get(value) ?? `link type ${value}`;
}
export function pppProtocolName(value: number): string {
  return PPP_PROTOCOLS.get(value) ?? `PPP protocol ${hex16(value)}`;
}
export function serviceAccessPointName(value: number): string {
  return SERVICE_ACCESS_POINTS.get(value) ?? `LLC SAP ${hex8(value)}`;
}
/** Whether what has the address is known: none of these carries IP. */
export function isKnownAccessPoint(value: number): boolean {
  return SERVICE_ACCESS_POINTS.has(value);
}
export function ipv4OptionName(value: number): string {
  return IPV4_OPTIONS.get(value) ?? `Option ${value}`;
}
export function ipv6OptionName(value: number): string {
  return IPV6_OPTIONS.get(value) ?? `Option ${hex8(value)}`;
}
export function tcpOptionName(value: number): string {
  return TCP_OPTIONS.get(value) ?? `Option ${value}`;
}
