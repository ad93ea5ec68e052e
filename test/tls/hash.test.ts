import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, hmac, ssl3Mac } from '../../src/tls/keys/hash.js';
import { MAX_FRAGMENT } from '../../src/tls/limits.js';

const hashes = fc.constantFrom('md5', 'sha1', 'sha256', 'sha384');
/** Up to beyond what a record has, and often about the length of a hash's block. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat({ max: MAX_FRAGMENT + 2000 }).map((length) => new Uint8Array(length).fill(length)),
);

describe('hashes in one call', () => {
  it('of any parts are those of node:crypto', () => {
    fc.assert(
      fc.property(hashes, fc.array(bytes, { maxLength: 4 }), (hash, parts) => {
        const expected = createHash(hash).update(Buffer.concat(parts)).digest();
        expect(Buffer.from(digestOf(hash, parts))).toEqual(expected);
      }),
    );
  });

  it('HMACs are those of node:crypto, whatever the lengths of key and message', () => {
    fc.assert(
      fc.property(hashes, bytes, bytes, bytes, (hash, key, first, second) => {
        const keyed = hmac(hash, key);
        const expected = createHmac(hash, key).update(first).update(second).digest();
        expect(Buffer.from(keyed.compute(first, second))).toEqual(expected);
        const next = createHmac(hash, key).update(second).digest();
        expect(Buffer.from(keyed.compute(second))).toEqual(next);
      }),
    );
  });

  it('an HMAC may be of the one before', () => {
    const keyed = hmac('sha1', Buffer.from('key'));
    const first = createHmac('sha1', 'key').update('message').digest();
    const second = createHmac('sha1', 'key').update(first).update('message').digest();
    const message = Buffer.from('message');
    expect(Buffer.from(keyed.compute(keyed.compute(message), message))).toEqual(second);
  });

  it('the MAC of SSL 3.0 is the hash of RFC 6101 §5.2.3.1', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('md5', 'sha1'),
        fc.uint8Array({ maxLength: 20 }),
        bytes,
        (hash, key, data) => {
          const pad = hash === 'md5' ? 48 : 40;
          const inner = createHash(hash).update(key).update(Buffer.alloc(pad, 0x36)).update(data).digest();
          const outer = createHash(hash).update(key).update(Buffer.alloc(pad, 0x5c)).update(inner).digest();
          expect(Buffer.from(ssl3Mac(hash, key).compute(data))).toEqual(outer);
        },
      ),
    );
  });
});
