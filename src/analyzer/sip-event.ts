import type { Fault } from '../bytes/fault.js';
import type { ClearTextCopy } from '../checks/clear-text.js';
import type { Finding } from '../checks/finding.js';
import { type IdentityHeaderVerdict, judgeIdentityHeaders } from '../checks/identity-header.js';
import type { Body, Transport } from '../checks/subject.js';
import { checkMessage } from '../checks/table.js';
import { parseNameAddr } from '../sip/address.js';
import { parseContentLength } from '../sip/content-length.js';
import { firstHeader, type SipMessage } from '../sip/message.js';
import type { TlsConnection } from '../tls/connection.js';
import { openSipBody } from './body.js';
import type { AnalysisContext } from './context.js';
import type { Endpoint, FrameRef, SipMessageEvent } from './events.js';

const NO_COPIES: readonly ClearTextCopy[] = [];

const NO_IDENTITY: readonly IdentityHeaderVerdict[] = [];

/** What is known of a message before anyone asks for what must be worked out. */
export type SipMessageFacts = Omit<SipMessageEvent, 'type' | 'body' | 'identityHeaders' | 'findings'>;

/** A message event that works out its body and findings when they are first asked for, once. */
export class LazySipMessageEvent implements SipMessageEvent {
  readonly type = 'sip_message';
  readonly file: string;
  readonly frame: FrameRef | undefined;
  readonly frames: readonly number[];
  readonly transport: Transport | undefined;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly tcpStream: number | undefined;
  readonly tls: TlsConnection | undefined;
  readonly message: SipMessage;
  readonly framingFaults: readonly Fault[];
  readonly #context: AnalysisContext;
  #body: Body | undefined;
  #bodyOpened = false;
  #identityHeaders: readonly IdentityHeaderVerdict[] | undefined;
  #findings: readonly Finding[] | undefined;

  constructor(facts: SipMessageFacts, context: AnalysisContext) {
    this.file = facts.file;
    this.frame = facts.frame;
    this.frames = facts.frames;
    this.transport = facts.transport;
    this.source = facts.source;
    this.destination = facts.destination;
    this.tcpStream = facts.tcpStream;
    this.tls = facts.tls;
    this.message = facts.message;
    this.framingFaults = facts.framingFaults;
    this.#context = context;
  }

  /** When certificates are judged. */
  get #atSeconds(): number {
    return this.#context.judgeAt ?? this.frame?.seconds ?? this.#context.now;
  }

  get body(): Body | undefined {
    if (!this.#bodyOpened) {
      this.#bodyOpened = true;
      const source = { name: 'SIP message', bytes: this.message.bytes };
      this.#body = openSipBody(this.message, source, {
        context: this.#context,
        atSeconds: this.#atSeconds,
        sender: senderOf(this.message),
        ...declaredLength(this.message),
      });
    }
    return this.#body;
  }

  get identityHeaders(): readonly IdentityHeaderVerdict[] {
    if (firstHeader(this.message, 'identity') === undefined) return NO_IDENTITY;
    this.#identityHeaders ??= judgeIdentityHeaders(this.message, {
      certificates: this.#context.certificates.all(),
      // The time of judgement is for certificates: how old a message was when it came does not change.
      seenAt: this.frame?.seconds,
    });
    return this.#identityHeaders;
  }

  /** Without a private key or password nothing is decrypted that a clear copy could be of. */
  #clearTextCopies(): readonly ClearTextCopy[] {
    const { keyring, clearText } = this.#context;
    const opens = keyring.privateKeys.length + keyring.passwords.length > 0;
    if (!opens || this.body === undefined) return NO_COPIES;
    const place = this.frame === undefined ? this.file : `frame ${this.frame.number}`;
    return clearText.note(firstHeader(this.message, 'call-id')?.value ?? '', place, this.body);
  }

  get findings(): readonly Finding[] {
    this.#findings ??= checkMessage({
      frame: this.frame?.number,
      transport: this.transport,
      message: this.message,
      framingFaults: this.framingFaults,
      body: this.body,
      identityHeaders: this.identityHeaders,
      clearTextCopies: this.#clearTextCopies(),
      tls: this.tls,
    });
    return this.#findings;
  }
}

/**
 * URI of who wrote the body: From in a request; in a response the sender is the one that was called, whom To names
 * (RFC 3261 §8.2.6.2, §23.2).
 */
function senderOf(message: SipMessage): string | undefined {
  const header = firstHeader(message, message.kind === 'request' ? 'from' : 'to');
  if (header === undefined) return undefined;
  const { uri } = parseNameAddr(header.value);
  return uri === '' ? undefined : uri;
}

function declaredLength(message: SipMessage): { readonly declaredLength?: number } {
  const header = firstHeader(message, 'content-length');
  const length = header === undefined ? undefined : parseContentLength(header.value);
  return length === undefined ? {} : { declaredLength: length };
}
