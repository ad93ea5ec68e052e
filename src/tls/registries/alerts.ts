/** Alerts: RFC 8446 §6, RFC 5246 §7.2, RFC 6101 §5.4 and the IANA registry "TLS Alerts". */
import { ALERTS } from './iana.js';
import { namesOf } from './runs.js';

const NAMES = namesOf(ALERTS);

/** What each says, for a reader. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [0, 'will send nothing more'],
  [1, 'early data ends (drafts of TLS 1.3)'],
  [10, 'a message came that has no place here'],
  [20, 'a record could not be authenticated'],
  [21, 'a record could not be decrypted'],
  [22, 'a record is too long'],
  [30, 'a record could not be decompressed'],
  [40, 'no common parameters were found'],
  [41, 'there is no certificate to send (SSL 3.0)'],
  [42, 'the certificate is corrupt or its signature is wrong'],
  [43, 'the certificate is of a kind that is not supported'],
  [44, 'the certificate is revoked'],
  [45, 'the certificate has expired or is not yet valid'],
  [46, 'the certificate is not acceptable'],
  [47, 'a field is out of range or contradicts another'],
  [48, 'the issuer of the certificate is not trusted'],
  [49, 'the certificate is valid, but access is refused'],
  [50, 'a message could not be decoded'],
  [51, 'a signature, a Finished or a key exchange is wrong'],
  [52, 'more connection IDs were asked for than are wanted (DTLS 1.3)'],
  [60, 'the parameters break export restrictions'],
  [70, 'the protocol version is not supported'],
  [71, 'the offered cipher suites are too weak'],
  [80, 'an error of its own'],
  [86, 'the client fell back to a lower version without need'],
  [90, 'the user cancelled the handshake'],
  [100, 'renegotiation is refused'],
  [109, 'a mandatory extension is missing'],
  [110, 'an extension came that was not asked for'],
  [111, 'the certificate could not be fetched'],
  [112, 'the server does not go by that name'],
  [113, 'the OCSP response is not acceptable'],
  [114, 'the fetched certificate has another hash'],
  [115, 'the PSK identity is not known'],
  [116, 'a client certificate is required'],
  [117, 'an error without a name'],
  [120, 'no common application protocol (ALPN)'],
  [121, 'Encrypted Client Hello is required'],
]);

/** Name in the registry: `handshake_failure` for 40. */
export function alertName(description: number): string {
  return NAMES.get(description) ?? `alert_${description}`;
}

/** What the alert says, in words: `no common parameters were found`. */
export function alertWords(description: number): string {
  return WORDS.get(description) ?? 'an alert without a registered meaning';
}

/** `warning`, `fatal`, or the number. */
export function alertLevelName(level: number): string {
  return level === 1 ? 'warning' : level === 2 ? 'fatal' : `level_${level}`;
}
