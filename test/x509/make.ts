import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.js';
import * as der from '../support/der.js';

/** A key pair and the name it goes by. */
export type Party = { readonly name: string; readonly privateKey: KeyObject; readonly spki: Uint8Array };

export function party(name: string, type: 'ec' | 'rsa' | 'ed25519' | 'dsa' = 'ec', bits = 1024): Party {
  const pair =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: bits })
        : type === 'dsa'
          ? generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
          : generateKeyPairSync('ed25519');
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
  return { name, privateKey: pair.privateKey, spki };
}

export type Algorithm =
  | 'ecdsa-sha256'
  | 'ecdsa-sha1'
  | 'rsa-md5'
  | 'rsa-sha1'
  | 'rsa-sha256'
  | 'rsa-sha512'
  | 'pss-sha256'
  | 'pss-sha1'
  | 'dsa-sha1'
  | 'dsa-sha256'
  | 'ed25519';

const OIDS: Record<Exclude<Algorithm, 'pss-sha256' | 'pss-sha1'>, string> = {
  'ecdsa-sha256': '1.2.840.10045.4.3.2',
  'ecdsa-sha1': '1.2.840.10045.4.1',
  'rsa-md5': '1.2.840.113549.1.1.4',
  'rsa-sha1': '1.2.840.113549.1.1.5',
  'rsa-sha256': '1.2.840.113549.1.1.11',
  'rsa-sha512': '1.2.840.113549.1.1.13',
  'dsa-sha1': '1.2.840.10040.4.3',
  'dsa-sha256': '2.16.840.1.101.3.4.3.2',
  ed25519: '1.3.101.112',
};

function algorithmIdentifier(algorithm: Algorithm): Uint8Array {
  if (algorithm === 'pss-sha1') return der.sequence(der.oid('1.2.840.113549.1.1.10'), der.sequence());
  if (algorithm === 'pss-sha256') {
    const sha256 = der.sequence(der.oid('2.16.840.1.101.3.4.2.1'), der.nullValue());
    const mask = der.sequence(der.oid('1.2.840.113549.1.1.8'), sha256);
    return der.sequence(
      der.oid('1.2.840.113549.1.1.10'),
      der.sequence(der.context(0, sha256), der.context(1, mask), der.context(2, der.integer(32))),
    );
  }
  const oid = der.oid(OIDS[algorithm]);
  return algorithm.startsWith('rsa') ? der.sequence(oid, der.nullValue()) : der.sequence(oid);
}

function signWith(algorithm: Algorithm, key: KeyObject, data: Uint8Array): Uint8Array {
  const hash = algorithm === 'ed25519' ? null : (algorithm.split('-')[1] as string);
  if (!algorithm.startsWith('pss')) return sign(hash, data, key);
  const saltLength = algorithm === 'pss-sha1' ? 20 : 32;
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

export type Recipe = {
  readonly subject: Party;
  readonly issuer: Party;
  readonly algorithm?: Algorithm;
  readonly serial?: number | bigint;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly rawValidity?: Uint8Array;
  readonly version?: 1 | 3;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly number[];
  readonly keyIdentifier?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  readonly subjectName?: Uint8Array;
  readonly spki?: Uint8Array;
};

export const START = Date.UTC(2020, 0) / 1000;
export const END = Date.UTC(2030, 0) / 1000;

export function commonName(text: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8String(text))));
}

export function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

export function subjectAltName(...names: readonly (readonly [tag: number, text: string])[]): Uint8Array {
  const list = names.map(([tag, text]) => der.contextPrimitive(tag, Buffer.from(text, 'latin1')));
  return extension('2.5.29.17', der.sequence(...list));
}

let serials = 1;

/** DER of a certificate made as told: nothing stops it from being wrong. */
export function makeDer(recipe: Recipe): Uint8Array {
  const algorithm = algorithmIdentifier(recipe.algorithm ?? 'ecdsa-sha256');
  const extensions = [...(recipe.extensions ?? [])];
  if (recipe.ca !== undefined) {
    const path = recipe.pathLength === undefined ? [] : [der.integer(recipe.pathLength)];
    const value = recipe.ca ? der.sequence(der.boolean(true), ...path) : der.sequence();
    extensions.push(extension('2.5.29.19', value, true));
  }
  if (recipe.keyUsage !== undefined) {
    extensions.push(extension('2.5.29.15', der.namedBits(recipe.keyUsage), true));
  }
  if (recipe.keyIdentifier !== undefined) {
    extensions.push(extension('2.5.29.14', der.octetString(recipe.keyIdentifier)));
  }
  const validity =
    recipe.rawValidity ?? der.sequence(der.time(recipe.notBefore ?? START), der.time(recipe.notAfter ?? END));
  const version = recipe.version ?? 3;
  const tbs = der.sequence(
    ...(version === 1 ? [] : [der.context(0, der.integer(version - 1))]),
    der.integer(recipe.serial ?? serials++),
    algorithm,
    commonName(recipe.issuer.name),
    validity,
    recipe.subjectName ?? commonName(recipe.subject.name),
    recipe.spki ?? recipe.subject.spki,
    ...(extensions.length === 0 ? [] : [der.context(3, der.sequence(...extensions))]),
  );
  const signature = signWith(recipe.algorithm ?? 'ecdsa-sha256', recipe.issuer.privateKey, tbs);
  return der.sequence(tbs, algorithm, der.bitString(signature));
}

export function make(recipe: Recipe): Certificate {
  const result = parseCertificate(makeDer(recipe));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

export function pem(...certificates: readonly Certificate[]): string {
  return certificates
    .map(({ der: bytes }) => {
      const lines = Buffer.from(bytes)
        .toString('base64')
        .replace(/.{64}(?=.)/g, '$&\n');
      return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
}
