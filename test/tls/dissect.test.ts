import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/bytes/cursor.js';
import type { Field } from '../../src/bytes/field.js';
import { describeTlsContent, describeTlsRecords } from '../../src/tls/describe.js';
import { looksLikeTls } from '../../src/tls/detect.js';
import { parseHandshake } from '../../src/tls/handshake/messages.js';
import { cipherSuite } from '../../src/tls/registries/cipher-suites.js';
import { suiteName } from '../../src/tls/registries/names.js';
import { nullPcapFlights } from './support/pcap.js';

const capture = fileURLToPath(new URL('../../samples/tls-message.pcap', import.meta.url));
const flights = nullPcapFlights(readFileSync(capture), 5061);

/** Children lie inside their parent and in order. */
function checkNesting(fields: readonly Field[], start: number, end: number): void {
  for (const field of fields) {
    expect(field.start).toBeGreaterThanOrEqual(start);
    expect(field.start + field.length).toBeLessThanOrEqual(end);
    checkNesting(field.children, field.start, field.start + field.length);
  }
}

function names(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => [`${field.name}=${field.value ?? ''}`, ...names(field.children)]);
}

describe('the registry', () => {
  it('has GREASE, SCSV and unknown values', () => {
    expect(suiteName(0x1a1a)).toEqual({ id: '0x1a1a', name: 'GREASE' });
    expect(suiteName(0x00ff).name).toBe('TLS_EMPTY_RENEGOTIATION_INFO_SCSV');
    expect(suiteName(0x5600).name).toBe('TLS_FALLBACK_SCSV');
    expect(suiteName(0x9999)).toEqual({ id: '0x9999', name: 'unknown_9999' });
  });

  it('knows what a suite means', () => {
    expect(cipherSuite(0xc02f)).toMatchObject({
      keyExchange: 'ecdhe',
      forwardSecrecy: true,
      mac: undefined,
      prf: 'sha256',
    });
    expect(cipherSuite(0x0035)).toMatchObject({
      keyExchange: 'rsa',
      forwardSecrecy: false,
      mac: 'sha1',
      macLength: 20,
    });
    expect(cipherSuite(0x1302)).toMatchObject({
      keyExchange: 'tls13',
      prf: 'sha384',
      bulk: { keyLength: 32 },
    });
    expect(cipherSuite(0x0003)).toMatchObject({
      exportable: true,
      bulk: { keyMaterialLength: 5, keyLength: 16 },
    });
    expect(cipherSuite(0xc100).bulk).toBeUndefined();
  });
});

describe('recognition', () => {
  it('takes each direction of a connection for TLS, from its first bytes on', () => {
    for (const direction of ['client', 'server'] as const) {
      const bytes = Buffer.concat(
        flights.filter((flight) => flight.direction === direction).map(({ data }) => data),
      );
      for (let length = 0; length < 9; length++)
        expect(looksLikeTls(bytes.subarray(0, length))).not.toBe('no');
      for (let length = 9; length < bytes.length; length++)
        expect(looksLikeTls(bytes.subarray(0, length))).toBe('yes');
    }
  });

  it('takes other protocols for what they are', () => {
    for (const text of [
      'INVITE sip:a@b SIP/2.0\r\n',
      'SIP/2.0 200 OK\r\n',
      '\r\n\r\n',
      '\0\0\0\0\0',
      '\x80\x01\x02\x03',
    ]) {
      expect(looksLikeTls(Buffer.from(text, 'latin1'))).toBe('no');
    }
    expect(looksLikeTls(Buffer.from('802e0103010015000000100000', 'hex'))).toBe('yes');
    expect(looksLikeTls(Buffer.from('802e01', 'hex'))).toBe('more');
  });
});

describe('the field tree', () => {
  it('of the draft capture has its messages and fields', () => {
    for (const direction of ['client', 'server'] as const) {
      const bytes = Buffer.concat(
        flights.filter((flight) => flight.direction === direction).map(({ data }) => data),
      );
      const source = { name: direction, bytes };
      const fields = describeTlsRecords(source, { keyExchange: 'rsa', version: 0x0301 });
      checkNesting(fields, 0, bytes.length);
      expect(fields.reduce((sum, field) => sum + field.length, 0)).toBe(bytes.length);
      const all = names(fields);
      if (direction === 'client') {
        expect(all).toContain('ClientHello=45 bytes');
        expect(all).toContain('cipher_suite=TLS_RSA_WITH_3DES_EDE_CBC_SHA (0x000a)');
        expect(all).toContain('random=42168cc782cdc58742baf51c9104fb7d4d6c56f1db1dce8ab125715a6801a214');
        expect(all.some((line) => line.startsWith('encrypted_premaster_secret=a6bdd94b'))).toBe(true);
      } else {
        expect(all).toContain('session_id=0637e9225629e6b43a6e53fe5627ed1f2a753465f091fc79cf90daacf46f64b5');
        expect(all).toContain('server_version=TLS 1.0 (0x0301)');
        expect(all.filter((line) => line.startsWith('TLS record=')).at(-1)).toBe(
          'TLS record=application_data, TLS 1.0, 384 bytes, encrypted',
        );
      }
    }
  });

  it('never crashes and stays within its bytes', () => {
    const bytes = Buffer.concat(flights.map(({ data }) => data).slice(0, 6));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255)), { maxLength: 20 }),
        fc.nat(bytes.length),
        (changes, length) => {
          const mutated = Buffer.from(bytes.subarray(0, length));
          for (const [at, value] of changes) if (at < length) mutated[at] = value;
          checkNesting(describeTlsRecords({ name: 'x', bytes: mutated }), 0, length);
          looksLikeTls(mutated);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('handshake messages', () => {
  const contexts = [
    { version: undefined, keyExchange: undefined },
    { version: 0x0301, keyExchange: 'rsa' as const },
    { version: 0x0303, keyExchange: 'dhe' as const },
    { version: 0x0304, keyExchange: 'tls13' as const },
  ];

  it('of any bytes are parsed without a crash', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...contexts),
        (type, body, context) => {
          parseHandshake(type, new Cursor(body), context);
          const header = Buffer.from([type, 0, body.length >> 8, body.length & 0xff]);
          const bytes = Buffer.concat([header, body]);
          checkNesting(describeTlsContent({ name: 'x', bytes }, 22, context), 0, bytes.length);
        },
      ),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('that are cut short are never taken for whole', () => {
    // Optional extensions may end anywhere between two; these messages have none.
    for (const [flight, offset] of [
      [0, 5],
      [1, 5],
    ] as const) {
      const bytes = flights[flight]?.data ?? new Uint8Array(0);
      const type = bytes[offset] as number;
      const length = ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);
      const body = bytes.subarray(offset + 4, offset + 4 + length);
      expect(parseHandshake(type, new Cursor(body), contexts[1]!).malformed).toBeUndefined();
      for (let end = 0; end < body.length; end++) {
        expect(parseHandshake(type, new Cursor(body.subarray(0, end)), contexts[1]!).malformed).toBe(true);
      }
    }
  });
});
