import type { Endpoint, SipMessageEvent } from '../analyzer/events.js';
import { parseNameAddr } from '../sip/address.js';
import { firstHeader, type SipMessage } from '../sip/message.js';
import { timestamp } from './record.js';
import { securityWords } from './security.js';
import { type Cell, type Column, TableWriter } from './terminal.js';
import type { Style } from './terminal-style.js';

export type MessageListOptions = {
  readonly style: Style;
  /** Columns of the terminal; undefined where lines may be of any length. */
  readonly width: number | undefined;
  /** Whether to name the file of each message: where there are several. */
  readonly labelFiles: boolean;
};

/** Rows held back to find the widths of columns: enough for a screen, and soon there in a live capture. */
const SAMPLE_ROWS = 50;

/** Writes a line a message: number, time, from where to where, what, who, and how it is protected. */
export class MessageList {
  readonly #table: TableWriter;
  readonly #labelFiles: boolean;
  #count = 0;

  constructor(line: (line: string) => void, options: MessageListOptions) {
    this.#labelFiles = options.labelFiles;
    const columns: Column[] = [
      { title: 'No.', align: 'right', minWidth: 4 },
      ...(options.labelFiles ? [{ title: 'File', maxWidth: 40 }] : []),
      { title: 'Frame', align: 'right', minWidth: 5 },
      { title: 'Time' },
      { title: 'Source', minWidth: 17 },
      { title: 'Destination', minWidth: 17 },
      { title: 'Via' },
      { title: 'Message', minWidth: 8, maxWidth: 32 },
      { title: 'From', minWidth: 16, maxWidth: 40 },
      { title: 'To', minWidth: 16, maxWidth: 40 },
      { title: 'Security' },
    ];
    const { style, width } = options;
    this.#table = new TableWriter(columns, line, {
      style,
      sample: SAMPLE_ROWS,
      ...(width === undefined ? {} : { width }),
    });
  }

  /** `number` counts all messages of the run, so that `show` finds a message that a filter let through. */
  add(event: SipMessageEvent, number: number): void {
    this.#count++;
    const { message, frame } = event;
    this.#table.row([
      String(number),
      ...(this.#labelFiles ? [event.file] : []),
      frame === undefined ? '' : String(frame.number),
      frame === undefined ? '' : timestamp(frame).replace('T', ' ').replace('Z', ''),
      endpoint(event.source),
      endpoint(event.destination),
      event.transport?.toUpperCase() ?? '',
      messageCell(message),
      address(message, 'from'),
      address(message, 'to'),
      securityCell(event),
    ]);
  }

  /** Writes what is held back; nothing at all where there was no message yet. */
  flush(): void {
    if (this.#count > 0) this.#table.flush();
  }
}

function endpoint(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return '';
  const { address, port } = endpoint;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
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
  if (text.includes('BAD')) return { text, style: 'red' };
  if (text.includes('?') || text.includes('closed')) return { text, style: 'yellow' };
  return { text, style: 'green' };
}
