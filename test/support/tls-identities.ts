import { END, make, type Party, party, pem, type Recipe, START, subjectAltName } from '../x509/make.js';

/** Parties with RSA keys and the certificates that a test authority gives them. */

const parties = new Map<string, Party>();

/** A party by its name, made once: RSA keys take their time. */
export function rsaParty(name: string, bits = 2048): Party {
  const known = parties.get(name);
  if (known !== undefined) return known;
  const made = party(name, 'rsa', bits);
  parties.set(name, made);
  return made;
}

export function privateKeyPem({ privateKey }: Party): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A certificate for a host, as `{key, cert}` for Node's TLS; `recipe` changes what it says. */
export function credentials(
  host: string,
  issuer: Party,
  recipe: Partial<Recipe> & { readonly bits?: number; readonly names?: readonly string[] } = {},
): { readonly key: string; readonly cert: string } {
  const { bits, names = [host], ...rest } = recipe;
  const subject = rsaParty(host, bits);
  const certificate = make({
    subject,
    issuer,
    algorithm: 'rsa-sha256',
    notBefore: START,
    notAfter: END,
    ...rest,
    extensions: [
      ...(rest.extensions ?? []),
      ...(names.length === 0 ? [] : [subjectAltName(...names.map((name) => [2, name] as const))]),
    ],
  });
  return { key: privateKeyPem(subject), cert: pem(certificate) };
}

/** The authority's own certificate. */
export function authorityPem(authority: Party, recipe: Partial<Recipe> = {}): string {
  return pem(make({ subject: authority, issuer: authority, algorithm: 'rsa-sha256', ca: true, ...recipe }));
}
