/**
 * Header field names: as written -> canonical (lower-case long form). Registry: IANA "SIP Parameters / Header Fields".
 */

/** Compact forms: RFC 3261 §20, RFC 6665 (o, u), RFC 3515 (r), RFC 3892 (b), RFC 3841 (a, d, j), RFC 4028 (x), RFC 8224 (y), RFC 4474 (n). */
export const COMPACT_FORMS: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);

const USUAL_SPELLINGS = [
  ...[
    'Accept',
    'Accept-Contact',
    'Accept-Encoding',
    'Accept-Language',
    'Alert-Info',
    'Allow',
    'Allow-Events',
  ],
  ...[
    'Authentication-Info',
    'Authorization',
    'Call-ID',
    'Call-Id',
    'Call-Info',
    'Contact',
    'Content-Disposition',
  ],
  ...['Content-Encoding', 'Content-ID', 'Content-Language', 'Content-Length', 'Content-Transfer-Encoding'],
  ...['Content-Type', 'CSeq', 'Date', 'Diversion', 'Error-Info', 'Event', 'Expires', 'From', 'History-Info'],
  ...['Identity', 'Identity-Info', 'In-Reply-To', 'Max-Forwards', 'MIME-Version', 'Min-Expires', 'Min-SE'],
  ...['Organization', 'P-Asserted-Identity', 'P-Preferred-Identity', 'Path', 'Priority', 'Privacy'],
  ...[
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Require',
    'RAck',
    'Reason',
    'Record-Route',
    'Refer-To',
  ],
  ...[
    'Referred-By',
    'Reject-Contact',
    'Replaces',
    'Reply-To',
    'Request-Disposition',
    'Require',
    'Retry-After',
  ],
  ...['Route', 'RSeq', 'Security-Client', 'Security-Server', 'Security-Verify', 'Server', 'Service-Route'],
  ...[
    'Session-Expires',
    'Session-ID',
    'SIP-ETag',
    'SIP-If-Match',
    'Subject',
    'Subscription-State',
    'Supported',
  ],
  ...[
    'Timestamp',
    'To',
    'Unsupported',
    'User-Agent',
    'Via',
    'Warning',
    'WWW-Authenticate',
    'X-Asterisk-HangupCause',
  ],
];

/** A name as written, with its canonical form. */
export type HeaderName = { readonly name: string; readonly canonicalName: string };

const KNOWN = new Map<string, HeaderName>();
for (const name of USUAL_SPELLINGS) {
  const canonicalName = name.toLowerCase();
  KNOWN.set(name, { name, canonicalName });
  KNOWN.set(canonicalName, { name: canonicalName, canonicalName });
}
for (const [letter, canonicalName] of COMPACT_FORMS) {
  KNOWN.set(letter, { name: letter, canonicalName });
  KNOWN.set(letter.toUpperCase(), { name: letter.toUpperCase(), canonicalName });
}

/** Canonical form of a name as written: lower-case, compact forms spelt out. */
export function headerName(name: string): HeaderName {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return { name, canonicalName: COMPACT_FORMS.get(lower) ?? lower };
}

/**
 * Guesses names by the message before: a stack writes its headers in one order, and comparing a name in its place costs
 * a third of cutting it out and looking it up. One message after the other; a wrong guess costs a comparison.
 */
export class NamePredictor {
  readonly #before: HeaderName[] = [];
  #index = 0;

  /** A new message begins. */
  restart(): void {
    this.#index = 0;
  }

  /** The name that ends at `end` of the text where it begins at `start`; undefined where the guess is wrong. */
  guess(text: string, start: number, end: number): HeaderName | undefined {
    const length = end - start;
    for (let index = this.#index; index < this.#index + 3; index++) {
      const known = this.#before[index];
      if (known === undefined) return undefined;
      if (known.name.length !== length || !text.startsWith(known.name, start)) continue;
      this.#index = index + 1;
      return known;
    }
    return undefined;
  }

  /** What the name was that could not be guessed. */
  learn(name: HeaderName): void {
    if (this.#index < MAX_PREDICTED && name.name.length <= MAX_NAME) this.#before[this.#index] = name;
    this.#index++;
  }
}

/** Headers that are predicted, and the longest name kept. */
const MAX_PREDICTED = 64;
const MAX_NAME = 64;

const DISPLAY = new Map<string, string>();
for (const name of USUAL_SPELLINGS) {
  const canonicalName = name.toLowerCase();
  if (!DISPLAY.has(canonicalName)) DISPLAY.set(canonicalName, name);
}

/** The usual spelling of a canonical name, for a person to read: `call-id` -> `Call-ID`. */
export function displayName(canonicalName: string): string {
  return DISPLAY.get(canonicalName) ?? canonicalName;
}
