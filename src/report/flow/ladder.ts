/**
 * A ladder: endpoints as columns, what they sent one another as arrows. A pure model of text, for the interactive view
 * and for `flow`: steps in the order of time, each a line.
 */
import type { SipMessageEvent } from '../../analyzer/events.js';
import { printable } from '../../bytes/text.js';
import { displayWidth } from '../../bytes/width.js';
import type { Endpoint } from '../../model/endpoint.js';
import type { FrameRef } from '../../model/frame-ref.js';
import type { TlsConnection, TlsStep } from '../../tls/connection.js';
import {
  dim,
  LineBuilder,
  padded,
  painted,
  type Styled,
  type StyleName,
  sliceCells,
  styled,
} from '../styled.js';
import { pad, truncate } from '../terminal.js';

export type LadderProtection = 'encrypted' | 'signed' | 'signed and encrypted' | undefined;

/** One arrow, before columns are known. */
export type LadderItem = {
  readonly frame: FrameRef | undefined;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** `INVITE`, `200 OK`, `ClientHello`. */
  readonly label: string;
  readonly kind: 'request' | 'response' | 'tls';
  readonly statusCode: number;
  /** Of the body: S/MIME. `tls` says what TLS carries. */
  readonly protection: LadderProtection;
  readonly isTls: boolean;
  readonly isRetransmission: boolean;
  /** The message's number in its table, where it is one. */
  readonly message?: number;
};

export type LadderStep = LadderItem & {
  /** Columns of the arrow's ends; equal for a message that an endpoint sends to itself. */
  readonly from: number;
  readonly to: number;
  /** Seconds since the step before; undefined for the first, and without times. */
  readonly gap: number | undefined;
};

export type Ladder = { readonly endpoints: readonly string[]; readonly steps: readonly LadderStep[] };

/** Endpoints with a column of their own; further ones share the last. */
const MAX_ENDPOINTS = 12;

/** Puts items, in the order of time, between columns of endpoints, in the order in which these were first seen. */
export function buildLadder(items: readonly LadderItem[]): Ladder {
  const endpoints: string[] = [];
  const columnOf = (endpoint: Endpoint): number => {
    const name = hostPort(endpoint);
    const known = endpoints.indexOf(name);
    if (known >= 0) return known;
    if (endpoints.length >= MAX_ENDPOINTS) return MAX_ENDPOINTS - 1;
    return endpoints.push(name) - 1;
  };
  let before: FrameRef | undefined;
  const steps = items.map((item): LadderStep => {
    const from = columnOf(item.source);
    const to = columnOf(item.destination);
    const { frame } = item;
    const gap =
      frame === undefined || before === undefined
        ? undefined
        : frame.seconds - before.seconds + (frame.nanoseconds - before.nanoseconds) / 1e9;
    before = frame ?? before;
    return { ...item, from, to, gap };
  });
  return { endpoints, steps };
}

/** The arrows of a connection's set-up: handshake messages by record, until the first application data. */
export function handshakeItems(connection: TlsConnection, client: Endpoint, server: Endpoint): LadderItem[] {
  const items: LadderItem[] = [];
  for (const step of connection.steps) {
    const label = stepLabel(step);
    if (label === undefined) continue;
    const fromClient = step.direction === 'client';
    items.push({
      frame: step.frame,
      source: fromClient ? client : server,
      destination: fromClient ? server : client,
      label,
      kind: 'tls',
      statusCode: 0,
      protection: undefined,
      isTls: true,
      isRetransmission: false,
    });
  }
  return items;
}

function stepLabel(step: TlsStep): string | undefined {
  if (step.alert !== undefined) return `Alert ${step.alert.description}`;
  const type = step.innerType ?? step.contentType;
  if (type === 23) return undefined;
  if (step.messages.length > 0) return step.messages.map(({ name }) => name).join(', ');
  if (type === 20) return 'ChangeCipherSpec';
  if (type === 21) return 'Alert';
  return type === 22 ? (step.encrypted ? 'encrypted handshake' : 'handshake') : step.contentTypeName;
}

/** How the body of a message is protected, by the words of its security column. */
export function protectionOf(security: string): LadderProtection {
  const signed = security.includes('signed');
  const encrypted = security.includes('decrypted');
  if (signed && encrypted) return 'signed and encrypted';
  return signed ? 'signed' : encrypted ? 'encrypted' : undefined;
}

