import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { readFrames } from '../support/frames.js';
import { ACK, FIN, IP_TCP, ipPacket, PSH, RST, SYN, type TcpFields, tcpSegment } from '../support/packets.js';
import { CaptureBuilder, LINKTYPE_RAW } from '../support/pcap-builder.js';
import { hasTshark } from '../support/peers.js';
import { type CaptureResult, readCapture } from './support.js';

type Side = { readonly bytes: number; readonly sha256: string };
type Truth = {
  readonly frames: number;
  readonly tcp_streams?: number;
  readonly two_reassemblers_agree?: boolean;
  readonly tshark_follow_tcp?: readonly {
    readonly stream: number;
    readonly node0: string;
    readonly node1: string;
    readonly from_node0: Side;
    readonly from_node1: Side;
  }[];
};

const FOLDER = 'malformed-reassembly/';
const TRUTH: Readonly<Record<string, Truth>> = hasCorpus
  ? JSON.parse(readFileSync(corpusPath(`${FOLDER}truth_malformed.json`), 'utf8'))
  : {};

/**
 * Where bytes were lost `tshark -z follow` writes a note among the bytes, and it leaves out what it cannot place:
 * these directions differ from its text for that reason, and are looked at by themselves below.
 */
const STATED_DIFFERENTLY = new Set([
  'arkime/tcp-reassembly-synthetic.pcap 4 10.180.156.2:80',
  'arkime/tcpseq_synthetic.pcap 0 30.0.0.0:0',
]);

