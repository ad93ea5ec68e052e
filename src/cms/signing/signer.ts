/** One signer of a SignedData (RFC 5652 §5.3), judged and described. */

import type { Certificate } from '../../x509/certificate.js';
import { type ChainVerdict, type IssuerFinder, verifyChain } from '../../x509/chain.js';
import { inheritsParameters } from '../../x509/issued.js';
import type { CrlFinder } from '../../x509/revocation/crl-store.js';
import { algorithmName } from '../algorithms.js';
import { type FoundCertificate, findCertificates } from '../certificates.js';
import type { CmsContext, Signer } from '../model.js';
import type { Reading } from '../structure.js';
import { COST, noteFault, spend } from '../structure.js';
import type { RawAttribute } from './attributes.js';
import {
  countersignatures,
  describeAttributes,
  misplacedAttributes,
  readAttributes,
  signingTime,
  smimeCapabilities,
} from './attributes.js';
import type { SignedContent, SignerStructure } from './signer-structure.js';
import { readSigner } from './signer-structure.js';
import { type Judgement, judgeSigner } from './signer-verdict.js';

/** Deepest countersignature on a countersignature; more than one has not been met. */
const COUNTERSIGNATURE_DEPTH_LIMIT = 3;
/** Most countersignatures judged on one signature: each costs a public key operation. */
const COUNTERSIGNATURES_LIMIT = 8;

export type SignerSurroundings = {
  readonly reading: Reading;
  readonly context: CmsContext;
  readonly attached: readonly Certificate[];
  /** Certificates from which a chain may be built. */
  readonly intermediates: IssuerFinder;
  /** Revocation lists in the message and given. */
  readonly crls?: CrlFinder | undefined;
};

/** Judges one signer. */
export function evaluateSigner(
  surroundings: SignerSurroundings,
  structure: SignerStructure,
  signed: SignedContent,
  depth = 0,
): Signer {
  const { reading } = surroundings;
  const { reference, digestAlgorithm, signatureAlgorithm } = structure;
  const attributes = readAttributes(reading, structure.signedAttributes);
  const unsigned = readAttributes(reading, structure.unsignedAttributes);
  const { found, chain, verdict, reason } = judgeCandidates(surroundings, structure, attributes, signed);
  if (found?.nameEncodingDiffers) {
    noteFault(
      reading,
      'issuer-encoding-differs',
      'The signer names its issuer in other string types than its certificate does; strict receivers do not find it.',
      structure.node,
      'SignerInfo.sid',
    );
  }
  checkVersion(reading, structure);
  checkUnsigned(reading, structure, unsigned);
  const { issuer, issuerDer, serialNumber, subjectKeyIdentifier } = reference;
  return {
    issuer,
    issuerDer,
    serialNumber,
    subjectKeyIdentifier,
    version: structure.version,
    digestAlgorithm: algorithmName(digestAlgorithm.oid),
    digestAlgorithmOid: digestAlgorithm.oid,
    digestParameters: digestAlgorithm.parametersForm,
    signatureAlgorithm: algorithmName(signatureAlgorithm.oid),
    signatureAlgorithmOid: signatureAlgorithm.oid,
    signature: verdict,
    reason,
    certificate: found?.certificate,
    certificateAttached: found?.attached,
    chain,
    signedAttributes: describeAttributes(reading, attributes),
    unsignedAttributes: describeAttributes(reading, unsigned),
    signingTime: signingTime(reading, attributes),
    smimeCapabilities: smimeCapabilities(reading, attributes),
    countersignatures: evaluateCountersignatures(surroundings, structure, unsigned, depth),
  };
}

/** A certificate that may be the signer's, with what comes of taking it for that. */
type Candidate = Judgement & {
  readonly found: FoundCertificate | undefined;
  readonly chain: ChainVerdict | undefined;
};

/**
 * Judges by each certificate that may be meant: the first by whose key the signature is valid and that leads to an
 * anchor, else the first by whose key it is valid, else the first at all.
 */
function judgeCandidates(
  surroundings: SignerSurroundings,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
): Candidate {
  const { reading, context, attached } = surroundings;
  let best: Candidate | undefined;
  for (const one of findCertificates(structure.reference, attached, context.certificates)) {
    const chain = chainOf(surroundings, one.certificate);
    const found = inheritsParameters(one.certificate) ? { ...one, parameters: chain.path[1] } : one;
    const judged = { ...judgeSigner(reading, structure, attributes, signed, found), found, chain };
    if (judged.verdict === 'valid' && chain.status === 'valid') return judged;
    if (best === undefined || (judged.verdict === 'valid' && best.verdict !== 'valid')) best = judged;
  }
  if (best !== undefined) return best;
  const judged = judgeSigner(reading, structure, attributes, signed, undefined);
  return { ...judged, found: undefined, chain: undefined };
}

function chainOf(
  { reading, context, intermediates, crls }: SignerSurroundings,
  certificate: Certificate,
): ChainVerdict {
  const { anchors, atSeconds, policies } = context;
  const pay = (microseconds: number): boolean => spend(reading, microseconds);
  return verifyChain(certificate, { anchors, intermediates, atSeconds, policies, crls, pay });
}

function evaluateCountersignatures(
  surroundings: SignerSurroundings,
  structure: SignerStructure,
  unsigned: readonly RawAttribute[],
  depth: number,
): Signer[] {
  const nodes = countersignatures(unsigned);
  if (nodes.length === 0 || depth >= COUNTERSIGNATURE_DEPTH_LIMIT) return [];
  const signed: SignedContent = {
    octets: structure.signature,
    name: 'the signature value',
    type: undefined,
    standsIn: undefined,
  };
  return nodes.slice(0, COUNTERSIGNATURES_LIMIT).flatMap((node) => {
    // Countersignatures multiply with depth: each is paid for, with the chain that it is judged by.
    if (!spend(surroundings.reading, COST.countersignature)) return [];
    const counter = readSigner(surroundings.reading, node);
    return counter === undefined ? [] : [evaluateSigner(surroundings, counter, signed, depth + 1)];
  });
}

/** Attributes that anybody on the way may have put there, of a kind that readers take for the word of the signer. */
function checkUnsigned(
  reading: Reading,
  { unsignedAttributes }: SignerStructure,
  unsigned: readonly RawAttribute[],
): void {
  for (const name of misplacedAttributes(unsigned)) {
    const time = name === 'signingTime' ? signingTime(reading, unsigned) : undefined;
    const shown = time === undefined ? name : `${name} (${time})`;
    noteFault(
      reading,
      name === 'signingTime' ? 'signing-time-unsigned' : 'attribute-unsigned',
      `${shown} stands among the unsigned attributes, where nobody vouches for it; it must be signed (RFC 5652 §11).`,
      unsignedAttributes,
      'SignerInfo.unsignedAttrs',
    );
  }
}

/** RFC 5652 §5.3: version 1 goes with issuer and serial number, version 3 with a key identifier. */
function checkVersion(reading: Reading, { node, version, reference }: SignerStructure): void {
  const expected = reference.subjectKeyIdentifier === undefined ? 1 : 3;
  if (version === expected) return;
  noteFault(
    reading,
    'signer-version',
    `A signer has version ${version ?? '?'} where its identifier asks for ${expected}.`,
    node,
    'SignerInfo.version',
  );
}
