import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dumpDumpasn1 } from '../../src/asn1/dump-dumpasn1.js';
import { dumpOpenssl } from '../../src/asn1/dump-openssl.js';
import { mutate, seededRandom } from '../support/mutate.js';
import { hasOpenssl } from '../support/peers.js';
import { DUMPASN1_ENTRY, entries, listing, OPENSSL_ENTRY } from './listing.js';

function read(path: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)));
}

const certificate = (path: string): Uint8Array => new X509Certificate(read(path)).raw;
const LISTINGS = {
  signed: 'signed.p7s',
  encrypted: 'encrypted.p7m',
  'signed-encrypted-inner': 'signed-encrypted.p7m',
  'signed-encrypted-signature': 'signed-encrypted.p7s',
} as const;

describe('the listings of the draft', () => {
  it('§5.1: the CA certificate as openssl asn1parse shows it', () => {
    const dumped = dumpOpenssl(certificate('../../samples/certs/root_cert_fluffyCA.pem'));
    expect(entries(dumped, OPENSSL_ENTRY)).toEqual(entries(listing('ca-certificate.openssl'), OPENSSL_ENTRY));
    expect(dumped.length).toBeGreaterThan(90);
  });

  it.each(Object.entries(LISTINGS))('§7: %s as dumpasn1 shows it', (name, file) => {
    const dumped = dumpDumpasn1(read(`../../samples/cms/${file}`));
    expect(entries(dumped, DUMPASN1_ENTRY)).toEqual(entries(listing(`${name}.dumpasn1`), DUMPASN1_ENTRY));
    expect(dumped.length).toBeGreaterThan(60);
  });
});

describe.skipIf(!hasOpenssl)('the openssl style with headers', () => {
  const files = [
    ...['cms/signed.p7s', 'cms/encrypted.p7m', 'cms/signed-encrypted.p7s', 'cms/signed-encrypted.p7m'],
    ...[
      'certs/domain_cert_example.com.pem',
      'certs/user_cert_kumiko@example.net.pem',
      'certs/root_cert_fluffyCA.pem',
    ],
  ];
  const der = (file: string): Uint8Array =>
    file.endsWith('.pem') ? certificate(`../../samples/${file}`) : read(`../../samples/${file}`);
  const openssl = (input: Uint8Array): string[] =>
    execFileSync('openssl', ['asn1parse', '-inform', 'DER', '-i', '-dump'], { input, stdio: 'pipe' })

      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');

  it.each(files)('%s: the lines of openssl asn1parse -i -dump', (file) => {
    expect(dumpOpenssl(der(file), { headers: true })).toEqual(openssl(der(file)));
  });

  it('types that certificates do not have, and indefinite lengths', () => {
    const made = Buffer.from(
      '3080' +
        '0101ff' +
        '0a0105' +
        '0201ff' +
        '02020080' +
        '0200' +
        '0208ff00000000000001' + // BOOLEAN ENUMERATED INTEGER
        '0403616263' +
        '0400' +
        '040401020300' +
        '0303010203' +
        '0500' + // OCTET STRING BIT STRING NULL
        '0c03c3a962' +
        '120131' +
        '1603613a62' +
        '1e0400410042' +
        '170d3035303230333138343930385a' + // strings
        '06032a0304' +
        '8002abcd' +
        'a1050403010203' +
        '4101ff' +
        'c10141' +
        '2480040161040162' +
        '0000' + // tags
        '0000',
      'hex',
    );
    expect(dumpOpenssl(made, { headers: true })).toEqual(openssl(made));
  });
});

describe('nested strings', () => {
  it('are opened in the dumpasn1 style, with their own offsets', () => {
    const dumped = dumpDumpasn1(certificate('../../samples/certs/root_cert_fluffyCA.pem'));
    expect(dumped.join('\n')).toContain(
      [
        ' 459:        SEQUENCE {',
        ' 461:          OBJECT IDENTIFIER subjectKeyIdentifier (2 5 29 14)',
        ' 466:          OCTET STRING, encapsulates {',
        ' 468:            OCTET STRING',
        '    :              6B 46 17 14 EA 94 76 25 80 54 6E 13 54 DA A1 E3',
        '    :              54 14 A1 B6',
        '    :            }',
        '    :          }',
      ].join('\n'),
    );
    expect(dumped).toContain(' 309:      BIT STRING, encapsulates {');
    expect(dumped).toContain(' 313:        SEQUENCE {');
    expect(dumped).toContain(' 147:      UTCTime 18/07/2003 12:21:52 GMT');
  });
});

describe('damaged encodings', () => {
  const whole = read('../../samples/cms/signed.p7s');

  it.each([dumpOpenssl, dumpDumpasn1])('%o shows what there is and where it breaks', (dump) => {
    const lines = dump(whole.subarray(0, 150));
    const intact = dump(whole);
    const shown = lines.slice(0, -1);
    expect(shown.length).toBeGreaterThan(30);
    // All but the element that is cut, and its text, are as in the whole.
    expect(shown.slice(0, -1).filter((line) => !intact.includes(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/Error.*cut off at byte \d+ \(needed \d+ bytes, had \d+\)/);
  });

  it.each([dumpOpenssl, dumpDumpasn1])('%o goes on after the first element', (dump) => {
    const lines = dump(Buffer.concat([whole, Buffer.from('0500', 'hex')]));
    expect(lines.at(-1)).toMatch(/^ *342:.*NULL/);
    expect(dump(new Uint8Array(0))).toEqual([]);
    expect(dump(Buffer.from('\r\n')).at(-1)).toContain('Error');
  });

  it('never throws, and stays within a few times the input', () => {
    const random = seededRandom('asn1 dump');
    const inputs = [
      whole,
      read('../../samples/cms/encrypted.p7m'),
      certificate('../../samples/certs/root_cert_fluffyCA.pem'),
    ];
    for (let count = 0; count < 1500; count++) {
      const bytes = mutate(inputs[count % inputs.length] as Uint8Array, random);
      for (const dump of [dumpOpenssl, dumpDumpasn1]) {
        const lines = dump(bytes);
        expect(lines.length).toBeLessThan(3 * bytes.length + 10);
      }
    }
  });

  it('opens strings in strings to a limit', () => {
    let nested: Uint8Array = Buffer.from('3000', 'hex');
    for (let depth = 0; depth < 40; depth++) {
      const length = nested.length < 0x80 ? Uint8Array.of(nested.length) : Uint8Array.of(0x81, nested.length);
      nested = Buffer.concat([Uint8Array.of(0x04), length, nested]);
    }
    const lines = dumpDumpasn1(nested);
    expect(lines.filter((line) => line.includes('encapsulates'))).toHaveLength(12);
  });
});
