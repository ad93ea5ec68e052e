import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/bytes/text.js';
import { SIP_FAULTS } from '../../src/sip/faults.js';
import { validateSipMessage } from '../../src/sip/validate.js';
import { allFaults, checkFaults, faultsOf, read, request, response, seriousCodes, wire } from './support.js';

/** Header lines that the grammar of RFC 3261 §25.1 allows: a request with one of them has no fault at all. */
const GOOD = [
  'Via: SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1',
  'Via: SIP/2.0/TLS [2001:db8::9:1]:5061;received=2001:db8::9:255;branch=z9hG4bKas3-111;rport=5061',
  'Via: SIP/2.0/TLS-SCTP host.;branch=z9hG4bK1;rport;x="a;b,c"',
  'v: SIP/2.0/UDP a;branch=z9hG4bK1,SIP/2.0/UDP b;branch=z9hG4bK2',
  'From: "A. G. Bell" <sip:agb@bell-telephone.com> ;tag=a48s',
  'From: sip:+12125551212@server.phone2net.com;tag=887s',
  'f: Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8',
  'From: "quote \\" and backslash \\\\" <sip:a@b>;tag=1',
  'From: "Ω <not a bracket>, ;x=y" <sip:a@b>;tag=1',
  'From: <sip:a@b>;tag=1;note="quoted; \\"value\\""',
  'From:<tel:+1-201-555-0123>;tag=1',
  'From: <tel:7042;phone-context=example.com>;tag=1',
  'From: <mailto:a.g.bell@bell.example>;tag=1',
  "From: a-b.c!%*_+`'~ d<sip:a@b>;tag=1",
  'From: <sip:j@[::1]:5060;transport=tcp>;tag=1',
  'From: <sip:192.0.2.1>;tag=1',
  'From: <sip:a@b>;TAG=1',
  'From: <sip:alice:secret&word@b.c;lr;x=%20;maddr=1.2.3.4?Subject=a%20b&X=>;tag=1',
  'From: <sip:a%40b@c.d>;tag=1',
  'Contact: "Mr. Watson" <sip:watson@worcester.bell-telephone.com> ;q=0.7; expires=3600, "Mr. W" <mailto:watson@bell-telephone.com> ;q=0.1',
  'm: <sips:bob@192.0.2.4>;expires=60;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"',
  'Contact: sip:bob@192.0.2.4;q=1.000',
  'Call-ID: f81d4fae-7dec-11d0-a765-00a0c91e6bf6@192.0.2.1',
  'i: a84b4c76e66710',
  'Call-ID: ()<>:\\"/[]?{}-.!%*_+`\'~@x',
  'Max-Forwards: 255',
  'Max-Forwards: 0',
  'CSeq: 2147483647 OPTIONS',
  'CSeq: 0 OPTIONS',
  'Expires: 4294967295',
  'Date: Sat, 13 Nov 2010 23:29:00 GMT',
  'Retry-After: 18000;duration=3600',
  "Retry-After: 120 (I'm in a (long) meeting)",
  'Warning: 307 isi.edu "Session parameter \'foo\' not understood", 301 isi.edu:5060 "x"',
  'Timestamp: 54.2 0.5',
  'Supported:',
  'Allow: INVITE, ACK , OPTIONS',
  'Accept:',
  'Subject:',
  'Require: 100rel',
  'RSeq: 1',
  'RAck: 776656 1 INVITE',
  'Session-Expires: 4000;refresher=uac',
  'Event: presence.winfo;id=5',
  'Subscription-State: active;expires=600000',
  'Content-Disposition: session;handling=optional',
  'Content-Type: application/sdp',
  'c: text/html; charset=ISO-8859-4',
  'Content-Type: multipart/signed;protocol="application/pkcs7-signature";micalg=sha1;boundary=x',
  'Replaces: 98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff',
  'Route: <sip:bigbox3.site3.atlanta.com;lr>,<sip:server10.biloxi.com;lr>',
  'Record-Route: <sip:p1;lr>;custom',
  'Authorization: Digest username="bob", realm="atlanta.example.com",nonce="ea9c8e88df84f1cec4341ae6cbe5a359",uri="sips:ss2.biloxi.example.com", qop=auth, nc=00000001',
  'WWW-Authenticate: NTLM TlRMTVNTUAACAAAA==',
  'Proxy-Authorization: NoOneKnowsThisScheme opaque-data=here',
  'Alert-Info: <http://www.example.com/sounds/moo.wav>;x',
  'Unknown-Header: ;;,,;"<',
];

