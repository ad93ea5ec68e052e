import type { Body } from '../../../model/body.js';
import { headersNamed } from '../../../sip/message.js';
import type { MessageRule } from '../../rule.js';

/** What the draft's §4 says that its messages lack, each with the range that takes all of its type. */
const WANTED = [
  'multipart/signed',
  'text/plain',
  'application/pkcs7-mime',
  'application/sdp',
  'multipart/alternative',
].map((type) => ({ type, range: `${type.slice(0, type.indexOf('/'))}/*` }));
const ALL_WANTED = WANTED.map(({ type }) => type).join(', ');

export const acceptMissing: MessageRule = {
  on: 'message',
  about: 'structured-body',
  id: 'sip/accept-missing',
  severity: 'info',
  reference: 'draft-ietf-sipping-sec-flows-00 §4',
  title: 'sender of S/MIME does not say that it takes S/MIME',
  explanation:
    'Without these Accept values the peer does not know that it may answer with S/MIME, as RFC 3261 §23.3 wants it to.',
  check({ message, body }, report) {
    if (message.kind !== 'request' || body === undefined) return;
    if (!hasCms(body)) return;
    const missing = missingOf(headersNamed(message, 'accept'));
    if (missing !== '') report(`Accept lacks ${missing}`, 'Accept');
  },
};

function hasCms({ cms, parts, content }: Body): boolean {
  if (cms !== undefined) return true;
  for (const part of parts) if (hasCms(part)) return true;
  return content !== undefined && hasCms(content);
}

/** What is wanted and none of the Accept headers has, as a list; most senders have no such header at all. */
function missingOf(headers: readonly { readonly value: string }[]): string {
  if (headers.length === 0) return ALL_WANTED;
  const accepted: string[] = [];
  for (const { value } of headers) {
    for (const type of value.split(',')) accepted.push((type.split(';', 1)[0] ?? '').trim().toLowerCase());
  }
  if (accepted.includes('*/*')) return '';
  return WANTED.filter(({ type, range }) => !accepted.includes(type) && !accepted.includes(range))
    .map(({ type }) => type)
    .join(', ');
}
