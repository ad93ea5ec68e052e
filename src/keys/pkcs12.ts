/**
 * PKCS #12 (RFC 7292): a PFX and its password in, the keys and certificates inside out. Password integrity and
 * password privacy modes; every bag is read, whatever its order or nesting.
 */

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { latin1 } from '../bytes/text.js';
import {
  children,
  type Element,
  identifier,
  octets,
  readElements,
  readSequence,
  smallInteger,
  TAGS,
} from './elements.js';
import { decryptPbe, HASH_ITERATIONS_LIMIT, type Password, pkcs12Key } from './pbe.js';
import { decryptPkcs8, readPrivateKey } from './private-key.js';

/** Deepest nesting of SafeContents; one level is unusual. */
const NESTING_LIMIT = 8;
/** Most encrypted parts opened: each may cost a second of key derivation. Files have two or three. */
const ENCRYPTED_PARTS_LIMIT = 64;

export type Pkcs12Contents = {
  readonly privateKeys: readonly KeyObject[];
  readonly certificates: readonly Uint8Array[];
  readonly problems: readonly string[];
  /** Whether a part did not open with this password and no MAC says that the password is right. */
  readonly locked: boolean;
};

export type Pkcs12Result =
  | { readonly ok: true; readonly contents: Pkcs12Contents }
  | { readonly ok: false; readonly reason: 'wrong-password' | 'malformed'; readonly message: string };

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const BAGS = '1.2.840.113549.1.12.10.1.';

const MAC_HASHES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.5', 'md5'],
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

type Opened = {
  readonly secret: Password;
  readonly privateKeys: KeyObject[];
  readonly certificates: Uint8Array[];
  readonly problems: string[];
  encryptedParts: number;
  wrongPassword: boolean;
};

/**
 * Opens a PFX. Programs differ in how they write a password: an absent one as two zero octets or as nothing, one that is
 * not ASCII as BMPString (RFC 7292 §B.1) or with each octet of its UTF-8 as a character, as OpenSSL did before 1.1.0. Each
 * form is tried.
 */
export function readPkcs12(der: Uint8Array, secret: Password): Pkcs12Result {
  let best: Pkcs12Result | undefined;
  for (const form of formsOf(secret)) {
    const result = openPkcs12(der, form);
    if (result.ok && !result.contents.locked) return result;
    if (best === undefined || (result.ok && !best.ok)) best = result;
  }
  return best as Pkcs12Result;
}

function formsOf(secret: Password): readonly Password[] {
  const { utf8, bmp } = secret;
  if (utf8.length === 0) return [secret, { ...secret, bmp: NO_OCTETS }];
  if (bmp.length === 2 * utf8.length + 2) return [secret];
  return [secret, { ...secret, bmp: Buffer.from(`${latin1(utf8)}\0`, 'utf16le').swap16() }];
}

const NO_OCTETS = new Uint8Array(0);

function openPkcs12(der: Uint8Array, secret: Password): Pkcs12Result {
  const [, authSafe, macData] = readSequence(der) ?? [];
  const [typeElement, wrapped] = children(authSafe, TAGS.sequence) ?? [];
  const type = identifier(typeElement);
  if (type === SIGNED_DATA) return malformed('its integrity is held by a public key, which is not supported');
  const safe = type === DATA ? octets(children(wrapped, TAGS.context0)?.[0]) : undefined;
  const parts = safe === undefined ? undefined : readSequence(safe);
  if (safe === undefined || parts === undefined) return malformed('the PKCS #12 structure cannot be read');

  const opened: Opened = {
    secret,
    privateKeys: [],
    certificates: [],
    problems: [],
    encryptedParts: 0,
    wrongPassword: false,
  };
  const mac = checkMac(macData, safe, secret);
  if (mac === 'wrong') return { ok: false, reason: 'wrong-password', message: 'the password is wrong' };
  if (mac === 'unsupported') opened.problems.push('its MAC cannot be checked');
  for (const part of parts) readPart(opened, part);
  const { privateKeys, certificates, problems } = opened;
  const locked = opened.wrongPassword && mac !== 'ok';
  return { ok: true, contents: { privateKeys, certificates, problems, locked } };
}

