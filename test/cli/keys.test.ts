import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { hasTshark } from '../support/peers.js';
import { ROOT } from '../support/root.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { captureOf, recordTls, sipRequest } from '../support/tls-recorder.js';

const SAMPLE = 'samples/tls-message.pcap';
const KEY_FILE = 'samples/keys/domain_key_example.net.pem';

const folder = mkdtempSync(join(tmpdir(), 'siplens-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What tshark finds inside TLS with a preference. */
function tshark(capture: string, preference: string): string {
  const decode = ['-d', 'tcp.port==5061,tls', '-o', 'sip.tls.port:5061'];
  const fields = [
    '-T',
    'fields',
    '-e',
    'frame.number',
    '-e',
    'sip.Request-Line',
    '-e',
    'sip.Status-Line',
    '-e',
    'sip.msg_hdr',
  ];
  const { stdout, status } = spawnSync(
    'tshark',
    ['-r', capture, '-o', preference, ...decode, '-Y', 'sip', ...fields],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  expect(status).toBe(0);
  return stdout;
}

describe('keys', () => {
  it('writes the session’s secret and nothing of the key', () => {
    const { status, stdout, stderr } = siplens(['keys', SAMPLE, '-k', KEY_FILE]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // The client random is that of the draft's §6.1.
    const random = '42168cc782cdc58742baf51c9104fb7d4d6c56f1db1dce8ab125715a6801a214';
    expect(stdout).toMatch(new RegExp(`^CLIENT_RANDOM ${random} [0-9a-f]{96}$`, 'm'));
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => /^[A-Z_]+ [0-9a-f]{16,} [0-9a-f]{64,}$/.test(line)),
    ).toBe(true);
  });

  it('opens the capture again, without the key', () => {
    const log = file('sample.log', siplens(['keys', SAMPLE, '-k', KEY_FILE]).stdout);
    const side = ['--stream', '0', '--side', 'client', '--raw'];
    const byLog = siplens(['follow', SAMPLE, '--keylog', log, ...side]);
    expect(byLog).toEqual(siplens(['follow', SAMPLE, '-k', KEY_FILE, ...side]));
    expect(byLog.status).toBe(0);
  });

  it('says what it has no secret for', () => {
    const { status, stdout, stderr } = siplens(['keys', SAMPLE]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('no secret was found for 1 of 1 TLS connection\n');
  });

  it.skipIf(!hasTshark)('lets tshark open what it opens with the RSA key', () => {
    const log = file('tshark.log', siplens(['keys', SAMPLE, '-k', KEY_FILE]).stdout);
    const byKey = tshark(SAMPLE, `uat:rsa_keys:"${ROOT}${KEY_FILE}",""`);
    expect(byKey).toContain('MESSAGE sips:kumiko@example.net SIP/2.0');
    expect(byKey).toContain('SIP/2.0 200 OK');
    expect(tshark(SAMPLE, `tls.keylog_file:${log}`)).toBe(byKey);
  });

  it.skipIf(!hasTshark)('serves for extended master secrets, resumed sessions and TLS 1.3', async () => {
    const party = credentials('good.example.com', rsaParty('authority'));
    const old = { ciphers: 'AES128-SHA256', maxVersion: 'TLSv1.2' } as const;
    const server = { ...old, ...party, ticketKeys: Buffer.alloc(48, 9), sessionIdContext: 'test' };
    const request = sipRequest('sips:bob@good.example.com');
    const response = 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n';
    const first = await recordTls({ server, client: old, request, response });
    if (first.session === undefined) throw new Error('no session');
    const second = await recordTls({ server, client: { ...old, session: first.session }, request, response });
    const modern = await recordTls({ server: party, client: {}, request, response });
    const capture = file('three.pcap', captureOf(first, second, modern));
    // What the client itself wrote down is the right answer.
    const own = file('own.log', first.keyLog + second.keyLog + modern.keyLog);
    const given = ['-k', file('three.key', party.key), '--keylog', file('modern.log', modern.keyLog)];
    const found = file('found.log', siplens(['keys', capture, ...given]).stdout);
    const right = tshark(capture, `tls.keylog_file:${own}`);
    expect(right.match(/OPTIONS sips:/g)).toHaveLength(3);
    expect(tshark(capture, `tls.keylog_file:${found}`)).toBe(right);
  });
});
