/** Saving: which messages, in which form. */
import type { Frame } from '../capture/frame.js';
import { formatAddress } from '../net/address.js';
import { PacketDecoder } from '../net/decoder.js';
import { PcapngWriter } from '../report/packets/pcapng.js';
import { toJson } from '../report/records/json.js';
import { toRecord } from '../report/records/to-record.js';
import { render } from '../report/render.js';
import { drawTree, fieldLabel } from '../report/terminal.js';
import { formatEndpoint } from './format.js';
import { describeWriteError, SafeFile } from './safe-file.js';
import type { Session } from './session.js';
import { treeOf } from './views/message-panes.js';

export const SAVE_FORMATS = ['pcapng', 'NDJSON', 'text', 'key log'] as const;
export type SaveFormat = (typeof SAVE_FORMATS)[number];
export const SAVE_SCOPES = ['shown', 'marked', 'message', 'all'] as const;
export type SaveScope = (typeof SAVE_SCOPES)[number];

export type SaveRequest = {
  readonly path: string;
  readonly format: SaveFormat;
  readonly scope: SaveScope;
  /** pcapng: whether the TLS secrets go inside. */
  readonly secrets: boolean;
  readonly overwrite: boolean;
  /** The message of the scope `message`. */
  readonly row: number | undefined;
};

export const EXTENSIONS: { readonly [format in SaveFormat]: string } = {
  pcapng: 'pcapng',
  NDJSON: 'ndjson',
  text: 'txt',
  'key log': 'keylog',
};

/** Saves, and answers in a sentence what was saved or why not. */
export async function save(session: Session, request: SaveRequest): Promise<string> {
  const rows = rowsOf(session, request);
  const connections = connectionsOf(session, request.scope, rows);
  const lines = connections.flatMap(
    (index) => session.store.connections.row(index)?.event?.keyLogLines() ?? [],
  );
  const { format, path } = request;
  if (format !== 'key log' && rows.length === 0 && request.scope !== 'all') return nothing(request.scope);
  if (format === 'key log' && lines.length === 0)
    return 'nothing saved: no secret of a TLS connection is known';
  if (format === 'pcapng' && !session.source.canRepeat) {
    return session.source.isLive
      ? 'nothing saved: packets of a live capture are not kept; `siplens capture -w FILE` saves them as they come'
      : 'nothing saved: what came through a pipe cannot be read again; save it to a file first';
  }
  let file: SafeFile;
  try {
    file = new SafeFile(path, { overwrite: request.overwrite });
  } catch (error) {
    return `nothing saved: ${describeWriteError(path, error)}`;
  }
  try {
    const what = await write(session, request, rows, connections, lines, file);
    if (what.count === 0) {
      file.discard();
      return `nothing saved: ${what.text}`;
    }
    file.finish();
    return `saved ${what.text} to ${path}`;
  } catch (error) {
    try {
      file.discard();
    } catch {
      // Closed by finish already, which took the temporary file away.
    }
    return `nothing saved: ${describeWriteError(path, error)}`;
  }
}

type Written = { readonly count: number; readonly text: string };

async function write(
  session: Session,
  request: SaveRequest,
  rows: readonly number[],
  connections: readonly number[],
  lines: readonly string[],
  file: SafeFile,
): Promise<Written> {
  switch (request.format) {
    case 'key log':
      file.write(lines.map((line) => `${line}\n`).join(''));
      return { count: lines.length, text: counted(lines.length, 'secret') };
    case 'NDJSON':
      return writeRecords(session, request.scope, rows, connections, file);
    case 'text':
      return writeText(session, rows, file);
    case 'pcapng':
      return writeFrames(session, request, rows, connections, lines, file);
  }
}

async function writeRecords(
  session: Session,
  scope: SaveScope,
  rows: readonly number[],
  connections: readonly number[],
  file: SafeFile,
): Promise<Written> {
  let count = 0;
  await eachRow(session, rows, (row) => {
    const event = session.events.eventOf(row);
    if (event === undefined) return;
    file.write(`${toJson(toRecord(event))}\n`);
    count++;
  });
  if (scope === 'all') {
    for (const index of connections) {
      const event = session.store.connections.row(index)?.event;
      if (event === undefined) continue;
      file.write(`${toJson(toRecord(event))}\n`);
      count++;
    }
  }
  return { count, text: counted(count, 'record') };
}

