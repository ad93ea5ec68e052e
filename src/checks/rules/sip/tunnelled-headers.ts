import type { Body } from '../../../model/body.js';
import type { MessageRule } from '../../rule.js';
import { headerDifferences, isAnonymous } from '../../tunnelled.js';

export const tunnelledHeaders: MessageRule = {
  on: 'message',
  about: 'structured-body',
  id: 'smime/tunnelled-headers',
  severity: 'error',
  reference: 'RFC 3261 §23.4.1.1',
  title: 'headers inside and outside the protection differ',
  explanation:
    'A message/sip or message/sipfrag inside S/MIME repeats headers of the message around it, so that the receiver ' +
    'can tell whether they were changed. Proxies may change the Request-URI, Via, Record-Route, Route, Max-Forwards ' +
    'and Proxy-Authorization; any other difference under a signature is a breach of integrity that users must be ' +
    'told of. Under encryption alone headers may differ on purpose, as an anonymous From outside does.',
  check({ message, body }, report) {
    if (body === undefined) return;
    const compare: Compare = (inner, path, isSigned) => {
      const { sip, contentType } = inner;
      const headers = sip?.headers ?? inner.parts[0]?.headers ?? [];
      const inside = sip === undefined ? undefined : startOf(sip);
      // A fragment may report on another transaction, as in NOTIFY for REFER (RFC 3515 §2.4.5).
      if (contentType?.subtype === 'sipfrag' && sip !== undefined && sip.kind !== message.kind) return;
      const outside = startOf(message);
      if (inside !== undefined && inside !== outside) {
        report(
          `the message inside is ${inside}, the one outside ${outside}`,
          path,
          isSigned ? 'error' : 'note',
        );
      }
      for (const difference of headerDifferences(message, headers)) {
        const { name } = difference;
        const hidden = name === 'From' && isAnonymous(difference.outside);
        report(
          `${name} is "${difference.inside}" inside and "${difference.outside}" outside`,
          path,
          hidden ? 'info' : isSigned ? 'error' : 'note',
        );
      }
      if (isSigned && !headers.some(({ canonicalName }) => canonicalName === 'date')) {
        report('the signed headers have no Date: an old message can be sent again', path, 'note');
      }
    };
    walk(body, 'body', undefined, compare);
  },
};

type Compare = (inner: Body, path: string, isSigned: boolean) => void;

/** `isSigned` is undefined outside of CMS: what is not protected there proves nothing. */
function walk(body: Body, path: string, isSigned: boolean | undefined, compare: Compare): void {
  const { contentType, cms, content, parts } = body;
  const tunnels =
    contentType?.type === 'message' && (contentType.subtype === 'sip' || contentType.subtype === 'sipfrag');
  if (tunnels) {
    // What is inside a tunnelled message is compared with that one by the receiver.
    if (isSigned !== undefined) compare(body, path, isSigned);
    return;
  }
  const signedHere = contentType?.mediaType === 'multipart/signed';
  for (const [index, part] of parts.entries()) {
    walk(part, `${path}.parts[${index}]`, signedHere && index === 0 ? true : isSigned, compare);
  }
  if (content === undefined) return;
  const signs = cms?.contentType === 'signed_data' && cms.signers.length > 0;
  walk(content, `${path}.cms.content`, signs || isSigned === true, compare);
}

function startOf(message: NonNullable<Body['sip']>): string {
  return message.kind === 'request' ? message.method : `a ${message.statusCode} response`;
}
