/** All flows over UDP and TCP that have a mistake in them: S/MIME's, and SIP's own. */

import { encryptedLayer, signedLayer, textLayer } from './layer.js';
import { replaced } from './octets.js';
import { BAD_ENCRYPTIONS, CUT, TRUNCATED } from './smime-bad-encrypted.js';
import { BAD_SIGNATURES } from './smime-bad-signed.js';
import { helloPart, messageFlow, type PlainRecipe, TEXT } from './smime-good.js';
import { ok, type RequestOptions, request, transactionOf } from './vector.js';

export const BAD_PLAIN: readonly PlainRecipe[] = [
  ...BAD_SIGNATURES,
  ...BAD_ENCRYPTIONS,
  {
    name: 'accept-missing',
    kind: 'bad',
    title: 'the message lacks the Accept values, as those of the draft do',
    reference: 'draft-ietf-sipping-sec-flows-00 §4',
    answer: 'accept',
    make: (cast, name) =>
      messageFlow(cast, name, signedLayer(cast, name, helloPart(), { signer: cast.sender }), {
        accept: false,
      }),
  },
  {
    name: 'encrypted-cut-datagram',
    kind: 'bad',
    title: 'the datagram ends before the body does: Content-Length says more than is there',
    reference: 'RFC 3261 §18.3',
    answer: 'refuse',
    make: (cast, name) => {
      const made = encryptedLayer(cast, name, helloPart(), {
        recipient: cast.receiver,
        damage: (cms) => cms.subarray(0, cms.length - CUT),
        damaged: TRUNCATED,
      });
      const options = { method: 'MESSAGE', body: made.layer, transport: 'UDP' } as const;
      const transaction = transactionOf(cast, name, { ...options, findings: ['sip/content-length-exceeds'] });
      const sent = request(transaction, { ...options, findings: ['sip/content-length-exceeds'] });
      const cut = made.layer.body.length;
      const bytes = replaced(sent.bytes, `Content-Length: ${cut}`, `Content-Length: ${cut + CUT}`);
      return { transport: 'UDP', messages: [{ ...sent, bytes }, ok(transaction)], cms: made };
    },
  },
  {
    name: 'clear-text-copy',
    kind: 'bad',
    title: 'what was encrypted is sent again in the clear, in the same dialog',
    reference: 'RFC 3261 §26.2.4',
    answer: 'accept',
    make: (cast, name) => {
      const text = textLayer('The code of the door is 4711.');
      const made = encryptedLayer(cast, name, text, { recipient: cast.receiver });
      const first: RequestOptions = { method: 'MESSAGE', body: made.layer, transport: 'UDP' };
      const again: RequestOptions = {
        method: 'MESSAGE',
        body: text,
        transport: 'UDP',
        transportFindings: ['smime/clear-text-copy'],
      };
      const transaction = transactionOf(cast, name, first);
      const branch = `z9hG4bK-${cast.random.hex(`${name}/second`, 16)}`;
      const second = { ...transaction, branch, cseq: transaction.cseq + 1 };
      return {
        transport: 'UDP',
        messages: [request(transaction, first), ok(transaction), request(second, again), ok(second)],
        cms: made,
      };
    },
  },
  {
    name: 'sip-lf-line-ends',
    kind: 'bad',
    title: 'the header lines end in LF instead of CRLF',
    reference: 'RFC 3261 §7',
    answer: 'either',
    make: (cast, name) => {
      const options = {
        method: 'MESSAGE',
        body: textLayer(TEXT),
        transport: 'UDP',
        findings: ['sip/line-end'],
      } as const;
      const transaction = transactionOf(cast, name, options);
      const sent = request(transaction, options);
      const messages = [{ ...sent, bytes: replaced(sent.bytes, /\r\n/g, '\n') }, ok(transaction)];
      return { transport: 'UDP', messages };
    },
  },
  {
    name: 'sips-over-udp',
    kind: 'bad',
    title: 'a request to a sips URI over UDP',
    reference: 'RFC 3261 §26.2.2',
    answer: 'refuse',
    make: (cast, name) => {
      const to = `sips:${cast.receiver.name}`;
      const options = {
        method: 'MESSAGE',
        body: textLayer(TEXT),
        to,
        transport: 'UDP',
        transportFindings: ['sip/sips-over-plain-hop'],
      } as const;
      const transaction = transactionOf(cast, name, options);
      return { transport: 'UDP', messages: [request(transaction, options), ok(transaction)] };
    },
  },
];
