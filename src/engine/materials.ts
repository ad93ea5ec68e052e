/** Keys, certificates and key logs of a run, loaded from files into its context. */
import { type AnalysisContext, createContext } from '../analyzer/context.js';
import { latin1 } from '../bytes/text.js';
import { GrowingText } from '../io/growing-text.js';
import { isFolder, listFiles, MAX_KEY_LOG_LENGTH, readSmallFile } from '../io/read-whole.js';
import { canReadTwice } from '../io/source.js';
import { Keyring } from '../keys/keyring.js';
import { type KeyMaterial, loadKeyMaterial } from '../keys/load.js';
import { parsePem } from '../keys/pem.js';
import type { PolicyOptions } from '../x509/chain.js';
import { parseCrl } from '../x509/revocation/crl.js';

/** What the files are given for. */
export type MaterialUse = 'key' | 'keyLog' | 'certificate' | 'anchor' | 'crl';

/** What a run is given; paths name files, of keys, certificates and anchors folders too. */
export type Materials = {
  /** Private keys (PEM, DER, PKCS #12) with the password of each, where it has one of its own. */
  readonly keys?: readonly { readonly path: string; readonly password?: string }[];
  /** Tried for every key and CMS body that needs a password. */
  readonly password?: string | undefined;
  /** NSS key logs. */
  readonly keyLogs?: readonly string[];
  readonly presharedKeys?: readonly Uint8Array[];
  /** Certificates of others. */
  readonly certificates?: readonly string[];
  /** Trust anchors. */
  readonly anchors?: readonly string[];
  /** Certificate revocation lists, PEM or DER. */
  readonly crls?: readonly string[];
  /** What is asked of certificate policies. */
  readonly policies?: PolicyOptions | undefined;
  /** Unix seconds at which certificates are judged; by default the time of the frame. */
  readonly judgeAt?: number | undefined;
  /** How many times the usual work with keys is done for a message, and for all of them; 1 by default. */
  readonly effort?: number | undefined;
  /** Most bytes of a body in the text or base64 of its record; a megabyte by default. */
  readonly maxBody?: number | undefined;
};

/** A file that cannot be used. The message is a sentence that begins with its path and never holds a secret. */
export class MaterialError extends Error {
  readonly use: MaterialUse;
  /** Whether a password may help. */
  readonly needsPassword: boolean;

  constructor(use: MaterialUse, message: string, needsPassword = false) {
    super(message);
    this.use = use;
    this.needsPassword = needsPassword;
  }
}

export type MaterialHooks = {
  /** Takes sentences about what was left out. */
  readonly tell: (line: string) => void;
  /** Asks for the password of a key that needs one; undefined where there is no one to ask. */
  readonly askPassword?: (path: string) => Promise<string | undefined>;
};

/** How often a growing key log is looked at: records wait for their secret meanwhile. */
const KEY_LOG_POLL_MILLISECONDS = 500;

/** TLS sessions of a capture without end: those resumed hours later do not open, and memory stays what it is after minutes. */
const LIVE_SESSIONS = { sessions: 10_000, premasters: 64 };

/** Largest file of revocation lists: that of an authority with a million revoked certificates has 40 MB. */
const MAX_CRL_LENGTH = 64 * 1024 * 1024;

type NamedDer = { readonly label: string; readonly der: Uint8Array };

/**
 * Loads what a run is given into its context. In `live` use key logs may be empty or not there yet, and are read on as
 * they grow. Throws MaterialError.
 */
export async function loadMaterials(
  materials: Materials,
  hooks: MaterialHooks,
  use: 'files' | 'live' = 'files',
): Promise<AnalysisContext> {
  const {
    keys = [],
    keyLogs = [],
    presharedKeys = [],
    certificates = [],
    anchors = [],
    crls = [],
  } = materials;
  const { password, policies, judgeAt, effort, maxBody } = materials;
  const keyring = new Keyring();
  if (password !== undefined) keyring.addPassword(password);
  for (const key of keys) await addKeys(keyring, key.path, key.password ?? password, hooks);
  if (use === 'files') for (const path of keyLogs) addKeyLog(keyring, path);
  for (const key of presharedKeys) keyring.addPresharedKey(key);
  const { context, problems } = createContext({
    keyring,
    certificates: certificates.flatMap((path) => loadCertificates('certificate', path, hooks)),
    anchors: anchors.flatMap((path) => loadCertificates('anchor', path, hooks)),
    crls: crls.flatMap((path) => loadCrls(path, hooks)),
    policies,
    effort,
    maxBody,
    ...(judgeAt === undefined ? {} : { judgeAt }),
    now: Math.floor(Date.now() / 1000),
    ...(use === 'live' ? { sessionLimits: LIVE_SESSIONS } : {}),
  });
  for (const problem of problems) hooks.tell(problem);
  return use === 'live' ? withGrowingKeyLogs(context, keyLogs) : context;
}

