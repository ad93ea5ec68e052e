/** Runs a command line in this process as the shell would, with its outputs gathered. */
import { Readable, Writable } from 'node:stream';
import { main } from '../src/cli/main.js';

export type CommandResult = { readonly status: number; readonly stdout: Buffer; readonly stderr: Buffer };

class Gathered extends Writable {
  readonly #pieces: Buffer[] = [];

  override _write(chunk: Uint8Array | string, _: BufferEncoding, done: () => void): void {
    // Whoever wrote it uses its memory again.
    this.#pieces.push(Buffer.from(chunk as Uint8Array));
    done();
  }

  async take(): Promise<Buffer> {
    await new Promise<void>((resolve) => this.end(resolve));
    return Buffer.concat(this.#pieces);
  }
}

function replace(name: string, stream: unknown): void {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

/** Throws what the command throws, and where it ends the process. */
export async function runCommand(argv: readonly string[]): Promise<CommandResult> {
  const own = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, exit: process.exit };
  const [stdout, stderr] = [new Gathered(), new Gathered()];
  replace('stdout', stdout);
  replace('stderr', stderr);
  replace('stdin', Readable.from([]));
  process.exit = (code) => {
    throw new Error(`the command ended the process with code ${code}`);
  };
  process.exitCode = undefined;
  try {
    await main(argv);
    const status = Number(process.exitCode ?? 0);
    return { status, stdout: await stdout.take(), stderr: await stderr.take() };
  } finally {
    for (const [name, stream] of Object.entries(own)) if (name !== 'exit') replace(name, stream);
    process.exit = own.exit;
    process.exitCode = undefined;
  }
}
