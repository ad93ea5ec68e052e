import type { Direction } from '../../../src/model/endpoint.js';
import type { FrameRef } from '../../../src/model/frame-ref.js';
import type { TlsConnection } from '../../../src/tls/connection.js';
import type { TlsKeys } from '../../../src/tls/context.js';
import { SessionCache } from '../../../src/tls/keys/session-cache.js';
import { TlsSession } from '../../../src/tls/session.js';

/** Bytes of one direction in the order of a capture; a number of lost bytes where `lost` is set. */
export type Flight = {
  readonly direction: Direction;
  readonly data: Uint8Array;
  readonly lost?: number;
  readonly frame?: number;
};

export type Outcome = {
  readonly session: TlsSession;
  readonly connection: TlsConnection;
  readonly plaintext: { readonly client: Buffer; readonly server: Buffer };
  readonly lost: { readonly direction: Direction; readonly frame: number }[];
};

export function frameRef(number: number): FrameRef {
  return { number, seconds: 1_100_000_000 + number, nanoseconds: 0, timeDigits: 6 };
}

/** Feeds a connection to a session; what comes out is collected, also what comes after the end. */
export function start(keys: TlsKeys, sessions = new SessionCache()) {
  const parts: { client: Buffer[]; server: Buffer[] } = { client: [], server: [] };
  const lost: { direction: Direction; frame: number }[] = [];
  const session = new TlsSession(
    { keys, sessions },
    {
      applicationData: (direction, data) => {
        parts[direction].push(Buffer.from(data));
      },
      lost: (direction, frame) => {
        lost.push({ direction, frame: frame.number });
      },
    },
  );
  const outcome = (): Outcome => ({
    session,
    connection: session.connection,
    plaintext: { client: Buffer.concat(parts.client), server: Buffer.concat(parts.server) },
    lost,
  });
  return { session, outcome };
}

export function run(flights: readonly Flight[], keys: TlsKeys, sessions?: SessionCache): Outcome {
  const { session, outcome } = start(keys, sessions);
  flights.forEach((flight, index) => {
    const frame = frameRef(flight.frame ?? index + 1);
    if (flight.lost !== undefined) session.gap(flight.direction, flight.lost, frame);
    session.push(flight.direction, flight.data, frame);
  });
  session.end();
  return outcome();
}
