/** One run: an input made of a seed and a number, a command over it, and what must hold of what comes out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutate } from '../test/support/mutate.js';
import { faultOf } from './check-output.js';
import { type CommandLine, commandsFor } from './commands.js';
import { captureOf, mutateCapture } from './mutators/capture.js';
import { mutateDer } from './mutators/der.js';
import { hostileText } from './mutators/hostile-text.js';
import { mutateSip } from './mutators/sip.js';
import { mutateKeyLog } from './mutators/tls.js';
import { runCommand } from './one-command.js';
import { viewFault } from './one-view.js';
import { Random } from './random.js';
import type { Kind, Seed } from './seeds.js';

export type Run = {
  readonly seed: Seed;
  readonly kind: Kind;
  readonly input: Uint8Array;
  /** Undefined: the interactive view. */
  readonly command: CommandLine | undefined;
  readonly random: Random;
};

/** Of all runs, those of the interactive view. */
const VIEW_SHARE = 0.12;

/** The run of a number; `file` is where its input will stand. */
export function prepareRun(
  seeds: readonly Seed[],
  name: string,
  folder: string,
): Run & { readonly file: string } {
  const random = new Random(name);
  const seed = random.pick(seeds);
  let { kind, bytes: input } = seed;
  input = mutated(seed, random);
  if (kind === 'message' && random.chance(0.4)) {
    input = captureOf(input, random);
    kind = 'capture';
  }
  const file = join(folder, random.chance(0.05) ? fileName(random) : 'input');
  const isView = (kind === 'capture' || kind === 'message') && random.chance(VIEW_SHARE);
  const command = isView ? undefined : random.pick(commandsFor(kind))(file, random);
  return { seed, kind, input, command, random, file };
}

function mutated({ kind, bytes }: Seed, random: Random): Uint8Array {
  switch (kind) {
    case 'capture':
      return mutateCapture(bytes, random);
    case 'message':
      return mutateSip(bytes, random);
    case 'der':
      return mutateDer(bytes, random);
    case 'pem': {
      const text = Buffer.from(bytes).toString('latin1');
      // The first block by its structure, or the text of all.
      const [whole, head, base64, end] =
        /(-----BEGIN [^-]*-----\r?\n)([A-Za-z0-9+/=\r\n]*)(-----END)/.exec(text) ?? [];
      if (whole === undefined || head === undefined || base64 === undefined || random.chance(0.2))
        return mutate(bytes, random.next);
      const der = Buffer.from(mutateDer(Buffer.from(base64, 'base64'), random));
      return Buffer.from(
        text.replace(whole, () => `${head}${der.toString('base64').replace(/.{64}/g, '$&\n')}\n${end}`),
        'latin1',
      );
    }
    case 'keylog':
      return Buffer.from(mutateKeyLog(Buffer.from(bytes).toString('latin1'), random), 'latin1');
    case 'policy':
      return mutate(bytes, random.next);
  }
}

/** A name that is hostile to whoever shows it; what the system cannot have in a name is left out. */
function fileName(random: Random): string {
  const name = hostileText(random)
    .replace(/[\0/\ud800-\udfff]/g, '')
    .slice(0, 40);
  return `in${name}`;
}

/** Why the run is at fault; undefined where it is not. */
export async function faultOfRun(run: Run & { readonly file: string }): Promise<string | undefined> {
  writeFileSync(run.file, run.input);
  if (run.command === undefined) return await viewFault(run.file, run.random);
  const { argv, form } = run.command;
  const { status, stdout, stderr } = await runCommand(argv);
  if (![0, 1, 2, 3].includes(status)) return `exit code ${status}: ${stderr.toString('utf8')}`;
  const said = faultOf(stderr, 'terminal');
  if (said !== undefined) return `standard error: ${said}`;
  const fault = faultOf(stdout, form);
  return fault === undefined ? undefined : `standard output: ${fault}`;
}
