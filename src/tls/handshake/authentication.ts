/** Checks Finished messages and CertificateVerify signatures over the handshake so far. */
import type { KeyObject } from 'node:crypto';
import { constants, publicDecrypt, verify } from 'node:crypto';
import { equalBytes } from '../../bytes/text.js';
import type { Direction } from '../../model/endpoint.js';
import type { Certificate } from '../../x509/certificate.js';
import { publicKeyOf } from '../../x509/certificate.js';
import type { SignatureCheck } from '../connection.js';
import { digestOf } from '../keys/hash.js';
import { finishedData, ssl3Hashes } from '../keys/key-schedule.js';
import { finishedData13 } from '../keys/key-schedule-13.js';
import type { HandshakeState } from './handshake-state.js';
import type { SignedParameters } from './key-exchange-messages.js';

const SSL3 = 0x0300;
const TLS12 = 0x0303;

/** Whether a Finished has the right verify_data; `order` is its place in the transcript. */
export function checkFinished(
  handshake: HandshakeState,
  sender: Direction,
  verifyData: Uint8Array,
  order: number,
  trafficSecret: Uint8Array | undefined,
): SignatureCheck {
  const { negotiated, transcript, master } = handshake;
  if (negotiated === undefined || !transcript.complete) return 'unverifiable';
  const { version, suite } = negotiated;
  let expected: Uint8Array;
  if (handshake.isTls13) {
    if (trafficSecret === undefined) return 'unverifiable';
    expected = finishedData13(
      suite,
      trafficSecret,
      transcript.hash13(suite.prf, order, handshake.variant),
      handshake.variant,
    );
  } else {
    if (master === undefined) return 'unverifiable';
    expected = finishedData(version, suite, master.secret, sender, transcript.before(order));
  }
  return equalBytes(expected, verifyData) ? 'valid' : 'invalid';
}

const HASH_OF_CODE = [undefined, 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

/** Whether a CertificateVerify's signature fits the certificate and the messages before `order`. */
export function checkCertificateVerify(
  handshake: HandshakeState,
  sender: Direction,
  certificate: Certificate | undefined,
  scheme: number | undefined,
  signature: Uint8Array,
  order: number,
): SignatureCheck {
  const { negotiated, transcript } = handshake;
  const key = certificate === undefined ? undefined : publicKeyOf(certificate);
  if (negotiated === undefined || key === undefined || !transcript.complete) return 'unverifiable';
  let valid: boolean | undefined;
  try {
    if (handshake.isTls13) {
      const hash = transcript.hash13(negotiated.suite.prf, order, handshake.variant);
      const content = signedContent13(sender, hash);
      const allowed = isScheme13(key, scheme ?? 0);
      valid = allowed === true ? checkScheme(key, scheme ?? 0, content, signature) : allowed;
    } else if (negotiated.version >= TLS12) {
      valid = checkScheme(key, scheme ?? 0, Buffer.concat(transcript.before(order)), signature);
    } else {
      valid = checkOld(handshake, key, transcript.before(order), signature);
    }
  } catch {
    // OpenSSL throws on keys and signatures that are malformed or too weak for it.
    valid = undefined;
  }
  return checked(valid);
}

function checked(valid: boolean | undefined): SignatureCheck {
  if (valid === undefined) return 'unverifiable';
  return valid ? 'valid' : 'invalid';
}

/** Whether a ServerKeyExchange is signed with the key of the server's certificate (RFC 5246 §7.4.3, RFC 6101 §5.6.3). */
export function checkKeyExchange(
  { negotiated }: HandshakeState,
  certificate: Certificate | undefined,
  { parameters, scheme, signature }: SignedParameters,
): SignatureCheck {
  const key = certificate === undefined ? undefined : publicKeyOf(certificate);
  if (negotiated === undefined || key === undefined) return 'unverifiable';
  const content = [negotiated.clientRandom, negotiated.serverRandom, parameters];
  try {
    return checked(
      negotiated.version >= TLS12
        ? checkScheme(key, scheme ?? 0, Buffer.concat(content), signature)
        : checkWithoutScheme(key, content, signature),
    );
  } catch {
    return 'unverifiable';
  }
}

/** What is signed in TLS 1.3: RFC 8446 §4.4.3. */
function signedContent13(sender: Direction, transcriptHash: Uint8Array): Uint8Array {
  const label = `TLS 1.3, ${sender} CertificateVerify\0`;
  return Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(label, 'latin1'), transcriptHash]);
}

