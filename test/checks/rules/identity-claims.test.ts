import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Openssl } from '../../cms/support.js';
import { hasOpenssl } from '../../support/peers.js';
import { findingsIn, overUdp, request } from '../support.js';

/** When the messages were sent and seen; certificates are judged when they were made, a moment ago. */
const NOW = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;
const INFO = 'https://example.com/c.pem';
const ORIGIN = '123e4567-e89b-12d3-a456-426655440000';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** TNAuthList entries by hand (RFC 8226 §9, explicit tags). */
const one = (number: string): string =>
  `a2${lengthOf(number.length + 2)}16${lengthOf(number.length)}${hex(number)}`;
const provider = (code: string): string =>
  `a0${lengthOf(code.length + 2)}16${lengthOf(code.length)}${hex(code)}`;
const range = (start: string, count: number): string => {
  const inner = `16${lengthOf(start.length)}${hex(start)}0202${count.toString(16).padStart(4, '0')}`;
  return `a1${lengthOf(inner.length / 2 + 2)}30${lengthOf(inner.length / 2)}${inner}`;
};
const extension = (oid: string, der: string): string => `${oid}=DER:${(der.match(/../g) ?? []).join(':')}`;
const numbers = (...entries: string[]): string =>
  extension('1.3.6.1.5.5.7.1.26', `30${lengthOf(entries.join('').length / 2)}${entries.join('')}`);
function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
function lengthOf(octets: number): string {
  return octets.toString(16).padStart(2, '0');
}

