/** Buffer's own encoder, which takes any Uint8Array: making a Buffer of one first costs as much again. */
const { hexSlice } = Buffer.prototype as unknown as {
  readonly hexSlice: (this: Uint8Array, start: number, end: number) => string;
};

/** Lower-case hexadecimal without separators. */
export function toHex(bytes: Uint8Array): string {
  return hexSlice.call(bytes, 0, bytes.length);
}

/** Bytes of a hexadecimal text (white space and colons allowed); undefined where it is not one. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s:]/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return undefined;
  return Buffer.from(digits, 'hex');
}

/** `00000010  30 82 03 24 ...  |0..$|`: rows of sixteen bytes, `offset` counted from `base`. */
export function hexRows(bytes: Uint8Array, base = 0): string[] {
  const rows: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = bytes.subarray(start, start + 16);
    let digits = '';
    let text = '';
    row.forEach((byte, index) => {
      digits += `${index === 8 ? '  ' : ' '}${byte.toString(16).padStart(2, '0')}`;
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    });
    rows.push(`${(base + start).toString(16).padStart(8, '0')} ${digits.padEnd(49)}  ${text}`);
  }
  return rows;
}
