/**
 * Calls: messages of one Call-ID, as sngrep lists them, with the state of what their first request asked for.
 *
 * A Call-ID may hold several dialogs (forking); they are one call here, as one person made it. Until one is answered, its
 * state follows its branches. Where the same addresses talk in two networks (VLANs, VNIs, GRE keys), a Call-ID that both
 * use is two calls.
 */
import { SEVERITIES, type Severity } from '../model/finding.js';
import { Branches, type Outcome } from './branches.js';
import type { MessageTable } from './message-table.js';
import type { StringTable } from './string-table.js';

export type CallState =
  | 'calling'
  | 'ringing'
  | 'in call'
  | 'completed'
  | 'cancelled'
  | 'busy'
  | 'rejected'
  | 'redirected'
  | 'challenged'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'seen';

export type Call = {
  readonly index: number;
  readonly callId: string;
  /** Rows of its first and last message. */
  readonly first: number;
  readonly last: number;
  readonly messages: number;
  /** What its first request asked for; of the CSeq where the capture begins with a response. */
  readonly method: string;
  readonly state: CallState;
  /** Of the last final response to the first kind of request; 0 for none. */
  readonly statusCode: number;
  readonly retransmissions: number;
  /** Seconds from its first message to its last. */
  readonly seconds: number;
  /** Seconds between answer and BYE, or the last message so far; undefined where it was not answered. */
  readonly talkSeconds: number | undefined;
  readonly security: string;
  /** Whether its messages are protected in different ways. */
  readonly isMixed: boolean;
  readonly severity: Severity | undefined;
};

/** A call while it is followed. */
type Followed = {
  readonly callIdNumber: number;
  readonly first: number;
  last: number;
  messages: number;
  method: string;
  state: CallState;
  statusCode: number;
  retransmissions: number;
  answered: number;
  ended: number;
  security: string;
  isMixed: boolean;
  severity: number;
  /** Of an INVITE, until it is answered. */
  branches: Branches | undefined;
};

/** Messages of a call looked back over for a retransmission or the request of a response: keeps the cost linear. */
const MAX_LOOK_BACK = 48;

/** Calls of one Call-ID in networks of their own that are told apart: a capture could state one for each packet. */
const MAX_SIBLINGS = 64;

/** Told of a response's request, for response times: seconds between them. */
export type ResponseTimeListener = (method: string, seconds: number) => void;

export class CallTable {
  readonly #messages: MessageTable;
  readonly #strings: StringTable;
  readonly #onResponse: ResponseTimeListener;
  readonly #calls: Followed[] = [];
  readonly #byCallId = new Map<number, number>();
  /** By call, the next one with its Call-ID in another network. */
  readonly #siblings = new Map<number, number>();
  /** By call, source and destination, the network; of messages with a tag alone. */
  readonly #networks = new Map<string, number>();

  constructor(messages: MessageTable, strings: StringTable, onResponse: ResponseTimeListener) {
    this.#messages = messages;
    this.#strings = strings;
    this.#onResponse = onResponse;
  }

  get length(): number {
    return this.#calls.length;
  }

  /** Puts a message into its call; those without a Call-ID belong to none. `network` is 0 where no tag tells it. */
  add(row: number, method: string, security: string, severity: Severity | undefined, network = 0): void {
    const messages = this.#messages;
    const callIdNumber = messages.callIdNumber(row);
    if (callIdNumber === 0) return;
    let index = this.#find(callIdNumber, row, network);
    if (index === undefined) {
      index = this.#calls.length;
      this.#enter(callIdNumber, index);
      this.#calls.push(begin(callIdNumber, row, method, security));
    }
    if (network !== 0) this.#keepNetwork(index, row, network);
    const call = this.#calls[index] as Followed;
    messages.setCall(row, index, call.messages === 0 ? -1 : call.last);
    if (severity !== undefined) call.severity = Math.max(call.severity, SEVERITIES.indexOf(severity) + 1);
    if (call.security !== security) {
      call.isMixed = call.isMixed || call.messages > 0;
      if (call.security === '') call.security = security;
    }
    const repeated = this.#lookBack(row, method);
    call.last = row;
    call.messages++;
    if (repeated) {
      messages.setRetransmission(row);
      call.retransmissions++;
    } else follow(call, messages, row, method);
  }

