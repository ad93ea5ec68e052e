/** Encrypted bodies with the mistakes of the draft's §8 and of forensics, one a vector. */

import type { Cast } from './cast.js';
import { type EncryptOptions, encryptedLayer } from './layer.js';
import { replaced } from './octets.js';
import { helloPart, messageFlow, type PlainRecipe } from './smime-good.js';
import { ok, request, transactionOf, type VectorHeader } from './vector.js';

type Header = Omit<VectorHeader, 'kind'>;

type BadEncryption = {
  readonly header: Header;
  readonly options: (cast: Cast) => Partial<EncryptOptions>;
  /** Rules of the message as a whole. */
  readonly findings?: readonly string[];
  readonly known?: PlainRecipe['known'];
};

function badEncryption({ header, options, findings, known }: BadEncryption): PlainRecipe {
  return {
    ...header,
    kind: 'bad',
    ...(known === undefined ? {} : { known }),
    make: (cast, name) => {
      const made = encryptedLayer(cast, name, helloPart(), { recipient: cast.receiver, ...options(cast) });
      return messageFlow(cast, name, made, findings === undefined ? {} : { findings });
    },
  };
}

/** The first LF is the length of "California" in the issuer's name: no reader gets beyond the recipient. */
const LINE_ENDS: NonNullable<EncryptOptions['damaged']> = {
  record: { content_type: 'enveloped_data', recipients: [] },
  findings: [
    'cms/bad-enveloped-data',
    'cms/bad-recipient',
    'cms/cms-damaged',
    'mistake/lf-to-crlf',
    'smime/not-decrypted',
  ],
};

const WRONG: readonly PlainRecipe[] = [
  badEncryption({
    header: {
      name: 'encrypted-base64',
      title: 'the encrypted body is carried in base64',
      reference: 'draft-ietf-sipping-sec-flows-00 §8',
      answer: 'either',
    },
    options: () => ({ base64: true }),
  }),
  badEncryption({
    header: {
      name: 'encrypted-3des',
      title: 'encrypted with Triple-DES instead of AES',
      reference: 'RFC 3853 §3',
      answer: 'either',
    },
    options: () => ({ cipher: 'des-ede3-cbc' }),
  }),
  badEncryption({
    header: {
      name: 'encrypted-wrong-recipient',
      title: 'encrypted to somebody else than the message is for',
      reference: 'RFC 3261 §23.3',
      answer: 'refuse',
    },
    options: (cast) => ({ recipient: cast.outsider, opens: false }),
    findings: ['smime/recipient-identity'],
    known: (cast) => [cast.sender, cast.receiver, cast.outsider],
  }),
  badEncryption({
    header: {
      name: 'encrypted-wrong-key',
      title: 'the recipient is named, but the content key is encrypted to another key',
      reference: 'RFC 5652 §6.2.1',
      answer: 'refuse',
    },
    options: (cast) => ({ wrongKey: cast.outsider }),
  }),
  badEncryption({
    header: {
      name: 'encrypted-padding',
      title: 'the padding of the content is not what RFC 5652 wants',
      reference: 'RFC 5652 §6.3',
      answer: 'refuse',
    },
    options: () => ({ damagedPadding: true }),
  }),
];

/** Octets cut off the end of the truncated body. */
export const CUT = 24;

/** What is to be said of a structure that is cut within its encrypted content. */
export const TRUNCATED = {
  record: { content_type: 'enveloped_data', decryption: { status: 'failed' } },
  findings: ['cms/cms-damaged', 'mistake/truncated', 'smime/not-decrypted'],
};

const DAMAGED: readonly PlainRecipe[] = [
  {
    name: 'encrypted-truncated',
    kind: 'bad',
    title: 'the DER is cut off, and Content-Length agrees',
    reference: 'RFC 3261 §18.3',
    answer: 'refuse',
    make: (cast, name) =>
      messageFlow(
        cast,
        name,
        encryptedLayer(cast, name, helloPart(), {
          recipient: cast.receiver,
          damage: (cms) => cms.subarray(0, cms.length - CUT),
          damaged: TRUNCATED,
        }),
      ),
  },
  {
    name: 'encrypted-lf-to-crlf',
    kind: 'bad',
    title: 'LF bytes inside the DER were turned into CRLF, as text is',
    reference: 'RFC 3261 §7.4.1',
    answer: 'refuse',
    make: (cast, name) =>
      messageFlow(
        cast,
        name,
        encryptedLayer(cast, name, helloPart(), {
          recipient: cast.receiver,
          damage: withLineEnds,
          damaged: LINE_ENDS,
        }),
      ),
  },
  {
    name: 'encrypted-lf-to-crlf-old-length',
    kind: 'bad',
    title: 'the same, and Content-Length still says how long the body was before',
    reference: 'RFC 3261 §18.3',
    answer: 'refuse',
    make: (cast, name) => {
      let before = 0;
      const made = encryptedLayer(cast, name, helloPart(), {
        recipient: cast.receiver,
        damage: (cms) => {
          before = cms.length;
          return withLineEnds(cms);
        },
        damaged: LINE_ENDS,
      });
      const { layer } = made;
      const stated = { ...layer, record: { ...layer.record, length: before } };
      const findings = ['sip/extra-octets'];
      const options = { method: 'MESSAGE', body: stated, transport: 'UDP', findings } as const;
      const transaction = transactionOf(cast, name, options);
      const sent = request(transaction, options);
      const length = `Content-Length: ${layer.body.length}`;
      const bytes = replaced(sent.bytes, length, `Content-Length: ${before}`);
      return { transport: 'UDP', messages: [{ ...sent, bytes }, ok(transaction)], cms: made };
    },
  },
];

function withLineEnds(cms: Uint8Array): Uint8Array {
  return replaced(cms, /(?<!\r)\n/g, '\r\n');
}

export const BAD_ENCRYPTIONS: readonly PlainRecipe[] = [...WRONG, ...DAMAGED];
