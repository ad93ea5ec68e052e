/** A vector: one flow, made once, in each of the forms in which siplens and others read it. */

import type { Endpoint } from '../model/endpoint.js';
import { CaptureWriter, type Side } from './capture.js';
import type { Cast, Person } from './cast.js';
import { type Answer, type Expectation, type JsonObject, type JsonValue, sorted } from './expectation.js';
import type { Layer, Signed } from './layer.js';
import {
  encodeMessage,
  type HeaderLine,
  requestHeaders,
  requestLine,
  responseHeaders,
  type Transaction,
} from './sip-text.js';

/** Documentation addresses (RFC 5737). */
export const CLIENT_ADDRESS = '192.0.2.1';
export const SERVER_ADDRESS = '198.51.100.2';
const SIP_PORT = 5060;
const SIPS_PORT = 5061;
/** First port of the client's connections. */
const CLIENT_PORT = 49_152;

/** RFC 3261 §18.1.1: a longer request goes over TCP, as the path may not take it in one packet. */
const LARGEST_DATAGRAM = 1300;

export type Kind = 'good' | 'bad';

/** What a vector says of itself, before it is made. */
export type VectorHeader = {
  /** Name of its folder: what it is, or the mistake in it. */
  readonly name: string;
  readonly kind: Kind;
  readonly title: string;
  /** Where the texts ask for it, or say what is wrong. */
  readonly reference: string;
  readonly answer: Answer;
  /** Whose mistake it is; a server's cannot be sent to a device. The client's where it is not said. */
  readonly mistakeOf?: 'server';
};

export type VectorFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Absent for files that only help to read others, as a key log. */
  readonly expectation?: Expectation;
  readonly secret?: boolean;
};

export type Vector = VectorHeader & {
  readonly files: readonly VectorFile[];
  /** Whose certificates are given to who judges it. */
  readonly known: readonly Person[];
  /** Key logs among its files that are needed besides the keys. */
  readonly keyLogs: readonly string[];
};

/** One message of a flow and the right answer about it. */
export type FlowMessage = {
  readonly side: Side;
  readonly bytes: Uint8Array;
  readonly record: JsonObject;
  /** Rules that hold wherever the message is read. */
  readonly findings: readonly string[];
  /** Rules that need to know how it travelled. */
  readonly transportFindings: readonly string[];
};

export type Flow = {
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  readonly messages: readonly FlowMessage[];
  /** A CMS blob of it, which is written alone too. */
  readonly cms?: Signed;
};

export type RequestOptions = {
  readonly method: 'MESSAGE' | 'INVITE';
  readonly requestUri?: string;
  readonly body: Layer;
  readonly accept?: boolean;
  readonly findings?: readonly string[];
  readonly transportFindings?: readonly string[];
  /** Overrides the choice by size. */
  readonly transport?: 'UDP' | 'TCP' | 'TLS';
  readonly from?: string;
  readonly to?: string;
};

/** The transaction of a vector's request; the transport by its size where none is said. */
export function transactionOf(cast: Cast, name: string, options: RequestOptions): Transaction {
  const from = options.from ?? `sip:${cast.sender.name}`;
  const to = options.to ?? `sip:${cast.receiver.name}`;
  const make = (transport: Transaction['transport']): Transaction => ({
    method: options.method,
    requestUri: options.requestUri ?? to,
    from,
    to,
    fromTag: cast.random.hex(`${name}/from`, 8),
    toTag: cast.random.hex(`${name}/to`, 8),
    branch: `z9hG4bK-${cast.random.hex(`${name}/branch`, 16)}`,
    callId: `${cast.random.hex(`${name}/call`, 16)}@${CLIENT_ADDRESS}`,
    cseq: 1,
    transport,
    sentBy: clientEndpoint(transport),
    at: cast.at,
  });
  if (options.transport !== undefined) return make(options.transport);
  const udp = make('UDP');
  return encodeRequest(udp, options).length > LARGEST_DATAGRAM ? make('TCP') : udp;
}

export function clientEndpoint(transport: Transaction['transport']): Endpoint {
  return { address: CLIENT_ADDRESS, port: transport === 'UDP' ? SIP_PORT : CLIENT_PORT };
}

export function serverEndpoint(transport: Transaction['transport']): Endpoint {
  return { address: SERVER_ADDRESS, port: transport === 'TLS' ? SIPS_PORT : SIP_PORT };
}

