/**
 * Via (RFC 3261 §20.42, §25.1; rport: RFC 3581).
 *
 * In: one unfolded value. Out: its parts with their places, and faults.
 */
import type { Fault } from '../../bytes/fault.js';
import { shiftFaults, shiftParameter } from './address.js';
import { excerpt, skipBlanks, skipClass, TOKEN } from './characters.js';
import { isHost, isIpv6Address } from './host.js';
import { type Parameter, parameterValue, parseParameters, type Range, splitCommaList } from './parameters.js';
import { parsePort } from './uri.js';

/** One hop. */
export type Via = {
  /** Protocol and version, without blanks: `SIP/2.0`. */
  readonly protocol: string;
  /** As written: UDP, TCP, TLS, TLS-SCTP, WS, WSS ... */
  readonly transport: string;
  /** Of sent-by, as written; IPv6 in its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly branch?: string;
  readonly parameters: readonly Parameter[];
  readonly places: {
    readonly protocol: Range;
    readonly transport: Range;
    readonly host: Range;
    readonly port?: Range;
  };
  readonly faults: readonly Fault[];
};

/** Branches of RFC 3261 begin so (§8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK';

/** Reads the first hop of a value; what follows a comma outside quotes is left. */
export function parseVia(value: string): Via {
  if (!value.includes(',')) return parseHop(value);
  const first = splitCommaList(value)[0];
  return first === undefined ? parseHop('') : shiftVia(parseHop(first.text), first.start);
}

/** All hops of a value that may be a list, top first, with the places of the whole value. */
export function parseViaList(value: string): Via[] {
  if (!value.includes(',')) return [parseHop(value)];
  return splitCommaList(value)
    .filter((item) => item.text !== '')
    .map((item) => shiftVia(parseHop(item.text), item.start));
}

/** sent-protocol LWS sent-by *(SEMI via-params); blanks may stand around the slashes and the colon. */
function parseHop(value: string): Via {
  const faults: Fault[] = [];
  const end = value.length;
  const nameStart = skipBlanks(value, 0);
  const nameEnd = skipClass(value, nameStart, end, TOKEN);
  const versionStart = afterSlash(value, nameEnd);
  const versionEnd = versionStart < 0 ? -1 : skipClass(value, versionStart, end, TOKEN);
  const transportStart = versionEnd < 0 ? -1 : afterSlash(value, versionEnd);
  const transportEnd = transportStart < 0 ? -1 : skipClass(value, transportStart, end, TOKEN);
  const hostStart = transportEnd < 0 ? -1 : skipBlanks(value, transportEnd);
  if (
    nameEnd === nameStart ||
    transportEnd <= transportStart ||
    hostStart <= transportEnd ||
    hostStart >= end
  ) {
    faults.push({
      code: 'via-syntax',
      message: `Via "${excerpt(value)}" does not begin with a protocol, version, transport and host.`,
      start: 0,
      length: end,
    });
    const rest = Math.max(nameEnd, versionEnd, transportEnd);
    const protocol =
      versionEnd < 0
        ? value.slice(nameStart, nameEnd)
        : `${value.slice(nameStart, nameEnd)}/${value.slice(versionStart, versionEnd)}`;
    return {
      protocol,
      transport: transportStart < 0 ? '' : value.slice(transportStart, transportEnd),
      host: '',
      parameters: [],
      places: {
        protocol: { start: nameStart, end: versionEnd < 0 ? nameEnd : versionEnd },
        transport: { start: Math.max(transportStart, 0), end: Math.max(transportEnd, 0) },
        host: { start: rest, end: rest },
      },
      faults,
    };
  }
  let at = hostStart;
  if (value.charCodeAt(at) === 0x5b) {
    const close = value.indexOf(']', at);
    at = close < 0 ? end : close + 1;
  }
  while (at < end && !isHostEnd(value.charCodeAt(at))) at++;
  const host = value.slice(hostStart, at);
  const places: { protocol: Range; transport: Range; host: Range; port?: Range } = {
    protocol: { start: nameStart, end: versionEnd },
    transport: { start: transportStart, end: transportEnd },
    host: { start: hostStart, end: at },
  };
  const protocol = value.startsWith('SIP/2.0/', nameStart)
    ? 'SIP/2.0'
    : `${value.slice(nameStart, nameEnd)}/${value.slice(versionStart, versionEnd)}`;
  if (protocol !== 'SIP/2.0' && protocol.toUpperCase() !== 'SIP/2.0')
    faults.push({
      code: 'via-protocol',
      message: `Via names the protocol ${excerpt(protocol)}, not SIP/2.0.`,
      start: nameStart,
      length: versionEnd - nameStart,
    });
  if (!isHost(host))
    faults.push({
      code: 'host-syntax',
      message: `"${excerpt(host)}" is not a host name or an IP address.`,
      start: hostStart,
      length: host.length,
    });
  let port: number | undefined;
  let next = skipBlanks(value, at);
  if (value.charCodeAt(next) === 0x3a) {
    const portStart = skipBlanks(value, next + 1);
    at = portStart;
    while (at < end && !isHostEnd(value.charCodeAt(at))) at++;
    port = parsePort(value.slice(portStart, at), portStart, faults);
    places.port = { start: portStart, end: at };
    next = skipBlanks(value, at);
  }
  const parameters = parseParameters(value, next, end, faults);
  checkReceived(parameters, faults);
  const transport = value.slice(transportStart, transportEnd);
  const via: { -readonly [K in keyof Via]: Via[K] } = {
    protocol,
    transport,
    host,
    parameters,
    places,
    faults,
  };
  if (port !== undefined) via.port = port;
  const branch = parameterValue(parameters, 'branch');
  if (branch !== undefined) via.branch = branch;
  return via;
}

function checkReceived(parameters: readonly Parameter[], faults: Fault[]): void {
  for (const { name, value = '', range } of parameters) {
    const lower = name.length === 5 || name.length === 8 || name.length === 3 ? name.toLowerCase() : '';
    const place = { start: range.start, length: range.end - range.start };
    if (lower === 'received' && !isHost(value) && !isIpv6Address(value))
      faults.push({
        code: 'via-parameter',
        message: `The received parameter of Via is "${excerpt(value)}", not an IP address.`,
        ...place,
      });
    else if (lower === 'rport' && value !== '' && !(/^\d{1,5}$/.test(value) && Number(value) <= 65535))
      faults.push({
        code: 'via-parameter',
        message: `The rport parameter of Via is "${excerpt(value)}", not a port.`,
        ...place,
      });
    else if (lower === 'ttl' && !(/^\d{1,3}$/.test(value) && Number(value) <= 255))
      faults.push({
        code: 'via-parameter',
        message: `The ttl parameter of Via is "${excerpt(value)}", not a number of 0 to 255.`,
        ...place,
      });
  }
}

/** Place after `LWS "/" LWS` at `at`; -1 where no slash stands there. */
function afterSlash(value: string, at: number): number {
  const slash = skipBlanks(value, at);
  return value.charCodeAt(slash) === 0x2f ? skipBlanks(value, slash + 1) : -1;
}

/** Colon, semicolon, blank. */
function isHostEnd(code: number): boolean {
  return code === 0x3a || code === 0x3b || code === 0x20 || code === 0x09;
}

function shiftVia(via: Via, by: number): Via {
  if (by === 0) return via;
  const shift = (range: Range): Range => ({ start: range.start + by, end: range.end + by });
  const { protocol, transport, host, port } = via.places;
  return {
    ...via,
    parameters: via.parameters.map((parameter) => shiftParameter(parameter, by)),
    places: {
      protocol: shift(protocol),
      transport: shift(transport),
      host: shift(host),
      ...(port === undefined ? {} : { port: shift(port) }),
    },
    faults: shiftFaults(via.faults, by),
  };
}
