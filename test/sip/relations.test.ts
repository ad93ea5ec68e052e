import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/bytes/field.js';
import { bytesOf } from '../../src/bytes/text.js';
import { describeSip } from '../../src/sip/describe.js';
import { dialogId, dialogKey } from '../../src/sip/dialog.js';
import { transactionKey } from '../../src/sip/transaction.js';
import { read, request, response, wire } from './support.js';

describe('transactionKey', () => {
  const key = (bytes: Uint8Array) => transactionKey(read(bytes));
  const via = (branch: string) => `Via: SIP/2.0/UDP pc33.atlanta.com;branch=${branch}`;

  it('joins a request with its responses and its ACK, not with its CANCEL (RFC 3261 §17.2.3)', () => {
    const invite = key(request([via('z9hG4bK776')], 'INVITE'));
    expect(invite).toBeDefined();
    expect(key(response('180 Ringing', [`${via('z9hG4bK776')};received=192.0.2.1`], 'INVITE'))).toBe(invite);
    expect(
      key(
        response(
          '486 Busy',
          ['Via: SIP/2.0/UDP PC33.atlanta.com ;branch=z9hG4bK776, SIP/2.0/TCP x;branch=z9hG4bK2'],
          'INVITE',
        ),
      ),
    ).toBe(invite);
    expect(key(request([via('z9hG4bK776')], 'ACK'))).toBe(invite);
    expect(key(request([via('z9hG4bK776')], 'CANCEL'))).not.toBe(invite);
    expect(key(request([via('z9hG4bK777')], 'INVITE'))).not.toBe(invite);
    expect(key(request(['Via: SIP/2.0/UDP pc33.atlanta.com:5070;branch=z9hG4bK776'], 'INVITE'))).not.toBe(
      invite,
    );
  });

  it('falls back to Call-ID, From tag, CSeq and Via for RFC 2543', () => {
    const invite = key(request([via('old')], 'INVITE'));
    expect(key(response('200 OK', [via('old')], 'INVITE'))).toBe(invite);
    expect(key(request([via('old'), 'Call-ID: other'], 'INVITE'))).not.toBe(invite);
    expect(key(request([via('old'), 'CSeq: 8 INVITE'], 'INVITE'))).not.toBe(invite);
    expect(key(request(['Via: SIP/2.0/UDP pc33.atlanta.com'], 'INVITE'))).toBeDefined();
    expect(key(wire(['INVITE sip:a@b SIP/2.0']))).toBeUndefined();
    expect(key(wire(['INVITE sip:a@b SIP/2.0', 'Via: x', 'CSeq: 1 INVITE']))).toBeUndefined();
  });
});

describe('dialogId', () => {
  it('is the same for both directions (RFC 3261 §12)', () => {
    const there = dialogId(read(request(['From: <sip:a@b>;tag=1', 'To: <sip:c@d>;tag=2'])));
    const back = dialogId(read(request(['To: <sip:a@b>;tag=1', 'From: <sip:c@d>;tag=2'])));
    expect(there).toEqual({ callId: 'f81d4fae@example.com', fromTag: '1', toTag: '2' });
    if (there === undefined || back === undefined) throw new Error('no dialog');
    expect(dialogKey(there)).toBe(dialogKey(back));
    expect(dialogKey({ ...there, toTag: '' })).not.toBe(dialogKey(there));
    expect(dialogId(read(wire(['A sip:a@b SIP/2.0', 'From: x'])))).toBeUndefined();
  });
});

