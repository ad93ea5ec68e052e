/**
 * Writes what is made from the declaration of the records: docs/siplens.schema.json and docs/records.md.
 * `npm run schema`
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** A module of src/ with all that it imports, loaded. */
async function load(name) {
  const bundle = await rolldown({ input: path(name), platform: 'node', logLevel: 'warn' });
  const { output } = await bundle.generate({ format: 'esm' });
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
}

const { recordSchema } = await load('src/report/records/schema.ts');
const { recordReference } = await load('src/report/records/reference.ts');
writeFileSync(path('docs/siplens.schema.json'), `${JSON.stringify(recordSchema(), null, 2)}\n`);
writeFileSync(path('docs/records.md'), recordReference());
