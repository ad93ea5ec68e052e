/**
 * Whether a signer's signature holds (RFC 5652 §5.4 to §5.6), and why, in a whole sentence.
 */

import { compareOctets, elementOf, setOf, toDer } from '../../asn1/der.js';
import type { Asn1Node } from '../../asn1/node.js';
import { encoded, TAG } from '../../asn1/node.js';
import { toHex } from '../../bytes/hex.js';
import { counted, equalBytes, latin1 } from '../../bytes/text.js';
import { type UnusableKey, usableKeyOf } from '../../x509/certificate.js';
import { verifyCost } from '../../x509/key-cost.js';
import { algorithmName } from '../algorithms.js';
import type { FoundCertificate } from '../certificates.js';
import { nameCertificate } from '../certificates.js';
import type { Verdict } from '../model.js';
import type { Reading } from '../structure.js';
import { nameReference, noteFault, spend } from '../structure.js';
import type { RawAttribute } from './attributes.js';
import {
  contentType,
  isSignedAttributes,
  messageDigest,
  repeatedAttribute,
  signingCertificates,
} from './attributes.js';
import { digestHash, digestOf, keyFits, signatureScheme, verifySignature } from './signature.js';
import type { SignedContent, SignerStructure } from './signer-structure.js';

export type Judgement = { readonly verdict: Verdict; readonly reason: string };

/** Judges a signer over the exact content; over its canonical form only where that fails. */
export function judgeSigner(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
  found: FoundCertificate | undefined,
): Judgement {
  const { octets } = signed;
  if (octets === undefined) {
    return unverifiable(`The signature is detached and ${signed.name} is not there to check it against.`);
  }
  const exact = judgeOver(reading, structure, attributes, signed, octets, found);
  const canonical = signed.standsIn === undefined ? undefined : withCrlf(octets);
  if (canonical === undefined || exact.verdict === 'unverifiable') return exact;
  if (exact.verdict === 'valid') {
    if (isText(octets)) noteBareLineFeeds(reading);
    return exact;
  }
  const text: SignedContent = { ...signed, name: `the canonical form of ${signed.name}` };
  const judged = judgeOver(reading, structure, attributes, text, canonical, found);
  if (judged.verdict !== 'valid') return exact;
  const isFile = signed.standsIn === 'file';
  noteFault(
    reading,
    isFile ? 'line-ends-of-file' : 'line-ends-not-canonical',
    isFile
      ? 'The signed part has LF line ends here and the signature covers CRLF ones (RFC 8551 §3.1.1): it is valid in that canonical form, and the file was saved with other line ends than were sent.'
      : 'The signed part has LF line ends and the signature covers CRLF ones (RFC 8551 §3.1.1): receivers that do not put them into that form fail.',
    undefined,
    'SignedData',
  );
  return judged;
}

function noteBareLineFeeds(reading: Reading): void {
  noteFault(
    reading,
    'line-ends-signed-bare',
    'The signature covers LF line ends as they stand; RFC 8551 §3.1.1 wants CRLF, and receivers that put them into that form before they check, as openssl without -binary, fail.',
    undefined,
    'SignedData',
  );
}

/** Whether octets are text as a whole: a LF in binary content is no line end. */
function isText(octets: Uint8Array): boolean {
  for (const octet of octets) {
    if (octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d) return false;
  }
  return true;
}

/** The text with CRLF line ends; undefined where it has no others. */
function withCrlf(octets: Uint8Array): Uint8Array | undefined {
  const text = latin1(octets);
  const canonical = text.replace(/\r?\n/g, '\r\n');
  return canonical.length === text.length ? undefined : Buffer.from(canonical, 'latin1');
}

/** The bytes that a signature covers, with a name for them. */
type Covered = {
  readonly data: Uint8Array;
  /** Another form that some signers cover. */
  readonly alternative: Uint8Array | undefined;
  readonly name: string;
};

