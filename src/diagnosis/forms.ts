/**
 * The forms of a signed part that stacks sign by mistake (RFC 8551 §3.1, §3.5; RFC 3261 §23.3): each with the half
 * sentence that says what the signer, or something on the way, did.
 */

import { latin1 } from '../bytes/text.js';
import type { SignedVariants } from './variants.js';

/** One form to try. */
export type Form = {
  readonly code: string;
  /** Goes on from `The signature is valid when ...`. */
  readonly when: string;
  readonly bytes: Uint8Array;
};

/** Largest part for which forms are made: each is hashed with every hash function. */
export const FORMS_OCTETS_LIMIT = 256 * 1024;
/** Most headers of a part of which each is left out in turn. */
const HEADERS_LIMIT = 16;

type Make = (text: string) => string;
type Change = { readonly code: string; readonly when: string; readonly make: Make };

/** Every form, the likely ones first; none is the part itself, and none comes twice. */
export function signedForms(variants: SignedVariants): Form[] {
  const { part } = variants;
  if (part.length > FORMS_OCTETS_LIMIT) return [];
  const seen = new Set([latin1(part)]);
  const forms: Form[] = [];
  const add = (code: string, when: string, text: string): void => {
    if (seen.has(text) || text.length > 2 * FORMS_OCTETS_LIMIT) return;
    seen.add(text);
    forms.push({ code, when, bytes: Buffer.from(text, 'latin1') });
  };
  const bases = baseForms(variants);
  for (const base of bases) add(base.code, base.when, base.text);
  const text = latin1(part);
  for (const change of [...LINE_CHANGES, ...headerChanges(text)])
    add(change.code, change.when, change.make(text));
  // Two mistakes at once: stacks that work on text get line ends wrong besides anything else.
  for (const base of bases) {
    for (const change of LINE_CHANGES) {
      add(base.code, `${base.when}, and ${change.when}`, change.make(base.text));
    }
  }
  for (const header of headerChanges(text)) {
    for (const change of LINE_CHANGES) {
      add(header.code, `${header.when}, and ${change.when}`, change.make(header.make(text)));
    }
  }
  return forms;
}

type Base = { readonly code: string; readonly when: string; readonly text: string };

function baseForms(variants: SignedVariants): Base[] {
  const bases: Base[] = [];
  const text = latin1(variants.part);
  const add = (code: string, when: string, form: Uint8Array | string | undefined): void => {
    if (form === undefined || form.length > 2 * FORMS_OCTETS_LIMIT) return;
    bases.push({ code, when, text: typeof form === 'string' ? form : latin1(form) });
  };
  const lineEnd =
    'the line end before the boundary is taken in, which belongs to the boundary (RFC 2046 §5.1.1)';
  add('crlf-before-boundary', lineEnd, variants.withBoundaryLineEnd ?? `${text}\r\n`);
  const { headers, blank, body } = split(text);
  if (headers !== '') {
    add('headers-left-out', "the part's headers are left out and its body alone is signed", body);
    add('blank-line-left-in', "the part's headers are left out but the blank line is not", blank + body);
  }
  const encoding = variants.transferEncoding ?? 'binary';
  const decoded = variants.decodedBody === undefined ? undefined : latin1(variants.decodedBody);
  if (decoded !== undefined && decoded !== body) {
    const before = `the body is taken before its transfer encoding ${encoding} was applied`;
    add('signed-before-encoding', before, headers + blank + decoded);
    add('signed-before-encoding', `${before}, without headers`, decoded);
    for (const other of ['binary', '8bit', '7bit']) {
      add('signed-before-encoding', before, withEncoding(headers, other) + blank + decoded);
    }
    add('signed-before-encoding', before, withoutEncoding(headers) + blank + decoded);
  }
  for (const [name, encode] of ENCODERS) {
    const after = `the body is taken after a transfer encoding of ${name} was applied to it, which has been undone since`;
    for (const encoded of encode(decoded ?? body)) {
      if (encoded === body) continue;
      add('signed-after-encoding', after, withEncoding(headers, name) + blank + encoded);
      add('signed-after-encoding', after, headers + blank + encoded);
      add('signed-after-encoding', `${after}, without headers`, encoded);
    }
  }
  for (const multipart of variants.multiparts ?? []) {
    add('multipart-signed-whole', 'the whole multipart is signed, boundaries and all', multipart);
  }
  add('enclosing-signed', 'the whole message around the multipart is signed', variants.enclosing);
  add('nothing-signed', 'nothing at all is signed: the signer digested no bytes', '');
  return bases;
}

// By hand: the regular expressions for these two take quadratic time on long runs of spaces or line ends.

function withoutTrailingWhiteSpace(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const cr = line.endsWith('\r') ? '\r' : '';
      let end = line.length - cr.length;
      while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--;
      return line.slice(0, end) + cr;
    })
    .join('\n');
}

function withoutTrailingLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\n') end -= text[end - 2] === '\r' ? 2 : 1;
  return text.slice(0, end);
}

