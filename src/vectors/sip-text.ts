/** SIP messages as text: the lines of the draft's examples, with names, addresses and bodies put in. */

import { bytesOf } from '../bytes/text.js';

export type HeaderLine = readonly [name: string, value: string];

/** The values that the draft's §4 says its messages lack. */
export const ACCEPT: readonly HeaderLine[] = [
  ['Accept', 'multipart/signed'],
  ['Accept', 'text/plain'],
  ['Accept', 'application/pkcs7-mime'],
  ['Accept', 'application/sdp'],
  ['Accept', 'multipart/alternative'],
];

/** A message in bytes; Content-Length is added where `contentLength` does not say another or none. */
export function encodeMessage(
  startLine: string,
  headers: readonly HeaderLine[],
  body: Uint8Array,
  contentLength: number | undefined = body.length,
): Uint8Array {
  const lines = [startLine, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (contentLength !== undefined) lines.push(`Content-Length: ${contentLength}`);
  return Buffer.concat([bytesOf(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

/** What the messages of one transaction share. */
export type Transaction = {
  readonly method: string;
  readonly requestUri: string;
  /** URIs. */
  readonly from: string;
  readonly to: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly branch: string;
  readonly callId: string;
  readonly cseq: number;
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  /** Where the request comes from. */
  readonly sentBy: { readonly address: string; readonly port: number };
  /** Unix seconds. */
  readonly at: number;
};

export function requestLine({ method, requestUri }: Transaction): string {
  return `${method} ${requestUri} SIP/2.0`;
}

/** Headers of a request before those of its body, in the draft's order. */
export function requestHeaders(
  transaction: Transaction,
  options: { readonly accept: boolean; readonly toTag?: string },
): HeaderLine[] {
  const { from, to, fromTag, branch, callId, cseq, method, transport, sentBy, at } = transaction;
  const sent = `${sentBy.address}:${sentBy.port}`;
  const needsContact = method === 'INVITE';
  return [
    ['To', `<${to}>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`],
    ['From', `<${from}>;tag=${fromTag}`],
    ['Via', `SIP/2.0/${transport} ${sent};branch=${branch};rport`],
    ['Call-ID', callId],
    ['CSeq', `${cseq} ${method}`],
    ...(needsContact ? [['Contact', contact(from, sentBy, transport)] as const] : []),
    ['Max-Forwards', '70'],
    ...(options.accept ? ACCEPT : []),
    ['Date', dateText(at)],
    ['User-Agent', 'siplens'],
  ];
}

/** Headers of the response, before those of its body. `remote` is who answers. */
export function responseHeaders(
  transaction: Transaction,
  remote: { readonly address: string; readonly port: number },
): HeaderLine[] {
  const { from, to, fromTag, toTag, branch, callId, cseq, method, transport, sentBy } = transaction;
  const sent = `${sentBy.address}:${sentBy.port}`;
  const needsContact = method === 'INVITE';
  return [
    ['Via', `SIP/2.0/${transport} ${sent};branch=${branch};rport=${sentBy.port};received=${sentBy.address}`],
    ['To', `<${to}>;tag=${toTag}`],
    ['From', `<${from}>;tag=${fromTag}`],
    ['Call-ID', callId],
    ['CSeq', `${cseq} ${method}`],
    ...(needsContact ? [['Contact', contact(to, remote, transport)] as const] : []),
  ];
}

function contact(
  uri: string,
  { address, port }: { readonly address: string; readonly port: number },
  transport: string,
): string {
  const user = /^sips?:([^@]+)@/.exec(uri)?.[1] ?? 'siplens';
  const parameter = transport === 'TCP' ? ';transport=tcp' : '';
  return transport === 'TLS'
    ? `<sips:${user}@${address}:${port}>`
    : `<sip:${user}@${address}:${port}${parameter}>`;
}

/** RFC 1123 date, in GMT as SIP wants it (RFC 3261 §20.17). */
function dateText(seconds: number): string {
  return new Date(seconds * 1000).toUTCString();
}

/** An offer or answer of one audio stream (RFC 4566). */
export function sessionDescription(user: string, address: string, session: number, port: number): string {
  const lines = [
    'v=0',
    `o=${user} ${session} ${session} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
