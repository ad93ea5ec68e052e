import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The draft's listings of ASN.1, and how they are compared: the draft folded lines to fit its pages. */

/** A listing of the draft, as it stands in the fixture but for page breaks. */
export function listing(name: string): string[] {
  return readFileSync(fileURLToPath(new URL(`./fixtures/${name}.txt`, import.meta.url)), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** One entry a line: what the draft folded is joined, and spaces do not count. */
export function entries(lines: readonly string[], startsEntry: RegExp): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    if (startsEntry.test(line) || joined.length === 0) joined.push(line);
    else joined.push(`${joined.pop()} ${line.replace(/^\s*:/, '')}`);
  }
  return joined.map((line) => line.replace(/\s+/g, ''));
}

const HEX_ROW = '(?:[0-9a-fA-F]{2}[ -])*[0-9a-fA-F]{2}';
export const OPENSSL_ENTRY: RegExp =
  /^\s*(?:\d+:l=|[0-9a-f]{2}(?:[ -][0-9a-f]{2})*(?:\s|$)|[0-9a-f]{4} - <SPACES)/;
export const DUMPASN1_ENTRY: RegExp = new RegExp(`^\\s*(?:\\d+:|:\\s*\\}|:\\s*${HEX_ROW}\\s*$)`);
