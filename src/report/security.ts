import type { SipMessageEvent } from '../analyzer/events.js';
import { isEncrypted, type Signer, type Verdict } from '../cms/model.js';
import { type Body, eachBody } from '../model/body.js';
import type { IdentityVerdict } from '../x509/identity.js';

/**
 * What protects a message, in a few words for a column: the TLS version and suite around it, and of its bodies who signed
 * them whether they were decrypted, whether a digest or MAC fits, and what became of Identity headers. `signed ok` is earned: the signature is valid, the chain of the signer leads to an
 * anchor that was given, the certificate is for the sender of the message, and no part is left unsigned. Else the words say what is missing.
 */
export function securityWords(event: SipMessageEvent): string {
  const words: string[] = [];
  const { tls } = event;
  if (tls?.version !== undefined) words.push(`${tls.version} ${shortSuite(tls.cipherSuite?.name)}`.trim());
  if (event.message.body.length > 0) {
    for (const { body } of eachBody(event.body)) {
      const { cms } = body;
      if (cms?.contentType === 'signed_data') {
        cms.signers.forEach((signer, index) => {
          const own = signatureWords(signer, body.identities[index]);
          words.push(own === SIGNED_OK && hasUnsignedPart(event.body) ? IN_PART : own);
        });
      } else if (isEncrypted(cms)) {
        words.push(cms.decryption.status === 'decrypted' ? 'decrypted' : 'not decrypted');
      } else if (cms?.contentType === 'digested_data') words.push(`digest ${VERDICT_WORDS[cms.digest]}`);
      else if (cms?.contentType === 'authenticated_data') words.push(`MAC ${VERDICT_WORDS[cms.mac]}`);
    }
  }
  for (const { status } of event.identityHeaders ?? []) words.push(IDENTITY_WORDS[status]);
  return words.join('; ');
}

/** How a security column is coloured: by its worst word. */
export function securityStyle(words: string): 'red' | 'yellow' | 'green' {
  if (/\b(?:signed|digest|MAC|identity) BAD/.test(words) || words.includes(NOT_BY_SENDER)) return 'red';
  // A digest anybody can make, and a MAC whoever knows the recipient's key: neither says who the sender is.
  return /\bnot decrypted|\bsigned(?! ok)|\bidentity (?!ok)|\bdigest |\bMAC /.test(words)
    ? 'yellow'
    : 'green';
}

/** An Identity header is `ok` where all of it holds (checks/identity/verdict.ts). */
const IDENTITY_WORDS = { valid: 'identity ok', invalid: 'identity BAD', unverifiable: 'identity ?' } as const;
const VERDICT_WORDS: Readonly<Record<Verdict, string>> = { valid: 'ok', invalid: 'BAD', unverifiable: '?' };

const NOT_BY_SENDER = 'signed, not by the sender';
const SIGNED_OK = 'signed ok';
const IN_PART = 'signed, other parts are not';

/** Whether a body holds something that no signature in it covers, as a third part of multipart/signed. */
function hasUnsignedPart(body: Body | undefined): boolean {
  if (body === undefined) return false;
  const { cms, parts, content } = body;
  if (cms?.contentType === 'signed_data' && !cms.detached) return false;
  const signature = parts[1]?.cms;
  const isSigned = body.contentType?.subtype === 'signed' && signature?.contentType === 'signed_data';
  if (isSigned) return parts.length > 2;
  if (parts.length > 0) return parts.some(hasUnsignedPart);
  return content === undefined || hasUnsignedPart(content);
}

function signatureWords({ signature, chain }: Signer, identity: IdentityVerdict | undefined): string {
  if (signature === 'invalid') return 'signed BAD';
  if (signature === 'unverifiable') return 'signed ?';
  if (identity?.status === 'mismatch') return NOT_BY_SENDER;
  if (chain === undefined || chain.status === 'no_anchors') return 'signed, no anchor given';
  if (chain.status !== 'valid') return 'signed, signer not trusted';
  return identity?.status === 'match' ? SIGNED_OK : 'signed, sender not named';
}

/** `RSA_WITH_AES_256_CBC_SHA` for `TLS_RSA_WITH_AES_256_CBC_SHA`: the version stands beside it. */
function shortSuite(name: string | undefined): string {
  return name === undefined ? '' : name.replace(/^TLS_/, '');
}
