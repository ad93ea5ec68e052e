/**
 * Who plays in the vectors: authority, sender, receiver, server, and the certificates that are wrong on purpose. Files of
 * an earlier run or of `siplens certs` are used where they are there; what is missing is made.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  type Authority,
  EXPIRED_VALIDITY,
  firstSerial,
  issue,
  makeAuthority,
  nextSerial,
  openKey,
  type Validity,
  validityOf,
} from '../authority/authority.js';
import { publicHalf } from '../authority/certificate.js';
import { DRAFT_CA_CERTIFICATE, DRAFT_CA_KEY, DRAFT_PASSWORD } from '../authority/draft-authority.js';
import { holderOf } from '../authority/extensions.js';
import { encodePem } from '../authority/pem.js';
import { encryptedPkcs8Pem, makeKey, traditionalPem } from '../authority/private-key.js';
import type { Digest } from '../authority/signing.js';
import { equalBytes } from '../bytes/text.js';
import { parsePem } from '../keys/pem.js';
import { type Certificate, parseCertificate } from '../x509/certificate.js';
import type { Randomness } from './random.js';

export type OutOfDate = 'expired' | 'not_yet_valid';

/** Somebody with a certificate and the key that belongs to it. */
export type Person = {
  /** `fluffy@example.com` or `example.net`. */
  readonly name: string;
  readonly key: KeyObject;
  readonly certificate: Certificate;
  /** How a chain from the certificate is judged at the time of the vectors. */
  readonly chain: 'valid' | 'unknown_issuer' | OutOfDate;
  /** How the dates of the certificate itself are wrong then, if they are. */
  readonly dates: OutOfDate | undefined;
  /** The same of all in its chain, its issuer's too. */
  readonly datesInChain: readonly OutOfDate[];
  /** Whether the draft's authority signed it. */
  readonly isDraft: boolean;
  /** Whether its certificate is signed over MD5 or SHA-1. */
  readonly hasWeakHash: boolean;
};

export type Cast = {
  /** Unix seconds of the flows. */
  readonly at: number;
  readonly random: Randomness;
  readonly sender: Person;
  readonly receiver: Person;
  readonly server: Person;
  /** A user of another domain with a right certificate. */
  readonly outsider: Person;
  readonly expiredSender: Person;
  readonly unknownSender: Person;
  readonly expiredServer: Person;
  readonly unknownServer: Person;
  /** Files of the certificates that are trusted. */
  readonly anchors: readonly string[];
  /** A server with a right certificate for `evil.` and the server's name (draft §8). */
  readonly evilServer: Person;
};

export type CastOptions = {
  readonly at: number;
  readonly random: Randomness;
  readonly sender: string;
  readonly receiver: string;
  readonly server: string;
  /** The draft's authority and strength instead of those of today. */
  readonly asDraft: boolean;
  /** PEM files that are there already, by their names. */
  readonly stored: ReadonlyMap<string, string>;
};

/** A file of the cast. */
export type CastFile = { readonly name: string; readonly pem: string; readonly secret: boolean };

export type CastResult =
  | { readonly ok: true; readonly cast: Cast; readonly files: readonly CastFile[] }
  /** A whole sentence. */
  | { readonly ok: false; readonly message: string };

/** Files of the authority: as the draft names it, or beside one of that name whose key is not at hand. */
const OWN_ROOTS = [
  ['root_cert_fluffyCA.pem', 'root_key_fluffyCA.pem'],
  ['root_cert_vectors.pem', 'root_key_vectors.pem'],
] as const;
/** Mallory has a right certificate, for somebody else. */
const OUTSIDER = 'mallory@example.org';
/** Days of the certificates made here: samples must not expire before the software that reads them. */
const DAYS = 3650;

/** Something in the files at hand cannot be used; caught in `makeCast`. */
class CastError extends Error {}

export function makeCast(options: CastOptions): CastResult {
  try {
    return new Wardrobe(options).dress();
  } catch (error) {
    if (error instanceof CastError) return { ok: false, message: error.message };
    throw error;
  }
}

class Wardrobe {
  readonly #options: CastOptions;
  readonly #files: CastFile[] = [];
  /** Trusted certificates by file. */
  readonly #anchors = new Map<string, Certificate>();
  readonly #digest: Digest;
  readonly #validity: Validity;
  #serial: Uint8Array;

  constructor(options: CastOptions) {
    this.#options = options;
    this.#digest = options.asDraft ? 'sha1' : 'sha256';
    this.#validity = validityOf(options.at - 86_400, DAYS);
    this.#serial = firstSerial(options.random.source('serial'));
  }

