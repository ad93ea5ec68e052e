import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import type { AnalyzerEvent } from '../../src/analyzer/events.js';
import type { Frame } from '../../src/capture/frame.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { securityWords } from '../../src/report/security.js';
import { ByteArena } from '../../src/store/byte-arena.js';
import type { CallState } from '../../src/store/call-table.js';
import { SessionStore } from '../../src/store/session-store.js';
import { contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ALICE, PROXY, sip } from '../tui/messages.js';

/** A store fed with a capture, as the interactive view feeds it. */
function storeOf(
  bytes: Uint8Array,
  options: { readonly rereadable?: boolean; readonly copyLimit?: number } = {},
): SessionStore {
  const { rereadable = true, copyLimit } = options;
  const store = new SessionStore({
    securityOf: securityWords,
    ...(copyLimit === undefined ? {} : { copyLimit }),
  });
  let frame: Frame | undefined;
  const analyzer = new CaptureAnalyzer('capture', contextWith(), (event: AnalyzerEvent) => {
    const current =
      frame === undefined
        ? undefined
        : { ...frame, offset: frame.fileOffset, number: frame.number, isRereadable: rereadable };
    store.add(event, current);
  });
  const reader = createCaptureReader('pcap', {
    frame: (next) => {
      frame = next;
      analyzer.frame(next);
    },
    secrets: () => {},
    problem: (problem) => analyzer.problem(problem),
  });
  reader.push(bytes);
  reader.end();
  analyzer.end();
  return store;
}

const INVITE = sip('INVITE sip:bob@example.net SIP/2.0');
const BYE = sip('BYE sip:bob@example.net SIP/2.0', { branch: 'z9hG4bKbye', cseq: '2 BYE' });
const CANCEL = sip('CANCEL sip:bob@example.net SIP/2.0');

/** The only call of what Alice (`>`) and the proxy (`<`) send one another. */
function callOf(...messages: readonly (readonly ['>' | '<', string])[]) {
  const builder = new CaptureBuilder();
  for (const [way, text] of messages) {
    if (way === '>') builder.udp(ALICE, PROXY, text);
    else builder.udp(PROXY, ALICE, text);
  }
  const store = storeOf(builder.toBytes());
  expect(store.calls.length).toBe(1);
  return store.calls.call(0);
}

