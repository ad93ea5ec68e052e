import type { SipMessageEvent } from '../analyzer/events.js';
import type { Endpoint } from '../model/endpoint.js';
import { parseNameAddr } from '../sip/grammar/address.js';
import { firstHeader, type SipMessage } from '../sip/message.js';
import { timestamp } from './records/to-record.js';
import { securityStyle, securityWords } from './security.js';
import type { Styled } from './styled.js';
import { type Cell, type Column, TableWriter } from './terminal.js';
import { endpointText } from './tls/table.js';

export type MessageListOptions = {
  /** Columns of the terminal; undefined where lines may be of any length. */
  readonly width: number | undefined;
  /** Whether to name the file of each message: where there are several. */
  readonly labelFiles: boolean;
  /** Columns that the longest name of a file takes, where it is known: the first rows need not have it. */
  readonly fileWidth?: number;
};

/** Rows held back to find the widths of columns: enough for a screen, and soon there in a live capture. */
const SAMPLE_ROWS = 50;

/** Columns of a terminal below which the list is the short one: the long one would lose what was said. */
const WIDE = 140;

type ListColumn = Column & { readonly cell: (event: SipMessageEvent, number: number) => Cell };

const NUMBER: ListColumn = {
  title: 'No.',
  align: 'right',
  minWidth: 4,
  cell: (_, number) => String(number),
};
const SOURCE: ListColumn = { title: 'Source', minWidth: 17, cell: ({ source }) => endpoint(source) };
const DESTINATION: ListColumn = {
  title: 'Destination',
  minWidth: 17,
  cell: ({ destination }) => endpoint(destination),
};
const SECURITY: ListColumn = { title: 'Security', cell: (event) => securityCell(event) };

function longColumns({ labelFiles, fileWidth = 0 }: MessageListOptions): ListColumn[] {
  const file: ListColumn = {
    title: 'File',
    maxWidth: MAX_FILE_WIDTH,
    minWidth: Math.min(fileWidth, MAX_FILE_WIDTH),
    cell: ({ file }) => file,
  };
  return [
    NUMBER,
    ...(labelFiles ? [file] : []),
    {
      title: 'Frame',
      align: 'right',
      minWidth: 5,
      cell: ({ frame }) => (frame === undefined ? '' : String(frame.number)),
    },
    { title: 'Time', cell: (event) => time(event).replace('T', ' ') },
    SOURCE,
    DESTINATION,
    { title: 'Via', cell: ({ transport }) => transport?.toUpperCase() ?? '' },
    { title: 'Message', minWidth: 8, maxWidth: 32, cell: ({ message }) => messageCell(message) },
    { title: 'From', minWidth: 24, maxWidth: 40, cell: ({ message }) => address(message, 'from') },
    { title: 'To', minWidth: 24, maxWidth: 40, cell: ({ message }) => address(message, 'to') },
    SECURITY,
  ];
}

/** What tells one message from another at 80 columns: `show` and a wider terminal have the rest. */
function shortColumns({ labelFiles }: MessageListOptions): ListColumn[] {
  return [
    NUMBER,
    ...(labelFiles
      ? [{ title: 'File', maxWidth: 16, cell: ({ file }: SipMessageEvent) => file.replace(/^.*\//, '') }]
      : []),
    {
      title: 'Time',
      cell: (event) =>
        time(event)
          .replace(/^.*T/, '')
          .slice(0, labelFiles ? 8 : 12),
    },
    SOURCE,
    DESTINATION,
    { title: 'Message', minWidth: 8, maxWidth: 20, cell: ({ message }) => messageCell(message) },
    SECURITY,
  ];
}

const MAX_FILE_WIDTH = 40;

/** Writes one line per message: number, time, from where to where, what, who, and how it is protected. */
export class MessageList {
  readonly #table: TableWriter;
  readonly #columns: readonly ListColumn[];
  #count = 0;

  constructor(line: (line: Styled) => void, options: MessageListOptions) {
    const { width } = options;
    this.#columns = width === undefined || width >= WIDE ? longColumns(options) : shortColumns(options);
    this.#table = new TableWriter(this.#columns, line, {
      sample: SAMPLE_ROWS,
      ...(width === undefined ? {} : { width }),
    });
  }

  /** `number` counts all messages of the run, so that `show` finds a message that a filter let through. */
  add(event: SipMessageEvent, number: number): void {
    this.#count++;
    this.#table.row(this.#columns.map(({ cell }) => cell(event, number)));
  }

  /** Writes what is held back; nothing at all where there was no message yet. */
  flush(): void {
    if (this.#count > 0) this.#table.flush();
  }
}

/** RFC 3339 without the zone, which is always UTC; empty for a message that has no time. */
function time({ frame }: SipMessageEvent): string {
  return frame === undefined ? '' : timestamp(frame).replace('Z', '');
}

function endpoint(end: Endpoint | undefined): string {
  return end === undefined ? '' : endpointText(end);
}

function messageCell(message: SipMessage): Cell {
  if (message.kind === 'request') return { text: message.method, style: 'bold' };
  const text = `${message.statusCode} ${message.reasonPhrase}`;
  if (message.statusCode < 200) return { text, style: 'dim' };
  return { text, style: message.statusCode < 300 ? 'green' : message.statusCode < 400 ? 'yellow' : 'red' };
}

function address(message: SipMessage, name: 'from' | 'to'): string {
  const header = firstHeader(message, name);
  return header === undefined ? '' : parseNameAddr(header.value).uri;
}

function securityCell(event: SipMessageEvent): Cell {
  const text = securityWords(event);
  return { text, style: securityStyle(text) };
}
