/** A chain with what it is judged by, and the judgement. */

import type { Certificate } from '../../../src/x509/certificate.js';
import {
  type ChainStatus,
  type ChainVerdict,
  type PolicyOptions,
  verifyChain,
} from '../../../src/x509/chain.js';
import type { Crl } from '../../../src/x509/revocation/crl.js';
import { CrlStore } from '../../../src/x509/revocation/crl-store.js';
import { CertificateStore } from '../../../src/x509/store.js';
import { make, type Party, party } from '../make.js';

export const NOW = Date.UTC(2025, 0) / 1000;

export type Chain = {
  readonly name: string;
  readonly leaf: Certificate;
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly crls?: readonly Crl[];
  readonly policies?: PolicyOptions;
  /** The right answer, where it is written by hand. */
  readonly status?: ChainStatus;
  readonly revocation?: 'good' | 'revoked' | 'on_hold' | 'not_checked';
  /** Why OpenSSL judges otherwise, by the text of the RFC. */
  readonly opensslDiffers?: string;
};

export function judge(chain: Chain): ChainVerdict {
  return verifyChain(chain.leaf, {
    anchors: new CertificateStore(chain.anchors),
    intermediates: new CertificateStore(chain.intermediates),
    atSeconds: NOW,
    ...(chain.policies === undefined ? {} : { policies: chain.policies }),
    ...(chain.crls === undefined ? {} : { crls: new CrlStore(chain.crls) }),
  });
}

/** Four key pairs for all chains: names tell the owners apart, which makes hundreds of chains in a second. */
const POOL = [party('a'), party('b'), party('c'), party('d')] as const;

export function owner(name: string, key: 0 | 1 | 2 | 3): Party {
  return { ...(POOL[key] as Party), name };
}

export type Links = {
  /** Extensions of the certificates under the root, from the one that the root issued to the leaf. */
  readonly extensions: readonly (readonly Uint8Array[])[];
  readonly rootExtensions?: readonly Uint8Array[];
  readonly leafSubject?: Uint8Array;
};

let count = 0;

/** A chain of a root and as many certificates as there are lists of extensions; all its names are its own. */
export function makeChain(name: string, { extensions, rootExtensions = [], leafSubject }: Links): Chain {
  const prefix = `chain ${++count}`;
  const root = owner(`${prefix} root`, 0);
  const anchor = make({ subject: root, issuer: root, ca: true, extensions: rootExtensions });
  let issuer = root;
  const made: Certificate[] = [];
  extensions.forEach((list, index) => {
    const isLeaf = index === extensions.length - 1;
    const subject = owner(`${prefix} ${isLeaf ? 'leaf' : `CA ${index + 1}`}`, ((index % 3) + 1) as 1 | 2 | 3);
    made.push(
      make({
        subject,
        issuer,
        extensions: list,
        ...(isLeaf ? {} : { ca: true }),
        ...(isLeaf && leafSubject !== undefined ? { subjectName: leafSubject } : {}),
      }),
    );
    issuer = subject;
  });
  return {
    name,
    leaf: made[made.length - 1] as Certificate,
    anchors: [anchor],
    intermediates: made.slice(0, -1),
  };
}