describe('one Call-ID in two networks with the same addresses', () => {
  const RINGING = sip('SIP/2.0 180 Ringing');

  /** Messages of each call, of what Alice and the proxy send one another in VLANs. */
  function callsIn(
    ...steps: readonly (readonly [vlans: readonly number[], way: '>' | '<', text: string])[]
  ): number[] {
    const builder = new CaptureBuilder();
    for (const [vlans, way, text] of steps) {
      builder.within(vlans);
      if (way === '>') builder.udp(ALICE, PROXY, text);
      else builder.udp(PROXY, ALICE, text);
    }
    const { calls } = storeOf(builder.toBytes());
    return Array.from({ length: calls.length }, (_, index) => calls.call(index).messages);
  }

  it('is two calls, each with its answer, and none is a retransmission of the other', () => {
    const counts = callsIn(
      [[100], '>', INVITE],
      [[200], '>', INVITE],
      [[200], '<', RINGING],
      [[100], '<', RINGING],
    );
    expect(counts).toEqual([2, 2]);
  });

  it('is one call where copies have a tag and have none', () => {
    expect(
      callsIn([[], '>', INVITE], [[100], '>', INVITE], [[], '<', RINGING], [[100], '<', RINGING]),
    ).toEqual([4]);
    expect(callsIn([[100], '>', INVITE], [[], '>', INVITE])).toEqual([2]);
  });

  it('is one call where each way has a VLAN of its own, or each hop', () => {
    expect(callsIn([[100], '>', INVITE], [[200], '<', RINGING], [[100], '>', BYE])).toEqual([3]);
    const builder = new CaptureBuilder().within([100]).udp(ALICE, PROXY, INVITE);
    builder.within([200]).udp(PROXY, { address: '10.0.0.3', port: 5060 }, INVITE);
    expect(storeOf(builder.toBytes()).calls.length).toBe(1);
  });

  it('costs linear time where every message is in a network of its own', () => {
    const steps = Array.from({ length: 3000 }, (_, index) => [[1 + (index % 4094)], '>', INVITE] as const);
    const began = performance.now();
    expect(callsIn(...steps).reduce((sum, count) => sum + count)).toBe(3000);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('the rows of messages', () => {
  const bytes = new CaptureBuilder()
    .udp(ALICE, PROXY, INVITE)
    .udp(PROXY, ALICE, sip('SIP/2.0 180 Ringing'))
    .toBytes();

  it('have what a list shows', () => {
    const store = storeOf(bytes);
    expect(store.messages.length).toBe(2);
    expect(store.messages.row(1)).toMatchObject({
      kind: 'response',
      file: 'capture',
      frame: { number: 2, seconds: 1_700_000_000, nanoseconds: 1_000_000, timeDigits: 6 },
      transport: 'udp',
      source: PROXY,
      destination: ALICE,
      tcpStream: undefined,
      label: '180 Ringing',
      statusCode: 180,
      from: 'sip:alice@example.com',
      to: 'sip:bob@example.net',
      callId: 'call-1@10.0.0.1',
      cseqNumber: 1,
      cseqMethod: 'INVITE',
      call: 0,
      connection: -1,
      isRetransmission: false,
    });
  });

  it('point into the file where it can be read again', () => {
    const store = storeOf(bytes);
    expect(store.copiedLength).toBe(0);
    const place = store.messages.bytesPlace(0);
    if (place.kind !== 'file') throw new Error(`bytes are ${place.kind}`);
    expect(bytes.subarray(place.offset, place.offset + place.length).toString()).toBe(INVITE);
    const frame = store.messages.framePlace(0);
    expect(frame?.offset).toBe(24 + 16);
    expect(frame?.capturedLength).toBe(14 + 20 + 8 + INVITE.length);
  });

  it('have copies where it cannot, up to a limit', () => {
    const store = storeOf(bytes, { rereadable: false });
    expect(Buffer.from(store.copiedBytes(0) ?? []).toString()).toBe(INVITE);
    expect(store.messages.framePlace(0)).toBeUndefined();
    const small = storeOf(bytes, { rereadable: false, copyLimit: INVITE.length });
    expect(small.messages.bytesPlace(0).kind).toBe('copy');
    expect(small.messages.bytesPlace(1).kind).toBe('gone');
    expect(small.messages.row(1).label).toBe('180 Ringing');
  });

  it('have copies of what came in fragments or over TCP in pieces, with the frames', () => {
    const builder = new CaptureBuilder().udp(ALICE, PROXY, INVITE, { fragmentSize: 64 });
    const fragments = builder.frameCount;
    const connection = builder.connect(ALICE, PROXY);
    connection.send('client', INVITE, { segmentSize: 100 });
    const store = storeOf(builder.toBytes());
    expect(store.messages.length).toBe(2);
    expect(store.messages.bytesPlace(0).kind).toBe('copy');
    expect(store.framesOf(0)).toEqual(Array.from({ length: fragments }, (_, index) => index + 1));
    expect(store.messages.bytesPlace(1).kind).toBe('copy');
    expect(Buffer.from(store.copiedBytes(1) ?? []).toString()).toBe(INVITE);
    expect(store.framesOf(1).length).toBeGreaterThan(1);
  });

  it('raise the version', () => {
    const store = storeOf(bytes);
    expect(store.version).toBe(2);
    store.add({ type: 'error', file: 'capture', message: 'cut' });
    expect(store.version).toBe(3);
    expect(store.problems).toHaveLength(1);
  });

  it('are found by file, frame and place in the frame', () => {
    const builder = new CaptureBuilder();
    const connection = builder.connect(ALICE, PROXY);
    connection.send('client', INVITE + BYE);
    const store = storeOf(builder.toBytes());
    const frame = store.messages.frame(1)?.number ?? 0;
    expect(store.messages.frame(0)?.number).toBe(frame);
    expect(store.messages.ordinal(1)).toBe(1);
    expect(store.messages.find('capture', frame, 1)).toBe(1);
    expect(store.messages.find('capture', frame, 2)).toBe(-1);
    expect(store.messages.find('other', frame, 0)).toBe(-1);
  });

  it('can be marked', () => {
    const store = storeOf(bytes);
    store.messages.setMarked(1, true);
    expect([0, 1].map((row) => store.messages.isMarked(row))).toEqual([false, true]);
    store.messages.setMarked(1, false);
    expect(store.messages.isMarked(1)).toBe(false);
  });
});

describe('calls', () => {
  const answered: readonly (readonly ['>' | '<', string])[] = [
    ['>', INVITE],
    ['<', sip('SIP/2.0 100 Trying')],
    ['<', sip('SIP/2.0 180 Ringing')],
    ['<', sip('SIP/2.0 200 OK')],
    ['>', sip('ACK sip:bob@example.net SIP/2.0', { branch: 'z9hG4bKack' })],
  ];

  it.each<[string, CallState, number, readonly (readonly ['>' | '<', string])[]]>([
    ['nothing came back', 'calling', 0, [['>', INVITE]]],
    ['100 came back', 'calling', 0, answered.slice(0, 2)],
    ['it rings', 'ringing', 0, answered.slice(0, 3)],
    ['it was answered', 'in call', 200, answered],
    ['BYE', 'completed', 200, [...answered, ['>', BYE]]],
    [
      'busy',
      'busy',
      486,
      [
        ['>', INVITE],
        ['<', sip('SIP/2.0 486 Busy Here')],
      ],
    ],
    [
      'not found',
      'rejected',
      404,
      [
        ['>', INVITE],
        ['<', sip('SIP/2.0 404 Not Found')],
      ],
    ],
    [
      'moved',
      'redirected',
      302,
      [
        ['>', INVITE],
        ['<', sip('SIP/2.0 302 Moved Temporarily')],
      ],
    ],
    [
      'a challenge',
      'challenged',
      407,
      [
        ['>', INVITE],
        ['<', sip('SIP/2.0 407 Proxy Authentication Required')],
      ],
    ],
    [
      'cancelled',
      'cancelled',
      487,
      [
        ['>', INVITE],
        ['>', CANCEL],
        ['<', sip('SIP/2.0 487 Request Terminated')],
      ],
    ],
  ])('%s: %s', (_, state, statusCode, messages) => {
    expect(callOf(...messages)).toMatchObject({
      state,
      statusCode,
      method: 'INVITE',
      messages: messages.length,
    });
  });

  it('a challenge answered goes on', () => {
    const again = sip('INVITE sip:bob@example.net SIP/2.0', { branch: 'z9hG4bKtwo', cseq: '2 INVITE' });
    const call = callOf(['>', INVITE], ['<', sip('SIP/2.0 401 Unauthorized')], ['>', again]);
    expect(call).toMatchObject({ state: 'calling', retransmissions: 0 });
  });

  it('other requests succeed or fail', () => {
    const register = sip('REGISTER sip:example.net SIP/2.0');
    const answer = (status: string): string => sip(`SIP/2.0 ${status}`, { cseq: '1 REGISTER' });
    expect(callOf(['>', register])).toMatchObject({ state: 'waiting', method: 'REGISTER' });
    expect(callOf(['>', register], ['<', answer('200 OK')])).toMatchObject({ state: 'succeeded' });
    expect(callOf(['>', register], ['<', answer('403 Forbidden')])).toMatchObject({
      state: 'failed',
      statusCode: 403,
    });
  });

  it('sees retransmissions of requests and responses, and only those', () => {
    const call = callOf(
      ['>', INVITE],
      ['>', INVITE],
      ['<', sip('SIP/2.0 200 OK')],
      ['<', sip('SIP/2.0 200 OK')],
      ['>', BYE],
    );
    expect(call).toMatchObject({ retransmissions: 2, messages: 5, state: 'completed' });
  });

  it('measures how long it was talked: from the answer to the BYE', () => {
    const call = callOf(
      ...answered,
      ['>', BYE],
      ['<', sip('SIP/2.0 200 OK', { branch: 'z9hG4bKbye', cseq: '2 BYE' })],
    );
    // A frame a millisecond: answer in the fourth, BYE in the sixth, seven in all.
    expect(call.talkSeconds).toBeCloseTo(0.002, 6);
    expect(call.seconds).toBeCloseTo(0.006, 6);
  });

  it('have their rows in order, and cost no more than their messages', () => {
    const builder = new CaptureBuilder();
    for (let index = 0; index < 3000; index++) {
      builder.udp(
        ALICE,
        PROXY,
        sip('OPTIONS sip:a@b SIP/2.0', { branch: `z9hG4bK${index}`, cseq: `${index} OPTIONS` }),
      );
    }
    const store = storeOf(builder.toBytes());
    expect(store.calls.call(0).messages).toBe(3000);
    expect(store.calls.rows(0)).toEqual(Array.from({ length: 3000 }, (_, index) => index));
  });
});

describe('counters and findings', () => {
  it('count methods, classes and response times', () => {
    const store = storeOf(
      new CaptureBuilder()
        .udp(ALICE, PROXY, INVITE)
        .udp(PROXY, ALICE, sip('SIP/2.0 100 Trying'))
        .udp(PROXY, ALICE, sip('SIP/2.0 404 Not Found'))
        .toBytes(),
    );
    const { counters } = store;
    expect([...counters.methods]).toEqual([['INVITE', 1]]);
    expect([...counters.statusClasses]).toEqual([
      ['1xx', 1],
      ['4xx', 1],
    ]);
    expect([...counters.transports]).toEqual([['udp', 3]]);
    expect(counters.responses.get('INVITE')).toMatchObject({ count: 1 });
    expect(counters.responses.get('INVITE')?.seconds).toBeCloseTo(0.002, 6);
  });

  it('order findings by severity', () => {
    const store = new SessionStore({ securityOf: () => '' });
    for (const [index, severity] of (['info', 'error', 'note', 'warning', 'error'] as const).entries()) {
      store.add({
        type: 'finding',
        file: 'f',
        finding: { rule: `r/${index}`, severity, summary: `s${index}` },
      });
    }
    const order = Array.from({ length: 6 }, (_, at) => store.findings.at(at)?.finding.rule);
    expect(order).toEqual(['r/1', 'r/4', 'r/3', 'r/2', 'r/0', undefined]);
    expect(store.findings.count('error')).toBe(2);
  });

  it('keep values of hostile messages short', () => {
    const long = 'x'.repeat(100_000);
    const store = storeOf(
      new CaptureBuilder()
        .udp(ALICE, PROXY, sip('OPTIONS sip:a@b SIP/2.0', { callId: long.slice(0, 60_000) }))
        .toBytes(),
    );
    expect(store.messages.row(0).callId).toHaveLength(512);
  });
});

describe('the arena of copies', () => {
  it('gives back what was put in, whatever the sizes', () => {
    const arena = new ByteArena(10_000_000);
    const sizes = [0, 1, 1000, 1_048_576, 1_048_577, 500_000, 600_000, 3_000_000, 7];
    const kept = sizes.map((size, index) => {
      const bytes = new Uint8Array(size).fill(index + 1);
      return { handle: arena.add(bytes), bytes };
    });
    for (const { handle, bytes } of kept) {
      if (handle === undefined) throw new Error('not kept');
      expect(Buffer.compare(arena.get(handle, bytes.length), bytes)).toBe(0);
    }
    expect(arena.add(new Uint8Array(10_000_000))).toBeUndefined();
    expect(arena.held).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });
});
