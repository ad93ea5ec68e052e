import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionTable } from '../../src/stream/connection-table.js';
import { addressBytes } from '../support/packets.js';
import { segment } from './support.js';

type Entry = { row: number; readonly name: string };

/** Endpoints of which many share a port or an address, or have the same first bytes in IPv4 and IPv6. */
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', 'c000:201::', 'c000:202::'];
const endpoint = fc.record({
  address: fc.constantFrom(...ADDRESSES),
  port: fc.constantFrom(5060, 5061, 40_000),
});
const operation = fc.record({
  client: endpoint,
  server: endpoint,
  from: fc.constantFrom('client' as const, 'server' as const),
  what: fc.constantFrom('find', 'add', 'add', 'remove'),
});

describe('the table of connections', () => {
  test('finds what a map keyed by text finds, whichever way a segment goes', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const table = new ConnectionTable<Entry>();
        const model = new Map<string, Entry>();
        for (const { client, server, from, what } of operations) {
          if (addressBytes(client.address).length !== addressBytes(server.address).length) continue;
          const made = segment(from, 0, '', {
            clientAddress: client.address,
            clientPort: client.port,
            serverAddress: server.address,
            serverPort: server.port,
          });
          const [source, destination] = from === 'client' ? [client, server] : [server, client];
          const forward = JSON.stringify([source, destination]);
          const backward = JSON.stringify([destination, source]);
          const wanted = model.get(forward) ?? model.get(backward);
          const found = table.find(made);
          expect(found).toBe(wanted);
          if (found !== undefined) {
            expect(table.forward).toBe(model.has(forward));
            expect(table.at(found.row)).toBe(found);
          }
          if (what === 'add' && found === undefined) {
            const entry = { row: -1, name: forward };
            table.add(entry, made);
            model.set(forward, entry);
          }
          if (what === 'remove' && found !== undefined) {
            expect(table.remove(found)).toBe(true);
            expect(table.remove(found)).toBe(false);
            model.delete(found.name);
          }
        }
        const rows = [...model.values()].map(({ row }) => row);
        expect(new Set(rows).size).toBe(rows.length);
      }),
      { numRuns: 500, seed: 17 },
    );
  });

  test('grows, and gives the rows of those taken out to new ones', () => {
    const table = new ConnectionTable<Entry>();
    const of = (index: number) =>
      segment('client', 0, '', { clientAddress: `10.0.${index >> 8}.${index & 255}`, clientPort: 5000 });
    const entries = Array.from({ length: 20_000 }, (_, index) => ({ row: -1, name: String(index) }));
    entries.forEach((entry, index) => {
      expect(table.find(of(index))).toBeUndefined();
      table.add(entry, of(index));
    });
    entries.forEach((entry, index) => {
      if (index % 2 === 0) table.remove(entry);
    });
    entries.forEach((entry, index) => {
      expect(table.find(of(index))).toBe(index % 2 === 0 ? undefined : entry);
    });
    const freed = new Set(entries.filter((_, index) => index % 2 === 0).map(({ row }) => row));
    for (let index = 20_000; index < 30_000; index++) {
      const entry = { row: -1, name: String(index) };
      table.add(entry, of(index));
      expect(freed.delete(entry.row)).toBe(true);
    }
  });
});
