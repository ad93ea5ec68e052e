import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DUMPASN1_ENTRY, entries, listing, OPENSSL_ENTRY } from '../asn1/listing.js';
import { siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

/** `siplens asn1` through the built command. */

const folder = mkdtempSync(join(tmpdir(), 'siplens-asn1-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const sample = (name: string): Buffer => readFileSync(`${ROOT}samples/${name}`);
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the draft’s listings', () => {
  it('§5.1: the CA certificate in the openssl style', () => {
    const { status, stdout, stderr } = siplens([
      'asn1',
      '--style',
      'openssl',
      'samples/certs/root_cert_fluffyCA.pem',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(entries(linesOf(stdout), OPENSSL_ENTRY)).toEqual(
      entries(listing('ca-certificate.openssl'), OPENSSL_ENTRY),
    );
  });

  it.each([
    ['signed', 'signed.p7s'],
    ['encrypted', 'encrypted.p7m'],
    ['signed-encrypted-inner', 'signed-encrypted.p7m'],
    ['signed-encrypted-signature', 'signed-encrypted.p7s'],
  ])('§7: %s in the dumpasn1 style', (name, blob) => {
    const { status, stdout, stderr } = siplens(['asn1', `samples/cms/${blob}`]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const expected = entries(listing(`${name}.dumpasn1`), DUMPASN1_ENTRY);
    expect(expected.length).toBeGreaterThan(50);
    expect(entries(linesOf(stdout), DUMPASN1_ENTRY)).toEqual(expected);
  });

  it('§7.3: the bodies of the capture, each with its place, as the blobs have them', () => {
    const { status, stdout } = siplens([
      ...[
        'asn1',
        'samples/smime-signed-encrypted.pcap',
        '-k',
        'samples/keys/user_key_kumiko@example.net.pem',
      ],
    ]);
    expect(status).toBe(0);
    const sections = stdout.split(/^# /m).slice(1);
    expect(sections.map((text) => text.split('\n', 1)[0])).toEqual([
      'frame 1 body.parts[0]: application/pkcs7-mime;smime-type=enveloped-data;name=smime.p7m, 435 bytes',
      'frame 1 body.parts[1]: application/pkcs7-signature;name=smime.p7s, 342 bytes',
    ]);
    const [inner = '', signature = ''] = sections.map((text) => text.slice(text.indexOf('\n') + 1));
    expect(linesOf(inner)).toEqual(linesOf(siplens(['asn1', 'samples/cms/signed-encrypted.p7m']).stdout));
    expect(linesOf(signature)).toEqual(linesOf(siplens(['asn1', 'samples/cms/signed-encrypted.p7s']).stdout));
  });
});

describe('what is read', () => {
  const der = sample('cms/encrypted.p7m');
  const shown = siplens(['asn1', 'samples/cms/encrypted.p7m']).stdout;
  const pem = (label: string, bytes: Uint8Array): string =>
    `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`;

  it('PEM of any label, standard input, several blocks with their names', () => {
    expect(siplens(['asn1', file('odd.pem', pem('SOMETHING ELSE', der))]).stdout).toBe(shown);
    expect(siplens(['asn1', '-'], der).stdout).toBe(shown);
    const two = siplens(['asn1', file('two.pem', `text\n${pem('PKCS7', der)}${pem('CERTIFICATE', der)}`)]);
    expect(two.status).toBe(0);
    expect(two.stdout.match(/^# .*/gm)).toEqual([
      `# block 1: PKCS7, ${der.length} bytes`,
      `# block 2: CERTIFICATE, ${der.length} bytes`,
    ]);
  });

  it('a message, with base64 undone, and a message that has no CMS', () => {
    const entity = `Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n${der.toString('base64')}`;
    const { stdout, status } = siplens(['asn1', file('body.eml', entity)]);
    expect(status).toBe(0);
    expect(stdout).toBe(`# body: application/pkcs7-mime, ${der.length} bytes\n${shown}`);
    const plain = siplens(['asn1', 'samples/tls-message-request.txt']);
    expect(plain).toMatchObject({ status: 0, stdout: '' });
    expect(plain.stderr).toContain('no message in it has a CMS body');
  });

  it('damage: what there is and where it breaks, exit 3', () => {
    for (const style of ['dumpasn1', 'openssl']) {
      const cut = siplens(['asn1', '--style', style, file('cut.der', der.subarray(0, 200))]);
      expect(cut.status).toBe(3);
      expect(linesOf(cut.stdout).length).toBeGreaterThan(20);
      expect(cut.stdout).toMatch(/Error.*at byte \d+ \(needed \d+ bytes, had \d+\)/);
      expect(cut.stderr).toMatch(/cut\.der: .*at byte \d+ \(needed \d+ bytes, had \d+\)/);
    }
    const noise = siplens(['asn1', file('noise.bin', Buffer.from('no ASN.1 at all'))]);
    expect(noise.status).toBe(3);
    expect(noise.stderr).not.toBe('');
    expect(siplens(['asn1', file('empty', '')])).toMatchObject({ status: 3, stdout: '' });
    expect(siplens(['asn1', join(folder, 'nowhere')])).toMatchObject({ status: 3, stdout: '' });
    const open = siplens(['asn1', file('open.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n')]);
    expect(open).toMatchObject({ status: 3, stdout: '' });
    expect(open.stderr).toContain('no end line');
  });

  it('a wrong style is a usage error', () => {
    const { status, stderr } = siplens(['asn1', '--style', 'pretty', 'samples/cms/encrypted.p7m']);
    expect(status).toBe(2);
    expect(stderr).toContain('--style pretty: choose dumpasn1 or openssl');
  });

  it('private keys are not printed, neither PEM nor DER; encrypted ones are no secret', () => {
    const text = sample('keys/domain_key_example.com.pem').toString();
    const key = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
    for (const path of ['samples/keys/domain_key_example.com.pem', file('key.der', key)]) {
      const { status, stdout, stderr } = siplens(['asn1', path]);
      expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
      expect(stderr).toContain('private key');
      expect(stderr).not.toContain(key.subarray(20, 28).toString('hex'));
    }
  });
});
