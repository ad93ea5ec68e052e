import type { KeyObject } from 'node:crypto';
import type { WorkBudget } from '../../model/budget.js';
import { type Certificate, publicKeyOf } from '../../x509/certificate.js';
import { verifyCost } from '../../x509/key-cost.js';
import type { CertificateStore } from '../../x509/store.js';

/** Certificates tried on one header: folders of thousands were not given for this, and hostile headers cost a try each. */
const MAX_TRIED = 100;

export type Candidate = { readonly certificate: Certificate; readonly key: KeyObject };

/** The certificates whose keys could have made a signature. */
export function candidates(
  certificates: CertificateStore,
  fits: (certificate: Certificate) => boolean,
): readonly Candidate[] {
  return certificates
    .all()
    .filter(fits)
    .slice(0, MAX_TRIED)
    .flatMap((certificate) => {
      const key = publicKeyOf(certificate);
      return key === undefined ? [] : [{ certificate, key }];
    });
}

/** Takes from the budget what trying these keys on so many texts costs at most; false where it is not left. */
export function pays(budget: WorkBudget | undefined, keys: readonly Candidate[], texts: number): boolean {
  return budget?.take(keys.reduce((sum, { key }) => sum + texts * verifyCost(key), 0)) !== false;
}

export const TOO_MUCH_WORK = {
  status: 'unverifiable',
  severity: 'note',
  reason:
    'The Identity header is not checked: the message, or those of a capture of this length together, ask for too many key operations.',
} as const;

/** How many keys failed, the beginning of a clause that goes on with "not signed it". */
export function countOf(tried: number): string {
  return tried === 1
    ? 'the key of the one certificate given that it could be has'
    : `the keys of the ${tried} certificates given that it could be have`;
}
