import { parseNameAddr } from '../../sip/address.js';
import { firstHeader } from '../../sip/message.js';
import { matchSipUser } from '../../x509/identity.js';
import type { MessageRule } from '../rule.js';
import { eachBody } from '../subject.js';

export const recipientIdentity: MessageRule = {
  on: 'message',
  about: 'structured-body',
  id: 'smime/recipient-identity',
  severity: 'warning',
  reference: 'RFC 3261 §21.4.27',
  title: 'body is encrypted to somebody else',
  explanation:
    'No recipient of the encrypted body is the one that the message is for, by To or Request-URI: who gets it ' +
    'cannot open it, and answers 493. The certificates of recipients are known only where they were given.',
  check({ message, body }, report) {
    if (message.kind !== 'request' || body === undefined) return;
    const to = firstHeader(message, 'to');
    const meant = [...(to === undefined ? [] : [parseNameAddr(to.value).uri]), message.requestUri];
    for (const { body: each, path } of eachBody(body)) {
      const { cms } = each;
      if (cms?.contentType !== 'enveloped_data' && cms?.contentType !== 'auth_enveloped_data') continue;
      const known = cms.recipients.flatMap(({ certificate }) =>
        certificate === undefined ? [] : [certificate],
      );
      // An unknown recipient may be the right one.
      if (known.length === 0 || known.length < cms.recipients.length) continue;
      const verdicts = known.flatMap((certificate) => meant.map((uri) => matchSipUser(certificate, uri)));
      if (verdicts.some(({ status }) => status !== 'mismatch')) continue;
      const names = verdicts.flatMap(({ found }) => found);
      report(
        `the message is for ${meant[0]}, the body is encrypted to ${[...new Set(names)].join(', ')}`,
        path,
      );
    }
  },
};