/** The arrow of a message event. */
export function messageItem(
  event: Pick<SipMessageEvent, 'frame' | 'source' | 'destination' | 'transport' | 'message'>,
  security: string,
): LadderItem | undefined {
  const { source, destination, message } = event;
  if (source === undefined || destination === undefined) return undefined;
  const isRequest = message.kind === 'request';
  return {
    frame: event.frame,
    source,
    destination,
    label: isRequest ? message.method : `${message.statusCode} ${message.reasonPhrase}`,
    kind: isRequest ? 'request' : 'response',
    statusCode: isRequest ? 0 : message.statusCode,
    protection: protectionOf(security),
    isTls: event.transport === 'tls' || event.transport === 'wss',
    isRetransmission: false,
  };
}

export type LadderGlyphs = {
  readonly line: string;
  readonly arrowRight: string;
  readonly arrowLeft: string;
  readonly stem: string;
  readonly lock: string;
  readonly pen: string;
  readonly ellipsis: string;
};

export const UNICODE_LADDER: LadderGlyphs = {
  line: '─',
  arrowRight: '▶',
  arrowLeft: '◀',
  stem: '│',
  lock: '🔒',
  pen: '✎',
  ellipsis: '…',
};
export const ASCII_LADDER: LadderGlyphs = {
  line: '-',
  arrowRight: '>',
  arrowLeft: '<',
  stem: '|',
  lock: '[E]',
  pen: '[S]',
  ellipsis: '~',
};

export type LadderDrawing = {
  readonly width: number;
  readonly glyphs: LadderGlyphs;
  /** Text before each line, all of one width: the time. */
  readonly time: (step: LadderStep) => string;
  readonly timeWidth: number;
  /** First cell that is shown of the drawing behind the time, which is then cut to `width`; without it, all is shown. */
  readonly from?: number;
};

/** Narrowest distance of two columns in which a label can still be read. */
const LEAST_SPACING = 16;
const MOST_SPACING = 46;
/** Cells left of the first and right of the last column, where half of their names stands. */
const MARGIN = 8;

/** Cells between two neighbouring endpoints. */
export function ladderSpacing(ladder: Ladder, { width, timeWidth }: LadderDrawing): number {
  const gaps = Math.max(1, ladder.endpoints.length - 1);
  const room = width - timeWidth - 2 - 2 * MARGIN;
  return Math.max(LEAST_SPACING, Math.min(MOST_SPACING, Math.floor(room / gaps)));
}

/** Cells behind the time of which the drawing is cut. */
function ladderRoom({ width, timeWidth }: LadderDrawing): number {
  return width - timeWidth - 1;
}

/** Cells that the drawing takes behind the time; more than there are where endpoints are many. */
function ladderCells(ladder: Ladder, drawing: LadderDrawing): number {
  return 2 * MARGIN + (ladder.endpoints.length - 1) * ladderSpacing(ladder, drawing);
}

/**
 * The first cell to be shown so that the arrow of `step` is in sight, as near as can be to `from`, the one shown before;
 * 0 where the whole drawing has room. Of an arrow that is longer than the room the middle is shown, where its label is.
 */
export function ladderStart(ladder: Ladder, step: LadderStep, drawing: LadderDrawing, from: number): number {
  const room = ladderRoom(drawing);
  const spacing = ladderSpacing(ladder, drawing);
  const left = MARGIN + Math.min(step.from, step.to) * spacing;
  // What an endpoint sends to itself has its label to the right of it.
  const length = step.from === step.to ? 2 * spacing : Math.abs(step.to - step.from) * spacing + 1;
  const cells = Math.max(ladderCells(ladder, drawing), left + length);
  if (cells <= room) return 0;
  // With the half of a name that stands beyond each end, where there is room for it.
  const beyond = Math.min(MARGIN, Math.floor((room - length) / 2));
  const first = left - beyond;
  const last = left + length + beyond - room;
  const start = beyond < 0 ? first : Math.min(Math.max(from, last), first);
  return Math.max(0, Math.min(start, cells - room));
}

/** What is shown of a line of the drawing behind the time. */
function shown(line: Styled, drawing: LadderDrawing): Styled {
  return drawing.from === undefined ? line : sliceCells(line, drawing.from, ladderRoom(drawing));
}

