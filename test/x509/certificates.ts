import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.js';

const FOLDER = fileURLToPath(new URL('../../samples/certs/', import.meta.url));

/** Paths of the draft's certificates in PEM. */
export const draftPaths: readonly string[] = readdirSync(FOLDER).map((name) => FOLDER + name);

/** DER of the first certificate of a PEM file. */
export function readDer(path: string): Uint8Array {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----/.exec(readFileSync(path, 'latin1'))?.[1] ?? '';
  return Buffer.from(body, 'base64');
}

export function read(path: string): Certificate {
  const result = parseCertificate(readDer(path));
  if (!result.ok) throw new Error(`${path}: ${result.error.message}`);
  return result.value;
}

/** One of the draft's certificates, as `user_cert_fluffy@example.com`. */
export function draft(name: string): Certificate {
  return read(`${FOLDER}${name}.pem`);
}
