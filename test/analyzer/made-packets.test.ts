import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeBytes, contextWith } from '../support/analyze.js';
import { siplens } from '../support/command.js';
import { addressBytes, ethernetFrame, IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { CaptureBuilder } from '../support/pcap-builder.js';

/** Captures that applications write: each message as a UDP datagram, whatever carried it. */

const alice = { address: '10.0.0.1', port: 5061 };
const bob = { address: '10.0.0.2', port: 5061 };
const message = (via: string, uri = 'sips:bob@example.net'): Buffer =>
  Buffer.from(
    [
      `OPTIONS ${uri} SIP/2.0`,
      `Via: SIP/2.0/${via} 10.0.0.1:5061;branch=z9hG4bK1`,
      'Max-Forwards: 70',
      'From: <sips:alice@example.com>;tag=1',
      'To: <sips:bob@example.net>',
      'Call-ID: made',
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

/**
 * A frame as the pjsip logger of Asterisk and Kamailio's sipdump write it: no MAC addresses, an IP header with no checksum
 * (or, of IPv6, no hop limit), and what memory held for the checksum of UDP.
 */
function made(payload: Buffer, source = '10.0.0.1', destination = '10.0.0.2'): Buffer {
  const isIpv6 = source.includes(':');
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(5061, 0);
  udp.writeUInt16BE(5061, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  udp.writeUInt16BE(0x55aa, 6);
  const ip = Buffer.alloc(isIpv6 ? 8 : 12);
  if (isIpv6) {
    ip[0] = 0x60;
    ip.writeUInt16BE(8 + payload.length, 4);
    ip[6] = 17;
  } else {
    ip[0] = 0x45;
    ip.writeUInt16BE(28 + payload.length, 2);
    ip[8] = 128;
    ip[9] = 17;
  }
  const type = Buffer.from(isIpv6 ? '86dd' : '0800', 'hex');
  return Buffer.concat([
    Buffer.alloc(12),
    type,
    ip,
    addressBytes(source),
    addressBytes(destination),
    udp,
    payload,
  ]);
}

const rulesOf = (bytes: Uint8Array): string[] =>
  (
    analyzeBytes(bytes, contextWith()) as unknown as { rule?: string; findings?: { rule: string }[] }[]
  ).flatMap(({ rule, findings }) => (rule === undefined ? (findings ?? []).map((one) => one.rule) : [rule]));
const HOP = ['sip/sips-over-plain-hop', 'sip/via-transport'];
const hopRules = (bytes: Uint8Array): string[] =>
  rulesOf(bytes)
    .filter((rule) => HOP.includes(rule))
    .sort();

describe('packets that an application made', () => {
  it.each([
    ['IPv4', '10.0.0.1', '10.0.0.2'],
    ['IPv6', '2001:db8::1', '2001:db8::2'],
  ])('say nothing of how a message travelled: %s', (_name, source, destination) => {
    const builder = new CaptureBuilder();
    for (const via of ['TLS', 'TCP', 'WS', 'UDP']) builder.frame(made(message(via), source, destination));
    const rules = rulesOf(builder.toBytes());
    expect(rules.filter((rule) => HOP.includes(rule))).toEqual([]);
    expect(rules.filter((rule) => rule === 'ip/made-packet')).toHaveLength(1);
  });

  it('are not those of a network, nor those of loopback, which has no MAC addresses', () => {
    const packet = ipPacket(alice.address, bob.address, IP_UDP, udpDatagram(alice, bob, message('TLS')));
    const loopback = ethernetFrame(packet);
    loopback.fill(0, 0, 12);
    expect(hopRules(new CaptureBuilder().frame(loopback).toBytes())).toEqual(HOP);
    expect(hopRules(new CaptureBuilder().udp(alice, bob, message('TLS')).toBytes())).toEqual(HOP);
    // A card that makes checksums itself: captured before it did.
    const offloaded = ethernetFrame(packet);
    offloaded.writeUInt16BE(0, 14 + 10);
    expect(hopRules(new CaptureBuilder().frame(offloaded).toBytes())).toEqual(HOP);
  });

  it('of export --write-decrypted', () => {
    const folder = mkdtempSync(join(tmpdir(), 'siplens-made-'));
    try {
      const path = join(folder, 'out.pcapng');
      const key = 'samples/keys/domain_key_example.net.pem';
      siplens(['export', 'samples/tls-message.pcap', '-k', key, '--write-decrypted', path]);
      const bytes = readFileSync(path);
      const rules = rulesOf(bytes);
      expect(rules.filter((rule) => HOP.includes(rule))).toEqual([]);
      expect(rules).toContain('ip/made-packet');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
