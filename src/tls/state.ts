/** The inner state of a session, which its parts (opening, messages, resync, verdict) work on. */

import { WorkBudget } from '../model/budget.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { ConnectionState, Decryption, TlsStep } from './connection.js';
import { createConnection } from './connection.js';
import type { TlsContext, TlsHandler } from './context.js';
import { HandshakeAssembler } from './handshake/assembler.js';
import { HandshakeState } from './handshake/handshake-state.js';
import { MAX_LISTED, MAX_RESYNC_TRIALS, MAX_STEP_BYTES, STEP_OVERHEAD } from './limits.js';
import type { Inflater } from './record/inflate.js';
import type { RecordProtection } from './record/protection/protection.js';
import type { Resync } from './record/resync.js';

/** Keys that a side is about to use: those of TLS 1.2 and before at ChangeCipherSpec, and the three of TLS 1.3. */
export type Stage = 'tls12' | 'early' | 'handshake' | 'application';

export type Awaiting = { readonly handshake: HandshakeState; readonly stage: Stage; tried: boolean };

/** What is known of the bytes lost before a record. */
export type GapBefore = {
  readonly lostBytes: number;
  readonly before: Uint8Array;
  readonly minimumLost: number;
  readonly maximumLost: number;
};

/** A record on its way through the session. */
export type RecordItem = {
  readonly side: Side;
  readonly type: number;
  readonly version: number;
  fragment: Uint8Array;
  readonly frame: FrameRef;
  /** Of the connection, from 1. */
  readonly number: number;
  readonly step: TlsStep | undefined;
  readonly gap: GapBefore | undefined;
  /** Whether the handshake moved on by it when it came, though it could not be opened. */
  counted?: boolean;
};

export type Side = {
  readonly direction: Direction;
  readonly assembler: HandshakeAssembler;
  /** Undefined: plain, or `awaiting`. */
  protection: RecordProtection | undefined;
  awaiting: Awaiting | undefined;
  /** Whose keys `protection` has. */
  stage: Stage | undefined;
  /** TLS 1.3: the secret that `protection` was made of, for KeyUpdate. */
  trafficSecret: Uint8Array | undefined;
  inflater: Inflater | undefined;
  /** Compression whose window is lost: nothing more can be inflated. */
  inflateBroken: boolean;
  searching: Resync | undefined;
  /** Records read. */
  records: number;
  /** Whether the user was told that plaintext is missing and has got none since. */
  lostTold: boolean;
};

function createSide(direction: Direction): Side {
  return {
    direction,
    assembler: new HandshakeAssembler(),
    protection: undefined,
    awaiting: undefined,
    stage: undefined,
    trafficSecret: undefined,
    inflater: undefined,
    inflateBroken: false,
    searching: undefined,
    records: 0,
    lostTold: false,
  };
}

export class SessionState {
  readonly context: TlsContext;
  readonly handler: TlsHandler;
  readonly connection: ConnectionState;
  readonly sides: { readonly client: Side; readonly server: Side } = {
    client: createSide('client'),
    server: createSide('server'),
  };
  /** The latest handshake. */
  handshake: HandshakeState | undefined;
  /** The handshake whose keys were last in use, and what opened it. */
  openedBy: string | undefined;
  /** The first handshake that could not be opened. */
  closed: HandshakeState | undefined;
  /** Records sent under encryption; of those, opened, and failed to authenticate. */
  encrypted = 0;
  opened = 0;
  failed = 0;
  /** Records under encryption with no handshake to say how. */
  orphans = 0;
  /** Of a NULL suite whose MAC was not checked. */
  unchecked = 0;
  firstEncrypted: FrameRef | undefined;
  /** How an answer in plain text begins, where TLS was offered in vain. */
  plainAnswer: { readonly line: string; readonly frame: FrameRef } | undefined;
  lostBytes = { client: 0, server: 0 };
  /** What came too early was more than waits: from there on things are read in the order of the capture. */
  orderLost = false;
  /** Ciphertext had to be let go for a limit. */
  released = false;
  /** Trials left for resynchronisation. */
  trials = MAX_RESYNC_TRIALS;
  /** Bytes of handshake messages kept in steps. */
  stepBytes = 0;
  earlyData: { readonly data: Uint8Array; readonly frame: FrameRef }[] | undefined;
  earlyBytes = 0;
  readonly keyLogLines = new Set<string>();

  #budget: WorkBudget | undefined;

  /** No more bytes come. */
  ended = false;
  /** Plaintext came out after that. */
  reopened = false;

  constructor(context: TlsContext, handler: TlsHandler, judge: (state: SessionState) => Decryption) {
    this.connection = createConnection(() => judge(this));
    this.context = context;
    this.handler = handler;
  }

  /** What checks of signatures may still cost; handshake messages add to what the run may. */
  get budget(): WorkBudget {
    this.#budget ??= new WorkBudget(0, this.context.work);
    return this.#budget;
  }

  /** Bytes of memory that handshake messages and steps take, about. */
  get heldBytes(): number {
    const { client, server } = this.sides;
    // Handshake messages are kept twice: as bytes for the transcript, and as what was read from them.
    const messages = 2 * Math.min(this.stepBytes, MAX_STEP_BYTES);
    const steps = this.connection.steps.length * STEP_OVERHEAD;
    return messages + steps + client.assembler.pendingBytes + server.assembler.pendingBytes;
  }

  /** The messages of this handshake are no longer in the order of the protocol: nothing is computed over them. */
  loseOrder(): void {
    this.orderLost = true;
    this.handshake ??= new HandshakeState();
    this.handshake.transcript.complete = false;
  }

  /** The TLS role of a side. */
  role(side: Side): Direction {
    return side.direction === this.connection.clientDirection ? 'client' : 'server';
  }

  /** The side that plays a TLS role. */
  sideOf(role: Direction): Side {
    const { clientDirection } = this.connection;
    if (role === 'client') return this.sides[clientDirection];
    return this.sides[clientDirection === 'client' ? 'server' : 'client'];
  }

  fault(code: string, message: string, frame: FrameRef): void {
    if (this.connection.faults.length < MAX_LISTED) this.connection.faults.push({ code, message, frame });
  }

  /** Tells the user, once until plaintext comes again, that some is missing. */
  tellLost(side: Side, frame: FrameRef): void {
    if (side.lostTold) return;
    side.lostTold = true;
    this.handler.lost(side.direction, frame);
  }

  deliver(side: Side, data: Uint8Array, frame: FrameRef): void {
    if (data.length === 0) return;
    if (this.ended && !this.reopened) {
      this.reopened = true;
      this.handler.reopened?.();
    }
    side.lostTold = false;
    this.connection.applicationBytes[side.direction] += data.length;
    this.handler.applicationData(side.direction, data, frame);
  }
}
