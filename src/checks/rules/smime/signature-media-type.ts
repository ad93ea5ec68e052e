import { parameter } from '../../../mime/content-type.js';
import type { BodyRule } from '../../rule.js';

export const signatureMediaType: BodyRule = {
  on: 'body',
  id: 'smime/signature-media-type',
  severity: 'note',
  reference: 'RFC 1847 §2.1',
  title: 'signature part is not of the type that protocol names',
  explanation:
    'The protocol parameter of multipart/signed must name the media type of the signature part. The draft prints ' +
    'application/pkcs7-mime where application/pkcs7-signature is meant; both are seen, and strict receivers refuse one.',
  check(body, path, report) {
    if (body.contentType?.mediaType !== 'multipart/signed') return;
    const protocol = parameter(body.contentType, 'protocol')?.toLowerCase();
    const found = body.parts[1]?.contentType?.mediaType;
    if (protocol === undefined) report('multipart/signed has no protocol parameter', path);
    else if (found !== undefined && found !== protocol) {
      report(`the protocol parameter says "${protocol}", the signature part is "${found}"`, path);
    }
  },
};
