import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TcpReassembler } from '../../src/stream/tcp.js';
import type { TcpSegment } from '../../src/stream/types.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { ACK, Connection, FIN, frameAt, type Received, SYN, segment } from './support.js';

const RUNS = { numRuns: 300, seed: 7 };

/** Bytes that show where they belong: no two places nearby look alike. */
function streamOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 17) & 0xff;
  return bytes;
}

type Piece = { readonly start: number; readonly end: number };

/** Cuts a stream at the places given, which are fractions of its length. */
function piecesOf(length: number, cuts: readonly number[]): Piece[] {
  const places = [...new Set([0, ...cuts.map((cut) => Math.floor(cut * length)), length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => ({ start: places[index] as number, end }));
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const scenario = fc.record({
  length: fc.integer({ min: 1, max: 3000 }),
  cuts: fc.array(fraction, { maxLength: 30 }),
  extra: fc.array(fc.tuple(fraction, fraction), { maxLength: 10 }),
  order: fc.infiniteStream(fraction),
  // Around the wrap and anywhere.
  isn: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0xffff_f000, max: 0xffff_ffff })),
});

describe('any segmentation, order and repetition gives the stream', () => {
  test('with a handshake', () => {
    fc.assert(
      fc.property(scenario, fc.boolean(), ({ length, cuts, extra, order, isn }, withFin) => {
        const stream = streamOf(length);
        const pieces = piecesOf(length, cuts);
        for (const [from, to] of extra) {
          const start = Math.floor(Math.min(from, to) * length);
          pieces.push({ start, end: Math.max(start + 1, Math.ceil(Math.max(from, to) * length)) });
        }
        const shuffled = pieces
          .map((piece) => ({ piece, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const tcp = new Connection().handshake(isn, 5000);
        for (const { piece } of shuffled) {
          const isLast = withFin && piece.end === length;
          const data = stream.subarray(piece.start, piece.end);
          tcp.send('client', isn + 1 + piece.start, data, { flags: isLast ? FIN | ACK : ACK });
        }
        expect(tcp.seen.received(0, 'client')).toEqual({ bytes: stream, gaps: [] });
        expect(tcp.seen.faults).toEqual([]);
        expect(tcp.reassembler.usage.held).toBe(0);
      }),
      RUNS,
    );
  });

  test('loss gives the rest, with the gaps where they are', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.array(fc.boolean(), { minLength: 1 }),
        ({ length, cuts, order, isn }, losses) => {
          const stream = streamOf(length);
          const pieces = piecesOf(length, cuts);
          const isLost = (index: number): boolean => losses[index % losses.length] as boolean;
          const kept = pieces.filter((_, index) => !isLost(index));
          const shuffled = kept
            .map((piece) => ({ piece, key: order.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key);
          const tcp = new Connection().handshake(isn, 5000);
          for (const { piece } of shuffled) {
            tcp.send('client', isn + 1 + piece.start, stream.subarray(piece.start, piece.end), {
              flags: ACK,
            });
          }
          tcp.send('client', isn + 1 + length, '', { flags: FIN | ACK });
          tcp.end();
          const gaps: Received['gaps'] = [];
          for (const { start, end } of pieces.filter((_, index) => isLost(index))) {
            const last = gaps.at(-1);
            if (last !== undefined && last.offset + last.length === start) {
              gaps[gaps.length - 1] = { offset: last.offset, length: last.length + end - start };
            } else {
              gaps.push({ offset: start, length: end - start });
            }
          }
          const bytes = Buffer.concat(kept.map(({ start, end }) => stream.subarray(start, end)));
          expect(tcp.seen.received(0, 'client')).toEqual({ bytes, gaps });
        },
      ),
      RUNS,
    );
  });

  test('the first byte seen wins, whatever the order, and a fault tells', () => {
    const operation = fc.record({
      start: fc.integer({ min: 0, max: 60 }),
      length: fc.integer({ min: 2, max: 20 }),
      value: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const model = new Uint8Array(100);
        const tcp = new Connection({ gapSeconds: 1e9 }).handshake();
        let hasConflict = false;
        for (const { start, length, value } of operations) {
          tcp.send('client', 1001 + start, Buffer.alloc(length, value), { flags: ACK });
          for (let at = start; at < start + length; at++) {
            if (model[at] === 0) model[at] = value;
            else if (model[at] !== value) hasConflict = true;
          }
        }
        tcp.end();
        const { bytes, gaps } = tcp.seen.received(0, 'client');
        const lost = gaps.reduce((sum, gap) => sum + gap.length, 0);
        expect(bytes).toEqual(Buffer.from(model.filter((value) => value !== 0)));
        expect(bytes.length + lost).toBe(model.findLastIndex((value) => value !== 0) + 1);
        expect(tcp.seen.faults.some(({ code }) => code === 'overlap-conflict')).toBe(hasConflict);
      }),
      { numRuns: 1000, seed: 3 },
    );
  });
});

describe('hostile segments', () => {
  test('any numbers, flags and lengths: bounded, each byte once, chunks without holes between them', () => {
    const random = seededRandom('tcp');
    const number = (below: number): number => Math.floor(random() * below);
    const limits = {
      heldBytesPerFlow: 5000,
      heldBytesTotal: 20_000,
      openConnections: 8,
      closedConnections: 4,
    };
    const tcp = new Connection(limits);
    const most = { held: 0, open: 0, closed: 0 };
    const flags = [ACK, ACK, ACK, ACK, SYN, FIN | ACK, SYN | ACK, 4, 0x1ff, 0];
    for (let round = 0; round < 30_000; round++) {
      if (random() < 0.01) tcp.time += number(12);
      const near = random() < 0.95;
      tcp.send(
        random() < 0.5 ? 'client' : 'server',
        near ? number(20_000) : number(2 ** 32),
        Buffer.alloc(random() < 0.3 ? 0 : number(1500), round),
        {
          flags: flags[number(flags.length)] as number,
          acknowledgment: near ? number(20_000) : number(2 ** 32),
          missing: random() < 0.05 ? number(1000) : 0,
          clientPort: number(16),
        },
      );
      const { held, open, closed } = tcp.reassembler.usage;
      most.held = Math.max(most.held, held);
      most.open = Math.max(most.open, open);
      most.closed = Math.max(most.closed, closed);
    }
    expect(most.held).toBeLessThanOrEqual(limits.heldBytesTotal);
    expect(most.open).toBeLessThanOrEqual(limits.openConnections);
    expect(most.closed).toBeLessThanOrEqual(limits.closedConnections);
    tcp.end();
    expect(tcp.reassembler.usage).toMatchObject({ open: 0, held: 0 });
    const opened = tcp.seen.events.filter((event) => event.startsWith('open'));
    const closed = tcp.seen.events.filter((event) => event.startsWith('close'));
    expect(closed).toHaveLength(opened.length);
  });

  test('a window of tiny segments costs no more than its limit, in linear time', () => {
    const tcp = new Connection().handshake();
    const started = performance.now();
    for (let at = 0; at < 50_000; at++) tcp.send('client', 1002 + at * 2, 'x');
    expect(performance.now() - started).toBeLessThan(5000);
    expect(tcp.seen.received(0, 'client').bytes.length).toBeGreaterThan(45_000);
  });

  test('times that go backwards', () => {
    const tcp = new Connection().handshake();
    for (const [index, seconds] of [5, 1, 9, -3, 0].entries()) {
      const made: TcpSegment = segment('client', 1001 + index, 'x', { acknowledgment: 5001 });
      tcp.reassembler.segment(made, frameAt(10 + index, seconds));
    }
    expect(tcp.seen.text('client')).toBe('xxxxx');
  });

  test('damaged addresses', () => {
    const random = seededRandom('addresses');
    const reassembler = new TcpReassembler({ open() {}, chunk() {}, fault() {}, close() {} });
    for (let round = 0; round < 2000; round++) {
      const made = segment('client', round, 'data');
      const addressBytes = mutate(made.addressBytes, random).subarray(0, Math.floor(random() * 12));
      reassembler.segment({ ...made, addressBytes }, frameAt(round));
    }
    reassembler.end();
  });
});
