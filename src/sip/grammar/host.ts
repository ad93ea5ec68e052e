/** Hosts (RFC 3261 §25.1): names, IPv4 addresses, IPv6 references. */
import { isDigit, isHexDigit } from './characters.js';

/** Whether `text` is a `host`: a host name, an IPv4 address, or an IPv6 address in brackets. */
export function isHost(text: string): boolean {
  if (text.startsWith('[')) return text.endsWith(']') && isIpv6Address(text.slice(1, -1));
  return isHostName(text) || isIpv4Address(text);
}

/** Dotted decimal, each part 0..255. */
export function isIpv4Address(text: string): boolean {
  if (text.length > 15) return false;
  let parts = 0;
  let digits = 0;
  let value = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x2e;
    if (isDigit(code)) {
      value = value * 10 + code - 0x30;
      digits++;
    } else if (code === 0x2e && digits > 0 && digits <= 3 && value <= 255) {
      parts++;
      digits = 0;
      value = 0;
    } else return false;
  }
  return parts === 4;
}

/** `IPv6address` without brackets: eight groups, or fewer with one `::`; the last two may be dotted decimal. */
export function isIpv6Address(text: string): boolean {
  if (text.length > 45 || text.length < 2) return false;
  const gap = text.indexOf('::');
  if (gap < 0) return countGroups(text) === 8;
  if (text.indexOf('::', gap + 1) >= 0) return false;
  const before = gap === 0 ? 0 : countGroups(text.slice(0, gap), false);
  const after = gap + 2 === text.length ? 0 : countGroups(text.slice(gap + 2));
  return before >= 0 && after >= 0 && before + after <= 7;
}

/** 16-bit groups in a text without `::`; -1 where something else is in it. */
function countGroups(text: string, mayEndDotted = true): number {
  const parts = text.split(':');
  let count = 0;
  for (const [index, part] of parts.entries()) {
    if (mayEndDotted && index === parts.length - 1 && part.includes('.')) {
      if (!isIpv4Address(part)) return -1;
      count += 2;
    } else {
      if (part.length < 1 || part.length > 4) return -1;
      for (let at = 0; at < part.length; at++) if (!isHexDigit(part.charCodeAt(at))) return -1;
      count++;
    }
  }
  return count;
}

/** Labels of letters, digits and inner hyphens; the last begins with a letter; one dot may follow it. */
function isHostName(text: string): boolean {
  let labelStart = 0;
  let lastLabel = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (at === labelStart || text.charCodeAt(at - 1) === 0x2d) return false;
      labelStart = at + 1;
      if (labelStart < text.length) lastLabel = labelStart;
    } else if (code === 0x2d) {
      if (at === labelStart) return false;
    } else if (!isAlphanumeric(code)) return false;
  }
  if (text.length === 0 || text.charCodeAt(text.length - 1) === 0x2d) return false;
  return !isDigit(text.charCodeAt(lastLabel));
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
