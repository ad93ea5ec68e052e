/** SignedData (RFC 5652 §5): certificates, revocation lists, and every signer judged over the exact content. */

import type { Asn1Node } from '../../asn1/node.js';
import { isContext, isUniversal, TAG } from '../../asn1/node.js';
import { equalBytes } from '../../bytes/text.js';
import type { Certificate } from '../../x509/certificate.js';
import type { IssuerFinder } from '../../x509/chain.js';
import type { Crl } from '../../x509/revocation/crl.js';
import { type CrlFinder, CrlStore } from '../../x509/revocation/crl-store.js';
import { CertificateStore } from '../../x509/store.js';
import { algorithmName } from '../algorithms.js';
import { readCertificates, readRevocationLists } from '../certificates.js';
import type { CmsContext, CmsHead, SignedDataCms, Signer } from '../model.js';
import type { EncapsulatedContent, Reading } from '../structure.js';
import {
  CONTENT_TYPE,
  noteFault,
  readAlgorithm,
  readEncapsulatedContent,
  readVersion,
} from '../structure.js';
import { evaluateSigner } from './signer.js';
import type { SignedContent, SignerStructure } from './signer-structure.js';
import { readSigner } from './signer-structure.js';

/** Most signers judged in one message: each costs a public key operation, and real ones have one or two. */
const SIGNERS_LIMIT = 32;

/** SignedData as it stands in the bytes. */
export type SignedDataStructure = {
  readonly version: number | undefined;
  readonly digestAlgorithms: readonly string[];
  readonly encapsulated: EncapsulatedContent | undefined;
  readonly certificates: Asn1Node | undefined;
  readonly crls: Asn1Node | undefined;
  readonly signers: readonly SignerStructure[];
};

export function readSignedData(reading: Reading, node: Asn1Node | undefined): SignedDataStructure {
  const parts = node?.children ?? [];
  const digestSet = isUniversal(parts[1], TAG.set) ? parts[1] : undefined;
  let certificates: Asn1Node | undefined;
  let crls: Asn1Node | undefined;
  let signerSet: Asn1Node | undefined;
  for (let index = 3; index < parts.length; index++) {
    const part = parts[index];
    if (isContext(part, 0)) certificates ??= part;
    else if (isContext(part, 1)) crls ??= part;
    else if (isUniversal(part, TAG.set)) signerSet ??= part;
  }
  const signers = signerSet === undefined ? [] : readSigners(reading, signerSet);
  const digestAlgorithms: string[] = [];
  for (const one of (digestSet?.children ?? []).slice(0, SIGNERS_LIMIT)) {
    const algorithm = readAlgorithm(reading, one);
    if (algorithm !== undefined) digestAlgorithms.push(algorithm.oid);
  }
  const encapsulated = readEncapsulatedContent(reading, parts[2]);
  if (encapsulated === undefined || signerSet === undefined) {
    noteFault(
      reading,
      'bad-signed-data',
      'The SignedData structure is damaged or not of a known form.',
      node,
    );
  }
  return {
    version: readVersion(reading, parts[0]),
    digestAlgorithms,
    encapsulated,
    certificates,
    crls,
    signers,
  };
}

/** SignerInfos (RFC 5652 §5.3); what is none becomes a fault. */
function readSigners(reading: Reading, set: Asn1Node): SignerStructure[] {
  const infos = set.children;
  if (infos.length > SIGNERS_LIMIT) {
    noteFault(
      reading,
      'too-many-signers',
      `Only the first ${SIGNERS_LIMIT} of ${infos.length} signers are judged.`,
      set,
    );
  }
  const signers: SignerStructure[] = [];
  for (let index = 0; index < infos.length && index < SIGNERS_LIMIT; index++) {
    const info = infos[index] as Asn1Node;
    const signer = readSigner(reading, info);
    if (signer === undefined) {
      noteFault(reading, 'bad-signer', 'A SignerInfo is damaged or not of a known form.', info, 'SignerInfo');
    } else {
      signers.push(signer);
    }
  }
  return signers;
}

