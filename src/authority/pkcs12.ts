/**
 * PKCS #12 (RFC 7292), written: a key, its certificate and those above it, under one password. `modern` is what
 * OpenSSL 3 writes (PBES2 with AES-256, MAC with SHA-256); `legacy` is what everything reads since the nineties
 * (Triple-DES, MAC with SHA-1). Made here and not with a library, as those at hand write RSA keys only.
 */

import { createCipheriv, createHash, createHmac, type KeyObject, pbkdf2Sync } from 'node:crypto';
import {
  context,
  contextPrimitive,
  element,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
} from '../asn1/der.js';
import { TAG } from '../asn1/node.js';
import { password, pkcs12Key } from '../keys/pbe.js';
import { pkcs8Der } from './private-key.js';
import { DIGEST_OIDS } from './signing.js';

/** What OpenSSL writes: files of test keys need no more. */
const ITERATIONS = 2048;
const SALT_LENGTH = 8;
const BAGS = '1.2.840.113549.1.12.10.1';
const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';

export type Pkcs12Recipe = {
  readonly key?: KeyObject;
  /** DER; the one that belongs to the key first. */
  readonly certificates: readonly Uint8Array[];
  /** Shown by the programs that import it. */
  readonly friendlyName: string;
  readonly password: string;
  readonly strength: 'modern' | 'legacy';
  /** Salts and IVs come from here. */
  readonly random: (length: number) => Uint8Array;
};

/** The PFX in DER. */
export function encodePkcs12(recipe: Pkcs12Recipe): Uint8Array {
  const { key, certificates, random } = recipe;
  const [own] = certificates;
  const localKeyId = own === undefined ? undefined : createHash('sha1').update(own).digest();
  const certificateBags = certificates.map((certificate, index) =>
    bag(
      3,
      sequence(oid('1.2.840.113549.1.9.22.1'), context(0, octetString(certificate))),
      index === 0 && key !== undefined ? attributes(recipe.friendlyName, localKeyId) : undefined,
    ),
  );
  const sealedCertificates = encrypt(recipe, sequence(...certificateBags));
  const parts = [
    sequence(
      oid(ENCRYPTED_DATA),
      context(
        0,
        sequence(
          integer(0),
          sequence(oid(DATA), sealedCertificates.algorithm, contextPrimitive(0, sealedCertificates.bytes)),
        ),
      ),
    ),
  ];
  if (key !== undefined) {
    const { algorithm, bytes } = encrypt(recipe, pkcs8Der(key));
    const shrouded = sequence(algorithm, octetString(bytes));
    const keyBag = bag(2, shrouded, attributes(recipe.friendlyName, localKeyId));
    parts.push(sequence(oid(DATA), context(0, octetString(sequence(keyBag)))));
  }
  const safe = sequence(...parts);
  const hash = recipe.strength === 'modern' ? 'sha256' : 'sha1';
  const salt = random(SALT_LENGTH);
  const length = hash === 'sha256' ? 32 : 20;
  const macKey = pkcs12Key(hash, 3, password(recipe.password).bmp, salt, ITERATIONS, length);
  const mac = createHmac(hash, macKey).update(safe).digest();
  const digestInfo = sequence(sequence(oid(DIGEST_OIDS[hash]), nullValue()), octetString(mac));
  return sequence(
    integer(3),
    sequence(oid(DATA), context(0, octetString(safe))),
    sequence(digestInfo, octetString(salt), integer(ITERATIONS)),
  );
}

function bag(kind: number, value: Uint8Array, bagAttributes?: Uint8Array): Uint8Array {
  return sequence(
    oid(`${BAGS}.${kind}`),
    context(0, value),
    ...(bagAttributes === undefined ? [] : [bagAttributes]),
  );
}

function attributes(friendlyName: string, localKeyId: Uint8Array | undefined): Uint8Array {
  const name = element('universal', TAG.bmpString, false, Buffer.from(friendlyName, 'utf16le').swap16());
  return set(
    sequence(oid('1.2.840.113549.1.9.20'), set(name)),
    ...(localKeyId === undefined
      ? []
      : [sequence(oid('1.2.840.113549.1.9.21'), set(octetString(localKeyId)))]),
  );
}

type Sealed = { readonly algorithm: Uint8Array; readonly bytes: Uint8Array };

function encrypt({ strength, password: text, random }: Pkcs12Recipe, plain: Uint8Array): Sealed {
  if (strength === 'legacy') {
    const salt = random(SALT_LENGTH);
    const { bmp } = password(text);
    const key = pkcs12Key('sha1', 1, bmp, salt, ITERATIONS, 24);
    const iv = pkcs12Key('sha1', 2, bmp, salt, ITERATIONS, 8);
    const cipher = createCipheriv('des-ede3-cbc', key, iv);
    return {
      algorithm: sequence(oid('1.2.840.113549.1.12.1.3'), sequence(octetString(salt), integer(ITERATIONS))),
      bytes: Buffer.concat([cipher.update(plain), cipher.final()]),
    };
  }
  const salt = random(16);
  const iv = random(16);
  const key = pbkdf2Sync(text, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const prf = sequence(oid('1.2.840.113549.2.9'), nullValue());
  const derivation = sequence(
    oid('1.2.840.113549.1.5.12'),
    sequence(octetString(salt), integer(ITERATIONS), prf),
  );
  const scheme = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv));
  return {
    algorithm: sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, scheme)),
    bytes: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}
