/**
 * PEM (RFC 7468, and the headers of RFC 1421 that OpenSSL writes): text in, blocks out. Lenient about white space,
 * line ends, text around the blocks, and what mail, YAML, JSON and source code put around their lines; linear in the text.
 */

/** Most blocks read of one file; a bundle of all public CAs has about 150. */
const BLOCKS_LIMIT = 10_000;

export type PemBlock = {
  /** As `RSA PRIVATE KEY`. */
  readonly label: string;
  readonly bytes: Uint8Array;
  /** Cipher name and IV of the DEK-Info header, where the block is encrypted by RFC 1421. */
  readonly encryption?: { readonly cipher: string; readonly iv: Uint8Array };
};

export type PemText = {
  readonly blocks: readonly PemBlock[];
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
};

const BEGIN = /-----BEGIN ([A-Z0-9 #._/-]{1,64})-----/g;

export function parsePem(text: string): PemText {
  const blocks: PemBlock[] = [];
  const problems: string[] = [];
  const begin = new RegExp(BEGIN);
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (blocks.length >= BLOCKS_LIMIT) {
      problems.push(`it has more than ${BLOCKS_LIMIT} PEM blocks; the rest is left out`);
      break;
    }
    const label = match[1] as string;
    const bodyStart = begin.lastIndex;
    const end = text.indexOf('-----', bodyStart);
    if (end < 0 || !text.startsWith(`-----END ${label}-----`, end)) {
      problems.push(`the PEM block ${label} has no end line`);
      // The next begin line may stand right where this block broke off.
      begin.lastIndex = end < 0 ? text.length : end;
      continue;
    }
    const lineStart = Math.max(text.lastIndexOf('\n', match.index), match.index - PREFIX_LIMIT - 1) + 1;
    const block = parseBody(label, linesOf(text.slice(bodyStart, end), text.slice(lineStart, match.index)));
    if (typeof block === 'string') problems.push(block);
    else blocks.push(block);
    begin.lastIndex = end + label.length + 14;
  }
  return { blocks, problems };
}

/** Longest prefix of a line that is taken off, as of an indented or quoted block. */
const PREFIX_LIMIT = 64;

/**
 * The lines of a block without what stands before each of them (as before its begin line) and, in a string literal, behind.
 * A string literal may have escaped line ends.
 */
function linesOf(body: string, prefix: string): readonly string[] {
  const isPrefix = prefix !== '' && /^[\s>|#*/"'`+.-]*$/.test(prefix);
  const lines = body.split(/\r\n|\n|\r/).flatMap((line) => {
    // An empty line of a quotation has lost the space at its end.
    if (isPrefix && line.trim() === prefix.trim()) return [''];
    const inner = isPrefix && line.startsWith(prefix) ? line.slice(prefix.length) : line;
    const text = inner.replace(/(?:\\r)?(?:\\n)?["'`][\s,+;.\\]*$/, '').replace(/\\$/, '');
    return text.replaceAll('\\/', '/').split(/(?:\\r)?\\n/);
  });
  const first = lines.findIndex((line) => line.trim() !== '');
  let last = lines.length;
  while (last > 0 && /^[\s>|#*"'`]*$/.test(lines[last - 1] as string)) last--;
  return lines.slice(Math.max(0, first), last);
}

function parseBody(label: string, lines: readonly string[]): PemBlock | string {
  const headers = new Map<string, string>();
  let index = 0;
  if (lines[0]?.includes(':')) {
    for (let name = ''; index < lines.length && lines[index]?.trim() !== ''; index++) {
      const line = lines[index] as string;
      const colon = line.indexOf(':');
      const folded = /^[ \t]/.test(line) && name !== '';
      // Without a blank line after the headers the base64 text follows at once.
      if (!folded && colon < 0) break;
      if (!folded) name = line.slice(0, colon).trim().toLowerCase();
      const value = folded ? (headers.get(name) ?? '') + line.trim() : line.slice(colon + 1).trim();
      headers.set(name, value);
    }
  }
  const base64 = lines.slice(index).join('').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64 === '') return `the PEM block ${label} is not base64`;
  const bytes = Buffer.from(base64, 'base64');
  const encrypted = /ENCRYPTED/i.test(headers.get('proc-type') ?? '');
  if (!encrypted) return { label, bytes };
  const [cipher, iv] = (headers.get('dek-info') ?? '').split(',').map((part) => part.trim());
  if (cipher === undefined || iv === undefined || !/^([0-9a-f]{2})+$/i.test(iv)) {
    return `the DEK-Info header of the PEM block ${label} cannot be read`;
  }
  return { label, bytes, encryption: { cipher: cipher.toUpperCase(), iv: Buffer.from(iv, 'hex') } };
}
