import { describe, expect, it } from 'vitest';
import { isWildcardContact, parseAddressList, parseNameAddr } from '../../src/sip/grammar/address.js';
import { isHost, isIpv6Address } from '../../src/sip/grammar/host.js';
import { parameterValue, splitCommaList } from '../../src/sip/grammar/parameters.js';
import { decodeEscapes, parseUri } from '../../src/sip/grammar/uri.js';
import { parseAuthentication, parseCSeq, parseSipDate } from '../../src/sip/grammar/values.js';
import { parseVia, parseViaList } from '../../src/sip/grammar/via.js';

const pairs = (parameters: readonly { name: string; value?: string }[]) =>
  parameters.map(({ name, value }) => [name, value]);

describe('parseUri', () => {
  it('reads the examples of RFC 3261 §19.1.3', () => {
    expect(parseUri('sip:alice:secretword@atlanta.com;transport=tcp')).toMatchObject({
      scheme: 'sip',
      user: 'alice',
      password: 'secretword',
      host: 'atlanta.com',
      faults: [],
    });
    expect(parseUri('sips:alice@atlanta.com?subject=project%20x&priority=urgent')).toMatchObject({
      scheme: 'sips',
      host: 'atlanta.com',
      faults: [],
    });
    expect(pairs(parseUri('sips:alice@atlanta.com?subject=project%20x&priority=urgent').headers)).toEqual([
      ['subject', 'project%20x'],
      ['priority', 'urgent'],
    ]);
    expect(parseUri('sip:+1-212-555-1212:1234@gateway.com;user=phone')).toMatchObject({
      user: '+1-212-555-1212',
      password: '1234',
      faults: [],
    });
    expect(parseUri('sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com')).toMatchObject({
      host: 'atlanta.com',
      faults: [],
    });
    expect(parseUri('sip:alice;day=tuesday@atlanta.com')).toMatchObject({
      user: 'alice;day=tuesday',
      host: 'atlanta.com',
      parameters: [],
      faults: [],
    });
    expect(parseUri('sip:alice@192.0.2.4')).toMatchObject({ host: '192.0.2.4', faults: [] });
  });

  it('reads IPv6 hosts, ports and parameters without values', () => {
    const uri = parseUri('SIP:j@[2001:db8::1]:5070;lr;maddr=[::1]');
    expect(uri).toMatchObject({ scheme: 'sip', user: 'j', host: '[2001:db8::1]', port: 5070, faults: [] });
    expect(pairs(uri.parameters)).toEqual([
      ['lr', undefined],
      ['maddr', '[::1]'],
    ]);
  });

  it('reads tel and other URIs', () => {
    expect(parseUri('tel:+358-555-1234567;postd=pp22')).toMatchObject({
      scheme: 'tel',
      user: '+358-555-1234567',
      faults: [],
    });
    expect(parseUri('tel:7042;phone-context=example.com')).toMatchObject({ user: '7042', faults: [] });
    expect(parseUri('urn:service:sos')).toMatchObject({
      scheme: 'urn',
      opaque: 'service:sos',
      host: '',
      faults: [],
    });
    expect(parseUri('http://[::1]/a?b')).toMatchObject({ scheme: 'http', opaque: '//[::1]/a?b', faults: [] });
  });

  it('resolves escapes as UTF-8', () => {
    expect(decodeEscapes('%75se%72 %D0%96 %zz %4')).toBe('user Ж %zz %4');
  });
});

describe('hosts', () => {
  it.each([
    'a',
    'a.b',
    'a.b.',
    'a-b.c1',
    '1.2.3.4',
    '1a.b',
    '123.b',
    '[::]',
    '[::1]',
    '[1:2:3:4:5:6:7:8]',
    '[::ffff:1.2.3.4]',
    '[1::8]',
    '[fe80::a:b]',
  ])('accepts %s', (host) => {
    expect(isHost(host)).toBe(true);
  });
  it.each([
    '',
    '.',
    'a..b',
    '-a',
    'a-',
    'a-.b',
    'a_b',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '1.2.3.4.',
    'a.1',
    '[]',
    '[1:2]',
    '[1::2::3]',
    '[12345::]',
    '[::1',
    '[1:2:3:4:5:6:7:8:9]',
    '[g::]',
    '[:]',
    '[1:2:3:4:5:6:7:]',
    '[1.2.3.4::]',
    '::1',
    'é.b',
  ])('refuses %j', (host) => {
    expect(isHost(host)).toBe(false);
  });
  it('counts the groups of IPv6 addresses', () => {
    expect(isIpv6Address('1:2:3:4:5:6:7::')).toBe(true);
    expect(isIpv6Address('1:2:3:4:5:6:7:8::')).toBe(false);
    expect(isIpv6Address('1:2:3:4:5:6:1.2.3.4')).toBe(true);
    expect(isIpv6Address('1:2:3:4:5:6:7:1.2.3.4')).toBe(false);
  });
});

