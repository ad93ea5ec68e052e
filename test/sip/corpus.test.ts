import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../src/bytes/text.js';
import { describeSip } from '../../src/sip/describe.js';
import { firstHeader, headersNamed, looksLikeSip, parseSipMessage } from '../../src/sip/message.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { allFaults, checkFaults, frame, read, seriousCodes } from './support.js';

/** What a message of RFC 4475 has wrong with it in the words of its section, as our codes: `where code`. */
const FAULTS: Record<string, readonly string[]> = {
  // 3.1.2: syntactically invalid
  badinv01: ['Via parameter-empty', 'Via list-element-empty', 'Contact parameter-empty'],
  clerr: ['Content-Length content-length-exceeds'],
  ncl: ['Content-Length content-length-negative'],
  scalar02: [
    'CSeq cseq-range',
    'Max-Forwards max-forwards-range',
    'Expires expires-range',
    'Contact expires-range',
  ],
  scalarlg: ['CSeq cseq-range', 'Retry-After retry-after-range', 'Warning warning-code'],
  quotbal: ['To quoted-string-unterminated'],
  ltgtruri: ['Request-URI request-uri-brackets'],
  lwsruri: ['Request-URI request-uri-space'],
  lwsstart: ['Request-Line request-line-space'],
  trws: ['Request-Line request-line-trailing-space'],
  escruri: ['Request-URI request-uri-headers'],
  baddate: ['Date date-zone'],
  regbadct: ['Contact addr-spec-brackets'],
  badaspec: ['To addr-spec-space'],
  baddn: ['From display-name-syntax', 'To display-name-syntax'],
  badvers: ['SIP-Version version-unknown'],
  mismatch01: ['CSeq cseq-method-mismatch'],
  mismatch02: ['CSeq cseq-method-mismatch'],
  bigcode: ['Status-Line status-code-range'],
  // 3.2: transaction layer
  badbranch: ['Via via-branch-empty'],
  // 3.3: application layer
  insuf: ['Call-ID header-missing', 'From header-missing', 'To header-missing'],
  unkscm: ['Request-URI request-uri-scheme-unknown'],
  novelsc: ['Request-URI request-uri-scheme-unknown'],
  multi01: [
    'CSeq header-duplicate',
    'Call-ID header-duplicate',
    'To header-duplicate',
    'From header-duplicate',
    'Max-Forwards header-duplicate',
  ],
  mcl01: ['Content-Length content-length-conflict'],
  bcast: ['Via via-broadcast'],
  // 3.4: backward compatibility
  inv2543: ['Via via-branch-missing', 'message rfc2543-syntax'],
};

/** Messages whose syntax the RFC finds nothing wrong with, whatever a UA then makes of them: no fault above note. */
const WELL_FORMED = [
  // 3.1.1: valid
  ...[
    'wsinv',
    'intmeth',
    'esc01',
    'escnull',
    'esc02',
    'lwsdisp',
    'longreq',
    'dblreq',
    'semiuri',
    'transports',
  ],
  ...['mpart01', 'unreason', 'noreason'],
  // 3.3 and 3.4 that are well-formed
  ...[
    'unkscm',
    'novelsc',
    'unksm2',
    'bext01',
    'invut',
    'regaut01',
    'zeromf',
    'cparam01',
    'cparam02',
    'regescrt',
  ],
  ...['sdp01', 'inv2543'],
];

type Truth = {
  readonly rfc_class: string;
  readonly first_line: string;
  readonly is_response: boolean;
  readonly header_count_unfolded: number;
  readonly call_id: readonly string[];
  readonly cseq: readonly string[];
  readonly content_length: readonly string[];
  readonly via_count_lines: number;
  readonly bytes_after_blank_line: number;
  readonly has_blank_line: boolean;
};

const FOLDER = corpusPath('sip-torture-rfc4475/');

