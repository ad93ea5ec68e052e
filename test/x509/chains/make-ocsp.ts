/** OCSP responses made as told (RFC 6960 §4.2.1), for one certificate of one CA. */

import { createHash, sign } from 'node:crypto';
import type { Certificate } from '../../../src/x509/certificate.js';
import * as der from '../../support/der.js';
import { commonName, extension, make, type Party } from '../make.js';
import { NOW, owner } from './case.js';

export const DAY = 86_400;
const SHA1 = '1.3.14.3.2.26';
export const SHA256 = '2.16.840.1.101.3.4.2.1';
export const OCSP_SIGNING = extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.9')));

export const ca = owner('OCSP CA', 0);
export const user = owner('OCSP user', 1);
export const responder = owner('OCSP responder', 2);
export const stranger = owner('OCSP stranger', 3);
export const anchor = make({ subject: ca, issuer: ca, ca: true });
export const leaf = make({ subject: user, issuer: ca, serial: 0x1234 });
export const delegated = make({ subject: responder, issuer: ca, extensions: [OCSP_SIGNING] });

export type OcspRecipe = {
  readonly signer?: Party;
  readonly certificates?: readonly Certificate[];
  readonly byKey?: Uint8Array;
  readonly serial?: number;
  readonly hash?: string;
  readonly status?: Uint8Array;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly responseStatus?: number;
  readonly extensions?: readonly Uint8Array[];
  readonly responseExtensions?: readonly Uint8Array[];
  readonly issuerName?: Uint8Array;
};

const GOOD = der.contextPrimitive(0, new Uint8Array(0));
export const UNKNOWN = der.contextPrimitive(2, new Uint8Array(0));

function generalizedTime(seconds: number): Uint8Array {
  const text = `${new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return der.element('universal', 24, false, Buffer.from(text, 'latin1'));
}

export function revoked(at: number, reason?: number): Uint8Array {
  const code =
    reason === undefined ? [] : [der.context(0, der.element('universal', 10, false, Uint8Array.of(reason)))];
  return der.context(1, generalizedTime(at), ...code);
}

/** subjectPublicKey of a P-256 key: the last 65 octets of its SubjectPublicKeyInfo. */
export function keyOctets(party: Party): Uint8Array {
  return party.spki.subarray(party.spki.length - 65);
}

export function ocspResponse(recipe: OcspRecipe): Uint8Array {
  const signer = recipe.signer ?? ca;
  const hash = recipe.hash ?? SHA1;
  const digest = (bytes: Uint8Array): Uint8Array =>
    der.octetString(
      createHash(hash === SHA256 ? 'sha256' : 'sha1')
        .update(bytes)
        .digest(),
    );
  const next = recipe.nextUpdate === undefined ? NOW + DAY : recipe.nextUpdate;
  const single = der.sequence(
    der.sequence(
      der.sequence(der.oid(hash), der.nullValue()),
      digest(recipe.issuerName ?? commonName(ca.name)),
      digest(keyOctets(ca)),
      der.integer(recipe.serial ?? 0x1234),
    ),
    recipe.status ?? GOOD,
    generalizedTime(recipe.thisUpdate ?? NOW - DAY),
    ...(next === null ? [] : [der.context(0, generalizedTime(next))]),
    ...(recipe.extensions === undefined ? [] : [der.context(1, der.sequence(...recipe.extensions))]),
  );
  const data = der.sequence(
    recipe.byKey === undefined
      ? der.context(1, commonName(signer.name))
      : der.context(2, der.octetString(recipe.byKey)),
    generalizedTime(NOW - DAY),
    der.sequence(single),
    ...(recipe.responseExtensions === undefined
      ? []
      : [der.context(1, der.sequence(...recipe.responseExtensions))]),
  );
  const certificates = recipe.certificates ?? [];
  const basic = der.sequence(
    data,
    der.sequence(der.oid('1.2.840.10045.4.3.2')),
    der.bitString(sign('sha256', data, signer.privateKey)),
    ...(certificates.length === 0
      ? []
      : [der.context(0, der.sequence(...certificates.map((one) => one.der)))]),
  );
  const bytes = der.context(0, der.sequence(der.oid('1.3.6.1.5.5.7.48.1.1'), der.octetString(basic)));
  const status = der.element('universal', 10, false, Uint8Array.of(recipe.responseStatus ?? 0));
  return der.sequence(status, ...(recipe.responseStatus === undefined ? [bytes] : []));
}
