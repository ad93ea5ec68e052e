/** SIP messages and MIME entities: lines, headers, values, parts and what they say of one another. */
import { mutate } from '../../test/support/mutate.js';
import type { Random } from '../random.js';
import { mutateDer } from './der.js';
import { hostileText } from './hostile-text.js';

/** Header values that lead somewhere else in the parsers. */
const HEADERS: readonly string[] = [
  ...[
    'Content-Length: 0',
    'Content-Length: 99999999',
    'Content-Length: -1',
    'l: 5',
    'Content-Encoding: gzip',
  ],
  ...['Content-Type: application/pkcs7-mime; smime-type=enveloped-data', 'Content-Type: message/sipfrag'],
  ...['Content-Type: multipart/signed; boundary=x; micalg=sha1; protocol="application/pkcs7-signature"'],
  ...['Content-Type: multipart/mixed; boundary=""', 'Content-Type: message/rfc822', 'c: application/sdp'],
  ...[
    'Content-Transfer-Encoding: base64',
    'Content-Transfer-Encoding: quoted-printable',
    'MIME-Version: 1.0',
  ],
  ...[
    'Identity: "abc"',
    'Identity: e30.e30.AA;info=<http://example.com>;alg=ES256;ppt=shaken',
    'Date: Sat, 0 x',
  ],
  ...['Via: SIP/2.0/UDP a;branch=z9hG4bK', 'v: SIP/2.0/TLS [::1]:0', 'Via:', 'CSeq: 99999999999 INVITE'],
  ...[
    'From: "',
    'To: <sip:%00@[::]:99999;lr>;tag=',
    'i:',
    'Call-ID: =1',
    'Record-Route: <sip:a>,<sips:b;lr>,',
  ],
];

/** A message as latin1, with some of it changed. */
export function mutateSip(original: Uint8Array, random: Random): Uint8Array {
  let text = Buffer.from(original).toString('latin1');
  for (let times = 1 + random.below(4); times > 0; times--) text = changed(text, random);
  if (random.chance(0.6)) text = withLength(text);
  return Buffer.from(text, 'latin1');
}

function changed(text: string, random: Random): string {
  const end = text.indexOf('\r\n\r\n');
  const head = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const body = end < 0 ? '' : text.slice(end + 4);
  const whole = (lines: readonly string[], rest = body): string =>
    lines.join('\r\n') + (end < 0 ? '' : `\r\n\r\n${rest}`);
  const at = random.below(head.length);
  const line = head[at] ?? '';
  switch (random.below(11)) {
    case 0:
      return whole(head.toSpliced(at, 1));
    case 1:
      return whole(head.toSpliced(random.below(head.length), 0, line));
    case 2:
      return whole(head.toSpliced(at + 1, 0, random.pick(HEADERS)));
    case 3:
      return whole(head.with(at, insertedInto(line, random)));
    case 4: {
      // The value of another header.
      const other = random.pick(head).split(':').slice(1).join(':');
      return whole(head.with(at, `${line.split(':')[0]}:${other}`));
    }
    case 5:
      return whole(head.with(0, startLine(head[0] ?? '', random)));
    case 6:
      return whole(head.toSpliced(at, 0, ...new Array<string>(random.below(200)).fill(line)));
    case 7:
      return whole(head, changedBody(body, random));
    case 8:
      return text.replaceAll('\r\n', random.pick(['\n', '\r', '\r\n ', '\r\n']));
    case 9:
      return whole(head, random.chance(0.5) ? text : body + body);
    default:
      return Buffer.from(mutate(Buffer.from(text, 'latin1'), random.next)).toString('latin1');
  }
}

function insertedInto(line: string, random: Random): string {
  const at = random.below(line.length + 1);
  const bytes = Buffer.from(hostileText(random), 'utf8').toString('latin1');
  return line.slice(0, at) + bytes + (random.chance(0.5) ? line.slice(at) : '');
}

function startLine(line: string, random: Random): string {
  const words = line.split(' ');
  return words.with(random.below(words.length), insertedInto(random.pick(words), random)).join(' ');
}

/** A body: as parts where it has a boundary, as DER where it looks like it, in base64 too, else as text. */
function changedBody(body: string, random: Random): string {
  const boundary = /(?:^|\r?\n)--([^\r\n]{1,70})\r?\n/.exec(body)?.[1];
  if (boundary !== undefined && random.chance(0.7)) return changedParts(body, boundary, random);
  const bytes = Buffer.from(body, 'latin1');
  if (bytes[0] === 0x30) return Buffer.from(mutateDer(bytes, random)).toString('latin1');
  if (/^[A-Za-z0-9+/=\r\n]{64,}$/.test(body)) {
    const der = mutateDer(Buffer.from(body, 'base64'), random);
    return Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\r\n');
  }
  if (random.chance(0.5)) return insertedInto(body, random);
  return Buffer.from(mutate(bytes, random.next)).toString('latin1');
}

function changedParts(body: string, boundary: string, random: Random): string {
  const delimiter = `--${boundary}`;
  const pieces = body.split(delimiter);
  const at = random.below(pieces.length);
  const piece = pieces[at] ?? '';
  switch (random.below(6)) {
    case 0:
      return pieces.toSpliced(at, 1).join(delimiter);
    case 1:
      return pieces
        .toSpliced(at, 0, ...new Array<string>(1 + random.below(random.chance(0.1) ? 300 : 3)).fill(piece))
        .join(delimiter);
    case 2: {
      // A part by itself has a head and a body as a message has.
      const end = piece.indexOf('\r\n\r\n');
      if (end < 0) return pieces.with(at, insertedInto(piece, random)).join(delimiter);
      const inner = changedBody(piece.slice(end + 4).replace(/\r\n$/, ''), random);
      return pieces.with(at, `${piece.slice(0, end + 4)}${inner}\r\n`).join(delimiter);
    }
    case 3:
      return pieces.with(at, `\r\n${random.pick(HEADERS)}${piece}`).join(delimiter);
    case 4:
      // Another body inside itself.
      return pieces
        .with(at, `\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${body}`)
        .join(delimiter);
    default:
      return pieces.join(random.pick([`--${boundary} `, `-${boundary}`, delimiter.toUpperCase(), '--', '']));
  }
}

/** The message with a Content-Length that says how long its body is. */
function withLength(text: string): string {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return text;
  return (
    text.slice(0, end).replace(/^(content-length|l)[ \t]*:.*$/im, `$1: ${text.length - end - 4}`) +
    text.slice(end)
  );
}
