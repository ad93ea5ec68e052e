import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeIdentityHeaders } from '../../../src/checks/identity/judge.js';
import { parseIdentities } from '../../../src/sip/identity/header.js';
import { parseSipMessage, type SipMessage } from '../../../src/sip/message.js';
import { CertificateStore } from '../../../src/x509/store.js';
import { Openssl } from '../../cms/support.js';
import { siplens } from '../../support/command.js';
import { hasOpenssl } from '../../support/peers.js';
import { contextOf, findingsIn, overUdp, request, said, sample } from '../support.js';

const RULE = 'sip/identity-header';
/** TNAuthList (RFC 8226 §9) of 12155551210 and the nine after it, 2155551212 and *67, as the RFC's module encodes it. */
const TN_AUTH_LIST =
  '1.3.6.1.5.5.7.1.26=DER:30:29:' +
  'a1:12:30:10:16:0b:31:32:31:35:35:35:35:31:32:31:30:02:01:0a:' +
  'a2:0c:16:0a:32:31:35:35:35:35:31:32:31:32:' +
  'a2:05:16:03:2a:36:37';
const BODY = 'v=0\r\n';
const INFO = 'https://biloxi.example.org/biloxi.cer';
/** Of the captures made here: `Date` and iat are of this second. */
const NOW = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;
const DATE = 'Tue, 02 Jan 2024 03:04:05 GMT';

/** Evidence of no one. */
const NOTHING = {
  certificates: new CertificateStore(),
  anchors: new CertificateStore(),
  seenAt: NOW,
  atSeconds: NOW,
};

const base64Url = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

type Parts = {
  readonly from?: string;
  readonly to?: string;
  readonly date?: string;
  readonly headers?: readonly string[];
};

function invite(
  identity: string | readonly string[],
  { from, to, date = DATE, headers = [] }: Parts = {},
): Buffer {
  const identities = typeof identity === 'string' ? [identity] : identity;
  return request({
    method: 'INVITE',
    from: from ?? '<sip:alice@example.com>',
    to: to ?? '<sip:bob@biloxi.example.org>',
    callId: 'a84b4c76e66710',
    headers: [
      ...(date === '' ? [] : [`Date: ${date}`]),
      'Contact: <sip:alice@pc33.example.com>',
      ...identities.map((value) => `Identity: ${value}`),
      ...headers,
      'Content-Type: application/sdp',
    ],
    body: BODY,
  });
}

