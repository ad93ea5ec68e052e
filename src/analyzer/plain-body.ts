/** Bodies with nothing inside them to open, as SDP: told from the message's index, without a parsed body. */
import { parseContentType } from '../mime/content-type.js';
import type { MessageIndex } from '../sip/fast/message-index.js';
import { CONTENT_TYPE, headerIndex } from '../sip/header-check.js';
import { isComposite } from './body.js';

const CONTENT_TRANSFER_ENCODING = headerIndex('content-transfer-encoding');

/** Content-Type values that were asked about; stacks have a few, hostile ones are not kept. */
const MAX_KNOWN = 64;
const MAX_KNOWN_LENGTH = 128;
const known = new Map<string, boolean>();

/** Multiparts have bodies inside; each has a boundary of its own, so that its value is never known. */
const MULTIPART = /^multipart\//i;

/** Printable ASCII, tab and line ends. */
const TEXT = new Uint8Array(256).fill(1, 0x20, 0x7f);
TEXT[0x09] = 1;
TEXT[0x0a] = 1;
TEXT[0x0d] = 1;

/**
 * Whether a plain message has a body that is ASCII text of a type that holds nothing else, without transfer encoding:
 * opened, it is itself, and there is nothing to tell of it.
 */
export function isPlainText(index: MessageIndex): boolean {
  const { bytes, first, bodyStart } = index;
  const contentType = first[CONTENT_TYPE] as number;
  if (contentType < 0 || (first[CONTENT_TRANSFER_ENCODING] as number) >= 0) return false;
  if (!isLeafType(index.valueOf(contentType))) return false;
  for (let at = bodyStart; at < bytes.length; at++) if (TEXT[bytes[at] as number] !== 1) return false;
  return bodyStart < bytes.length;
}

function isLeafType(value: string): boolean {
  const told = known.get(value);
  if (told !== undefined) return told;
  if (MULTIPART.test(value)) return false;
  const parsed = parseContentType(value);
  const isLeaf = parsed.ok && parsed.value.faults.length === 0 && !isComposite(parsed.value);
  if (known.size < MAX_KNOWN && value.length <= MAX_KNOWN_LENGTH) known.set(value, isLeaf);
  return isLeaf;
}
