import type { IdentityHeaderVerdict } from '../../checks/identity/verdict.js';
import { type PassportIdentity, passportDestinations, passportIdentity } from '../../sip/identity/address.js';
import type { IdentityHeader } from '../../sip/identity/header.js';
import { certificateRecord, chainRecord } from './certificate-record.js';
import type { IdentityHeaderRecord } from './declared/record-types.js';

/** What became of the Identity headers of a message, as the JSON has it; undefined where there are none. */
export function identityRecords(
  verdicts: readonly IdentityHeaderVerdict[] | undefined,
): readonly IdentityHeaderRecord[] | undefined {
  return verdicts === undefined || verdicts.length === 0 ? undefined : verdicts.map(identityRecord);
}

function identityRecord(verdict: IdentityHeaderVerdict): IdentityHeaderRecord {
  const { header, status, reason, certificate, chain } = verdict;
  return {
    form: formOf(header),
    ppt: header.kind === 'passport' ? header.ppt : undefined,
    status,
    reason,
    ...claimed(verdict),
    certificate: certificate === undefined ? undefined : certificateRecord(certificate),
    chain: chain === undefined ? undefined : chainRecord(chain),
  };
}

function formOf(header: IdentityHeader): IdentityHeaderRecord['form'] {
  if (header.kind !== 'passport') return header.kind;
  return header.compact ? 'passport_compact' : 'passport';
}

/** What a token claims; of one in compact form, the reading whose signature is right, else the first. */
function claimed({
  header,
  text,
}: IdentityHeaderVerdict): Pick<IdentityHeaderRecord, 'attest' | 'orig' | 'dest' | 'iat'> {
  if (header.kind !== 'passport') return {};
  const { attest, iat, orig, dest } = header.claims;
  const from = text?.orig ?? passportIdentity(orig);
  const to = text?.dest ?? passportDestinations(dest);
  const values = (kind: PassportIdentity['kind']): string[] =>
    to.filter((one) => one.kind === kind).map(({ value }) => value);
  return {
    attest: typeof attest === 'string' ? attest : undefined,
    orig: from === undefined ? undefined : { [from.kind]: from.value },
    dest: to.length === 0 ? undefined : { tn: values('tn'), uri: values('uri') },
    iat: Number.isSafeInteger(iat) ? (iat as number) : undefined,
  };
}
