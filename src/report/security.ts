import type { SipMessageEvent } from '../analyzer/events.js';
import { eachBody } from '../model/body.js';

/**
 * What protects a message, in a few words for a column: the TLS version and suite around it, and of its bodies
 * `signed ok`, `signed BAD`, `signed ?` (unknown: cannot be checked), `encrypted, opened` or `encrypted, closed`.
 */
export function securityWords(event: SipMessageEvent): string {
  const words: string[] = [];
  const { tls } = event;
  if (tls?.version !== undefined) words.push(`${tls.version} ${shortSuite(tls.cipherSuite?.name)}`.trim());
  if (event.message.body.length > 0) {
    for (const { body } of eachBody(event.body)) {
      const { cms } = body;
      if (cms?.contentType === 'signed_data') {
        for (const { signature } of cms.signers) words.push(SIGNATURE_WORDS[signature]);
      } else if (cms?.contentType === 'enveloped_data' || cms?.contentType === 'auth_enveloped_data') {
        words.push(cms.decryption.status === 'decrypted' ? 'encrypted, opened' : 'encrypted, closed');
      }
    }
  }
  return words.join('; ');
}

const SIGNATURE_WORDS = { valid: 'signed ok', invalid: 'signed BAD', unverifiable: 'signed ?' } as const;

/** `RSA_WITH_AES_256_CBC_SHA` for `TLS_RSA_WITH_AES_256_CBC_SHA`: the version stands beside it. */
function shortSuite(name: string | undefined): string {
  return name === undefined ? '' : name.replace(/^TLS_/, '');
}