/** The names of the endpoints above their columns; an ellipsis at an end tells that there are more beyond it. */
export function ladderHeading(ladder: Ladder, drawing: LadderDrawing): Styled {
  const spacing = ladderSpacing(ladder, drawing);
  const { ellipsis } = drawing.glyphs;
  let line = '';
  for (const [column, name] of ladder.endpoints.entries()) {
    const stem = MARGIN + column * spacing;
    const text = addressEnd(printable(name), spacing - 1, ellipsis);
    // Above its stem, as far as the name before it leaves room.
    const start = Math.max(
      stem - Math.floor(displayWidth(text) / 2),
      column === 0 ? 0 : displayWidth(line) + 1,
    );
    line += ' '.repeat(Math.max(0, start - displayWidth(line))) + text;
  }
  const { from = 0 } = drawing;
  const room = ladderRoom(drawing);
  let heading = shown(line, drawing);
  if (drawing.from !== undefined && ladderCells(ladder, drawing) > from + room)
    heading = styled`${padded(sliceCells(heading, 0, room - 1), room - 1)}${ellipsis}`;
  if (from > 0) heading = styled`${ellipsis}${sliceCells(heading, 1, room - 1)}`;
  return styled`${' '.repeat(drawing.timeWidth)} ${heading}`;
}

/** An address and port, cut to `width` at the front: those of one network begin alike and end differently. */
function addressEnd(name: string, width: number, ellipsis: string): string {
  return name.length <= width ? name : `${ellipsis}${name.slice(1 - width)}`;
}

/** One step as a line: time, stems, and the arrow with its label on it. */
export function ladderLine(ladder: Ladder, step: LadderStep, drawing: LadderDrawing): Styled {
  const { glyphs } = drawing;
  const spacing = ladderSpacing(ladder, drawing);
  const columnAt = (column: number): number => MARGIN + column * spacing;
  const left = Math.min(step.from, step.to);
  const right = Math.max(step.from, step.to);
  const line = new LineBuilder();
  let at = 0;
  const stemsUpTo = (end: number): void => {
    for (let column = 0; column < ladder.endpoints.length; column++) {
      const stem = columnAt(column);
      if (stem < at || stem >= end) continue;
      line.add(' '.repeat(stem - at)).add(dim(glyphs.stem));
      at = stem + 1;
    }
    line.add(' '.repeat(Math.max(0, end - at)));
    at = Math.max(at, end);
  };
  const paint = (text: string): Styled => painted(stepStyle(step), text);
  if (left === right) {
    stemsUpTo(columnAt(left) + 1);
    const text = truncate(
      ` ${glyphs.arrowLeft} ${stepText(step, glyphs)} (to itself)`,
      spacing * 2,
      glyphs.ellipsis,
    );
    line.add(paint(text));
    at += displayWidth(text);
  } else {
    const start = columnAt(left) + 1;
    const end = columnAt(right);
    stemsUpTo(start);
    const toRight = step.to > step.from;
    const room = end - start - 1;
    const label = truncate(` ${stepText(step, glyphs)} `, room, glyphs.ellipsis);
    const lines = room - displayWidth(label);
    const before = glyphs.line.repeat(Math.floor(lines / 2));
    const after = glyphs.line.repeat(Math.ceil(lines / 2));
    const shaft = `${before}${label}${after}`;
    line.add(paint(toRight ? `${shaft}${glyphs.arrowRight}` : `${glyphs.arrowLeft}${shaft}`));
    at = end;
  }
  stemsUpTo(columnAt(ladder.endpoints.length - 1) + 1);
  const time = pad(truncate(drawing.time(step), drawing.timeWidth, glyphs.ellipsis), drawing.timeWidth);
  return styled`${dim(time)} ${shown(line.line, drawing)}`;
}

function stepText(step: LadderStep, glyphs: LadderGlyphs): string {
  const words = [printable(step.label)];
  if (step.isRetransmission) words.push('(again)');
  if (step.protection?.includes('signed') === true) words.push(glyphs.pen);
  if (step.protection?.includes('encrypted') === true || (step.isTls && step.kind !== 'tls'))
    words.push(glyphs.lock);
  return words.join(' ');
}

function stepStyle(step: LadderStep): StyleName {
  if (step.kind === 'tls') return 'magenta';
  if (step.isRetransmission) return 'dim';
  if (step.kind === 'request') return 'cyan';
  if (step.statusCode < 200) return 'dim';
  return step.statusCode < 300 ? 'green' : step.statusCode < 400 ? 'yellow' : 'red';
}

function hostPort({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
