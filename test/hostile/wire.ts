/** Packets, segments, fragments and TLS records made to cost as much as can be for their length. */

import { IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { handshake, message, record, u16, u24 } from '../tls/support/peer.js';
import { make, type Party, party } from '../x509/make.js';
import { ALICE, BOB, type Input, tcpCapture } from './capture.js';
import { withHeaders } from './text.js';

let known: { subject: Party; certificate: Uint8Array } | undefined;

/** The server of all captures here. */
export function tlsServer(): { readonly subject: Party; readonly certificate: Uint8Array } {
  if (known === undefined) {
    const subject = party('server', 'rsa');
    known = { subject, certificate: make({ subject, issuer: subject, algorithm: 'rsa-sha1' }).der };
  }
  return known;
}

/** Bytes of a frame around its payload: record header, Ethernet, IP. */
const AROUND = 16 + 14 + 20;

function fragments(
  size: number,
  place: (index: number) => { identification: number; offset: number; more: boolean },
): Buffer {
  const capture = new CaptureBuilder();
  const datagram = udpDatagram(ALICE, BOB, withHeaders(''));
  const count = Math.floor(size / (AROUND + 26));
  for (let index = 0; index < count; index++) {
    const fragment = place(index);
    const data = datagram.subarray(0, 8);
    capture.packet(ipPacket(ALICE.address, BOB.address, IP_UDP, data, fragment));
  }
  return capture.toBytes();
}

/** A TLS connection: a handshake by RSA, and what `after` makes both sides send. */
function tlsCapture(after: (seal: (data: Buffer) => Buffer) => Buffer): Buffer {
  const server = tlsServer();
  const { flights, sealers } = handshake({ version: 0x0303, suite: 0x009c, certificate: server.certificate });
  const capture = new CaptureBuilder();
  const connection = capture.connect(ALICE, { ...BOB, port: 5061 });
  for (const { direction, data } of flights) connection.send(direction, data);
  connection.send(
    'client',
    after((data) => sealers.client.seal(23, data)),
    { acknowledge: false },
  );
  connection.close();
  return capture.toBytes();
}

const plain = (type: number, fragment: Buffer, size: number): Buffer => {
  const one = record(type, 0x0303, fragment);
  return Buffer.concat(Array.from({ length: Math.ceil(size / one.length) }, () => one));
};

const clientHello = (): Buffer =>
  message(
    1,
    Buffer.concat([
      u16(0x0303),
      Buffer.alloc(32, 7),
      Buffer.from([0]),
      u16(2),
      u16(0x009c),
      Buffer.from([1, 0]),
    ]),
  );

export const WIRE_INPUTS: readonly Input[] = [
  {
    name: 'first fragments only',
    make: (size) => fragments(size, (index) => ({ identification: index % 65_536, offset: 0, more: true })),
  },
  {
    name: 'fragments of one datagram, each with a hole before it',
    make: (size) =>
      fragments(size, (index) => ({ identification: 1, offset: (16 * index) % 65_520, more: true })),
  },
  {
    name: 'fragments from the last to the first',
    make: (size) =>
      fragments(size, (index) => ({
        identification: 1 + Math.floor(index / 4000),
        offset: 16 * (4000 - (index % 4000)),
        more: true,
      })),
  },
  {
    name: 'segments with holes between them',
    make: (size) => {
      const capture = new CaptureBuilder();
      const connection = capture.connect(ALICE, BOB);
      const count = Math.floor(size / 76);
      for (let index = 0; index < count; index++)
        connection.lose('client', 1).send('client', 'x', { acknowledge: false });
      return capture.toBytes();
    },
  },
  {
    name: 'segments from the last to the first',
    make: (size) => {
      const count = Math.floor(size / 76);
      const capture = new CaptureBuilder();
      capture.connect(ALICE, BOB).send('client', withHeaders('x'.repeat(count)).subarray(0, count), {
        segmentSize: 1,
        acknowledge: false,
        order: Array.from({ length: count }, (_, index) => count - 1 - index),
      });
      return capture.toBytes();
    },
  },
  {
    name: 'connections of one segment',
    make: (size) => {
      const capture = new CaptureBuilder();
      const count = Math.floor(size / 90);
      for (let index = 0; index < count; index++)
        capture
          .connect({ ...ALICE, port: 1024 + (index % 60_000) }, BOB, { handshake: false })
          .send('client', 'SIP/2.0 200', { acknowledge: false });
      return capture.toBytes();
    },
  },
  { name: 'TLS records of one byte', make: (size) => tcpCapture(plain(23, Buffer.from([0]), size)) },
  {
    name: 'empty TLS records',
    make: (size) =>
      tcpCapture(Buffer.concat([record(22, 0x0303, clientHello()), plain(23, Buffer.alloc(0), size)])),
  },
  {
    name: 'handshake fragments of one byte',
    make: (size) => {
      const hello = message(1, Buffer.alloc(Math.min(100_000, Math.floor(size / 6)), 0));
      return tcpCapture(Buffer.concat([...hello].map((byte) => record(22, 0x0303, Buffer.from([byte])))));
    },
  },
  {
    name: 'handshake messages in one record',
    make: (size) =>
      tcpCapture(
        Buffer.concat([
          record(22, 0x0303, clientHello()),
          plain(22, Buffer.alloc(16_000, Buffer.from([0, 0, 0, 0])), size),
        ]),
      ),
  },
  { name: 'ClientHellos', make: (size) => tcpCapture(plain(22, clientHello(), size)) },
  {
    name: 'alerts',
    make: (size) =>
      tcpCapture(Buffer.concat([record(22, 0x0303, clientHello()), plain(21, Buffer.from([1, 0]), size)])),
  },
  {
    name: 'certificates of a handshake',
    make: (size) => {
      const { certificate } = tlsServer();
      const one = Buffer.concat([u24(certificate.length), certificate]);
      const chain = Buffer.concat(
        Array.from({ length: Math.ceil(Math.min(size, 120_000) / one.length) }, () => one),
      );
      const bytes = message(11, Buffer.concat([u24(chain.length), chain]));
      const records: Buffer[] = [record(22, 0x0303, clientHello())];
      for (let at = 0; at < bytes.length; at += 16_000)
        records.push(record(22, 0x0303, bytes.subarray(at, at + 16_000)));
      return tcpCapture(Buffer.concat(records));
    },
  },
  {
    name: 'encrypted records with SIP of one byte',
    args: ['-k', 'KEY'],
    make: (size) =>
      tlsCapture((seal) => {
        const text = withHeaders('');
        return Buffer.concat(
          Array.from({ length: Math.floor(size / 30) }, (_, index) =>
            seal(text.subarray(index % text.length, (index % text.length) + 1)),
          ),
        );
      }),
  },
  {
    name: 'encrypted records without their key',
    make: (size) =>
      tlsCapture((seal) =>
        Buffer.concat(Array.from({ length: Math.floor(size / 30) }, () => seal(Buffer.from('x')))),
      ),
  },
];
