/** The draft's §7 flows and their variations: what everybody must be able to read. */

import type { Cast, Person } from './cast.js';
import {
  encryptedLayer,
  type Layer,
  opaqueLayer,
  type Signed,
  type SignOptions,
  signedLayer,
  sipLayer,
  textLayer,
} from './layer.js';
import { encodeMessage, requestHeaders, requestLine, sessionDescription } from './sip-text.js';
import {
  CLIENT_ADDRESS,
  type Flow,
  ok,
  type RequestOptions,
  request,
  SERVER_ADDRESS,
  transactionOf,
  type VectorHeader,
} from './vector.js';

/** A vector whose messages travel in the clear. */
export type PlainRecipe = VectorHeader & {
  readonly make: (cast: Cast, name: string) => Flow;
  /** Whose certificates must be given; sender and receiver by default. */
  readonly known?: (cast: Cast) => readonly Person[];
};

/** What the draft's examples say. */
export const TEXT = 'hello';

/** The part that §7.1 signs: two headers and five letters. */
export function helloPart(): Layer {
  return textLayer(TEXT, 'text/plain', [['Content-Transfer-Encoding', 'binary']]);
}

/** MESSAGE with this body, and its 200 OK. */
export function messageFlow(
  cast: Cast,
  name: string,
  made: Signed,
  options: Omit<Partial<RequestOptions>, 'body' | 'method'> = {},
): Flow {
  const whole: RequestOptions = { method: 'MESSAGE', body: made.layer, ...options };
  const transaction = transactionOf(cast, name, whole);
  return {
    transport: transaction.transport,
    messages: [request(transaction, whole), ok(transaction)],
    cms: made,
  };
}

function signed(options: Partial<SignOptions>): PlainRecipe['make'] {
  return (cast, name) =>
    messageFlow(cast, name, signedLayer(cast, name, helloPart(), { signer: cast.sender, ...options }));
}