function encodeRequest(transaction: Transaction, { body, accept }: RequestOptions): Uint8Array {
  const headers = requestHeaders(transaction, { accept: accept !== false });
  return encodeMessage(requestLine(transaction), [...headers, ...body.headers], body.body);
}

/** A request and the answer about it. */
export function request(transaction: Transaction, options: RequestOptions): FlowMessage {
  return {
    side: 'client',
    bytes: encodeRequest(transaction, options),
    record: {
      type: 'sip_message',
      is_request: true,
      method: options.method,
      request_uri: transaction.requestUri,
      call_id: transaction.callId,
      cseq: { number: transaction.cseq, method: options.method },
      from: { uri: transaction.from, tag: transaction.fromTag },
      to: { uri: transaction.to },
      via_branch: transaction.branch,
      body: options.body.record,
    },
    findings: [
      ...options.body.findings,
      ...(options.accept === false ? ['sip/accept-missing'] : []),
      ...(options.findings ?? []),
    ],
    transportFindings: options.transportFindings ?? [],
  };
}

/** 200 OK, with a body or none. */
export function ok(transaction: Transaction, body?: Layer, findings: readonly string[] = []): FlowMessage {
  const headers = responseHeaders(transaction, serverEndpoint(transaction.transport));
  const all: HeaderLine[] = [...headers, ...(body?.headers ?? [])];
  return {
    side: 'server',
    bytes: encodeMessage('SIP/2.0 200 OK', all, body?.body ?? new Uint8Array(0)),
    record: {
      type: 'sip_message',
      is_request: false,
      status_code: 200,
      reason_phrase: 'OK',
      call_id: transaction.callId,
      to: { uri: transaction.to, tag: transaction.toTag },
      ...(body === undefined ? {} : { body: body.record }),
    },
    findings: [...(body?.findings ?? []), ...findings],
    transportFindings: [],
  };
}

/** Capture, raw message and CMS blob of a flow over UDP or TCP. */
export function plainFiles(cast: Cast, name: string, flow: Flow): VectorFile[] {
  const { transport, messages } = flow;
  const client = clientEndpoint(transport);
  const server = serverEndpoint(transport);
  const capture = new CaptureWriter(cast.at);
  const records: JsonObject[] = [];
  const add = ({ record }: FlowMessage, frame: number): void => {
    records.push({ frame, transport: transport.toLowerCase(), ...record });
  };
  if (transport === 'UDP') {
    for (const message of messages) {
      const [from, to] = message.side === 'client' ? [client, server] : [server, client];
      add(message, capture.udp(from, to, message.bytes));
    }
  } else {
    const connection = capture.connect(client, server, sequences(cast, name));
    for (const message of messages) add(message, connection.send(message.side, message.bytes));
    connection.close('client');
  }
  const findings = sorted(messages.flatMap((message) => [...message.findings, ...message.transportFindings]));
  return [
    { name: 'capture.pcap', bytes: capture.bytes(), expectation: { records, findings } },
    ...looseFiles(flow),
  ];
}

/** Initial sequence numbers of a vector's connection. */
export function sequences(cast: Cast, name: string): readonly [number, number] {
  const bytes = Buffer.from(cast.random.bytes(`${name}/sequences`, 8));
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
}

/** The first message alone, and the CMS blob. */
export function looseFiles({ messages, cms }: Flow): VectorFile[] {
  const files: VectorFile[] = [];
  const [first] = messages;
  if (first !== undefined) {
    files.push({
      name: 'message.sip',
      bytes: first.bytes,
      expectation: { records: [first.record], findings: sorted(first.findings) },
    });
  }
  if (cms !== undefined) {
    files.push({
      name: 'cms.der',
      bytes: cms.cms,
      expectation: {
        records: [{ type: 'entity', body: withoutIdentity(cms.alone.record) }],
        findings: sorted(cms.alone.findings.filter((rule) => rule !== 'smime/signer-identity')),
      },
    });
  }
  return files;
}

/** Alone a CMS blob says nothing of who sent it: nobody's identity can be judged. */
function withoutIdentity(value: JsonObject): JsonObject {
  const strip = (each: JsonValue): JsonValue => {
    if (Array.isArray(each)) return each.map(strip);
    return typeof each === 'object' && each !== null ? withoutIdentity(each as JsonObject) : each;
  };
  const entries = Object.entries(value).filter(([name]) => name !== 'identity');
  return Object.fromEntries(entries.map(([name, each]) => [name, strip(each)]));
}