/** A token of the order of keys that RFC 8225 §9 wants. */
function token(ppt: string | undefined, claims: object): string {
  const header = { alg: 'ES256', ...(ppt === undefined ? {} : { ppt }), typ: 'passport', x5u: INFO };
  // Lexicographic order (RFC 8225 §9).
  const ordered = Object.fromEntries(Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1)));
  const encoded = [header, ordered].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const mark = sign('sha256', Buffer.from(encoded.join('.')), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${encoded.join('.')}.${mark.toString('base64url')}`;
}

const CALLER = '12025550101';
const CALLED = '12025550102';
const CLAIMS = { dest: { tn: [CALLED] }, iat: NOW, orig: { tn: CALLER } };

type Call = {
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
};

function call(tokens: readonly string[], { uri, from, to, headers = [], body = '' }: Call = {}): Buffer {
  return request({
    method: 'INVITE',
    uri: uri ?? `tel:+${CALLED}`,
    from: from ?? `<sip:+${CALLER}@example.com;user=phone>`,
    to: to ?? `<tel:+${CALLED}>`,
    headers: [
      'Date: Tue, 02 Jan 2024 03:04:05 GMT',
      ...tokens.map((value) => `Identity: ${value};info=<${INFO}>`),
      ...headers,
    ],
    body,
  });
}

describe.skipIf(!hasOpenssl)('what a PASSporT proves', () => {
  let openssl: Openssl;
  const certificates = new Map<string, Uint8Array>();
  beforeAll(() => {
    openssl = new Openssl();
    openssl.write('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  });
  afterAll(() => openssl.remove());

  /** A self-signed certificate of the one key with these extensions. */
  function certificate(...extensions: readonly string[]): Uint8Array {
    const name = extensions.join(' ');
    const known = certificates.get(name);
    if (known !== undefined) return known;
    openssl.run(
      ...['req', '-x509', '-new', '-key', 'key.pem', '-subj', '/CN=signer', '-days', '3650', '-out', 'c.pem'],
      ...extensions.flatMap((text) => ['-addext', text]),
    );
    const made = openssl.read('c.pem');
    certificates.set(name, made);
    return made;
  }

  /** Severity and sentence of the findings on the Identity headers, with the certificate as its own anchor. */
  function told(message: Uint8Array, ...given: readonly Uint8Array[]): string[] {
    return findingsIn(overUdp([message], NOW), {
      certificates: given,
      anchors: given,
      judgeAt: Math.ceil(Date.now() / 1000),
    })
      .filter(({ rule }) => rule === 'sip/identity-header')
      .map(({ severity, summary }) => `${severity}: ${summary}`);
  }

  const VERIFIES = 'info: The PASSporT verifies with the certificate of "CN=signer".';

  describe('who may vouch for a number (RFC 8226 §9)', () => {
    const plain = call([token(undefined, CLAIMS)]);
    it.each<[string, string]>([
      ['that very number', numbers(one(CALLER))],
      ['the first of a range', numbers(range(CALLER, 2))],
      ['the last of a range', numbers(one('1'), range('12025550100', 2))],
    ])('a certificate for %s', (_, list) => {
      expect(told(plain, certificate(list))).toEqual([VERIFIES]);
    });

    it.each<[string, readonly string[], RegExp]>([
      ['no numbers', [], /^error: .*names no telephone numbers .*does not vouch for 12025550101\.$/],
      ['the domain alone', ['subjectAltName=DNS:example.com'], /^error: .*names no telephone numbers/],
      ['another number', [numbers(one(CALLED))], /^error: .*number 12025550102 and not for 12025550101/],
      [
        'the number before a range',
        [numbers(range('12025550102', 9))],
        /^error: .*9 numbers from 12025550102/,
      ],
      ['the number after a range', [numbers(range('12025550099', 2))], /^error: .*not for 12025550101/],
      ['numbers of another length', [numbers(range('1202555010', 99))], /^error: .*not for 12025550101/],
      ['a list with a tail', [numbers(one(CALLER), '00')], /^error: .*TNAuthList cannot be read/],
      ['a list of implicit tags', [numbers(`82${lengthOf(11)}${hex(CALLER)}`)], /^error: .*cannot be read/],
      ['a provider', [numbers(provider('1234'))], /^note: .*service provider code 1234: whether 12025550101/],
      [
        'a list elsewhere',
        [extension('1.3.6.1.5.5.7.1.1', '3014301206082b0601050507300e8606687474703a2f')],
        /^note: .*not fetched/,
      ],
    ])('not a certificate for %s', (_, extensions, sentence) => {
      expect(told(plain, certificate(...extensions))).toEqual([expect.stringMatching(sentence)]);
    });

    it('no domain for what From says is a number (RFC 8224 §8.1)', () => {
      const uri = `sip:+${CALLER}@example.com`;
      const domain = certificate('subjectAltName=DNS:example.com');
      const message = (from: string): Buffer =>
        call([token(undefined, { ...CLAIMS, orig: { uri } })], { from });
      expect(told(message(`<${uri};user=phone>`), domain)[0]).toMatch(/^error: .*not who From names/);
      expect(told(message(`<${uri}>`), domain)).toEqual([VERIFIES]);
    });

    it('the right one of several with the same key, whatever their order', () => {
      const [right, wrong] = [certificate(numbers(one(CALLER))), certificate(numbers(one(CALLED)))];
      expect(told(plain, wrong, right)).toEqual([VERIFIES]);
      expect(told(plain, right, wrong)).toEqual([VERIFIES]);
    });

    it.each(['urn:service:sos', 'tel:x', 'sip:'])('nobody for %s', (uri) => {
      const message = call([token(undefined, { ...CLAIMS, orig: { uri } })], { from: `<${uri}>` });
      expect(told(message, certificate(numbers(one(CALLER))))[0]).toMatch(/^error: /);
    });
  });

  describe('what a certificate lets its tokens claim (RFC 8226 §8, RFC 9118)', () => {
    const list = numbers(one(CALLER));
    /** mustInclude [0] { "attest" }; permittedValues [1] { { "attest", { "A" } } }; mustExclude [2] { "rcd" }. */
    const include = extension('1.3.6.1.5.5.7.1.27', `300ca00a30081606${hex('attest')}`);
    const permitted = extension(
      '1.3.6.1.5.5.7.1.27',
      `3013a111300f300d1606${hex('attest')}30030c01${hex('A')}`,
    );
    const exclude = extension('1.3.6.1.5.5.7.1.33', `300ca20a30081606${hex('origid')}`);
    const shaken = { attest: 'B', ...CLAIMS, origid: ORIGIN };
    const says = (ppt: string | undefined, claims: object, constraint: string): string[] =>
      told(call([token(ppt, claims)]), certificate(list, constraint));

    it('holds a token to it', () => {
      expect(says(undefined, CLAIMS, include)[0]).toMatch(
        /^error: .*wants the claim "attest", which is missing/,
      );
      expect(says('shaken', shaken, include)).toEqual([VERIFIES]);
      expect(says('shaken', shaken, permitted)[0]).toMatch(
        /^error: .*does not permit this value of .*"attest"/,
      );
      expect(says('shaken', { ...shaken, attest: 'A' }, permitted)).toEqual([VERIFIES]);
      expect(says('shaken', shaken, exclude)[0]).toMatch(/^error: .*forbids the claim "origid"/);
      expect(says(undefined, CLAIMS, exclude)).toEqual([VERIFIES]);
      const unreadable = extension('1.3.6.1.5.5.7.1.27', '3000ff');
      expect(says(undefined, CLAIMS, unreadable)[0]).toMatch(/^error: .*unreadably/);
    });
  });

  it('compares numbers in their canonical form (RFC 8224 §8.3)', () => {
    const of = (from: string): string[] =>
      told(call([token(undefined, CLAIMS)], { from }), certificate(numbers(one(CALLER))));
    expect(of('<tel:+1-202-555-0101>')).toEqual([VERIFIES]);
    expect(of('<sip:+1%2D202%2d555.0101@example.com;user=phone>')).toEqual([VERIFIES]);
    expect(of('<sip:%2B1%28202%295550101@example.com;user=phone>')).toEqual([VERIFIES]);
    expect(of('<tel:+1-202-555-0103>')[0]).toMatch(/^error: .*not who From names/);
  });

  describe('extensions', () => {
    const caller = (): Uint8Array => certificate(numbers(one(CALLER)));
    const shaken = { attest: 'A', ...CLAIMS, origid: ORIGIN };
    it.each<[string, string, object, Call]>([
      ['shaken', 'shaken', shaken, {}],
      [
        'rph',
        'rph',
        { ...CLAIMS, rph: { auth: ['ets.0', 'wps.0'] } },
        { headers: ['Resource-Priority: ETS.0'] },
      ],
      ['rcd', 'rcd', { ...CLAIMS, rcd: { nam: 'Alice' } }, {}],
      [
        'msgi',
        'msgi',
        { ...CLAIMS, msgi: `sha256-${createHash('sha256').update('Hello').digest('base64')}` },
        { body: 'Hello' },
      ],
    ])('%s holds', (_, ppt, claims, parts) => {
      expect(told(call([token(ppt, claims)], parts), caller())).toEqual([VERIFIES]);
    });

    it.each<[string, string, object, Call, RegExp]>([
      ['no attest', 'shaken', { ...CLAIMS, origid: ORIGIN }, {}, /attest is not A, B or C/],
      ['an attest of D', 'shaken', { ...shaken, attest: 'D' }, {}, /attest is not A, B or C/],
      ['an origid that is no UUID', 'shaken', { ...shaken, origid: 'x' }, {}, /origid is no UUID/],
      ['no rph', 'rph', CLAIMS, { headers: ['Resource-Priority: ets.0'] }, /no rph claim/],
      [
        'a priority that rph does not name',
        'rph',
        { ...CLAIMS, rph: { auth: ['ets.1'] } },
        { headers: ['Resource-Priority: ets.1, ets.0'] },
        /does not name the priority "ets.0"/,
      ],
      ['rph without a priority', 'rph', { ...CLAIMS, rph: { auth: ['ets.0'] } }, {}, /no Resource-Priority/],
      ['no rcd', 'rcd', CLAIMS, {}, /neither rcd nor crn/],
      ['no nam', 'rcd', { ...CLAIMS, rcd: { icn: 'x' } }, {}, /no nam/],
      ['no msgi', 'msgi', CLAIMS, { body: 'Hello' }, /no digest/],
      [
        'the digest of another body',
        'msgi',
        { ...CLAIMS, msgi: `sha256-${createHash('sha256').update('Hello').digest('base64')}` },
        { body: 'hello' },
        /body was changed/,
      ],
      ['no div', 'div', CLAIMS, {}, /div names no one/],
    ])('an error with %s', (_, ppt, claims, parts, sentence) => {
      const [first = ''] = told(call([token(ppt, claims)], parts), caller());
      expect(first).toMatch(new RegExp(`^error: The PASSporT does not verify: .*${sentence.source}`));
    });

    it('tells a display name that the token does not vouch for', () => {
      const parts = { from: `"Bob" <tel:+${CALLER}>` };
      expect(told(call([token('rcd', { ...CLAIMS, rcd: { nam: 'Alice' } })], parts), caller())).toEqual([
        VERIFIES,
        expect.stringMatching(/^warning: .*"Bob".*"Alice"/),
      ]);
    });
  });

  describe('diversion (RFC 8946)', () => {
    const THIRD = '12025550103';
    const first = token(undefined, CLAIMS);
    const DIVERTED = { ...CLAIMS, dest: { tn: [THIRD] }, div: { tn: CALLED } };
    const second = token('div', DIVERTED);
    const toThird = { uri: `tel:+${THIRD}` };
    const both = (): Uint8Array => certificate(numbers(one(CALLER), one(CALLED)));

    it('holds with the token of the caller before it', () => {
      expect(told(call([second, first], toThird), both())).toEqual([VERIFIES, VERIFIES]);
      // To may be rewritten, too.
      expect(told(call([second, first], { ...toThird, to: `<tel:+${THIRD}>` }), both())).toEqual([
        VERIFIES,
        VERIFIES,
      ]);
      const nested = token('div-o', { ...DIVERTED, opt: first });
      expect(told(call([nested], toThird), both())).toEqual([VERIFIES]);
    });

    it('does not without', () => {
      expect(told(call([second], toThird), both())).toEqual([
        expect.stringMatching(/^warning: .*no PASSporT for whom the call was diverted from/),
      ]);
      const stranger = token(undefined, { ...CLAIMS, dest: { tn: ['12025550199'] } });
      expect(told(call([second, stranger], toThird), both())[0]).toMatch(/^warning: .*no PASSporT for whom/);
      const forged = `${first.slice(0, -4)}AAAA`;
      expect(told(call([second, forged], toThird), both())[0]).toMatch(
        /^warning: .*the one before it does not hold/,
      );
      const nested = (opt: unknown): string[] =>
        told(call([token('div-o', { ...DIVERTED, opt })], toThird), both());
      expect(nested(forged)[0]).toMatch(/^warning: .*the one before it does not hold/);
      expect(nested(stranger)[0]).toMatch(/^warning: .*not for whom the call was diverted from/);
      expect(nested(second)[0]).toMatch(/^warning: /);
      expect(nested('x')[0]).toMatch(/^warning: The opt claim .*three parts/);
      expect(nested(1)[0]).toMatch(/^warning: The opt claim .*no text/);
    });

    it('is signed by whom the call was diverted from', () => {
      const caller = certificate(numbers(one(CALLER)));
      expect(told(call([second, first], toThird), caller)).toEqual([
        expect.stringMatching(/^error: .*and not for 12025550102/),
        VERIFIES,
      ]);
    });
  });
});
