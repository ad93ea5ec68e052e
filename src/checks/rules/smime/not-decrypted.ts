import { isEncrypted } from '../../../cms/model.js';
import type { BodyRule } from '../../rule.js';

export const bodyNotDecrypted: BodyRule = {
  on: 'body',
  id: 'smime/not-decrypted',
  severity: 'note',
  reference: 'RFC 5652 §6',
  title: 'encrypted body was not decrypted',
  explanation:
    'The content is encrypted and could not be opened: the private key of one of its recipients is needed (-k), for ' +
    'EncryptedData the password or key that both sides share, or what was encrypted is damaged.',
  check(body, path, report) {
    const { cms } = body;
    if (!isEncrypted(cms)) return;
    const { status, reason } = cms.decryption;
    if (status !== 'decrypted') report(reason, path, status === 'failed' ? 'error' : 'note');
  },
};
