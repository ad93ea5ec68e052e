import { indexOfBytes } from '../../bytes/text.js';
import { formatEndpoint } from '../format.js';
import type { Session } from '../session.js';

/** Whether a text is in what the list shows of a message, or in its bytes; without regard to case in ASCII. */
export function matchesRow(session: Session, index: number, text: string): boolean {
  const row = session.store.messages.row(index);
  const wanted = text.toLowerCase();
  const shown = [
    row.label,
    row.from,
    row.to,
    row.callId,
    row.security,
    formatEndpoint(row.source),
    formatEndpoint(row.destination),
  ];
  if (shown.some((cell) => cell.toLowerCase().includes(wanted))) return true;
  const bytes = session.events.bytesOf(index);
  if (bytes === undefined) return false;
  if (indexOfBytes(bytes, Buffer.from(text, 'utf8')) >= 0) return true;
  return Buffer.from(bytes).toString('latin1').toLowerCase().includes(wanted);
}