describe.skipIf(!hasCorpus)('the messages of RFC 4475', () => {
  const truth: Record<string, Truth> = hasCorpus
    ? (JSON.parse(readFileSync(`${FOLDER}truth.json`, 'utf8')) as Record<string, Truth>)
    : {};
  const names = Object.keys(truth).map((file) => file.replace('.dat', ''));
  const load = (name: string) => new Uint8Array(readFileSync(`${FOLDER}messages/${name}.dat`));
  const labels = (name: string) => allFaults(read(load(name))).map((fault) => `${fault.where} ${fault.code}`);

  it('are all there, and each has an expectation', () => {
    expect(names).toHaveLength(50);
    const known = new Set([...Object.keys(FAULTS), ...WELL_FORMED, 'test']);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    for (const [file, { rfc_class: kind }] of Object.entries(truth)) {
      const name = file.replace('.dat', '');
      if (kind === 'valid') expect(WELL_FORMED, name).toContain(name);
      if (kind.startsWith('invalid')) expect(Object.keys(FAULTS), name).toContain(name);
    }
  });

  it.each(names)('%s parses as far as it goes', (name) => {
    const bytes = load(name);
    const right = truth[`${name}.dat`] as Truth;
    expect(looksLikeSip(bytes)).toBe(true);
    const message = read(bytes);
    expect(message.kind === 'response').toBe(right.is_response);
    expect(
      message.headers.filter((header) => header.canonicalName === 'call-id').map((header) => header.value),
    ).toEqual(right.call_id);
    const values = (header: string) => headersNamed(message, header).map(({ value }) => value);
    expect(values('cseq').map((value) => value.replace(/\s+/g, ' '))).toEqual(right.cseq);
    expect(values('content-length')).toEqual(right.content_length);
    expect(bytes.length - message.bodyStart).toBe(right.bytes_after_blank_line);
    expect(message.faults.some((fault) => fault.code === 'headers-unterminated')).toBe(!right.has_blank_line);
    // `test` has a line without a colon, which neither count takes for a header.
    expect(message.headers).toHaveLength(right.header_count_unfolded);
    const line =
      message.kind === 'request'
        ? [message.method, message.requestUri, message.version]
        : [message.version, message.statusCode];
    let rest = Buffer.from(right.first_line, 'utf8').toString('utf8');
    for (const part of line) {
      expect(rest).toContain(String(part));
      rest = rest.slice(rest.indexOf(String(part)) + String(part).length);
    }
    checkFaults(allFaults(message), bytes.length);
    expect(describeSip({ name, bytes }, message)).toHaveLength(message.headers.length + 1);
  });

  it.each(Object.entries(FAULTS))('%s is told its fault', (name, expected) => {
    for (const label of expected) expect(labels(name)).toContain(label);
  });

  it.each(WELL_FORMED)('%s has no fault above note', (name) => {
    expect(seriousCodes(read(load(name)))).toEqual([]);
  });

  it('come out of a stream as they went in, where their bounds are sound', () => {
    const sound = WELL_FORMED.filter((name) => name !== 'dblreq' && name !== 'inv2543');
    const stream = Buffer.concat(sound.map(load));
    const framed = frame([stream]);
    expect(framed.skipped).toEqual([]);
    expect(framed.messages.map(({ bytes }) => latin1(bytes))).toEqual(
      sound.map((name) => latin1(load(name))),
    );
    // dblreq is two messages with a CRLF between them and one after.
    expect(frame([load('dblreq')]).messages).toHaveLength(2);
  });

  it('keeps the folded Via of wsinv, and the name of intmeth', () => {
    const wsinv = read(load('wsinv'));
    expect(headersNamed(wsinv, 'via').map(({ value }) => value)).toEqual([
      'SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw',
      'SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8  , SIP  /    2.0   / UDP  192.168.255.111   ; branch= z9hG4bK30239',
    ]);
    expect(read(load('intmeth'))).toMatchObject({ method: "!interesting-Method0123456789_*+`.%indeed'~" });
    expect(firstHeader(read(load('intmeth')), "extensionheader-!.%*+_`'~")?.value).toBe('\ufeff大停電');
  });
});

describe.skipIf(!hasCorpus)('odd messages of other projects', () => {
  const folder = corpusPath('sip-torture-other/kamailio/');
  const files = hasCorpus ? readdirSync(folder).filter((file) => file.endsWith('.sip')) : [];

  it.each(files)('%s neither crashes nor hangs', (file) => {
    const bytes = new Uint8Array(readFileSync(folder + file));
    const result = parseSipMessage(bytes);
    if (result.ok) {
      checkFaults(allFaults(result.value), bytes.length);
      describeSip({ name: file, bytes }, result.value);
    }
    const framed = frame([bytes]);
    const skipped = framed.skipped.reduce((sum, { bytes: count }) => sum + count, 0);
    const inMessages = framed.messages.reduce((sum, message) => sum + message.bytes.length, 0);
    expect(skipped + inMessages).toBeLessThanOrEqual(bytes.length);
  });
});
