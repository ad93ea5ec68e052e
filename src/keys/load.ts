/**
 * Loads one file of keys, certificates or logged secrets, whatever it is: told by content, never by name. PEM with
 * any number of blocks, DER, bare base64, PKCS #1, PKCS #8, SEC 1, both kinds of encrypted keys, PKCS #12, PKCS #7, JWK,
 * PVK and MSBLOB, NSS key logs.
 * Messages name structures and algorithms, never keys or passwords.
 */

import type { KeyObject } from 'node:crypto';
import { append } from '../bytes/append.js';
import type { ParseError } from '../bytes/fault.js';
import { latin1 } from '../bytes/text.js';
import { containerKind } from './container.js';
import { children, readElements, readSequence, TAGS } from './elements.js';
import { readJwk } from './jwk.js';
import { looksLikeKeyLog, parseKeyLog } from './key-log.js';
import type { KeyMaterial, PrivateKeyEntry } from './material.js';
import { isMicrosoftKey, readMicrosoftKey } from './microsoft.js';
import { type Decrypted, type Password, password } from './pbe.js';
import { type PemBlock, parsePem } from './pem.js';
import { readPkcs12 } from './pkcs12.js';
import { decryptDek, decryptPkcs8, publicHalf, readPrivateKey } from './private-key.js';

export type { KeyMaterial, PrivateKeyEntry } from './material.js';

/** Largest PEM or DER file read; key logs may be longer. A bundle of all public CAs has 230 KiB. */
export const KEY_FILE_SIZE_LIMIT = 16 << 20;

export type LoadError = ParseError & {
  /** A password is wanted and none was given. */
  readonly needsPassword?: true;
  /** The password that was given is wrong. */
  readonly wrongPassword?: true;
  /** What could be read without the password, as the certificates beside an encrypted key. */
  readonly partial?: KeyMaterial;
};

export type LoadResult =
  | { readonly ok: true; readonly value: KeyMaterial }
  | { readonly ok: false; readonly error: LoadError };

type Loading = {
  readonly label: string;
  readonly secret: Password | undefined;
  readonly privateKeys: PrivateKeyEntry[];
  readonly certificates: { readonly label: string; readonly der: Uint8Array }[];
  readonly problems: string[];
  needsPassword: boolean;
  wrongPassword: boolean;
};

/**
 * Reads all that `bytes` hold. `label` is how messages name the file; `secretText` is the password of what is
 * encrypted in it. A file that holds nothing of use, or something that stays locked, is an error.
 */
export function loadKeyMaterial(label: string, bytes: Uint8Array, secretText?: string): LoadResult {
  return load(label, withoutByteOrderMark(bytes), secretText);
}

/** Text editors put a mark before UTF-8, and PowerShell's redirection writes UTF-16. */
function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return bytes;
  return Buffer.from(Buffer.from(bytes.subarray(2)).toString('utf16le'), 'latin1');
}

function load(label: string, bytes: Uint8Array, secretText: string | undefined): LoadResult {
  const loading: Loading = {
    label,
    secret: secretText === undefined ? undefined : password(secretText),
    privateKeys: [],
    certificates: [],
    problems: [],
    needsPassword: false,
    wrongPassword: false,
  };
  if (bytes.length === 0) return { ok: false, error: error('the file is empty') };
  const head = latin1(bytes, 0, Math.min(bytes.length, 65_536));
  const isText = !/[\x00-\x08\x0e-\x1a]/.test(head);
  if (isText && !head.includes('-----BEGIN ') && looksLikeKeyLog(head)) return loadKeyLog(bytes);
  if (bytes.length > KEY_FILE_SIZE_LIMIT) {
    return { ok: false, error: error(`the file is larger than ${KEY_FILE_SIZE_LIMIT} bytes`) };
  }

  const looksDer = bytes[0] === TAGS.sequence && containerKind(bytes) !== 'unknown';
  if (looksDer) {
    loadDer(loading, bytes);
  } else if (isMicrosoftKey(bytes)) {
    loadMicrosoftKey(loading, bytes);
  } else if (!loadText(loading, latin1(bytes))) {
    const pem = parsePem(latin1(bytes));
    append(loading.problems, pem.problems);
    for (const block of pem.blocks) loadBlock(loading, block);
  }
  return outcome(loading);
}

/** Keys in text that is no PEM: JWK, and base64 without the lines around it. False where it is neither. */
function loadText(loading: Loading, text: string): boolean {
  const jwk = readJwk(text);
  if (jwk !== undefined) {
    append(loading.problems, jwk.problems);
    for (const key of jwk.keys) addKey(loading, key);
    for (const der of jwk.certificates) loading.certificates.push({ label: loading.label, der });
    return true;
  }
  if (!BASE64.test(text)) return false;
  const der = Buffer.from(text, 'base64');
  if (containerKind(der) === 'unknown') return false;
  loadDer(loading, der);
  return true;
}

