/**
 * Which messages belong to one transaction (RFC 3261 §17.1.3, §17.2.3).
 */

import { parseNameAddr } from './grammar/address.js';
import { parseCSeq } from './grammar/values.js';
import { BRANCH_COOKIE, parseVia } from './grammar/via.js';
import { firstHeader, type SipMessage } from './message.js';

/**
 * A text that is the same for the request of a transaction, its retransmissions, its responses, and the ACK of a
 * final response other than 2xx: the top Via's branch and sent-by with the method. For branches of RFC 2543, which
 * need not be unique, the Call-ID, From tag, CSeq number and top Via. Undefined where the headers for it are missing.
 */
export function transactionKey(message: SipMessage): string | undefined {
  const viaHeader = firstHeader(message, 'via');
  const cseqHeader = firstHeader(message, 'cseq');
  if (viaHeader === undefined || cseqHeader === undefined) return undefined;
  const via = parseVia(viaHeader.value);
  const cseq = parseCSeq(cseqHeader.value);
  // An ACK belongs to its INVITE; a CANCEL has its own transaction under the same branch.
  const method = cseq.method === 'ACK' ? 'INVITE' : cseq.method;
  if (via.host === '' || method === '') return undefined;
  const sentBy = `${via.host.toLowerCase()}:${via.port ?? ''}`;
  const branch = via.branch ?? '';
  if (hasCookie(branch)) return join('3261', branch.toLowerCase(), sentBy, method);
  const callId = firstHeader(message, 'call-id')?.value;
  const from = firstHeader(message, 'from')?.value;
  if (callId === undefined || from === undefined) return undefined;
  return join('2543', callId, parseNameAddr(from).tag ?? '', String(cseq.number), method, branch, sentBy);
}

function hasCookie(branch: string): boolean {
  return branch.length > BRANCH_COOKIE.length && branch.toLowerCase().startsWith(BRANCH_COOKIE.toLowerCase());
}

/** None of the parts can hold a line feed: values are unfolded. */
function join(...parts: string[]): string {
  return parts.join('\n');
}
