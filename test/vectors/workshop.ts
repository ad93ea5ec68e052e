import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type VectorsOptions, vectors } from '../../src/cli/commands/vectors.js';
import { type Expected, readExpected } from './compare.js';

/** The keys and certificates of the first folder: six RSA keys take longer to make than all vectors. */
let usualCast: ReadonlyMap<string, Buffer> | undefined;

/** A folder of vectors that goes away with its test. */
export class VectorFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** With keys and certificates that are made once for all test files, where the options ask for none of their own. */
  static async make(
    options: Partial<VectorsOptions> = {},
    names: readonly string[] = [],
  ): Promise<VectorFolder> {
    const isUsual = options.asDraft !== true && options.certs === undefined;
    const known = isUsual ? usualCast : undefined;
    if (known === undefined) {
      const made = await VectorFolder.#make(options, names);
      if (isUsual) usualCast = made.#certificates();
      return made;
    }
    const certs = mkdtempSync(join(tmpdir(), 'siplens-cast-'));
    try {
      for (const [name, pem] of known) writeFileSync(join(certs, name), pem);
      return await VectorFolder.#make({ ...options, certs }, names);
    } finally {
      rmSync(certs, { recursive: true });
    }
  }

  static async #make(options: Partial<VectorsOptions>, names: readonly string[]): Promise<VectorFolder> {
    const path = mkdtempSync(join(tmpdir(), 'siplens-vectors-'));
    await vectors(names, {
      from: 'fluffy@example.com',
      to: 'kumiko@example.net',
      tls: [],
      wait: '5',
      seed: 'test',
      force: true,
      out: path,
      ...options,
    });
    return new VectorFolder(path);
  }

  /** Its keys and certificates by file name. */
  #certificates(): Map<string, Buffer> {
    return new Map(readdirSync(this.file('certs')).map((name) => [name, this.read('certs', name)]));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  get names(): string[] {
    return readdirSync(this.path).filter((name) => name !== 'certs' && name !== 'index.json');
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  certificate(name: string): string {
    return this.file('certs', name);
  }

  read(...names: string[]): Buffer {
    return readFileSync(this.file(...names));
  }

  expected(name: string): Expected {
    return readExpected(this.file(name));
  }

  /** The body of a vector's message, and the bytes of its first part where it is a multipart. */
  body(name: string): { readonly body: Buffer; readonly part: Buffer | undefined } {
    const message = this.read(name, 'message.sip');
    const body = message.subarray(message.indexOf('\r\n\r\n') + 4);
    const boundary = /boundary=([0-9a-f]+)/.exec(message.toString('latin1'))?.[1];
    if (boundary === undefined) return { body, part: undefined };
    const delimiter = `--${boundary}\r\n`;
    const start = body.indexOf(delimiter) + delimiter.length;
    return { body, part: body.subarray(start, body.indexOf(`\r\n${delimiter}`, start)) };
  }
}

/** Standard output of a program; throws where it fails. */
export function output(program: string, argv: readonly string[], input?: Uint8Array): string {
  return execFileSync(program, argv, {
    encoding: 'latin1',
    input: input ?? '',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
