import { sign } from 'node:crypto';
import { type Crl, parseCrl } from '../../../src/x509/revocation/crl.js';
import * as der from '../../support/der.js';
import { commonName, extension, type Party } from '../make.js';
import { NOW } from './case.js';

export type CrlRecipe = {
  readonly issuer: Party;
  /** Who signs, where that is not the issuer. */
  readonly signer?: Party;
  readonly revoked?: readonly {
    readonly serial: number;
    readonly reason?: number;
    readonly at?: number;
    readonly invalidAt?: number;
    /** certificateIssuer of an indirect list. */
    readonly of?: string;
    readonly extensions?: readonly Uint8Array[];
  }[];
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly number?: number;
  readonly baseNumber?: number;
  readonly extensions?: readonly Uint8Array[];
};

const DAY = 86_400;

/** DER of a list made as told. */
export function crlDer(recipe: CrlRecipe): Uint8Array {
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
  const entries = (recipe.revoked ?? []).map(({ serial, reason, at, invalidAt, of, extensions = [] }) => {
    const list = [
      ...(reason === undefined
        ? []
        : [extension('2.5.29.21', der.element('universal', 10, false, Uint8Array.of(reason)))]),
      ...(invalidAt === undefined ? [] : [extension('2.5.29.24', generalizedTime(invalidAt))]),
      ...(of === undefined
        ? []
        : [extension('2.5.29.29', der.sequence(der.context(4, commonName(of))), true)]),
      ...extensions,
    ];
    return der.sequence(
      der.integer(serial),
      der.time(at ?? NOW - 10 * DAY),
      ...(list.length === 0 ? [] : [der.sequence(...list)]),
    );
  });
  const extensions = [
    ...(recipe.number === undefined ? [] : [extension('2.5.29.20', der.integer(recipe.number))]),
    ...(recipe.baseNumber === undefined
      ? []
      : [extension('2.5.29.27', der.integer(recipe.baseNumber), true)]),
    ...(recipe.extensions ?? []),
  ];
  const next = recipe.nextUpdate === undefined ? NOW + DAY : recipe.nextUpdate;
  const tbs = der.sequence(
    der.integer(1),
    algorithm,
    commonName(recipe.issuer.name),
    der.time(recipe.thisUpdate ?? NOW - DAY),
    ...(next === null ? [] : [der.time(next)]),
    ...(entries.length === 0 ? [] : [der.sequence(...entries)]),
    ...(extensions.length === 0 ? [] : [der.context(0, der.sequence(...extensions))]),
  );
  const signature = sign('sha256', tbs, (recipe.signer ?? recipe.issuer).privateKey);
  return der.sequence(tbs, algorithm, der.bitString(signature));
}

export function makeCrl(recipe: CrlRecipe): Crl {
  const result = parseCrl(crlDer(recipe));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function generalizedTime(seconds: number): Uint8Array {
  const text = `${new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return der.element('universal', 24, false, Buffer.from(text, 'latin1'));
}
