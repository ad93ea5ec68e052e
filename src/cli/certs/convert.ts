import { randomBytes } from 'node:crypto';
import { encodePem } from '../../authority/pem.js';
import { encodeCertificateBundle } from '../../authority/pkcs7.js';
import { encodePkcs12 } from '../../authority/pkcs12.js';
import {
  encryptedPkcs8Der,
  encryptedPkcs8Pem,
  pkcs8Der,
  traditionalDer,
  traditionalPem,
} from '../../authority/private-key.js';
import { equalBytes } from '../../bytes/text.js';
import type { PrivateKeyEntry } from '../../keys/material.js';
import { parseCertificate } from '../../x509/certificate.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { Output } from '../output/output.js';
import { writeNewFiles } from '../output/write-files.js';
import { loadMaterial } from './load.js';
import type { ConvertOptions } from './options.js';

/** What the files hold together. */
type Holdings = { readonly keys: readonly PrivateKeyEntry[]; readonly certificates: readonly Uint8Array[] };
type Converted = { readonly content: Uint8Array | string; readonly secret: boolean };

const FORMS = ['pem', 'der', 'p7c', 'p8c', 'p12'] as const;
type Form = (typeof FORMS)[number];

/** `siplens certs convert`. */
export async function convert(files: readonly string[], options: ConvertOptions): Promise<ExitCode> {
  const form = FORMS.find((one) => one === options.to);
  if (form === undefined) throw new UsageError(`--to ${options.to}: choose ${FORMS.join(', ')}`);
  const loaded = files.map((file) => loadMaterial(file, options.password));
  const holdings: Holdings = {
    keys: loaded.flatMap(({ privateKeys }) => privateKeys),
    certificates: loaded.flatMap(({ certificates }) => certificates.map(({ der }) => der)),
  };
  const { content, secret } = converted(form, holdings, options);
  if (options.output !== undefined) {
    writeNewFiles([{ path: options.output, content, secret }], options.force === true);
    return EXIT.done;
  }
  if (secret) throw new UsageError('a private key is not written to standard output: add -o FILE');
  if (typeof content !== 'string') throw new UsageError(`--to ${form} is binary: add -o FILE`);
  const output = new Output();
  output.write(content);
  await output.flush();
  return EXIT.done;
}

function converted(form: Form, { keys, certificates }: Holdings, options: ConvertOptions): Converted {
  const { outPassword } = options;
  const [key] = keys;
  const [certificate] = certificates;
  switch (form) {
    case 'pem': {
      const keyTexts = keys.map((one) =>
        outPassword === undefined ? traditionalPem(one.key) : encryptedPkcs8Pem(one.key, outPassword),
      );
      const texts = [...keyTexts, ...certificates.map((der) => encodePem('CERTIFICATE', der))];
      return { content: texts.join(''), secret: keys.length > 0 };
    }
    case 'der': {
      if (keys.length + certificates.length !== 1) {
        throw new UsageError(
          `--to der holds one thing, and there are ${keys.length} keys and ${certificates.length} certificates: ` +
            'p7c holds several certificates, p12 a key with its certificates',
        );
      }
      if (certificate !== undefined) return { content: certificate, secret: false };
      if (key === undefined) throw new UsageError('there is nothing to convert');
      if (outPassword !== undefined) throw new UsageError('--to der is not encrypted: p8c is');
      return { content: traditionalDer(key.key), secret: true };
    }
    case 'p7c':
      if (certificate === undefined)
        throw new UsageError('--to p7c: there is no certificate in what was given');
      return { content: encodeCertificateBundle(certificates), secret: false };
    case 'p8c': {
      if (key === undefined || keys.length > 1) {
        throw new UsageError(`--to p8c holds one private key, and there are ${keys.length}`);
      }
      const content = outPassword === undefined ? pkcs8Der(key.key) : encryptedPkcs8Der(key.key, outPassword);
      return { content, secret: true };
    }
    case 'p12': {
      if (keys.length > 1)
        throw new UsageError(`--to p12 holds one private key, and there are ${keys.length}`);
      const ordered = key === undefined ? certificates : ownFirst(key, certificates);
      const content = encodePkcs12({
        ...(key === undefined ? {} : { key: key.key }),
        certificates: ordered,
        friendlyName: friendlyName(ordered[0]),
        password: outPassword ?? 'password',
        strength: 'modern',
        random: randomBytes,
      });
      return { content, secret: key !== undefined };
    }
  }
}

/** The certificate that belongs to the key, then the others. */
function ownFirst(key: PrivateKeyEntry, certificates: readonly Uint8Array[]): Uint8Array[] {
  const isOwn = (der: Uint8Array): boolean => {
    const parsed = parseCertificate(der);
    return parsed.ok && equalBytes(parsed.value.spki, key.spki);
  };
  return [...certificates.filter(isOwn), ...certificates.filter((der) => !isOwn(der))];
}

function friendlyName(certificate: Uint8Array | undefined): string {
  const parsed = certificate === undefined ? undefined : parseCertificate(certificate);
  if (parsed?.ok !== true) return 'key';
  return /CN=(.*)$/.exec(parsed.value.subject)?.[1] ?? parsed.value.subject;
}
