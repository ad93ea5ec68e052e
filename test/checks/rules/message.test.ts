import { describe, expect, it } from 'vitest';
import { contextOf, findingsIn, overTcp, overUdp, request, said, sample } from '../support.js';

const ENVELOPED = ['Content-Type: application/pkcs7-mime;smime-type=enveloped-data'];
const encrypted = sample('cms/encrypted.p7m');
const ACCEPT =
  'Accept: multipart/signed, text/plain, application/pkcs7-mime, application/sdp, multipart/alternative';

describe('sip/accept-missing', () => {
  const rule = 'sip/accept-missing';
  it('names the values of §4 that a sender of S/MIME does not have', () => {
    expect(said(rule, sample('smime-signed.pcap'))).toEqual([
      'info: Accept lacks multipart/signed, text/plain, application/pkcs7-mime, application/sdp, multipart/alternative',
    ]);
    const some = request({
      headers: [...ENVELOPED, 'Accept: text/*;q=0.5, application/sdp'],
      body: encrypted,
    });
    expect(said(rule, some)).toEqual([
      'info: Accept lacks multipart/signed, application/pkcs7-mime, multipart/alternative',
    ]);
  });

  it('is content with all of them, with any type, and without S/MIME', () => {
    expect(said(rule, request({ headers: [...ENVELOPED, ACCEPT], body: encrypted }))).toEqual([]);
    expect(said(rule, request({ headers: [...ENVELOPED, 'Accept: */*'], body: encrypted }))).toEqual([]);
    expect(said(rule, request({ headers: ['Content-Type: text/plain'], body: 'hello' }))).toEqual([]);
  });
});

describe('sip/content-type-folded', () => {
  const rule = 'sip/content-type-folded';
  it('tells a Content-Type over several lines', () => {
    const folded = ['Content-Type: multipart/mixed;\r\n boundary=b'];
    expect(said(rule, request({ headers: folded, body: '--b\r\n\r\nx\r\n--b--\r\n' }))).toEqual([
      'note: the Content-Type header runs over several lines',
    ]);
  });

  it('is silent on one line, and on other headers that are folded', () => {
    const headers = ['Content-Type: text/plain', 'Subject: two\r\n lines'];
    expect(said(rule, request({ headers, body: 'x' }))).toEqual([]);
  });
});

describe('sip/sips-over-plain-hop', () => {
  const rule = 'sip/sips-over-plain-hop';
  const sips = request({ uri: 'sips:kumiko@example.net' });
  it('tells a sips request on UDP and on TCP', () => {
    expect(said(rule, overUdp([sips]))).toEqual([
      'error: the request to sips:kumiko@example.net travels over plain UDP',
    ]);
    expect(said(rule, overTcp(sips))).toEqual([
      'error: the request to sips:kumiko@example.net travels over plain TCP',
    ]);
  });

  it('is silent on a sip request, on TLS, and where the hop is not known', () => {
    expect(said(rule, overUdp([request()]))).toEqual([]);
    expect(said(rule, sips)).toEqual([]);
    const tls = findingsIn(sample('tls-message.pcap'), { keys: ['keys/domain_key_example.net.pem'] });
    // The request inside is there, and it is to a sips URI.
    expect(tls.map((finding) => finding.rule)).toContain('sip/identity-header');
    expect(tls.filter((finding) => finding.rule === rule)).toEqual([]);
  });
});

describe('sip/via-transport', () => {
  const rule = 'sip/via-transport';
  it('tells a topmost Via that names another transport', () => {
    expect(said(rule, overUdp([request({ via: 'TCP' })]))).toEqual([
      'warning: the topmost Via says TCP, the message travelled over UDP',
    ]);
    expect(said(rule, overTcp(request({ via: 'TLS' })))).toEqual([
      'warning: the topmost Via says TLS, the message travelled over TCP',
    ]);
  });

  it('is silent where they agree, in whatever case', () => {
    expect(said(rule, overUdp([request(), request({ via: 'udp' })]))).toEqual([]);
    expect(said(rule, overTcp(request({ via: 'TCP' })))).toEqual([]);
    expect(said(rule, sample('tls-message.pcap'), { keys: ['keys/domain_key_example.net.pem'] })).toEqual([]);
  });
});

describe('smime/recipient-identity', () => {
  const rule = 'smime/recipient-identity';
  const kumiko = contextOf({ certificates: ['certs/user_cert_kumiko@example.net.pem'] });
  it('tells a body that is encrypted to somebody else', () => {
    const elsewhere = request({
      uri: 'sip:ed@example.org',
      to: 'Ed <sip:ed@example.org>',
      headers: ENVELOPED,
      body: encrypted,
    });
    const [finding] = said(rule, elsewhere, kumiko);
    expect(finding).toMatch(
      /^warning: the message is for sip:ed@example\.org, the body is encrypted to .*kumiko@example\.net/,
    );
  });

  it('is silent for the one that To or the Request-URI names, and where certificates are not known', () => {
    expect(said(rule, sample('smime-encrypted.pcap'), kumiko)).toEqual([]);
    const forwarded = request({ to: '<sip:ed@example.org>', headers: ENVELOPED, body: encrypted });
    expect(said(rule, forwarded, kumiko)).toEqual([]);
    expect(said(rule, request({ uri: 'sip:ed@example.org', headers: ENVELOPED, body: encrypted }))).toEqual(
      [],
    );
  });
});

describe('faults of SIP syntax (RFC 4475) become findings', () => {
  it('with their severity and section', () => {
    const bad = Buffer.from(
      'INVITE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\n' +
        'To: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:a@h>\r\n' +
        'Content-Length: -999\r\n\r\n',
    );
    const finding = findingsIn(bad).find(({ rule }) => rule === 'sip/content-length-negative');
    expect(finding).toMatchObject({ severity: 'error', reference: 'RFC 3261 §20.14' });
    expect(findingsIn(request()).filter(({ rule }) => rule.startsWith('sip/content-length'))).toEqual([]);
  });

  it('and so do lost segments, lost fragments and a short snap length', async () => {
    const { CaptureBuilder } = await import('../../support/pcap-builder.js');
    const from = { address: '192.0.2.1', port: 5060 };
    const to = { address: '192.0.2.2', port: 5060 };
    const long = request({ headers: ['Content-Type: text/plain'], body: 'x'.repeat(3000) });
    const fragments = new CaptureBuilder().udp(from, to, long, { fragmentSize: 1400, order: [0, 2] });
    expect(said('ip/fragments-missing', fragments.toBytes())).toHaveLength(1);
    const cut = new CaptureBuilder({ snapLength: 600 }).udp(from, to, long);
    expect(said('sip/cut-by-snap-length', cut.toBytes())).toHaveLength(1);
    const lossy = new CaptureBuilder();
    lossy
      .connect(from, to)
      .send('client', long, { segmentSize: 1000, order: [0, 2, 3] })
      .close();
    expect(said('tcp/gap', lossy.toBytes())).toHaveLength(1);
    const whole = new CaptureBuilder().udp(from, to, long, { fragmentSize: 1400 });
    whole
      .connect(from, to)
      .send('client', request({ via: 'TCP' }), { segmentSize: 100 })
      .close();
    const rules = findingsIn(whole.toBytes()).map(({ rule }) => rule);
    expect(rules.filter((rule) => /^(ip|tcp)\/|snap/.test(rule))).toEqual([]);
  });
});
