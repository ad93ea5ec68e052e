/**
 * A process that runs the built command over and over, one command line at a time (see command.ts). The command sees
 * streams and an exit code of its own: the process's are replaced for each run.
 */
import { fstatSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';

const { main } = await import('../../dist/cli/main.js');

/** A stream in place of standard output or error, and what was written to it. */
class Gathered extends Writable {
  #pieces = [];

  _write(chunk, _, done) {
    // Whoever wrote it uses its memory again.
    this.#pieces.push(Buffer.from(chunk));
    done();
  }

  async take() {
    await new Promise((resolve) => this.end(resolve));
    return Buffer.concat(this.#pieces);
  }
}

/** As much as a pipe gives at a time. */
const PIPE_LENGTH = 65_536;

function* pieces(input) {
  for (let at = 0; at < input.length; at += PIPE_LENGTH)
    yield Buffer.from(input.subarray(at, at + PIPE_LENGTH));
}

function replace(name, stream) {
  Object.defineProperty(process, name, { value: stream, configurable: true });
}

if (!fstatSync(0).isFIFO() && !fstatSync(0).isSocket()) throw new Error('standard input is no pipe');
process.exit = (code) => {
  throw new Error(`the command ended the process with code ${code}: it must be tested as a process`);
};

async function run({ argv, input }) {
  const [stdout, stderr] = [new Gathered(), new Gathered()];
  replace('stdout', stdout);
  replace('stderr', stderr);
  replace('stdin', Readable.from(pieces(input), { objectMode: false }));
  process.exitCode = undefined;
  try {
    await main(argv);
  } catch (error) {
    // As node does with what nobody catches.
    process.exitCode = 1;
    stderr.write(`${error?.stack ?? error}\n`);
  }
  const status = process.exitCode ?? 0;
  process.exitCode = undefined;
  return { status, stdout: await stdout.take(), stderr: await stderr.take() };
}

process.on('message', async (request) => {
  process.send(await run(request));
});
