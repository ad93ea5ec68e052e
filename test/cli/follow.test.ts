import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';

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
    expect(stderr).toContain('50 bytes from the client are missing');
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
