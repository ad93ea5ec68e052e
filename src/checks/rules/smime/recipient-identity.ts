import { eachBody } from '../../../model/body.js';
import { parseNameAddr } from '../../../sip/grammar/address.js';
import { firstHeader } from '../../../sip/message.js';
import { matchSipUser } from '../../../x509/identity.js';
import type { MessageRule } from '../../rule.js';

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
    for (const { body: each, path } of eachBody(body)) {
      const { cms } = each;
      if (cms?.contentType !== 'enveloped_data' && cms?.contentType !== 'auth_enveloped_data') continue;
      const to = firstHeader(message, 'to');
      const meant = to === undefined ? message.requestUri : parseNameAddr(to.value).uri;
      const names = new Set<string>();
      const isForOthers = (uri: string): boolean =>
        cms.recipients.every(({ certificate }) => {
          // An unknown recipient may be the right one.
          if (certificate === undefined) return false;
          const { status, found } = matchSipUser(certificate, uri);
          for (const name of found) names.add(name);
          return status === 'mismatch';
        });
      if (cms.recipients.length === 0 || !isForOthers(meant) || !isForOthers(message.requestUri)) continue;
      report(`the message is for ${meant}, the body is encrypted to ${[...names].join(', ')}`, path);
    }
  },
};
