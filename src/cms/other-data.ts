/**
 * CompressedData (RFC 3274), DigestedData (RFC 5652 §7) and AuthenticatedData (RFC 5652 §9).
 */

import { createHash, createHmac } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { Asn1Node } from '../asn1/node.js';
import { isContext, isUniversal, TAG } from '../asn1/node.js';
import { readOctets } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';
import { counted, equalBytes } from '../bytes/text.js';
import { WorkBudget } from '../model/budget.js';
import { algorithmName, hmacEntry } from './algorithms.js';
import { readCertificates } from './certificates.js';
import { contentKeysOf } from './encryption/content-key.js';
import { attributesDer, noKeyReason } from './encryption/enveloped-data.js';
import { readRecipients } from './encryption/recipients.js';
import type {
  AuthenticatedDataCms,
  CmsContext,
  CompressedDataCms,
  DigestedDataCms,
  Verdict,
} from './model.js';
import type { RawAttribute } from './signing/attributes.js';
import {
  contentType,
  describeAttributes,
  messageDigest,
  readAttributes,
  repeatedAttribute,
} from './signing/attributes.js';
import { digestHash, digestOf } from './signing/signature.js';
import type { Reading } from './structure.js';
import { CONTENT_TYPE, noteFault, readAlgorithm, readEncapsulatedContent, readVersion } from './structure.js';

const ZLIB = '1.2.840.113549.1.9.16.3.8';

type Part<T> = Omit<T, 'contentTypeOid' | 'encodingForm' | 'faults'>;

export function evaluateCompressedData(
  reading: Reading,
  node: Asn1Node | undefined,
): Part<CompressedDataCms> {
  const [versionNode, algorithmNode, contentNode] = node?.children ?? [];
  const version = readVersion(reading, versionNode);
  const algorithm = readAlgorithm(reading, algorithmNode);
  const encapsulated = readEncapsulatedContent(reading, contentNode);
  const compressed = encapsulated?.content;
  let content: Uint8Array | undefined;
  if (compressed === undefined) {
    noteFault(
      reading,
      'no-compressed-content',
      'The compressed content is missing or cut off.',
      contentNode ?? node,
    );
  } else if (algorithm?.oid !== ZLIB) {
    const name = algorithm === undefined ? 'unknown' : algorithmName(algorithm.oid);
    noteFault(
      reading,
      'compression-algorithm',
      `The compression algorithm ${name} is not zlib.`,
      algorithmNode,
    );
  } else {
    content = inflate(reading, compressed, contentNode);
  }
  return {
    contentType: 'compressed_data',
    ...(version === undefined ? {} : { version }),
    compressionAlgorithm: algorithm === undefined ? 'unknown' : algorithmName(algorithm.oid),
    compressedLength: compressed?.length ?? 0,
    ...(content === undefined ? {} : { content }),
    ...(encapsulated?.oid === undefined ? {} : { innerContentType: encapsulated.oid }),
  };
}

function inflate(reading: Reading, compressed: Uint8Array, at: Asn1Node | undefined): Uint8Array | undefined {
  reading.budget ??= new WorkBudget(reading.bytes.length);
  const { budget } = reading;
  const limit = budget.inflatable;
  try {
    // A stream of no bytes inflates to none, and the function wants a limit of one at least.
    const content = inflateSync(compressed, { maxOutputLength: Math.max(1, limit) });
    budget.countInflated(content.length);
    return content;
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    if (tooLarge) budget.countInflated(limit);
    noteFault(
      reading,
      tooLarge ? 'inflated-too-large' : 'bad-compressed-content',
      tooLarge
        ? `The compressed content is larger when inflated than the ${limit} bytes that may still be inflated for this message, and is not decompressed.`
        : 'The compressed content is not a whole zlib stream.',
      at,
    );
    return undefined;
  }
}

export function evaluateDigestedData(
  reading: Reading,
  node: Asn1Node | undefined,
  context: CmsContext,
): Part<DigestedDataCms> {
  const [versionNode, algorithmNode, contentNode, digestNode] = node?.children ?? [];
  const version = readVersion(reading, versionNode);
  const algorithm = readAlgorithm(reading, algorithmNode);
  const encapsulated = readEncapsulatedContent(reading, contentNode);
  const said = isUniversal(digestNode, TAG.octetString) ? readOctets(reading.bytes, digestNode) : undefined;
  const content = encapsulated?.content;
  const octets = content ?? context.detached;
  const hash = algorithm === undefined ? undefined : digestHash(reading, algorithm);
  let digest: Verdict = 'unverifiable';
  let reason: string;
  if (octets === undefined) reason = 'The digested content is not there.';
  else if (said === undefined) reason = 'The digest is missing or cut off.';
  else if (hash === undefined) reason = 'The digest algorithm is not known.';
  else {
    const actual = digestOf(hash, octets);
    digest = equalBytes(actual, said) ? 'valid' : 'invalid';
    reason =
      digest === 'valid'
        ? `The ${hash.name} digest over ${octets.length} bytes of content is right.`
        : `The ${hash.name} digest of the ${octets.length} bytes of content is ${toHex(actual)}, but the message says ${toHex(said)}.`;
  }
  return {
    contentType: 'digested_data',
    ...(version === undefined ? {} : { version }),
    digestAlgorithm: algorithm === undefined ? 'unknown' : algorithmName(algorithm.oid),
    digest,
    reason,
    ...(content === undefined ? {} : { content }),
    ...(encapsulated?.oid === undefined ? {} : { innerContentType: encapsulated.oid }),
  };
}

