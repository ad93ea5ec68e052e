/**
 * The terminal while the interactive view has it: the alternate screen, raw keys, and all ways out. However the
 * process ends, the terminal is as it was before.
 */

import { CRASHED, crashSentence, stackLines } from '../engine/crash.js';
import { render } from '../report/render.js';

/** Alternate screen with the cursor saved, cleared, cursor hidden (xterm's control sequences). */
const ENTER = '\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l';
const LEAVE = '\u001b[0m\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J\u001b[H';

/** Exit code of a process that a signal ended, as shells count: 128 and the signal's number. */
const HANG_UP = 129;
const INTERRUPTIONS = { SIGINT: 130, SIGTERM: 143 } as const;

/** After a stop this much time passes only once the process goes on. */
const RESUME_MILLISECONDS = 100;

export type TerminalStreams = { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream };

export type TerminalHost = {
  /** Stops drawing; called before the terminal is given back. */
  close(): void;
  /** Draws all anew: after fg, or where the size has changed. */
  reopen(): void;
  /** The process ends: what runs elsewhere is to be stopped. */
  end(): void;
  /** SIGUSR1: says where the run stands. */
  tellStatus(): void;
  /** SIGINT and SIGTERM end the view as the user's own leaving does; by default they end the process. */
  quit?(): void;
};

export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #undo: (() => void)[] = [];
  #host: TerminalHost | undefined;
  #isOpen = false;

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
  }

  /** Takes the terminal. Every way out gives it back first. */
  open(host: TerminalHost): void {
    this.#host = host;
    this.#take();
    const { stdin, stdout } = this.#streams;
    this.#listen(process, 'exit', () => this.#giveBack());
    this.#listen(process, 'SIGHUP', () => this.leave(HANG_UP));
    for (const [signal, code] of Object.entries(INTERRUPTIONS))
      this.#listen(process, signal, () => {
        // After all listeners: the one that Ink has kills the process where ours is gone.
        if (host.quit !== undefined) setImmediate(host.quit);
        else this.leave(code);
      });
    this.#listen(process, 'SIGUSR1', () => host.tellStatus());
    this.#listen(process, 'SIGCONT', () => this.#resume());
    this.#listen(process, 'uncaughtException', (error) => this.#fail(error));
    this.#listen(process, 'unhandledRejection', (error) => this.#fail(error));
    // The terminal is gone: there is no one to tell.
    this.#listen(stdin, 'end', () => this.leave(HANG_UP));
    this.#listen(stdin, 'error', () => this.leave(HANG_UP));
    this.#listen(stdout, 'error', () => this.leave(HANG_UP));
  }

  /** Gives the terminal back; the process goes on without it. */
  close(): void {
    this.#giveBack();
    for (const undo of this.#undo) undo();
    this.#undo.length = 0;
    this.#host = undefined;
    this.#streams.stdin.pause();
    this.#streams.stdin.unref();
  }

  /** Gives the terminal back and ends the process. */
  leave(code: number): void {
    this.#host?.close();
    this.#host?.end();
    this.#giveBack();
    process.exit(code);
  }

  /** To the shell; `fg` comes back. */
  suspend(): void {
    this.#host?.close();
    this.#giveBack();
    // All of the job, as the terminal itself would do it: a shell waits for every process of it.
    process.kill(0, 'SIGTSTP');
    // Without a shell that knows jobs the signal does nothing, and no SIGCONT will come.
    setTimeout(() => this.#resume(), RESUME_MILLISECONDS);
  }

  clear(): void {
    this.#write(CLEAR);
  }

  #listen(emitter: NodeJS.EventEmitter, event: string, listener: (argument: unknown) => void): void {
    emitter.on(event, listener);
    this.#undo.push(() => emitter.off(event, listener));
  }

  #take(): void {
    const { stdin } = this.#streams;
    stdin.setEncoding('utf8');
    stdin.setRawMode(true);
    stdin.resume();
    this.#write(ENTER);
    this.#isOpen = true;
  }

  #giveBack(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#streams.stdin.setRawMode(false);
    } catch {
      // The terminal was closed: it has no modes any more.
    }
    this.#write(LEAVE);
  }

  #resume(): void {
    if (this.#isOpen || this.#host === undefined) return;
    this.#take();
    this.#host?.reopen();
  }

  #fail(error: unknown): void {
    if (isHangUp(error)) this.leave(HANG_UP);
    this.#host?.close();
    this.#host?.end();
    this.#giveBack();
    process.stderr.write(`siplens: ${render(crashSentence(error), 'nothing')}\n`);
    for (const line of stackLines(error)) process.stderr.write(`  ${render(line, 'nothing')}\n`);
    process.exit(CRASHED);
  }

  #write(text: string): void {
    try {
      this.#streams.stdout.write(text);
    } catch {
      // Closed: nothing can be written to it any more.
    }
  }
}

/** Whether writing to the terminal failed because it is gone. */
function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EIO' || error.code === 'EPIPE');
}