  dress(): CastResult {
    const { at, random, sender, receiver, server } = this.#options;
    const authority = this.#authority();
    const senderPerson = this.#person(authority, sender);
    const receiverPerson = this.#person(authority, receiver);
    const serverPerson = this.#person(authority, server);
    const outsider = this.#person(authority, OUTSIDER);
    let known: Authority | undefined;
    // Made where it has something to sign: with all certificates at hand its key, which takes its time, signs nothing.
    const stranger = (): Authority => {
      known ??= this.#stranger();
      return known;
    };
    const ours = (): Authority => authority;
    const other = (
      prefix: string,
      person: Person,
      issuer: () => Authority,
      more: Partial<Other> = {},
    ): Person =>
      this.#other(prefix, person, issuer, { name: person.name, validity: this.#validity, ...more });
    return {
      ok: true,
      files: this.#files,
      cast: {
        at,
        random,
        anchors: [...this.#anchors.keys()],
        sender: senderPerson,
        receiver: receiverPerson,
        server: serverPerson,
        outsider,
        expiredSender: other('expired', senderPerson, ours, { validity: EXPIRED_VALIDITY }),
        unknownSender: other('unknown', senderPerson, stranger),
        expiredServer: other('expired', serverPerson, ours, { validity: EXPIRED_VALIDITY }),
        unknownServer: other('unknown', serverPerson, stranger),
        evilServer: other('evil', serverPerson, ours, { name: `evil.${server}` }),
      },
    };
  }

  /** The authority that signs what is missing; roots at hand whose keys are elsewhere are trusted beside it. */
  #authority(): Authority {
    const { stored, asDraft } = this.#options;
    for (const [name, pem] of stored) {
      if (!/^root_cert_.*\.pem$/.test(name)) continue;
      const certificate = certificateOf(pem);
      if (certificate === undefined) throw new CastError(`${name}: this is no certificate`);
      this.#trust(name, pem, certificate);
    }
    for (const [name, keyName] of OWN_ROOTS) {
      const certificate = this.#anchors.get(name);
      const keyPem = stored.get(keyName);
      if (certificate === undefined || keyPem === undefined) continue;
      return { certificate, key: this.#openKey(keyName, keyPem) };
    }
    const [name, keyName] = OWN_ROOTS.find(([each]) => !this.#anchors.has(each)) ?? OWN_ROOTS[0];
    if (asDraft) {
      const certificate = parsed(parsePem(DRAFT_CA_CERTIFICATE).blocks[0]?.bytes ?? new Uint8Array(0));
      this.#trust(name, DRAFT_CA_CERTIFICATE, certificate);
      return { certificate, key: this.#openKey(keyName, DRAFT_CA_KEY) };
    }
    const { authority, pem, keyPem } = this.#freshAuthority('siplens Vector Certificate Authority');
    this.#trust(name, pem, authority.certificate);
    this.#keep(keyName, keyPem, true);
    return authority;
  }

  #trust(name: string, pem: string, certificate: Certificate): void {
    this.#anchors.set(name, certificate);
    this.#keep(name, pem, false);
  }

  #openKey(name: string, pem: string): KeyObject {
    const key = openKey(pem, DRAFT_PASSWORD);
    if (key === undefined)
      throw new CastError(`${name}: this is no private key, or its password is not "password"`);
    this.#keep(name, pem, true);
    return key;
  }

  #freshAuthority(unit: string): { authority: Authority; pem: string; keyPem: string } {
    const key = makeKey({ type: 'rsa', bits: 2048 });
    const der = makeAuthority({
      unit,
      key,
      digest: this.#digest,
      validity: this.#validity,
      serial: this.#takeSerial(),
      asDraft: this.#options.asDraft,
    });
    return {
      authority: { certificate: parsed(der), key },
      pem: encodePem('CERTIFICATE', der),
      keyPem: encryptedPkcs8Pem(key, DRAFT_PASSWORD),
    };
  }

