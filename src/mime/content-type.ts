import { type Fault, failure, type Result, success } from '../bytes/fault.js';
import { LimitedCache } from '../bytes/limited-cache.js';
import { type Parameter, parseParameters, skipComments } from './parameters.js';

/** A media type with its parameters (RFC 2045 §5.1). */
export type ContentType = {
  /** Lower-case, as `multipart`. */
  readonly type: string;
  /** Lower-case, as `signed`. */
  readonly subtype: string;
  /** `type/subtype`, lower-case. */
  readonly mediaType: string;
  readonly parameters: readonly Parameter[];
  /** Offsets count characters of the value. */
  readonly faults: readonly Fault[];
};

/** What a body without Content-Type is: RFC 2045 §5.2. */
export const TEXT_PLAIN: ContentType = {
  type: 'text',
  subtype: 'plain',
  mediaType: 'text/plain',
  parameters: [],
  faults: [],
};

/** The characters of a token (RFC 2045 §5.1) from where it is set to. */
const TOKEN = /[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]*/y;

/** Values read before. A multipart has a boundary of its own; the others of a dialog are the same three (2 us each). */
const readBefore = new LimitedCache<string, Result<ContentType>>(256);
/** Longest value remembered, in characters: with the limit above some 256 KiB at the worst. */
const REMEMBERED_VALUE = 256;

/**
 * Reads the value of a Content-Type header, folded or not. Comments, odd white space and malformed parameters are
 * read around; only a value that does not begin with `type/subtype` is an error.
 */
export function parseContentType(value: string): Result<ContentType> {
  const known = readBefore.get(value);
  if (known !== undefined) return known;
  const read = readContentType(value);
  const recurs = value.length <= REMEMBERED_VALUE && read.ok && read.value.type !== 'multipart';
  return recurs ? readBefore.keep(value, read) : read;
}

function readContentType(value: string): Result<ContentType> {
  const faults: Fault[] = [];
  const typeStart = skipComments(value, 0, faults);
  const typeEnd = tokenEnd(value, typeStart);
  const slash = skipComments(value, typeEnd, faults);
  if (typeEnd === typeStart || value[slash] !== '/') {
    return failure({ layer: 'Content-Type', message: 'no type "/" subtype', offset: typeStart });
  }
  const subtypeStart = skipComments(value, slash + 1, faults);
  const subtypeEnd = tokenEnd(value, subtypeStart);
  if (subtypeEnd === subtypeStart) {
    return failure({ layer: 'Content-Type', message: 'no subtype', offset: subtypeStart });
  }
  const type = value.slice(typeStart, typeEnd).toLowerCase();
  const subtype = value.slice(subtypeStart, subtypeEnd).toLowerCase();
  const parameters = parseParameters(value, subtypeEnd, faults);
  return success({ type, subtype, mediaType: `${type}/${subtype}`, parameters, faults });
}

/** The value of the parameter `name` (any case), or undefined. */
export function parameter(
  of: { readonly parameters: readonly Parameter[] },
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  for (const each of of.parameters) if (each.name === wanted) return each.value;
  return undefined;
}

/** Content-Disposition (RFC 2183): its kind, lower-case, and its parameters, as `filename`. */
export type Disposition = {
  readonly kind: string;
  readonly parameters: readonly Parameter[];
  readonly faults: readonly Fault[];
};

/** Reads the value of a Content-Disposition header; the kind is empty where there is none. */
export function parseDisposition(value: string): Disposition {
  const faults: Fault[] = [];
  const start = skipComments(value, 0, faults);
  const end = tokenEnd(value, start);
  return {
    kind: value.slice(start, end).toLowerCase(),
    parameters: parseParameters(value, end, faults),
    faults,
  };
}

function tokenEnd(text: string, from: number): number {
  TOKEN.lastIndex = from;
  TOKEN.test(text);
  return TOKEN.lastIndex;
}
