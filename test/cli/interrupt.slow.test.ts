import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passwordEnveloped } from '../hostile/signed.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-interrupt-'));
  const capture = new CaptureBuilder();
  // 300,000 rounds take a tenth of a second or more: all of them, half a minute.
  for (let index = 0; index < 200; index++) {
    const body = Buffer.from(passwordEnveloped(1, 300_000));
    const head =
      'MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n' +
      `Call-ID: ${index}\r\nCSeq: 1 MESSAGE\r\nContent-Type: application/pkcs7-mime\r\nContent-Length: ${body.length}\r\n\r\n`;
    capture.udp(
      { address: '192.0.2.1', port: 5060 },
      { address: '192.0.2.2', port: 5060 },
      Buffer.concat([Buffer.from(head), body]),
    );
  }
  writeFileSync(join(folder, 'costly.pcap'), capture.toBytes());
  writeFileSync(join(folder, 'password'), 'another\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Milliseconds from the signal to the end, on a machine that does other things too: a second is promised. */
const PATIENCE = 2000;

describe('Ctrl-C in the middle of costly messages', () => {
  it.each(['check', 'export', 'list', 'flow'])('ends %s within a second', async (command) => {
    const child = spawn(
      process.execPath,
      [
        ...[`${ROOT}bin/siplens.js`, command, join(folder, 'costly.pcap')],
        ...['--password-file', join(folder, 'password'), '--effort', '1000'],
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise<{ at: number; code: number | null; signal: string | null }>((resolve) => {
      child.on('exit', (code, signal) => resolve({ at: performance.now(), code, signal }));
    });
    await setTimeout(2500);
    const start = performance.now();
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    const { at, code, signal } = await ended;
    expect(at - start).toBeLessThan(PATIENCE);
    expect(signal === 'SIGINT' || code === 130).toBe(true);
  });
});
