/**
 * Whether a certificate may vouch for an identity (RFC 8224 §6.2 step 3): a telephone number by its TNAuthList (RFC 8226
 * §9), an address of record by the domain that it names. A key alone vouches for nobody.
 */
import { parseUri } from '../../sip/grammar/uri.js';
import type { PassportIdentity } from '../../sip/identity/address.js';
import type { Passport } from '../../sip/identity/passport.js';
import type { Certificate } from '../../x509/certificate.js';
import { matchSipDomain } from '../../x509/identity.js';
import { claimBreach } from '../../x509/stir/claim-constraints.js';
import { coversNumber, describeTnEntry, type TnEntry, tnAuthList } from '../../x509/stir/tn-auth-list.js';
import { invalid, type Judgement, ownerOf, unverifiable } from './verdict.js';

const SIGNED = 'The PASSporT was signed with the key of';

/** What speaks against the certificate as one for this token; undefined where nothing does. */
export function authorityProblem(
  certificate: Certificate,
  passport: Passport,
  orig: PassportIdentity,
): Judgement | undefined {
  const owner = ownerOf(certificate);
  const breach = claimBreach(certificate, passport.claims);
  if (breach !== undefined) {
    return invalid(`${SIGNED} ${owner}, whose certificate ${breach} (RFC 8226 §8, RFC 9118 §4).`);
  }
  // A diversion is vouched for by whom the call was diverted from (RFC 8946 §4.1): its caller has signed before.
  return orig.kind === 'tn'
    ? numberProblem(certificate, passport, orig.value)
    : domainProblem(certificate, orig.value);
}

function numberProblem(certificate: Certificate, { ppt }: Passport, number: string): Judgement | undefined {
  const owner = ownerOf(certificate);
  const list = tnAuthList(certificate);
  switch (list.status) {
    case 'absent':
      return invalid(
        `${SIGNED} ${owner}, which names no telephone numbers (TNAuthList, RFC 8226 §9): it does not vouch for ${number}.`,
      );
    case 'unreadable':
      return invalid(
        `${SIGNED} ${owner}, whose TNAuthList cannot be read (RFC 8226 §9): it does not vouch for ${number}.`,
      );
    case 'by_reference':
      return unverifiable(
        `${SIGNED} ${owner}, whose TNAuthList stands elsewhere (RFC 8226 §10.1) and is not fetched: whether it vouches for ${number} is not known.`,
      );
    case 'read':
      return listProblem(owner, list.entries, ppt, number);
  }
}

function listProblem(
  owner: string,
  entries: readonly TnEntry[],
  ppt: string | undefined,
  number: string,
): Judgement | undefined {
  if (entries.some((entry) => coversNumber(entry, number))) return undefined;
  const providers = entries.filter(({ kind }) => kind === 'spc');
  if (providers.length === 0) {
    const named = entries.slice(0, SHOWN_ENTRIES).map(describeTnEntry).join(', ');
    return invalid(`${SIGNED} ${owner}, which vouches for ${named} and not for ${number} (RFC 8226 §9).`);
  }
  // SHAKEN: the provider attests how well it knows the caller, for numbers of others too (RFC 8588 §4).
  if (ppt === 'shaken') return undefined;
  const codes = providers.slice(0, SHOWN_ENTRIES).map(describeTnEntry).join(', ');
  return unverifiable(
    `${SIGNED} ${owner}, which vouches for the numbers of ${codes}: whether ${number} is one of them cannot be told from a certificate (RFC 8226 §9).`,
  );
}

/** Entries named in a sentence. */
const SHOWN_ENTRIES = 4;

function domainProblem(certificate: Certificate, uri: string): Judgement | undefined {
  const owner = ownerOf(certificate);
  const { scheme, host } = parseUri(uri);
  if ((scheme !== 'sip' && scheme !== 'sips') || host === '') {
    return invalid(`${SIGNED} ${owner}; no certificate names who may vouch for "${uri}" (RFC 8224 §6.2).`);
  }
  const { status, found } = matchSipDomain(certificate, host);
  if (status === 'match') return undefined;
  const names = found.length === 0 ? 'no domain' : found.join(', ');
  return invalid(`${SIGNED} ${owner}, which is for ${names} and not for ${host} (RFC 8224 §6.2).`);
}
