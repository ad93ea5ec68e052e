import { compareOctets, elementOf, toDer } from '../asn1/der.js';
import { contents, encoded, TAG } from '../asn1/node.js';
import { append } from '../bytes/append.js';
import { toHex } from '../bytes/hex.js';
import { equalBytes } from '../bytes/text.js';
import type { Hash } from '../cms/algorithms.js';
import { hashNamed, hashOf } from '../cms/algorithms.js';
import { findCertificate, readCertificates } from '../cms/certificates.js';
import { readContentInfo } from '../cms/evaluate.js';
import type { CmsContext } from '../cms/model.js';
import { messageDigest, readAttributes } from '../cms/signing/attributes.js';
import { digestHash, digestOf, signatureScheme } from '../cms/signing/signature.js';
import { readSignedData } from '../cms/signing/signed-data.js';
import type { SignerStructure } from '../cms/signing/signer-structure.js';
import { CONTENT_TYPE, type Reading, spend } from '../cms/structure.js';
import type { Mistake } from '../model/mistake.js';
import type { Certificate } from '../x509/certificate.js';
import { usableKeyOf } from '../x509/certificate.js';
import type { Form } from './forms.js';
import { signedForms } from './forms.js';
import type { Recovered, Suspect } from './signature-value.js';
import {
  digestedTwice,
  explainValue,
  holdsOver,
  recoverDigest,
  triedHashes,
  wrongDigest,
} from './signature-value.js';
import type { SignedVariants } from './variants.js';

/** Most orders of signed attributes tried: five attributes have 120. */
const ORDERS_LIMIT = 120;
/** Microseconds that each byte of the structure takes to be read once more: it is for each signer. */
const READ_COST = 0.1;
/** Most forms verified one by one where no digest tells them apart: about 100 us each. */
const VERIFIED_FORMS_LIMIT = 400;

/**
 * The mistakes that explain why signer `index` of a SignedData is not valid, the most telling first; empty where none
 * of those known does, or the signature is fine.
 */
export function explainSignature(
  bytes: Uint8Array,
  index: number,
  context: CmsContext,
  variants: SignedVariants,
): Mistake[] {
  if (context.budget?.take(Math.ceil(READ_COST * bytes.length)) === false) return [];
  const { reading, inner, contentTypeOid } = readContentInfo(bytes, undefined, context.budget);
  if (contentTypeOid !== CONTENT_TYPE.signedData) return [];
  const structure = readSignedData(reading, inner);
  const signer = structure.signers[index];
  if (signer === undefined) return [];
  const attached = readCertificates(reading, structure.certificates);
  const found = findCertificate(signer.reference, attached, context.certificates);
  const usable = found === undefined ? undefined : usableKeyOf(found.certificate);
  // Under such a key everything is signed by anybody: nothing explains anything.
  if (usable?.fault?.kind === 'unsafe') return [];
  const mistakes = [...micalgMistake(signer, variants)];
  const hash = digestHash(reading, signer.digestAlgorithm);
  const key = usable?.key;
  const choice = signatureScheme(reading, signer.digestAlgorithm, signer.signatureAlgorithm);
  if (hash === undefined || found === undefined || key === undefined || !('scheme' in choice))
    return mistakes;
  const suspect: Suspect = {
    reading,
    signer,
    scheme: choice.scheme,
    hash,
    key,
    certificate: found.certificate,
  };
  const others = [...attached, ...(context.intermediates?.all() ?? []), ...context.anchors.all()];
  append(
    mistakes,
    signer.signedAttributes === undefined
      ? explainBare(suspect, variants, others)
      : explainAttributes(suspect, variants, others),
  );
  return mistakes;
}

/** RFC 8551 §3.5.3.2: micalg lets a receiver choose the hash before it sees the signature. */
function micalgMistake(signer: SignerStructure, { micalg }: SignedVariants): Mistake[] {
  if (micalg === undefined) return [];
  const said = micalg.split(',').map((one) => hashNamed(one.trim()));
  const used = hashOf(signer.digestAlgorithm.oid);
  if (used === undefined || said.includes(used)) return [];
  return [
    {
      code: 'wrong-micalg',
      sentence: `The multipart says micalg=${micalg}, but the signer digested with ${used.name}; receivers that digest by micalg fail.`,
    },
  ];
}

// ---- without signed attributes: the signature is over the content itself

