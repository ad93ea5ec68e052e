/** Sends one SIP request to a device and waits for its answers: UDP, TCP or TLS. */

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Result } from '../../bytes/fault.js';
import type { Endpoint } from '../../model/endpoint.js';
import { SipFramer } from '../../sip/framing/framer.js';
import { parseSipMessage, type SipMessage } from '../../sip/message.js';
import { acknowledgement, addressedRequest, isAnswerTo, type VectorTransport } from '../../vectors/answer.js';

/** Most bytes taken from a device: an answer has a few hundred, and a hostile device could send for ever. */
const MAX_ANSWER_BYTES = 1 << 20;

export type ReplayOptions = {
  readonly transport: VectorTransport;
  readonly host: string;
  readonly port: number;
  /** A SIP request; anything else is refused before anything is sent. */
  readonly request: Uint8Array;
  readonly waitMilliseconds: number;
  /** PEM of trust anchors for the device's certificate; without them it is not checked. */
  readonly trusted?: string;
};

export type Replay = {
  /** What went out. */
  readonly sent: SipMessage;
  /** Responses in the order in which they came. */
  readonly answers: readonly (SipMessage & { kind: 'response' })[];
  /** Whether a final one is among them; else the time ran out or the device closed the connection. */
  readonly ended: 'answered' | 'timeout' | 'closed';
  /** Version and suite, for TLS. */
  readonly protection?: string;
};

export type ReplayResult =
  | { readonly ok: true; readonly value: Replay }
  /** A whole sentence. */
  | { readonly ok: false; readonly message: string };

/** Sends the request once and waits for its final response; an INVITE's is acknowledged. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const checked = addressedRequest(options.request, options.transport, { address: '0.0.0.0', port: 0 });
  if (!checked.ok) return { ok: false, message: `only SIP requests are sent: ${checked.error.message}` };
  try {
    return options.transport === 'udp' ? await overUdp(options) : await overStream(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
    return { ok: false, message: `${options.host}:${options.port}: ${reason}` };
  }
}

const REASONS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there: the connection or datagram was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

/** Gathers answers until the final one. */
class Conversation {
  readonly sent: SipMessage;
  readonly answers: (SipMessage & { kind: 'response' })[] = [];
  readonly #send: (bytes: Uint8Array) => void;
  readonly #done: (ended: Replay['ended']) => void;

  constructor(sent: SipMessage, send: (bytes: Uint8Array) => void, done: (ended: Replay['ended']) => void) {
    this.sent = sent;
    this.#send = send;
    this.#done = done;
  }

  take(bytes: Uint8Array): void {
    const parsed = parseSipMessage(new Uint8Array(bytes));
    if (!parsed.ok || !isAnswerTo(this.sent, parsed.value)) return;
    this.answers.push(parsed.value);
    if (parsed.value.statusCode < 200) return;
    const ack = acknowledgement(this.sent, parsed.value);
    if (ack !== undefined) this.#send(ack);
    this.#done('answered');
  }
}

function prepared(options: ReplayOptions, local: Endpoint): SipMessage {
  const addressed = addressedRequest(options.request, options.transport, local);
  const parsed: Result<SipMessage> = addressed.ok ? parseSipMessage(addressed.value) : addressed;
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

async function overUdp(options: ReplayOptions): Promise<ReplayResult> {
  const { address, family } = await lookup(options.host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise<ReplayResult>((resolve, reject) => {
      socket.on('error', reject);
      // Connected: only the device's datagrams come in, and its "port unreachable" is told.
      socket.connect(options.port, address, () => {
        const message = prepared(options, socket.address());
        let received = 0;
        const end = (ended: Replay['ended']): void => {
          clearTimeout(timer);
          resolve({ ok: true, value: { sent: message, answers: conversation.answers, ended } });
        };
        const conversation = new Conversation(message, (bytes) => socket.send(bytes), end);
        const timer = setTimeout(() => end('timeout'), options.waitMilliseconds);
        socket.on('message', (bytes) => {
          received += bytes.length;
          if (received <= MAX_ANSWER_BYTES) conversation.take(bytes);
        });
        socket.send(message.bytes);
      });
    });
  } finally {
    socket.close();
  }
}

async function overStream(options: ReplayOptions): Promise<ReplayResult> {
  const { host, port, transport } = options;
  const { stream, local, protection } = await (transport === 'tls'
    ? openTls(options)
    : openTcp(host, port, options));
  try {
    return await new Promise<ReplayResult>((resolve, reject) => {
      const message = prepared(options, local);
      let received = 0;
      const end = (ended: Replay['ended']): void => {
        clearTimeout(timer);
        const { answers } = conversation;
        const value = { sent: message, answers, ended, ...(protection === undefined ? {} : { protection }) };
        // What was last written, as an ACK, goes out before the connection is given up.
        stream.end(() => resolve({ ok: true, value }));
      };
      const conversation = new Conversation(message, (bytes) => stream.write(bytes), end);
      const framer = new SipFramer({ message: (bytes) => conversation.take(bytes), skipped: () => {} });
      const timer = setTimeout(() => end('timeout'), options.waitMilliseconds);
      stream.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      stream.on('data', (bytes: Buffer) => {
        received += bytes.length;
        if (received > MAX_ANSWER_BYTES) end('closed');
        else framer.push(bytes);
      });
      stream.on('end', () => end('closed'));
      stream.write(message.bytes);
    });
  } finally {
    stream.destroy();
  }
}

type Opened = { readonly stream: Duplex; readonly local: Endpoint; readonly protection?: string };

function openTcp(host: string, port: number, options: ReplayOptions): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, timeout: options.waitMilliseconds });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('the connection could not be opened in time')));
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      resolve({ stream: socket, local: localOf(socket) });
    });
  });
}

function openTls(options: ReplayOptions): Promise<Opened> {
  const { host, port, trusted } = options;
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port,
      timeout: options.waitMilliseconds,
      rejectUnauthorized: trusted !== undefined,
      ...(trusted === undefined ? {} : { ca: trusted }),
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('the TLS handshake was not done in time')));
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('error');
      const protection = `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().standardName}`;
      resolve({ stream: socket, local: localOf(socket), protection });
    });
  });
}

function localOf(socket: {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}): Endpoint {
  return { address: socket.localAddress ?? '0.0.0.0', port: socket.localPort ?? 0 };
}
