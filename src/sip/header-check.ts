/** The rules of header-rules.ts made ready to be asked for every header of every message. */
import type { Fault } from '../bytes/fault.js';
import { HEADER_RULES, type HeaderRule } from './header-rules.js';

/** Values whose faults are remembered, for each header name: what the parties of some hundred dialogs send. */
const REMEMBERED_VALUES = 512;
/** Longest value that is remembered. */
const REMEMBERED_LENGTH = 256;

const NO_FAULTS: readonly Fault[] = [];

/** A header's rule with its place in the list of all rules, and a memory of values that come again and again. */
export class HeaderCheck {
  readonly canonicalName: string;
  /** From 0, dense. */
  readonly index: number;
  /** Whether the header may be given once only. */
  readonly single: boolean;
  readonly #rule: HeaderRule;
  readonly #memory: Map<string, readonly Fault[]> | undefined;

  constructor(canonicalName: string, index: number, rule: HeaderRule) {
    this.canonicalName = canonicalName;
    this.index = index;
    this.single = rule.single;
    this.#rule = rule;
    this.#memory = rule.remember === true ? new Map() : undefined;
  }

  /** Whether values are looked at, at all. */
  get looksAtValue(): boolean {
    return this.#rule.check !== undefined;
  }

  /** Faults of an unfolded value, which count from its start. */
  faults(value: string): readonly Fault[] {
    const { check } = this.#rule;
    if (check === undefined) return NO_FAULTS;
    const memory = this.#memory;
    if (memory === undefined || value.length > REMEMBERED_LENGTH) return check(value);
    let faults = memory.get(value);
    if (faults === undefined) {
      faults = check(value);
      if (memory.size >= REMEMBERED_VALUES) memory.clear();
      memory.set(value, faults);
    }
    return faults;
  }
}

/** Checks by canonical header name. */
export const HEADER_CHECKS: ReadonlyMap<string, HeaderCheck> = new Map(
  [...HEADER_RULES].map(([name, rule], index) => [name, new HeaderCheck(name, index, rule)]),
);

/** Place of a header's check in the list of all; -1 for a header without one. */
export function headerIndex(canonicalName: string): number {
  return HEADER_CHECKS.get(canonicalName)?.index ?? -1;
}

/** Places of the headers that are asked for by name. */
export const VIA = headerIndex('via');
export const FROM = headerIndex('from');
export const TO = headerIndex('to');
export const CALL_ID = headerIndex('call-id');
export const CSEQ = headerIndex('cseq');
export const CONTACT = headerIndex('contact');
export const MAX_FORWARDS = headerIndex('max-forwards');
export const CONTENT_TYPE = headerIndex('content-type');
export const CONTENT_LENGTH = headerIndex('content-length');

/** Headers that every message needs (RFC 3261 §8.1.1), with Max-Forwards apart as older requests have none. */
export const MANDATORY: readonly number[] = [VIA, FROM, TO, CALL_ID, CSEQ];
