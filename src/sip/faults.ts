/**
 * Every fault code that this folder gives, with the rule it cites and how much it matters. src/checks makes findings
 * of faults from this table.
 *
 * error: the message breaks the grammar or a MUST, so that parsers differ in what they read. warning: it breaks a
 * rule that most receivers let pass, or is dangerous as it stands. note: odd, old or lenient, but usable. info: no
 * fault of the message, yet something a person may want to know.
 */
export type SipFaultInfo = {
  readonly severity: 'info' | 'note' | 'warning' | 'error';
  /** Document and section of the rule. */
  readonly reference: string;
  /** What the fault is, in a few words. */
  readonly title: string;
};

const table: Record<string, SipFaultInfo> = {};
function add(
  severity: SipFaultInfo['severity'],
  entries: Record<string, readonly [reference: string, title: string]>,
): void {
  for (const [code, [reference, title]] of Object.entries(entries))
    table[code] = { severity, reference, title };
}

// Start line
add('error', {
  'version-unknown': ['RFC 3261 §7.1', 'SIP version other than 2.0'],
  'version-missing': ['RFC 3261 §7.1', 'Request line without a SIP version'],
  'status-code-range': ['RFC 3261 §7.2', 'Status code outside 100 to 699'],
  'request-line-space': ['RFC 3261 §7.1', 'More than one space between parts of the request line'],
  'request-line-trailing-space': ['RFC 3261 §7.1', 'White space at the end of the request line'],
  'request-uri-space': ['RFC 3261 §7.1', 'White space in the Request-URI'],
  'request-uri-brackets': ['RFC 3261 §7.1', 'Request-URI in angle brackets'],
  'request-uri-headers': ['RFC 3261 §19.1.1', 'Headers in the Request-URI'],
});
add('warning', { 'status-line-space': ['RFC 3261 §7.2', 'Status line with missing or extra spaces'] });
add('note', { 'version-case': ['RFC 3261 §7.1', 'SIP version not in upper case'] });
add('info', { 'request-uri-scheme-unknown': ['RFC 3261 §8.2.2.1', 'Request-URI with an unusual scheme'] });

// Structure
add('error', {
  'headers-unterminated': ['RFC 3261 §7', 'No empty line after the header section'],
  'header-line-syntax': ['RFC 3261 §7.3.1', 'Line in the header section without a colon'],
  'header-name-syntax': ['RFC 3261 §25.1', 'Header name that is not a token'],
});
add('warning', {
  'line-end': ['RFC 3261 §7', 'Lines that end with LF alone'],
  'control-character': ['RFC 3261 §25.1', 'Control character in the header section'],
  'utf8-invalid': ['RFC 3261 §7', 'Header value that is not UTF-8'],
});
add('note', { 'leading-crlf': ['RFC 3261 §7.5', 'Empty lines before the start line'] });

// Bounds of the body
add('error', {
  'content-length-negative': ['RFC 3261 §20.14', 'Negative Content-Length'],
  'content-length-syntax': ['RFC 3261 §20.14', 'Content-Length that is not a number'],
  'content-length-conflict': ['RFC 3261 §20.14', 'Content-Length values that contradict each other'],
  'content-length-exceeds': ['RFC 3261 §18.3', 'Content-Length larger than the message'],
  'content-length-absurd': ['RFC 3261 §18.3', 'Content-Length beyond any body that is held'],
  'body-bounds-unknown': ['RFC 3261 §18.3', 'Body bounded by the next start line'],
  'body-cut-short': ['RFC 3261 §18.3', 'Stream that ends inside a body'],
  'body-too-long': ['RFC 3261 §18.3', 'Body without an end within the limit'],
});
add('warning', {
  'body-let-go': ['RFC 3261 §18.3', 'Body of a connection that siplens let go of'],
  'content-length-missing': ['RFC 3261 §20.14', 'No Content-Length on a stream'],
  'content-type-missing': ['RFC 3261 §20.15', 'Body without a Content-Type'],
});
add('note', { 'extra-octets': ['RFC 3261 §18.3', 'Octets after the end of the body'] });

// How much of the datagram there is
add('warning', {
  'fragments-missing': ['RFC 791 §3.2', 'Datagram whose last IP fragments are missing'],
  'udp-length': ['RFC 768', 'UDP length beyond the IP payload'],
});

// Which headers there are
add('error', {
  'header-missing': ['RFC 3261 §8.1.1', 'Mandatory header missing'],
  'header-duplicate': ['RFC 3261 §7.3.1', 'Single-value header given more than once'],
});
add('warning', {
  'max-forwards-missing': ['RFC 3261 §8.1.1.6', 'Request without Max-Forwards'],
  'from-tag-missing': ['RFC 3261 §8.1.1.3', 'From without a tag'],
  'to-tag-missing': ['RFC 3261 §8.2.6.2', 'Response without a To tag'],
  'contact-missing': ['RFC 3261 §8.1.1.8', 'No Contact where a dialog is set up'],
  'contact-wildcard': ['RFC 3261 §10.2.2', 'Contact * other than alone in a REGISTER with Expires 0'],
  'transfer-encoding': ['RFC 3261 §7.4.2', 'Transfer-Encoding, which SIP does not have'],
});
add('note', { 'rfc2543-syntax': ['RFC 2543; RFC 4475 §3.4.1', 'Message in the syntax before RFC 3261'] });

