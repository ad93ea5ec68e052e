import { createPublicKey, verify } from 'node:crypto';
import { type IdentityHeader, identityDigestStrings, parseIdentity } from '../sip/identity.js';
import type { SipMessage } from '../sip/message.js';
import { type Certificate, publicKeyOf } from '../x509/certificate.js';

/** What became of a message's Identity header. */
export type IdentityHeaderVerdict = {
  readonly header: IdentityHeader;
  readonly status: 'valid' | 'invalid' | 'unverifiable';
  /** A whole sentence. */
  readonly reason: string;
  /** Of whose key it is, where it is valid. */
  readonly certificate?: Certificate;
  /** A PASSporT whose iat is further than this from the message's time is stale (RFC 8224 §6.2). */
  readonly stale?: string;
};

/** RFC 8224 §6.2 recommends sixty seconds. */
const FRESH_SECONDS = 60;

/**
 * Verifies the Identity header of a message with the certificates at hand; undefined where it has none. `atSeconds`
 * is when the message was sent.
 */
export function judgeIdentityHeader(
  message: SipMessage,
  certificates: readonly Certificate[],
  atSeconds: number,
): IdentityHeaderVerdict | undefined {
  const header = parseIdentity(message);
  if (header === undefined) return undefined;
  switch (header.kind) {
    case 'malformed':
      return { header, status: 'invalid', reason: `The Identity header cannot be read: ${header.reason}.` };
    case 'rfc4474':
      return judgeRfc4474(message, header, certificates);
    case 'passport':
      return judgePassport(header, certificates, atSeconds);
  }
}

function judgeRfc4474(
  message: SipMessage,
  header: Extract<IdentityHeader, { kind: 'rfc4474' }>,
  certificates: readonly Certificate[],
): IdentityHeaderVerdict {
  const strings = identityDigestStrings(message);
  if (strings === undefined) {
    const reason = 'The Identity header covers From, To, Call-ID, CSeq and Date, and one of them is missing.';
    return { header, status: 'invalid', reason };
  }
  // RSA signatures are as long as the key.
  const candidates = certificates.filter(
    ({ publicKey }) =>
      /^rsa/i.test(publicKey.algorithm) && Math.ceil(publicKey.bits / 8) === header.signature.length,
  );
  const digest = header.algorithm === 'rsa-sha256' ? 'sha256' : 'sha1';
  for (const certificate of candidates) {
    const key = publicKeyOf(certificate);
    if (key === undefined) continue;
    for (const { name, bytes } of strings) {
      if (!verifies(digest, bytes, key, header.signature)) continue;
      const reason = `The Identity signature verifies with the certificate of "${certificate.subject}" (${name}).`;
      return { header, status: 'valid', reason, certificate };
    }
  }
  const domain = 'the certificate of the sender’s domain';
  if (candidates.length === 0) {
    const where = header.info === undefined ? '' : `, which Identity-Info says is at ${header.info}`;
    return {
      header,
      status: 'unverifiable',
      reason: `To check the Identity header, ${domain} is needed${where}.`,
    };
  }
  const tried = `${candidates.length} given ${candidates.length === 1 ? 'certificate' : 'certificates'}`;
  const forms = strings.map(({ name }) => name).join(', ');
  return {
    header,
    status: 'unverifiable',
    reason:
      `The Identity signature does not verify with any of ${tried} that could have made it, in the forms of ${forms}: ` +
      'the message was changed after signing, or the signer has another certificate or another form.',
  };
}

function judgePassport(
  header: Extract<IdentityHeader, { kind: 'passport' }>,
  certificates: readonly Certificate[],
  atSeconds: number,
): IdentityHeaderVerdict {
  const { claims, algorithm, info } = header;
  if (header.header === undefined || claims === undefined) {
    return { header, status: 'invalid', reason: 'Header or claims of the PASSporT are no JSON objects.' };
  }
  const issued = claims['iat'];
  const age = typeof issued === 'number' ? atSeconds - issued : undefined;
  const stale =
    age === undefined
      ? 'The PASSporT does not say when it was issued.'
      : Math.abs(age) > FRESH_SECONDS
        ? `The PASSporT was issued ${Math.abs(age)} s ${age > 0 ? 'before' : 'after'} the message; ${FRESH_SECONDS} s are fresh.`
        : undefined;
  const common = { header, ...(stale === undefined ? {} : { stale }) };
  if (algorithm.toUpperCase() !== 'ES256') {
    return {
      ...common,
      status: 'unverifiable',
      reason: `The PASSporT is signed with ${algorithm}, not ES256.`,
    };
  }
  const candidates = certificates.filter(
    ({ publicKey }) => publicKey.bits === 256 && !/^rsa/i.test(publicKey.algorithm),
  );
  for (const certificate of candidates) {
    const key = createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' });
    try {
      if (verify('sha256', header.signingInput, { key, dsaEncoding: 'ieee-p1363' }, header.signature)) {
        const reason = `The PASSporT verifies with the certificate of "${certificate.subject}".`;
        return { ...common, status: 'valid', reason, certificate };
      }
    } catch {
      // A key that node:crypto does not take is not the signer's.
    }
  }
  if (candidates.length === 0) {
    const where = info === undefined ? '' : `; it says that it is at ${info}`;
    const reason = `To check the PASSporT, its signer's certificate is needed${where}.`;
    return { ...common, status: 'unverifiable', reason };
  }
  const count =
    candidates.length === 1
      ? 'the given P-256 certificate'
      : `any of ${candidates.length} given P-256 certificates`;
  return { ...common, status: 'invalid', reason: `The PASSporT does not verify with ${count}.` };
}

function verifies(
  digest: string,
  bytes: Uint8Array,
  key: NonNullable<ReturnType<typeof publicKeyOf>>,
  signature: Uint8Array,
): boolean {
  try {
    return verify(digest, bytes, key, signature);
  } catch {
    return false;
  }
}
