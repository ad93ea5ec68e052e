/** JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037): text in, private keys and the certificates beside them out. */

import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** Most keys read of one set. */
const KEYS_LIMIT = 1000;
/** Most certificates read beside one key. */
const CERTIFICATES_LIMIT = 32;

export type JwkContents = {
  readonly keys: readonly KeyObject[];
  /** DER of `x5c` (RFC 7517 §4.7). */
  readonly certificates: readonly Uint8Array[];
  readonly problems: readonly string[];
};

/** The keys of a JWK or a set of them; undefined where the text is neither. */
export function readJwk(text: string): JwkContents | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entries = isObject(parsed) && Array.isArray(parsed['keys']) ? parsed['keys'] : [parsed];
  const jwks = entries.slice(0, KEYS_LIMIT).filter(isJwk);
  if (jwks.length === 0) return undefined;
  const keys: KeyObject[] = [];
  const certificates: Uint8Array[] = [];
  const problems: string[] = [];
  for (const jwk of jwks) {
    const key = readKey(jwk);
    if (typeof key === 'string') problems.push(key);
    else keys.push(key);
    const chain = Array.isArray(jwk['x5c']) ? jwk['x5c'].slice(0, CERTIFICATES_LIMIT) : [];
    for (const one of chain) if (typeof one === 'string') certificates.push(Buffer.from(one, 'base64'));
  }
  return { keys, certificates, problems };
}

/** The key, or why there is none. */
function readKey(jwk: Jwk): KeyObject | string {
  if (jwk.kty === 'oct') return 'a JWK of type oct is a shared secret and no private key';
  if (jwk['d'] === undefined) return 'a JWK has a public key, which opens nothing; the private one is needed';
  try {
    return createPrivateKey({ format: 'jwk', key: jwk as JsonWebKey });
  } catch {
    return `a JWK of type ${jwk.kty} is damaged or of a kind that node:crypto does not take`;
  }
}

type Jwk = { readonly kty: string; readonly [name: string]: unknown };

function isJwk(value: unknown): value is Jwk {
  return isObject(value) && typeof value['kty'] === 'string';
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
