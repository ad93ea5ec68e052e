import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { Keyring } from '../../src/keys/keyring.js';
import type { JsonRecord } from '../../src/report/records/to-record.js';
import { analyzeBytes } from '../support/analyze.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { captureOf, recordTls, sipRequest } from '../support/tls-recorder.js';

/**
 * Captures of two taps, or of a card with several queues: the frames of either direction are in order, acknowledgments
 * too, and those of one direction stand anywhere among those of the other. The records are the same but for their order.
 */

const identity = credentials('sip.example.net', rsaParty('authority'));
const REQUEST = sipRequest('sip:bob@sip.example.net');
const RESPONSE = REQUEST.replace(/^OPTIONS \S+ SIP\/2.0/, 'SIP/2.0 200 OK');

type Captured = { readonly isClient: boolean; readonly bytes: Buffer; readonly number: number };

/** The frames of a capture that captureOf made: Ethernet, IPv4 without options, TCP. */
function framesOf(file: Buffer): { readonly header: Buffer; readonly frames: Captured[] } {
  const frames: Captured[] = [];
  for (let at = 24; at < file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    const isClient = file.readUInt16BE(at + 16 + 14 + 20 + 2) === 5061;
    frames.push({ isClient, bytes: file.subarray(at, end), number: frames.length + 1 });
    at = end;
  }
  return { header: file.subarray(0, 24), frames };
}

const frameOf = (value: unknown): number => (value as { readonly frame: number }).frame;

/** The records, with the number that each frame had in the capture before its frames were moved. */
function comparable(records: readonly JsonRecord[], frames: readonly Captured[]): string[] {
  const named = (number: number): number => frames[number - 1]?.number ?? -1;
  const walk = (value: unknown, key = ''): unknown => {
    if (key === 'frame' || key === 'frames') {
      return typeof value === 'number' ? named(value) : (value as number[]).map(named);
    }
    if (typeof value === 'string') {
      return value.replace(/\bframe (\d+)/g, (_, number) => `frame ${named(Number(number))}`);
    }
    if (Array.isArray(value)) {
      const all = value.map((one) => walk(one));
      // Of what both sides sent on their own, the capture alone gives an order.
      return key === 'alerts' ? all.sort((a, b) => frameOf(a) - frameOf(b)) : all;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name)]));
  };
  return records.map((record) => JSON.stringify(walk(record))).sort();
}

describe.each([
  ['TLS 1.2, RSA', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }],
  ['TLS 1.2, ECDHE', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
  ['TLS 1.3', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }],
] as const)('%s', (_name, versions) => {
  let capture: ReturnType<typeof framesOf>;
  let keyLog = '';
  beforeAll(async () => {
    const recorded = await recordTls({
      server: { ...identity, ...versions },
      client: versions,
      request: REQUEST,
      response: RESPONSE,
    });
    ({ keyLog } = recorded);
    capture = framesOf(captureOf(recorded));
  });

  const recordsOf = (frames: readonly Captured[]): string[] => {
    const keyring = new Keyring();
    keyring.addKeyLog(keyLog);
    const { context } = createContext({ keyring, certificates: [], anchors: [], now: 1_700_000_000 });
    const file = Buffer.concat([capture.header, ...frames.map(({ bytes }) => bytes)]);
    return comparable(analyzeBytes(file, context), frames);
  };

  it('gives the same records in any order of its directions', () => {
    const { frames } = capture;
    const expected = recordsOf(frames);
    expect(expected.filter((record) => record.includes('"type":"sip_message"'))).toHaveLength(2);
    expect(expected.join()).toContain('"status":"decrypted"');
    const check = (turns: readonly boolean[]) => {
      const left = {
        client: frames.filter(({ isClient }) => isClient),
        server: frames.filter(({ isClient }) => !isClient),
      };
      const mixed: Captured[] = [];
      for (const turn of turns) {
        const next = (turn ? left.client : left.server).shift();
        if (next !== undefined) mixed.push(next);
      }
      expect(recordsOf([...mixed, ...left.server, ...left.client])).toEqual(expected);
    };
    check(frames.map(() => true));
    check([]);
    fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: frames.length + 4 }), check), { numRuns: 80 });
  });
});
