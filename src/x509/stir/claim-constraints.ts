/**
 * What a STIR certificate allows its tokens to claim: JWTClaimConstraints (RFC 8226 §8) and EnhancedJWTClaimConstraints
 * (RFC 9118 §4).
 *
 * In: a certificate and the claims of a token. Out: which constraint they break, as a clause. What cannot be read is broken:
 * "the recipient MUST reject" needs to know what.
 */
import { type Asn1Node, contextChild, isUniversal, TAG } from '../../asn1/node.js';
import { isWhole, parseAsn1 } from '../../asn1/parse.js';
import { readString } from '../../asn1/values.js';
import { derivedOnce } from '../../bytes/derived.js';
import type { Certificate } from '../certificate.js';

type Constraints = {
  readonly mustInclude: readonly string[];
  readonly permitted: readonly { readonly claim: string; readonly values: readonly string[] }[];
  readonly mustExclude: readonly string[];
};

const EXTENSIONS: readonly string[] = ['1.3.6.1.5.5.7.1.27', '1.3.6.1.5.5.7.1.33'];
/** Claims of every token, which need not be listed (RFC 8226 §8). */
const ALWAYS = new Set(['iat', 'orig', 'dest']);

const constraintsOf = derivedOnce(({ extensions }: Certificate) =>
  extensions
    .filter(({ oid }) => EXTENSIONS.includes(oid))
    .map(({ value }) => readConstraints(value) ?? 'unreadable'),
);

/** Why the certificate does not allow these claims, a clause; undefined where it does. */
export function claimBreach(
  certificate: Certificate,
  claims: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const constraints of constraintsOf(certificate)) {
    const breach =
      constraints === 'unreadable' ? 'constrains claims unreadably' : broken(constraints, claims);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

function broken(
  { mustInclude, permitted, mustExclude }: Constraints,
  claims: Readonly<Record<string, unknown>>,
): string | undefined {
  const missing = mustInclude.find((claim) => !ALWAYS.has(claim) && claims[claim] === undefined);
  if (missing !== undefined) return `wants the claim "${missing}", which is missing`;
  const excluded = mustExclude.find((claim) => claims[claim] !== undefined);
  if (excluded !== undefined) return `forbids the claim "${excluded}"`;
  const other = permitted.find(({ claim, values }) => {
    const value = claims[claim];
    return value !== undefined && !values.includes(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return other === undefined ? undefined : `does not permit this value of the claim "${other.claim}"`;
}

/** SEQUENCE { mustInclude [0], permittedValues [1], mustExclude [2] }, each optional, with explicit tags. */
function readConstraints(der: Uint8Array): Constraints | undefined {
  const result = parseAsn1(der);
  if (!isWhole(result) || !isUniversal(result.root, TAG.sequence)) return undefined;
  const { root } = result;
  const [include, values, exclude] = [0, 1, 2].map((tag) => contextChild(root, tag)?.children[0]);
  const mustInclude = strings(der, include, TAG.ia5String);
  const mustExclude = strings(der, exclude, TAG.ia5String);
  const permitted = (values?.children ?? []).map((node) => {
    const [name, list] = node.children;
    const claim = isUniversal(name, TAG.ia5String) ? readString(der, name) : undefined;
    const texts = strings(der, list, TAG.utf8String);
    return claim === undefined || texts === undefined ? undefined : { claim, values: texts };
  });
  if (mustInclude === undefined || mustExclude === undefined || permitted.includes(undefined))
    return undefined;
  return { mustInclude, permitted: permitted as Constraints['permitted'], mustExclude };
}

function strings(der: Uint8Array, list: Asn1Node | undefined, tag: number): readonly string[] | undefined {
  const texts = (list?.children ?? []).map((node) =>
    isUniversal(node, tag) ? readString(der, node) : undefined,
  );
  return texts.includes(undefined) ? undefined : (texts as string[]);
}
