import { existsSync } from 'node:fs';
import { type AnalysisContext, createContext } from '../analyzer/context.js';
import { fromHex } from '../bytes/hex.js';
import { GrowingText } from '../io/growing-text.js';
import { isFolder, listFiles, MAX_KEY_LOG_LENGTH, readSmallFile } from '../io/read-whole.js';
import { canReadTwice } from '../io/source.js';
import { splitKeyArgument } from '../keys/key-argument.js';
import { Keyring } from '../keys/keyring.js';
import { type KeyMaterial, loadKeyMaterial } from '../keys/load.js';
import { UsageError } from './exit.js';
import type { CommonOptions } from './options.js';
import { tell } from './output/output.js';
import { promptPassword } from './prompt.js';

type NamedDer = { readonly label: string; readonly der: Uint8Array };

/** How often a growing key log is looked at: records wait for their secret meanwhile. */
const KEY_LOG_POLL_MILLISECONDS = 500;

/** TLS sessions of a capture without end: those resumed hours later do not open, and memory stays what it is after minutes. */
const LIVE_SESSIONS = { sessions: 10_000, premasters: 64 };

/**
 * Loads the keys, certificates and logs that the options name into the context of a run. In `live` use key logs may
 * be empty or not there yet, and are read on as they grow.
 */
export async function loadContext(
  options: CommonOptions,
  use: 'files' | 'live' = 'files',
): Promise<AnalysisContext> {
  const keyring = new Keyring();
  const passwordFile =
    options.passwordFile === undefined ? undefined : firstLine('--password-file', options.passwordFile);
  if (passwordFile !== undefined) keyring.addPassword(passwordFile);
  for (const argument of options.key) await addKeys(keyring, argument, passwordFile);
  if (use === 'files') for (const path of options.keylog) addKeyLog(keyring, path);
  for (const argument of options.psk) keyring.addPresharedKey(presharedKey(argument));
  const judgeAt = options.at === undefined ? undefined : parseTime(options.at);
  const { context, problems } = createContext({
    keyring,
    certificates: options.cert.flatMap((path) => loadCertificates('--cert', path)),
    anchors: options.ca.flatMap((path) => loadCertificates('--ca', path)),
    ...(judgeAt === undefined ? {} : { judgeAt }),
    now: Math.floor(Date.now() / 1000),
    ...(use === 'live' ? { sessionLimits: LIVE_SESSIONS } : {}),
  });
  for (const problem of problems) tell(problem);
  return use === 'live' ? withGrowingKeyLogs(context, options.keylog) : context;
}

/** The files that the options name, with those in their folders: no output may replace one. */
export function materialFiles({
  key,
  keylog,
  cert,
  ca,
  psk,
  passwordFile,
}: CommonOptions): readonly string[] {
  const named = [...key.map((argument) => splitKeyArgument(argument, existsSync).path), ...cert, ...ca];
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

function withGrowingKeyLogs(context: AnalysisContext, paths: readonly string[]): AnalysisContext {
  if (paths.length === 0) return context;
  const pipe = paths.find((path) => !canReadTwice(path));
  if (pipe !== undefined)
    throw new UsageError(`--keylog ${pipe}: this is a pipe or a device; only a file is read on as it grows`);
  const files = paths.map((path) => new GrowingText(path));
  const lookForSecrets = (): void => {
    let added = 0;
    for (const file of files) added += context.keyring.addKeyLog(file.newLines());
    if (added > 0) context.sessions.retry();
  };
  lookForSecrets();
  setInterval(lookForSecrets, KEY_LOG_POLL_MILLISECONDS).unref();
  return { ...context, lookForSecrets };
}

async function addKeys(keyring: Keyring, argument: string, passwordFile: string | undefined): Promise<void> {
  const { path, password } = splitKeyArgument(argument, existsSync);
  if (!isFolder(path)) {
    keyring.add(await loadOne(path, password ?? passwordFile));
    return;
  }
  for (const file of filesOf('--key', path)) {
    const loaded = loadKeyMaterial(file, read('--key', file), password ?? passwordFile);
    if (loaded.ok) keyring.add(loaded.value);
    else tell(`${file}: ${loaded.error.message}; left out`);
  }
}

async function loadOne(path: string, password: string | undefined): Promise<KeyMaterial> {
  const bytes = read('--key', path);
  let loaded = loadKeyMaterial(path, bytes, password);
  if (!loaded.ok && loaded.error.needsPassword === true && password === undefined) {
    const typed = await promptPassword(`Password of ${path}: `);
    if (typed !== undefined) loaded = loadKeyMaterial(path, bytes, typed);
  }
  if (!loaded.ok) {
    const isLocked = loaded.error.needsPassword === true;
    const hint = isLocked ? ', as FILE:PASSWORD or with --password-file' : '';
    throw new UsageError(`--key ${path}: ${loaded.error.message}${hint}`);
  }
  for (const problem of loaded.value.problems) tell(`${path}: ${problem}`);
  return loaded.value;
}

function addKeyLog(keyring: Keyring, path: string): void {
  const added = keyring.addKeyLog(Buffer.from(read('--keylog', path, MAX_KEY_LOG_LENGTH)).toString('latin1'));
  if (added === 0)
    throw new UsageError(`--keylog ${path}: this is no NSS key log: no line of it holds a secret`);
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

function loadCertificates(option: string, path: string): NamedDer[] {
  return filesOf(option, path).flatMap((file) => {
    const loaded = loadKeyMaterial(file, read(option, file));
    if (loaded.ok) {
      const { certificates } = loaded.value;
      if (certificates.length === 0 && !isFolder(path))
        throw new UsageError(`${option} ${file}: no certificate is in it`);
      return [...certificates];
    }
    if (!isFolder(path)) throw new UsageError(`${option} ${file}: ${loaded.error.message}`);
    tell(`${file}: ${loaded.error.message}; left out`);
    return [];
  });
}

function filesOf(option: string, path: string): readonly string[] {
  const files = listFiles(path);
  if (!files.ok) throw new UsageError(`${option} ${files.message}`);
  if (!isFolder(path)) return files.paths;
  if (files.paths.length === 0) throw new UsageError(`${option} ${path}: no file is in this folder`);
  // A folder holds other things too: what is no key or certificate is told, not fatal, and a pipe not waited for.
  return files.paths.filter((file) => {
    if (canReadTwice(file)) return true;
    tell(`${file}: this is a pipe or a device; left out`);
    return false;
  });
}

/** The bytes of a file that `option` names. */
function read(option: string, path: string, limit?: number): Uint8Array {
  const file = readSmallFile(path, limit);
  if (!file.ok) throw new UsageError(`${option} ${file.message}`);
  return file.bytes;
}

function firstLine(option: string, path: string): string {
  return Buffer.from(read(option, path)).toString('utf8').split(/\r?\n/, 1)[0] ?? '';
}

/** Unix seconds of RFC 3339 text, or of `now`. */
function parseTime(text: string): number {
  const milliseconds = text === 'now' ? Date.now() : Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw new UsageError(`--at ${text}: not a time; write it as 2005-02-19T00:48:07Z, or \`now\``);
  }
  return Math.floor(milliseconds / 1000);
}
