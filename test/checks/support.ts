import { readFileSync } from 'node:fs';
import { type AnalysisContext, createContext } from '../../src/analyzer/context.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import type { Finding } from '../../src/model/finding.js';
import { analyzeBytes } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';

/** When the draft's S/MIME captures were made: its certificates were valid then. */
export const CAPTURED_AT = Date.UTC(2005, 10, 19, 23, 34, 50) / 1000;

export function sample(name: string): Buffer {
  return readFileSync(`${ROOT}samples/${name}`);
}

export type Given = {
  /** Files of keys and certificates: PEM as it stands, or names of samples. */
  readonly keys?: readonly (string | Uint8Array)[];
  readonly certificates?: readonly (string | Uint8Array)[];
  readonly anchors?: readonly (string | Uint8Array)[];
  readonly judgeAt?: number;
};

/** The context of a run with these keys and certificates. */
export function contextOf({
  keys = [],
  certificates = [],
  anchors = [],
  judgeAt,
}: Given = {}): AnalysisContext {
  const load = (given: string | Uint8Array) => {
    const bytes = typeof given === 'string' ? sample(given) : given;
    const loaded = loadKeyMaterial('given', bytes);
    if (!loaded.ok) throw new Error(loaded.error.message);
    return loaded.value;
  };
  const keyring = new Keyring();
  for (const one of keys) keyring.add(load(one));
  const { context, problems } = createContext({
    keyring,
    certificates: certificates.flatMap((one) => load(one).certificates),
    anchors: anchors.flatMap((one) => load(one).certificates),
    ...(judgeAt === undefined ? {} : { judgeAt }),
    now: Date.UTC(2026, 0, 1) / 1000,
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return context;
}

/** Findings of all messages, bodies and connections in these bytes. */
export function findingsIn(bytes: Uint8Array, given: Given | AnalysisContext = {}): Finding[] {
  const context = 'keyring' in given ? given : contextOf(given);
  return analyzeBytes(bytes, context).flatMap((record) =>
    // A fact about segments or fragments is a record of its own.
    record['type'] === 'finding' ? [record as unknown as Finding] : ((record['findings'] as Finding[]) ?? []),
  );
}

/** What one rule says of these bytes: severity and sentence. */
export function said(rule: string, bytes: Uint8Array, given: Given | AnalysisContext = {}): string[] {
  return findingsIn(bytes, given)
    .filter((finding) => finding.rule === rule)
    .map(({ severity, summary }) => `${severity}: ${summary}`);
}

export type MessageParts = {
  readonly method?: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly via?: string;
  /** Whole header lines, without line ends. */
  readonly headers?: readonly string[];
  readonly body?: Uint8Array | string;
};

/** A SIP request with the headers that RFC 3261 §8.1.1 asks for; fluffy writes to kumiko. */
export function request(parts: MessageParts = {}): Buffer {
  const { method = 'MESSAGE', uri = 'sip:kumiko@example.net', headers = [] } = parts;
  const body = Buffer.from(parts.body ?? '');
  const head = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${parts.via ?? 'UDP'} client.example.com:5060;branch=z9hG4bK74bf9`,
    'Max-Forwards: 70',
    `From: ${parts.from ?? '<sip:fluffy@example.com>'};tag=1`,
    `To: ${parts.to ?? '<sip:kumiko@example.net>'}`,
    `Call-ID: ${parts.callId ?? 'a84b4c76e66710'}`,
    `CSeq: 1 ${method}`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    '',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

const CLIENT = { address: '192.0.2.1', port: 5060 };
const SERVER = { address: '192.0.2.2', port: 5060 };

/** A capture with these messages as UDP datagrams, a millisecond apart. */
export function overUdp(messages: readonly Uint8Array[], start?: number): Buffer {
  const capture = new CaptureBuilder(start === undefined ? {} : { start });
  for (const message of messages) capture.udp(CLIENT, SERVER, message);
  return capture.toBytes();
}

/** A capture with this message on a TCP connection. */
export function overTcp(message: Uint8Array): Buffer {
  const capture = new CaptureBuilder();
  capture.connect(CLIENT, SERVER).send('client', message).close();
  return capture.toBytes();
}

/** A capture with the first occurrence of a text replaced by one of the same length: no checksum is looked at. */
export function replaced(bytes: Uint8Array, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(from, 0, 'latin1');
  if (at < 0 || from.length !== to.length) throw new Error(`"${from}" cannot become "${to}"`);
  copy.write(to, at, 'latin1');
  return copy;
}
