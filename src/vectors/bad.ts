/** All flows over UDP and TCP that have a mistake in them: S/MIME's, and SIP's own. */

import { signedLayer, textLayer } from './layer.js';
import { replaced } from './octets.js';
import { BAD_ENCRYPTIONS } from './smime-bad-encrypted.js';
import { BAD_SIGNATURES } from './smime-bad-signed.js';
import { helloPart, messageFlow, type PlainRecipe, TEXT } from './smime-good.js';
import { ok, request, transactionOf } from './vector.js';

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
