import type { TlsConnectionEvent } from '../../analyzer/events.js';
import type { Endpoint } from '../../model/endpoint.js';
import type { TlsConnection } from '../../tls/connection.js';
import type { Styled, StyleName } from '../styled.js';
import { type Cell, type Column, TableWriter } from '../terminal.js';

export type TlsTableOptions = {
  /** Columns of the terminal; undefined where lines may be of any length. */
  readonly width: number | undefined;
  /** Whether to name the file of each connection: where there are several. */
  readonly labelFiles: boolean;
};

/** Columns of a terminal below which the table is the short one: the long one would lose whether it was opened. */
const WIDE = 130;

type TlsColumn = Column & { readonly cell: (event: TlsConnectionEvent) => Cell };

const STREAM: TlsColumn = {
  title: 'Stream',
  align: 'right',
  cell: ({ tcpStream }) => String(tcpStream),
};
const SERVER: TlsColumn = { title: 'Server', cell: ({ server }) => endpointText(server) };
const VERSION: TlsColumn = { title: 'Version', cell: ({ connection }) => connection.version ?? '?' };
const SUITE: TlsColumn = {
  title: 'Cipher suite',
  cell: ({ connection }) => connection.cipherSuite?.name ?? '?',
};
const DECRYPTION: TlsColumn = { title: 'Decryption', cell: ({ connection }) => decryptionCell(connection) };

function fileColumn(labelFiles: boolean): readonly TlsColumn[] {
  return labelFiles ? [{ title: 'File', maxWidth: 40, cell: ({ file }) => file }] : [];
}

function longColumns(labelFiles: boolean): readonly TlsColumn[] {
  return [
    ...fileColumn(labelFiles),
    STREAM,
    { title: 'Client', cell: ({ client }) => endpointText(client) },
    SERVER,
    VERSION,
    SUITE,
    { title: 'Identity', maxWidth: 48, cell: (event) => identityCell(event) },
    { title: 'Session', cell: ({ connection }) => sessionText(connection) },
    DECRYPTION,
  ];
}

/** What fits 80 columns; the details have the rest. */
function shortColumns(labelFiles: boolean): readonly TlsColumn[] {
  return [STREAM, SERVER, VERSION, SUITE, DECRYPTION, ...fileColumn(labelFiles)];
}

/** Writes one line per TLS connection. */
export class TlsTable {
  readonly #table: TableWriter;
  readonly #columns: readonly TlsColumn[];

  constructor(line: (line: Styled) => void, { width, labelFiles }: TlsTableOptions) {
    const isLong = width === undefined || width >= WIDE;
    this.#columns = isLong ? longColumns(labelFiles) : shortColumns(labelFiles);
    this.#table = new TableWriter(this.#columns, line, width === undefined ? {} : { width });
  }

  add(event: TlsConnectionEvent): void {
    this.#table.row(this.#columns.map(({ cell }) => cell(event)));
  }

  end(): void {
    this.#table.flush();
  }
}

/** `[2001:db8::1]:5061`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The identity that the client meant, and whether the server's certificate has it. */
export function identityCell({ verdict, connection }: TlsConnectionEvent): Cell {
  const { identity, intended } = verdict;
  const [leaf] = connection.certificates;
  if (identity === undefined) {
    if (leaf === undefined) return intended === undefined ? '' : `${intended.host}?`;
    return { text: 'not told', style: 'dim' };
  }
  if (identity.status === 'match') return { text: `${identity.expected} ok`, style: 'green' };
  const found = identity.found.length === 0 ? 'no SIP name' : identity.found.join(', ');
  return { text: `${identity.expected} but ${found}`, style: 'red' };
}

/** Whether the handshake was a full one, and whether it came to its end. */
export function sessionText(connection: TlsConnection): string {
  const { resumed, resumption, established, mutual, serverHelloFrame, clientHelloFrame } = connection;
  const words: string[] = [];
  if (resumed) words.push(`resumed${resumption === undefined ? '' : ` (${resumption.replace('_', ' ')})`}`);
  else if (serverHelloFrame !== undefined) words.push('new');
  else words.push(clientHelloFrame === undefined ? 'joined midway' : 'no answer');
  if (connection.handshakes > 1) words.push(`${connection.handshakes} handshakes`);
  if (mutual) words.push('mutual');
  if (!established && serverHelloFrame !== undefined) words.push('not established');
  return words.join(', ');
}

const DECRYPTION_STYLES: Readonly<Record<TlsConnection['decryption']['status'], StyleName>> = {
  decrypted: 'green',
  partial: 'yellow',
  not_decrypted: 'red',
  not_encrypted: 'yellow',
};

/** Whether the connection could be opened, and why not. */
export function decryptionCell({ decryption }: TlsConnection): Cell {
  const { status, reason } = decryption;
  const text = reason === undefined ? status : `${status}: ${reason}`;
  return { text, style: DECRYPTION_STYLES[status] };
}
