import type { BodyRule } from '../rule.js';

/** Verdicts that only say that nothing was given to judge by. */
const NO_VERDICT = new Set(['valid', 'no_anchors']);

export const signerChain: BodyRule = {
  on: 'body',
  id: 'smime/signer-chain',
  severity: 'warning',
  reference: 'RFC 5280 §6',
  title: 'signer’s certificate is not trusted',
  explanation:
    'The certificate that verifies the signature does not lead to one of the given trust anchors, or something in ' +
    'its chain was not valid at the time of the message (or at the time given with --at).',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { chain } of body.cms.signers) {
      if (chain !== undefined && !NO_VERDICT.has(chain.status)) report(chain.reason, path);
    }
  },
};
