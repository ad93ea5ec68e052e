/** Two networks with the same addresses are kept apart; copies of a packet with a tag and without are one. */
import { describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { sip } from '../tui/messages.js';

const alice = { address: '192.0.2.1', port: 5060 };
const bob = { address: '192.0.2.2', port: 5060 };

function request(callId: string, body = ''): string {
  return sip('MESSAGE sip:bob@example.net SIP/2.0', { callId, body, extra: 'Content-Type: text/plain\r\n' });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into records of every type
function messages(capture: CaptureBuilder): any[] {
  const records: JsonRecord[] = analyzeBytes(capture.toBytes(), contextWith());
  return records.filter(({ type }) => type === 'sip_message');
}

const streams = (capture: CaptureBuilder): unknown[] =>
  messages(capture).map(({ call_id, tcp_stream, body }) => [call_id, tcp_stream, body.text]);

describe('TCP', () => {
  it('has a stream in each VLAN, though addresses, ports and sequence numbers are the same', () => {
    const capture = new CaptureBuilder().within([100]);
    const options = { clientSequence: 1000, serverSequence: 2000 };
    const one = capture.connect(alice, bob, options);
    capture.within([200]);
    const two = capture.connect(alice, bob, options);
    const [first, second] = [request('one', 'a'.repeat(300)), request('two', 'b'.repeat(300))];
    for (let at = 0; at < first.length; at += 100) {
      capture.within([100]);
      one.send('client', first.slice(at, at + 100));
      capture.within([200]);
      two.send('client', second.slice(at, at + 100));
    }
    expect(streams(capture)).toEqual([
      ['one', 0, 'a'.repeat(300)],
      ['two', 1, 'b'.repeat(300)],
    ]);
  });

  it('has a stream in each VLAN also where only its middle was captured', () => {
    const capture = new CaptureBuilder();
    const options = { clientSequence: 1000, serverSequence: 2000, handshake: false };
    const one = capture.connect(alice, bob, options);
    const two = capture.connect(alice, bob, options);
    capture.within([100]);
    one.send('client', request('one', 'a'));
    capture.within([200]);
    two.send('client', request('two', 'b'));
    capture.within([100]);
    one.send('server', request('three', 'c'));
    expect(streams(capture)).toEqual([
      ['one', 0, 'a'],
      ['two', 1, 'b'],
      ['three', 0, 'c'],
    ]);
  });

  it('is one stream where each packet is there with a tag and without', () => {
    for (const copies of [
      [[], [100]],
      [[100], []],
    ]) {
      const capture = new CaptureBuilder().within(...copies);
      const tcp = capture.connect(alice, bob);
      tcp.send('client', request('both', 'x'.repeat(500)), { segmentSize: 100 });
      tcp.send('server', request('back', 'y'));
      tcp.close();
      expect(streams(capture)).toEqual([
        ['both', 0, 'x'.repeat(500)],
        ['back', 0, 'y'],
      ]);
    }
  });

  it('is one stream where each way has a VLAN of its own', () => {
    const capture = new CaptureBuilder().within([100]);
    const tcp = capture.connect(alice, bob, { handshake: false });
    tcp.send('client', request('there', 'x'), { acknowledge: false });
    capture.within([200]);
    tcp.send('server', request('back', 'y'), { acknowledge: false });
    capture.within([100]);
    tcp.send('client', request('again', 'z'), { acknowledge: false });
    expect(streams(capture)).toEqual([
      ['there', 0, 'x'],
      ['back', 0, 'y'],
      ['again', 0, 'z'],
    ]);
  });
});

describe('IP fragments', () => {
  const texts = [request('one', 'a'.repeat(1500)), request('two', 'b'.repeat(1500))];

  /** The fragments of both messages in turn, with the same identification. */
  function interleaved(first: readonly number[], second: readonly number[]): CaptureBuilder {
    const [one, two] = texts.map((text, index) => {
      const pieces = new CaptureBuilder({ vlans: index === 0 ? first : second });
      return pieces.udp(alice, bob, text, { fragmentSize: 800 }).frames();
    });
    const capture = new CaptureBuilder();
    one?.forEach((frame, index) => {
      capture.frame(frame).frame(two?.[index] ?? new Uint8Array());
    });
    return capture;
  }

  it('of two VLANs make two datagrams, though all numbers are the same', () => {
    const found = messages(interleaved([100], [200]));
    expect(found.map(({ body }) => body.text)).toEqual(['a'.repeat(1500), 'b'.repeat(1500)]);
  });

  it('of one packet make one datagram, whichever of them have a tag', () => {
    for (const [first, second] of [
      [[], [100]],
      [[100], []],
    ] as const) {
      const capture = new CaptureBuilder().within(first);
      capture.udp(alice, bob, texts[0] ?? '', { fragmentSize: 800, order: [0] });
      const rest = new CaptureBuilder().within(second);
      rest.udp(alice, bob, texts[0] ?? '', { fragmentSize: 800, order: [1, 2] });
      for (const frame of rest.frames()) capture.frame(frame);
      expect(messages(capture).map(({ body }) => body.text)).toEqual(['a'.repeat(1500)]);
    }
  });
});