function checkMac(
  macData: Element | undefined,
  safe: Uint8Array,
  secret: Password,
): 'ok' | 'wrong' | 'unsupported' | 'absent' {
  if (macData === undefined) return 'absent';
  const [digestInfo, saltElement, iterationsElement] = children(macData, TAGS.sequence) ?? [];
  const [algorithm, digestElement] = children(digestInfo, TAGS.sequence) ?? [];
  const hash = MAC_HASHES.get(identifier(children(algorithm, TAGS.sequence)?.[0]) ?? '');
  const digest = octets(digestElement);
  const salt = octets(saltElement);
  const iterations = iterationsElement === undefined ? 1 : (smallInteger(iterationsElement) ?? 0);
  if (hash === undefined || digest === undefined || salt === undefined) return 'unsupported';
  if (iterations < 1 || iterations > HASH_ITERATIONS_LIMIT) return 'unsupported';
  const macKey = pkcs12Key(hash, 3, secret.bmp, salt, iterations, digest.length);
  const computed = createHmac(hash, macKey).update(safe).digest();
  return computed.length === digest.length && timingSafeEqual(computed, digest) ? 'ok' : 'wrong';
}

/** One ContentInfo of the AuthenticatedSafe. */
function readPart(opened: Opened, part: Element): void {
  const [typeElement, wrapped] = children(part, TAGS.sequence) ?? [];
  const type = identifier(typeElement);
  const content = children(wrapped, TAGS.context0)?.[0];
  if (type === DATA) {
    readSafe(opened, octets(content), 0);
    return;
  }
  if (type !== ENCRYPTED_DATA) {
    opened.problems.push(`a part of type ${type ?? 'unknown'} is not supported`);
    return;
  }
  const [, encryptedInfo] = children(content, TAGS.sequence) ?? [];
  const [, algorithm, dataElement] = children(encryptedInfo, TAGS.sequence) ?? [];
  const data = octets(dataElement, 0x80);
  if (data === undefined) {
    opened.problems.push('an encrypted part cannot be read');
    return;
  }
  if (!mayOpen(opened)) return;
  const decrypted = decryptPbe(algorithm, data, opened.secret);
  if (decrypted.ok) {
    readSafe(opened, decrypted.bytes, 0);
    return;
  }
  if (decrypted.reason === 'wrong-password') opened.wrongPassword = true;
  opened.problems.push(`an encrypted part cannot be opened: ${decrypted.message}`);
}

function mayOpen(opened: Opened): boolean {
  opened.encryptedParts++;
  if (opened.encryptedParts === ENCRYPTED_PARTS_LIMIT + 1) {
    opened.problems.push(`it has more than ${ENCRYPTED_PARTS_LIMIT} encrypted parts; the rest is left out`);
  }
  return opened.encryptedParts <= ENCRYPTED_PARTS_LIMIT;
}

function readSafe(opened: Opened, bytes: Uint8Array | undefined, depth: number): void {
  const bags = bytes === undefined ? undefined : readSequence(bytes);
  if (bags === undefined || depth > NESTING_LIMIT) {
    opened.problems.push('a part cannot be read');
    return;
  }
  for (const bag of bags) {
    const [typeElement, wrapped] = children(bag, TAGS.sequence) ?? [];
    const value = children(wrapped, TAGS.context0)?.[0];
    if (value !== undefined) readBag(opened, identifier(typeElement), value, depth);
  }
}

function readBag(opened: Opened, type: string | undefined, value: Element, depth: number): void {
  switch (type) {
    case `${BAGS}1`:
      addKey(opened, value.encoded);
      return;
    case `${BAGS}2`: {
      if (!mayOpen(opened)) return;
      const decrypted = decryptPkcs8(value.encoded, opened.secret);
      if (decrypted.ok) {
        addKey(opened, decrypted.bytes);
        return;
      }
      if (decrypted.reason === 'wrong-password') opened.wrongPassword = true;
      opened.problems.push(`a key cannot be opened: ${decrypted.message}`);
      return;
    }
    case `${BAGS}3`: {
      const [kind, wrapped] = children(value, TAGS.sequence) ?? [];
      const der = octets(readElements(wrapped?.contents ?? new Uint8Array(0))?.[0]);
      if (identifier(kind) === X509_CERTIFICATE && der !== undefined) opened.certificates.push(der);
      else opened.problems.push('a certificate is not of type X.509');
      return;
    }
    case `${BAGS}6`:
      readSafe(opened, value.encoded, depth + 1);
      return;
    default:
      // CRLs and secrets of other kinds open nothing here.
      return;
  }
}

function addKey(opened: Opened, der: Uint8Array): void {
  const key = readPrivateKey(der);
  if (key === undefined) opened.problems.push('a private key is of a kind that cannot be used');
  else opened.privateKeys.push(key);
}

function malformed(message: string): Pkcs12Result {
  return { ok: false, reason: 'malformed', message };
}
