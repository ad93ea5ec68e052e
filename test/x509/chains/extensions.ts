/** Extensions in DER for made certificates and lists; nothing stops them from being wrong. */

import * as der from '../../support/der.js';
import { commonName, extension } from '../make.js';

export const ANY_POLICY = '2.5.29.32.0';
/** Policies of the tests, under the example arc of RFC 5612's kind. */
export const P1 = '1.3.6.1.4.1.32473.1.1';
export const P2 = '1.3.6.1.4.1.32473.1.2';
export const P3 = '1.3.6.1.4.1.32473.1.3';

export function certificatePolicies(policies: readonly string[], critical = false): Uint8Array {
  return extension(
    '2.5.29.32',
    der.sequence(...policies.map((policy) => der.sequence(der.oid(policy)))),
    critical,
  );
}

export function policyMappings(...pairs: readonly (readonly [string, string])[]): Uint8Array {
  const list = pairs.map(([issuer, subject]) => der.sequence(der.oid(issuer), der.oid(subject)));
  return extension('2.5.29.33', der.sequence(...list), true);
}

export function policyConstraints(limits: {
  readonly explicit?: number;
  readonly mapping?: number;
}): Uint8Array {
  const part = (tag: number, value: number | undefined): Uint8Array[] =>
    value === undefined ? [] : [der.contextPrimitive(tag, der.integer(value).subarray(2))];
  return extension('2.5.29.36', der.sequence(...part(0, limits.explicit), ...part(1, limits.mapping)), true);
}

export function inhibitAnyPolicy(skip: number): Uint8Array {
  return extension('2.5.29.54', der.integer(skip), true);
}

/** GeneralNames in DER. */
export const email = (text: string): Uint8Array => der.contextPrimitive(1, Buffer.from(text, 'latin1'));
export const dns = (text: string): Uint8Array => der.contextPrimitive(2, Buffer.from(text, 'latin1'));
export const uri = (text: string): Uint8Array => der.contextPrimitive(6, Buffer.from(text, 'latin1'));
export const ip = (...octets: readonly number[]): Uint8Array =>
  der.contextPrimitive(7, Uint8Array.from(octets));
export const directory = (...rdns: readonly Uint8Array[]): Uint8Array =>
  der.context(4, der.sequence(...rdns));
export const registeredId = (oid: string): Uint8Array => der.contextPrimitive(8, der.oid(oid).subarray(2));
export function otherName(oid: string, value: Uint8Array): Uint8Array {
  return der.context(0, der.oid(oid), der.context(0, value));
}
export const utf8Mailbox = (text: string): Uint8Array => otherName('1.3.6.1.5.5.7.8.9', der.utf8String(text));

export function rdn(oid: string, value: Uint8Array): Uint8Array {
  return der.set(der.sequence(der.oid(oid), value));
}
export const organization = (text: string): Uint8Array => rdn('2.5.4.10', der.utf8String(text));
export const common = (text: string): Uint8Array => rdn('2.5.4.3', der.utf8String(text));
export const emailAddress = (text: string): Uint8Array => rdn('1.2.840.113549.1.9.1', der.ia5String(text));

export function altNames(...names: readonly Uint8Array[]): Uint8Array {
  return extension('2.5.29.17', der.sequence(...names));
}

export function nameConstraints(
  subtrees: { readonly permitted?: readonly Uint8Array[]; readonly excluded?: readonly Uint8Array[] },
  critical = true,
): Uint8Array {
  const list = (tag: number, names: readonly Uint8Array[] | undefined): Uint8Array[] =>
    names === undefined ? [] : [der.context(tag, ...names.map((name) => der.sequence(name)))];
  return extension(
    '2.5.29.30',
    der.sequence(...list(0, subtrees.permitted), ...list(1, subtrees.excluded)),
    critical,
  );
}

/** ReasonFlags under an implicit tag. */
function reasonFlags(tag: number, reasons: readonly number[] | undefined): Uint8Array[] {
  return reasons === undefined ? [] : [der.contextPrimitive(tag, der.namedBits(reasons).subarray(2))];
}

/** A distribution point's name: full names, or one attribute relative to the issuer. */
export type PointName = { readonly full: readonly Uint8Array[] } | { readonly relative: Uint8Array };

function pointName(name: PointName | undefined): Uint8Array[] {
  if (name === undefined) return [];
  return [der.context(0, 'full' in name ? der.context(0, ...name.full) : der.context(1, name.relative))];
}

export type DistributionPoint = {
  readonly name?: PointName;
  readonly reasons?: readonly number[];
  readonly issuer?: string;
};

export function distributionPoints(...points: readonly DistributionPoint[]): Uint8Array {
  const list = points.map(({ name, reasons, issuer }) =>
    der.sequence(
      ...pointName(name),
      ...reasonFlags(1, reasons),
      ...(issuer === undefined ? [] : [der.context(2, der.context(4, commonName(issuer)))]),
    ),
  );
  return extension('2.5.29.31', der.sequence(...list));
}

export function issuingPoint(scope: {
  readonly name?: PointName;
  readonly user?: boolean;
  readonly ca?: boolean;
  readonly reasons?: readonly number[];
  readonly indirect?: boolean;
  readonly attribute?: boolean;
}): Uint8Array {
  const flag = (tag: number, value: boolean | undefined): Uint8Array[] =>
    value === true ? [der.contextPrimitive(tag, Uint8Array.of(0xff))] : [];
  const value = der.sequence(
    ...pointName(scope.name),
    ...flag(1, scope.user),
    ...flag(2, scope.ca),
    ...reasonFlags(3, scope.reasons),
    ...flag(4, scope.indirect),
    ...flag(5, scope.attribute),
  );
  return extension('2.5.29.28', value, true);
}
