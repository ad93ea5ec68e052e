import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { RECORD_FIELDS } from '../../../src/report/records/field-names.js';
import { recordSchema } from '../../../src/report/records/schema.js';
import { records, siplens } from '../../support/command.js';
import { ROOT } from '../../support/root.js';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const validate = ajv.compile(recordSchema());

describe('the published JSON Schema', () => {
  it('is the one that the command prints', () => {
    const published = readFileSync(`${ROOT}docs/siplens.schema.json`, 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(recordSchema())));
    expect(siplens(['export', '--schema']).stdout).toBe(published);
  });

  it('refuses what the contract does not have', () => {
    const [record] = records(siplens(['export', 'samples/smime-signed.pcap']).stdout);
    expect(validate(record)).toBe(true);
    expect(validate({ ...record, extra: 1 })).toBe(false);
    expect(validate({ ...record, frame: '1' })).toBe(false);
    expect(validate({ ...record, headers: [{ name: 'Via' }] })).toBe(false);
  });

  const samples = readdirSync(`${ROOT}samples`).filter((name) => name.endsWith('.pcap'));
  const blobs = readdirSync(`${ROOT}samples/cms`).map((name) => `cms/${name}`);
  const keys = [
    '-k',
    'samples/keys',
    '--cert',
    'samples/certs',
    '--ca',
    'samples/certs/root_cert_fluffyCA.pem',
  ];

  it.each([...samples, ...blobs, 'tls-message-request.txt'])(
    'holds every record of %s, closed and opened',
    (name) => {
      for (const options of [[], keys]) {
        const { stdout } = siplens(['export', `samples/${name}`, ...options]);
        const all = records(stdout);
        expect(all.length).toBeGreaterThan(0);
        for (const record of all) {
          expect(validate(record), JSON.stringify({ errors: validate.errors, record })).toBe(true);
        }
      }
    },
  );

  it('has no name that a filter does not know', () => {
    const known = new Set(RECORD_FIELDS.flatMap((name) => name.split('.')));
    const names = new Set<string>();
    const visit = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        if (key === 'properties') for (const name of Object.keys(value as object)) names.add(name);
        visit(value);
      }
    };
    visit(JSON.parse(JSON.stringify(recordSchema())));
    expect([...names].filter((name) => !known.has(name))).toEqual([]);
  });
});