/** Header lines that break one rule, and what is told of it (in a request, with nothing else wrong). */
const BAD: readonly (readonly [line: string, ...faults: string[]])[] = [
  ['Via: SIP/2.0/UDP', 'Via via-syntax'],
  ['Via: SIP/2.0 UDP host;branch=z9hG4bK1', 'Via via-syntax'],
  ['Via: HTTP/1.1/TCP host;branch=z9hG4bK1', 'Via via-protocol'],
  ['Via: SIP/2.0/UDP ho_st;branch=z9hG4bK1', 'Via host-syntax'],
  ['Via: SIP/2.0/UDP 256.1.1.1;branch=z9hG4bK1', 'Via host-syntax'],
  ['Via: SIP/2.0/UDP [2001:db8];branch=z9hG4bK1', 'Via host-syntax'],
  ['Via: SIP/2.0/UDP host:66000;branch=z9hG4bK1', 'Via port-range'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK1;ttl=256', 'Via via-parameter'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK1;rport=x', 'Via via-parameter'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK1;received=no_address', 'Via via-parameter'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK1,', 'Via list-element-empty'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK1;;x', 'Via parameter-empty'],
  ['Via: SIP/2.0/UDP host;branch=z9hG4bK', 'Via via-branch-empty'],
  ['Via: SIP/2.0/UDP host;branch=nocookie', 'Via via-branch-cookie'],
  ['Via: SIP/2.0/UDP host', 'Via via-branch-missing'],
  ['From: "Bob <sip:a@b>;tag=1', 'From quoted-string-unterminated'],
  ['From: "Bob" sip:a@b;tag=1', 'From name-addr-syntax'],
  ['From: Bob, Jr. <sip:a@b>;tag=1', 'From display-name-syntax'],
  ['From: Böb <sip:a@b>;tag=1', 'From display-name-syntax'],
  ['From: <sip:a@b', 'From from-tag-missing', 'From name-addr-unterminated'],
  ['From: < sip:a@b>;tag=1', 'From addr-spec-space'],
  ['From: sip:a b@c;tag=1', 'From addr-spec-space'],
  ['From: sip:a@b?x=y;tag=1', 'From addr-spec-brackets'],
  ['From: sip:a,b@c;tag=1', 'From addr-spec-brackets'],
  ['From: <sip:a@b>', 'From from-tag-missing'],
  ['From: <sip:vantage@b;tag=1>', 'From from-tag-missing'],
  ['From: <sip:a@b>;tag=', 'From parameter-value-missing'],
  ['From: <sip:a@b>;tag=1;', 'From parameter-empty'],
  ['From: <sip:a@b>;tag=1 junk', 'From parameter-syntax'],
  ['From: <sip:a@b>;tag=a/b', 'From parameter-syntax'],
  ['From: <sip:a@b>;tag=1;x="y', 'From quoted-string-unterminated'],
  ['From: <bob@example.com>;tag=1', 'From uri-scheme-missing'],
  ['From: <sip:a%4@b>;tag=1', 'From uri-escape'],
  ['From: <sip:a"b@c>;tag=1', 'From uri-character'],
  ['From: <sip:a@b:x>;tag=1', 'From port-range'],
  ['From: <sip:a@-b>;tag=1', 'From host-syntax'],
  ['From: <sip:>;tag=1', 'From host-syntax'],
  ['From: <sip:@b>;tag=1', 'From uri-character'],
  ['From: <sip:a@b;>;tag=1', 'From uri-parameter-syntax'],
  ['From: <sip:a@b?=x>;tag=1', 'From uri-header-syntax'],
  ['From: <tel:7042>;tag=1', 'From tel-uri-syntax'],
  ['From: <tel:+>;tag=1', 'From tel-uri-syntax'],
  ['Contact: <sip:a@b>;q=1.5', 'Contact qvalue-range'],
  ['Contact: <sip:a@b>;expires=4294967296', 'Contact expires-range'],
  ['Contact: <sip:a@b>,,<sip:c@d>', 'Contact list-element-empty'],
  ['Contact: *', 'Contact contact-wildcard'],
  ['Route: sip:a@b;lr', 'Route name-addr-required'],
  ['Call-ID: a@b@c', 'Call-ID call-id-syntax'],
  ['Call-ID: a b', 'Call-ID call-id-syntax'],
  ['Call-ID:', 'Call-ID call-id-syntax'],
  ['Max-Forwards: 256', 'Max-Forwards max-forwards-range'],
  ['Max-Forwards: -1', 'Max-Forwards max-forwards-range'],
  ['CSeq: 2147483648 OPTIONS', 'CSeq cseq-range'],
  ['CSeq: 1OPTIONS', 'CSeq cseq-syntax'],
  ['CSeq: 1', 'CSeq cseq-syntax'],
  ['CSeq: 1 INVITE', 'CSeq cseq-method-mismatch'],
  ['Expires: 4294967296', 'Expires expires-range'],
  ['Expires: soon', 'Expires expires-range'],
  ['Min-Expires: -5', 'Min-Expires min-expires-range'],
  ['Date: Fri, 01 Jan 2010 16:00:00 EST', 'Date date-zone'],
  ['Date: 2010-01-01T16:00:00Z', 'Date date-syntax'],
  ['Date: Fri, 01 Foo 2010 16:00:00 GMT', 'Date date-syntax'],
  ['Retry-After: 4294967296;duration=1', 'Retry-After retry-after-range'],
  ['Warning: 1812 overture "In Progress"', 'Warning warning-code'],
  ['Warning: 399 overture no quotes', 'Warning warning-syntax'],
  ['Timestamp: now', 'Timestamp timestamp-syntax'],
  ['Require:', 'Require token-syntax'],
  ['Allow: INVITE,,ACK', 'Allow token-syntax'],
  ['RSeq: 0', 'RSeq rseq-range'],
  ['RAck: 1 INVITE', 'RAck rack-syntax'],
  ['Session-Expires: x', 'Session-Expires session-expires-range'],
  ['Content-Type: text', 'Content-Type content-type-syntax'],
  ['MIME-Version: one', 'MIME-Version mime-version-syntax'],
  ['Authorization: Digest username="bob" realm="x"', 'Authorization auth-syntax'],
  ['Authorization: Digest', 'Authorization auth-syntax'],
  ['Authorization: Digest nonce="3', 'Authorization quoted-string-unterminated'],
  ['Transfer-Encoding: chunked', 'transfer-encoding transfer-encoding'],
  ['Bad Name: x', 'Bad Name header-name-syntax'],
  ['no colon here', 'header header-line-syntax'],
  ['Subject: one\r\nSubject: two', 'Subject header-duplicate'],
  ['To: <sip:a@b>\r\nt: <sip:c@d>', 'To header-duplicate'],
];

describe('messages made from the grammar', () => {
  it.each(GOOD)('finds nothing wrong with %j', (line) => {
    expect(faultsOf(request([line]))).toEqual([]);
  });

  it.each(BAD)('tells what is wrong with %j', (line, ...expected) => {
    const bytes = request([line]);
    expect(faultsOf(bytes)).toEqual([...expected].sort());
    checkFaults(allFaults(read(bytes)), bytes.length);
  });

  it.each([
    ['OPTIONS <sip:a@b> SIP/2.0', 'Request-URI request-uri-brackets'],
    ['OPTIONS sip:a@b;x y SIP/2.0', 'Request-URI request-uri-space'],
    ['OPTIONS sip:a@b?X=y SIP/2.0', 'Request-URI request-uri-headers'],
    ['OPTIONS sip:a@b_c SIP/2.0', 'Request-URI host-syntax'],
    ['OPTIONS sip:%zz@b SIP/2.0', 'Request-URI uri-escape'],
    ['OPTIONS http://a/ SIP/2.0', 'Request-URI request-uri-scheme-unknown'],
    ['OPTIONS  sip:a@b SIP/2.0', 'Request-Line request-line-space'],
    ['OPTIONS sip:a@b  SIP/2.0', 'Request-Line request-line-space'],
    ['OPTIONS sip:a@b SIP/2.0 ', 'Request-Line request-line-trailing-space'],
    ['OPTIONS sip:a@b SIP/3.0', 'SIP-Version version-unknown'],
    ['OPTIONS sip:a@b SIP/2.0/UDP', 'SIP-Version version-unknown'],
    ['OPTIONS sip:a@b', 'Request-Line version-missing'],
    ['OPTIONS sip:a@b sip/2.0', 'SIP-Version version-case'],
  ])('tells what is wrong with the request line %j', (line, expected) => {
    const bytes = request([]);
    const rest = Buffer.from(bytes)
      .toString()
      .replace(/^[^\r]*/, line);
    expect(faultsOf(bytesOf(rest))).toEqual([expected]);
    checkFaults(allFaults(read(bytesOf(rest))), rest.length);
  });

  it.each([
    ['4294967301 x', 'Status-Line status-code-range'],
    ['99 x', 'Status-Line status-code-range'],
    ['700 x', 'Status-Line status-code-range'],
    ['099 x', 'Status-Line status-code-range'],
    [' 200 OK', 'Status-Line status-line-space'],
    ['200', 'Status-Line status-line-space'],
  ])('tells what is wrong with the status %j', (status, expected) => {
    expect(faultsOf(response(status, []))).toEqual([expected]);
  });

  it('points at the bytes of a fault through folds and UTF-8', () => {
    const text = 'From: "Жук"\r\n\t<sip:a@b>;tag=1;\r\n expires=x';
    const bytes = request([text]);
    const [fault] = allFaults(read(bytes));
    expect(fault?.code).toBe('expires-range');
    expect(
      Buffer.from(bytes).toString('utf8', fault?.start, (fault?.start ?? 0) + (fault?.length ?? 0)),
    ).toBe('expires=x');
  });

  it('wants the mandatory headers (RFC 3261 §8.1.1)', () => {
    expect(faultsOf(wire(['OPTIONS sip:a@b SIP/2.0']))).toEqual(
      ['Via', 'From', 'To', 'Call-ID', 'CSeq']
        .map((name) => `${name} header-missing`)
        .concat('Max-Forwards max-forwards-missing')
        .sort(),
    );
    const bye = Buffer.from(request([], 'BYE')).toString();
    expect(faultsOf(bytesOf(bye.replace(/Max-Forwards.*\r\n/, '')))).toEqual([
      'Max-Forwards max-forwards-missing',
    ]);
  });

  it('wants a Contact where a dialog is set up, and a tag in To of responses', () => {
    const without = (bytes: Uint8Array, line: RegExp) =>
      bytesOf(Buffer.from(bytes).toString().replace(line, ''));
    expect(faultsOf(without(request([], 'INVITE'), /Contact.*\r\n/))).toEqual(['Contact contact-missing']);
    expect(faultsOf(without(response('200 OK', [], 'INVITE'), /Contact.*\r\n/))).toEqual([
      'Contact contact-missing',
    ]);
    expect(faultsOf(without(response('180 Ringing', [], 'INVITE'), /Contact.*\r\n/))).toEqual([]);
    expect(faultsOf(without(response('180 Ringing', [], 'INVITE'), /;tag=b2/))).toEqual([
      'To to-tag-missing',
    ]);
    expect(faultsOf(without(response('100 Trying', [], 'INVITE'), /;tag=b2/))).toEqual([]);
  });

  it('takes a message without the branch cookie as one of RFC 2543', () => {
    const old = wire([
      'INVITE sip:bob@example.com SIP/2.0',
      'Via: SIP/2.0/UDP host',
      'From: <sip:a@b>',
      'To: <sip:c@d>',
      'Call-ID: 1',
      'CSeq: 1 INVITE',
    ]);
    expect(faultsOf(old)).toEqual(['Via via-branch-missing', 'message rfc2543-syntax']);
    expect(allFaults(read(old)).at(-1)?.message).toBe(
      'The message follows RFC 2543: it has no From tag, no Max-Forwards, no Contact.',
    );
    expect(seriousCodes(read(old))).toEqual([]);
  });

  it('allows Contact * where all bindings are removed (RFC 3261 §10.2.2)', () => {
    expect(faultsOf(request(['Contact: *', 'Expires: 0'], 'REGISTER'))).toEqual([]);
    expect(faultsOf(request(['Contact: *', 'Expires: 1'], 'REGISTER'))).toEqual(['Contact contact-wildcard']);
    expect(faultsOf(request(['Contact: *', 'Contact: <sip:a@b>', 'Expires: 0'], 'REGISTER'))).toEqual([
      'Contact contact-wildcard',
    ]);
  });

  it('warns of responses to the broadcast address', () => {
    const via = 'Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP';
    expect(faultsOf(response('200 OK', [`${via} 255.255.255.255;branch=z9hG4bK2`]))).toEqual([
      'Via via-broadcast',
    ]);
    expect(faultsOf(response('200 OK', [`${via} b;branch=z9hG4bK2;received=255.255.255.255`]))).toEqual([
      'Via via-broadcast',
    ]);
    expect(faultsOf(response('200 OK', [`${via} b;branch=z9hG4bK255.255.255.255`]))).toEqual([]);
  });

  it('wants a Content-Type of a body', () => {
    const bytes = request(['Content-Length: 2'], 'OPTIONS', '');
    expect(faultsOf(Buffer.concat([bytes, bytesOf('hi')]))).toEqual(['Content-Type content-type-missing']);
  });

  it('forgets remembered values rather than grow without end', () => {
    for (let index = 0; index < 3000; index++)
      expect(validateSipMessage(read(request([`From: <sip:a@b>;tag=${index}`])))).toEqual([]);
    expect(faultsOf(request(['From: <sip:a@b>;tag=']))).toEqual(['From parameter-value-missing']);
    expect(faultsOf(request(['From: <sip:a@b>;tag=']))).toEqual(['From parameter-value-missing']);
  });

  it('has a reference and a title for every code', () => {
    for (const { severity, reference, title } of Object.values(SIP_FAULTS)) {
      expect(['info', 'note', 'warning', 'error']).toContain(severity);
      expect(reference).toMatch(/^RFC \d{3,4}/);
      expect(title.length).toBeGreaterThan(5);
    }
  });
});