async function writeText(session: Session, rows: readonly number[], file: SafeFile): Promise<Written> {
  let count = 0;
  await eachRow(session, rows, (row) => {
    const tree = treeOf({ session }, row);
    const lines = tree.ok ? [] : tree.why.map((line) => render(line, 'nothing'));
    drawTree(tree.ok ? tree.roots : [], fieldLabel, (line) => lines.push(render(line, 'nothing')));
    file.write(`Message ${row + 1}\n${lines.join('\n')}\n\n`);
    if (tree.ok) count++;
  });
  return { count, text: counted(count, 'message') };
}

/** Frames of the messages; of messages in TLS all frames of their connection, as nothing less can be opened again. */
async function writeFrames(
  session: Session,
  { scope, secrets }: SaveRequest,
  rows: readonly number[],
  connections: readonly number[],
  lines: readonly string[],
  file: SafeFile,
): Promise<Written> {
  const writer = new PcapngWriter((block) => file.write(block));
  const inside = secrets && lines.length > 0;
  if (inside) writer.secrets(lines);
  const isWanted = scope === 'all' ? () => true : frameTest(session, rows, connections);
  const total = session.loadedBytes;
  await session.source.frames(
    (name, frame) => {
      if (isWanted(name, frame)) writer.frame(frame);
    },
    () => session.breathe('saving', file.written, total),
  );
  const count = writer.frames;
  if (count === 0) return { count, text: 'there are no frames to save: a message on its own has none' };
  return {
    count,
    text: `${counted(count, 'frame')}${inside ? `, ${counted(lines.length, 'secret')} inside` : ''}`,
  };
}

function frameTest(
  session: Session,
  rows: readonly number[],
  connections: readonly number[],
): (file: string, frame: Frame) => boolean {
  const { store } = session;
  const wanted = new Map<string, Set<number>>();
  for (const row of rows) {
    const file = store.messages.file(row);
    const numbers = wanted.get(file) ?? new Set();
    wanted.set(file, numbers);
    for (const number of store.framesOf(row)) numbers.add(number);
  }
  const pairs = new Set<string>();
  for (const index of connections) {
    const row = store.connections.row(index);
    if (row === undefined) continue;
    const client = formatEndpoint(row.client);
    const server = formatEndpoint(row.server);
    pairs.add(`${row.file} ${client} ${server}`).add(`${row.file} ${server} ${client}`);
  }
  const decoder = new PacketDecoder();
  return (file, frame) => {
    if (wanted.get(file)?.has(frame.number) === true) return true;
    if (pairs.size === 0) return false;
    decoder.decode(frame.linkType, frame.data);
    if (decoder.outcome !== 'tcp') return false;
    const { addressBytes, addressLength, sourceOffset, destinationOffset } = decoder;
    const source = {
      address: formatAddress(addressBytes, sourceOffset, addressLength),
      port: decoder.sourcePort,
    };
    const destination = {
      address: formatAddress(addressBytes, destinationOffset, addressLength),
      port: decoder.destinationPort,
    };
    return pairs.has(`${file} ${formatEndpoint(source)} ${formatEndpoint(destination)}`);
  };
}

function rowsOf(session: Session, { scope, row }: SaveRequest): readonly number[] {
  const { rows, store } = session;
  switch (scope) {
    case 'shown':
      return Array.from({ length: rows.length }, (_, position) => rows.at(position));
    case 'marked':
      return Array.from({ length: store.messages.length }, (_, index) => index).filter((index) =>
        store.messages.isMarked(index),
      );
    case 'message':
      return row === undefined ? [] : [row];
    case 'all':
      return Array.from({ length: store.messages.length }, (_, index) => index);
  }
}

function connectionsOf(session: Session, scope: SaveScope, rows: readonly number[]): readonly number[] {
  const { connections, messages } = session.store;
  if (scope === 'all') return connections.rows().map(({ index }) => index);
  return [...new Set(rows.map((row) => messages.connection(row)).filter((index) => index >= 0))];
}

async function eachRow(
  session: Session,
  rows: readonly number[],
  visit: (row: number) => void,
): Promise<void> {
  for (const [done, row] of rows.entries()) {
    visit(row);
    await session.breathe('saving', done, rows.length);
  }
}

function nothing(scope: SaveScope): string {
  if (scope === 'marked') return 'nothing saved: no message is marked (m marks one)';
  return scope === 'message'
    ? 'nothing saved: the cursor is on no message'
    : 'nothing saved: no message is shown';
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
