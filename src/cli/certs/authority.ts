/** The folder of an authority as makeCA lays it out: reading and writing it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, firstSerial, nextSerial, openKey } from '../../authority/authority.js';
import { encodePem } from '../../authority/pem.js';
import { encodeCertificateBundle } from '../../authority/pkcs7.js';
import { fromHex, toHex } from '../../bytes/hex.js';
import { readSmallFile } from '../../io/read-whole.js';
import { loadKeyMaterial } from '../../keys/load.js';
import { parseCertificate } from '../../x509/certificate.js';
import { UsageError } from '../exit.js';
import { makeFolder, type NewFile, updateFile } from '../output/write-files.js';

export const AUTHORITY_FOLDER = 'demoCA';
/** Names of the files inside, as the script has them. */
const CERTIFICATE = 'cacert.pem';
const BUNDLE = 'cacert.p7c';
const KEY = join('private', 'cakey.pem');
const SERIAL = 'serial';
const INDEX = 'index.txt';
/** The copy of the certificate that is given to others. */
export const ROOT_FILE = 'root_cert_fluffyCA.pem';

/** The files of an authority; `keyPem` is encrypted. */
export function authorityFiles(
  folder: string,
  certificate: Uint8Array,
  certificatePem: string,
  keyPem: string,
  random: (length: number) => Uint8Array,
): NewFile[] {
  const inside = (name: string): string => join(folder, AUTHORITY_FOLDER, name);
  return [
    { path: inside(CERTIFICATE), content: certificatePem },
    { path: inside(BUNDLE), content: encodeCertificateBundle([certificate]) },
    { path: inside(KEY), content: keyPem, secret: true },
    { path: inside(SERIAL), content: `${toHex(firstSerial(random)).toUpperCase()}\n` },
    { path: inside(INDEX), content: '' },
    // openssl's `ca` would else refuse a second certificate for a name, as after a first one that expired.
    { path: inside(`${INDEX}.attr`), content: 'unique_subject = no\n' },
    { path: join(folder, ROOT_FILE), content: certificatePem },
  ];
}

/** The empty folders that makeCA makes beside those files. */
export function makeAuthorityFolders(folder: string): void {
  for (const name of ['certs', 'crl', 'newcerts']) makeFolder(join(folder, AUTHORITY_FOLDER, name));
  makeFolder(join(folder, AUTHORITY_FOLDER, 'private'), true);
}

/** Whether a folder has an authority whose key lies there too. */
function hasAuthority(folder: string): boolean {
  return (
    existsSync(join(folder, AUTHORITY_FOLDER, CERTIFICATE)) && existsSync(join(folder, AUTHORITY_FOLDER, KEY))
  );
}

/** Opens the authority of a folder. */
export function openAuthority(folder: string, password: string): Authority & { readonly pem: string } {
  if (!hasAuthority(folder)) {
    throw new UsageError(`${folder}: there is no authority in it; \`siplens certs ca\` makes one`);
  }
  const certificatePath = join(folder, AUTHORITY_FOLDER, CERTIFICATE);
  const loaded = loadKeyMaterial(certificatePath, read(certificatePath));
  const der = loaded.ok ? loaded.value.certificates[0]?.der : undefined;
  const certificate = der === undefined ? undefined : parseCertificate(der);
  if (certificate?.ok !== true) throw new UsageError(`${certificatePath}: this is no certificate`);
  const keyPath = join(folder, AUTHORITY_FOLDER, KEY);
  const key = openKey(Buffer.from(read(keyPath)).toString('latin1'), password);
  if (key === undefined) {
    throw new UsageError(
      `${keyPath}: the password is wrong, or this is no private key; --ca-password gives it`,
    );
  }
  return { certificate: certificate.value, key, pem: encodePem('CERTIFICATE', certificate.value.der) };
}

/** Takes the next serial number of an authority; the one after it stands in the file from then on. */
export function takeSerial(folder: string): Uint8Array {
  const path = join(folder, AUTHORITY_FOLDER, SERIAL);
  const text = Buffer.from(read(path)).toString('latin1').trim();
  const serial = fromHex(text.length % 2 === 0 ? text : `0${text}`);
  if (serial === undefined || serial.length === 0 || serial.length > 20) {
    throw new UsageError(`${path}: this is no serial number in hexadecimal`);
  }
  updateFile(path, `${toHex(nextSerial(serial)).toUpperCase()}\n`);
  return serial;
}

/** Notes a certificate in the authority's books, as openssl's `ca` does. */
export function recordIssued(folder: string, certificate: Uint8Array): void {
  const parsed = parseCertificate(certificate);
  if (!parsed.ok) return;
  const { serialNumber, notAfterSeconds, subject } = parsed.value;
  const serial = serialNumber.toUpperCase();
  const digits = new Date(notAfterSeconds * 1000).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  const path = join(folder, AUTHORITY_FOLDER, INDEX);
  const before = existsSync(path) ? Buffer.from(read(path)).toString('utf8') : '';
  const name = subject.split(', ').map((part) => `/${part}`);
  updateFile(path, `${before}V\t${digits}Z\t\t${serial}\tunknown\t${name.join('')}\n`);
  makeFolder(join(folder, AUTHORITY_FOLDER, 'newcerts'));
  updateFile(
    join(folder, AUTHORITY_FOLDER, 'newcerts', `${serial}.pem`),
    encodePem('CERTIFICATE', certificate),
  );
}

function read(path: string): Uint8Array {
  const file = readSmallFile(path);
  if (!file.ok) throw new UsageError(file.message);
  return file.bytes;
}
