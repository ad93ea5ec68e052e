import { type Fault, failure, type Result, success } from '../bytes/fault.js';
import { latin1 } from '../bytes/text.js';
import type { ClearTextCopy } from '../checks/clear-text.js';
import { judgeIdentityHeaders } from '../checks/identity/judge.js';
import type { IdentityHeaderVerdict } from '../checks/identity/verdict.js';
import type { Hop } from '../checks/subject.js';
import { checkMessage, isHopWrong } from '../checks/table.js';
import type { Body } from '../model/body.js';
import type { WorkBudget } from '../model/budget.js';
import type { Endpoint, Transport } from '../model/endpoint.js';
import type { Finding } from '../model/finding.js';
import type { FrameRef } from '../model/frame-ref.js';
import { isFaultless } from '../sip/fast/fast-path.js';
import { HEADER_LIMIT } from '../sip/framing/framer-handler.js';
import { hasHugeHeader } from '../sip/framing/header-end.js';
import { parseNameAddr } from '../sip/grammar/address.js';
import { parseContentLength } from '../sip/grammar/content-length.js';
import { findStartLine } from '../sip/grammar/start-line.js';
import { parseVia } from '../sip/grammar/via.js';
import { firstHeader, parseSipMessage, type SipMessage } from '../sip/message.js';
import type { TlsConnection } from '../tls/connection.js';
import { openSipBody } from './body.js';
import type { AnalysisContext } from './context.js';
import type { SipMessageEvent } from './events.js';
import type { PlainMessage } from './plain-message.js';

const NO_COPIES: readonly ClearTextCopy[] = [];
const NO_IDENTITY: readonly IdentityHeaderVerdict[] = [];
const NO_FINDINGS: readonly Finding[] = [];

/** What is known of a message beside its bytes. */
export type SipMessageFacts = Pick<
  SipMessageEvent,
  | 'file'
  | 'frame'
  | 'frames'
  | 'transport'
  | 'source'
  | 'destination'
  | 'tcpStream'
  | 'network'
  | 'tls'
  | 'isMade'
  | 'framingFaults'
> & {
  /** On a stream, what came with the message behind its body; other messages may begin in it. */
  readonly behind?: Uint8Array | undefined;
};

/**
 * The event of a message, which parses and works out what is asked for, once. An error where the bytes do not begin with
 * a start line, or the header section is larger than any that is read.
 */
export function sipMessageEvent(
  bytes: Uint8Array,
  facts: SipMessageFacts,
  context: AnalysisContext,
): Result<SipMessageEvent> {
  if (context.plainMessage.read(bytes))
    return success(new LazySipMessageEvent(bytes, undefined, facts, context));
  if (hasHugeHeader(bytes)) {
    const message = `the header section is larger than the ${HEADER_LIMIT} bytes that are read of one`;
    return failure({ layer: 'SIP', message, offset: HEADER_LIMIT });
  }
  const parsed = parseSipMessage(bytes);
  return parsed.ok ? success(new LazySipMessageEvent(bytes, parsed.value, facts, context)) : parsed;
}

class LazySipMessageEvent implements SipMessageEvent {
  readonly type = 'sip_message';
  readonly file: string;
  readonly frame: FrameRef | undefined;
  readonly frames: readonly number[];
  readonly transport: Transport | undefined;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly tcpStream: number | undefined;
  readonly network: number | undefined;
  readonly tls: TlsConnection | undefined;
  readonly isMade: boolean | undefined;
  readonly framingFaults: readonly Fault[];
  #bytes: Uint8Array;
  readonly #behind: Uint8Array | undefined;
  readonly #context: AnalysisContext;
  #message: SipMessage | undefined;
  #body: Body | undefined;
  #budget: WorkBudget | undefined;
  #bodyOpened = false;
  #identityHeaders: readonly IdentityHeaderVerdict[] | undefined;
  #copies: readonly ClearTextCopy[] | undefined;
  #findings: readonly Finding[] | undefined;
  /** Whether its index shows that it has no fault of syntax. */
  #isFaultless = false;
  /** Read from its index, where it was. */
  #hop: Hop | undefined;

  constructor(
    bytes: Uint8Array,
    message: SipMessage | undefined,
    facts: SipMessageFacts,
    context: AnalysisContext,
  ) {
    this.file = facts.file;
    this.frame = facts.frame;
    this.frames = facts.frames;
    this.transport = facts.transport;
    this.source = facts.source;
    this.destination = facts.destination;
    this.tcpStream = facts.tcpStream;
    this.network = facts.network;
    this.tls = facts.tls;
    this.isMade = facts.isMade;
    this.framingFaults = facts.framingFaults;
    this.#bytes = bytes;
    this.#behind = facts.behind;
    this.#message = message;
    this.#context = context;
  }

  keep(): void {
    this.#bytes = this.#bytes.slice();
    this.#message = undefined;
  }

  get message(): SipMessage {
    if (this.#message === undefined) {
      const parsed = parseSipMessage(this.#bytes);
      if (!parsed.ok) throw new Error('what became an event has a start line');
      this.#message = parsed.value;
    }
    return this.#message;
  }

  /** The message as the context's index holds it; undefined where it is not plain. */
  get #plain(): PlainMessage | undefined {
    const { plainMessage } = this.#context;
    return plainMessage.read(this.#bytes) ? plainMessage : undefined;
  }

  /** What body and Identity headers may still cost together. */
  get #work(): WorkBudget {
    this.#budget ??= this.#context.work.budget(this.#bytes.length);
    return this.#budget;
  }

