import { spawnSync } from 'node:child_process';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { ROOT } from './root.js';

export type CommandResult = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RawResult = {
  readonly status: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
};

/** No variable about colour: Node 22 and later warn of two that contradict each other. */
const { NO_COLOR: _, FORCE_COLOR: __, ...ENVIRONMENT } = process.env;

/**
 * Runs the built command as a user would, in the repository's folder: a process with pipes. Starting one takes ten times
 * as long as most command lines need; `siplens` is for what the command says, this for what the process does.
 */
export function siplensProcess(argv: readonly string[], input?: Uint8Array | string): CommandResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/siplens.js', ...argv], {
    cwd: ROOT,
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: ENVIRONMENT,
  });
  return { status, stdout, stderr };
}

/**
 * What the built command says to these arguments, and its exit code. It runs in a process that has it loaded
 * already: `cli/process.test.ts` holds that a process says the same, for every command and option.
 */
export function siplens(argv: readonly string[], input?: Uint8Array | string): CommandResult {
  const { status, stdout, stderr } = siplensRaw(argv, input);
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

/** The same with the bytes as they are. */
export function siplensRaw(argv: readonly string[], input: Uint8Array | string = ''): RawResult {
  const found: typeof globalThis & { [THREAD]?: CommandThread } = globalThis;
  found[THREAD] ??= new CommandThread();
  return found[THREAD].run(argv, Buffer.from(input));
}

/** Where the thread is kept, so that test files share it. */
const THREAD = Symbol.for('siplens.test.command-thread');

/** No command line of a test takes so long. */
const TIMEOUT_MS = 120_000;

class CommandThread {
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #answers: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    this.#worker = new Worker(new URL('./command-thread.mjs', import.meta.url), {
      workerData: { answered: this.#answered, answers: port2, cwd: ROOT },
      transferList: [port2],
      env: ENVIRONMENT,
      execArgv: [],
    });
    this.#worker.unref();
    this.#answers.unref();
  }

  run(argv: readonly string[], input: Uint8Array): RawResult {
    const before = Atomics.load(this.#answered, 0);
    this.#worker.postMessage({ argv, input });
    // The notice of the answer before may come only now, where its count was seen first: it is no answer to this.
    while (Atomics.load(this.#answered, 0) === before) {
      if (Atomics.wait(this.#answered, 0, before, TIMEOUT_MS) === 'timed-out') {
        throw new Error(`no end: siplens ${argv.join(' ')}`);
      }
    }
    const answer = receiveMessageOnPort(this.#answers)?.message as
      | RawResult
      | { failure: string }
      | undefined;
    if (answer === undefined) throw new Error('the process that runs the command said nothing');
    if ('failure' in answer) throw new Error(answer.failure);
    return answer;
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

/** The records of an NDJSON output. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into records of every type
export function records(stdout: string): any[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
