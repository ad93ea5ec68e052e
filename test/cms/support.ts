import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cms, CmsContext, CmsKeys, CmsPrivateKey } from '../../src/cms/model.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { parseCertificate } from '../../src/x509/certificate.js';
import { CertificateStore } from '../../src/x509/store.js';

export function sample(name: string): Uint8Array {
  return readFileSync(fileURLToPath(new URL(`../../samples/${name}`, import.meta.url)));
}

/** PEM or DER. */
export function certificate(bytes: Uint8Array): Certificate {
  const parsed = parseCertificate(new X509Certificate(bytes).raw);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

export function privateKey(pem: Uint8Array, label = 'test key'): CmsPrivateKey {
  const key = createPrivateKey(Buffer.from(pem));
  const spki = createPublicKey(key as unknown as string).export({ type: 'spki', format: 'der' });
  return { label, key, spki };
}

export function keysOf(
  privateKeys: readonly CmsPrivateKey[],
  more: Pick<CmsKeys, 'secretKeys' | 'passwords'> = {},
): CmsKeys {
  const find = (spki: Uint8Array) => privateKeys.find((one) => Buffer.compare(one.spki, spki) === 0);
  return { privateKeys, findBySpki: find, ...more };
}

export function contextOf(parts: {
  certificates?: readonly Certificate[];
  keys?: CmsKeys;
  anchors?: readonly Certificate[];
  detached?: Uint8Array;
  atSeconds?: number;
}): CmsContext {
  return {
    certificates: new CertificateStore(parts.certificates ?? []),
    keys: parts.keys ?? keysOf([]),
    anchors: new CertificateStore(parts.anchors ?? []),
    atSeconds: parts.atSeconds ?? Math.floor(Date.UTC(2026, 0, 1) / 1000),
    ...(parts.detached === undefined ? {} : { detached: parts.detached }),
  };
}

/** Narrows to one content type, or fails. */
export function expectType<T extends Cms['contentType']>(cms: Cms, type: T): Cms & { contentType: T } {
  if (cms.contentType !== type) throw new Error(`${cms.contentType} instead of ${type}`);
  return cms as Cms & { contentType: T };
}

/** The openssl command in a folder of its own; files are named by the caller and read back. */
export class Openssl {
  readonly folder = mkdtempSync(join(tmpdir(), 'siplens-cms-'));

  run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  write(name: string, bytes: Uint8Array | string): void {
    writeFileSync(join(this.folder, name), bytes);
  }

  read(name: string): Uint8Array {
    return readFileSync(join(this.folder, name));
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A key `NAME.key` and a certificate `NAME.pem` with a key identifier, signed by the test authority `ca`. */
  identity(name: string, ...keyArguments: string[]): Certificate {
    this.run('genpkey', '-quiet', '-out', `${name}.key`, ...keyArguments);
    if (!this.has('ca.pem')) {
      this.run(
        'genpkey',
        '-quiet',
        '-out',
        'ca.key',
        '-algorithm',
        'EC',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
      );
      this.run(
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-subj',
        '/O=siplens test/CN=CA',
        '-days',
        '3650',
        '-out',
        'ca.pem',
      );
    }
    this.run(
      'req',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/O=siplens test/CN=${name}`,
      '-out',
      `${name}.csr`,
    );
    this.write('ext.cnf', `subjectKeyIdentifier=hash\nsubjectAltName=URI:sip:${name}@example.com\n`);
    this.run(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-extfile', 'ext.cnf', '-days', '3650', '-out', `${name}.pem`],
    );
    return certificate(this.read(`${name}.pem`));
  }
}