/** Changes of line ends and white space that text-minded code makes. */
const LINE_CHANGES: readonly Change[] = [
  {
    code: 'lf-line-ends',
    when: 'its lines end in LF instead of CRLF',
    make: (text) => text.replace(/\r\n/g, '\n'),
  },
  {
    code: 'crlf-line-ends',
    when: 'its lines end in CRLF instead of LF',
    make: (text) => text.replace(/\r?\n/g, '\r\n'),
  },
  {
    code: 'trailing-white-space',
    when: 'white space at the ends of its lines is stripped',
    make: withoutTrailingWhiteSpace,
  },
  {
    code: 'trailing-line-ends',
    when: 'empty lines at its end are left out',
    make: withoutTrailingLineEnds,
  },
  { code: 'line-end-added', when: 'a CRLF is added at its end', make: (text) => `${text}\r\n` },
  { code: 'line-end-added', when: 'an LF is added at its end', make: (text) => `${text}\n` },
  {
    code: 'lf-line-ends',
    when: 'its lines end in LF instead of CRLF, with an LF added at its end',
    make: (text) => `${text.replace(/\r\n/g, '\n')}\n`,
  },
  {
    code: 'cr-line-ends',
    when: 'its lines end in CR alone',
    make: (text) => text.replace(/\r?\n/g, '\r'),
  },
];

/** Changes of the part's headers that something on the way, or the signer's own MIME code, makes after signing. */
function headerChanges(text: string): Change[] {
  const { headers } = split(text);
  if (headers === '') return [];
  const change = (code: string, when: string, make: Make): Change => ({
    code,
    when,
    make: (whole) => {
      const { headers: before, blank, body } = split(whole);
      return make(before) + blank + body;
    },
  });
  const unfold = 'folded header lines are one line each: they were folded after signing';
  const fold = 'its headers are folded at their parameters: they were unfolded after signing';
  const changes = [
    change('header-folding', unfold, (lines) => lines.replace(/\r?\n[ \t]+/g, ' ')),
    change('header-folding', unfold, (lines) => lines.replace(/\r?\n[ \t]+/g, '')),
    change('header-folding', unfold, (lines) => lines.replace(/\r?\n(?=[ \t])/g, '')),
    ...['\r\n ', '\r\n\t', '\r\n    ', '\r\n        '].flatMap((break_) => [
      change('header-folding', fold, (lines) => lines.replace(/;[ \t]*(?=[^\s;])/g, `;${break_}`)),
    ]),
    change('header-spacing', 'the space after semicolons in its headers is put in', (lines) =>
      lines.replace(/;(?=[^\s])/g, '; '),
    ),
    change('header-spacing', 'the space after semicolons in its headers is left out', (lines) =>
      lines.replace(/;[ \t]+/g, ';'),
    ),
    change('header-spacing', 'the space after colons in its headers is left out', (lines) =>
      lines.replace(/^([^\s:]+):[ \t]+/gm, '$1:'),
    ),
    change('header-spacing', 'a space after colons in its headers is put in', (lines) =>
      lines.replace(/^([^\s:]+):(?=\S)/gm, '$1: '),
    ),
  ];
  const names = [...headers.matchAll(/^([^\s:]+)[ \t]*:/gm)]
    .map((match) => match[1] as string)
    .slice(0, HEADERS_LIMIT);
  for (const name of new Set(names)) {
    const without = new RegExp(`^${escapeRegExp(name)}[ \\t]*:.*(?:\\r?\\n[ \\t].*)*\\r?\\n?`, 'im');
    changes.push(
      change('header-added', `its header ${name} is left out: it was added after signing`, (lines) =>
        lines.replace(without, ''),
      ),
    );
  }
  return changes;
}

/** Transfer encodings as encoders write them, with and without a last line end. */
const ENCODERS: readonly (readonly [string, (body: string) => string[]])[] = [
  [
    'base64',
    (body) => {
      const whole = Buffer.from(body, 'latin1').toString('base64');
      return [76, 64].flatMap((width) => {
        const lines = whole.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\r\n') ?? '';
        return [lines, `${lines}\r\n`];
      });
    },
  ],
  ['quoted-printable', (body) => [quotedPrintable(body)]],
];

/** Quoted-printable (RFC 2045 §6.7) with lines of up to 76 characters. */
function quotedPrintable(body: string): string {
  return body
    .split('\r\n')
    .map((line) => {
      const escaped = line.replace(
        /[^\t\x20-\x3c\x3e-\x7e]|[\t ]$/g,
        (one) => `=${hexOctet(one.charCodeAt(0))}`,
      );
      return softBroken(escaped);
    })
    .join('\r\n');
}

/** Soft line breaks so that no line is longer than 76 characters, none inside an escape. */
function softBroken(line: string): string {
  const pieces: string[] = [];
  let start = 0;
  while (line.length - start > 76) {
    let end = start + 75;
    if (line[end - 1] === '=') end -= 1;
    else if (line[end - 2] === '=') end -= 2;
    pieces.push(`${line.slice(start, end)}=`);
    start = end;
  }
  return [...pieces, line.slice(start)].join('\r\n');
}

function hexOctet(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

function split(text: string): { readonly headers: string; readonly blank: string; readonly body: string } {
  const at = /(?:^|\r?\n)(\r?\n)/.exec(text);
  if (at === null) return { headers: '', blank: '', body: text };
  const blank = at[1] as string;
  const end = at.index + at[0].length;
  return { headers: text.slice(0, end - blank.length), blank, body: text.slice(end) };
}

const ENCODING_HEADER = /^(content-transfer-encoding[ \t]*:[ \t]*).*$/im;

function withEncoding(headers: string, encoding: string): string {
  return headers.replace(ENCODING_HEADER, `$1${encoding}`);
}

function withoutEncoding(headers: string): string {
  return headers.replace(/^content-transfer-encoding[ \t]*:.*\r?\n/im, '');
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
