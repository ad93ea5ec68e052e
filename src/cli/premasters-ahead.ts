/**
 * Decrypts premaster secrets ahead of the analysis, in a second thread: a private RSA operation is what a TLS connection
 * costs most, and nothing it needs depends on what comes before it in the capture. What the thread finds goes where the
 * analysis looks before it decrypts by itself, so that results are the same with it and without it.
 */
import { availableParallelism } from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';
import type { AnalysisContext } from '../analyzer/context.js';
import type { InputFile } from '../io/source.js';
import type { PremasterSetup, Premasters } from './premaster-worker.js';

/** Premaster secrets after which a thread is started: it takes as long to start as some fifty of them. */
const ENOUGH_PREMASTERS = 16;
/** What must be left of the file for the same reason. */
const ENOUGH_BYTES = 4 * 1024 * 1024;

export class PremastersAhead {
  readonly #file: InputFile;
  readonly #length: number;
  readonly #context: AnalysisContext;
  readonly #before: number;
  readonly #reached = new Float64Array(new SharedArrayBuffer(8));
  #worker: Worker | undefined;

  /** `length` of the file in bytes; undefined where it cannot be read a second time, and nothing is done. */
  constructor(file: InputFile, length: number | undefined, context: AnalysisContext) {
    const isReadable =
      !file.compressed && !file.isEndless && (file.kind === 'pcap' || file.kind === 'pcapng');
    this.#length = isReadable && isMainThread && availableParallelism() > 1 ? (length ?? 0) : 0;
    this.#file = file;
    this.#context = context;
    this.#before = context.sessions.premasters;
  }

  /** To be called after each chunk: the thread starts where it is worth it, and passes over what has been analyzed. */
  chunk(): void {
    const { name, kind } = this.#file;
    const { sessions, keyring } = this.#context;
    const position = this.#file.position();
    this.#reached[0] = position;
    if (this.#worker !== undefined || this.#length - position < ENOUGH_BYTES) return;
    if (sessions.premasters - this.#before < ENOUGH_PREMASTERS) return;
    if (kind !== 'pcap' && kind !== 'pcapng') return;
    const setup: PremasterSetup = {
      path: name,
      kind,
      keys: [...keyring.privateKeys],
      reached: this.#reached.buffer as SharedArrayBuffer,
    };
    const worker = new Worker(new URL('./premaster-worker.js', import.meta.url), { workerData: setup });
    worker.unref();
    // It is a help: where it fails, the analysis does what it would have done.
    worker.on('error', () => {});
    worker.on('message', (found: Premasters) => {
      for (const { name: key, premaster } of found) sessions.rememberPremaster(key, premaster);
    });
    this.#worker = worker;
  }

  /** The file is read, or will not be. */
  end(): void {
    void this.#worker?.terminate();
  }
}