/** The curve that a scheme of TLS 1.3 is tied to, as OpenSSL names it (RFC 8446 §4.2.3, RFC 8734 §2). */
const CURVES_13: ReadonlyMap<number, string> = new Map([
  [0x0403, 'prime256v1'],
  [0x0503, 'secp384r1'],
  [0x0603, 'secp521r1'],
  [0x081a, 'brainpoolP256r1'],
  [0x081b, 'brainpoolP384r1'],
  [0x081c, 'brainpoolP512r1'],
]);

/**
 * Whether TLS 1.3 lets a key sign a handshake by a scheme (no PKCS #1, no DSA, no SHA-1, one curve a scheme); undefined
 * where the scheme is not known, as those of national standards.
 */
function isScheme13(key: KeyObject, scheme: number): boolean | undefined {
  const curve = CURVES_13.get(scheme);
  if (curve !== undefined) return key.asymmetricKeyDetails?.namedCurve === curve;
  if (scheme >> 8 === 0x08) return true;
  return HASH_OF_CODE[scheme >> 8] !== undefined && KEY_OF_CODE[scheme & 0xff] !== undefined
    ? false
    : undefined;
}

/** Kind of key by the second byte of the pair of hash and signature (RFC 5246 §7.4.1.4.1). */
const KEY_OF_CODE = [undefined, 'rsa', 'dsa', 'ec'] as const;

/** False where the key is of another kind than the scheme says; undefined where the scheme is not known. */
function checkScheme(
  key: KeyObject,
  scheme: number,
  content: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  const kind = key.asymmetricKeyType;
  if (scheme === 0x0807) return kind === 'ed25519' && verify(null, content, key, signature);
  if (scheme === 0x0808) return kind === 'ed448' && verify(null, content, key, signature);
  const hash = hashOfScheme(scheme);
  if (hash === undefined) return undefined;
  if (scheme >= 0x081a && scheme <= 0x081c) return kind === 'ec' && verify(hash, content, key, signature);
  if (scheme >> 8 === 0x08) {
    if (kind !== 'rsa' && kind !== 'rsa-pss') return false;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify(hash, content, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
  }
  return kind === KEY_OF_CODE[scheme & 0xff] && verify(hash, content, key, signature);
}

function hashOfScheme(scheme: number): string | undefined {
  switch (scheme) {
    case 0x0804:
    case 0x0809:
    case 0x081a:
      return 'sha256';
    case 0x0805:
    case 0x080a:
    case 0x081b:
      return 'sha384';
    case 0x0806:
    case 0x080b:
    case 0x081c:
      return 'sha512';
    default:
      return HASH_OF_CODE[scheme >> 8];
  }
}

/** CertificateVerify before TLS 1.2; SSL 3.0 mixes the master secret in (RFC 6101 §5.6.8). */
function checkOld(
  handshake: HandshakeState,
  key: KeyObject,
  messages: readonly Uint8Array[],
  signature: Uint8Array,
): boolean | undefined {
  if (handshake.negotiated?.version !== SSL3) return checkWithoutScheme(key, messages, signature);
  if (handshake.master === undefined || key.asymmetricKeyType !== 'rsa') return undefined;
  return fitsRsa(key, ssl3Hashes(handshake.master.secret, messages), signature);
}

/** Before TLS 1.2: RSA signs MD5 and SHA-1 together with no DigestInfo, DSA and ECDSA sign SHA-1 (RFC 4346 §7.4.3). */
function checkWithoutScheme(
  key: KeyObject,
  content: readonly Uint8Array[],
  signature: Uint8Array,
): boolean | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return fitsRsa(key, Buffer.concat([digestOf('md5', content), digestOf('sha1', content)]), signature);
    case 'dsa':
    case 'ec':
      return verify('sha1', Buffer.concat(content), key, signature);
    default:
      return undefined;
  }
}

/** Whether an RSA signature with PKCS #1 padding of type 1 holds exactly `digest` (RFC 8017 §9.2, without DigestInfo). */
function fitsRsa(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const length = Math.ceil(modulusLength / 8);
  if (signature.length !== length || length < digest.length + 11) return false;
  const expected = Buffer.alloc(length, 0xff);
  expected[0] = 0;
  expected[1] = 1;
  expected[length - digest.length - 1] = 0;
  expected.set(digest, length - digest.length);
  return equalBytes(expected, publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature));
}
