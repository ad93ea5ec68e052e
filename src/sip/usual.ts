/**
 * The forms that addresses and Vias nearly always have, as patterns: a value that matches is right, and need not be
 * parsed to be checked (measured: a seventh of an export's time went there). What does not match may be right all the
 * same.
 */

/** A longer value is parsed: the patterns step back, which must not add up. */
const MAX_LENGTH = 256;

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
/** RFC 3261 §25.1: hostname or IPv4address; IPv6 references are parsed. */
const HOST = `(?:${OCTET}(?:\\.${OCTET}){3}|(?:${LABEL}\\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?)`;
/** Up to four digits: those of five have a limit. */
const PORT = '(?::[1-9]\\d{0,3})?';
const TOKEN = "[A-Za-z0-9.!%*_+`'~-]+";

const ADDRESS = new RegExp(
  `^(?:"[A-Za-z0-9 ._-]*" ?)?<sips?:[A-Za-z0-9._~*+-]+@${HOST}${PORT}>(?:;tag=${TOKEN})?$`,
);
const VIA = new RegExp(
  `^SIP/2\\.0/[A-Z]+ ${HOST}${PORT}(?:;rport(?:=[1-9]\\d{0,3})?)?;branch=z9hG4bK${TOKEN}(?:;rport(?:=[1-9]\\d{0,3})?)?$`,
);

/** Whether a value is `"name" <sip:user@host:port>;tag=...`, which has no fault. */
export function isUsualAddress(value: string): boolean {
  return value.length <= MAX_LENGTH && ADDRESS.test(value);
}

/** Whether a value is `SIP/2.0/UDP host:port;branch=z9hG4bK...`, which has no fault. */
export function isUsualVia(value: string): boolean {
  return value.length <= MAX_LENGTH && VIA.test(value);
}
