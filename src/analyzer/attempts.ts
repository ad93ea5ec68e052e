/**
 * TCP connections that were never made: the answer to "why did they not talk?" stands in no message. In: a connection at its
 * end. Out: what became of its SYNs (RFC 9293 §3.5), where it went to a port of SIP (RFC 3261 §19.1.2).
 */
import { counted } from '../bytes/text.js';
import type { Connection } from './connection.js';

/** Default ports of SIP and SIPS; what else a capture carries is not judged. */
const SIP_PORTS: ReadonlySet<number> = new Set([5060, 5061]);
/** Seconds to wait for an answer before it is said that there is none: a SYN is sent again after one, then two more. */
const PATIENCE_SECONDS = 3;

type Fault = { readonly code: string; readonly message: string; readonly frame: number };

/** What became of the attempt; undefined where it was answered, is none, or the capture ended too soon to tell. */
export function failedAttempt({ stream, endings }: Connection, lastSeconds: number): Fault | undefined {
  const { attempts, client, server, firstFrame } = stream;
  if (attempts === undefined || !(SIP_PORTS.has(server.port) || SIP_PORTS.has(client.port))) return undefined;
  const target = `${server.address}:${server.port}`;
  const times = attempts.count === 1 ? '' : ` (${attempts.count} times)`;
  const refusal = endings.find(({ how, direction }) => how === 'rst' && direction === 'server');
  if (refusal !== undefined) {
    const message = `${target} refused the connection from ${client.address}: it answered the SYN with RST${times}`;
    return { code: 'refused', message, frame: refusal.frame.number };
  }
  const start = firstFrame.seconds + firstFrame.nanoseconds / 1e9;
  const waited = lastSeconds - start;
  if (waited < PATIENCE_SECONDS) return undefined;
  const span = attempts.last - start;
  const over = attempts.count === 1 ? '' : ` in ${span.toFixed(1)} s`;
  const message = `${target} did not answer: ${client.address} sent ${counted(attempts.count, 'SYN')}${over}, and nothing came back for ${waited.toFixed(1)} s`;
  return { code: 'not-answered', message, frame: firstFrame.number };
}
