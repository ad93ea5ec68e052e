import { chainSeverity } from '../../../../x509/chain.js';
import type { BodyRule } from '../../../rule.js';

/** Nothing was given to judge by; or dates, which have a rule of their own that needs no trust anchor. */
const NO_VERDICT = new Set(['valid', 'no_anchors', 'expired', 'not_yet_valid']);

export const signerChain: BodyRule = {
  on: 'body',
  id: 'smime/signer-chain',
  severity: 'warning',
  reference: 'RFC 5280 §6',
  title: 'signer’s certificate is not trusted',
  explanation:
    'The certificate that verifies the signature does not lead to one of the trust anchors given with --ca, or a ' +
    'certificate of its chain must be refused.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { chain } of body.cms.signers) {
      if (chain !== undefined && !NO_VERDICT.has(chain.status))
        report(chain.reason, path, chainSeverity(chain.status));
    }
  },
};
