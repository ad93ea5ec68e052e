/**
 * One layer of CMS (RFC 5652): reads it, and verifies or decrypts it with the keys and certificates given.
 *
 * In: the bytes of a ContentInfo in DER or BER, and what is known around it. Out: a value that always says what was
 * there, with faults for what is damaged; nothing throws. The content, where it could be reached, is for the caller
 * to open in turn; it is a view of `bytes` where it stood there in one piece.
 */

import type { Asn1Node } from '../asn1/node.js';
import { isContext, isUniversal, TAG } from '../asn1/node.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOctets, readOid } from '../asn1/values.js';
import { describeError } from '../bytes/fault.js';
import { counted } from '../bytes/text.js';
import { WorkBudget } from '../model/budget.js';
import { evaluateEncryptedData, evaluateEnvelopedData } from './encryption/enveloped-data.js';
import type { CmsFaultCode } from './faults.js';
import type { Cms, CmsContentType, CmsContext } from './model.js';
import { evaluateAuthenticatedData, evaluateCompressedData, evaluateDigestedData } from './other-data.js';
import { evaluateSignedData } from './signing/signed-data.js';
import type { Reading } from './structure.js';
import { CONTENT_TYPE, noteFault } from './structure.js';

const TYPE_NAMES: Readonly<Record<string, CmsContentType>> = {
  [CONTENT_TYPE.data]: 'data',
  [CONTENT_TYPE.signedData]: 'signed_data',
  [CONTENT_TYPE.envelopedData]: 'enveloped_data',
  [CONTENT_TYPE.signedAndEnvelopedData]: 'signed_and_enveloped_data',
  [CONTENT_TYPE.digestedData]: 'digested_data',
  [CONTENT_TYPE.encryptedData]: 'encrypted_data',
  [CONTENT_TYPE.authenticatedData]: 'authenticated_data',
  [CONTENT_TYPE.compressedData]: 'compressed_data',
  [CONTENT_TYPE.authEnvelopedData]: 'auth_enveloped_data',
};

/** The name of a content type's OID; `unknown` for others. */
export function contentTypeName(oid: string): CmsContentType {
  return TYPE_NAMES[oid] ?? 'unknown';
}

/** A ContentInfo (RFC 5652 §3) as far as it could be read. */
export type ContentInfo = {
  readonly reading: Reading;
  readonly root: Asn1Node | undefined;
  readonly contentTypeOid: string;
  /** What stands inside its `[0]`. */
  readonly inner: Asn1Node | undefined;
  readonly encodingForm: 'der' | 'ber';
};

/**
 * Reads the outermost structure and notes what breaks it.
 * @param innerType the content type of `bytes` where they may be its bare structure: an eContent of the type
 *   signedData holds a SignedData and no ContentInfo around it (RFC 5652 §5.2)
 * @param budget what may still be spent on the message
 */
export function readContentInfo(bytes: Uint8Array, innerType?: string, budget?: WorkBudget): ContentInfo {
  const reading: Reading = { bytes, faults: [], budget: budget ?? new WorkBudget(bytes.length) };
  const { root, error, trailing, nonDer } = parseAsn1(bytes);
  if (error !== undefined) {
    reading.faults.push({
      code: 'cms-damaged' satisfies CmsFaultCode,
      message: `The encoding breaks: ${describeError(error)}.`,
      start: error.offset,
      length: 0,
    });
  }
  if (trailing > 0) {
    reading.faults.push({
      code: 'trailing-bytes' satisfies CmsFaultCode,
      message: `${counted(trailing, 'byte follows', 'bytes follow')} the CMS structure, which ends at byte ${bytes.length - trailing}.`,
      start: bytes.length - trailing,
      length: trailing,
    });
  }
  const isInfo: boolean = isUniversal(root, TAG.sequence);
  const type = isInfo ? root?.children[0] : undefined;
  const explicit = isInfo ? root?.children[1] : undefined;
  const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
  const form = nonDer === undefined ? 'der' : 'ber';
  if (oid === undefined && innerType !== undefined && root !== undefined) {
    return { reading, root, contentTypeOid: innerType, inner: root, encodingForm: form };
  }
  if (oid === undefined) {
    noteFault(reading, 'not-cms', 'This is no CMS ContentInfo: it does not start with a content type.', root);
  }
  return {
    reading,
    root,
    contentTypeOid: oid ?? '',
    inner: isContext(explicit, 0) ? explicit.children[0] : undefined,
    encodingForm: form,
  };
}

/**
 * Reads and judges one layer.
 * @param innerType the `innerContentType` of the layer around, where `bytes` are its content
 */
export function evaluateCms(bytes: Uint8Array, context: CmsContext, innerType?: string): Cms {
  const { reading, contentTypeOid, inner, encodingForm } = readContentInfo(bytes, innerType, context.budget);
  const head = { contentTypeOid, encodingForm, faults: reading.faults };
  const contentType = contentTypeName(contentTypeOid);
  switch (contentType) {
    case 'signed_data':
      return evaluateSignedData(head, reading, inner, context);
    case 'enveloped_data':
    case 'auth_enveloped_data':
    case 'signed_and_enveloped_data':
      return evaluateEnvelopedData(head, reading, inner, context, contentType);
    case 'encrypted_data':
      return { ...head, ...evaluateEncryptedData(reading, inner, context) };
    case 'compressed_data':
      return { ...head, ...evaluateCompressedData(reading, inner) };
    case 'digested_data':
      return { ...head, ...evaluateDigestedData(reading, inner, context) };
    case 'authenticated_data':
      return { ...head, ...evaluateAuthenticatedData(reading, inner, context) };
    case 'data': {
      const content = isUniversal(inner, TAG.octetString) ? readOctets(bytes, inner) : undefined;
      return { ...head, contentType: 'data', ...(content === undefined ? {} : { content }) };
    }
    case 'unknown':
      return { ...head, contentType: 'unknown' };
  }
}
