import type { MessageRule } from '../../rule.js';

export const identityHeader: MessageRule = {
  on: 'message',
  about: 'identity',
  id: 'sip/identity-header',
  severity: 'error',
  reference: 'RFC 8224 §6.2, RFC 4474 §6',
  title: 'Identity header does not prove who sent the request',
  explanation:
    'The Identity header signs who sent the request: by a string of its fields (RFC 4474) or by a PASSporT (RFC 8224). ' +
    'It is checked where the certificate of the signer was given with --cert; the finding says what came of it. A ' +
    'receiver answers 438 to one that does not verify, 437 where it cannot get or take the certificate, and 403 ' +
    'where it is stale.',
  check({ identityHeaders }, report) {
    for (const { header, severity, reason, stale, breaches } of identityHeaders) {
      report(reason, 'Identity', severity);
      if (stale !== undefined) report(stale, 'Identity', 'warning');
      // Identity-Info came late to the drafts of RFC 4474.
      const breach = header.kind === 'rfc4474' ? 'note' : 'warning';
      for (const sentence of breaches) report(sentence, 'Identity', breach);
    }
  },
};
