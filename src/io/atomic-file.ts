/**
 * Files that appear under their name only when they are whole: written beside it under another name, then renamed.
 * Temporaries are removed when the process ends without having finished them.
 */
import {
  closeSync,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DescriptorWriter } from './descriptor-writer.js';

/** Temporaries of this thread that are still open. */
const unfinished = new Set<string>();
let cleansUp = false;

/** Mode of a file that is made: what siplens writes is decrypted, and for its owner alone. */
const OWNER_ONLY = 0o600;

export type AtomicFileOptions = {
  /** Holds secrets: its owner alone may read it, whatever stood there before. */
  readonly isSecret?: boolean;
  /** Permission bits that the user asked for; they hold for secrets too, and whatever stood there before. */
  readonly mode?: number | undefined;
  /** A name that the user did not give as such, as in a folder of outputs: a link or pipe planted there is replaced. */
  readonly replacesLinks?: boolean;
};

export class AtomicFile {
  readonly path: string;
  /** Where `path` leads: a link stays, and what it leads to is replaced. */
  readonly #target: string;
  readonly #temporary: string | undefined;
  readonly #descriptor: number;
  readonly #writer: DescriptorWriter;
  #isOpen = true;

  /** Opens the temporary; throws the file system's error where that fails. A device or pipe is written to as it is. */
  constructor(path: string, { isSecret = false, mode, replacesLinks = false }: AtomicFileOptions = {}) {
    this.path = path;
    this.#target = replacesLinks ? path : linkTarget(path);
    const stats = (replacesLinks ? lstatSync : statSync)(path, { throwIfNoEntry: false });
    // Of a folder this fails, with the name that the user knows.
    if (stats !== undefined && !stats.isFile() && (!replacesLinks || stats.isDirectory())) {
      this.#descriptor = openSync(path, 'w');
      this.#writer = new DescriptorWriter(this.#descriptor, path);
      return;
    }
    this.#temporary = `${this.#target}${TEMPORARY}${++serial}.tmp`;
    this.#descriptor = openSync(this.#temporary, 'wx', OWNER_ONLY);
    this.#writer = new DescriptorWriter(this.#descriptor, path);
    unfinished.add(this.#temporary);
    // The mode of another user's file is that user's choice, who may have put it there to read what comes.
    const isOwn = stats?.isFile() === true && stats.uid === (process.getuid?.() ?? stats.uid);
    const kept = isOwn && !isSecret ? stats.mode & 0o777 : undefined;
    const wanted = mode ?? kept;
    if (wanted !== undefined) fchmodSync(this.#descriptor, wanted);
    if (!cleansUp) {
      cleansUp = true;
      process.on('exit', () => {
        for (const left of unfinished) rmSync(left, { force: true });
      });
    }
  }

  /** Adds text (as UTF-8) or bytes, which are copied. */
  write(piece: string | Uint8Array): void {
    this.#writer.write(piece);
  }

  /** Begins to write what was gathered, while more is gathered; waits for the write before. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Resolves when all is with the operating system. */
  drain(): Promise<void> {
    return this.#writer.drain();
  }

  /** Writes the rest and gives the file its name; where `flush` was used, after `drain`. */
  finish(): void {
    this.#writer.flushNow();
    this.#close();
    if (this.#temporary === undefined) return;
    renameSync(this.#temporary, this.#target);
    unfinished.delete(this.#temporary);
  }

  /** Leaves nothing behind; a file that is finished stays. */
  discard(): void {
    this.#close();
    if (this.#temporary === undefined) return;
    rmSync(this.#temporary, { force: true });
    unfinished.delete(this.#temporary);
  }

  /** Once: by a second time the descriptor may be another file's. */
  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

/** Removes what a thread of this process that was ended left of the file at `path`. */
export function removeUnfinished(path: string): void {
  const target = linkTarget(path);
  const prefix = `${basename(target)}${TEMPORARY}`;
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(target), name), { force: true });
  }
}

/** What the name of a temporary has after the name of its file, before a number. */
const TEMPORARY = `.siplens-${process.pid}-`;

let serial = 0;

/** Links followed before they count as a circle, as Linux has it. */
const MAX_LINKS = 40;

/** Where a path leads; the last link may lead to what is not there yet. */
function linkTarget(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
