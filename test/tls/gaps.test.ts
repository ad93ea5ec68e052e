import { describe, expect, it } from 'vitest';
import { suiteName } from '../../src/tls/registries/names.js';
import { handshake, noise } from './support/peer.js';
import { type Flight, run } from './support/run.js';
import { testServer } from './support/server.js';

const RECORDS = 40;

function text(index: number): string {
  return `<${index}:${noise(`${index}`, 20 + ((index * 37) % 200)).toString('base64')}>`;
}

/** Texts of records, as `<n:...>`, that came out whole. */
function wholeTexts(plaintext: Buffer): number[] {
  return [...plaintext.toString('latin1').matchAll(/<(\d+):([^<>]*)>/g)]
    .filter((found) => found[0] === text(Number(found[1])))
    .map((found) => Number(found[1]));
}

describe('lost bytes', () => {
  const server = testServer();

  /** The client's records after the handshake as one string of bytes, and where each begins. */
  const connection = (version: number, suite: number, encryptThenMac: boolean) => {
    const { flights, sealers } = handshake({
      version,
      suite,
      certificate: server.certificate,
      encryptThenMac,
    });
    const starts: number[] = [];
    const records: Buffer[] = [];
    let length = 0;
    for (let i = 0; i < RECORDS; i++) {
      starts.push(length);
      const record = sealers.client.seal(23, Buffer.from(text(i)));
      records.push(record);
      length += record.length;
    }
    return { flights, bytes: Buffer.concat(records), starts };
  };

  const kinds: [number, number, boolean][] = [
    [0x0301, 0x0005, false],
    [0x0300, 0x000a, false],
    [0x0301, 0x002f, false],
    [0x0302, 0x0035, false],
    [0x0303, 0x003c, true],
    [0x0301, 0x002f, true],
    [0x0303, 0x009c, false],
    [0x0303, 0xc0a0, false],
    [0x0303, 0x0002, false],
  ];

  it.each(kinds)(
    '%s, suite %s, encrypt-then-MAC %s: goes on after every kind of gap',
    (version, suite, etm) => {
      const { flights, bytes, starts } = connection(version, suite, etm);
      const at = (index: number) => starts[index] as number;
      const chained = version < 0x0302 && ![0x0005, 0x0002].includes(suite);
      const gaps: [from: number, to: number][] = [
        [at(5) + 30, at(5) + 40],
        [at(5) + 2, at(5) + 3],
        [at(5), at(6)],
        [at(5) + 17, at(9) + 25],
        [at(5) + 40, at(25) + 3],
        [at(5), at(6) + 1],
        [at(0), at(3)],
        [at(5) + 10, at(RECORDS - 1)],
      ];
      for (const [from, to] of gaps) {
        for (const size of [1460, 100, 7]) {
          const pieces: Flight[] = [...flights];
          const cut = (start: number, end: number, lost?: number) => {
            for (let i = start; i < end; i += size) {
              const data = bytes.subarray(i, Math.min(i + size, end));
              pieces.push(
                i === start && lost !== undefined
                  ? { direction: 'client', data, lost }
                  : { direction: 'client', data },
              );
            }
          };
          cut(0, from);
          cut(to, bytes.length, to - from);
          const { connection: found, plaintext, lost } = run(pieces, server.own());
          const what = `${suiteName(suite).name}, bytes ${from} to ${to} missing, segments of ${size}`;
          const seen = wholeTexts(plaintext.client);
          const expected = starts.flatMap((start, index) => {
            const end = starts[index + 1] ?? bytes.length;
            return end <= from || start >= to ? [index] : [];
          });
          // Where IVs are chained, the record right after the gap needs the last block before it: 16 bytes (8 for 3DES), and its MAC.
          const block = (suite === 0x000a ? 8 : 16) + (etm ? 20 : 0);
          const first = expected.find((index) => at(index) >= to);
          const needsIv = chained && first !== undefined && at(first) - to < block;
          expect(seen, what).toEqual(expected.filter((index) => !(needsIv && index === first)));
          if (seen.includes(RECORDS - 1)) {
            expect(found.decryption, what).toMatchObject(
              suite === 0x0002 ? { status: 'not_encrypted' } : { status: 'partial', reason: 'bytes_missing' },
            );
            expect(found.decryption.detail, what).toContain('decryption went on after it');
          }
          expect(lost.length, what).toBeGreaterThan(0);
          expect(found.macFailures, what).toBe(0);
        }
      }
    },
  );

  it.each([
    ['at the end of the connection', undefined],
    ['at the next gap', 500],
  ])('are not waited for where a record only seems to begin: %s', (_, nextGap) => {
    // Without a cipher the text lies open: the first is cut, and what is left of it looks like a record of 16,384 bytes.
    const { flights, sealers } = handshake({
      version: 0x0303,
      suite: 0x0002,
      certificate: server.certificate,
    });
    const cut = sealers.client.seal(23, Buffer.from(`<0:\x17\x03\x03\x40\x00${'.'.repeat(40)}>`, 'latin1'));
    const from = cut.indexOf('\x17\x03\x03\x40\x00', 0, 'latin1');
    const whole = [1, 2, 3].map((index) => sealers.client.seal(23, Buffer.from(text(index))));
    const pieces: Flight[] = [
      ...flights,
      // More than the record lacks is gone, as far as its header says: where it ends is unknown.
      { direction: 'client', data: cut.subarray(from), lost: from + 1000 },
      ...whole.map((data): Flight => ({ direction: 'client', data })),
    ];
    if (nextGap !== undefined) pieces.push({ direction: 'client', data: noise('rest', 100), lost: nextGap });
    const { plaintext, connection: found } = run(pieces, server.own());
    expect(wholeTexts(plaintext.client)).toEqual([1, 2, 3]);
    expect(found.lost[0]).toMatchObject({ resynchronised: true });
  });

  it('goes on after a gap that swallowed ChangeCipherSpec and Finished', () => {
    const { flights, sealers } = handshake({
      version: 0x0303,
      suite: 0x009c,
      certificate: server.certificate,
    });
    const answer = flights[3] as Flight;
    const rest = ['one', 'two'].map((line) => sealers.server.seal(23, Buffer.from(line)));
    const pieces: Flight[] = [
      ...flights.slice(0, 3),
      { direction: 'server', data: Buffer.concat(rest), lost: answer.data.length },
    ];
    const { plaintext, connection: found } = run(pieces, server.own());
    expect(plaintext.server.toString()).toBe('onetwo');
    expect(found.decryption).toMatchObject({ status: 'partial', reason: 'bytes_missing' });
  });

  it('tells a damaged record by frame and number, and shows the rest', () => {
    for (const [version, suite, etm] of kinds) {
      const { flights, bytes, starts } = connection(version, suite, etm);
      const damaged = Buffer.from(bytes);
      const place = (starts[8] as number) - 1;
      damaged[place] = (damaged[place] as number) ^ 0x40;
      const pieces: Flight[] = [...flights];
      for (let i = 0; i < RECORDS; i++) {
        pieces.push({
          direction: 'client',
          data: damaged.subarray(starts[i], starts[i + 1]),
          frame: 100 + i,
        });
      }
      const { connection: found, plaintext, lost } = run(pieces, server.own());
      const what = suiteName(suite).name;
      const chained = version < 0x0302 && ![0x0005, 0x0002].includes(suite);
      const seen = wholeTexts(plaintext.client);
      // A chained IV carries the damage into the next record.
      const missing = Array.from({ length: RECORDS }, (_, i) => i).filter((i) => !seen.includes(i));
      expect(missing, what).toEqual(chained && !etm ? [7, 8] : [7]);
      expect(found.failures[0], what).toMatchObject({ direction: 'client', frame: { number: 107 } });
      expect(found.decryption, what).toMatchObject({ status: 'partial', reason: 'mac_failure' });
      expect(found.decryption.detail, what).toContain('in frame 107');
      expect(lost[0], what).toEqual({ direction: 'client', frame: 107 });
    }
  });
});
