import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { MAX_DEPTH } from '../../src/mime/entity.js';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';

/** From packets to messages: what transport does to SIP, seen at the end of the pipeline. */

const alice = { address: '192.0.2.1', port: 40000 };
const bob = { address: '192.0.2.2', port: 7777 };
const alice6 = { address: '2001:db8::1', port: 5060 };
const bob6 = { address: '2001:db8::2', port: 5060 };

function request(callId: string, body = ''): string {
  return [
    'MESSAGE sip:bob@example.net SIP/2.0',
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.net>',
    `Call-ID: ${callId}`,
    'CSeq: 1 MESSAGE',
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

const context = () => contextWith();

function run(capture: CaptureBuilder): JsonRecord[] {
  return analyzeBytes(capture.toBytes(), context());
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into records of every type
const messages = (records: JsonRecord[]): any[] => records.filter(({ type }) => type === 'sip_message');
const rules = (records: JsonRecord[]): unknown[] =>
  records.filter(({ type }) => type === 'finding').map(({ rule }) => rule);

describe('SIP over TCP', () => {
  it('is found on any port, several messages in a segment and one over many', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(alice, bob);
    tcp.send('client', request('a') + request('b'));
    tcp.send('client', request('c', 'x'.repeat(300)), { segmentSize: 100 });
    tcp.close();
    const found = messages(run(capture));
    expect(found.map(({ call_id }) => call_id)).toEqual(['a', 'b', 'c']);
    expect(found[0]).toMatchObject({ transport: 'tcp', tcp_stream: 0, src_port: 40000, dst_port: 7777 });
    expect(found[0].frames).toEqual(found[1].frames);
    const frames = found[2].frames as number[];
    expect(frames.length).toBeGreaterThan(4);
    expect(found[2].frame).toBe(frames.at(-1));
    expect(found[2].body.text).toBe('x'.repeat(300));
  });

  it('is put in order; the frame that completes a message is the one captured last', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(alice, bob);
    tcp.send('client', request('a', 'y'.repeat(200)), { segmentSize: 150, order: [0, 2, 1] });
    tcp.close();
    const [message] = messages(run(capture));
    expect(message.body.text).toBe('y'.repeat(200));
    expect(message.frame).toBe(Math.max(...message.frames));
  });

  it('looks for a start line after bytes that are lost between two messages', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(alice, bob);
    // Only where a message is due is this line taken for one: it has no version.
    const odd = 'INVITE sip:bob@example.net\r\nContent-Length: 0\r\n\r\n';
    tcp.send('client', request('a') + odd).lose('client', 100);
    tcp.send('client', odd + request('b') + odd);
    for (const callId of ['c', 'd']) tcp.send('server', request(callId));
    tcp.close();
    const records = run(capture);
    const client = messages(records).filter(({ src_port }) => src_port === alice.port);
    expect(client.map(({ call_id, request_uri }) => call_id ?? request_uri)).toEqual([
      'a',
      'sip:bob@example.net',
      'b',
      'sip:bob@example.net',
    ]);
    expect(rules(records)).toContain('tcp/gap');
    const skipped = records.find(({ rule }) => rule === 'tcp/skipped');
    expect(skipped?.['summary']).toContain(`${odd.length} bytes`);
  });

  it('goes on at the next start line after lost segments, and the gap is stated with its size', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(alice, bob);
    tcp.send('client', request('a'));
    tcp.send('client', request('lost', 'z'.repeat(500)), { segmentSize: 200, order: [0, 2, 3] });
    for (const callId of ['b', 'c', 'd', 'e']) tcp.send('client', request(callId));
    tcp.close();
    const records = run(capture);
    expect(messages(records).map(({ call_id }) => call_id)).toEqual(['a', 'b', 'c', 'd', 'e']);
    const gap = records.find(({ rule }) => rule === 'tcp/gap');
    expect(gap?.['summary']).toContain('200 bytes');
    expect(gap?.['where']).toContain('tcp stream 0');
    expect(rules(records)).toContain('tcp/skipped');
  });

  it('keeps the first bytes of an overlap, and tells it', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(alice, bob, { clientSequence: 1000 });
    const text = request('a', 'GOOD');
    tcp.send('client', text);
    // The same place again with other bytes: sequence 1001 is the first byte of data.
    tcp.segment('client', 0x18, 'EVIL', 1001 + text.length - 4);
    tcp.send('client', request('b'));
    tcp.close();
    const records = run(capture);
    expect(messages(records)[0].body.text).toBe('GOOD');
    expect(messages(records).map(({ call_id }) => call_id)).toEqual(['a', 'b']);
    expect(rules(records)).toContain('tcp/overlap-conflict');
  });

  it('survives sequence numbers that wrap, and a capture that begins in the middle', () => {
    const wrapping = new CaptureBuilder();
    wrapping
      .connect(alice, bob, { clientSequence: 0xffffff00 })
      .send('client', request('wrap', 'w'.repeat(1000)), { segmentSize: 100 })
      .close();
    expect(messages(run(wrapping)).map(({ call_id }) => call_id)).toEqual(['wrap']);
    const middle = new CaptureBuilder();
    const tcp = middle.connect(alice, bob, { handshake: false });
    tcp.send('client', `half of a body${request('b')}`);
    tcp.send('client', request('c'));
    expect(messages(run(middle)).map(({ call_id }) => call_id)).toEqual(['b', 'c']);
  });

  it('gives a new stream number when the ports are used again', () => {
    const capture = new CaptureBuilder();
    for (const callId of ['first', 'second']) {
      capture
        .connect(alice, bob, { clientSequence: callId === 'first' ? 1 : 500_000 })
        .send('client', request(callId))
        .close();
    }
    const found = messages(run(capture)).map(({ call_id, tcp_stream }) => ({ call_id, tcp_stream }));
    expect(found).toEqual([
      { call_id: 'first', tcp_stream: 0 },
      { call_id: 'second', tcp_stream: 1 },
    ]);
  });

  it('states bytes that the snap length cut as a gap', () => {
    const capture = new CaptureBuilder({ snapLength: 300 });
    const tcp = capture.connect(alice, bob);
    tcp.send('client', request('cut', 'q'.repeat(400)));
    for (const callId of ['b', 'c', 'd', 'e']) tcp.send('client', request(callId));
    tcp.close();
    const records = run(capture);
    expect(rules(records)).toContain('tcp/gap');
    expect(messages(records).map(({ call_id }) => call_id)).toContain('e');
  });
});