function withGrowingKeyLogs(context: AnalysisContext, paths: readonly string[]): AnalysisContext {
  if (paths.length === 0) return context;
  const pipe = paths.find((path) => !canReadTwice(path));
  if (pipe !== undefined) {
    const reason = 'this is a pipe or a device; only a file is read on as it grows';
    throw new MaterialError('keyLog', `${pipe}: ${reason}`);
  }
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

async function addKeys(
  keyring: Keyring,
  path: string,
  password: string | undefined,
  hooks: MaterialHooks,
): Promise<void> {
  if (!isFolder(path)) {
    keyring.add(await loadOne(path, password, hooks));
    return;
  }
  for (const file of filesOf('key', path, hooks)) {
    const loaded = loadKeyMaterial(file, read('key', file), password);
    if (loaded.ok) keyring.add(loaded.value);
    else hooks.tell(`${file}: ${loaded.error.message}; left out`);
  }
}

async function loadOne(
  path: string,
  password: string | undefined,
  { tell, askPassword }: MaterialHooks,
): Promise<KeyMaterial> {
  const bytes = read('key', path);
  let loaded = loadKeyMaterial(path, bytes, password);
  if (!loaded.ok && loaded.error.needsPassword === true && password === undefined) {
    const typed = await askPassword?.(path);
    if (typed !== undefined) loaded = loadKeyMaterial(path, bytes, typed);
  }
  if (!loaded.ok) {
    const { message, needsPassword } = loaded.error;
    throw new MaterialError('key', `${path}: ${message}`, needsPassword);
  }
  for (const problem of loaded.value.problems) tell(`${path}: ${problem}`);
  return loaded.value;
}

function addKeyLog(keyring: Keyring, path: string): void {
  const added = keyring.addKeyLog(Buffer.from(read('keyLog', path, MAX_KEY_LOG_LENGTH)).toString('latin1'));
  if (added === 0)
    throw new MaterialError('keyLog', `${path}: this is no NSS key log: no line of it holds a secret`);
}

function loadCertificates(use: MaterialUse, path: string, hooks: MaterialHooks): NamedDer[] {
  return filesOf(use, path, hooks).flatMap((file) => {
    const loaded = loadKeyMaterial(file, read(use, file));
    if (loaded.ok) {
      const { certificates } = loaded.value;
      if (certificates.length === 0 && !isFolder(path))
        throw new MaterialError(use, `${file}: no certificate is in it`);
      return [...certificates];
    }
    if (!isFolder(path)) throw new MaterialError(use, `${file}: ${loaded.error.message}`);
    hooks.tell(`${file}: ${loaded.error.message}; left out`);
    return [];
  });
}

/** The revocation lists of a file or folder; a file that was named for them must hold one. */
function loadCrls(path: string, hooks: MaterialHooks): NamedDer[] {
  return filesOf('crl', path, hooks).flatMap((file) => {
    const lists = crlsIn(read('crl', file, MAX_CRL_LENGTH)).map((der): NamedDer => ({ label: file, der }));
    const [first] = lists;
    const problem = first === undefined ? 'no certificate revocation list is in it' : problemOf(first.der);
    if (problem === undefined) return lists;
    if (!isFolder(path)) throw new MaterialError('crl', `${file}: ${problem}`);
    hooks.tell(`${file}: ${problem}; left out`);
    return [];
  });
}

/** PEM blocks of revocation lists, or the bytes themselves where they could be DER. */
function crlsIn(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  const { blocks } = parsePem(latin1(bytes));
  return blocks.flatMap(({ label, bytes: der }) => (/^(?:X509 )?CRL$/.test(label) ? [der] : []));
}

function problemOf(der: Uint8Array): string | undefined {
  const result = parseCrl(der);
  return result.ok ? undefined : `not a certificate revocation list: ${result.error.message}`;
}

function filesOf(use: MaterialUse, path: string, { tell }: MaterialHooks): readonly string[] {
  const files = listFiles(path);
  if (!files.ok) throw new MaterialError(use, files.message);
  if (!isFolder(path)) return files.paths;
  if (files.paths.length === 0) throw new MaterialError(use, `${path}: no file is in this folder`);
  // A folder holds other things too: what is no key or certificate is told, not fatal, and a pipe not waited for.
  return files.paths.filter((file) => {
    if (canReadTwice(file)) return true;
    tell(`${file}: this is a pipe or a device; left out`);
    return false;
  });
}

function read(use: MaterialUse, path: string, limit?: number): Uint8Array {
  const file = readSmallFile(path, limit);
  if (!file.ok) throw new MaterialError(use, file.message);
  return file.bytes;
}
