import { counted } from './text.js';

/**
 * What a parser says of bytes that break a rule of its protocol. A fault is a value, never thrown: the parser
 * keeps what it could read and goes on. Rules in src/checks turn faults into findings with a severity.
 */
export type Fault = {
  /** Stable and lower-case, unique within the protocol's folder, as `content-length-mismatch`. */
  readonly code: string;
  /** One sentence for a person: what is wrong, with the offending value where it helps. */
  readonly message: string;
  /** First byte concerned, from the start of the bytes that were parsed. */
  readonly start: number;
  /** Number of bytes concerned; 0 where something is missing. */
  readonly length: number;
  /** Header, parameter, field or part concerned, where it has a name. */
  readonly where?: string;
};

/** Why a layer could not be read: which, where, how many bytes it needed and how many there were. */
export type ParseError = {
  /** Protocol or structure that failed, as `IPv4` or `TLS record`. */
  readonly layer: string;
  readonly message: string;
  /** Offset of the failure from the start of the bytes that were parsed. */
  readonly offset: number;
  /** Bytes needed at `offset`, where shortage is the cause. */
  readonly needed?: number;
  /** Bytes that were there at `offset`, where shortage is the cause. */
  readonly had?: number;
};

/** A parser's answer: the value, or why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ParseError };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure<T>(error: ParseError): Result<T> {
  return { ok: false, error };
}

/** A ParseError as one sentence. */
export function describeError(error: ParseError): string {
  const shortage =
    error.needed === undefined ? '' : ` (needed ${counted(error.needed, 'byte')}, had ${error.had ?? 0})`;
  return `${error.layer}: ${error.message} at byte ${error.offset}${shortage}`;
}
