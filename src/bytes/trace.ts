import { Cursor } from './cursor.js';
import type { ByteSource, Field } from './field.js';
import { toHex } from './hex.js';

type OpenGroup = { readonly name: string; readonly start: number; readonly children: MutableField[] };
type MutableField = {
  name: string;
  value?: string;
  start: number;
  length: number;
  source: ByteSource;
  children: MutableField[];
};

/** Longest byte string shown whole as a field's value. */
const SHOWN_BYTES = 32;

/** A Cursor that keeps a Field for every named read, for trees and hex views. */
export class TracingCursor extends Cursor {
  readonly source: ByteSource;
  override readonly tracing = true;
  readonly #groups: OpenGroup[] = [];
  readonly #fields: MutableField[] = [];
  #last: MutableField | undefined;

  constructor(source: ByteSource, start = 0, end = source.bytes.length) {
    super(source.bytes, start, end);
    this.source = source;
  }

  /** The fields read so far at the top level; groups still open are closed. */
  fields(): readonly Field[] {
    while (this.#groups.length > 0) this.close();
    return this.#fields;
  }

  override u8(name?: string): number {
    const start = this.offset;
    return this.#number(name, start, super.u8());
  }

  override u16(name?: string): number {
    const start = this.offset;
    return this.#number(name, start, super.u16());
  }

  override u24(name?: string): number {
    const start = this.offset;
    return this.#number(name, start, super.u24());
  }

  override u32(name?: string): number {
    const start = this.offset;
    return this.#number(name, start, super.u32());
  }

  override u64(name?: string): bigint {
    const start = this.offset;
    const value = super.u64();
    if (name !== undefined && this.shortage === undefined) this.#add(name, start, String(value));
    return value;
  }

  override take(count: number, name?: string): Uint8Array {
    const start = this.offset;
    const value = super.take(count);
    if (name !== undefined && this.shortage === undefined) this.#add(name, start, preview(value));
    return value;
  }

  override skip(count: number, name?: string): void {
    const start = this.offset;
    super.skip(count);
    if (name !== undefined && this.shortage === undefined) this.#add(name, start, undefined);
  }

  override open(name: string): void {
    this.#groups.push({ name, start: this.offset, children: [] });
  }

  override close(value?: string): void {
    const group = this.#groups.pop();
    if (group === undefined) return;
    this.#add(group.name, group.start, value, group.children);
  }

  override explain(value: string): void {
    if (this.#last !== undefined) this.#last.value = value;
  }

  #number(name: string | undefined, start: number, value: number): number {
    if (name !== undefined && this.shortage === undefined) this.#add(name, start, String(value));
    return value;
  }

  #add(name: string, start: number, value: string | undefined, children: MutableField[] = []): void {
    const field: MutableField = { name, start, length: this.offset - start, source: this.source, children };
    if (value !== undefined) field.value = value;
    (this.#groups.at(-1)?.children ?? this.#fields).push(field);
    this.#last = field;
  }
}

function preview(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return toHex(bytes);
  return `${toHex(bytes.subarray(0, SHOWN_BYTES))}… (${bytes.length} bytes)`;
}
