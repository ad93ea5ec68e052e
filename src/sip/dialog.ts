/**
 * Which messages belong to one dialog (RFC 3261 §12): Call-ID and the two tags.
 */
import { parseNameAddr } from './grammar/address.js';
import { firstHeader, type SipMessage } from './message.js';

/** A dialog as an onlooker knows it. */
export type DialogId = {
  readonly callId: string;
  readonly fromTag: string;
  /** '' before the other side has given one. */
  readonly toTag: string;
};

/** Call-ID and tags of a message; undefined where Call-ID, From or To is missing. */
export function dialogId(message: SipMessage): DialogId | undefined {
  const callId = firstHeader(message, 'call-id')?.value;
  const from = firstHeader(message, 'from')?.value;
  const to = firstHeader(message, 'to')?.value;
  if (callId === undefined || from === undefined || to === undefined) return undefined;
  return { callId, fromTag: parseNameAddr(from).tag ?? '', toTag: parseNameAddr(to).tag ?? '' };
}

/** A text that is the same for both directions of a dialog: requests of the called side have the tags swapped. */
export function dialogKey(id: DialogId): string {
  const [first, second] = id.fromTag < id.toTag ? [id.fromTag, id.toTag] : [id.toTag, id.fromTag];
  return `${id.callId}\n${first}\n${second}`;
}