describe('SIP over UDP', () => {
  it.each([
    ['IPv4', alice, bob],
    ['IPv6', alice6, bob6],
  ])('is put together from fragments of %s in any order, with all its frames', (_, from, to) => {
    const capture = new CaptureBuilder();
    capture.udp(from, to, request('f', 'm'.repeat(2000)), { fragmentSize: 800, order: [2, 0, 1] });
    const [message] = messages(run(capture));
    expect(message).toMatchObject({ call_id: 'f', transport: 'udp', frame: 3, src: from.address });
    expect([...message.frames].sort()).toEqual([1, 2, 3]);
    expect(message.body.length).toBe(2000);
  });

  it('shows a datagram of which fragments are missing as far as it goes', () => {
    for (const order of [[0, 2], [0]]) {
      const capture = new CaptureBuilder();
      capture.udp(alice, bob, request('f', 'm'.repeat(2000)), { fragmentSize: 800, order });
      capture.udp(alice, bob, request('next'));
      const records = run(capture);
      const [next, message] = messages(records);
      expect(next.call_id).toBe('next');
      expect(message).toMatchObject({
        call_id: 'f',
        transport: 'udp',
        src: alice.address,
        dst_port: bob.port,
      });
      expect(message.frames).toEqual(order.map((_, index) => index + 1));
      // The UDP header has 8 of the 800 bytes.
      const missing = request('f', 'm'.repeat(2000)).length + 8 - 800;
      expect(message.findings).toContainEqual({
        rule: 'sip/fragments-missing',
        severity: 'warning',
        summary: `the last ${missing} bytes of the datagram are in IP fragments that the capture lacks`,
        reference: 'RFC 791 §3.2',
      });
      expect(rules(records)).toContain('ip/fragments-missing');
    }
  });

  it('shows the beginning of a datagram that is given up while other fragments come', () => {
    const capture = new CaptureBuilder();
    capture.udp(alice6, bob6, request('early', 'm'.repeat(2000)), { fragmentSize: 800, order: [0] });
    // Each frame is a millisecond later: a minute on.
    for (let turn = 0; turn < 61_000; turn++) capture.frame(new Uint8Array(14));
    capture.udp(alice, bob, request('late', 'n'.repeat(2000)), { fragmentSize: 800 });
    const found = messages(run(capture));
    expect(found.map(({ call_id, src }) => [call_id, src])).toEqual([
      ['early', alice6.address],
      ['late', alice.address],
    ]);
    expect(found[1].body.text).toBe('n'.repeat(2000));
  });

  it('shows nothing of a datagram whose first fragment is missing', () => {
    const capture = new CaptureBuilder();
    capture.udp(alice, bob, request('f', 'm'.repeat(2000)), { fragmentSize: 800, order: [1, 2] });
    expect(messages(run(capture))).toEqual([]);
  });

  it('says that a UDP length exceeds the IP payload, and not that the capture cut it', () => {
    const capture = new CaptureBuilder();
    const packet = Buffer.from(
      ipPacket(alice.address, bob.address, IP_UDP, udpDatagram(alice, bob, Buffer.from(request('long')))),
    );
    packet.writeUInt16BE(packet.readUInt16BE(24) + 50, 24);
    const [message] = messages(run(capture.packet(packet)));
    const found = message.findings.map(({ rule, summary }: { rule: string; summary: string }) => [
      rule,
      summary,
    ]);
    expect(found).toContainEqual([
      'sip/udp-length',
      'the UDP length says 50 bytes more than the IP payload has',
    ]);
    expect(JSON.stringify(found)).not.toContain('snap');
  });

  it('tells a datagram that the snap length cut', () => {
    const capture = new CaptureBuilder({ snapLength: 400 });
    capture.udp(alice, bob, request('cut', 'q'.repeat(400)));
    const [message] = messages(run(capture));
    expect(message.call_id).toBe('cut');
    const found = message.findings.map(({ rule }: { rule: string }) => rule);
    expect(found).toContain('sip/cut-by-snap-length');
  });

  it('is found between packets of other protocols on the same ports', () => {
    const capture = new CaptureBuilder();
    const rtp = Buffer.concat([Buffer.from([0x80, 0x00, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), Buffer.alloc(160)]);
    for (let turn = 0; turn < 50; turn++) capture.udp(alice, bob, rtp);
    capture.udp(alice, bob, request('a'));
    capture.udp(alice, bob, 'jaK\0\0\r\n\r\n');
    expect(messages(run(capture)).map(({ call_id, frame }) => ({ call_id, frame }))).toEqual([
      { call_id: 'a', frame: 51 },
    ]);
  });
});

describe('bodies', () => {
  it('are opened to a named depth and told where they go deeper', () => {
    let body = 'deepest';
    let type = 'text/plain';
    for (let level = 0; level < MAX_DEPTH + 5; level++) {
      body = `--b${level}x\r\nContent-Type: ${type}\r\n\r\n${body}\r\n--b${level}x--\r\n`;
      type = `multipart/mixed;boundary=b${level}x`;
    }
    const text = request('deep', body).replace('text/plain', type);
    const records = analyzeBytes(Buffer.from(text), context());
    let depth = 0;
    let at = messages(records)[0].body;
    while (at.parts !== undefined) {
      at = at.parts[0];
      depth++;
    }
    expect(depth).toBe(MAX_DEPTH);
    const found = messages(records)[0].findings.map(({ rule }: { rule: string }) => rule);
    expect(found).toContain('mime/depth-exceeded');
  });
});

describe('a pcapng that holds its own secrets', () => {
  it('opens without a key', () => {
    const opened = analyzeBytes(
      readFileSync(`${ROOT}samples/tls-message.pcap`),
      contextWith('keys/domain_key_example.net.pem'),
    );
    expect(messages(opened)).toHaveLength(2);
    const closed = analyzeBytes(readFileSync(`${ROOT}samples/tls-message.pcap`), context());
    expect(messages(closed)).toHaveLength(0);
    // The key log of the draft's session: client random and master secret as another implementation printed them.
    const capture = readFileSync(`${ROOT}samples/tls-message.pcap`);
    const withSecrets = pcapngOf(capture, KEY_LOG);
    expect(messages(analyzeBytes(withSecrets, context())).map(({ frame }) => frame)).toEqual([10, 11]);
  });
});

/** As tshark --export-tls-session-keys writes it, given the RSA key. */
const KEY_LOG = [
  'CLIENT_RANDOM',
  '42168cc782cdc58742baf51c9104fb7d4d6c56f1db1dce8ab125715a6801a214',
  'b0d9ede178180941ce0e65fa9bc0fd5b738a9fb7d315ff54b1b01283d47c4747930bfa08616728c0b0a1def05455e33b',
].join(' ');

/** A big-endian pcap as a pcapng with a Decryption Secrets Block before its packets. */
function pcapngOf(pcap: Buffer, keyLog: string): Buffer {
  const block = (type: number, body: Buffer): Buffer => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const out = Buffer.alloc(padded.length + 12);
    out.writeUInt32BE(type, 0);
    out.writeUInt32BE(out.length, 4);
    padded.copy(out, 8);
    out.writeUInt32BE(out.length, out.length - 4);
    return out;
  };
  const section = Buffer.from('1a2b3c4d00010000ffffffffffffffff', 'hex');
  const description = Buffer.alloc(8);
  description.writeUInt16BE(pcap.readUInt32BE(20), 0);
  const secrets = Buffer.alloc(8);
  secrets.writeUInt32BE(0x544c534b, 0);
  secrets.writeUInt32BE(keyLog.length, 4);
  const blocks = [
    block(0x0a0d0d0a, section),
    block(1, description),
    block(10, Buffer.concat([secrets, Buffer.from(keyLog)])),
  ];
  for (let at = 24; at < pcap.length; ) {
    const length = pcap.readUInt32BE(at + 8);
    const micros = BigInt(pcap.readUInt32BE(at)) * 1_000_000n + BigInt(pcap.readUInt32BE(at + 4));
    const head = Buffer.alloc(20);
    head.writeUInt32BE(Number(micros >> 32n), 4);
    head.writeUInt32BE(Number(micros & 0xffffffffn), 8);
    head.writeUInt32BE(length, 12);
    head.writeUInt32BE(length, 16);
    blocks.push(block(6, Buffer.concat([head, pcap.subarray(at + 16, at + 16 + length)])));
    at += 16 + length;
  }
  return Buffer.concat(blocks);
}

describe('what is kept of a TLS connection', () => {
  it('pins no frame of the capture', () => {
    const bytes = readFileSync(`${ROOT}samples/tls-message.pcap`);
    const frames: object[] = [];
    const analyzer = new CaptureAnalyzer('file', contextWith('keys/domain_key_example.net.pem'), (event) => {
      if (event.type !== 'tls_connection') return;
      const { steps, certificateFrame } = event.connection;
      frames.push(...steps.map(({ frame }) => frame), certificateFrame ?? {}, event.tcp.firstFrame);
      frames.push(...event.tcp.endings.map(({ frame }) => frame));
    });
    const reader = createCaptureReader('pcap', analyzer);
    reader.push(bytes);
    reader.end();
    analyzer.end();
    analyzer.finish();
    expect(frames.length).toBeGreaterThan(10);
    for (const frame of frames) expect(frame).not.toHaveProperty('data');
  });
});