const BASE64 = /^["'\s]*[A-Za-z0-9+/\s]+={0,2}["'\s]*$/;

function loadMicrosoftKey(loading: Loading, bytes: Uint8Array): void {
  const read = readMicrosoftKey(bytes, loading.secret);
  if (read.status === 'key') addKey(loading, read.key);
  else if (read.status === 'needs-password') loading.needsPassword = true;
  else if (read.status === 'wrong-password') loading.wrongPassword = true;
  else loading.problems.push(read.message);
}

function outcome(loading: Loading): LoadResult {
  const { privateKeys, certificates, problems } = loading;
  const value: KeyMaterial = { privateKeys, certificates, problems };
  const found = privateKeys.length + certificates.length > 0;
  if (loading.needsPassword) {
    return {
      ok: false,
      error: {
        ...error('it is encrypted, and a password is needed'),
        needsPassword: true,
        ...(found ? { partial: value } : {}),
      },
    };
  }
  if (loading.wrongPassword) {
    return {
      ok: false,
      error: { ...error('the password is wrong'), wrongPassword: true, ...(found ? { partial: value } : {}) },
    };
  }
  if (found) return { ok: true, value };
  return { ok: false, error: error(problems[0] ?? 'no key, certificate or key log is found in it') };
}

function loadKeyLog(bytes: Uint8Array): LoadResult {
  const keyLog = parseKeyLog(latin1(bytes));
  if (keyLog.entries.length === 0)
    return { ok: false, error: error('no line of the key log holds a secret') };
  const { badLines, badLineCount } = keyLog;
  const more = badLineCount > badLines.length ? ` and ${badLineCount - badLines.length} more` : '';
  const problems =
    badLineCount === 0 ? [] : [`key log lines that cannot be read: ${badLines.join(', ')}${more}`];
  return { ok: true, value: { privateKeys: [], certificates: [], keyLog, problems } };
}

function loadBlock(loading: Loading, block: PemBlock): void {
  const { label, bytes, encryption } = block;
  if (encryption !== undefined) {
    if (loading.secret === undefined) loading.needsPassword = true;
    else addDecrypted(loading, decryptDek(bytes, encryption.cipher, encryption.iv, loading.secret));
    return;
  }
  if (label === 'OPENSSH PRIVATE KEY') {
    loading.problems.push('the key is in OpenSSH format; `ssh-keygen -p -m PEM` makes it PEM');
    return;
  }
  // `openssl ecparam` puts the curve before the key.
  if (label === 'EC PARAMETERS' || label === 'DSA PARAMETERS' || label === 'DH PARAMETERS') return;
  // OpenSSL's trusted certificates have its own trust settings after the certificate.
  const der = label === 'TRUSTED CERTIFICATE' ? (readElements(bytes)?.[0]?.encoded ?? bytes) : bytes;
  loadDer(loading, der, label);
}

function loadDer(loading: Loading, der: Uint8Array, blockLabel?: string): void {
  const kind = containerKind(der);
  const what = blockLabel === undefined ? '' : ` (PEM block ${blockLabel})`;
  switch (kind) {
    case 'pkcs1':
    case 'pkcs8':
    case 'sec1':
    case 'dsa':
      addKey(loading, readPrivateKey(der));
      return;
    case 'encrypted-pkcs8':
      if (loading.secret === undefined) loading.needsPassword = true;
      else addDecrypted(loading, decryptPkcs8(der, loading.secret));
      return;
    case 'certificate':
      // Copied: the caller's bytes are a view of a larger file.
      loading.certificates.push({ label: loading.label, der: new Uint8Array(der) });
      return;
    case 'pkcs7':
      loadPkcs7(loading, der);
      return;
    case 'pkcs12':
      loadPkcs12(loading, der);
      return;
    case 'certificate-request':
      loading.problems.push(`a certificate request is no key and no certificate${what}`);
      return;
    case 'crl':
      loading.problems.push(`a CRL is no key and no certificate${what}`);
      return;
    case 'public-key':
      loading.problems.push(`a public key opens nothing; the private one is needed${what}`);
      return;
    case 'unknown':
      loading.problems.push(`a structure is not known or damaged${what}`);
      return;
  }
}

function addKey(loading: Loading, key: KeyObject | undefined): void {
  if (key === undefined) {
    loading.problems.push('a private key is damaged or of a kind that OpenSSL does not take');
    return;
  }
  try {
    loading.privateKeys.push({ label: loading.label, key, spki: publicHalf(key) });
  } catch {
    loading.problems.push('a private key has no usable public half');
  }
}

function addDecrypted(loading: Loading, decrypted: Decrypted): void {
  if (decrypted.ok) {
    addKey(loading, readPrivateKey(decrypted.bytes));
    return;
  }
  if (decrypted.reason === 'wrong-password') loading.wrongPassword = true;
  else loading.problems.push(decrypted.message);
}

function loadPkcs12(loading: Loading, der: Uint8Array): void {
  // Many files have the empty password: that is tried before one is asked for.
  const result = readPkcs12(der, loading.secret ?? password(''));
  if (result.ok) {
    for (const key of result.contents.privateKeys) addKey(loading, key);
    for (const certificate of result.contents.certificates) {
      loading.certificates.push({ label: loading.label, der: new Uint8Array(certificate) });
    }
    for (const problem of result.contents.problems) loading.problems.push(problem);
    if (!result.contents.locked) return;
  } else if (result.reason === 'malformed') {
    loading.problems.push(result.message);
    return;
  }
  if (loading.secret === undefined) loading.needsPassword = true;
  else loading.wrongPassword = true;
}

/** The certificates of a SignedData, as `.p7c` and `.p7b` files have them. */
function loadPkcs7(loading: Loading, der: Uint8Array): void {
  const [, wrapped] = readSequence(der) ?? [];
  const signedData = children(children(wrapped, TAGS.context0)?.[0], TAGS.sequence);
  const list = children(
    signedData?.find((element) => element.tag === TAGS.context0),
    TAGS.context0,
  );
  const certificates = (list ?? []).filter((element) => element.tag === TAGS.sequence);
  if (certificates.length === 0) loading.problems.push('a PKCS #7 structure has no certificates');
  for (const certificate of certificates) {
    loading.certificates.push({ label: loading.label, der: new Uint8Array(certificate.encoded) });
  }
}

function error(message: string): LoadError {
  return { layer: 'keys', message, offset: 0 };
}
