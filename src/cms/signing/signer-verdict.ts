/**
 * Whether a signer's signature holds (RFC 5652 §5.4 to §5.6), and why, in a whole sentence.
 */

import { compareOctets, element, set, toDer } from '../../asn1/der.js';
import type { Asn1Node } from '../../asn1/node.js';
import { encoded, TAG } from '../../asn1/node.js';
import { toHex } from '../../bytes/hex.js';
import { counted, equalBytes, latin1 } from '../../bytes/text.js';
import { publicKeyOf } from '../../x509/certificate.js';
import { algorithmName, hashOf } from '../algorithms.js';
import type { FoundCertificate } from '../certificates.js';
import { nameCertificate } from '../certificates.js';
import type { Verdict } from '../model.js';
import type { Reading } from '../structure.js';
import { COST, nameReference, noteFault, spend } from '../structure.js';
import type { RawAttribute } from './attributes.js';
import { contentType, messageDigest, signingCertificates } from './attributes.js';
import { digestOf, keyFits, signatureScheme, verifySignature } from './signature.js';
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
  const canonical = exact.verdict === 'invalid' && signed.isCanonicalized ? withCrlf(octets) : undefined;
  if (canonical === undefined) return exact;
  const text: SignedContent = { ...signed, name: `the canonical form of ${signed.name}` };
  const judged = judgeOver(reading, structure, attributes, text, canonical, found);
  if (judged.verdict !== 'valid') return exact;
  noteFault(
    reading,
    'line-ends-not-canonical',
    'The signed part has LF line ends and the signature covers CRLF ones (RFC 8551 §3.1.1): receivers that do not put them into that form fail.',
    undefined,
    'SignedData',
  );
  return judged;
}

/** The text with CRLF line ends; undefined where it has no others. */
function withCrlf(octets: Uint8Array): Uint8Array | undefined {
  const text = latin1(octets);
  const canonical = text.replace(/\r?\n/g, '\r\n');
  return canonical.length === text.length ? undefined : Buffer.from(canonical, 'latin1');
}

function judgeOver(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
  octets: Uint8Array,
  found: FoundCertificate | undefined,
): Judgement {
  const hash = hashOf(structure.digestAlgorithm.oid);
  let data = octets;
  let name = `${counted(octets.length, 'byte')} of ${signed.name}`;
  let alternative: Uint8Array | undefined;
  if (structure.signedAttributes !== undefined) {
    if (hash === undefined) {
      const algorithm = algorithmName(structure.digestAlgorithm.oid);
      return unverifiable(
        `The digest algorithm ${algorithm} is not known, so the signature cannot be checked.`,
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
        `The ${hash.name} digest of ${name} is ${toHex(actual)}, but the signer says ${toHex(said)}: ` +
          'these are not the bytes that were signed.',
      );
    }
    checkContentType(reading, structure, attributes, signed);
    const forms = signedAttributeForms(reading, structure.signedAttributes);
    if (forms === undefined) return invalid('The signed attributes are damaged.');
    data = forms.inOrder;
    alternative = forms.sorted;
    name = 'the signed attributes';
  }

  if (found === undefined) {
    return unverifiable(
      `No certificate with ${nameReference(structure.reference)} is attached or given, so the signature cannot be checked.`,
    );
  }
  const choice = signatureScheme(reading, structure.digestAlgorithm, structure.signatureAlgorithm);
  if ('unsupported' in choice) {
    return unverifiable(`The signature cannot be checked: ${choice.unsupported}.`);
  }
  if (choice.disagreement !== undefined) {
    noteFault(
      reading,
      'digest-algorithms-differ',
      choice.disagreement,
      structure.signatureAlgorithm.node,
      'SignerInfo',
    );
  }
  const key = publicKeyOf(found.certificate);
  const owner = nameCertificate(found.certificate);
  if (key === undefined) return unverifiable(`The public key of ${owner} cannot be used.`);
  const { scheme } = choice;
  if (!keyFits(scheme, key)) {
    return invalid(
      `The signature algorithm is ${scheme.name}, but the key of ${owner} is of type ${found.certificate.publicKey.algorithm}.`,
    );
  }
  const mismatch = signingCertificates(reading, attributes)[0];
  if (mismatch !== undefined && !equalBytes(digestOf(mismatch.hash, found.certificate.der), mismatch.value)) {
    return invalid(
      `The signingCertificate attribute names another certificate than that of ${owner} (RFC 5035 §3).`,
    );
  }
  if (!spend(reading, COST.publicKey)) {
    return unverifiable('The signature is not checked: the message asks for too many key operations.');
  }
  const holds =
    verifySignature(scheme, key, data, structure.signature) ||
    (alternative !== undefined && verifySignature(scheme, key, alternative, structure.signature));
  if (!holds) {
    const also =
      structure.signedAttributes === undefined ? '' : ', although they name the right content digest';
    return invalid(`The signature over ${name} does not verify with the key of ${owner}${also}.`);
  }
  const where = found.attached ? 'attached' : 'given';
  const over =
    structure.signedAttributes === undefined
      ? name
      : `${name} and ${counted(octets.length, 'byte')} of ${signed.name}`;
  return {
    verdict: 'valid',
    reason: `The signature over ${over} verifies with the ${where} certificate of ${owner}.`,
  };
}

/** RFC 5652 §11.1: the attribute names the type of the encapsulated content; countersignatures have none. */
function checkContentType(
  reading: Reading,
  structure: SignerStructure,
  attributes: readonly RawAttribute[],
  signed: SignedContent,
): void {
  if (signed.type === undefined) return;
  const said = contentType(reading, attributes);
  if (said === signed.type) return;
  const message =
    said === undefined
      ? 'The signed attributes have no contentType (RFC 5652 §5.3).'
      : `The contentType attribute says ${said}, but the content is ${signed.type} (RFC 5652 §11.1).`;
  noteFault(reading, 'content-type-attribute', message, structure.signedAttributes, 'SignerInfo.signedAttrs');
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
  const inOrder = element('universal', TAG.set, true, ...parts);
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
  return { inOrder, sorted: set(...parts) };
}

function unverifiable(reason: string): Judgement {
  return { verdict: 'unverifiable', reason };
}

function invalid(reason: string): Judgement {
  return { verdict: 'invalid', reason };
}
