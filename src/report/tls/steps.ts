import type { TlsConnectionEvent } from '../../analyzer/events.js';
import type { FrameRef } from '../../model/frame-ref.js';
import type { TlsStep } from '../../tls/connection.js';

/** Steps told of a connection: a handshake with client certificates has about 15, and renegotiations add theirs. */
const MAX_STEP_LINES = 60;

/** The steps of the handshake with the time of each since the connection's first segment, and how long it took. */
export function stepLines({ connection, tcp }: TlsConnectionEvent): string[] {
  const start = tcp.firstFrame;
  const lines: string[] = [];
  let firstData: TlsStep | undefined;
  let last: FrameRef | undefined;
  let rest = 0;
  for (const step of connection.steps) {
    const what = stepName(step);
    if (what === undefined) {
      if (firstData === undefined) {
        firstData = step;
        lines.push(line(start, step, 'first application data'));
      }
      continue;
    }
    if (firstData === undefined) last = step.frame;
    if (lines.length >= MAX_STEP_LINES) {
      rest++;
      continue;
    }
    const state = step.encrypted ? (step.opened ? ', decrypted' : ', encrypted') : '';
    lines.push(
      `${elapsed(start, step.frame)}  ${step.direction.padEnd(6)}  ${what} (frame ${step.frame.number}${state})`,
    );
  }
  if (rest > 0) lines.push(`and ${rest} more`);
  const { clientHelloFrame } = connection;
  if (clientHelloFrame !== undefined && last !== undefined && connection.established) {
    lines.push(`the handshake took ${elapsed(clientHelloFrame, last).trim().replace('+', '')} seconds`);
  }
  return lines;
}

function line(start: FrameRef, step: TlsStep, what: string): string {
  const state = step.encrypted ? (step.opened ? ', decrypted' : ', encrypted') : '';
  return `${elapsed(start, step.frame)}  ${step.direction.padEnd(6)}  ${what} (frame ${step.frame.number}${state})`;
}

/** Messages of a record in words; undefined for application data. */
function stepName(step: TlsStep): string | undefined {
  if (step.alert !== undefined) return `alert ${step.alert.description}`;
  if (step.messages.length > 0) return step.messages.map(({ name }) => name).join(', ');
  const type = step.innerType ?? step.contentType;
  if (type === 20) return 'ChangeCipherSpec';
  if (type === 21) return 'alert';
  if (type === 22) return step.opened ? 'part of a handshake message' : 'handshake message';
  return type === 23 ? undefined : step.contentTypeName;
}

/** `+0.006096`: seconds from one frame to another, to the microsecond. */
function elapsed(from: FrameRef, to: FrameRef): string {
  const nanoseconds = (to.seconds - from.seconds) * 1e9 + (to.nanoseconds - from.nanoseconds);
  return `${nanoseconds < 0 ? '-' : '+'}${(Math.abs(nanoseconds) / 1e9).toFixed(6)}`;
}