  /**
   * The call that a message belongs to. Which network its addresses are of is known by each way, as links may have a VLAN
   * for each: a call whose other way is in that network goes before one of which nothing is known.
   */
  #find(callIdNumber: number, row: number, network: number): number | undefined {
    const first = this.#byCallId.get(callIdNumber);
    if (network === 0 || first === undefined) return first;
    let fallback: number | undefined;
    let steps = 0;
    for (let index: number | undefined = first; index !== undefined; index = this.#siblings.get(index)) {
      const own = this.#networks.get(this.#way(index, row, true));
      if (own === network) return index;
      if (++steps > MAX_SIBLINGS) return fallback ?? first;
      if (own !== undefined) continue;
      const back = this.#networks.get(this.#way(index, row, false));
      if (back === network) return index;
      fallback ??= index;
    }
    return fallback;
  }

  /** Makes a call known by its Call-ID. */
  #enter(callIdNumber: number, index: number): void {
    const first = this.#byCallId.get(callIdNumber);
    if (first === undefined) {
      this.#byCallId.set(callIdNumber, index);
      return;
    }
    // Behind the first one: the order of the others says nothing.
    const next = this.#siblings.get(first);
    if (next !== undefined) this.#siblings.set(index, next);
    this.#siblings.set(first, index);
  }

  #keepNetwork(index: number, row: number, network: number): void {
    const way = this.#way(index, row, true);
    if (!this.#networks.has(way)) this.#networks.set(way, network);
  }

  #way(index: number, row: number, isForward: boolean): string {
    const source = this.#messages.sourceNumber(row);
    const destination = this.#messages.destinationNumber(row);
    return isForward ? `${index} ${source} ${destination}` : `${index} ${destination} ${source}`;
  }

  call(index: number): Call {
    const followed = this.#calls[index];
    if (followed === undefined) throw new RangeError(`there is no call ${index}`);
    const { first, last, answered, ended, severity } = followed;
    const messages = this.#messages;
    return {
      index,
      callId: this.#strings.text(followed.callIdNumber),
      first,
      last,
      messages: followed.messages,
      method: followed.method,
      state: followed.state,
      statusCode: followed.statusCode,
      retransmissions: followed.retransmissions,
      seconds: Math.max(0, messages.time(last) - messages.time(first)),
      talkSeconds:
        answered < 0
          ? undefined
          : Math.max(0, messages.time(ended < 0 ? last : ended) - messages.time(answered)),
      security: followed.security,
      isMixed: followed.isMixed,
      severity: severity === 0 ? undefined : SEVERITIES[severity - 1],
    };
  }

  /** Rows of a call's messages, in their order. */
  rows(index: number): readonly number[] {
    const rows: number[] = [];
    for (let row = this.#calls[index]?.last ?? -1; row >= 0; row = this.#messages.previousInCall(row))
      rows.push(row);
    return rows.reverse();
  }

  /** Whether the message was seen before in its call; tells of a response how long it took. */
  #lookBack(row: number, method: string): boolean {
    const messages = this.#messages;
    const hash = messages.transactionHash(row);
    if (hash === 0) return false;
    const label = messages.labelNumber(row);
    const isFinal = messages.statusCode(row) >= 200;
    let request = -1;
    let at = messages.previousInCall(row);
    for (let steps = 0; at >= 0 && steps < MAX_LOOK_BACK; steps++, at = messages.previousInCall(at)) {
      if (messages.transactionHash(at) !== hash) continue;
      if (messages.labelNumber(at) === label && messages.sourceNumber(at) === messages.sourceNumber(row))
        return true;
      if (isFinal && messages.statusCode(at) === 0) request = at;
    }
    if (request >= 0) this.#onResponse(method, messages.time(row) - messages.time(request));
    return false;
  }
}

function begin(callIdNumber: number, row: number, method: string, security: string): Followed {
  return {
    callIdNumber,
    first: row,
    last: row,
    messages: 0,
    method,
    state: method === 'INVITE' ? 'calling' : 'waiting',
    statusCode: 0,
    retransmissions: 0,
    answered: -1,
    ended: -1,
    security,
    isMixed: false,
    severity: 0,
    branches: method === 'INVITE' ? new Branches() : undefined,
  };
}

/** Moves a call's state on by one message. `method` is that of the request, or of a response's CSeq. */
function follow(call: Followed, messages: MessageTable, row: number, method: string): void {
  const status = messages.statusCode(row);
  if (call.method !== 'INVITE') {
    if (method !== call.method) return;
    if (status === 0) call.state = method === 'ACK' ? 'seen' : 'waiting';
    else if (status >= 200) {
      call.statusCode = status;
      call.state = status < 300 ? 'succeeded' : isChallenge(status) ? 'challenged' : 'failed';
    }
    return;
  }
  if (method === 'BYE' && status === 0) {
    call.state = 'completed';
    if (call.ended < 0) call.ended = row;
  } else if (call.answered >= 0) return;
  else if (method === 'CANCEL' && status === 0) {
    const outcome = call.branches?.cancel(messages.sourceNumber(row), messages.destinationNumber(row));
    if (outcome !== 'late') call.state = outcome === 'ringing' ? 'ringing' : 'cancelled';
  } else if (method === 'INVITE') followInvite(call, messages, row, status);
}

function followInvite(call: Followed, messages: MessageTable, row: number, status: number): void {
  const { branches } = call;
  if (branches === undefined) return;
  const ends = [messages.sourceNumber(row), messages.destinationNumber(row)] as const;
  const [sender, target] = status === 0 ? ends : [ends[1], ends[0]];
  const branch = branches.begin(messages.transactionHash(row), sender, target);
  if (status === 0) call.state = branches.isRinging ? 'ringing' : 'calling';
  else if (status > 100 && status < 200) {
    if (branches.ring(branch)) call.state = 'ringing';
  } else if (status >= 200) answer(call, branches.fail(branch), row, status);
}

function answer(call: Followed, outcome: Outcome, row: number, status: number): void {
  if (status < 300) {
    call.statusCode = status;
    call.answered = row;
    call.state = 'in call';
    call.branches = undefined;
    return;
  }
  if (outcome === 'late') return;
  call.statusCode = status;
  if (outcome === 'ringing') call.state = 'ringing';
  else if (status < 400) call.state = 'redirected';
  else if (isChallenge(status)) call.state = 'challenged';
  else if (status === 487) call.state = 'cancelled';
  else call.state = status === 486 || status === 600 ? 'busy' : 'rejected';
}

function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}
