/** RSASSA-PSS (RFC 4055 §3.1) in certificates that openssl makes. */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { encoded } from '../../src/asn1/node.js';
import { parseAsn1 } from '../../src/asn1/parse.js';
import { readPssParameters } from '../../src/x509/pss.js';
import { verifySignature } from '../../src/x509/signature.js';
import { Openssl } from '../cms/support.js';
import { context, integer, nullValue, oid, sequence } from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const MGF1 = '1.2.840.113549.1.1.8';

describe.skipIf(!hasOpenssl)('a certificate of openssl', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.remove());

  it.each(['sha1', 'sha256', 'sha512'])('whose mask is made with %s', (mask) => {
    openssl.run(
      'genpkey',
      '-quiet',
      '-algorithm',
      'RSA',
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-out',
      'k.pem',
    );
    openssl.run(
      ...[
        'req',
        '-x509',
        '-new',
        '-key',
        'k.pem',
        '-subj',
        '/CN=pss',
        '-sha256',
        '-days',
        '9',
        '-out',
        'c.pem',
      ],
      ...[
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        `rsa_mgf1_md:${mask}`,
        '-sigopt',
        'rsa_pss_saltlen:32',
      ],
    );
    const { raw, publicKey } = new X509Certificate(openssl.read('c.pem'));
    const [body, algorithm, signature] = parseAsn1(raw).root?.children ?? [];
    if (body === undefined || algorithm === undefined || signature === undefined)
      throw new Error('no certificate');
    const value = encoded(raw, signature).subarray(signature.headerLength + 1);
    const verdict = (data: Uint8Array) => verifySignature(encoded(raw, algorithm), publicKey, data, value);
    expect(verdict(encoded(raw, body))).toEqual({ status: 'valid' });
    const changed = Buffer.from(encoded(raw, body));
    changed[20] = (changed[20] as number) ^ 1;
    expect(verdict(changed)).toMatchObject({ status: 'invalid' });
    // The key itself is not bound to anything.
    expect(createPublicKey(openssl.read('k.pem') as Buffer).asymmetricKeyType).toBe('rsa');
  });
});

describe('parameters', () => {
  const read = (...fields: readonly Uint8Array[]) => {
    const der = sequence(...fields);
    return readPssParameters(der, parseAsn1(der).root);
  };
  const hash = context(0, sequence(oid(SHA256), nullValue()));
  const mask = (name: string) => context(1, sequence(oid(name), sequence(oid(SHA256), nullValue())));

  it('default to SHA-1, a salt of 20 octets and the trailer 1', () => {
    const parameters = { hashOid: '1.3.14.3.2.26', maskHashOid: '1.3.14.3.2.26', saltLength: 20 };
    expect(read()).toEqual({ ok: true, parameters });
    expect(readPssParameters(new Uint8Array(0), undefined)).toEqual({ ok: true, parameters });
    expect(read(context(3, integer(1)))).toEqual({ ok: true, parameters });
  });

  it('are refused with another trailer, and not known with another mask', () => {
    expect(read(hash, mask(MGF1), context(2, integer(32)), context(3, integer(2)))).toMatchObject({
      ok: false,
      refused: true,
    });
    expect(read(hash, mask('1.2.3'))).toMatchObject({ ok: false, refused: false });
  });

  it.each([
    ['fields in another order', [context(2, integer(20)), hash]],
    ['a field twice', [hash, hash]],
    ['a field that is not known', [context(4, integer(1))]],
    ['a negative salt', [context(2, integer(-1))]],
    ['no hash in the mask', [context(1, sequence(oid(MGF1)))]],
  ])('cannot be read with %s', (_, fields) => {
    expect(read(...fields)).toMatchObject({ ok: false, refused: false });
  });
});