  /** When certificates are judged. */
  get #atSeconds(): number {
    return this.#context.judgeAt ?? this.frame?.seconds ?? this.#context.now;
  }

  get body(): Body | undefined {
    if (!this.#bodyOpened) {
      this.#bodyOpened = true;
      const { message } = this;
      const source = { name: 'SIP message', bytes: message.bytes };
      this.#body = openSipBody(message, source, {
        context: this.#context,
        atSeconds: this.#atSeconds,
        budget: this.#work,
        sender: senderOf(message),
        ...declaredLength(message),
        behind: behindBody(message, this.#behind),
      });
    }
    return this.#body;
  }

  get identityHeaders(): readonly IdentityHeaderVerdict[] {
    if (firstHeader(this.message, 'identity') === undefined) return NO_IDENTITY;
    this.#identityHeaders ??= judgeIdentityHeaders(this.message, {
      certificates: this.#context.certificates,
      anchors: this.#context.anchors,
      crls: this.#context.crls,
      policies: this.#context.policies,
      atSeconds: this.#atSeconds,
      budget: this.#work,
      // The time of judgement is for certificates: how old a message was when it came does not change.
      seenAt: this.frame?.seconds,
    });
    return this.#identityHeaders;
  }

  /** Without a private key or password nothing is decrypted that a clear copy could be of. */
  #clearTextCopies(): readonly ClearTextCopy[] {
    const { keyring } = this.#context;
    const opens = keyring.privateKeys.length + keyring.passwords.length > 0;
    this.#copies ??= opens ? this.#noteContents() : NO_COPIES;
    return this.#copies;
  }

  #noteContents(): readonly ClearTextCopy[] {
    const { clearText } = this.#context;
    const place = this.frame === undefined ? this.file : `frame ${this.frame.number}`;
    const plain = this.#plain;
    if (plain?.hasPlainText === true) {
      const { callId, bytes, bodyStart } = plain.index;
      return clearText.noteText(callId ?? '', place, bytes.subarray(bodyStart));
    }
    return clearText.note(firstHeader(this.message, 'call-id')?.value ?? '', place, this.body);
  }

  get findings(): readonly Finding[] {
    this.#findings ??= this.#isUneventful() ? NO_FINDINGS : this.#check();
    return this.#findings;
  }

  #check(): readonly Finding[] {
    const { message } = this;
    return checkMessage({
      frame: this.frame?.number,
      transport: this.#hopTransport,
      hop: this.#hop ?? hopOf(message, this.#hopTransport),
      message,
      isFaultless: this.#isFaultless,
      framingFaults: this.framingFaults,
      body: this.body,
      identityHeaders: this.identityHeaders,
      clearTextCopies: this.#clearTextCopies(),
      tls: this.tls,
    });
  }

  /** How it travelled, as far as that is known. */
  get #hopTransport(): Transport | undefined {
    return this.isMade === true ? undefined : this.transport;
  }

  /** Whether it is plain to see that `#check` would find nothing: see MessageRule on what rules are about. */
  #isUneventful(): boolean {
    if (this.framingFaults.length > 0) return false;
    const plain = this.#plain;
    if (plain === undefined) return false;
    const { index } = plain;
    if (index.hasIdentity || !isFaultless(index)) return false;
    this.#isFaultless = true;
    const { bytes, uriStart, via } = index;
    const hop: Hop = {
      transport: this.#hopTransport,
      isSipsRequest: index.isRequest && SIPS.test(latin1(bytes, uriStart, uriStart + 5)),
      viaTransport: latin1(bytes, via.transportStart, via.transportEnd),
    };
    this.#hop = hop;
    if (isHopWrong(hop)) return false;
    if (index.bodyStart === bytes.length) return true;
    return plain.hasPlainText && this.#clearTextCopies().length === 0;
  }
}

const SIPS = /^sips:/i;

function hopOf(message: SipMessage, transport: Transport | undefined): Hop {
  const via = firstHeader(message, 'via');
  return {
    transport,
    isSipsRequest: message.kind === 'request' && SIPS.test(message.requestUri),
    viaTransport: via === undefined ? '' : parseVia(via.value).transport,
  };
}

/**
 * URI of the sender of the body: From in a request; in a response the sender is the callee, whom To names
 * (RFC 3261 §8.2.6.2, §23.2).
 */
function senderOf(message: SipMessage): string | undefined {
  const header = firstHeader(message, message.kind === 'request' ? 'from' : 'to');
  if (header === undefined) return undefined;
  const { uri } = parseNameAddr(header.value);
  return uri === '' ? undefined : uri;
}

/** The octets behind the body of a message: the rest of its datagram or file, or of what came up to the next start line. */
function behindBody(
  { bytes, bodyStart, body }: SipMessage,
  onStream: Uint8Array | undefined,
): Uint8Array | undefined {
  if (body.length === 0) return undefined;
  const end = bodyStart + body.length;
  if (end < bytes.length) return bytes.subarray(end);
  if (onStream === undefined) return undefined;
  const head = onStream.subarray(0, BEHIND_LIMIT);
  for (let start = 0; start < head.length; ) {
    const feed = head.indexOf(0x0a, start);
    const lineEnd = feed < 0 ? head.length : feed;
    const found = findStartLine(head, start, lineEnd);
    if (found >= 0) return head.subarray(0, found);
    start = lineEnd + 1;
  }
  return head;
}

/** Most octets looked at behind a message on a stream. */
const BEHIND_LIMIT = 256 * 1024;

function declaredLength(message: SipMessage): { readonly declaredLength?: number } {
  const header = firstHeader(message, 'content-length');
  const length = header === undefined ? undefined : parseContentLength(header.value);
  return length === undefined ? {} : { declaredLength: length };
}
