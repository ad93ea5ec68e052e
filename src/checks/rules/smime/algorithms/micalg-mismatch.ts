import { parameter } from '../../../../mime/content-type.js';
import type { BodyRule } from '../../../rule.js';

export const micalgMismatch: BodyRule = {
  on: 'body',
  id: 'smime/micalg-mismatch',
  severity: 'warning',
  reference: 'RFC 8551 §3.5.3.2',
  title: 'micalg names another digest than the signature uses',
  explanation:
    'A receiver that hashes the content while it arrives uses the digest that micalg names, and finds the signature ' +
    'invalid where the signer used another.',
  check(body, path, report) {
    if (body.contentType?.mediaType !== 'multipart/signed') return;
    const said = parameter(body.contentType, 'micalg');
    const cms = body.parts[1]?.cms;
    if (said === undefined) {
      report('multipart/signed has no micalg parameter', path, 'note');
      return;
    }
    if (cms?.contentType !== 'signed_data') return;
    for (const { digestAlgorithm } of cms.signers) {
      const used = normal(digestAlgorithm);
      if (said.split(',').some((name) => normal(name) === used)) continue;
      report(`micalg says "${said}", the signature uses ${digestAlgorithm}`, path);
    }
  },
};

/** `sha-1`, `sha1` and `SHA1` are one: names were spelt both ways before RFC 5751. */
function normal(name: string): string {
  return name.trim().toLowerCase().replaceAll('-', '').replace(/^rsa/, '');
}
