/**
 * Hosts and addresses in the form in which they are compared: ASCII after IDNA, as a whole and exactly. What a
 * certificate writes in any other way names nobody: an unusual spelling is how one name is passed off as another.
 */

import { domainToASCII, domainToUnicode } from 'node:url';

const ASCII_HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
/** Longest host compared: DNS ends at 255 octets (RFC 1035 §2.3.4). */
const HOST_LENGTH_LIMIT = 255;

/** Lower case of A to Z alone: "K" (KELVIN SIGN) is no "k". */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * A host name or address in the form in which it is compared: lower case, A-labels (RFC 5890), without final dot and
 * brackets; undefined for what is no host.
 */
export function comparedHost(host: string): string | undefined {
  if (host.length > HOST_LENGTH_LIMIT) return undefined;
  const lower = asciiLower(host);
  const address = lower.startsWith('[') && lower.endsWith(']') ? lower.slice(1, -1) : lower;
  if (address.includes(':')) return comparedIpv6(address);
  if (address !== lower) return undefined;
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (ASCII_HOST.test(name)) return name;
  return aLabels(name);
}

/** RFC 5952's one spelling of an IPv6 address. */
function comparedIpv6(address: string): string | undefined {
  // A zone means something on one machine alone (RFC 6874).
  if (!/^[0-9a-f:.]+$/.test(address)) return undefined;
  try {
    return new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}

/** The A-labels of a name that is written as IDNA 2008 has it (RFC 5891 §4.2): nothing is mapped to something else. */
function aLabels(name: string): string | undefined {
  if (!/[^\x00-\x7f]/.test(name)) return undefined;
  const ascii = domainToASCII(name);
  if (ascii === '' || !ASCII_HOST.test(ascii)) return undefined;
  return domainToUnicode(ascii) === name ? ascii : undefined;
}

/** The two parts of a mailbox (RFC 5321 §4.1.2), the local part as it stands. */
export type Mailbox = { readonly local: string; readonly host: string };

/** A mailbox whose host is in its compared form; undefined for what is no `local@host`. */
export function readMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  // A quoted local part may hold anything; an atom holds no "@", space or control character.
  if (local === '' || (!isQuoted(local) && /[\s@"<>(),;:\\[\]\x00-\x1f\x7f]/.test(local))) return undefined;
  const host = comparedHost(text.slice(at + 1));
  return host === undefined ? undefined : { local, host };
}

function isQuoted(local: string): boolean {
  return /^"(?:[^"\\\r\n]|\\[^\r\n])*"$/.test(local);
}
