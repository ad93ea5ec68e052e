import type { SipMessageEvent, TlsConnectionEvent } from '../../analyzer/events.js';
import type { FrameRef } from '../../model/frame-ref.js';
import { parseVia } from '../../sip/grammar/via.js';
import { firstHeader } from '../../sip/message.js';
import { securityWords } from '../security.js';
import type { Styled } from '../styled.js';
import {
  buildLadder,
  handshakeItems,
  type LadderGlyphs,
  type LadderItem,
  type LadderStep,
  ladderHeading,
  ladderLine,
  messageItem,
} from './ladder.js';

/** Arrows of one ladder; who wants to read more filters first. */
const MAX_ITEMS = 100_000;

/** Columns for frame number and time: `  1234    12.345678 `. */
const TIME_WIDTH = 20;

/** Columns that a ladder of one endpoint takes on paper, where there is no terminal to fit. */
const COLUMN_WIDTH = 46;

/** Gathers what one capture's connections and messages say, and draws it in the order of its frames. */
export class FlowLadder {
  readonly #items: LadderItem[] = [];
  readonly #seen = new Set<string>();
  #omitted = 0;

  message(event: SipMessageEvent): void {
    const item = messageItem(event, securityWords(event));
    if (item !== undefined) this.#add({ ...item, isRetransmission: this.#isRetransmission(event, item) });
  }

  connection({ connection, client, server }: TlsConnectionEvent): void {
    for (const item of handshakeItems(connection, client, server)) this.#add(item);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Lines of the drawing. `width` are the terminal's columns. */
  *lines(options: { readonly width: number | undefined; readonly glyphs: LadderGlyphs }): Generator<Styled> {
    const items = [...this.#items].sort(
      (a, b) => (a.frame?.number ?? 0) - (b.frame?.number ?? 0) || order(a) - order(b),
    );
    const ladder = buildLadder(items);
    const first = items.find(({ frame }) => frame !== undefined)?.frame;
    const drawing = {
      width: options.width ?? TIME_WIDTH + 2 + ladder.endpoints.length * COLUMN_WIDTH,
      glyphs: options.glyphs,
      time: (step: LadderStep) => timeText(step, first),
      timeWidth: TIME_WIDTH,
    };
    yield ladderHeading(ladder, drawing);
    for (const step of ladder.steps) yield ladderLine(ladder, step, drawing);
    if (this.#omitted > 0) yield `and ${this.#omitted} more; a filter makes it less`;
  }

  #add(item: LadderItem): void {
    if (this.#items.length < MAX_ITEMS) this.#items.push(item);
    else this.#omitted++;
  }

  /** RFC 3261 §17: over UDP, the same message of the same transaction between the same two. */
  #isRetransmission(event: SipMessageEvent, item: LadderItem): boolean {
    if (event.transport !== 'udp' || this.#seen.size >= MAX_ITEMS) return false;
    const { message } = event;
    const via = firstHeader(message, 'via');
    const branch = via === undefined ? '' : (parseVia(via.value).branch ?? '');
    const parts = [
      item.source.address,
      item.source.port,
      item.destination.address,
      item.destination.port,
      item.label,
      branch,
      firstHeader(message, 'call-id')?.value,
      firstHeader(message, 'cseq')?.value,
    ];
    const key = JSON.stringify(parts);
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}

/** In one frame the handshake comes before what it carries. */
function order({ kind }: LadderItem): number {
  return kind === 'tls' ? 0 : 1;
}

function timeText({ frame }: LadderStep, first: FrameRef | undefined): string {
  if (frame === undefined || first === undefined) return '';
  const seconds = frame.seconds - first.seconds + (frame.nanoseconds - first.nanoseconds) / 1e9;
  return `${String(frame.number).padStart(6)} ${seconds.toFixed(6).padStart(12)}`;
}
