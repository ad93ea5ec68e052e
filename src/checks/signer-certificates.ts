import { append } from '../bytes/append.js';
import type { Signer } from '../cms/model.js';
import type { Certificate } from '../x509/certificate.js';

/** The certificates that signatures rest on: each signer's own, with its path where one was built. */
export function restsOn(signers: readonly Signer[]): readonly Certificate[] {
  const found: Certificate[] = [];
  for (const { certificate, chain } of signers) {
    if (chain !== undefined) append(found, chain.path);
    else if (certificate !== undefined) found.push(certificate);
  }
  return found;
}