describe('describeSip', () => {
  /** A tree as lines `name = value | bytes`, indented. */
  function lines(fields: readonly Field[], depth = 0): string[] {
    return fields.flatMap((field) => {
      const bytes = Buffer.from(field.source.bytes).toString('utf8', field.start, field.start + field.length);
      return [
        `${'  '.repeat(depth)}${field.name} = ${field.value ?? '-'} | ${JSON.stringify(bytes)}`,
        ...lines(field.children, depth + 1),
      ];
    });
  }
  const show = (text: string) => {
    const bytes = bytesOf(text);
    return lines(describeSip({ name: 'Frame 1', bytes }, read(bytes)));
  };

  it('shows each part at its bytes, through folds and UTF-8', () => {
    expect(
      show(
        'INVITE sip:bob@b.com:5062;lr SIP/2.0\r\nv: SIP/2.0/UDP\r\n h:1;branch=z9hG4bKx;rport\r\nFrom: "Жук" <sip:a:p@[::1]?X=y>;tag=1\r\nCSeq: 7  INVITE\r\nContact: <sip:a@b>, C <tel:+1>;q=1\r\nSubject: hi\r\n\r\n',
      ),
    ).toEqual([
      'Request-Line = INVITE sip:bob@b.com:5062;lr SIP/2.0 | "INVITE sip:bob@b.com:5062;lr SIP/2.0"',
      '  Method = INVITE | "INVITE"',
      '  Request-URI = sip:bob@b.com:5062;lr | "sip:bob@b.com:5062;lr"',
      '    Scheme = sip | "sip"',
      '    User = bob | "bob"',
      '    Host = b.com | "b.com"',
      '    Port = 5062 | "5062"',
      '    lr = - | "lr"',
      '  Version = SIP/2.0 | "SIP/2.0"',
      'v = SIP/2.0/UDP h:1;branch=z9hG4bKx;rport | "v: SIP/2.0/UDP\\r\\n h:1;branch=z9hG4bKx;rport\\r\\n"',
      '  Protocol = SIP/2.0 | "SIP/2.0"',
      '  Transport = UDP | "UDP"',
      '  Sent-by Host = h | "h"',
      '  Sent-by Port = 1 | "1"',
      '  branch = z9hG4bKx | "branch=z9hG4bKx"',
      '  rport = - | "rport"',
      'From = "Жук" <sip:a:p@[::1]?X=y>;tag=1 | "From: \\"Жук\\" <sip:a:p@[::1]?X=y>;tag=1\\r\\n"',
      '  Display Name = Жук | "\\"Жук\\""',
      '  URI = sip:a:p@[::1]?X=y | "sip:a:p@[::1]?X=y"',
      '    Scheme = sip | "sip"',
      '    User = a | "a"',
      '    Password = p | "p"',
      '    Host = [::1] | "[::1]"',
      '    URI Headers = X=y | "X=y"',
      '      X = y | "X=y"',
      '  tag = 1 | "tag=1"',
      'CSeq = 7  INVITE | "CSeq: 7  INVITE\\r\\n"',
      '  Sequence Number = 7 | "7"',
      '  Method = INVITE | "INVITE"',
      'Contact = <sip:a@b>, C <tel:+1>;q=1 | "Contact: <sip:a@b>, C <tel:+1>;q=1\\r\\n"',
      '  Address = <sip:a@b> | "<sip:a@b>"',
      '    URI = sip:a@b | "sip:a@b"',
      '      Scheme = sip | "sip"',
      '      User = a | "a"',
      '      Host = b | "b"',
      '  Address = C <tel:+1>;q=1 | "C <tel:+1>;q=1"',
      '    Display Name = C | "C"',
      '    URI = tel:+1 | "tel:+1"',
      '      Scheme = tel | "tel"',
      '      Number = +1 | "+1"',
      '    q = 1 | "q=1"',
      'Subject = hi | "Subject: hi\\r\\n"',
    ]);
  });

  it('shows status lines, hops of a list and credentials', () => {
    const shown = show(
      'SIP/2.0 200 Всё ок\r\nVia: SIP/2.0/TCP a;x=1, SIP/2.0/TLS b\r\nm: *\r\nWWW-Authenticate: Digest realm="r", qop=auth\r\n\r\n',
    );
    expect(shown.slice(1, 4)).toEqual([
      '  Version = SIP/2.0 | "SIP/2.0"',
      '  Status Code = 200 | "200"',
      '  Reason Phrase = Всё ок | "Всё ок"',
    ]);
    expect(shown).toContain('  Hop = SIP/2.0/TCP a;x=1 | "SIP/2.0/TCP a;x=1"');
    expect(shown).toContain('  Hop = SIP/2.0/TLS b | "SIP/2.0/TLS b"');
    expect(shown).toContain('  Scheme = Digest | "Digest"');
    expect(shown).toContain('  realm = r | "realm=\\"r\\""');
  });

  it('places fields from a base, as in a frame', () => {
    const bytes = bytesOf('OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n');
    const frame = { name: 'Frame 1', bytes: Buffer.concat([new Uint8Array(42), bytes]) };
    const fields = describeSip(frame, read(bytes), 42);
    expect(fields.map((field) => field.start)).toEqual([42, 67]);
  });
});
