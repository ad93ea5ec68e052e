import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { request } from '../hostile/capture.js';
import { passwordEnveloped } from '../hostile/signed.js';
import { records, siplens } from '../support/command.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const message = (name: string, body: Uint8Array | string, type = 'text/plain'): string =>
  file(name, request(Buffer.from(body), type));

describe('--max-body', () => {
  const text = message('text.sip', '’'.repeat(2000));
  const bodyOf = (path: string, ...argv: string[]) =>
    records(siplens(['export', path, ...argv]).stdout)[0].body;

  it('cuts the text of a body between characters, and says how long it is', () => {
    const { text: cut, full_length, length } = bodyOf(text, '--max-body', '100');
    expect(cut).toBe('’'.repeat(33));
    expect(full_length).toBe(6000);
    expect(length).toBe(6000);
  });

  it('cuts base64 too', () => {
    const binary = message('binary.sip', Buffer.alloc(5000, 1), 'application/octet-stream');
    const { base64, full_length } = bodyOf(binary, '--max-body', '1K');
    expect(Buffer.from(base64, 'base64')).toEqual(Buffer.alloc(1024, 1));
    expect(full_length).toBe(5000);
  });

  it('cuts nothing of a body that is no longer, and nothing of a megabyte by default', () => {
    expect(bodyOf(text, '--max-body', '6000')).toEqual(bodyOf(text));
    expect(bodyOf(text).full_length).toBeUndefined();
    const large = message('large.sip', 'a'.repeat(1024 * 1024 + 1));
    expect(bodyOf(large).text).toHaveLength(1024 * 1024);
    expect(bodyOf(large).full_length).toBe(1024 * 1024 + 1);
    expect(bodyOf(large, '--max-body', '2M').text).toHaveLength(1024 * 1024 + 1);
  });

  it('writes the same straight from the bytes and by way of a record', () => {
    const { stdout } = siplens(['export', text, '--max-body', '100', '--filter', 'method == MESSAGE']);
    expect(records(stdout)).toEqual(records(siplens(['export', text, '--max-body', '100']).stdout));
  });

  it('cuts the lines and the bytes of a tree, and says so', () => {
    const tree = siplens(['show', text, '1', '--max-body', '100']).stdout;
    expect(tree).toContain('... 5901 more bytes');
    const hex = siplens(['show', text, '1', '--hex', '--max-body', '1K']).stdout;
    expect(hex).toMatch(/\.\.\. \d+ more bytes \(--max-body\)/);
  });

  it.each(['', 'much', '-1', '1.5M', '1T'])('of %s is a usage error', (size) => {
    const { status, stderr } = siplens(['export', text, '--max-body', size]);
    expect(status).toBe(2);
    expect(stderr).toContain('--max-body');
  });
});

describe('--effort', () => {
  // 2,000,000 rounds cost more than is done for one message.
  const enveloped = message('enveloped.sip', passwordEnveloped(1, 2_000_000), 'application/pkcs7-mime');
  const password = file('password', 'secret\n');
  const rulesOf = (...argv: string[]): string[] =>
    records(siplens(['export', enveloped, '--password-file', password, ...argv]).stdout)[0].findings.map(
      ({ rule }: { rule: string }) => rule,
    );

  it('raises what is done for a message; without it, what was left out is a finding', () => {
    expect(rulesOf()).toContain('cms/too-much-work');
    expect(rulesOf('--effort', '2')).not.toContain('cms/too-much-work');
  });

  it.each(['0', '-1', '1.5', 'all', '1001'])('of %s is a usage error', (effort) => {
    const { status, stderr } = siplens(['export', enveloped, '--effort', effort]);
    expect(status).toBe(2);
    expect(stderr).toContain(`--effort ${effort}`);
  });
});
