import type { MessageRow } from './message-table.js';

/** Names of a record that a row knows without its message's bytes. */
const ROW_NAMES: ReadonlySet<string> = new Set([
  'type',
  'file',
  'frame',
  'transport',
  'src',
  'src_port',
  'dst',
  'dst_port',
  'tcp_stream',
  'is_request',
  'method',
  'status_code',
  'reason_phrase',
  'call_id',
  'cseq',
]);

/** Whether a filter that reads these names can be answered from rows. */
export function answersFromRow(names: ReadonlySet<string>): boolean {
  for (const name of names) if (!ROW_NAMES.has(name)) return false;
  return true;
}

/** The part of a message's record that its row knows, under the names of the JSON contract. */
export function rowRecord(row: MessageRow): object {
  const { frame, source, destination, kind } = row;
  if (kind === 'entity') return { type: 'entity', file: row.file };
  return {
    type: 'sip_message',
    file: row.file,
    ...(frame === undefined ? {} : { frame: frame.number, transport: row.transport }),
    ...(source === undefined || destination === undefined
      ? {}
      : {
          src: source.address,
          src_port: source.port,
          dst: destination.address,
          dst_port: destination.port,
        }),
    ...(row.tcpStream === undefined ? {} : { tcp_stream: row.tcpStream }),
    is_request: kind === 'request',
    ...(kind === 'request'
      ? { method: row.label }
      : { status_code: row.statusCode, reason_phrase: row.label.slice(row.label.indexOf(' ') + 1) }),
    ...(row.callId === '' ? {} : { call_id: row.callId }),
    ...(row.cseqMethod === '' ? {} : { cseq: { number: row.cseqNumber, method: row.cseqMethod } }),
  };
}
