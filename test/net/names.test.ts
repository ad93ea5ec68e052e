import { describe, expect, test } from 'vitest';
import {
  etherTypeName,
  ipProtocolName,
  ipv4OptionName,
  ipv6OptionName,
  linkTypeName,
  pppProtocolName,
  serviceAccessPointName,
  tcpOptionName,
} from '../../src/net/names.js';

describe('names of numbers', () => {
  test.each([
    // RFC 9542 §3 and IEEE 802; RFC 790 and its successors; RFC 1661; RFC 791, 8200 and 9293.
    [etherTypeName(0x0800), 'IPv4'],
    [etherTypeName(0x86dd), 'IPv6'],
    [etherTypeName(0x8926), 'VN-Tag'],
    [etherTypeName(0x88e5), 'MACsec'],
    [etherTypeName(0x1234), 'EtherType 0x1234'],
    [ipProtocolName(6), 'TCP'],
    [ipProtocolName(50), 'ESP'],
    [ipProtocolName(89), 'OSPF'],
    [ipProtocolName(132), 'SCTP'],
    [ipProtocolName(253), 'IP protocol 253'],
    [linkTypeName(258), 'PKTAP'],
    [linkTypeName(9999), 'link type 9999'],
    [pppProtocolName(0xc021), 'LCP'],
    [pppProtocolName(0x4001), 'PPP protocol 0x4001'],
    [serviceAccessPointName(0xaa), 'SNAP'],
    [serviceAccessPointName(0x12), 'LLC SAP 0x12'],
    [ipv4OptionName(148), 'Router Alert'],
    [ipv4OptionName(99), 'Option 99'],
    [ipv6OptionName(0xc2), 'Jumbo Payload'],
    [ipv6OptionName(0x99), 'Option 0x99'],
    [tcpOptionName(8), 'Timestamps'],
    [tcpOptionName(200), 'Option 200'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected);
  });
});
