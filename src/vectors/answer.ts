/** Sending a vector to a device: the request as it goes out from this host, and what the answer says of the device. */

import type { Result } from '../bytes/fault.js';
import { failure, success } from '../bytes/fault.js';
import { bytesOf, latin1 } from '../bytes/text.js';
import type { Endpoint, Transport } from '../model/endpoint.js';
import { parseNameAddr } from '../sip/grammar/address.js';
import { parseCSeq } from '../sip/grammar/values.js';
import { parseVia } from '../sip/grammar/via.js';
import { firstHeader, parseSipMessage, type SipMessage } from '../sip/message.js';
import type { Answer } from './expectation.js';

/** What vectors are sent over. */
export type VectorTransport = Extract<Transport, 'udp' | 'tcp' | 'tls'>;

/**
 * The request with its topmost Via naming this host and transport, so that the answer finds its way back (RFC 3261
 * §18.1.1); all else stays as it is, signatures do not cover it. An error where the bytes are no SIP request.
 */
export function addressedRequest(
  message: Uint8Array,
  transport: VectorTransport,
  local: Endpoint,
): Result<Uint8Array> {
  const parsed = parseSipMessage(message);
  if (!parsed.ok) return parsed;
  const via = firstHeader(parsed.value, 'via');
  if (parsed.value.kind !== 'request' || via === undefined) {
    return failure({ layer: 'sip', message: 'not a SIP request with a Via', offset: 0 });
  }
  const host = local.address.includes(':') ? `[${local.address}]` : local.address;
  const branch = parseVia(via.value).branch ?? '';
  const value = `SIP/2.0/${transport.toUpperCase()} ${host}:${local.port};branch=${branch};rport`;
  const { bytes } = parsed.value;
  const end = via.valueStart + via.valueLength;
  return success(Buffer.concat([bytes.subarray(0, via.valueStart), bytesOf(value), bytes.subarray(end)]));
}

/** Whether a message is a response to the request: branch, Call-ID and CSeq are its own (RFC 3261 §17.1.3). */
export function isAnswerTo(
  request: SipMessage,
  message: SipMessage,
): message is SipMessage & { kind: 'response' } {
  if (message.kind !== 'response') return false;
  const value = (of: SipMessage, name: string): string => firstHeader(of, name)?.value ?? '';
  const branch = (of: SipMessage): string => parseVia(value(of, 'via')).branch?.toLowerCase() ?? '';
  const cseq = (of: SipMessage): string => {
    const { number, method } = parseCSeq(value(of, 'cseq'));
    return `${number} ${method}`;
  };
  return (
    value(request, 'call-id') === value(message, 'call-id') &&
    branch(request) === branch(message) &&
    cseq(request) === cseq(message)
  );
}

/**
 * The ACK of a final response to an INVITE: a step of its transaction for a refusal (RFC 3261 §17.1.1.3), a request of its
 * own for a success (§13.2.2.4). Undefined for other methods.
 */
export function acknowledgement(request: SipMessage, response: SipMessage): Uint8Array | undefined {
  if (request.kind !== 'request' || request.method !== 'INVITE' || response.kind !== 'response')
    return undefined;
  // What the device wrote goes back to it: a stray CR in it must not begin a line of ours.
  const value = (of: SipMessage, name: string): string => oneLine(firstHeader(of, name)?.value ?? '');
  const succeeded = response.statusCode < 300;
  const target = succeeded
    ? parseNameAddr(value(response, 'contact')).uri || request.requestUri
    : request.requestUri;
  const via = value(request, 'via');
  const routes = succeeded
    ? response.headers
        .filter(({ canonicalName }) => canonicalName === 'record-route')
        .map((header) => `Route: ${oneLine(header.value)}`)
        .reverse()
    : [];
  const lines = [
    `ACK ${target} SIP/2.0`,
    `Via: ${succeeded ? via.replace(/branch=[^;]*/, '$&a') : via}`,
    ...routes,
    `To: ${value(response, 'to')}`,
    `From: ${value(request, 'from')}`,
    `Call-ID: ${value(request, 'call-id')}`,
    `CSeq: ${parseCSeq(value(request, 'cseq')).number} ACK`,
    'Max-Forwards: 70',
    'Content-Length: 0',
  ];
  return bytesOf(`${lines.join('\r\n')}\r\n\r\n`);
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ');
}

/** What an answer says of the device. */
export type Judgement = {
  readonly verdict: 'right' | 'wrong' | 'inconclusive';
  /** A whole sentence. */
  readonly sentence: string;
};

/** Statuses that refuse a request for other reasons than what is in it. */
const ELSEWHERE: ReadonlySet<number> = new Set([
  401, 402, 404, 405, 407, 408, 410, 480, 481, 482, 483, 486, 487, 491,
]);

/** Judges a final status against what the vector wants of a receiver; no status where none came. */
export function judgeAnswer(wanted: Answer, status: number | undefined): Judgement {
  if (status === undefined) {
    return {
      verdict: 'wrong',
      sentence: 'No final answer came: a request must be answered (RFC 3261 §8.2).',
    };
  }
  const isOther = (status >= 300 && status < 400) || status >= 500 || ELSEWHERE.has(status);
  if (wanted === 'either') {
    return {
      verdict: 'right',
      sentence: `Both taking and refusing it is allowed; the device answered ${status}.`,
    };
  }
  if (isOther && status < 600) {
    return {
      verdict: 'inconclusive',
      sentence: `${status} says nothing of what the device thinks of the body.`,
    };
  }
  const accepted = status < 300;
  if (wanted === 'accept') {
    return accepted
      ? { verdict: 'right', sentence: `The device takes it (${status}), as it should.` }
      : { verdict: 'wrong', sentence: `The device refuses with ${status} what it should take.` };
  }
  return accepted
    ? {
        verdict: 'wrong',
        sentence: `The device answers ${status} to what it should refuse, or warn its user of.`,
      }
    : { verdict: 'right', sentence: `The device refuses it with ${status}, as it should.` };
}

/** A message's header section as text, for showing. */
export function headText(message: SipMessage): readonly string[] {
  return latin1(message.bytes, 0, message.bodyStart).trimEnd().split(/\r?\n/);
}
