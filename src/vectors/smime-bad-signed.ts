/** Signatures with the mistakes of the draft's §8 and those that S/MIME stacks make, one a vector. */

import { bytesOf } from '../bytes/text.js';
import type { Cast } from './cast.js';
import { base64Lines, type Layer, type SignOptions, signedLayer, textLayer } from './layer.js';
import { replaced } from './octets.js';
import { helloPart, messageFlow, type PlainRecipe, TEXT } from './smime-good.js';
import type { VectorHeader } from './vector.js';

const BINARY = ['Content-Transfer-Encoding', 'binary'] as const;

/** Several lines: line ends inside make no difference to one word. */
const LINES = 'hello\r\nhow are you?\r\n';

type Header = Omit<VectorHeader, 'kind'>;

function badSignature(
  header: Omit<Header, 'answer'> & { readonly answer?: VectorHeader['answer'] },
  options: (cast: Cast) => Partial<SignOptions>,
  part: () => Layer = helloPart,
): PlainRecipe {
  return {
    ...header,
    kind: 'bad',
    answer: header.answer ?? 'refuse',
    known: (cast) => {
      const { signer } = options(cast);
      return [signer ?? cast.sender, cast.receiver];
    },
    make: (cast, name) =>
      messageFlow(cast, name, signedLayer(cast, name, part(), { signer: cast.sender, ...options(cast) })),
  };
}

/** The layer in another form on the wire, which the JSON shows. */
function changed(layer: Layer, body: string, more: Partial<Layer> = {}): Layer {
  const bytes = bytesOf(body);
  return {
    ...layer,
    body: bytes,
    record: { ...layer.record, length: bytes.length, text: body },
    ...more,
  };
}

