/**
 * ServerKeyExchange and ClientKeyExchange (RFC 5246 §7.4.3, §7.4.7, RFC 8422 §5.4, RFC 4279): their form depends on the key
 * exchange of the cipher suite. As in messages.ts, byte fields are views into the body.
 */
import { Cursor } from '../../bytes/cursor.js';
import type { KeyExchange } from '../registries/cipher-suites.js';
import { groupName, signatureSchemeName } from '../registries/names.js';

/** The signed part of a ServerKeyExchange (RFC 5246 §7.4.3, RFC 8422 §5.4). */
export type SignedParameters = {
  readonly parameters: Uint8Array;
  /** SignatureScheme; undefined before TLS 1.2. */
  readonly scheme: number | undefined;
  readonly signature: Uint8Array;
};
export type ServerKeyExchange = {
  readonly kind: 'server_key_exchange';
  /** Named curve, `dh` with the prime's bits, or `rsa` with the temporary key's bits, where it is known. */
  readonly parameters: string | undefined;
  readonly body: Uint8Array;
  /** What the server signed of it; undefined where it signs nothing, or the form is not known. */
  readonly signed: SignedParameters | undefined;
};

export type ClientKeyExchange = {
  readonly kind: 'client_key_exchange';
  /** RSA key exchange alone. */
  readonly encryptedPremaster: Uint8Array | undefined;
  readonly body: Uint8Array;
};

const TLS12 = 0x0303;
/** ECCurveType (RFC 8422 §5.4). */
const NAMED_CURVE = 3;

/** Reads a ServerKeyExchange of a version and key exchange. */
export function readServerKeyExchange(
  cursor: Cursor,
  version: number,
  keyExchange: KeyExchange | undefined,
): ServerKeyExchange {
  const body = cursor.bytes.subarray(cursor.offset, cursor.end);
  const look = new Cursor(cursor.bytes, cursor.offset, cursor.end);
  const named = readParameters(look, keyExchange);
  const parameters = look.shortage === undefined ? named : undefined;
  // Only of these is it known where the parameters end; those of pre-shared keys are not signed (RFC 4279 §3).
  const isSigned =
    parameters !== undefined && look.remaining > 0 && ['ecdhe', 'dhe', 'rsa'].includes(keyExchange ?? '');
  const bytes = isSigned ? cursor.take(look.offset - cursor.offset, 'parameters') : cursor.rest('parameters');
  if (parameters !== undefined) cursor.explain(parameters);
  if (!isSigned) return { kind: 'server_key_exchange', parameters, body, signed: undefined };
  const scheme = readScheme(cursor, version);
  const signature = cursor.take(cursor.u16(), 'signature');
  return { kind: 'server_key_exchange', parameters, body, signed: { parameters: bytes, scheme, signature } };
}

/** Reads the parameters of a key exchange and answers what is told of them; undefined where their form is not known. */
function readParameters(look: Cursor, keyExchange: KeyExchange | undefined): string | undefined {
  if (keyExchange === 'dhe_psk' || keyExchange === 'ecdhe_psk') look.skip(look.u16());
  switch (keyExchange) {
    case 'ecdhe':
    case 'ecdhe_psk': {
      if (look.u8() !== NAMED_CURVE) return undefined;
      const group = groupName(look.u16());
      look.skip(look.u8());
      return group;
    }
    case 'dhe':
    case 'dhe_psk': {
      const prime = look.take(look.u16());
      look.skip(look.u16());
      look.skip(look.u16());
      return `dh ${bitLength(prime)} bits`;
    }
    case 'rsa': {
      const modulus = look.take(look.u16());
      look.skip(look.u16());
      return `rsa ${bitLength(modulus)} bits`;
    }
    default:
      return undefined;
  }
}

/** The SignatureScheme before a signature; before TLS 1.2 the key alone says how it signs. */
export function readScheme(cursor: Cursor, version: number): number | undefined {
  if (version < TLS12) return undefined;
  const scheme = cursor.u16('algorithm');
  cursor.explain(signatureSchemeName(scheme));
  return scheme;
}

function bitLength(integer: Uint8Array): number {
  const first = integer.findIndex((byte) => byte !== 0);
  if (first < 0) return 0;
  return (integer.length - first - 1) * 8 + (32 - Math.clz32(integer[first] as number));
}

/** Reads a ClientKeyExchange of a version and key exchange. */
export function readClientKeyExchange(
  cursor: Cursor,
  version: number,
  keyExchange: KeyExchange | undefined,
): ClientKeyExchange {
  if (keyExchange === 'rsa_psk') cursor.take(cursor.u16(), 'psk_identity');
  if (keyExchange !== 'rsa' && keyExchange !== 'rsa_psk') {
    return {
      kind: 'client_key_exchange',
      encryptedPremaster: undefined,
      body: cursor.rest('exchange_keys'),
    };
  }
  // SSL 3.0 sends the encrypted premaster secret without a length (RFC 5246 §7.4.7.1 tells of it), but some
  // implementations have one there: it is taken for a length where it fits what follows.
  const announced = (cursor.peek(0) << 8) | cursor.peek(1);
  const hasLength = version > 0x0300 || announced === cursor.remaining - 2;
  const encryptedPremaster = hasLength
    ? cursor.take(cursor.u16('length'), 'encrypted_premaster_secret')
    : cursor.rest('encrypted_premaster_secret');
  return { kind: 'client_key_exchange', encryptedPremaster, body: encryptedPremaster };
}