function judgeOver(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
  octets: Uint8Array,
  found: FoundCertificate | undefined,
): Judgement {
  const content = `${counted(octets.length, 'byte')} of ${signed.name}`;
  const hasAttributes = structure.signedAttributes !== undefined;
  const covered = hasAttributes
    ? coveredAttributes(reading, structure, attributes, signed, octets, content)
    : { data: octets, alternative: undefined, name: content };
  if ('verdict' in covered) return covered;
  if (!hasAttributes && isSignedAttributes(octets)) return judgeConfusion(reading, structure);
  if (found === undefined) {
    return unverifiable(
      `No certificate with ${nameReference(structure.reference)} is attached or given, so the signature cannot be checked.`,
    );
  }
  const failed = judgeKey(reading, structure, attributes, covered, found);
  if (failed !== undefined) return failed;
  const where = found.attached ? 'attached' : 'given';
  const over = hasAttributes ? `${covered.name} and ${content}` : content;
  return {
    verdict: 'valid',
    reason: `The signature over ${over} verifies with the ${where} certificate of ${nameCertificate(found.certificate)}.`,
  };
}

/**
 * The signed attributes as they are covered (RFC 5652 §5.4), where they are for this content: a messageDigest that is
 * right, and the contentType (§5.3). Attributes that §11 wants once with one value are not valid otherwise.
 */
function coveredAttributes(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
  octets: Uint8Array,
  content: string,
): Covered | Judgement {
  const { signedAttributes, digestAlgorithm } = structure;
  const hash = digestHash(reading, digestAlgorithm);
  if (hash === undefined) {
    const algorithm = algorithmName(digestAlgorithm.oid);
    return unverifiable(
      `The digest algorithm ${algorithm} is not known, so the signature cannot be checked.`,
    );
  }
  const repeated = repeatedAttribute(attributes);
  if (repeated !== undefined) {
    return invalid(
      `The signed attributes have ${repeated.count} values of ${repeated.name}, which has one (RFC 5652 §11).`,
    );
  }
  const said = messageDigest(reading, attributes);
  if (said === undefined) {
    return invalid(
      'The signed attributes have no messageDigest, so the signature covers no content (RFC 5652 §5.3).',
    );
  }
  const actual = digestOf(hash, octets);
  if (!equalBytes(said, actual)) {
    return invalid(
      `The ${hash.name} digest of ${content} is ${toHex(actual)}, but the signer says ${toHex(said)}: ` +
        'these are not the bytes that were signed.',
    );
  }
  const misnamed = judgeContentType(reading, structure, attributes, signed);
  if (misnamed !== undefined) return misnamed;
  const forms = signedAttributes === undefined ? undefined : signedAttributeForms(reading, signedAttributes);
  if (forms === undefined) return invalid('The signed attributes are damaged.');
  return { data: forms.inOrder, alternative: forms.sorted, name: 'the signed attributes' };
}

/**
 * Content that is the signed attributes of a signature: whoever made a signature with attributes signed exactly these
 * bytes, and anybody can send them as content under that signature without attributes.
 */
function judgeConfusion(reading: Reading, structure: SignerStructure): Judgement {
  const message =
    'The content is the DER of signed attributes and the signer has none: a signature over the attributes of another ' +
    'message, sent as one over content, looks like this, and proves nothing (RFC 5652 §5.4).';
  noteFault(reading, 'attributes-as-content', message, structure.node, 'SignerInfo');
  return invalid(message);
}

/** Of a key that is not used: under an unsafe one anybody could have signed, which is no signature. */
function judgeUnusable(owner: string, { kind, reason }: UnusableKey): Judgement {
  if (kind === 'unsafe') return invalid(`The signature proves nothing: ${owner} ${reason}.`);
  return unverifiable(
    kind === 'oversized'
      ? `The signature is not checked: ${owner} ${reason}.`
      : `The public key of ${owner} cannot be used.`,
  );
}