  /** An authority that nobody is told of; only what it signs is kept. */
  #stranger(): Authority {
    return this.#freshAuthority('Unknown Certificate Authority').authority;
  }

  /** A person whose key and certificate have the names that makeCert gives them. */
  #person(authority: Authority, name: string): Person {
    const { stored, asDraft } = this.#options;
    const keyName = `${holderOf(name)}_key_${name}.pem`;
    const certificateName = `${holderOf(name)}_cert_${name}.pem`;
    const keyPem = stored.get(keyName);
    const certificatePem = stored.get(certificateName);
    if (certificatePem !== undefined && keyPem === undefined) {
      throw new CastError(`${certificateName} is there without ${keyName}`);
    }
    const key =
      keyPem === undefined
        ? makeKey({ type: 'rsa', bits: asDraft ? 1024 : 2048 })
        : privateKey(keyName, keyPem);
    if (key.asymmetricKeyType !== 'rsa') {
      throw new CastError(
        `${keyName}: vectors need an RSA key, as content is encrypted to it by key transport`,
      );
    }
    const certificate =
      certificatePem === undefined
        ? this.#issue(authority, name, key, this.#validity)
        : this.#checked(certificateName, certificatePem, key);
    this.#keep(keyName, keyPem ?? traditionalPem(key), true);
    this.#keep(certificateName, certificatePem ?? encodePem('CERTIFICATE', certificate.der), false);
    return this.#judged(name, key, certificate);
  }

  /** A second certificate for somebody's key. */
  #other(prefix: string, person: Person, issuer: () => Authority, { name, validity }: Other): Person {
    const fileName = `${prefix}_${holderOf(person.name)}_cert_${person.name}.pem`;
    const pem = this.#options.stored.get(fileName);
    const stored = pem === undefined ? undefined : certificateOf(pem);
    const fits = stored !== undefined && equalBytes(stored.spki, publicHalf(person.key));
    const certificate = fits ? stored : this.#issue(issuer(), name, person.key, validity);
    this.#keep(fileName, encodePem('CERTIFICATE', certificate.der), false);
    return this.#judged(name, person.key, certificate);
  }

  #issue(authority: Authority, name: string, key: KeyObject, validity: Validity): Certificate {
    const { certificate } = issue(authority, {
      name,
      key,
      digest: this.#digest,
      validity,
      serial: this.#takeSerial(),
      asDraft: this.#options.asDraft,
    });
    return parsed(certificate);
  }

  #judged(name: string, key: KeyObject, certificate: Certificate): Person {
    const { at } = this.#options;
    const issuer = [...this.#anchors.values()].find((anchor) =>
      equalBytes(anchor.subjectDer, certificate.issuerDer),
    );
    const outOfDate = ({ notBeforeSeconds, notAfterSeconds }: Certificate): OutOfDate | undefined => {
      if (at > notAfterSeconds) return 'expired';
      return at < notBeforeSeconds ? 'not_yet_valid' : undefined;
    };
    const path = [certificate, ...(issuer === undefined ? [] : [issuer])];
    const datesInChain = path.flatMap((each) => outOfDate(each) ?? []);
    const chain = issuer === undefined ? 'unknown_issuer' : (datesInChain[0] ?? 'valid');
    const dates = outOfDate(certificate);
    const draft = certificateOf(DRAFT_CA_CERTIFICATE);
    const isDraft = draft !== undefined && equalBytes(certificate.issuerDer, draft.subjectDer);
    const hasWeakHash = /md5|sha1/i.test(certificate.signatureAlgorithm);
    return { name, key, certificate, chain, dates, datesInChain, isDraft, hasWeakHash };
  }

  #checked(fileName: string, pem: string, key: KeyObject): Certificate {
    const certificate = certificateOf(pem);
    if (certificate === undefined) throw new CastError(`${fileName}: this is no certificate`);
    if (!equalBytes(certificate.spki, publicHalf(key))) {
      throw new CastError(`${fileName}: the key beside it does not belong to it`);
    }
    return certificate;
  }

  #takeSerial(): Uint8Array {
    this.#serial = nextSerial(this.#serial);
    return this.#serial;
  }

  #keep(name: string, pem: string, secret: boolean): void {
    this.#files.push({ name, pem, secret });
  }
}

type Other = { readonly name: string; readonly validity: Validity };

function privateKey(name: string, pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, passphrase: DRAFT_PASSWORD });
  } catch {
    throw new CastError(`${name}: this is no private key, or its password is not "password"`);
  }
}

function certificateOf(pem: string): Certificate | undefined {
  const der = parsePem(pem).blocks.find(({ label }) => label === 'CERTIFICATE')?.bytes;
  const result = der === undefined ? undefined : parseCertificate(der);
  return result?.ok === true ? result.value : undefined;
}

function parsed(der: Uint8Array): Certificate {
  const result = parseCertificate(der);
  if (!result.ok) throw new Error(`a certificate made here cannot be read: ${result.error.message}`);
  return result.value;
}