export const BAD_SIGNATURES: readonly PlainRecipe[] = [
  badSignature(
    {
      name: 'signed-expired-certificate',
      title: 'the signer’s certificate expired in 2000',
      reference: 'draft-ietf-sipping-sec-flows-00 §8',
    },
    (cast) => ({ signer: cast.expiredSender }),
  ),
  badSignature(
    {
      name: 'signed-wrong-name',
      title: 'a valid signature of somebody else than From names',
      reference: 'draft-ietf-sipping-sec-flows-00 §8',
    },
    (cast) => ({ signer: cast.outsider, identity: 'mismatch' }),
  ),
  badSignature(
    {
      name: 'signed-unknown-issuer',
      title: 'the signer’s certificate is from an authority that nobody knows',
      reference: 'RFC 5280 §6',
    },
    (cast) => ({ signer: cast.unknownSender }),
  ),
  badSignature(
    {
      name: 'signed-crlf-before-boundary',
      title: 'the CRLF before the boundary was signed too',
      reference: 'draft-ietf-sipping-sec-flows-00 §7.1',
    },
    () => ({ signs: (part) => Buffer.concat([part, bytesOf('\r\n')]), invalidBy: 'crlf-before-boundary' }),
  ),
  badSignature(
    {
      name: 'signed-headers-left-out',
      title: 'the headers of the part were not signed',
      reference: 'draft-ietf-sipping-sec-flows-00 §7.1',
    },
    () => ({ signs: () => bytesOf(TEXT), invalidBy: 'headers-left-out' }),
  ),
  badSignature(
    {
      name: 'signed-whole-multipart',
      title: 'the whole multipart was signed, boundaries and all',
      reference: 'RFC 8551 §3.5.3',
    },
    () => ({
      signs: (part, boundary) =>
        Buffer.concat([bytesOf(`--${boundary}\r\n`), part, bytesOf(`\r\n--${boundary}--\r\n`)]),
      invalidBy: 'multipart-signed-whole',
    }),
  ),
  badSignature(
    {
      name: 'signed-lf-line-ends',
      title: 'signed with LF line ends, sent with CRLF',
      reference: 'RFC 8551 §3.1.1',
    },
    () => ({ signs: (part) => replaced(part, /\r\n/g, '\n'), invalidBy: 'lf-line-ends' }),
    () => textLayer(LINES, 'text/plain', [BINARY]),
  ),
  badSignature(
    {
      name: 'signed-crlf-line-ends',
      title: 'signed with CRLF line ends, sent with LF',
      reference: 'RFC 8551 §3.1.1',
    },
    () => ({
      invalidBy: 'crlf-line-ends',
      sends: (layer) => changed(layer, LINES.replaceAll('\r\n', '\n')),
    }),
    () => textLayer(LINES, 'text/plain', [BINARY]),
  ),
  badSignature(
    {
      name: 'signed-trailing-white-space',
      title: 'signed without the spaces at the ends of lines, which are sent',
      reference: 'RFC 8551 §3.1.1',
    },
    () => ({ signs: (part) => replaced(part, /[ \t]+(?=\r\n)/g, ''), invalidBy: 'trailing-white-space' }),
    () => textLayer('hello  \r\nhow are you? \r\n', 'text/plain', [BINARY]),
  ),
  badSignature(
    {
      name: 'signed-header-folding',
      title: 'a header of the part was folded after signing',
      reference: 'RFC 8551 §3.1',
    },
    () => ({
      invalidBy: 'header-folding',
      sends: (layer) => ({
        ...layer,
        headers: layer.headers.map(([name, value]) => [name, value.replace('; ', ';\r\n ')] as const),
        findings: ['mime/content-type-folded'],
      }),
    }),
    () => textLayer(TEXT, 'text/plain; charset=utf-8', [BINARY]),
  ),
  badSignature(
    {
      name: 'signed-before-encoding',
      title: 'signed as text, then put into base64',
      reference: 'RFC 8551 §3.1.2',
    },
    () => ({
      invalidBy: 'signed-before-encoding',
      sends: (layer) => {
        const body = base64Lines(layer.body);
        return {
          ...layer,
          headers: [
            ['Content-Type', 'text/plain'],
            ['Content-Transfer-Encoding', 'base64'],
          ],
          body,
          record: { ...layer.record, transfer_encoding: 'base64', length: body.length },
        };
      },
    }),
  ),
  badSignature(
    {
      name: 'signed-after-encoding',
      title: 'signed in base64, and sent as text',
      reference: 'RFC 8551 §3.1.2',
    },
    () => ({
      invalidBy: 'signed-after-encoding',
      signs: () => {
        const headers = 'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n';
        return Buffer.concat([bytesOf(headers), base64Lines(bytesOf(TEXT))]);
      },
    }),
  ),
  badSignature(
    {
      name: 'signed-digest-of-digest',
      title: 'the digest was digested once more',
      reference: 'RFC 5652 §5.4',
    },
    () => ({ mistake: 'digest-of-digest' }),
  ),
  badSignature(
    {
      name: 'signed-attributes-tag',
      title: 'the signed attributes were signed with the [0] tag of the message',
      reference: 'RFC 5652 §5.4',
    },
    () => ({ attributes: true, mistake: 'signed-attributes-tag' }),
  ),
  badSignature(
    {
      name: 'signed-attributes-order',
      title: 'the signed attributes were encoded and signed in other than DER order',
      reference: 'RFC 5652 §5.4',
      answer: 'either',
    },
    () => ({ attributes: true, mistake: 'signed-attributes-order' }),
  ),
  badSignature(
    {
      name: 'signed-wrong-micalg',
      title: 'micalg names SHA-1, the signature uses SHA-256',
      reference: 'RFC 8551 §3.5.3.2',
      answer: 'either',
    },
    () => ({ micalg: 'sha1' }),
  ),
  badSignature(
    {
      name: 'signed-md5-without-null',
      title: 'MD5 without the NULL parameters that it must have',
      reference: 'RFC 3370 §2.2',
    },
    () => ({ digest: 'md5', digestParameters: 'absent' }),
  ),
  badSignature(
    {
      name: 'signed-changed-byte',
      title: 'one byte of the text was changed after signing',
      reference: 'RFC 5652 §5.6',
    },
    () => ({ invalidBy: 'other-content-signed', sends: (layer) => changed(layer, 'jello') }),
  ),
  badSignature(
    {
      name: 'signed-base64',
      title: 'the signature is carried in base64',
      reference: 'draft-ietf-sipping-sec-flows-00 §8',
      answer: 'either',
    },
    () => ({ base64: true }),
  ),
  badSignature(
    {
      name: 'signed-handling-optional',
      title: 'the signature part may be ignored silently',
      reference: 'RFC 3261 §23.2',
      answer: 'accept',
    },
    () => ({ handling: 'optional' }),
  ),
];
