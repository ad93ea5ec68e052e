import { existsSync } from 'node:fs';
import type { AnalysisContext } from '../analyzer/context.js';
import { fromHex } from '../bytes/hex.js';
import { loadMaterials, MaterialError, type MaterialUse } from '../engine/materials.js';
import { listFiles, readSmallFile } from '../io/read-whole.js';
import { splitKeyArgument } from '../keys/key-argument.js';
import type { PolicyOptions } from '../x509/chain.js';
import { UsageError } from './exit.js';
import type { CommonOptions } from './options.js';
import { tell } from './output/output.js';
import { promptPassword } from './prompt.js';

/** The option that names the files of each use. */
const OPTIONS: Readonly<Record<MaterialUse, string>> = {
  key: '--key',
  keyLog: '--keylog',
  certificate: '--cert',
  anchor: '--ca',
  crl: '--crl',
};

/**
 * Loads the keys, certificates and logs that the options name into the context of a run. In `live` use key logs may
 * be empty or not there yet, and are read on as they grow.
 */
export async function loadContext(
  options: CommonOptions,
  use: 'files' | 'live' = 'files',
): Promise<AnalysisContext> {
  const { passwordFile } = options;
  try {
    return await loadMaterials(
      {
        keys: options.key.map((argument) => splitKeyArgument(argument, existsSync)),
        password: passwordFile === undefined ? undefined : firstLine('--password-file', passwordFile),
        keyLogs: options.keylog,
        presharedKeys: options.psk.map(presharedKey),
        certificates: options.cert,
        anchors: options.ca,
        crls: options.crl ?? [],
        policies: policiesOf(options),
        maxBody: options.maxBody === undefined ? undefined : sizeOf('--max-body', options.maxBody),
        effort: options.effort === undefined ? undefined : effortOf(options.effort),
        judgeAt: options.at === undefined ? undefined : parseTime(options.at),
      },
      { tell, askPassword: (path) => promptPassword(`Password of ${path}: `) },
      use,
    );
  } catch (error) {
    if (!(error instanceof MaterialError)) throw error;
    const hint = error.needsPassword ? ', as FILE:PASSWORD or with --password-file' : '';
    throw new UsageError(`${OPTIONS[error.use]} ${error.message}${hint}`);
  }
}

/** The files that the options name, with those in their folders: no output may replace one. */
export function materialFiles({
  key,
  keylog,
  cert,
  ca,
  crl = [],
  psk,
  passwordFile,
}: CommonOptions): readonly string[] {
  const keys = key.map((argument) => splitKeyArgument(argument, existsSync).path);
  const named = [...keys, ...cert, ...ca, ...crl];
  const members = named.flatMap((path) => {
    const files = listFiles(path);
    return files.ok ? files.paths : [path];
  });
  return [
    ...members,
    ...keylog,
    ...psk.filter(existsSync),
    ...(passwordFile === undefined ? [] : [passwordFile]),
  ];
}

/** What the options ask of certificate policies (RFC 5280 §6.1.1); undefined where they ask nothing. */
function policiesOf(options: CommonOptions): PolicyOptions | undefined {
  const { policyOid: acceptable = [], explicitPolicy, inhibitAnyPolicy, inhibitPolicyMapping } = options;
  for (const oid of acceptable) {
    if (!/^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(oid)) {
      throw new UsageError(`--policy-oid ${oid}: not an object identifier; write it as 1.3.6.1.4.1.32473.1`);
    }
  }
  const flags = [explicitPolicy, inhibitAnyPolicy, inhibitPolicyMapping];
  if (acceptable.length === 0 && !flags.includes(true)) return undefined;
  return {
    acceptable,
    requireExplicit: explicitPolicy === true,
    inhibitAny: inhibitAnyPolicy === true,
    inhibitMapping: inhibitPolicyMapping === true,
  };
}

/** A pre-shared key in hexadecimal, or the file that has it so: other users of a machine can see arguments. */
function presharedKey(argument: string): Uint8Array {
  const isFile = existsSync(argument);
  const key = fromHex(isFile ? firstLine('--psk', argument) : argument);
  if (key !== undefined && key.length > 0) return key;
  // What was given is a secret, however badly written: it is not repeated.
  throw new UsageError(
    isFile
      ? `--psk ${argument}: its first line is no hexadecimal`
      : '--psk: the value is neither hexadecimal nor a file',
  );
}

function firstLine(option: string, path: string): string {
  const file = readSmallFile(path);
  if (!file.ok) throw new UsageError(`${option} ${file.message}`);
  return Buffer.from(file.bytes).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of `4096`, `64K`, `10M` or `1G`. */
function sizeOf(option: string, text: string): number {
  const parts = /^(\d{1,12})([kmg]?)$/i.exec(text);
  if (parts !== null) return Number(parts[1]) * (UNITS[(parts[2] ?? '').toLowerCase()] ?? 1);
  throw new UsageError(`${option} ${text}: a number of bytes, as 4096, 64K or 10M`);
}

/** More than that is no limit any more. */
const MAX_EFFORT = 1000;

function effortOf(text: string): number {
  const effort = Number(text);
  if (Number.isInteger(effort) && effort >= 1 && effort <= MAX_EFFORT) return effort;
  throw new UsageError(`--effort ${text}: a whole number from 1 to ${MAX_EFFORT}`);
}

/** Unix seconds of RFC 3339 text, or of `now`. */
function parseTime(text: string): number {
  const milliseconds = text === 'now' ? Date.now() : Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw new UsageError(`--at ${text}: not a time; write it as 2005-02-19T00:48:07Z, or \`now\``);
  }
  return Math.floor(milliseconds / 1000);
}
