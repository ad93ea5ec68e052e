/** Bytes of `::ffff:0:0/96`, IPv4-mapped IPv6 (RFC 4291 §2.5.5.2): ten zero bytes, two of ones. */
function isIpv4Mapped(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** RFC 5952 §4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`; §5 for mapped. */
function formatIpv6(bytes: Uint8Array, offset: number): string {
  if (isIpv4Mapped(bytes, offset)) return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  let runStart = -1;
  let runLength = 1;
  let zeros = 0;
  for (let group = 0; group < 8; group++) {
    const at = offset + group * 2;
    zeros = bytes[at] === 0 && bytes[at + 1] === 0 ? zeros + 1 : 0;
    if (zeros > runLength) {
      runLength = zeros;
      runStart = group - zeros + 1;
    }
  }
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (group === runStart) {
      text += '::';
      group += runLength - 1;
      continue;
    }
    const at = offset + group * 2;
    const value = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += value.toString(16);
  }
  return text;
}

/**
 * An IP address as text: dotted decimal, or RFC 5952 for IPv6. `bytes` must hold `length` bytes from `offset`;
 * where it does not, the answer is empty.
 */
export function formatAddress(bytes: Uint8Array, offset: number, length: 4 | 16): string {
  if (offset < 0 || offset + length > bytes.length) return '';
  return length === 4 ? formatIpv4(bytes, offset) : formatIpv6(bytes, offset);
}
