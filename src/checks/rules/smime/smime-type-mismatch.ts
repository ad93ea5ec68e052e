import { parameter } from '../../../mime/content-type.js';
import type { BodyRule } from '../../rule.js';

/** What each smime-type announces (RFC 8551 §3.2.2; signed-receipt: RFC 5035). */
const ANNOUNCED: Readonly<Record<string, string>> = {
  'enveloped-data': 'enveloped_data',
  'signed-data': 'signed_data',
  'certs-only': 'signed_data',
  'compressed-data': 'compressed_data',
  'authenveloped-data': 'auth_enveloped_data',
  'signed-receipt': 'signed_data',
};

export const smimeTypeMismatch: BodyRule = {
  on: 'body',
  id: 'smime/smime-type-mismatch',
  severity: 'warning',
  reference: 'RFC 8551 §3.2.2',
  title: 'smime-type announces something else',
  explanation:
    'The smime-type parameter tells the receiver what to do with the body before it is parsed. A receiver that ' +
    'believes it fails on a body of another type.',
  check(body, path, report) {
    if (body.cms === undefined || body.contentType === undefined) return;
    const type = parameter(body.contentType, 'smime-type')?.toLowerCase();
    if (type === undefined) return;
    const announced = ANNOUNCED[type];
    const found = body.cms.contentType;
    // What cannot be read has faults of its own.
    if (found === 'unknown') return;
    if (announced === undefined) report(`smime-type is "${type}", which is not registered`, path, 'note');
    else if (announced !== found) report(`smime-type is "${type}", but the body is ${found}`, path);
    else if (body.cms.contentType === 'signed_data' && type !== 'signed-receipt') {
      const isSigned = body.cms.signers.length > 0;
      if (type === 'certs-only' && isSigned)
        report('smime-type is "certs-only", but the body has signers', path);
      if (type === 'signed-data' && !isSigned) report('smime-type is "signed-data", but nobody signed', path);
    }
  },
};
