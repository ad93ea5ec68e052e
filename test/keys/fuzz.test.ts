import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readJwk } from '../../src/keys/jwk.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { isMicrosoftKey, readMicrosoftKey } from '../../src/keys/microsoft.js';
import { password } from '../../src/keys/pbe.js';
import { parsePem } from '../../src/keys/pem.js';

/** Files of keys are input like any other: whatever they hold, an answer comes and nothing is thrown. */

const PVK = Buffer.from('1ef1b5b00000000001000000', 'hex');
const BLOB = Buffer.from('0702000000a4000052534132', 'hex');

it('Microsoft’s key files of any content are answered', () => {
  fc.assert(
    fc.property(fc.constantFrom(PVK, BLOB), fc.uint8Array({ maxLength: 400 }), (head, rest) => {
      const bytes = Buffer.concat([head, rest]);
      if (!isMicrosoftKey(bytes)) return;
      for (const secret of [undefined, password('secret')]) {
        expect(['unsupported', 'needs-password', 'wrong-password', 'key']).toContain(
          readMicrosoftKey(bytes, secret).status,
        );
      }
    }),
    { numRuns: 500 },
  );
});

it('JSON of any kind is answered', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      readJwk(text);
      readJwk(`{"kty":"RSA","d":${text},"x5c":[${text}]}`);
    }),
  );
});

it('PEM keeps its bytes under any prefix that is one, and with escaped line ends', () => {
  const prefix = fc.string({ unit: fc.constantFrom(' ', '\t', '>', '#', '*', '|'), maxLength: 8 });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), prefix, (bytes, before) => {
      const base64 = Buffer.from(bytes)
        .toString('base64')
        .replace(/.{64}(?=.)/g, '$&\n');
      const lines = `-----BEGIN X-----\n${base64}\n-----END X-----`.split('\n');
      for (const text of [lines.map((line) => before + line).join('\n'), `"${lines.join('\\n')}"`]) {
        const { blocks, problems } = parsePem(text);
        expect(problems).toEqual([]);
        expect(blocks.map((block) => Buffer.from(block.bytes))).toEqual([Buffer.from(bytes)]);
      }
    }),
  );
});

it('base64 of anything is answered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      loadKeyMaterial('given', Buffer.from(Buffer.from(bytes).toString('base64')));
    }),
  );
});