function explainBare(suspect: Suspect, variants: SignedVariants, others: readonly Certificate[]): Mistake[] {
  const { scheme, hash } = suspect;
  const part = variants.part;
  const recovered = scheme.family === 'rsa' ? recoverDigest(suspect) : undefined;
  if (scheme.family === 'rsa' && recovered === undefined) {
    return explainValue(suspect, part, others);
  }
  if (recovered !== undefined) {
    const mistakes: Mistake[] = [];
    const match = findDigest(suspect.reading, recovered.digest, recovered.hash, part, variants);
    if (match === undefined) return [unknownContent(recovered, part)];
    append(mistakes, match.mistakes);
    if (recovered.hash !== undefined && recovered.hash !== hash) {
      mistakes.push(wrongDigest(hash, recovered.hash));
    }
    if (recovered.form === 'bare') {
      mistakes.push({
        code: 'bare-digest-signed',
        sentence: 'The signer padded the digest alone, without the DigestInfo around it (RFC 8017 §9.2).',
      });
    }
    return mistakes;
  }
  const holds = (bytes: Uint8Array): boolean => holdsOver(suspect, bytes);
  for (const form of (paidForms(suspect.reading, variants) ?? []).slice(0, VERIFIED_FORMS_LIMIT)) {
    if (holds(form.bytes)) return [formMistake(form)];
  }
  return explainValue(suspect, part, others);
}

/** Microseconds for each byte of the part: some 200 forms of it are made, and hashed with every function (measured). */
const PART_COST = 3;
/** The same for each byte around it, which stands in few forms. */
const AROUND_COST = 0.05;

/** The forms to try; undefined where making them would cost more than is left for the message. */
function paidForms(reading: Reading, variants: SignedVariants): readonly Form[] | undefined {
  const { part, enclosing } = variants;
  const cost = PART_COST * part.length + AROUND_COST * (enclosing?.length ?? 0);
  return spend(reading, Math.ceil(cost)) ? signedForms(variants) : undefined;
}

type Match = { readonly mistakes: readonly Mistake[] };

/** The form of the part that has this digest, under the hash said or another, digested once or twice. */
function findDigest(
  reading: Reading,
  digest: Uint8Array,
  said: Hash | undefined,
  part: Uint8Array,
  variants: SignedVariants,
): Match | undefined {
  const hashes = triedHashes(said).filter((hash) => hash.octets === digest.length);
  const matches = (bytes: Uint8Array): 'once' | 'twice' | 'text' | undefined => {
    for (const hash of hashes) {
      const once = digestOf(hash, bytes);
      if (equalBytes(once, digest)) return 'once';
      if (equalBytes(digestOf(hash, once), digest)) return 'twice';
      if (equalBytes(digestOf(hash, Buffer.from(Buffer.from(once).toString('hex'))), digest)) return 'text';
    }
    return undefined;
  };
  const whole = matches(part);
  if (whole === 'once') return { mistakes: [] };
  if (whole !== undefined) return { mistakes: [digestedTwice(whole)] };
  const forms = paidForms(reading, variants);
  // Forms that were not tried are no ground to say that none fits.
  if (forms === undefined) return { mistakes: [] };
  for (const form of forms) {
    const how = matches(form.bytes);
    if (how === 'once') return { mistakes: [formMistake(form)] };
    if (how !== undefined) return { mistakes: [formMistake(form), digestedTwice(how)] };
  }
  return undefined;
}

function formMistake(form: Form): Mistake {
  return {
    code: form.code,
    sentence: `The signature is valid when ${form.when}.`,
    repaired: form.bytes,
  };
}

function unknownContent({ digest, hash }: Pick<Recovered, 'digest' | 'hash'>, part: Uint8Array): Mistake {
  return {
    code: 'other-content-signed',
    sentence:
      `Other content was signed: its ${hash?.name ?? ''} digest is ${toHex(digest)}, which no known form of the ` +
      `${part.length} bytes here has.`,
  };
}

// ---- with signed attributes: the content by its digest, the signature over the attributes

function explainAttributes(
  suspect: Suspect,
  variants: SignedVariants,
  others: readonly Certificate[],
): Mistake[] {
  const { reading, signer, hash } = suspect;
  const said = messageDigest(reading, readAttributes(reading, signer.signedAttributes));
  const mistakes: Mistake[] = [];
  if (said !== undefined && !equalBytes(said, digestOf(hash, variants.part))) {
    append(mistakes, explainMessageDigest(suspect, said, variants));
  }
  append(mistakes, explainAttributeSignature(suspect, variants, others));
  return mistakes;
}

