import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentInfo, OID } from '../../cms/build.js';
import { analyzeBytes } from '../../support/analyze.js';
import { context, integer, octetString, oid, sequence, set } from '../../support/der.js';
import { hasOpenssl } from '../../support/peers.js';
import { SmimePeer } from '../smime-peer.js';
import { contextOf, findingsIn, request, said } from '../support.js';

/** What is told of CMS that is neither signed nor encrypted to recipients. */

const ENTITY = 'Content-Type: text/plain\r\n\r\nhello\r\n';
const message = (body: Uint8Array): Buffer =>
  request({ headers: ['Content-Type: application/pkcs7-mime'], body });
const cmsOf = (body: Uint8Array): unknown => {
  const [record] = analyzeBytes(message(body), contextOf());
  return (record?.['body'] as { readonly cms: unknown } | undefined)?.cms;
};

describe.skipIf(!hasOpenssl)('made by openssl', () => {
  let peer: SmimePeer;
  const made = (...options: readonly string[]): Uint8Array => {
    peer.write('in', ENTITY);
    peer.run('cms', ...options, '-binary', '-in', 'in', '-outform', 'DER', '-out', 'out');
    return peer.read('out');
  };
  beforeAll(() => {
    peer = new SmimePeer();
  });
  afterAll(() => peer.remove());

  it('smime/digest-invalid: a DigestedData, and the same with one letter changed', () => {
    const digested = made('-digest_create', '-md', 'sha256');
    expect(said('smime/digest-invalid', message(digested))).toEqual([]);
    expect(cmsOf(digested)).toMatchObject({
      content_type: 'digested_data',
      digest: { algorithm: 'sha256', verdict: 'valid', reason: expect.stringContaining('is right') },
    });
    const changed = Buffer.from(digested);
    changed.write('j', changed.indexOf('hello'), 'latin1');
    const [finding] = said('smime/digest-invalid', message(changed));
    expect(finding).toMatch(/^error: The sha256 digest of the 35 bytes of content is [0-9a-f]{64}, but/);
    expect(cmsOf(changed)).toMatchObject({ digest: { verdict: 'invalid' } });
  });

  it('smime/not-decrypted: EncryptedData with its key has a record and without it a finding', () => {
    const sealed = made(
      '-EncryptedData_encrypt',
      '-aes128',
      '-secretkey',
      '000102030405060708090a0b0c0d0e0f',
    );
    expect(said('smime/not-decrypted', message(sealed))).toEqual([
      'note: No secret key given opens the encrypted data; it wants one for aes128-CBC.',
    ]);
    expect(cmsOf(sealed)).toMatchObject({
      content_type: 'encrypted_data',
      content_encryption_algorithm: 'aes128-CBC',
      decryption: { status: 'no_key' },
    });
  });

  it('smime/content-encryption-not-aes: of EncryptedData too', () => {
    const key = '000102030405060708090a0b0c0d0e0f1011121314151617';
    const sealed = made('-EncryptedData_encrypt', '-des3', '-secretkey', key);
    expect(said('smime/content-encryption-not-aes', message(sealed))).toHaveLength(1);
    const good = made('-EncryptedData_encrypt', '-aes192', '-secretkey', key);
    expect(said('smime/content-encryption-not-aes', message(good))).toEqual([]);
  });
});

describe('AuthenticatedData', () => {
  const secret = Buffer.alloc(16, 9);
  const macKey = Buffer.alloc(16, 5);
  const wrapper = createCipheriv('id-aes128-wrap', secret, Buffer.alloc(8, 0xa6));
  const recipient = context(
    2,
    integer(4),
    sequence(octetString(Buffer.from('kek'))),
    sequence(oid('2.16.840.1.101.3.4.1.5')),
    octetString(Buffer.concat([wrapper.update(macKey), wrapper.final()])),
  );
  const made = (octets: number): Uint8Array =>
    contentInfo(
      '1.2.840.113549.1.9.16.1.2',
      sequence(
        integer(0),
        set(recipient),
        sequence(oid('1.2.840.113549.2.9')),
        sequence(oid(OID.data), context(0, octetString(Buffer.from(ENTITY)))),
        octetString(createHmac('sha256', macKey).update(ENTITY).digest().subarray(0, octets)),
      ),
    );

  it('smime/mac-invalid: a cut MAC is an error, one that cannot be checked a note', () => {
    expect(said('smime/mac-invalid', message(made(0)))).toEqual([
      'error: The MAC has 0 octets, and hmacWithSHA256 makes 32: it authenticates nothing.',
    ]);
    const [finding] = said('smime/mac-invalid', message(made(32)));
    expect(finding).toMatch(/^note: No private key was given/);
    expect(cmsOf(made(32))).toMatchObject({
      content_type: 'authenticated_data',
      recipients: [{ key_encryption_algorithm: 'aes128-wrap' }],
      mac: { algorithm: 'hmacWithSHA256', verdict: 'unverifiable' },
    });
  });
});

it('content of an unknown eContentType is opaque: no error, and nothing parsed (RFC 5652 §5.2)', () => {
  const body = readFileSync(new URL('../../cms/fixtures/f13.der', import.meta.url));
  const findings = findingsIn(message(body)).filter(
    ({ rule, severity }) => severity === 'error' && rule !== 'smime/signer-identity',
  );
  expect(findings).toEqual([]);
  const { content } = cmsOf(body) as { content: Record<string, unknown> };
  expect(content).not.toHaveProperty('cms');
});
