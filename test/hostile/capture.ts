/** What the hostile inputs are put together from. */

import { CaptureBuilder } from '../support/pcap-builder.js';

export const ALICE = { address: '192.0.2.1', port: 5070 };
export const BOB = { address: '198.51.100.2', port: 5060 };

/** An input that was made to cost much. */
export type Input = {
  readonly name: string;
  /** Makes one of about `size` bytes, a capture. */
  readonly make: (size: number) => Buffer;
  /** Options that it needs; KEY and PASSWORD stand for files. */
  readonly args?: readonly string[];
};

/** Longest body of one datagram. */
const MAX_BODY = 63_000;

/** A MESSAGE with this body. */
export function request(body: Uint8Array, type: string): Buffer {
  const head = [
    'MESSAGE sip:bob@example.net SIP/2.0',
    'Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.net>',
    'Call-ID: 1@a.example.com',
    'CSeq: 1 MESSAGE',
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

/** The same bytes as often as they fit. */
export function repeated(one: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.max(1, Math.floor(size / one.length)) }, () => one);
}

/** A datagram each; what is too long for one goes over TCP. */
export function udpCapture(messages: readonly Buffer[]): Buffer {
  const capture = new CaptureBuilder();
  for (const message of messages) {
    if (message.length <= MAX_BODY) capture.udp(ALICE, BOB, message);
    else capture.connect(ALICE, BOB).send('client', message, { acknowledge: false }).close();
  }
  return capture.toBytes();
}

/** One connection that carries these bytes. */
export function tcpCapture(bytes: Uint8Array | string, segmentSize = 1448): Buffer {
  const capture = new CaptureBuilder();
  capture.connect(ALICE, BOB).send('client', bytes, { acknowledge: false, segmentSize }).close();
  return capture.toBytes();
}