describe('addresses', () => {
  it('reads display names, URIs and tags', () => {
    expect(parseNameAddr('"A. \\"G.\\" Bell" <sip:agb@bell.com;lr> ; tag = a48s')).toMatchObject({
      displayName: 'A. "G." Bell',
      uri: 'sip:agb@bell.com;lr',
      bracketed: true,
      tag: 'a48s',
      faults: [],
    });
    expect(parseNameAddr('Anonymous  Coward<sip:c@p.org>')).toMatchObject({
      displayName: 'Anonymous  Coward',
      uri: 'sip:c@p.org',
    });
    const bare = parseNameAddr('sip:agb@bell.com;tag=1;user=phone');
    expect(bare).toMatchObject({ uri: 'sip:agb@bell.com', bracketed: false, tag: '1', faults: [] });
    expect(bare).not.toHaveProperty('displayName');
    expect(pairs(bare.parameters)).toEqual([
      ['tag', '1'],
      ['user', 'phone'],
    ]);
    expect(parseNameAddr('"" <sip:a@b>')).toMatchObject({ displayName: '', uri: 'sip:a@b' });
    expect(parseNameAddr('<sip:a@b>;TAG=x')).toMatchObject({ tag: 'x' });
    expect(parseNameAddr('sip:a@b;x="<y>";tag=z')).toMatchObject({ uri: 'sip:a@b', tag: 'z', faults: [] });
  });

  it('reads on after faults', () => {
    expect(parseNameAddr('"Mr. J. User <sip:j@e.com>')).toMatchObject({
      uri: 'sip:j@e.com',
      displayName: 'Mr. J. User',
    });
    expect(parseNameAddr('Bell, Alexander <sip:a@e.com>;tag=43')).toMatchObject({
      uri: 'sip:a@e.com',
      tag: '43',
      displayName: 'Bell, Alexander',
    });
    expect(parseNameAddr('< sip:t@e.org >')).toMatchObject({ uri: 'sip:t@e.org' });
    expect(parseNameAddr('<sip:t@e.org')).toMatchObject({ uri: 'sip:t@e.org' });
    expect(parseNameAddr('"Bob" sip:a@b;tag=1')).toMatchObject({
      displayName: 'Bob',
      uri: 'sip:a@b',
      tag: '1',
    });
  });

  it('reads lists with commas in quotes, brackets and URIs', () => {
    const list = parseAddressList('"a, b" <sip:a,b@c>;q=1 , sip:d@e,, <sip:f@g>');
    expect(list.map((address) => address.uri)).toEqual(['sip:a,b@c', 'sip:d@e', 'sip:f@g']);
    expect(list[1]?.places.uri).toEqual({ start: 25, end: 32 });
    expect(parseAddressList('')).toEqual([]);
    expect(isWildcardContact('*')).toBe(true);
    expect(splitCommaList(' a ,"b,\\",c",<d,e>,').map((item) => item.text)).toEqual([
      'a',
      '"b,\\",c"',
      '<d,e>',
      '',
    ]);
  });
});

describe('parseVia', () => {
  it('reads a hop', () => {
    const via = parseVia(
      'SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7;rport;received=192.0.2.207',
    );
    expect(via).toMatchObject({
      protocol: 'SIP/2.0',
      transport: 'UDP',
      host: 'erlang.bell-telephone.com',
      port: 5060,
      branch: 'z9hG4bK87asdks7',
      faults: [],
    });
    expect(parameterValue(via.parameters, 'rport')).toBe('');
    expect(parameterValue(via.parameters, 'received')).toBe('192.0.2.207');
    expect(parameterValue(via.parameters, 'ttl')).toBeUndefined();
  });

  it('reads blanks where the grammar has them, and lists', () => {
    const value =
      'SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;branch=z9hG4bKa, SIP/2.0/TLS [2001:db8::1] : 5061 ; branch = z9hG4bKb';
    expect(parseVia(value)).toMatchObject({
      transport: 'UDP',
      host: 'first.example.com',
      port: 4000,
      branch: 'z9hG4bKa',
    });
    const hops = parseViaList(value);
    expect(hops[1]).toMatchObject({
      protocol: 'SIP/2.0',
      transport: 'TLS',
      host: '[2001:db8::1]',
      port: 5061,
      branch: 'z9hG4bKb',
      faults: [],
    });
    const host = hops[1]?.places.host;
    expect(value.slice(host?.start, host?.end)).toBe('[2001:db8::1]');
  });

  it('reads as far as it goes', () => {
    expect(parseVia('SIP/2.0/UDP')).toMatchObject({ protocol: 'SIP/2.0', transport: 'UDP', host: '' });
    expect(parseVia('')).toMatchObject({ protocol: '', host: '' });
    expect(parseVia('SIP/2.0/UDP 192.0.2.15;;,;,,')).toMatchObject({ host: '192.0.2.15' });
  });
});

describe('other values', () => {
  it('reads CSeq', () => {
    expect(parseCSeq('4711 INVITE')).toMatchObject({ number: 4711, method: 'INVITE', faults: [] });
    expect(parseCSeq('0009   INVITE')).toMatchObject({ number: 9, method: 'INVITE' });
    expect(parseCSeq('36893488147419103232 REGISTER').method).toBe('REGISTER');
    expect(parseCSeq('INVITE').number).toBeNaN();
  });

  it('reads dates', () => {
    expect(parseSipDate('Sat, 13 Nov 2010 23:29:00 GMT').seconds).toBe(Date.UTC(2010, 10, 13, 23, 29) / 1000);
    expect(parseSipDate('Fri, 01 Jan 2010 16:00:00 EST').seconds).toBeUndefined();
    expect(parseSipDate('Sat, 32 Nov 2010 23:29:00 GMT').faults).toMatchObject([{ code: 'date-syntax' }]);
  });

  it('reads credentials', () => {
    const digest = parseAuthentication('Digest username="b\\"ob", realm="a,b" ,nc=00000001');
    expect(digest.scheme).toBe('Digest');
    expect(pairs(digest.parameters)).toEqual([
      ['username', 'b"ob'],
      ['realm', 'a,b'],
      ['nc', '00000001'],
    ]);
    expect(parseAuthentication('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toMatchObject({
      scheme: 'Basic',
      faults: [],
    });
  });
});
