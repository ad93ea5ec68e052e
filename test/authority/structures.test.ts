import { describe, expect, it } from 'vitest';
import { keyUsage } from '../../src/authority/extensions.js';
import { encodeCertificateBundle } from '../../src/authority/pkcs7.js';
import {
  algorithm,
  algorithmWithNull,
  encode,
  inSetOrder,
  time,
  unsigned,
} from '../../src/authority/structures.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// Encodings by hand, after X.690.
describe('what pkijs and asn1js do not do by themselves', () => {
  it.each([
    ['', '020100'],
    ['00', '020100'],
    ['00007f', '02017f'],
    ['80', '02020080'],
    ['0195007102330055', '02080195007102330055'],
    ['ff00000000000000000000000000000000000000', '021500ff00000000000000000000000000000000000000'],
  ])('INTEGER of the magnitude %s', (magnitude, expected) => {
    expect(hex(encode(unsigned(Buffer.from(magnitude, 'hex'))))).toBe(expected);
  });

  it.each([
    ['1949-12-31T23:59:59Z', '19491231235959Z', 0x18],
    ['1950-01-01T00:00:00Z', '500101000000Z', 0x17],
    ['2049-12-31T23:59:59.750Z', '491231235959Z', 0x17],
    ['2050-01-01T00:00:00.250Z', '20500101000000Z', 0x18],
  ])('Time of %s', (moment, text, tag) => {
    const bytes = encode(time(Date.parse(moment) / 1000).toSchema());
    expect(bytes[0]).toBe(tag);
    expect(Buffer.from(bytes.subarray(2)).toString('latin1')).toBe(text);
  });

  it('AlgorithmIdentifier with parameters absent and NULL, in the order of a SET OF', () => {
    const absent = algorithm('1.3.101.112');
    const withNull = algorithmWithNull('1.3.101.112');
    expect(hex(encode(absent.toSchema()))).toBe('300506032b6570');
    expect(hex(encode(withNull.toSchema()))).toBe('300706032b65700500');
    expect(inSetOrder([withNull, absent])).toEqual([absent, withNull]);
  });

  it.each([
    [['digitalSignature', 'keyEncipherment'], '030205a0'],
    [['digitalSignature', 'keyAgreement'], '03020388'],
    [['keyCertSign', 'cRLSign'], '03020106'],
    [['digitalSignature', 'decipherOnly'], '0303078080'],
  ] as const)('keyUsage of %s, without zero bits at its end', (usages, expected) => {
    expect(hex(encode(keyUsage(usages).extnValue)).slice(4)).toBe(expected);
  });

  it('passes certificates on as they are, with indefinite lengths and what is no certificate at all', () => {
    const odd = ['30800201050000', '3003020105', '308103020105'].map((text) => Buffer.from(text, 'hex'));
    const bundle = hex(encodeCertificateBundle(odd));
    // version, digestAlgorithms, encapContentInfo; certificates; signerInfos.
    expect(bundle).toContain(
      `02010131 00 300b06092a864886f70d010701 a012 ${odd.map(hex).join('')} 3100`.replaceAll(' ', ''),
    );
  });
});
