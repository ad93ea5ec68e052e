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
    expected = finishedData13(suite, trafficSecret, transcript.hash13(suite.prf, order));
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
      const hash = transcript.hash13(negotiated.suite.prf, order);
      valid = checkScheme(key, scheme ?? 0, signedContent13(sender, hash), signature);
    } else if (negotiated.version >= 0x0303) {
      valid = checkScheme(key, scheme ?? 0, Buffer.concat(transcript.before(order)), signature);
    } else {
      valid = checkOld(handshake, key, transcript.before(order), signature);
    }
  } catch {
    // OpenSSL throws on keys and signatures that are malformed or too weak for it.
    valid = undefined;
  }
  if (valid === undefined) return 'unverifiable';
  return valid ? 'valid' : 'invalid';
}

/** What is signed in TLS 1.3: RFC 8446 §4.4.3. */
function signedContent13(sender: Direction, transcriptHash: Uint8Array): Uint8Array {
  const label = `TLS 1.3, ${sender} CertificateVerify\0`;
  return Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from(label, 'latin1'), transcriptHash]);
}

function checkScheme(
  key: KeyObject,
  scheme: number,
  content: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  if (scheme === 0x0807 || scheme === 0x0808) return verify(null, content, key, signature);
  if (scheme >= 0x0804 && scheme <= 0x080b) {
    const hash = (['sha256', 'sha384', 'sha512'] as const)[
      (scheme - 0x0804 - (scheme >= 0x0809 ? 5 : 0)) | 0
    ];
    if (hash === undefined) return undefined;
    const options = {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    return verify(hash, content, options, signature);
  }
  const hash = HASH_OF_CODE[scheme >> 8];
  if (hash === undefined) return undefined;
  return verify(hash, content, key, signature);
}

/** Before TLS 1.2: RSA signs MD5 and SHA-1 together with no DigestInfo, DSA and ECDSA sign SHA-1 (RFC 4346 §7.4.3). */
function checkOld(
  handshake: HandshakeState,
  key: KeyObject,
  messages: readonly Uint8Array[],
  signature: Uint8Array,
): boolean | undefined {
  const ssl3 = handshake.negotiated?.version === 0x0300;
  if (ssl3 && handshake.master === undefined) return undefined;
  if (key.asymmetricKeyType === 'rsa') {
    const digest =
      ssl3 && handshake.master !== undefined
        ? ssl3Hashes(handshake.master.secret, messages)
        : Buffer.concat([digestOf('md5', messages), digestOf('sha1', messages)]);
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return equalBytes(signed, digest);
  }
  if (ssl3) return undefined;
  return verify('sha1', Buffer.concat(messages), key, signature);
}
