import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/analyzer/context.js';
import { Keyring } from '../../src/keys/keyring.js';
import { analyzeBytes } from '../support/analyze.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls, sipRequest } from '../support/tls-recorder.js';

const alice = { address: '10.0.0.1', port: 40_000 };
const bob = { address: '10.0.0.2', port: 5061 };
const identity = credentials('sip.example.net', rsaParty('authority'));

describe('two TLS connections of the same ports, the second without its SYN', () => {
  it.each([
    ['further on', {}],
    ['before the first', { clientSequence: 7, serverSequence: 9 }],
    ['anywhere', { clientSequence: 3_000_000_000, serverSequence: 2_000_000_000 }],
  ])('are told apart and both decrypted: numbers %s', async (_name, numbers) => {
    const builder = new CaptureBuilder();
    const keyring = new Keyring();
    for (const [index, version] of (['TLSv1.2', 'TLSv1.3'] as const).entries()) {
      const { flights, keyLog } = await recordTls({
        server: { ...identity, minVersion: version, maxVersion: version },
        request: sipRequest(`sip:user${index}@sip.example.net`),
        response: '\r\n\r\n',
      });
      keyring.addKeyLog(keyLog);
      const tcp = builder.connect(alice, bob, index === 0 ? {} : { ...numbers, handshake: false });
      for (const { side, data } of flights) tcp.send(side, data);
    }
    const { context } = createContext({ keyring, certificates: [], anchors: [], now: 1_700_000_000 });
    const records = analyzeBytes(builder.toBytes(), context) as unknown as Record<string, unknown>[];
    const connections = records.filter(({ type }) => type === 'tls_connection');
    expect(connections).toMatchObject([
      { tcp_stream: 0, version: 'TLS 1.2', established: true, decryption: { status: 'decrypted' } },
      { tcp_stream: 0, version: 'TLS 1.3', established: true, decryption: { status: 'decrypted' } },
    ]);
    const uris = records.filter(({ type }) => type === 'sip_message').map((record) => record['request_uri']);
    expect(uris).toEqual(['sip:user0@sip.example.net', 'sip:user1@sip.example.net']);
    expect(records.filter(({ type }) => type === 'finding')).toEqual([]);
  });
});