function explainMessageDigest(suspect: Suspect, said: Uint8Array, variants: SignedVariants): Mistake[] {
  const { part } = variants;
  const match = findDigest(suspect.reading, said, suspect.hash, part, variants);
  if (match === undefined) return [unknownContent({ digest: said, hash: suspect.hash }, part)];
  const used = triedHashes(suspect.hash).find(
    (hash) => hash.octets === said.length && equalBytes(digestOf(hash, part), said),
  );
  if (match.mistakes.length > 0) return [...match.mistakes];
  return used === undefined || used === suspect.hash ? [] : [wrongDigest(suspect.hash, used)];
}

function explainAttributeSignature(
  suspect: Suspect,
  variants: SignedVariants,
  others: readonly Certificate[],
): Mistake[] {
  const { reading, signer, scheme } = suspect;
  const node = signer.signedAttributes;
  if (node === undefined) return [];
  const { bytes } = reading;
  const parts = node.children.map((child) => toDer(bytes, child) ?? encoded(bytes, child));
  const setOf = (ordered: readonly Uint8Array[]): Uint8Array =>
    elementOf('universal', TAG.set, true, ordered);
  const holds = (data: Uint8Array): boolean => holdsOver(suspect, data);
  const sorted = [...parts].sort(compareOctets);
  const isSorted = sorted.every((part, index) => part === parts[index]);
  if (holds(setOf(parts)) || holds(setOf(sorted))) {
    if (isSorted) return [];
    const how = holds(setOf(parts))
      ? 'The signer encoded and signed its attributes in other than DER order; receivers that sort them first fail.'
      : 'The signer signed its attributes in DER order but sent them in another; receivers that do not sort them fail.';
    return [{ code: 'signed-attributes-order', sentence: `${how} (RFC 5652 §5.3, §5.4)` }];
  }
  const forms: readonly (readonly [string, string, Uint8Array])[] = [
    [
      'signed-attributes-tag',
      'The signer signed its attributes with the [0] tag of the message instead of the SET OF tag (RFC 5652 §5.4).',
      encoded(bytes, node),
    ],
    [
      'signed-attributes-tag',
      'The signer signed its attributes with the [0] tag of the message instead of the SET OF tag (RFC 5652 §5.4).',
      elementOf('context', 0, true, parts),
    ],
    [
      'signed-attributes-contents',
      'The signer signed the contents of its attributes without a tag and length around them (RFC 5652 §5.4).',
      contents(bytes, node),
    ],
    [
      'signed-attributes-sequence',
      'The signer signed its attributes under the tag of a SEQUENCE instead of a SET (RFC 5652 §5.4).',
      elementOf('universal', TAG.sequence, true, parts),
    ],
    [
      'signed-attributes-not-der',
      'The signer signed its attributes as they stand in BER; RFC 5652 §5.4 wants DER.',
      Buffer.concat([Uint8Array.of(0x31), encoded(bytes, node).subarray(1)]),
    ],
    [
      'content-signed-directly',
      'The signer signed the content itself, although there are signed attributes, which it should have signed (RFC 5652 §5.4).',
      variants.part,
    ],
  ];
  for (const [code, sentence, data] of forms) {
    if (holds(data)) return [{ code, sentence }];
  }
  if (scheme.hash !== undefined && holds(digestOf(scheme.hash, setOf(parts))))
    return [digestedTwice('twice')];
  if (parts.length <= 5) {
    for (const order of orders(parts)) {
      if (!holds(setOf(order))) continue;
      return [
        {
          code: 'signed-attributes-order',
          sentence:
            'The signer signed its attributes in another order than it sent them, and not in DER order (RFC 5652 §5.4).',
        },
      ];
    }
  }
  return explainValue(suspect, setOf(parts), others);
}

/** The orders of a few attributes. */
function* orders(parts: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  let count = 0;
  function* extend(
    head: readonly Uint8Array[],
    rest: readonly Uint8Array[],
  ): Generator<readonly Uint8Array[]> {
    if (rest.length === 0) yield head;
    for (const [index, part] of rest.entries()) {
      yield* extend([...head, part], [...rest.slice(0, index), ...rest.slice(index + 1)]);
    }
  }
  for (const order of extend([], parts)) {
    if (count++ >= ORDERS_LIMIT) return;
    yield order;
  }
}
