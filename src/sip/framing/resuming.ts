/**
 * Finding one's place again after lost bytes, without taking a start line inside a body (message/sip, message/sipfrag) for
 * one. What is left of the broken message tells: lines of its header section, the empty line behind them, and
 * Content-Length, after which framing is in step again.
 *
 * In: the lines after the gap, in order. Out: how far the body behind them goes, and whether a start line stands in it.
 */
import { latin1 } from '../../bytes/text.js';
import { type BodyBounds, boundStreamBody, mayBoundBody, readBodyBounds } from '../grammar/content-length.js';

const LF = 0x0a;
const CR = 0x0d;
/** A header, or the rest of a folded one. */
const HEADER_LINE = /^(?:[!%'*+.\w`~-]+[ \t]*:|[ \t])/;
/** How much of a line tells whether it is a header. */
const LOOKED_AT = 128;
/** Types of bodies in which a start line may stand. */
const HOLDS_SIP = /^(?:c|content-type)[ \t]*:\s*(?:message|multipart)\//i;

export class Resuming {
  /** Whether the lines since the gap, or since the last empty line, are those of a header section. */
  #inHeader = false;
  /** Whether a body of unknown length may begin here, with a start line. */
  #inBody: boolean;
  /** Whether the next line is whole: the first one after a gap may have lost its beginning. */
  #isWhole = false;
  #lengths: string[] = [];
  #type: 'unknown' | 'plain' | 'holds_sip' = 'unknown';

  /** `header`: what came before the gap of a header section, with the lines in it that may bound the body. */
  constructor(header?: { readonly bytes: Uint8Array; readonly lineStarts: readonly number[] }) {
    for (const start of header?.lineStarts ?? []) {
      const { bytes } = header as { readonly bytes: Uint8Array };
      // What the gap cut says nothing.
      if (bytes.indexOf(LF, start) >= 0) this.#noteBound(bytes, start, bytes.length);
    }
    this.#inHeader = header !== undefined;
    this.#inBody = this.#type === 'holds_sip';
  }

  /** Whether a start line that begins the next line stands in the body of the broken message. */
  get isInBody(): boolean {
    return this.#inBody;
  }

  /** Takes bytes[from..to), a line without a start line. Answers the octets of body behind it where it ends a header section. */
  line(bytes: Uint8Array, from: number, to: number): number | undefined {
    const isWhole = this.#isWhole;
    this.#isWhole = true;
    const length = to - from;
    if (length === 1 || (length === 2 && bytes[from] === CR && bytes[from + 1] === LF))
      return this.#endHeader();
    this.#inBody = false;
    if (!HEADER_LINE.test(latin1(bytes, from, Math.min(to, from + LOOKED_AT)))) {
      // The first line may be the rest of a header.
      if (isWhole) this.#forgetHeader();
      return undefined;
    }
    if (isWhole && mayBoundBody(bytes[from] as number)) this.#noteBound(bytes, from, to);
    this.#inHeader = true;
    return undefined;
  }

  /** A start line that stands in a body was passed over: the lines of its header section follow. */
  passStartLine(): void {
    this.#forgetHeader();
    this.#inHeader = true;
    this.#inBody = false;
    this.#isWhole = true;
  }

  /** A whole header section was passed over: answers the octets of body behind it, where they are known. */
  passHeader({ lengths, hasContentType }: BodyBounds): number | undefined {
    this.#forgetHeader();
    this.#inBody = hasContentType;
    this.#isWhole = true;
    return boundStreamBody(lengths, hasContentType, 0).octets;
  }

  #endHeader(): number | undefined {
    if (!this.#inHeader) return undefined;
    const { octets } = boundStreamBody(this.#lengths, true, 0);
    const type = this.#type;
    this.#forgetHeader();
    // Where neither length nor type are left, the body may be anything.
    this.#inBody = octets === undefined && type !== 'plain';
    return octets;
  }

  #forgetHeader(): void {
    this.#inHeader = false;
    this.#lengths = [];
    this.#type = 'unknown';
  }

  #noteBound(bytes: Uint8Array, start: number, end: number): void {
    const { lengths, hasContentType } = readBodyBounds(bytes, [start], end);
    if (lengths[0] !== undefined) this.#lengths.push(lengths[0]);
    if (!hasContentType) return;
    this.#type = HOLDS_SIP.test(latin1(bytes, start, Math.min(end, start + LOOKED_AT)))
      ? 'holds_sip'
      : 'plain';
  }
}

/** Start line of a message behind the first line of a header section, as after a message/sipfrag without an empty line. */
const LATER_START = /\n(?=SIP\/\d\.\d \d{3} |[A-Z]{3,16} [^\s:]+:\S+ SIP\/\d\.\d\r?\n)/g;
const METHOD = /^([^\s/]+) /;
const CSEQ = /^CSeq[ \t]*:\s*\d+\s+([^\s]+)/im;

/** Where the last start line in a header section begins: 0 mostly. */
export function lastStartLine(section: string): number {
  let last = 0;
  for (const { index } of section.matchAll(LATER_START)) last = index + 1;
  return last;
}

/**
 * Whether a header section that was found after lost bytes is that of a whole message: it has what every message must have
 * (RFC 3261 §8.1.1), and the method of a request is that of its CSeq (§8.1.1.5), so that the start of it is not lost.
 */
export function isWholeHeader(section: string): boolean {
  const cseq = CSEQ.exec(section)?.[1];
  if (cseq === undefined || !/^(?:Via|v)[ \t]*:/im.test(section)) return false;
  if (!/^(?:Call-ID|i)[ \t]*:/im.test(section)) return false;
  if (/^SIP\//i.test(section)) return true;
  return METHOD.exec(section)?.[1] === cseq;
}

/** Whether the first message of a capture that begins in the middle of a stream has lost the start of its method. */
export function hasCutMethod(section: string): boolean {
  const method = METHOD.exec(section)?.[1];
  const cseq = CSEQ.exec(section)?.[1];
  return method !== undefined && cseq !== undefined && cseq.length > method.length && cseq.endsWith(method);
}