function parsed(bytes: Uint8Array): SipMessage {
  const result = parseSipMessage(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** What the rule says of a message that was seen at `NOW`; certificates are judged when they were made, a moment ago. */
const saidOf = (
  message: Uint8Array,
  certificates: readonly Uint8Array[] = [],
  anchors: readonly Uint8Array[] = certificates,
): string[] =>
  said(RULE, overUdp([message], NOW), { certificates, anchors, judgeAt: Math.ceil(Date.now() / 1000) });

/** A certificate for a host made by the openssl command for a key of ours. */
function certificateFor(
  openssl: Openssl,
  key: KeyObject,
  host: string,
  more: readonly string[] = [],
): Uint8Array {
  const name = more.length === 0 ? 'host' : 'other';
  openssl.write('host.key', key.export({ type: 'pkcs8', format: 'pem' }));
  openssl.run(
    ...['req', '-x509', '-new', '-key', 'host.key', '-subj', `/CN=${host}`, '-days', '36500'],
    ...['-addext', `subjectAltName=DNS:${host}`, ...more, '-out', `${name}.pem`],
  );
  return openssl.read(`${name}.pem`);
}

describe('RFC 4474', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const INFO_HEADER = 'Identity-Info: <https://example.com/example.cer>;alg=rsa-sha1';
  /** The digest-string of §9 with a separator. */
  const digestString = (separator: string): string =>
    [
      'sip:alice@example.com',
      'sip:bob@biloxi.example.org',
      'a84b4c76e66710',
      '1 INVITE',
      DATE,
      'sip:alice@pc33.example.com',
      BODY,
    ].join(separator);
  const signed = (text: string, digest = 'sha1'): string =>
    `"${sign(digest, Buffer.from(text), privateKey).toString('base64')}"`;
  let openssl: Openssl;
  let certificate: Uint8Array;
  beforeAll(() => {
    openssl = new Openssl();
    if (hasOpenssl) certificate = certificateFor(openssl, privateKey, 'example.com');
  });
  afterAll(() => openssl.remove());

  it.skipIf(!hasOpenssl)('verifies with either separator, by the certificate of the domain', () => {
    const message = (separator: string): Buffer =>
      invite(signed(digestString(separator)), { headers: [INFO_HEADER] });
    expect(saidOf(message('|'), [certificate])).toEqual([
      'info: The Identity signature verifies with the certificate of "CN=example.com" (RFC 4474 §9, fields separated by "|").',
    ]);
    expect(saidOf(message(':'), [certificate])).toEqual([expect.stringMatching(/^info: .*its drafts/)]);
    const sha256 = invite(signed(digestString('|'), 'sha256'), {
      headers: [INFO_HEADER.replace('sha1', 'sha256')],
    });
    expect(saidOf(sha256, [certificate])).toEqual([expect.stringMatching(/^info: /)]);
  });

  it.skipIf(!hasOpenssl)('tells a message that was changed, and a signer of another domain', () => {
    const changed = invite(signed(digestString('|').replace('v=0', 'v=1')), { headers: [INFO_HEADER] });
    expect(saidOf(changed, [certificate])).toEqual([
      expect.stringMatching(
        /^error: The Identity signature was made with the key of "CN=example.com", but not over/,
      ),
    ]);
    const from = '<sip:alice@example.org>';
    const other = invite(signed(digestString('|').replace('alice@example.com', 'alice@example.org')), {
      from,
      headers: [INFO_HEADER],
    });
    expect(saidOf(other, [certificate])).toEqual([
      expect.stringMatching(
        /^error: .*which is for DNS:example.com and not for example.org \(RFC 4474 §6\)\.$/,
      ),
    ]);
  });

  it('says what is needed where no certificate fits, and what is missing', () => {
    expect(saidOf(invite(signed(digestString('|')), { headers: [INFO_HEADER] }))).toEqual([
      'note: To check the Identity header, the certificate of the sender’s domain is needed, which Identity-Info says is at https://example.com/example.cer.',
    ]);
    const dateless = invite(signed(digestString('|')), { headers: [INFO_HEADER], date: '' });
    expect(saidOf(dateless)).toEqual([expect.stringMatching(/^error: .*one of them is missing/)]);
    expect(saidOf(invite('!!!'))).toEqual([
      'error: The Identity header cannot be read: it is neither base64 nor a PASSporT.',
    ]);
    const old = invite(signed(digestString('|')), {
      headers: [INFO_HEADER],
      date: 'Tue, 02 Jan 2024 01:04:05 GMT',
    });
    expect(saidOf(old)[1]).toMatch(
      /^warning: Date is 7200 s before the message was seen; 3600 s are allowed/,
    );
    expect(saidOf(request())).toEqual([]);
  });

  it('tells of the draft’s captures whose key signed, and no more', () => {
    const domain = {
      certificates: ['certs/domain_cert_example.com.pem', 'certs/domain_cert_example.net.pem'],
    };
    for (const name of ['smime-signed', 'smime-encrypted', 'smime-signed-encrypted']) {
      const [verdict, info, ...others] = said(RULE, sample(`${name}.pcap`), domain);
      expect(verdict).toMatch(
        /^note: The Identity signature was made with the key of ".*CN=example.com", but not over/,
      );
      expect(info).toBe('note: There is no Identity-Info (RFC 4474 §9).');
      expect(others).toEqual([]);
    }
    const other = { certificates: ['certs/domain_cert_example.net.pem'] };
    expect(said(RULE, sample('smime-signed.pcap'), other)[0]).toMatch(
      /^note: To check .* is needed; the key of the one certificate given that it could be has not made it\.$/,
    );
  });
});

describe('RFC 8224', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let openssl: Openssl;
  let certificate: Uint8Array;
  /** Of the same key, for telephone numbers. */
  let numbers: Uint8Array;
  beforeAll(() => {
    openssl = new Openssl();
    if (!hasOpenssl) return;
    certificate = certificateFor(openssl, privateKey, 'example.com');
    numbers = certificateFor(openssl, privateKey, 'numbers.example.com', ['-addext', TN_AUTH_LIST]);
  });
  afterAll(() => openssl.remove());

  const HEADER = { alg: 'ES256', typ: 'passport', x5u: INFO };
  const CLAIMS = {
    dest: { uri: ['sip:bob@biloxi.example.org'] },
    iat: NOW,
    orig: { uri: 'sip:alice@example.com' },
  };
  /** Keys in the order of RFC 8225 §9. */
  const withPpt = (ppt: string): object => ({ alg: 'ES256', ppt, typ: 'passport', x5u: INFO });
  const SHAKEN = { attest: 'A', ...CLAIMS, origid: '123e4567-e89b-12d3-a456-426655440000' };
  const signature = (header: object | string, claims: object | string): string => {
    const input = `${base64Url(header)}.${base64Url(claims)}`;
    return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
      'base64url',
    );
  };
  const token = (header: object | string = HEADER, claims: object | string = CLAIMS): string =>
    `${base64Url(header)}.${base64Url(claims)}.${signature(header, claims)}`;
  const PARAMETERS = `;info=<${INFO}>;alg=ES256`;
  const VALID = 'info: The PASSporT verifies with the certificate of "CN=example.com"';
  const NUMBERS = 'info: The PASSporT verifies with the certificate of "CN=numbers.example.com"';

  describe.skipIf(!hasOpenssl)('with the certificate', () => {
    it('verifies the full form', () => {
      expect(saidOf(invite(token() + PARAMETERS), [certificate])).toEqual([`${VALID}.`]);
      // A semicolon in the URI ends nothing.
      const x5u = 'https://example.com/a;b?c=d';
      expect(saidOf(invite(`${token({ ...HEADER, x5u })};info=<${x5u}>`), [certificate])).toEqual([
        `${VALID}.`,
      ]);
    });

    it.each<[string, object, object]>([
      ['another orig', HEADER, { ...CLAIMS, orig: { uri: 'sip:eve@example.com' } }],
      ['another dest', HEADER, { ...CLAIMS, dest: { uri: ['sip:eve@example.com'] } }],
      ['no orig', HEADER, { dest: CLAIMS.dest, iat: NOW }],
      ['no iat', HEADER, { dest: CLAIMS.dest, orig: CLAIMS.orig }],
      ['another orig, as shaken', withPpt('shaken'), { ...SHAKEN, orig: { tn: '12025550101' } }],
      ['another dest, as shaken', withPpt('shaken'), { ...SHAKEN, dest: { tn: ['12025550101'] } }],
      ['another orig, as diverted', withPpt('div'), { ...CLAIMS, orig: { tn: '12025550101' } }],
    ])('is an error where the claims have %s, whoever signed them (RFC 8224 §6.2)', (_, header, claims) => {
      const told = saidOf(invite(token(header, claims) + PARAMETERS), [certificate]);
      expect(told).toEqual([expect.stringMatching(/^error: .*does not vouch for this request: The /)]);
    });

    it.each<[string, object]>([
      ['foo', CLAIMS],
      ['foo', SHAKEN],
    ])('is not judged with the extension %s, which is not known', (ppt, claims) => {
      const told = saidOf(invite(token(withPpt(ppt), claims) + PARAMETERS), [certificate]);
      expect(told).toEqual([expect.stringMatching(/^note: .*not judged/)]);
    });

    it('verifies with the extension shaken (RFC 8588)', () => {
      const value = token(withPpt('shaken'), SHAKEN) + PARAMETERS;
      expect(saidOf(invite(value), [certificate])).toEqual([`${VALID}.`]);
    });

    it('is an error by a key whose usage forbids signatures (RFC 5280 §4.2.1.3)', () => {
      const usage = ['-addext', 'keyUsage=keyEncipherment'];
      const forEncryption = certificateFor(openssl, privateKey, 'example.com', usage);
      const told = saidOf(invite(token() + PARAMETERS), [forEncryption]);
      expect(told).toEqual([expect.stringMatching(/^error: .*key usage forbids signatures/)]);
    });

    it('does not verify by a certificate that no anchor given vouches for', () => {
      const anchors = [sample('certs/root_cert_fluffyCA.pem')];
      const told = said(RULE, overUdp([invite(token() + PARAMETERS)], NOW), {
        certificates: [certificate],
        anchors,
      });
      expect(told).toEqual([expect.stringMatching(/^warning: .*which is not trusted: /)]);
      const alone = saidOf(invite(token() + PARAMETERS), [certificate], []);
      expect(alone).toEqual([
        'note: The PASSporT was signed with the key of "CN=example.com"; whether that is trusted is not known: no trust anchor was given.',
      ]);
    });

    it('verifies the compact form, made from the message', () => {
      expect(saidOf(invite(`..${signature(HEADER, CLAIMS)}${PARAMETERS}`), [certificate])).toEqual([
        `${VALID} (compact form, from sip:alice@example.com to sip:bob@biloxi.example.org).`,
      ]);
      const changed = `..${signature(HEADER, { ...CLAIMS, iat: NOW + 1 })}${PARAMETERS}`;
      expect(saidOf(invite(changed), [certificate])).toEqual([
        expect.stringMatching(/^error: The PASSporT does not verify over what this message gives/),
      ]);
      const extended = `..${signature(HEADER, CLAIMS)}${PARAMETERS};ppt=shaken`;
      expect(saidOf(invite(extended), [certificate])).toEqual([
        expect.stringMatching(/^note: .*what "shaken" adds to its claims cannot be made from the message/),
      ]);
    });

    it.each([
      ['tel:+1-215-555.1212', '12155551212'],
      ['sip:+12155551212@example.com;user=phone', '12155551212'],
      ['sip:(215)5551212@example.com;user=phone', '2155551212'],
      ['sip:2155551212@example.com', '2155551212'],
      ['sip:*67@example.com;user=phone', '*67'],
    ])('canonicalises %s as %s', (uri, tn) => {
      const claims = { dest: { tn: [tn] }, iat: NOW, orig: { tn } };
      const parts = { from: `<${uri}>`, to: `<${uri}>` };
      const compact = invite(`..${signature(HEADER, claims)}${PARAMETERS}`, parts);
      expect(saidOf(compact, [numbers])).toEqual([`${NUMBERS} (compact form, from ${tn} to ${tn}).`]);
      expect(saidOf(invite(token(HEADER, claims) + PARAMETERS, parts), [numbers])).toEqual([`${NUMBERS}.`]);
    });

    it('takes the address of record of a URI', () => {
      const parts = { from: '<sip:alice@EXAMPLE.com:5060;transport=tcp>' };
      expect(
        saidOf(invite(`..${signature(HEADER, CLAIMS)}${PARAMETERS}`, parts), [certificate]),
      ).toHaveLength(1);
      expect(saidOf(invite(token() + PARAMETERS, parts), [certificate])).toEqual([`${VALID}.`]);
    });

    it('takes P-Asserted-Identity for From', () => {
      const parts = {
        from: '<sip:anonymous@anonymous.invalid>',
        headers: ['P-Asserted-Identity: "Alice" <sip:alice@example.com>'],
      };
      expect(saidOf(invite(token() + PARAMETERS, parts), [certificate])).toEqual([`${VALID}.`]);
    });

    it('tells a changed token, and a signer of another domain', () => {
      const [header, , mark] = token().split('.');
      const forged = `${header}.${base64Url({ ...CLAIMS, orig: { uri: 'sip:eve@example.com' } })}.${mark}`;
      expect(saidOf(invite(forged + PARAMETERS, { from: '<sip:eve@example.com>' }), [certificate])).toEqual([
        expect.stringMatching(/^error: The PASSporT does not verify: the key of the one certificate/),
      ]);
      const claims = { ...CLAIMS, orig: { uri: 'sip:alice@example.org' } };
      const other = invite(token(HEADER, claims) + PARAMETERS, { from: '<sip:alice@example.org>' });
      expect(saidOf(other, [certificate])).toEqual([
        expect.stringMatching(/^error: .*for DNS:example.com and not for example.org \(RFC 8224 §6.2\)\.$/),
      ]);
    });

    it('judges each of several headers', () => {
      expect(saidOf(invite([token() + PARAMETERS, '..!', token() + PARAMETERS]), [certificate])).toEqual([
        `${VALID}.`,
        expect.stringMatching(/^error: .*no base64url/),
        `${VALID}.`,
      ]);
    });

    it('is shown in the tree with its header and claims', () => {
      openssl.write('call.pcap', overUdp([invite(token() + PARAMETERS)], NOW));
      const { stdout, status } = siplens([
        ...['show', `${openssl.folder}/call.pcap`, '1', '--cert', `${openssl.folder}/host.pem`],
        ...['--ca', `${openssl.folder}/host.pem`, '--at', 'now'],
      ]);
      expect(status).toBe(0);
      const at = stdout.indexOf('Identity valid: PASSporT (RFC 8224)');
      expect(at).toBeGreaterThan(stdout.indexOf('Session Initiation Protocol'));
      expect(at).toBeLessThan(stdout.indexOf('Message Body'));
      for (const text of [
        'alg: ES256',
        `x5u: ${INFO}`,
        `iat: ${NOW} (2024-01-02T03:04:05.000Z)`,
        'uri: sip:alice@example.com',
      ]) {
        expect(stdout.slice(at)).toContain(text);
      }
    });
  });

  it('says where the certificate is to be had', () => {
    expect(saidOf(invite(token() + PARAMETERS))).toEqual([
      `note: To check the PASSporT, its signer’s certificate is needed; it says that it is at ${INFO}.`,
    ]);
  });

  it('tells a token that is stale, or from the future', () => {
    const aged = (iat: number): string[] =>
      saidOf(invite(token(HEADER, { ...CLAIMS, iat }) + PARAMETERS)).slice(1);
    expect(aged(NOW - 60)).toEqual([]);
    expect(aged(NOW + 60)).toEqual([]);
    expect(aged(NOW - 61)).toEqual([
      'warning: The PASSporT’s iat is 61 s before the message was seen; 60 s are allowed (RFC 8224 §6.2).',
    ]);
    expect(aged(NOW + 3600)).toEqual([expect.stringContaining('3600 s after the message')]);
    // A file of one message has no time of its own, but its Date.
    const file = (iat: number): string[] =>
      said(RULE, invite(token(HEADER, { ...CLAIMS, iat }) + PARAMETERS));
    expect(file(NOW - 60)).toHaveLength(1);
    expect(file(NOW - 61)[1]).toBe(
      'warning: The PASSporT’s iat is 61 s before Date; 60 s are allowed (RFC 8224 §6.2).',
    );
  });

  it.each<[string, object | string, object | string, string, RegExp]>([
    ['another typ', { ...HEADER, typ: 'JWT' }, CLAIMS, PARAMETERS, /typ is not "passport"/],
    [
      'x5u and info that differ',
      { ...HEADER, x5u: 'https://other' },
      CLAIMS,
      PARAMETERS,
      /info parameter is .*x5u is https:\/\/other/,
    ],
    ['no info', HEADER, CLAIMS, '', /info parameter is missing/],
    [
      'a ppt that the token does not have',
      HEADER,
      CLAIMS,
      `${PARAMETERS};ppt="shaken"`,
      /ppt parameter is "shaken", the token says nothing/,
    ],
    ['no iat', HEADER, { dest: CLAIMS.dest, orig: CLAIMS.orig }, PARAMETERS, /no iat/],
    ['no orig', HEADER, { dest: CLAIMS.dest, iat: NOW }, PARAMETERS, /no orig/],
    [
      'an orig of both kinds',
      HEADER,
      { ...CLAIMS, orig: { tn: '1', uri: 'sip:a@b' } },
      PARAMETERS,
      /no orig with one tn or uri/,
    ],
    [
      'a dest that is no array',
      HEADER,
      { ...CLAIMS, dest: { uri: 'sip:bob@biloxi.example.org' } },
      PARAMETERS,
      /no dest/,
    ],
    [
      'an orig that From does not name',
      HEADER,
      { ...CLAIMS, orig: { uri: 'sip:eve@example.com' } },
      PARAMETERS,
      /orig of the claims is sip:eve@example.com/,
    ],
    [
      'a dest that To does not name',
      HEADER,
      { ...CLAIMS, dest: { tn: ['12155551212'] } },
      PARAMETERS,
      /dest of the claims is 12155551212/,
    ],
    [
      'white space',
      `{"alg": "ES256","typ":"passport","x5u":"${INFO}"}`,
      CLAIMS,
      PARAMETERS,
      /canonical form of RFC 8225 §9/,
    ],
    [
      'keys in another order',
      { typ: 'passport', alg: 'ES256', x5u: INFO },
      CLAIMS,
      PARAMETERS,
      /canonical form of RFC 8225 §9/,
    ],
  ])('tells %s', (_what, header, claims, parameters, sentence) => {
    const breaches = saidOf(invite(token(header, claims) + parameters)).slice(1);
    expect(breaches).toEqual([expect.stringMatching(new RegExp(`^warning: .*${sentence.source}`))]);
  });

  it.each([
    ['two parts', 'aaaa.bbbb', /three parts/],
    ['four parts', 'a.b.c.d', /three parts/],
    [
      'a header that is no JSON',
      `${base64Url('{')}.${base64Url(CLAIMS)}.AAAA`,
      /header of the PASSporT is no JSON object/,
    ],
    [
      'claims that are an array',
      `${base64Url(HEADER)}.${base64Url('[]')}.AAAA`,
      /claims of the PASSporT are no JSON object/,
    ],
    [
      'claims that are null',
      `${base64Url(HEADER)}.${base64Url('null')}.AAAA`,
      /claims of the PASSporT are no JSON object/,
    ],
    [
      'no signature',
      `${base64Url(HEADER)}.${base64Url(CLAIMS)}.`,
      /signature of the PASSporT is no base64url/,
    ],
    [
      'a signature of DER',
      `${base64Url(HEADER)}.${base64Url(CLAIMS)}.${'A'.repeat(96)}`,
      /has 72 bytes; one of ES256 has 64/,
    ],
    [
      'another algorithm',
      `${base64Url({ ...HEADER, alg: 'none' })}.${base64Url(CLAIMS)}.AAAA`,
      /signed with none/,
    ],
  ])('tells a malformed token: %s', (_what, value, sentence) => {
    expect(saidOf(invite(value + PARAMETERS))[0]).toMatch(new RegExp(`^error: .*${sentence.source}`));
  });

  it('the compact form needs a Date', () => {
    const compact = `..${signature(HEADER, CLAIMS)}${PARAMETERS}`;
    expect(saidOf(invite(compact, { date: '' }))[0]).toMatch(/takes its time from Date/);
    expect(saidOf(invite(compact, { date: 'yesterday' }))[0]).toMatch(/takes its time from Date/);
  });

  it('stays calm at JSON that is huge or nested deep', () => {
    const nested = `${'{"a":'.repeat(1900)}1${'}'.repeat(1900)}`;
    const arrays = `{"a":${'['.repeat(5500)}${']'.repeat(5500)}}`;
    const wide = JSON.stringify({ ...CLAIMS, more: Array.from({ length: 2000 }, (_, index) => index) });
    for (const claims of [nested, arrays, wide]) {
      const value = `${base64Url(HEADER)}.${base64Url(claims)}.AAAA`;
      expect(value.length).toBeLessThan(16_384);
      const message = parsed(invite(value));
      expect(judgeIdentityHeaders(message, NOTHING)).toHaveLength(1);
      const { stdout, status } = siplens(['show', '-', '1'], invite(value));
      expect(status).toBe(0);
      expect(stdout.length).toBeLessThan(40_000);
    }
    expect(saidOf(invite(`${'a'.repeat(16_400)}`))[0]).toMatch(/longer than any that is read/);
    expect(parseIdentities(parsed(invite(Array.from({ length: 50 }, () => 'AAAA'))))).toHaveLength(9);
  });

  it('never throws, whatever the header holds', () => {
    const context = contextOf({ certificates: ['certs/domain_cert_example.com.pem'] });
    const pieces = fc.constantFrom(
      '.',
      '..',
      ';',
      'info=<',
      '>',
      '"',
      base64Url(HEADER),
      base64Url(CLAIMS),
      '=',
      'ppt=x',
      'A',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 10 })), { maxLength: 12 }), (texts) => {
        const value = texts.join('').replace(/[\r\n]/g, '');
        findingsIn(invite(value), context);
      }),
      { numRuns: 300, seed: 8224 },
    );
  });
});