export function evaluateSignedData(
  { contentTypeOid, encodingForm, faults }: CmsHead,
  reading: Reading,
  node: Asn1Node | undefined,
  context: CmsContext,
): SignedDataCms {
  const structure = readSignedData(reading, node);
  const certificates = readCertificates(reading, structure.certificates);
  const { count, lists, crls } = readRevocationLists(reading, structure.crls);
  const signed = contentSigned(reading, structure, context);
  const surroundings = {
    reading,
    context,
    attached: certificates,
    intermediates: chainCertificates(certificates, context),
    crls: crlsOf(crls, context),
  };
  const signers: Signer[] = [];
  for (const one of structure.signers) signers.push(evaluateSigner(surroundings, one, signed));
  checkDigestAlgorithms(reading, structure);
  const { encapsulated, version } = structure;
  return {
    contentTypeOid,
    encodingForm,
    faults,
    contentType: 'signed_data',
    version,
    detached: encapsulated?.content === undefined,
    digestAlgorithms: structure.digestAlgorithms.map(algorithmName),
    certificates,
    crlCount: count,
    crls: lists,
    signers,
    content: encapsulated?.content,
    innerContentType: encapsulated?.oid,
  };
}

/** The bytes that the signers signed: those outside where they are given, else those inside. */
export function contentSigned(
  reading: Reading,
  { encapsulated }: SignedDataStructure,
  context: Pick<CmsContext, 'detached' | 'detachedIn'>,
): SignedContent {
  const type = encapsulated?.oid ?? CONTENT_TYPE.data;
  const inside = encapsulated?.content;
  const outside = context.detached;
  if (outside === undefined) {
    const name = inside === undefined ? 'the content' : 'the encapsulated content';
    return { octets: inside, name, type, standsIn: undefined };
  }
  if (inside !== undefined) {
    // What a reader is shown is the part outside: that is what must be vouched for.
    const same = equalBytes(inside, outside);
    noteFault(
      reading,
      same ? 'content-twice' : 'content-differs',
      same
        ? 'The signed content stands both in the message and inside the signature.'
        : 'The signature carries a content of its own that differs from the signed part outside; it is judged over the part outside.',
      encapsulated?.node,
      'encapContentInfo',
    );
  }
  return {
    octets: outside,
    name: 'the detached content',
    type,
    standsIn: context.detachedIn,
  };
}

/** The revocation lists in the message beside those given. */
function crlsOf(attached: readonly Crl[], { crls }: CmsContext): CrlFinder | undefined {
  if (attached.length === 0) return crls;
  const inside = new CrlStore(attached);
  if (crls === undefined) return inside;
  return {
    size: inside.size + crls.size,
    findByIssuer: (issuerKey) => [...crls.findByIssuer(issuerKey), ...inside.findByIssuer(issuerKey)],
  };
}

/** Issuers are looked for among the certificates given, then among those attached. */
function chainCertificates(attached: readonly Certificate[], { intermediates }: CmsContext): IssuerFinder {
  if (attached.length === 0 && intermediates !== undefined) return intermediates;
  const inside = new CertificateStore(attached);
  if (intermediates === undefined) return inside;
  return {
    size: inside.size + intermediates.size,
    findBySubject: (subjectDer) => [
      ...intermediates.findBySubject(subjectDer),
      ...inside.findBySubject(subjectDer).filter((one) => !intermediates.has(one)),
    ],
  };
}

/** RFC 5652 §5.1: digestAlgorithms lists what the signers use, so that a receiver can digest in one pass. */
function checkDigestAlgorithms(reading: Reading, structure: SignedDataStructure): void {
  for (const signer of structure.signers) {
    if (structure.digestAlgorithms.includes(signer.digestAlgorithm.oid)) continue;
    noteFault(
      reading,
      'digest-algorithm-not-listed',
      `A signer uses ${algorithmName(signer.digestAlgorithm.oid)}, which digestAlgorithms does not list; receivers that digest in one pass fail.`,
      signer.digestAlgorithm.node,
      'SignedData.digestAlgorithms',
    );
  }
}
