/** The names of the fields of records, as their declaration has them. */
import type { Field, Fields, FieldType } from './declared/field.js';
import { BODY } from './declared/parts.js';
import { RECORD_TYPES } from './declared/records.js';

/** A field with its path, as `from.uri`. Lists on the way are left out: `findings.rule` is of each finding. */
export type PlacedField = { readonly path: string; readonly field: Field };

/** Every field of these and of the objects in them, outermost first. A body within a body is not entered again. */
export function placedFields(fields: Fields, before = '', isInBody = false): PlacedField[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = `${before}${name}`;
    const inner = innerFields(field.type, isInBody);
    const rest =
      inner === undefined ? [] : placedFields(inner, `${path}.`, isInBody || entersBody(field.type));
    return [{ path, field }, ...rest];
  });
}

function holdsFields(type: FieldType): boolean {
  return type.kind === 'list' ? holdsFields(type.of) : type.kind === 'object';
}

function entersBody(type: FieldType): boolean {
  return type.kind === 'list' ? entersBody(type.of) : type.kind === 'reference';
}

function innerFields(type: FieldType, isInBody: boolean): Fields | undefined {
  switch (type.kind) {
    case 'object':
      return type.fields;
    case 'list':
      return innerFields(type.of, isInBody);
    case 'reference':
      return isInBody ? undefined : BODY.fields;
    default:
      return undefined;
  }
}

/** Every value that a record may have, with its path: what display filters may ask for. Objects are left out. */
export const RECORD_FIELDS: readonly string[] = [
  ...new Set(
    RECORD_TYPES.flatMap(({ fields }) => placedFields(fields))
      .filter(({ field }) => !holdsFields(field.type))
      .map(({ path }) => path),
  ),
];

/** Columns of CSV where the user picks none, in their order: what tells one record from another. */
export const CSV_COLUMNS: readonly string[] = csvColumns();

function csvColumns(): readonly string[] {
  const columns = new Map<string, number>();
  for (const { fields } of RECORD_TYPES)
    for (const { path, field } of placedFields(fields))
      if (field.column !== undefined) columns.set(path, field.column);
  return [...columns].sort(([, a], [, b]) => a - b).map(([path]) => path);
}