/** Why the signature does not verify with the certificate's key; undefined where it does. */
function judgeKey(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  { data, alternative, name }: Covered,
  { certificate, parameters }: FoundCertificate,
): Judgement | undefined {
  const choice = signatureScheme(reading, structure.digestAlgorithm, structure.signatureAlgorithm);
  if ('unsupported' in choice) return unverifiable(`The signature cannot be checked: ${choice.unsupported}.`);
  if ('refused' in choice) return invalid(`The signature is refused: ${choice.refused}.`);
  if (choice.disagreement !== undefined) {
    const { node } = structure.signatureAlgorithm;
    noteFault(reading, 'digest-algorithms-differ', choice.disagreement, node, 'SignerInfo');
  }
  const usable = usableKeyOf(certificate, parameters);
  const owner = nameCertificate(certificate);
  if (usable.key === undefined) return judgeUnusable(owner, usable.fault);
  const { key } = usable;
  const { scheme } = choice;
  if (!keyFits(scheme, key)) {
    return invalid(
      `The signature algorithm is ${scheme.name}, but the key of ${owner} is of type ${certificate.publicKey.algorithm}.`,
    );
  }
  const mismatch = signingCertificates(reading, attributes)[0];
  if (mismatch !== undefined && !equalBytes(digestOf(mismatch.hash, certificate.der), mismatch.value)) {
    return invalid(
      `The signingCertificate attribute names another certificate than that of ${owner} (RFC 5035 §3).`,
    );
  }
  if (!spend(reading, (alternative === undefined ? 1 : 2) * verifyCost(key)))
    return unverifiable('The signature is not checked: the message asks for too many key operations.');
  const holds =
    verifySignature(scheme, key, data, structure.signature) ||
    (alternative !== undefined && verifySignature(scheme, key, alternative, structure.signature));
  if (holds) return undefined;
  const also =
    structure.signedAttributes === undefined ? '' : ', although they name the right content digest';
  return invalid(`The signature over ${name} does not verify with the key of ${owner}${also}.`);
}

/** RFC 5652 §5.3, §11.1: the attribute is there and names the type of the content; countersignatures have none. */
function judgeContentType(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
): Judgement | undefined {
  if (signed.type === undefined) return undefined;
  const said = contentType(reading, attributes);
  if (said === signed.type) return undefined;
  const message =
    said === undefined
      ? 'The signed attributes have no contentType (RFC 5652 §5.3).'
      : `The contentType attribute says ${said}, but the content is ${signed.type} (RFC 5652 §11.1).`;
  const { signedAttributes } = structure;
  noteFault(reading, 'content-type-attribute', message, signedAttributes, 'SignerInfo.signedAttrs');
  return invalid(message);
}

/**
 * The bytes that a signature over attributes is made over (RFC 5652 §5.4): DER of the SET OF. Receivers differ in
 * whether they sort what came unsorted: OpenSSL does not. Both forms are answered where they differ, with a fault.
 */
export function signedAttributeForms(
  reading: Reading,
  node: Asn1Node,
): { readonly inOrder: Uint8Array; readonly sorted?: Uint8Array } | undefined {
  const { bytes } = reading;
  if (!node.complete) return undefined;
  const parts: Uint8Array[] = [];
  let isDer = true;
  for (const child of node.children) {
    const part = toDer(bytes, child);
    if (part === undefined) return undefined;
    if (isDer && !equalBytes(part, encoded(bytes, child))) isDer = false;
    parts.push(part);
  }
  const ordered = parts.every(
    (part, index) => index === 0 || compareOctets(parts[index - 1] as Uint8Array, part) <= 0,
  );
  const inOrder = elementOf('universal', TAG.set, true, parts);
  // The tag is one octet in both forms, so a DER header has the same length.
  if (!isDer || inOrder.length !== encoded(bytes, node).length) {
    noteFault(
      reading,
      'signed-attributes-not-der',
      'The signed attributes are in BER; RFC 5652 §5.3 wants DER, and receivers that do not re-encode them fail.',
      node,
      'SignerInfo.signedAttrs',
    );
  }
  if (ordered) return { inOrder };
  noteFault(
    reading,
    'signed-attributes-order',
    'The signed attributes are not in DER order (RFC 5652 §5.3); receivers that sort them before checking fail.',
    node,
    'SignerInfo.signedAttrs',
  );
  return { inOrder, sorted: setOf(parts) };
}

function unverifiable(reason: string): Judgement {
  return { verdict: 'unverifiable', reason };
}

function invalid(reason: string): Judgement {
  return { verdict: 'invalid', reason };
}
