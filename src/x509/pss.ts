/**
 * RSASSA-PSS-params (RFC 4055 §3.1, RFC 8017 §A.2.3), and keys that let node:crypto verify with another hash for the
 * mask than for the message.
 */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { bitString, context, element, oid, sequence } from '../asn1/der.js';
import { type Asn1Node, isContext, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { readOid, readSmallInteger } from '../asn1/values.js';

const SHA1 = '1.3.14.3.2.26';
const MGF1 = '1.2.840.113549.1.1.8';
const RSASSA_PSS = '1.2.840.113549.1.1.10';
/** The defaults of saltLength, in octets, and of trailerField. */
const USUAL_SALT = 20;
const USUAL_TRAILER = 1;

export type PssParameters = {
  readonly hashOid: string;
  /** The hash of MGF1. */
  readonly maskHashOid: string;
  /** In octets. */
  readonly saltLength: number;
};

export type PssResult =
  | { readonly ok: true; readonly parameters: PssParameters }
  /** `refused` is set where the parameters are read and not allowed; `why` is a clause without a full stop. */
  | { readonly ok: false; readonly refused: boolean; readonly why: string };

/** Reads the parameters; absent or NULL ones mean the defaults, SHA-1 and a salt of 20 octets. */
export function readPssParameters(bytes: Uint8Array, node: Asn1Node | undefined): PssResult {
  const unreadable: PssResult = {
    ok: false,
    refused: false,
    why: 'the RSASSA-PSS parameters cannot be read',
  };
  const given = isUniversal(node, TAG.null) ? undefined : node;
  if (given !== undefined && (!given.complete || !isUniversal(given, TAG.sequence))) return unreadable;
  const fields: (Asn1Node | undefined)[] = [undefined, undefined, undefined, undefined];
  let last = -1;
  for (const child of given?.children ?? []) {
    const tag = child.tagNumber;
    if (!isContext(child, tag) || tag > 3 || tag <= last || child.children.length !== 1) return unreadable;
    fields[tag] = child.children[0];
    last = tag;
  }
  const [hashNode, maskNode, saltNode, trailerNode] = fields;
  const hashOid = hashNode === undefined ? SHA1 : algorithmOid(bytes, hashNode);
  const maskOid = maskNode === undefined ? MGF1 : algorithmOid(bytes, maskNode);
  const maskHashOid = maskNode === undefined ? SHA1 : algorithmOid(bytes, maskNode.children[1]);
  const saltLength = saltNode === undefined ? USUAL_SALT : smallInteger(bytes, saltNode);
  const trailer = trailerNode === undefined ? USUAL_TRAILER : smallInteger(bytes, trailerNode);
  if (hashOid === undefined || maskOid === undefined || saltLength === undefined || saltLength < 0) {
    return unreadable;
  }
  if (trailer !== USUAL_TRAILER) {
    const said = trailer === undefined ? 'cannot be read' : `is ${trailer}`;
    const why = `the trailerField of its RSASSA-PSS parameters ${said}, and only 1 is allowed (RFC 4055 §3.1)`;
    return { ok: false, refused: true, why };
  }
  if (maskOid !== MGF1) {
    return {
      ok: false,
      refused: false,
      why: `the mask generation function ${oidLabel(maskOid)} is not MGF1`,
    };
  }
  if (maskHashOid === undefined) return unreadable;
  return { ok: true, parameters: { hashOid, maskHashOid, saltLength } };
}

function algorithmOid(bytes: Uint8Array, node: Asn1Node | undefined): string | undefined {
  const type = node?.children[0];
  return isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
}

function smallInteger(bytes: Uint8Array, node: Asn1Node): number | undefined {
  return isUniversal(node, TAG.integer) ? readSmallInteger(bytes, node) : undefined;
}

/**
 * The RSA key bound to these parameters (RFC 4055 §1.2), by which OpenSSL takes the hash of the mask from the key:
 * node:crypto has no option for it. A key that is bound already stays as it is, as it may not be bound to anything else.
 * Throws what node:crypto throws where it does not know a hash.
 */
export function keyWithMaskHash(key: KeyObject, { hashOid, maskHashOid }: PssParameters): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') return key;
  const parameters = sequence(
    context(0, sequence(oid(hashOid))),
    context(1, sequence(oid(MGF1), sequence(oid(maskHashOid)))),
    // The least salt that the key allows: any.
    context(2, element('universal', TAG.integer, false, Uint8Array.of(0))),
  );
  const rsaPublicKey = key.export({ type: 'pkcs1', format: 'der' });
  const spki = sequence(sequence(oid(RSASSA_PSS), parameters), bitString(rsaPublicKey));
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}
