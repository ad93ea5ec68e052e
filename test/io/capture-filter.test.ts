import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { fragmentsDropped, RECOMMENDED_FILTER } from '../../src/io/capture-filter.js';
import { CaptureBuilder } from '../support/pcap-builder.js';

const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined;

/** Whether tcpdump, given the filter, keeps every fragment of a message to port 5060. */
function keepsFragments(filter: string, isIpv6: boolean): boolean {
  const [from, to] = isIpv6 ? ['2001:db8::1', '2001:db8::2'] : ['192.0.2.1', '192.0.2.2'];
  const capture = new CaptureBuilder();
  capture.udp({ address: from, port: 5060 }, { address: to, port: 5060 }, 'x'.repeat(2000), {
    fragmentSize: 800,
  });
  const { stdout, stderr } = spawnSync('tcpdump', ['-n', '-r', '-', filter], {
    input: capture.toBytes(),
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('syntax error');
  return stdout.split('\n').filter((line) => /^\d/.test(line)).length === capture.frameCount;
}

describe('a capture filter that drops fragments is told', () => {
  test.each<[filter: string, ipv4: boolean, ipv6: boolean]>([
    [RECOMMENDED_FILTER, true, true],
    ['port 5060 or port 5061', false, false],
    ['udp port 5060', false, false],
    ['udp portrange 5060-5090', false, false],
    ['dst port 5060', false, false],
    ['port 5060 or (ip[6:2] & 0x1fff != 0)', true, false],
    ['port 5060 or ip6[6] == 44', false, true],
    ['port 5060 or ip[6:2] & 0x1fff != 0 or ip6 proto 44', true, true],
    ['not port 22', true, true],
    ['not tcp port 22', true, true],
    ['not (port 22 or port 80)', true, true],
    ['udp', true, true],
    ['host 192.0.2.1 or host 2001:db8::1', true, true],
  ])('%s', (filter, ipv4, ipv6) => {
    const said = fragmentsDropped(filter) ?? '';
    expect(said.includes('ip[6:2]')).toBe(!ipv4);
    expect(said.includes('ip6[6]')).toBe(!ipv6);
    if (!hasTcpdump) return;
    expect([keepsFragments(filter, false), keepsFragments(filter, true)]).toEqual([ipv4, ipv6]);
  });

  test('TCP ports alone are no reason', () => {
    expect(fragmentsDropped('tcp port 5061')).toBeUndefined();
    expect(fragmentsDropped('tcp port 5061 or udp port 5060')).toContain(
      'or (ip[6:2] & 0x1fff != 0) or ip6[6] == 44',
    );
  });
});
