import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl } from '../../support/peers.js';
import { SmimePeer } from '../smime-peer.js';
import { request, said } from '../support.js';

/** RFC 3261 §23.4: a message inside S/MIME, its headers compared with those around it. */

const RULE = 'smime/tunnelled-headers';
const DATE = 'Date: Thu, 21 Feb 2002 13:02:03 GMT';
const CONTACT = 'Contact: <sip:ann@192.0.2.1>';

describe.skipIf(!hasOpenssl)('tunnelled headers', () => {
  let peer: SmimePeer;
  beforeAll(() => {
    peer = new SmimePeer();
    peer.person('ann');
  });
  afterAll(() => peer.remove());

  const FROM = '<sip:ann@example.com>';
  const inner = request({
    from: FROM,
    via: 'TCP',
    headers: [DATE, CONTACT, 'Content-Type: text/plain'],
    body: 'hello',
  });
  const tunnel = (message: Uint8Array | string, type = 'message/sip'): string =>
    `Content-Type: ${type}\r\n\r\n${Buffer.from(message).toString('latin1')}`;
  const outer = (body: Uint8Array, type: string, parts: Parameters<typeof request>[0] = {}): Buffer =>
    request({
      from: FROM,
      headers: [DATE, CONTACT, `Content-Type: application/pkcs7-mime;smime-type=${type}`],
      ...parts,
      body,
    });

  it('are silent where they agree but for what proxies and bodies change', () => {
    expect(said(RULE, outer(peer.signed(tunnel(inner), 'ann'), 'signed-data'))).toEqual([]);
    const respelt = Buffer.from(
      inner
        .toString()
        .replace(`From: ${FROM}`, 'f:  <sip:ann@example.com>')
        .replace('CSeq: 1 ', 'CSEQ: 1   '),
    );
    expect(said(RULE, outer(peer.signed(tunnel(respelt), 'ann'), 'signed-data'))).toEqual([]);
  });

  it.each([
    ['From', 'sip:ann@example.com', 'sip:eve@example.com', 'From is "<sip:ann@example.com>;tag=1" inside'],
    ['To', '<sip:kumiko@', '<sip:another@', 'To is "<sip:kumiko@example.net>" inside'],
    [
      'Call-ID',
      'a84b4c76e66710',
      'otherCallId',
      'Call-ID is "a84b4c76e66710" inside and "otherCallId" outside',
    ],
    ['CSeq', 'CSeq: 1', 'CSeq: 2', 'CSeq is "1 MESSAGE" inside and "2 MESSAGE" outside'],
    ['Date', '21 Feb 2002', '22 Feb 2002', 'Date is "Thu, 21 Feb 2002 13:02:03 GMT" inside'],
    ['Contact', 'ann@192.0.2.1', 'ann@192.0.2.66', 'Contact is "<sip:ann@192.0.2.1>" inside and'],
  ])(
    '%s changed outside is an error under a signature, a note under encryption',
    (_name, from, to, sentence) => {
      const changed = (body: Uint8Array, type: string): Buffer => {
        const text = outer(body, type).toString('latin1');
        const head = text.indexOf('\r\n\r\n');
        return Buffer.from(text.slice(0, head).replace(from, to) + text.slice(head), 'latin1');
      };
      const signed = said(RULE, changed(peer.signed(tunnel(inner), 'ann'), 'signed-data'));
      expect(signed).toEqual([expect.stringContaining(`error: ${sentence}`)]);
      const sealed = changed(peer.encrypted(tunnel(inner), 'ann'), 'enveloped-data');
      expect(said(RULE, sealed, { keys: [peer.read('ann.key'), peer.read('ann.pem')] })).toEqual([
        expect.stringContaining(`note: ${sentence}`),
      ]);
    },
  );

  it('tell another method, and an anonymous From as what it is', () => {
    const signed = peer.signed(tunnel(inner), 'ann');
    const other = outer(signed, 'signed-data', { method: 'INFO' });
    expect(said(RULE, other)[0]).toBe('error: the message inside is MESSAGE, the one outside INFO');
    const anonymous = outer(signed, 'signed-data', { from: '"Anonymous" <sip:anonymous@anonymous.invalid>' });
    expect(said(RULE, anonymous)).toEqual([expect.stringMatching(/^info: From is .* inside/)]);
  });

  it('are compared for a fragment without a start line (RFC 3893), which should have a Date', () => {
    const fragment = (headers: string): Buffer =>
      outer(peer.signed(tunnel(headers, 'message/sipfrag'), 'ann'), 'signed-data');
    const aib = `${DATE}\r\nFrom: Ann <sip:ann@example.com>;tag=1\r\nCall-ID: a84b4c76e66710\r\n\r\n`;
    expect(said(RULE, fragment(aib))).toEqual([expect.stringMatching(/^error: From is "Ann <sip:ann/)]);
    expect(said(RULE, fragment(aib.replace('Ann <', '<')))).toEqual([]);
    const undated = `From: <sip:ann@example.com>;tag=1\r\nCall-ID: a84b4c76e66710\r\n\r\n`;
    expect(said(RULE, fragment(undated))).toEqual([
      'note: the signed headers have no Date: an old message can be sent again',
    ]);
  });

  it('are left alone where nothing protects them, or a fragment reports on another transaction', () => {
    const plain = request({ headers: ['Content-Type: message/sip'], body: inner });
    expect(said(RULE, plain)).toEqual([]);
    const report = peer.signed(tunnel('SIP/2.0 200 OK\r\n\r\n', 'message/sipfrag'), 'ann');
    expect(said(RULE, outer(report, 'signed-data', { method: 'NOTIFY' }))).toEqual([]);
  });
});
