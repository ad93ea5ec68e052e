import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmimePeer } from '../checks/smime-peer.js';
import { siplens } from '../support/command.js';
import { hasOpenssl } from '../support/peers.js';

/** A detached signature in a file of its own, and mail saved with other line ends: what `openssl cms -verify` says. */

const ENTITY = 'Content-Type: text/plain\r\n\r\nhello\r\nthere';
const folder = mkdtempSync(join(tmpdir(), 'siplens-content-'));
const file = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasOpenssl)('detached signatures of openssl', () => {
  let peer: SmimePeer;
  let signature: string;
  const sign = (entity: string, ...options: readonly string[]): Uint8Array => {
    peer.write('in', entity);
    peer.run(
      ...['cms', '-sign', '-binary', '-in', 'in', '-signer', 'ann.pem', '-inkey', 'ann.key', '-out', 'out'],
      ...options,
    );
    return peer.read('out');
  };
  const verifies = (form: 'DER' | 'SMIME', bytes: Uint8Array, ...options: readonly string[]): boolean => {
    peer.write('verified', bytes);
    try {
      peer.run('cms', '-verify', '-noverify', '-inform', form, '-in', 'verified', '-out', 'x', ...options);
      return true;
    } catch {
      return false;
    }
  };
  beforeAll(() => {
    peer = new SmimePeer();
    peer.person('ann');
    signature = file('sig.p7s', sign(ENTITY, '-outform', 'DER'));
  });
  afterAll(() => peer.remove());

  it('are checked against the content file, with CRLF and in canonical form', () => {
    const show = (content: string): string => siplens(['show', signature, '--content', content]).stdout;
    expect(show(file('crlf.txt', ENTITY))).toContain('Signature valid: CN=ann');
    const saved = file('lf.txt', ENTITY.replaceAll('\r\n', '\n'));
    expect(verifies('DER', readFileSync(signature), '-content', saved)).toBe(true);
    expect(show(saved)).toContain('Signature valid: CN=ann');
    expect(show(saved)).toContain('valid in that canonical form');
    const other = file('other.txt', ENTITY.replace('hello', 'jello'));
    expect(verifies('DER', readFileSync(signature), '-content', other)).toBe(false);
    expect(show(other)).toContain('Signature invalid: CN=ann');
  });

  it('bare base64 and the PEM labels of GnuPG are read too', () => {
    const content = file('crlf.txt', ENTITY);
    const base64 = readFileSync(signature, 'base64').replace(/.{64}/g, '$&\n');
    const show = (name: string, text: string): string =>
      siplens(['show', file(name, text), '--content', content]).stdout;
    expect(show('sig.b64', `${base64}\n`)).toContain('Signature valid: CN=ann');
    for (const label of ['SIGNED MESSAGE', 'ENCRYPTED MESSAGE', 'CMS OBJECT']) {
      const pem = `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
      expect(show('sig.pem', pem)).toContain('Signature valid: CN=ann');
    }
    // Base64 of something else is no CMS.
    const refused = siplens(['show', file('text.b64', Buffer.alloc(60, 1).toString('base64')), '1']);
    expect(refused.status).not.toBe(0);
  });

  it('usage errors say what is missing', () => {
    const content = file('crlf.txt', ENTITY);
    expect(siplens(['show', signature]).stderr).toContain('the number of the message is missing');
    const enveloping = file('whole.p7m', peer.signed(ENTITY, 'ann'));
    expect(siplens(['show', enveloping, '--content', content])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--content goes with a detached signature on its own'),
    });
    expect(siplens(['show', signature, '--content', join(folder, 'none')]).status).toBe(2);
  });

  it('mail saved with LF is valid in canonical form, with a note; changed mail is not', () => {
    const mail = Buffer.from(sign(ENTITY)).toString('latin1').replaceAll('\r\n', '\n');
    expect(verifies('SMIME', Buffer.from(mail, 'latin1'))).toBe(true);
    const { stdout } = siplens(['check', file('mail.eml', mail)]);
    expect(stdout).toContain('note      cms/line-ends-of-file');
    expect(stdout).not.toContain('smime/signature-invalid');
    const changed = mail.replace('hello', 'jello');
    expect(verifies('SMIME', Buffer.from(changed, 'latin1'))).toBe(false);
    expect(siplens(['check', file('changed.eml', changed)]).stdout).toContain('smime/signature-invalid');
  });

  it('LF that was signed as it stands holds, and canonicalising receivers fail', () => {
    const mail = Buffer.from(sign(ENTITY.replaceAll('\r\n', '\n'))).toString('latin1');
    expect(verifies('SMIME', Buffer.from(mail, 'latin1'))).toBe(false);
    expect(verifies('SMIME', Buffer.from(mail, 'latin1'), '-binary')).toBe(true);
    const { stdout } = siplens(['check', file('bare.eml', mail)]);
    expect(stdout).toContain('cms/line-ends-signed-bare');
    expect(stdout).not.toContain('smime/signature-invalid');
  });
});