export const GOOD_SMIME: readonly PlainRecipe[] = [
  {
    name: 'signed',
    kind: 'good',
    title: 'MESSAGE with a signed body: SHA-256, parameters absent, certificate not attached',
    reference: 'draft-ietf-sipping-sec-flows-00 §7.1',
    answer: 'accept',
    make: signed({}),
  },
  {
    name: 'signed-null-parameters',
    kind: 'good',
    title: 'the same with NULL parameters of the digest algorithm',
    reference: 'RFC 5754 §2',
    answer: 'accept',
    make: signed({ digestParameters: 'null' }),
  },
  {
    name: 'signed-sha1',
    kind: 'good',
    title: 'SHA-1, parameters absent: the preferred form, as in the draft',
    reference: 'draft-ietf-sipping-sec-flows-00 §8',
    answer: 'either',
    make: signed({ digest: 'sha1' }),
  },
  {
    name: 'signed-sha1-null-parameters',
    kind: 'good',
    title: 'SHA-1 with NULL parameters: what most implementations send',
    reference: 'draft-ietf-sipping-sec-flows-00 §8',
    answer: 'either',
    make: signed({ digest: 'sha1', digestParameters: 'null' }),
  },
  {
    name: 'signed-md5',
    kind: 'good',
    title: 'MD5 with NULL parameters, as they must be',
    reference: 'RFC 3370 §2.2',
    answer: 'either',
    make: signed({ digest: 'md5' }),
  },
  {
    name: 'signed-attributes',
    kind: 'good',
    title: 'with signed attributes: content type, signing time, message digest',
    reference: 'RFC 5652 §5.3',
    answer: 'accept',
    make: signed({ attributes: true }),
  },
  {
    name: 'signed-certificate-attached',
    kind: 'good',
    title: 'with the certificate of the sender attached',
    reference: 'draft-ietf-sipping-sec-flows-00 §8',
    answer: 'accept',
    make: signed({ attach: true }),
  },
  {
    name: 'signed-opaque',
    kind: 'good',
    title: 'application/pkcs7-mime with signed-data: the content inside the signature',
    reference: 'RFC 8551 §3.5.2',
    answer: 'either',
    make: (cast, name) => messageFlow(cast, name, opaqueLayer(cast, helloPart(), { signer: cast.sender })),
  },
  {
    name: 'encrypted',
    kind: 'good',
    title: 'MESSAGE with an encrypted body: AES-128-CBC, RSA key transport',
    reference: 'draft-ietf-sipping-sec-flows-00 §7.2',
    answer: 'accept',
    make: (cast, name) =>
      messageFlow(cast, name, encryptedLayer(cast, name, helloPart(), { recipient: cast.receiver })),
  },
  {
    name: 'encrypted-aes-256',
    kind: 'good',
    title: 'AES-256-CBC',
    reference: 'RFC 8551 §2.7',
    answer: 'accept',
    make: (cast, name) =>
      messageFlow(
        cast,
        name,
        encryptedLayer(cast, name, helloPart(), { recipient: cast.receiver, cipher: 'aes-256-cbc' }),
      ),
  },
  {
    name: 'encrypted-signed',
    kind: 'good',
    title: 'MESSAGE with an encrypted body and a signature around it',
    reference: 'draft-ietf-sipping-sec-flows-00 §7.3',
    answer: 'accept',
    make: (cast, name) => {
      const inner = encryptedLayer(cast, name, helloPart(), { recipient: cast.receiver });
      return messageFlow(cast, name, signedLayer(cast, name, inner.layer, { signer: cast.sender }));
    },
  },
  {
    name: 'signed-encrypted',
    kind: 'good',
    title: 'the other way round: signed, and the whole encrypted',
    reference: 'RFC 8551 §3.6',
    answer: 'accept',
    make: (cast, name) => {
      const inner = signedLayer(cast, name, helloPart(), { signer: cast.sender });
      return messageFlow(cast, name, encryptedLayer(cast, name, inner.layer, { recipient: cast.receiver }));
    },
  },
  {
    name: 'invite-encrypted-sdp',
    kind: 'good',
    title: 'INVITE and 200 OK with encrypted session descriptions',
    reference: 'RFC 3261 §23.3',
    answer: 'either',
    make: (cast, name) => {
      const offer = sdpLayer(cast.sender.name, CLIENT_ADDRESS, 1);
      const made = encryptedLayer(cast, name, offer, { recipient: cast.receiver });
      const options: RequestOptions = { method: 'INVITE', body: made.layer };
      const transaction = transactionOf(cast, name, options);
      const answer = sdpLayer(cast.receiver.name, SERVER_ADDRESS, 2);
      const reply = encryptedLayer(cast, `${name}/answer`, answer, { recipient: cast.sender });
      const messages = [request(transaction, options), ok(transaction, reply.layer)];
      return { transport: transaction.transport, messages, cms: made };
    },
  },
  {
    name: 'tunnelled',
    kind: 'good',
    title: 'the whole MESSAGE tunnelled and signed, so that its headers are protected too',
    reference: 'RFC 3261 §23.4',
    answer: 'either',
    make: (cast, name) => {
      const inner = textLayer(TEXT);
      const draft: RequestOptions = { method: 'MESSAGE', body: inner, transport: 'TCP' };
      const transaction = transactionOf(cast, name, draft);
      const headers = [...requestHeaders(transaction, { accept: true }), ...inner.headers];
      const message = encodeMessage(requestLine(transaction), headers, inner.body);
      const tunnelled = signedLayer(cast, name, sipLayer(message, inner), { signer: cast.sender });
      return messageFlow(cast, name, tunnelled, { transport: 'TCP' });
    },
  },
];

function sdpLayer(user: string, address: string, session: number): Layer {
  const name = user.split('@', 1)[0] ?? user;
  return textLayer(sessionDescription(name, address, session, 40_000), 'application/sdp');
}
