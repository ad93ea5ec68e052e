/**
 * Does private RSA operations ahead of the analysis, in a second thread: they are what a TLS connection or an encrypted
 * body costs most, and nothing that they need depends on what comes before them in the capture. What the thread finds
 * goes where the analysis looks before it decrypts by itself, so that results are the same with it and without it.
 */
import { availableParallelism } from 'node:os';
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type { AnalysisContext } from '../analyzer/context.js';
import type { CaptureHandler } from '../capture/reader.js';
import type { InputFile } from '../io/source.js';
import type { PrivateKeyEntry } from '../keys/keyring.js';
import type { RsaResults, RsaSetup } from './rsa-worker.js';

/** Operations after which a thread is started: it takes as long to start as some fifty of them. */
const ENOUGH_OPERATIONS = 16;
/** What must be left of the file for the same reason. */
const ENOUGH_BYTES = 4 * 1024 * 1024;

export class RsaAhead {
  readonly #file: InputFile;
  readonly #length: number;
  readonly #context: AnalysisContext;
  readonly #before: number;
  readonly #reached = new Float64Array(new SharedArrayBuffer(8));
  /** As the thread numbers them. */
  #keys: readonly PrivateKeyEntry[] = [];
  #worker: Worker | undefined;
  #port: MessagePort | undefined;

  /** `length` of the file in bytes; undefined where it cannot be read a second time, and nothing is done. */
  constructor(file: InputFile, length: number | undefined, context: AnalysisContext) {
    const isReadable =
      !file.compressed && !file.isEndless && (file.kind === 'pcap' || file.kind === 'pcapng');
    const isWorthIt = isMainThread && availableParallelism() > 1 && context.keyring.privateKeys.length > 0;
    this.#length = isReadable && isWorthIt ? (length ?? 0) : 0;
    this.#file = file;
    this.#context = context;
    this.#before = this.#operations;
    if (this.#length > ENOUGH_BYTES) context.rsaBlocks.refill = () => this.#refill();
  }

  /** What the analysis asked for so far, here and in files before. */
  get #operations(): number {
    const { sessions, rsaBlocks } = this.#context;
    return sessions.premasters + rsaBlocks.asked;
  }

  /** Notes where in the file each frame is: the thread passes over what the analysis has come to. */
  watch(handler: CaptureHandler): CaptureHandler {
    if (this.#length <= ENOUGH_BYTES) return handler;
    const reached = this.#reached;
    return {
      frame: (frame) => {
        reached[0] = frame.fileOffset;
        handler.frame(frame);
      },
      secrets: (type, bytes) => handler.secrets(type, bytes),
      problem: (problem) => handler.problem(problem),
    };
  }

  /** To be called after each chunk: the thread starts where it is worth it, and its results are taken in. */
  chunk(): void {
    this.#refill();
  }

  #refill(): void {
    if (this.#port === undefined) this.#start();
    else this.#takeIn(this.#port);
  }

  #start(): void {
    const { name, kind } = this.#file;
    if (this.#length - this.#file.position() < ENOUGH_BYTES) return;
    if (this.#operations - this.#before < ENOUGH_OPERATIONS) return;
    if (kind !== 'pcap' && kind !== 'pcapng') return;
    const { keyring, certificates } = this.#context;
    const { port1, port2 } = new MessageChannel();
    this.#keys = [...keyring.privateKeys];
    const setup: RsaSetup = {
      path: name,
      kind,
      keys: this.#keys,
      certificates: certificates.all().map(({ der }) => der),
      reached: this.#reached.buffer as SharedArrayBuffer,
      port: port2,
    };
    const worker = new Worker(new URL('./rsa-worker.js', import.meta.url), {
      workerData: setup,
      transferList: [port2],
    });
    worker.unref();
    // It is a help: where it fails, the analysis does what it would have done.
    worker.on('error', () => {});
    this.#worker = worker;
    this.#port = port1;
  }

  /** Takes in what the thread has told, without waiting: in the middle of a chunk, too. */
  #takeIn(port: MessagePort): void {
    const { sessions, rsaBlocks } = this.#context;
    for (let told = receiveMessageOnPort(port); told !== undefined; told = receiveMessageOnPort(port)) {
      const { premasters, blocks } = told.message as RsaResults;
      for (const { name, premaster } of premasters) sessions.rememberPremaster(name, premaster);
      for (const { key, encrypted, block } of blocks) {
        const entry = this.#keys[key];
        if (entry !== undefined) rsaBlocks.put(entry, encrypted, block);
      }
    }
  }

  /** The file is read, or will not be. */
  end(): void {
    void this.#worker?.terminate();
    this.#port?.close();
    this.#context.rsaBlocks.clear();
  }
}
