import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionCache } from '../../src/tls/keys/session-cache.js';
import { handshake, noise, record } from './support/peer.js';
import { type Flight, run } from './support/run.js';
import { testServer } from './support/server.js';

/** A record of the client after the handshake, by what is wrong with it. */
const kinds = fc.constantFrom('fine', 'fine', 'fine', 'empty', 'long', 'alert', 'damaged', 'wrong length');

describe('records that come together', () => {
  const server = testServer();

  const suites: [number, number, boolean][] = [
    [0x0300, 0x002f, false],
    [0x0301, 0x0035, false],
    [0x0301, 0x0035, true],
    [0x0302, 0x000a, false],
    [0x0303, 0x003d, true],
    [0x0303, 0x003c, false],
    [0x0303, 0x009c, false],
    [0x0301, 0x0005, false],
  ];

  it.each(suites)(
    'version %s, suite %s, encrypt-then-MAC %s: come out as they do one by one',
    (version, suite, encryptThenMac) => {
      const own = server.own();
      const sessions = new SessionCache();
      const property = fc.property(
        fc.array(kinds, { minLength: 1, maxLength: 30 }),
        fc.array(fc.constantFrom(1, 7, 100, 1460, 3000, 40_000), { minLength: 1, maxLength: 20 }),
        (list, cuts) => {
          const { flights, sealers } = handshake({
            version,
            suite,
            certificate: server.certificate,
            encryptThenMac,
          });
          const records = list.map((kind, index) => {
            if (kind === 'wrong length') return record(23, version, noise('wrong', 41));
            const length = kind === 'empty' ? 0 : kind === 'long' ? 9000 : index * 13;
            const sealed = sealers.client.seal(
              kind === 'alert' ? 21 : 23,
              kind === 'alert' ? Buffer.from([1, 90]) : noise(`${index}`, length),
            );
            if (kind === 'damaged') sealed[sealed.length - 1] = (sealed.at(-1) as number) ^ 1;
            return sealed;
          });
          const bytes = Buffer.concat(records);
          const together: Buffer[] = [];
          for (let at = 0, index = 0; at < bytes.length; index++) {
            const end = at + (cuts[index % cuts.length] as number);
            together.push(bytes.subarray(at, end));
            at = end;
          }
          // All of one frame, so that nothing tells where the pieces were cut.
          const [one, other] = [records, together].map((pieces) => {
            const sent = pieces.map((data): Flight => ({ direction: 'client', data, frame: 9 }));
            return run([...flights, ...sent], own, sessions);
          });
          expect(other?.plaintext).toEqual(one?.plaintext);
          expect(other?.connection).toEqual(one?.connection);
          expect(other?.connection.decryption).toEqual(one?.connection.decryption);
        },
      );
      fc.assert(property, { numRuns: 20 });
    },
  );
});
