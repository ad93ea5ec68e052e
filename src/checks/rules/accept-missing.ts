import { headersNamed } from '../../sip/message.js';
import type { MessageRule } from '../rule.js';
import { eachBody } from '../subject.js';

/** What the draft's §4 says that its messages lack. */
const WANTED = [
  'multipart/signed',
  'text/plain',
  'application/pkcs7-mime',
  'application/sdp',
  'multipart/alternative',
] as const;

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
    let secured = false;
    for (const { body: each } of eachBody(body)) secured ||= each.cms !== undefined;
    if (!secured) return;
    const accepted = headersNamed(message, 'accept').flatMap(({ value }) =>
      value.split(',').map((type) => (type.split(';', 1)[0] ?? '').trim().toLowerCase()),
    );
    if (accepted.includes('*/*')) return;
    const missing = WANTED.filter((type) => {
      const any = `${type.slice(0, type.indexOf('/'))}/*`;
      return !accepted.includes(type) && !accepted.includes(any);
    });
    if (missing.length > 0) report(`Accept lacks ${missing.join(', ')}`, 'Accept');
  },
};
