/** Numbers that a link layer writes least significant byte first. */
import type { Cursor } from '../../bytes/cursor.js';

export function little16(cursor: Cursor, name: string): number {
  const value = cursor.u16(name);
  return ((value & 0xff) << 8) | (value >>> 8);
}

export function little32(cursor: Cursor, name: string): number {
  const value = cursor.u32(name);
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24)) >>> 0;
}