/** RFC 5652 §9.2, §11.1, §11.2: a contentType that names the content and a messageDigest, once and with one value. */
function wrongAttributes(
  reading: Reading,
  attributes: readonly RawAttribute[],
  type: string | undefined,
): string | undefined {
  const repeated = repeatedAttribute(attributes);
  if (repeated !== undefined) {
    return `The authenticated attributes have ${repeated.count} values of ${repeated.name}, which has one (RFC 5652 §11).`;
  }
  const said = contentType(reading, attributes);
  if (said === type) return undefined;
  return said === undefined
    ? 'The authenticated attributes have no contentType (RFC 5652 §9.2).'
    : `The contentType attribute says ${said}, but the content is ${type ?? 'of no readable type'} (RFC 5652 §11.1).`;
}

export function evaluateAuthenticatedData(
  reading: Reading,
  node: Asn1Node | undefined,
  context: CmsContext,
): Part<AuthenticatedDataCms> {
  const parts = node?.children ?? [];
  const originator = isContext(parts[1], 0) ? parts[1] : undefined;
  const rest = parts.slice(originator === undefined ? 1 : 2);
  const digestNode = isContext(rest[2], 1) ? rest[2] : undefined;
  const tail = rest.slice(digestNode === undefined ? 2 : 3);
  const attributesNode = isContext(tail[1], 2) ? tail[1] : undefined;
  const macNode = tail[attributesNode === undefined ? 1 : 2];
  const version = readVersion(reading, parts[0]);
  const recipientSet = isUniversal(rest[0], TAG.set) ? rest[0] : undefined;
  const recipients = readRecipients(reading, recipientSet, context.certificates);
  const macAlgorithm = readAlgorithm(reading, rest[1]);
  const digestAlgorithm = readAlgorithm(reading, digestNode);
  const encapsulated = readEncapsulatedContent(reading, tail[0]);
  const attributes = readAttributes(reading, attributesNode);
  const mac = isUniversal(macNode, TAG.octetString) ? readOctets(reading.bytes, macNode) : undefined;
  const content = encapsulated?.content ?? context.detached;
  if (macAlgorithm === undefined || encapsulated === undefined || mac === undefined) {
    noteFault(reading, 'bad-authenticated-data', 'The AuthenticatedData structure is damaged.', node);
  }

  const judge = (): { readonly mac: Verdict; readonly reason: string } => {
    const unverifiable = (reason: string) => ({ mac: 'unverifiable' as const, reason });
    const hmac = macAlgorithm === undefined ? undefined : hmacEntry(macAlgorithm.oid);
    if (mac === undefined || content === undefined)
      return unverifiable('The MAC or what it covers is not there.');
    if (hmac === undefined) {
      const name = macAlgorithm === undefined ? 'that cannot be read' : algorithmName(macAlgorithm.oid);
      return unverifiable(`The MAC algorithm ${name} is not known.`);
    }
    const octets = createHash(hmac.node).digest().length;
    if (mac.length !== octets) {
      // A MAC that is compared as far as it goes can be guessed: an empty one fits everything.
      const message = `The MAC has ${counted(mac.length, 'octet')}, and ${hmac.name} makes ${octets}: it authenticates nothing.`;
      noteFault(reading, 'mac-length', message, macNode);
      return { mac: 'invalid', reason: message };
    }
    let data: Uint8Array | undefined = content;
    if (attributesNode === undefined && encapsulated?.oid !== CONTENT_TYPE.data) {
      return {
        mac: 'invalid',
        reason:
          'The content is not of type data, and there are no authenticated attributes that say so (RFC 5652 §9.1).',
      };
    }
    if (attributesNode !== undefined) {
      const wrong = wrongAttributes(reading, attributes, encapsulated?.oid);
      if (wrong !== undefined) return { mac: 'invalid', reason: wrong };
      const hash = digestAlgorithm === undefined ? undefined : digestHash(reading, digestAlgorithm);
      const said = messageDigest(reading, attributes);
      if (hash === undefined || said === undefined)
        return unverifiable('The digest under the MAC cannot be read.');
      if (!equalBytes(digestOf(hash, content), said)) {
        return { mac: 'invalid', reason: 'The content is not what was authenticated: its digest differs.' };
      }
      data = attributesDer(reading, attributesNode);
      if (data === undefined) return unverifiable('The authenticated attributes are damaged.');
    }
    const certificates = readCertificates(
      reading,
      originator?.children.find((child) => isContext(child, 0)),
    );
    const keys = recipients.flatMap((raw) => {
      const result = contentKeysOf(reading, raw, context, certificates);
      return result.outcome === 'keys' ? result.keys : [];
    });
    if (keys.length === 0) return unverifiable(noKeyReason(recipients, context));
    const authenticated = data;
    const right = keys.find(({ key }) =>
      equalBytes(createHmac(hmac.node, key).update(authenticated).digest(), mac),
    );
    return right === undefined
      ? { mac: 'invalid', reason: `The ${hmac.name} value does not fit the content and the key.` }
      : { mac: 'valid', reason: `The ${hmac.name} value fits, with the key of ${right.recipient}.` };
  };

  return {
    contentType: 'authenticated_data',
    ...(version === undefined ? {} : { version }),
    macAlgorithm: macAlgorithm === undefined ? 'unknown' : algorithmName(macAlgorithm.oid),
    ...(digestAlgorithm === undefined ? {} : { digestAlgorithm: algorithmName(digestAlgorithm.oid) }),
    recipients: recipients.map(({ recipient }) => recipient),
    ...judge(),
    attributes: describeAttributes(reading, attributes),
    ...(encapsulated?.content === undefined ? {} : { content: encapsulated.content }),
    ...(encapsulated?.oid === undefined ? {} : { innerContentType: encapsulated.oid }),
  };
}
