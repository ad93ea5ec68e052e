import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { securityWords } from '../../src/report/security.js';
import type { CallState } from '../../src/store/call-table.js';
import { SessionStore } from '../../src/store/session-store.js';
import { contextWith } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';

/** The state of calls that a proxy forks (RFC 3261 §16.7, Figure of RFC 3665 §3 for the hops). */

const at = (last: number) => ({ address: `10.0.0.${last}`, port: 5060 });
const CALLER = at(1);
const PROXY = at(2);
const B = at(3);
const C = at(4);

type Leg = readonly [branch: string, from: typeof CALLER, to: typeof CALLER];
const A_LEG: Leg = ['a', CALLER, PROXY];
const B_LEG: Leg = ['b', PROXY, B];
const C_LEG: Leg = ['c', PROXY, C];
type Step = readonly [leg: Leg, what: string];

function storeOf(bytes: Uint8Array): SessionStore {
  const store = new SessionStore({ securityOf: securityWords });
  const analyzer = new CaptureAnalyzer('capture', contextWith(), (event) => store.add(event));
  const reader = createCaptureReader('pcap', analyzer);
  reader.push(bytes);
  reader.end();
  analyzer.end();
  return store;
}

/** The state after each step. */
function states(steps: readonly Step[]): CallState[] {
  return steps.map((_, index) => {
    const builder = new CaptureBuilder();
    for (const [[branch, from, to], what] of steps.slice(0, index + 1)) {
      const isRequest = /^[A-Z]/.test(what);
      const method = isRequest ? what : 'INVITE';
      const lines = [
        isRequest ? `${what} sip:bob@example.net SIP/2.0` : `SIP/2.0 ${what} X`,
        `Via: SIP/2.0/UDP ${from.address};branch=z9hG4bK${branch}`,
        'From: <sip:alice@example.com>;tag=1',
        'To: <sip:bob@example.net>',
        'Call-ID: forked',
        `CSeq: 1 ${method}`,
        'Content-Length: 0',
        '',
        '',
      ];
      if (isRequest) builder.udp(from, to, lines.join('\r\n'));
      else builder.udp(to, from, lines.join('\r\n'));
    }
    return storeOf(builder.toBytes()).calls.call(0).state;
  });
}

const FORKED: readonly Step[] = [
  [A_LEG, 'INVITE'],
  [B_LEG, 'INVITE'],
  [C_LEG, 'INVITE'],
];

describe('a forked call', () => {
  it.each<[string, readonly Step[], readonly CallState[]]>([
    [
      'rings where one branch is busy',
      [
        [B_LEG, '180'],
        [C_LEG, '486'],
      ],
      ['ringing', 'ringing'],
    ],
    [
      'rings where a branch was busy before',
      [
        [C_LEG, '486'],
        [B_LEG, '180'],
      ],
      ['busy', 'ringing'],
    ],
    [
      'is busy once the caller is told',
      [
        [B_LEG, '180'],
        [A_LEG, '180'],
        [C_LEG, '486'],
        [B_LEG, '486'],
        [A_LEG, '486'],
      ],
      ['ringing', 'ringing', 'ringing', 'ringing', 'busy'],
    ],
    [
      'is what the caller was told, whatever branches end later',
      [
        [B_LEG, '180'],
        [C_LEG, '603'],
        [A_LEG, '603'],
        [B_LEG, 'CANCEL'],
        [B_LEG, '487'],
      ],
      ['ringing', 'ringing', 'rejected', 'rejected', 'rejected'],
    ],
    [
      'goes on where the proxy gives one branch up',
      [
        [B_LEG, '180'],
        [C_LEG, '180'],
        [B_LEG, 'CANCEL'],
        [B_LEG, '487'],
      ],
      ['ringing', 'ringing', 'ringing', 'ringing'],
    ],
    [
      'is cancelled by the caller',
      [
        [B_LEG, '180'],
        [A_LEG, '180'],
        [A_LEG, 'CANCEL'],
        [B_LEG, 'CANCEL'],
        [B_LEG, '180'],
        [B_LEG, '487'],
      ],
      ['ringing', 'ringing', 'cancelled', 'cancelled', 'cancelled', 'cancelled'],
    ],
    [
      'is answered, and the other branches end',
      [
        [B_LEG, '180'],
        [C_LEG, '200'],
        [A_LEG, '200'],
        [B_LEG, 'CANCEL'],
        [B_LEG, '487'],
      ],
      ['ringing', 'in call', 'in call', 'in call', 'in call'],
    ],
  ])('%s', (_name, steps, expected) => {
    expect(states([...FORKED, ...steps]).slice(FORKED.length)).toEqual(expected);
  });

  it('costs no more memory than its messages', () => {
    const builder = new CaptureBuilder();
    for (let i = 0; i < 2000; i++) {
      const text = `INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK${i}\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n`;
      builder.udp(CALLER, at(5), text);
    }
    expect(storeOf(builder.toBytes()).calls.call(0)).toMatchObject({ state: 'calling', messages: 2000 });
  });

  it('in a capture of another maker: all three ring', () => {
    const store = storeOf(readFileSync(new URL('fixtures/forked.pcap', import.meta.url)));
    expect(
      [0, 1, 2].map((index) => store.calls.call(index)).map(({ callId, state }) => [callId, state]),
    ).toEqual([
      ['ring-then-486', 'ringing'],
      ['486-then-ring', 'ringing'],
      ['503-then-ring', 'ringing'],
    ]);
  });
});
