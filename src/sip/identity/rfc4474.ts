import { bytesOf } from '../../bytes/text.js';
import { parseNameAddr } from '../grammar/address.js';
import { parseCSeq } from '../grammar/values.js';
import { firstHeader, type SipMessage } from '../message.js';
import type { SignedText } from './signed-text.js';

/**
 * The digest-string of RFC 4474 §9, and the form of its drafts: they differ in what separates the fields.
 * Undefined where a header it needs is missing.
 */
export function identityDigestStrings(message: SipMessage): readonly SignedText[] | undefined {
  const from = firstHeader(message, 'from');
  const to = firstHeader(message, 'to');
  const callId = firstHeader(message, 'call-id');
  const cseqHeader = firstHeader(message, 'cseq');
  const date = firstHeader(message, 'date');
  if (!from || !to || !callId || !cseqHeader || !date) return undefined;
  const contact = firstHeader(message, 'contact');
  const cseq = parseCSeq(cseqHeader.value);
  const fields = [
    parseNameAddr(from.value).uri,
    parseNameAddr(to.value).uri,
    callId.value,
    `${cseq.number} ${cseq.method}`,
    date.value,
    contact === undefined ? '' : parseNameAddr(contact.value).uri,
  ];
  return [
    { name: 'RFC 4474 §9, fields separated by "|"', separator: '|' },
    { name: 'its drafts, fields separated by ":"', separator: ':' },
  ].map(({ name, separator }) => ({
    name,
    bytes: Buffer.concat([bytesOf(fields.join(separator) + separator), message.body]),
  }));
}
