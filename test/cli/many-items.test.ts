import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { siplensProcess } from '../support/command.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Lists longer than a call may have arguments: the processes must say what is there, and not how they broke. */
describe('an input of more items than a call may have arguments', () => {
  it('126,000 parameters of one URI are shown', () => {
    const message =
      `OPTIONS sip:a@example.com SIP/2.0\r\nTo: <sip:a@example.com${';a'.repeat(126_000)}>\r\n` +
      'From: <sip:b@example.com>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';
    const { status, stdout, stderr } = siplensProcess(['show', save('parameters.sip', message), '1']);
    expect(stderr).not.toMatch(/RangeError|^ +at /m);
    expect(status).toBe(0);
    expect(stdout).toContain('Content-Length');
  });

  it('125,000 begin lines of certificates are one sentence', () => {
    const path = save('begin.pem', '-----BEGIN CERTIFICATE-----\n'.repeat(125_000));
    const { status, stderr } = siplensProcess(['list', 'samples/tls-message.pcap', '-k', path]);
    expect(stderr).not.toMatch(/RangeError|^ +at /m);
    expect(stderr).toContain('has no end line');
    expect(stderr.length).toBeLessThan(1000);
    expect(status).toBe(2);
  });
});
