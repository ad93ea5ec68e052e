/**
 * Remembers which contents went encrypted and which in the clear within a dialog, to find those that went both ways.
 *
 * In: the opened bodies of messages, in any order. Out: the copies that each message completes. Only hashes are
 * kept, within limits: the dialogs seen longest ago and the contents beyond a dialog's limit are forgotten, so that
 * a copy may be missed, never made up.
 */
import { createHash } from 'node:crypto';
import type { Body } from './subject.js';

/** Call-IDs remembered: with the next limit some 20 MiB at the worst, and a few at most in ordinary captures. */
const MAX_DIALOGS = 4096;
/** Contents remembered of one dialog; calls have under ten, long chats more. */
const MAX_CONTENTS = 32;
/** Longest Call-ID kept as it is; longer ones are kept as their hash. */
const MAX_CALL_ID = 128;
/** Bodies of one message looked at: a multipart of thousands is no conversation. */
const MAX_BODIES = 64;

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
type Seen = { sealed?: string; clear?: string };

type Content = {
  readonly path: string;
  readonly sealed: boolean;
  readonly hash: string;
  readonly length: number;
};

export class ClearTextMemory {
  readonly #dialogs = new Map<string, Map<string, Seen>>();

  /** Takes in a message's bodies and answers what they show. `place` names the message, as `frame 3`. */
  note(callId: string, place: string, body: Body | undefined): readonly ClearTextCopy[] {
    if (body === undefined || callId === '') return [];
    const contents: Content[] = [];
    collect(body, 'body', false, contents);
    if (contents.length === 0) return [];
    const dialog = this.#dialog(callId);
    const copies: ClearTextCopy[] = [];
    const sealedHere = new Set(contents.filter(({ sealed }) => sealed).map(({ hash }) => hash));
    for (const { path, sealed, hash, length } of contents) {
      const seen = dialog.get(hash);
      const other = sealed ? seen?.clear : seen?.sealed;
      if (other !== undefined) copies.push({ path, length, other, sealedHere: sealed });
      else if (!sealed && sealedHere.has(hash)) {
        copies.push({ path, length, other: 'another part of this message', sealedHere: false });
      }
    }
    for (const { sealed, hash } of contents) {
      const seen = dialog.get(hash);
      if (seen === undefined) {
        if (dialog.size < MAX_CONTENTS) dialog.set(hash, sealed ? { sealed: place } : { clear: place });
      } else if (sealed) seen.sealed ??= place;
      else seen.clear ??= place;
    }
    return copies;
  }

  /** The contents of a dialog, which now is the one seen last. */
  #dialog(callId: string): Map<string, Seen> {
    const key = callId.length <= MAX_CALL_ID ? callId : digest(Buffer.from(callId));
    const dialog = this.#dialogs.get(key) ?? new Map<string, Seen>();
    this.#dialogs.delete(key);
    this.#dialogs.set(key, dialog);
    if (this.#dialogs.size > MAX_DIALOGS) {
      const [oldest] = this.#dialogs.keys();
      if (oldest !== undefined) this.#dialogs.delete(oldest);
    }
    return dialog;
  }
}

/** The innermost contents: what a person reads. Signatures over them are no content. */
function collect(body: Body, path: string, sealed: boolean, found: Content[]): void {
  if (found.length >= MAX_BODIES) return;
  const { cms, parts, content } = body;
  if (cms === undefined && parts.length === 0) {
    const bytes = withoutLastLineEnds(body.bytes);
    if (bytes.length > 0) found.push({ path, sealed, hash: digest(bytes), length: bytes.length });
    return;
  }
  for (const [index, part] of parts.entries()) collect(part, `${path}.parts[${index}]`, sealed, found);
  if (content === undefined) return;
  const encrypts = cms?.contentType === 'enveloped_data' || cms?.contentType === 'auth_enveloped_data';
  collect(content, `${path}.cms.content`, sealed || encrypts, found);
}

/** S/MIME senders differ in the line ends that they leave behind a text. */
function withoutLastLineEnds(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return bytes.subarray(0, end);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64').slice(0, 24);
}
