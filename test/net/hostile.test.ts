import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describePacket, PacketDecoder } from '../../src/net/decoder.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { SAMPLES } from './encapsulations.js';

const LINK_TYPES = [
  0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 109, 113, 127, 178, 192, 228, 229, 239, 252, 258, 276,
];

/** What holds of any outcome, whatever the bytes. One assertion for all: these are asked tens of thousands of times. */
function check(decoder: PacketDecoder, linkType: number, bytes: Uint8Array): void {
  decoder.decode(linkType, bytes);
  const { outcome, payloadStart, payloadEnd, missing, stop, fragment, protocol } = decoder;
  const { addressBytes, sourceOffset, destinationOffset, addressLength } = decoder;
  const hasAddresses = ['udp', 'tcp', 'pdu', 'fragment'].includes(outcome);
  const holds = {
    payloadInside: 0 <= payloadStart && payloadStart <= payloadEnd && payloadEnd <= bytes.length,
    missing: missing >= 0,
    stop: (outcome === 'stopped') === (stop !== undefined),
    stopInside: stop === undefined || stop.offset <= bytes.length,
    needed: stop?.needed === undefined || stop.needed > (stop.had ?? 0),
    fragment: (outcome === 'fragment') === (fragment !== undefined),
    protocol: protocol !== '',
    addressesInside:
      !hasAddresses || Math.max(sourceOffset, destinationOffset) + addressLength <= addressBytes.length,
  };
  const broken = Object.entries(holds).flatMap(([name, isHeld]) => (isHeld ? [] : [name]));
  expect(broken, `${outcome} of link type ${linkType}`).toEqual([]);
}

describe('hostile bytes', () => {
  test('random bytes of every link type', () => {
    const decoder = new PacketDecoder();
    fc.assert(
      fc.property(
        fc.constantFrom(...LINK_TYPES),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(-1, 0x45, 0x60),
        (type, bytes, first) => {
          if (first >= 0 && bytes.length > 0) bytes[0] = first;
          check(decoder, type, bytes);
        },
      ),
      { numRuns: 5000, seed: 1 },
    );
  });

  test('damaged packets, decoded and described alike', () => {
    const random = seededRandom('net');
    const decoder = new PacketDecoder();
    for (let round = 0; round < 200; round++) {
      for (const { linkType, frame } of SAMPLES) {
        const bytes = mutate(frame, random);
        check(decoder, linkType, bytes);
        const fields = describePacket({ name: 'Frame 1', bytes }, linkType);
        const hasStopped = fields.at(-1)?.severity === 'error';
        expect(hasStopped).toBe(decoder.outcome === 'stopped');
      }
    }
  });
});

describe('a strict prefix never passes for the whole', () => {
  test.each(SAMPLES)('$name', ({ linkType, frame }) => {
    const whole = new PacketDecoder();
    whole.decode(linkType, frame);
    const decoder = new PacketDecoder();
    for (let length = 0; length < frame.length; length++) {
      decoder.decode(linkType, frame.subarray(0, length), frame.length - length);
      const isWhole = (decoder.outcome === 'udp' || decoder.outcome === 'tcp') && decoder.missing === 0;
      // Bytes behind the payload are padding, which may be cut.
      if (length < whole.payloadEnd) expect([length, isWhole]).toEqual([length, false]);
    }
  });
});
