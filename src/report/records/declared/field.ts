/**
 * The language in which records are declared: plain data, from which the TypeScript type, the JSON Schema, the names that
 * filters know, the columns of CSV and the reference page are made. docs/adding-a-field.md shows how to use it.
 */

/** What a value is. `timestamp` is text: RFC 3339, UTC. */
export type FieldType =
  | { readonly kind: 'text' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'integer'; readonly minimum: number | undefined; readonly maximum: number | undefined }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'object'; readonly fields: Fields; readonly description: string | undefined }
  /** A structure that can hold itself, by its name in `References`. */
  | { readonly kind: 'reference'; readonly to: 'body' };

/** A field of a record or of an object in it. */
export type Field = {
  readonly type: FieldType;
  /** One sentence or clause for the schema and the reference page. */
  readonly description: string;
  readonly isOptional: boolean;
  /** Place among the columns of CSV, where the user picks none; undefined where it is not among them. */
  readonly column: number | undefined;
};

/** Fields by name, in the order in which a record has them. */
export type Fields = { readonly [name: string]: Field };

/** A type of record. */
export type RecordType = {
  /** The value of its `type`. */
  readonly name: string;
  readonly description: string;
  readonly fields: Fields;
};

export const text = { kind: 'text' } as const;
export const timestamp = { kind: 'timestamp' } as const;
export const boolean = { kind: 'boolean' } as const;
export const integer = { kind: 'integer', minimum: undefined, maximum: undefined } as const;
/** From 0. */
export const count = { kind: 'integer', minimum: 0, maximum: undefined } as const;
/** From 1, as frames are numbered. */
export const positive = { kind: 'integer', minimum: 1, maximum: undefined } as const;
export const port = { kind: 'integer', minimum: 0, maximum: 65535 } as const;
export const body = { kind: 'reference', to: 'body' } as const;

export function choice<const Values extends readonly string[]>(
  values: Values,
): { readonly kind: 'choice'; readonly values: Values } {
  return { kind: 'choice', values };
}

export function constant<const Value extends string>(
  value: Value,
): { readonly kind: 'constant'; readonly value: Value } {
  return { kind: 'constant', value };
}

export function list<Of extends FieldType>(of: Of): { readonly kind: 'list'; readonly of: Of } {
  return { kind: 'list', of };
}

export function object<Of extends Fields>(
  fields: Of,
  description?: string,
): { readonly kind: 'object'; readonly fields: Of; readonly description: string | undefined } {
  return { kind: 'object', fields, description };
}

/** A field that every record of its type has. */
export function field<Type extends FieldType>(
  type: Type,
  description: string,
  { column }: { readonly column?: number } = {},
): {
  readonly type: Type;
  readonly description: string;
  readonly isOptional: false;
  readonly column: number | undefined;
} {
  return { type, description, isOptional: false, column };
}

/** A field that is absent where there is nothing to say. */
export function optional<Type extends FieldType>(
  type: Type,
  description: string,
  { column }: { readonly column?: number } = {},
): {
  readonly type: Type;
  readonly description: string;
  readonly isOptional: true;
  readonly column: number | undefined;
} {
  return { type, description, isOptional: true, column };
}

/** The fields that every record begins with. */
export function head<const Type extends string>(
  type: Type,
): {
  readonly schema_version: ReturnType<typeof field<{ readonly kind: 'constant'; readonly value: '1' }>>;
  readonly type: ReturnType<typeof field<{ readonly kind: 'constant'; readonly value: Type }>>;
  readonly file: ReturnType<typeof field<typeof text>>;
} {
  return {
    schema_version: field(
      constant(SCHEMA_VERSION),
      'version of this contract; raised where a reader must know of a change',
    ),
    type: field(constant(type), 'what the record is about', { column: 1 }),
    file: field(text, 'the file, as it was named', { column: 2 }),
  };
}

/** Version of the JSON contract; raised when a record changes in a way that a reader must know of. */
export const SCHEMA_VERSION = '1';