// Grammar of values
add('error', {
  'quoted-string-unterminated': ['RFC 3261 §25.1', 'Quoted string without its closing quote'],
  'name-addr-unterminated': ['RFC 3261 §25.1', 'Angle bracket that is not closed'],
  'name-addr-syntax': ['RFC 3261 §25.1', 'Display name that no URI in angle brackets follows'],
  'name-addr-required': ['RFC 3261 §25.1', 'Address without angle brackets where they are required'],
  'addr-spec-brackets': ['RFC 3261 §20', 'URI with a comma or question mark outside angle brackets'],
  'addr-spec-space': ['RFC 3261 §25.1', 'White space in or around the URI of an address'],
  'display-name-syntax': ['RFC 3261 §25.1', 'Unquoted display name that is not tokens'],
  'parameter-empty': ['RFC 3261 §25.1', 'Semicolon without a parameter'],
  'list-element-empty': ['RFC 3261 §7.3.1', 'Comma without an element'],
  'uri-scheme-missing': ['RFC 3261 §19.1.1', 'URI without a scheme'],
  'uri-escape': ['RFC 3261 §19.1.2', 'Percent sign that begins no escape'],
  'uri-character': ['RFC 3261 §19.1.2', 'Character in a URI that must be escaped'],
  'via-syntax': ['RFC 3261 §20.42', 'Via without protocol, transport or host'],
  'via-protocol': ['RFC 3261 §20.42', 'Via of another protocol or version'],
  'cseq-syntax': ['RFC 3261 §20.16', 'CSeq that is not a number and a method'],
  'cseq-range': ['RFC 3261 §8.1.1.5', 'CSeq number not below 2^31'],
  'cseq-method-mismatch': ['RFC 3261 §8.1.1.5', 'CSeq method other than the request line has'],
  'call-id-syntax': ['RFC 3261 §20.8', 'Call-ID that is not word[@word]'],
  'max-forwards-range': ['RFC 3261 §20.22', 'Max-Forwards outside 0 to 255'],
  'expires-range': ['RFC 3261 §20.19', 'Expires outside 0 to 2^32-1'],
  'min-expires-range': ['RFC 3261 §20.23', 'Min-Expires outside 0 to 2^32-1'],
  'retry-after-range': ['RFC 3261 §20.33', 'Retry-After outside 0 to 2^32-1'],
  'session-expires-range': ['RFC 4028 §4', 'Session-Expires or Min-SE outside 0 to 2^32-1'],
  'rseq-range': ['RFC 3262 §7.1', 'RSeq outside 1 to 2^32-1'],
  'rack-syntax': ['RFC 3262 §7.2', 'RAck that is not two numbers and a method'],
  'warning-code': ['RFC 3261 §20.43', 'Warning code that is not three digits'],
  'date-zone': ['RFC 3261 §20.17', 'Date in a time zone other than GMT'],
  'date-syntax': ['RFC 3261 §20.17', 'Date not in the form of RFC 1123'],
  'content-type-syntax': ['RFC 3261 §20.15', 'Content-Type that is no media type'],
});
add('warning', {
  'parameter-syntax': ['RFC 3261 §25.1', 'Parameter that breaks the grammar'],
  'parameter-value-missing': ['RFC 3261 §25.1', 'Parameter with an equals sign and no value'],
  'qvalue-range': ['RFC 3261 §20.10', 'q outside 0 to 1, or with too many digits'],
  'host-syntax': ['RFC 3261 §25.1', 'Host that is neither name nor IP address'],
  'port-range': ['RFC 3261 §25.1', 'Port outside 0 to 65535'],
  'uri-parameter-syntax': ['RFC 3261 §19.1.1', 'URI parameter without a name'],
  'uri-header-syntax': ['RFC 3261 §19.1.1', 'URI header without a name'],
  'tel-uri-syntax': ['RFC 3966 §3', 'tel URI without a valid number'],
  'via-parameter': ['RFC 3261 §20.42', 'Via parameter out of range'],
  'via-branch-empty': ['RFC 4475 §3.2.1', 'Branch that is the magic cookie alone'],
  'via-broadcast': ['RFC 4475 §3.3.10', 'Response that would go to the broadcast address'],
  'warning-syntax': ['RFC 3261 §20.43', 'Warning without agent or text'],
  'timestamp-syntax': ['RFC 3261 §20.38', 'Timestamp that is no number'],
  'token-syntax': ['RFC 3261 §25.1', 'Value that must be a token or a list of them'],
  'auth-syntax': ['RFC 3261 §20.7', 'Credentials or challenge that break the grammar'],
  'mime-version-syntax': ['RFC 3261 §20.24', 'MIME-Version that is no version'],
});
add('note', {
  'via-branch-missing': ['RFC 3261 §8.1.1.7', 'Via without a branch (RFC 2543)'],
  'via-branch-cookie': ['RFC 3261 §8.1.1.7', 'Branch without the magic cookie (RFC 2543)'],
});

/** Severity, reference and title by fault code. */
export const SIP_FAULTS: Readonly<Record<string, SipFaultInfo>> = table;
