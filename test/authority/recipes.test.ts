import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSerial, issue, makeAuthority, nextSerial, validityOf } from '../../src/authority/authority.js';
import { altNamesOf, extendedKeyUsageOid, parseAltName } from '../../src/authority/extensions.js';
import { encodePkcs12 } from '../../src/authority/pkcs12.js';
import { makeKey } from '../../src/authority/private-key.js';
import { canSign, signatureAlgorithm } from '../../src/authority/signing.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.js';

const START = Date.UTC(2026, 0) / 1000;
const authorityKey = makeKey({ type: 'ec', curve: 'prime256v1' });

function parsed(der: Uint8Array): Certificate {
  const result = parseCertificate(der);
  if (!result.ok) throw new Error(result.error.message);
  expect(result.value.faults).toEqual([]);
  return result.value;
}

const authority = {
  key: authorityKey,
  certificate: parsed(
    makeAuthority({
      unit: 'Test Authority',
      key: authorityKey,
      digest: 'sha256',
      validity: validityOf(START, 365),
      serial: Uint8Array.of(1),
      asDraft: false,
    }),
  ),
};

describe('names of certificates', () => {
  it('follows makeCert: colon, at sign, neither', () => {
    expect(altNamesOf('sip:example.net')).toEqual([{ type: 'uri', value: 'sip:example.net' }]);
    expect(altNamesOf('alice@example.org').map(({ value }) => value)).toEqual([
      'sip:alice@example.org',
      'im:alice@example.org',
      'pres:alice@example.org',
    ]);
    expect(altNamesOf('host.example.net')).toEqual([{ type: 'dns', value: 'host.example.net' }]);
  });

  it('reads --san and --eku, and refuses what is neither', () => {
    expect(parseAltName('DNS:example.net')).toEqual({ type: 'dns', value: 'example.net' });
    expect(parseAltName('URI:sip:a@b')).toEqual({ type: 'uri', value: 'sip:a@b' });
    expect(parseAltName('IP:2001:db8::1')).toEqual({ type: 'ip', value: '2001:db8::1' });
    for (const text of ['example.net', 'IP:1.2.3', 'IP:1::2::3', 'IP:300.1.1.1', 'DNS:']) {
      expect(parseAltName(text)).toBeUndefined();
    }
    expect(extendedKeyUsageOid('sipDomain')).toBe('1.3.6.1.5.5.7.3.20');
    expect(extendedKeyUsageOid('id-kp-sipDomain')).toBe('1.3.6.1.5.5.7.3.20');
    expect(extendedKeyUsageOid('1.2.3')).toBe('1.2.3');
    expect(extendedKeyUsageOid('nonsense')).toBeUndefined();
  });

  it('counts serial numbers up, over carries', () => {
    expect(nextSerial(Uint8Array.of(1, 255))).toEqual(Uint8Array.of(2, 0));
    expect(nextSerial(Uint8Array.of(255))).toEqual(Uint8Array.of(1, 0));
    expect(Buffer.from(firstSerial(() => Uint8Array.of(195, 71, 233, 85))).toString('hex')).toBe(
      '0195007102330085',
    );
  });
});

describe('issued certificates', () => {
  it('carry what was asked for, whatever the name', () => {
    const key = makeKey({ type: 'ec', curve: 'prime256v1' });
    const name = fc
      .stringMatching(/^[a-z0-9][a-z0-9.+_-]{0,40}(@[a-z0-9.-]{1,60})?$/)
      .filter((text) => text.length > 0);
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 20_000 }), (subject, days) => {
        const { certificate } = issue(authority, {
          name: subject,
          key,
          digest: 'sha256',
          validity: validityOf(START, days),
          serial: Uint8Array.of(0x80, 1),
          asDraft: false,
        });
        const made = parsed(certificate);
        expect(made.subjectAltNames).toEqual(altNamesOf(subject));
        expect(made.notBeforeSeconds).toBe(START);
        expect(made.notAfterSeconds).toBe(START + days * 86_400);
        expect(made.serialNumber).toBe('8001');
        expect(made.isCa).toBe(false);
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('of 0 days ran through 1999', () => {
    const { notBefore, notAfter } = validityOf(START, 0);
    expect(new Date(notBefore * 1000).toISOString()).toBe('1999-01-01T00:00:00.000Z');
    expect(new Date(notAfter * 1000).toISOString()).toBe('2000-01-01T00:00:00.000Z');
  });

  it('knows which digest goes with which key', () => {
    expect(canSign(authorityKey, 'md5')).toBe(false);
    expect(canSign(authorityKey, 'sha384')).toBe(true);
    expect(() => signatureAlgorithm(authorityKey, 'md5')).toThrow(RangeError);
  });
});

describe('PKCS #12', () => {
  it.each(['modern', 'legacy'] as const)('opens with its password and no other (%s)', (strength) => {
    const bytes = encodePkcs12({
      key: authorityKey,
      certificates: [authority.certificate.der],
      friendlyName: 'test',
      password: 'pässword',
      strength,
      random: (length) => new Uint8Array(length).fill(7),
    });
    const opened = loadKeyMaterial('x.p12', bytes, 'pässword');
    expect(opened.ok && opened.value.privateKeys.length).toBe(1);
    expect(opened.ok && opened.value.certificates.length).toBe(1);
    const closed = loadKeyMaterial('x.p12', bytes, 'other');
    expect(!closed.ok && closed.error.wrongPassword).toBe(true);
  });
});
