/**
 * Remembers which contents went encrypted and which in the clear within a dialog, to find those that went both ways.
 *
 * In: the opened bodies of messages, in any order. Out: the copies that each message completes. Only hashes are
 * kept, and contents that are shorter than one, within limits: the dialogs seen longest ago and the contents beyond a
 * dialog's limit are forgotten, so that a copy may be missed, never made up.
 */

import { LimitedCache } from '../bytes/limited-cache.js';
import { oneShotHash } from '../bytes/one-shot-hash.js';
import { latin1 } from '../bytes/text.js';
import { isEncrypted } from '../cms/model.js';
import type { Body } from '../model/body.js';

/** Call-IDs remembered: with the next limit some 20 MiB at the worst, and a few at most in ordinary captures. */
const MAX_DIALOGS = 4096;
/** Contents remembered of one dialog; calls have under ten, long chats more. */
const MAX_CONTENTS = 32;
/** Longest Call-ID kept as it is; longer ones are kept as their hash. */
const MAX_CALL_ID = 128;
/** Characters kept of a hash: 144 bits. */
const DIGEST_LENGTH = 24;
/** Bodies of one message looked at: a multipart of thousands is no conversation. */
const MAX_BODIES = 64;

const NO_COPIES: readonly ClearTextCopy[] = [];

/** A content that was seen both encrypted and in the clear. */
export type ClearTextCopy = {
  /** The body of this message, as `body.parts[1]`. */
  readonly path: string;
  /** Bytes of the content. */
  readonly length: number;
  /** The message with the other copy, as `frame 3` or `this message`. */
  readonly other: string;
  /** Whether the copy in this message is the encrypted one. */
  readonly sealedHere: boolean;
};

/** Where a content was first seen each way. */
type Seen = { readonly mark: string; sealed: string | undefined; clear: string | undefined };

type Content = {
  readonly path: string;
  readonly sealed: boolean;
  readonly mark: string;
  readonly length: number;
};

export class ClearTextMemory {
  /** The contents of each dialog: few, so that a list of them takes less than a Map. */
  readonly #dialogs = new LimitedCache<string, Seen[]>(MAX_DIALOGS);

  /** Takes in a message's bodies and answers what they show. `place` names the message, as `frame 3`. */
  note(callId: string, place: string, body: Body | undefined): readonly ClearTextCopy[] {
    if (body === undefined || callId === '') return NO_COPIES;
    const contents: Content[] = [];
    collect(body, 'body', false, contents);
    return this.#note(callId, place, contents);
  }

  /** As `note`, of a body that is one content in the clear: `bytes`. */
  noteText(callId: string, place: string, bytes: Uint8Array): readonly ClearTextCopy[] {
    if (callId === '') return NO_COPIES;
    const contents: Content[] = [];
    collectContent(bytes, 'body', false, contents);
    return this.#note(callId, place, contents);
  }

  #note(callId: string, place: string, contents: readonly Content[]): readonly ClearTextCopy[] {
    if (contents.length === 0) return NO_COPIES;
    const dialog = this.#dialog(callId);
    const copies: ClearTextCopy[] = [];
    for (const content of contents) {
      const other = otherPlace(content, dialog, contents);
      if (other === undefined) continue;
      const { path, length, sealed } = content;
      copies.push({ path, length, other, sealedHere: sealed });
    }
    for (const content of contents) remember(content, place, dialog);
    return copies;
  }

  /** The contents of a dialog, which now is the one seen last. */
  #dialog(callId: string): Seen[] {
    const key = callId.length <= MAX_CALL_ID ? callId : digest(Buffer.from(callId));
    return this.#dialogs.keep(key, this.#dialogs.get(key) ?? []);
  }
}

/** Where the other copy of a content is: in an earlier message, or for one in the clear in another part of its own. */
function otherPlace(
  { mark, sealed }: Content,
  dialog: readonly Seen[],
  contents: readonly Content[],
): string | undefined {
  const seen = dialog.find((one) => one.mark === mark);
  if (sealed) return seen?.clear;
  if (seen?.sealed !== undefined) return seen.sealed;
  const isSealedHere = contents.some((one) => one.sealed && one.mark === mark);
  return isSealedHere ? 'another part of this message' : undefined;
}

function remember({ mark, sealed }: Content, place: string, dialog: Seen[]): void {
  const seen = dialog.find((one) => one.mark === mark);
  if (seen === undefined) {
    if (dialog.length >= MAX_CONTENTS) return;
    dialog.push({ mark, sealed: sealed ? place : undefined, clear: sealed ? undefined : place });
  } else if (sealed) seen.sealed ??= place;
  else seen.clear ??= place;
}

/** The innermost contents: what a person reads. Signatures over them are no content. */
function collect(body: Body, path: string, sealed: boolean, found: Content[]): void {
  if (found.length >= MAX_BODIES) return;
  const { cms, parts, content } = body;
  if (cms === undefined && parts.length === 0) {
    collectContent(body.bytes, path, sealed, found);
    return;
  }
  let index = 0;
  for (const part of parts) collect(part, `${path}.parts[${index++}]`, sealed, found);
  if (content === undefined) return;
  const encrypts = isEncrypted(cms);
  collect(content, `${path}.cms.content`, sealed || encrypts, found);
}

function collectContent(whole: Uint8Array, path: string, sealed: boolean, found: Content[]): void {
  const bytes = withoutLastLineEnds(whole);
  if (bytes.length > 0) found.push({ path, sealed, mark: markOf(bytes), length: bytes.length });
}

/** S/MIME senders differ in the line ends that they leave behind a text. */
function withoutLastLineEnds(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}

/** What tells a content from others: a hash, or the content itself where that is shorter, and so never alike. */
function markOf(bytes: Uint8Array): string {
  return bytes.length < DIGEST_LENGTH ? latin1(bytes) : digest(bytes);
}

function digest(bytes: Uint8Array): string {
  return oneShotHash('sha256', bytes, 'base64').slice(0, DIGEST_LENGTH);
}