function streamNumbersOfTshark(file: string): Map<number, number> {
  const fields = ['-T', 'fields', '-e', 'frame.number', '-e', 'tcp.stream'];
  const text = execFileSync('tshark', ['-r', file, ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const numbers = new Map<number, number>();
  for (const line of text.trimEnd().split('\n')) {
    const [frame, stream] = line.split('\t');
    if (stream !== undefined && stream !== '') numbers.set(Number(frame), Number(stream));
  }
  return numbers;
}

function sideOf({ seen }: CaptureResult, stream: number, node: string): Side {
  const { client, server } = seen.streams[stream] ?? {};
  const name = (endpoint = client): string =>
    endpoint?.address.includes(':')
      ? `[${endpoint.address}]:${endpoint.port}`
      : `${endpoint?.address}:${endpoint?.port}`;
  expect([name(client), name(server)]).toContain(node);
  const { bytes } = seen.received(stream, name(client) === node ? 'client' : 'server');
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

describe.skipIf(!hasCorpus)('outside captures', () => {
  const withTcp = Object.entries(TRUTH).filter(([, truth]) => (truth.tcp_streams ?? 0) > 0);

  test.each(withTcp)('%s: as many streams, with the bytes that tshark follows', (name, truth) => {
    const result = readCapture(readFrames(corpusPath(FOLDER + name)));
    expect(result.seen.streams).toHaveLength(truth.tcp_streams as number);
    for (const { stream, node0, node1, from_node0, from_node1 } of truth.tshark_follow_tcp ?? []) {
      for (const [node, side] of [
        [node0, from_node0],
        [node1, from_node1],
      ] as const) {
        if (STATED_DIFFERENTLY.has(`${name} ${stream} ${node}`)) continue;
        expect([stream, node, sideOf(result, stream, node)]).toEqual([stream, node, side]);
      }
    }
  });

  test('a gap in the middle has its size and its place', () => {
    const { seen } = readCapture(readFrames(corpusPath(`${FOLDER}arkime/tcp-reassembly-synthetic.pcap`)));
    const { bytes, gaps } = seen.received(4, 'server');
    expect(bytes).toHaveLength(24);
    expect(gaps).toEqual([{ offset: 8, length: 8 }]);
    // At the client's FIN, which says that nothing is missing to it.
    expect(seen.events).toContain('server gap 8 16 @52');
  });

  const numbered = [
    'tcp_handshake_synthetic',
    'tcp-reassembly-synthetic',
    'gre-erspan-vxlan',
    'tcpdump-geneve',
  ];
  test.skipIf(!hasTshark).each(numbered)('%s: every frame has the stream number of tshark', (name) => {
    const file = corpusPath(`${FOLDER}arkime/${name}.pcap`);
    expect(readCapture(readFrames(file)).streamOfFrame).toEqual(streamNumbersOfTshark(file));
  });

  const sipTruths = hasCorpus
    ? readdirSync(corpusPath('sip'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.truth\.json$/.test(name),
      )
    : [];
  test.each(sipTruths)('sip/%s: every message stands in its datagram or stream', (name) => {
    const truth: { messages: { frame: number; transport: string; line: string }[] } = JSON.parse(
      readFileSync(corpusPath(`sip/${name}`), 'utf8'),
    );
    const result = readCapture(readFrames(corpusPath(`sip/${name.replace('.truth.json', '')}`)));
    expect(result.fragmentFaults).toEqual([]);
    expect(result.seen.faults).toEqual([]);
    for (const { frame, transport, line } of truth.messages) {
      if (transport === 'udp') {
        const datagram = result.datagrams.find((each) => each.frame === frame);
        expect(datagram?.payload.toString('latin1')).toContain(`${line}\r\n`);
      } else if (transport === 'tcp') {
        const stream = result.streamOfFrame.get(frame) as number;
        const both = result.seen.text('client', stream) + result.seen.text('server', stream);
        expect(both).toContain(`${line}\r\n`);
      }
    }
  });

  test('IPv4 and IPv6 fragments of ICMP are put together', () => {
    for (const name of ['ip_frag_source', 'ipv6_fragments']) {
      const { fragmentFaults } = readCapture(readFrames(corpusPath(`${FOLDER}chrissanders/${name}.pcapng`)));
      expect(fragmentFaults).toEqual([]);
    }
  });
});

test.skipIf(!hasTshark)('streams are numbered as tshark numbers them where ports are used again', () => {
  const [a, b] = ['10.0.0.1', '10.0.0.2'];
  const capture = new CaptureBuilder({ linkType: LINKTYPE_RAW });
  const add = (
    from: string,
    sourcePort: number,
    destinationPort: number,
    fields: Partial<TcpFields>,
  ): void => {
    const to = from === a ? b : a;
    const made = { sequence: 100, acknowledgment: 0, flags: SYN, ...fields };
    const segment = tcpSegment(
      { address: from, port: sourcePort },
      { address: to, port: destinationPort },
      made,
      Buffer.from('x'),
    );
    capture.packet(ipPacket(from, to, IP_TCP, segment));
  };
  // The same number again, after a RST and after both FINs, and another one.
  add(a, 31, 32, {});
  add(b, 32, 31, { sequence: 0, acknowledgment: 101, flags: RST | ACK });
  add(a, 31, 32, {});
  add(b, 32, 31, { sequence: 500, acknowledgment: 101, flags: SYN | ACK });
  add(b, 32, 31, { sequence: 900, acknowledgment: 101, flags: SYN | ACK });
  add(a, 31, 32, { sequence: 101, acknowledgment: 501, flags: FIN | ACK });
  add(b, 32, 31, { sequence: 501, acknowledgment: 102, flags: FIN | ACK });
  add(a, 31, 32, {});
  add(a, 31, 32, { sequence: 7000 });
  // A SYN from the side that was the server; and one for the connection that acknowledgments named.
  add(b, 32, 31, { sequence: 9999 });
  add(a, 33, 34, { sequence: 50, acknowledgment: 800, flags: ACK | PSH });
  add(b, 34, 33, { sequence: 799 });
  add(b, 34, 33, { sequence: 800 });
  add(a, 33, 34, { sequence: 49 });
  add(a, 33, 34, { sequence: 50 });
  add(a, 35, 36, { sequence: 50, acknowledgment: 800, flags: ACK | PSH });
  add(b, 36, 35, { sequence: 700 });
  // A RST first, then the SYN before it and another.
  add(a, 41, 42, { flags: RST });
  add(a, 41, 42, { sequence: 99 });
  add(a, 41, 42, { sequence: 100 });
  // Both ends of equal address and port.
  capture.packet(
    ipPacket(
      a,
      a,
      IP_TCP,
      tcpSegment(
        { address: a, port: 60 },
        { address: a, port: 60 },
        { sequence: 1, acknowledgment: 0, flags: SYN },
        Buffer.alloc(0),
      ),
    ),
  );
  capture.packet(
    ipPacket(
      a,
      a,
      IP_TCP,
      tcpSegment(
        { address: a, port: 60 },
        { address: a, port: 60 },
        { sequence: 5, acknowledgment: 2, flags: SYN | ACK },
        Buffer.alloc(0),
      ),
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'siplens-'));
  try {
    const file = join(folder, 'reuse.pcap');
    writeFileSync(file, capture.toBytes());
    expect(readCapture(readFrames(file)).streamOfFrame).toEqual(streamNumbersOfTshark(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
