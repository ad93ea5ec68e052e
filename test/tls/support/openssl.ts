/** Real handshakes: `openssl s_server` and `s_client` on the loopback, with what they say recorded between them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flight } from './run.js';

/** A folder of keys and certificates, made anew for each test file. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'siplens-tls-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Key and self-signed certificate; `parameters` as `openssl req -newkey` takes them, as `rsa:2048`, or the
   * options that name a key (with `-key` none is written).
   */
  certificate(
    name: string,
    parameters: string | readonly string[] = 'rsa:2048',
    ...more: string[]
  ): { key: string; certificate: string } {
    const key = this.path(`${name}.key`);
    const certificate = this.path(`${name}.pem`);
    const subject = ['-x509', '-nodes', '-subj', `/CN=${name}.example.com`, '-days', '30'];
    execFileSync(
      'openssl',
      [
        'req',
        ...(typeof parameters === 'string' ? ['-newkey', parameters] : parameters),
        ...more,
        ...subject,
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      {
        stdio: 'ignore',
      },
    );
    return { key, certificate };
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'latin1');
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `openssl s_server -rev`: answers each line with the line turned round, and hangs up at `CLOSE`; or one that is silent. */
export class OpensslServer {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  static async start(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    silent = false,
  ): Promise<OpensslServer> {
    const child = spawn(
      'openssl',
      ['s_server', '-accept', '127.0.0.1:0', ...(silent ? [] : ['-rev']), ...args],
      {
        env: { ...process.env, ...environment },
        // A server that is not `-rev` hangs up where its standard input ends.
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    child.stderr?.resume();
    child.stdin?.on('error', () => {});
    let output = '';
    let port = 0;
    for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      output += String(chunk);
      port = Number(/^ACCEPT \S+:(\d+)$/m.exec(output)?.[1] ?? 0);
      if (port > 0) break;
    }
    child.stdout?.resume();
    return new OpensslServer(port, child);
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}

/** A proxy that writes down what passes, in the order in which it does. */
export class Recorder {
  readonly #server: Server;
  readonly #target: number;
  /** Of each connection. */
  readonly connections: Flight[][] = [];

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#relay(client));
  }

  static async before(target: number): Promise<Recorder> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Recorder(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
  }

  #relay(client: Socket): void {
    const flights: Flight[] = [];
    this.connections.push(flights);
    const server = dial(this.#target, '127.0.0.1');
    const pass = (from: Socket, to: Socket, direction: Flight['direction']) => {
      from.on('data', (data) => {
        flights.push({ direction, data });
        to.write(data);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
    };
    pass(client, server, 'client');
    pass(server, client, 'server');
  }
}

export type Conversation = { readonly flights: Flight[]; readonly output: string };

/**
 * `s_client` sends the lines one after the other, each when the answer to the one before has come (so that commands as
 * `R` and `K` are taken), then `CLOSE`. A `silent` server gives no answers, and the client hangs up.
 */
export async function converse(
  target: number,
  args: readonly string[],
  lines: readonly string[] = ['hello'],
  environment: NodeJS.ProcessEnv = {},
  silent = false,
): Promise<Conversation> {
  const recorder = await Recorder.before(target);
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${recorder.port}`, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  child.stdin?.on('error', () => {});
  let output = '';
  let wake = () => {};
  const note = (chunk: Buffer) => {
    output += chunk.toString('latin1');
    wake();
  };
  child.stdout?.on('data', note);
  child.stderr?.on('data', note);
  const done = exited.then(() => wake());
  const until = async (text: string, from = 0) => {
    while (!output.includes(text, from) && child.exitCode === null) {
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        done,
      ]);
    }
  };
  await until('Verify return code');
  for (const line of lines) {
    const from = output.length;
    child.stdin?.write(`${line}\n`);
    // What follows a command must not come in the same read as it: s_client would drop it.
    if (line === 'R') await until('RENEGOTIATING', from);
    else if (line === 'K' || line === 'k') await until('KEYUPDATE', from);
    else if (silent) await new Promise((resolve) => setTimeout(resolve, 100));
    else await until([...line].reverse().join(''), from);
  }
  child.stdin?.write(silent ? 'Q\n' : 'CLOSE\n');
  await exited;
  recorder.stop();
  return { flights: recorder.connections[0] ?? [], output };
}
