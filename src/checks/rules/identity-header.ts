import type { MessageRule } from '../rule.js';

export const identityHeader: MessageRule = {
  on: 'message',
  id: 'sip/identity-header',
  severity: 'error',
  reference: 'RFC 8224 §6.2',
  title: 'Identity header does not prove who sent the request',
  explanation:
    'The Identity header signs who sent the request: by a string of its fields (RFC 4474) or by a PASSporT (RFC 8224). ' +
    'It is checked where the certificate of the signer was given with --cert; the finding says what came of it.',
  check({ identityHeader: verdict }, report) {
    if (verdict === undefined) return;
    const severity = verdict.status === 'invalid' ? 'error' : verdict.status === 'valid' ? 'info' : 'note';
    report(verdict.reason, 'Identity', severity);
    if (verdict.stale !== undefined) report(verdict.stale, 'Identity', 'warning');
  },
};
