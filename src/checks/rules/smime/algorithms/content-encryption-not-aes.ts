import { isEncrypted } from '../../../../cms/model.js';
import type { BodyRule } from '../../../rule.js';

/** Keys of 56 bits and fewer, and RC4. */
const BROKEN = /^(des-?cbc|descbc|rc2|rc4)/i;

export const contentEncryptionNotAes: BodyRule = {
  on: 'body',
  id: 'smime/content-encryption-not-aes',
  severity: 'warning',
  reference: 'RFC 3853 §3',
  title: 'content is not encrypted with AES',
  explanation:
    'RFC 3853 makes AES the encryption algorithm of S/MIME in SIP (it updates RFC 3261 §23.3): a receiver that follows ' +
    'it need not know another. Single DES, RC2 and RC4 can be broken besides.',
  check(body, path, report) {
    const { cms } = body;
    if (!isEncrypted(cms)) return;
    const algorithm = cms.contentEncryptionAlgorithm;
    if (algorithm === '' || algorithm === 'unknown' || /^(id-)?aes/i.test(algorithm)) return;
    const broken = BROKEN.test(algorithm);
    const judgement = broken ? ', which can be broken, and not with AES' : ', not with AES';
    report(`the content is encrypted with ${algorithm}${judgement}`, path, broken ? 'error' : 'warning');
  },
};
