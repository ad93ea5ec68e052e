/**
 * The JSON Schema (draft 2020-12) of the records of `siplens export`, made from their declaration. `siplens export --schema`
 * prints it; docs/siplens.schema.json is that print.
 */
import type { Field, Fields, FieldType, RecordType } from './declared/field.js';
import { BODY } from './declared/parts.js';
import { RECORD_TYPES } from './declared/records.js';

type Schema = { readonly [name: string]: unknown };

/** The schema of one record of an export. */
export function recordSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'siplens export record',
    description: 'One line of `siplens export`, or one element of the array that `--format json` gives.',
    $defs: { body: { ...typeSchema(BODY), $id: 'body' } },
    anyOf: RECORD_TYPES.map(recordTypeSchema),
  };
}

function recordTypeSchema({ fields, description }: RecordType): Schema {
  return { ...objectSchema(fields), description };
}

function objectSchema(fields: Fields): Schema {
  const names = Object.keys(fields);
  return {
    type: 'object',
    required: names.filter((name) => fields[name]?.isOptional === false),
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)])),
    additionalProperties: false,
  };
}

function fieldSchema({ type, description }: Field): Schema {
  return { ...typeSchema(type), description };
}

function typeSchema(type: FieldType): Schema {
  switch (type.kind) {
    case 'text':
    case 'timestamp':
      return { type: 'string' };
    case 'integer': {
      const { minimum, maximum } = type;
      return {
        type: 'integer',
        ...(minimum === undefined ? {} : { minimum }),
        ...(maximum === undefined ? {} : { maximum }),
      };
    }
    case 'boolean':
      return { type: 'boolean' };
    case 'choice':
      return { enum: type.values };
    case 'constant':
      return { const: type.value };
    case 'list':
      return { type: 'array', items: typeSchema(type.of) };
    case 'object': {
      const { description } = type;
      return { ...objectSchema(type.fields), ...(description === undefined ? {} : { description }) };
    }
    case 'reference':
      return { $ref: type.to };
  }
}
