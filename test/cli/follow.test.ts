import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';
import { credentials, rsaParty } from '../support/tls-identities.js';
import { recordTls } from '../support/tls-recorder.js';

const SAMPLE = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];

const folder = mkdtempSync(join(tmpdir(), 'siplens-follow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('follow', () => {
  it.each([
    ['client', 'request'],
    ['server', 'response'],
  ])('gives the %s’s bytes of Appendix C', (side, name) => {
    const { status, stdout } = siplens(['follow', SAMPLE, ...KEY, '--stream', '0', '--side', side, '--raw']);
    expect(status).toBe(0);
    // Appendix C has the messages with LF, and one more at the end.
    const expected = readFileSync(`${ROOT}samples/tls-message-${name}.txt`, 'latin1');
    expect(`${stdout.replaceAll('\r\n', '\n')}\n`).toBe(expected);
  });

  it('shows both sides as text', () => {
    const { status, stdout } = siplens(['follow', SAMPLE, ...KEY, '--stream', '0']);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('tcp stream 0: 127.0.0.1:55768 -> 127.0.0.1:5061');
    expect(lines.filter((line) => line.startsWith('---'))).toEqual([
      '--- client 127.0.0.1:55768, frame 10, inside TLS',
      '--- server 127.0.0.1:5061, frame 11, inside TLS',
    ]);
    expect(stdout).toContain('\n\nHello!\n--- server');
  });

  it('says why a stream stays closed', () => {
    const { status, stdout, stderr } = siplens([
      'follow',
      SAMPLE,
      '--stream',
      '0',
      '--side',
      'client',
      '--raw',
    ]);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('tcp stream 0 was not decrypted: no_key: ');
  });

  it('gives plain streams as they are, and makes control characters safe', () => {
    const capture = new CaptureBuilder();
    const bytes = Buffer.from('one\r\ntwo\x1b[31m\u0000\xff', 'latin1');
    capture
      .connect({ address: '10.0.0.1', port: 4000 }, { address: '10.0.0.2', port: 7000 })
      .send('client', bytes)
      .close();
    const path = join(folder, 'plain.pcap');
    writeFileSync(path, capture.toBytes());
    const raw = siplens(['follow', path, '--stream', '0', '--side', 'client', '--raw']);
    expect(raw.status).toBe(0);
    expect(raw.stdout).toBe(bytes.toString('utf8'));
    const text = siplens(['follow', path, '--stream', '0']);
    expect(text.stdout).toContain('\none\ntwo\\x1b[31m\\x00ÿ\n');
    expect(siplens(['follow', path, '--stream', '0', '--side', 'server', '--raw'])).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  it('tells of lost bytes', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect({ address: '10.0.0.1', port: 4000 }, { address: '10.0.0.2', port: 5060 });
    tcp
      .send('client', 'OPTIONS sip:a@example.com SIP/2.0\r\n')
      .lose('client', 50)
      .send('client', 'more\r\n')
      .close();
    const path = join(folder, 'gap.pcap');
    writeFileSync(path, capture.toBytes());
    const { stdout, stderr } = siplens(['follow', path, '--stream', '0', '--side', 'client', '--raw']);
    expect(stdout).toBe('OPTIONS sip:a@example.com SIP/2.0\r\nmore\r\n');
    expect(stderr).toContain(
      'tcp stream 0: 50 bytes from the client are missing before frame 6, after 35 bytes of it',
    );
    expect(stderr.match(/from the client/g)).toHaveLength(1);
    const text = siplens(['follow', path, '--stream', '0']).stdout.split('\n');
    const at = text.indexOf('--- 50 bytes from the client are missing before frame 6');
    expect(text.slice(at - 1, at + 3)).toEqual([
      'OPTIONS sip:a@example.com SIP/2.0',
      '--- 50 bytes from the client are missing before frame 6',
      '--- client 10.0.0.1:4000, frame 6',
      'more',
    ]);
    expect(siplens(['follow', path, '--stream', '0', '--side', 'server', '--raw']).stderr).not.toContain(
      'from the client',
    );
  });

  it('tells of lost bytes of what is no SIP, and of another stream not', () => {
    const capture = new CaptureBuilder();
    const server = { address: '10.0.0.2', port: 80 };
    for (const port of [4000, 4001]) {
      const tcp = capture.connect({ address: '10.0.0.1', port }, server).send('client', 'GET / HTTP/1.1\r\n');
      if (port === 4000) tcp.lose('client', 9);
      tcp.send('client', 'Host: a\r\n\r\n').close();
    }
    const path = join(folder, 'http-gap.pcap');
    writeFileSync(path, capture.toBytes());
    const use = (stream: string) =>
      siplens(['follow', path, '--stream', stream, '--side', 'client', '--raw']);
    expect(use('0')).toMatchObject({ status: 0, stdout: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' });
    expect(use('0').stderr).toBe(
      'siplens: tcp stream 0: 9 bytes from the client are missing before frame 6, after 16 bytes of it\n',
    );
    expect(use('1').stderr).toBe('');
  });

  it('tells of lost bytes inside TLS', async () => {
    const identity = credentials('sip.example.net', rsaParty('authority'));
    const { flights, keyLog } = await recordTls({
      server: { ...identity, maxVersion: 'TLSv1.2' },
      request: 'a'.repeat(40_000),
    });
    const capture = new CaptureBuilder();
    const tcp = capture.connect({ address: '10.0.0.1', port: 4000 }, { address: '10.0.0.2', port: 5061 });
    for (const { side, data } of flights) {
      if (data.length < 10_000) tcp.send(side, data);
      else
        tcp.send(side, data, {
          order: Array.from({ length: Math.ceil(data.length / 1448) }, (_, i) => i).filter((i) => i !== 14),
        });
    }
    const path = join(folder, 'tls-gap.pcap');
    writeFileSync(path, capture.toBytes());
    writeFileSync(join(folder, 'log.txt'), keyLog);
    const { stdout, stderr } = siplens([
      ...['follow', path, '--stream', '0', '--side', 'client', '--raw'],
      ...['--keylog', join(folder, 'log.txt')],
    ]);
    expect(stdout).toMatch(/^a+$/);
    expect(stdout.length).toBeLessThan(40_000);
    expect(stderr).toMatch(
      /tcp stream 0: 1448 bytes from the client are missing before frame \d+, after \d+ bytes of it/,
    );
  });

  it('refuses usage errors', () => {
    const use = (...options: string[]) => siplens(['follow', SAMPLE, ...options]).status;
    expect(use('--stream', 'x')).toBe(2);
    expect(use('--stream', '0', '--side', 'left')).toBe(2);
    expect(use('--stream', '0', '--raw')).toBe(2);
    expect(use('--stream', '5')).toBe(2);
    expect(use()).toBe(2);
    const psk = siplens(['follow', SAMPLE, '--stream', '0', '--psk', 'topsecretx']);
    expect(psk.status).toBe(2);
    expect(psk.stderr).not.toContain('topsecretx');
  });
});
