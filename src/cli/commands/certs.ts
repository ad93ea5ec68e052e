import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { issue, makeAuthority, openKey, validityOf, ZERO_SERIAL } from '../../authority/authority.js';
import { certificateText } from '../../authority/certificate-text.js';
import {
  DRAFT_CA_CERTIFICATE,
  DRAFT_CA_KEY,
  DRAFT_EXPIRED,
  DRAFT_PASSWORD,
  DRAFT_WARNING,
} from '../../authority/draft-authority.js';
import { holderOf } from '../../authority/extensions.js';
import { encodePem } from '../../authority/pem.js';
import { encodePkcs12 } from '../../authority/pkcs12.js';
import { encryptedPkcs8Pem, makeKey, traditionalPem } from '../../authority/private-key.js';
import { canSign, signData } from '../../authority/signing.js';
import { parsePem } from '../../keys/pem.js';
import { parseCertificate } from '../../x509/certificate.js';
import { draftUse } from '../../x509/draft-certificates.js';
import {
  AUTHORITY_FOLDER,
  authorityFiles,
  makeAuthorityFolders,
  openAuthority,
  ROOT_FILE,
  recordIssued,
  takeSerial,
} from '../certs/authority.js';
import { convert } from '../certs/convert.js';
import {
  altNames,
  type CaOptions,
  type ConvertOptions,
  digestOf,
  extendedKeyUsages,
  keyKind,
  type MakeOptions,
  type ShowOptions,
  timeOf,
  wholeNumber,
} from '../certs/options.js';
import { show } from '../certs/show.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { Output, tell } from '../output/output.js';
import { refuseExisting, writeNewFiles } from '../output/write-files.js';

/** `siplens certs`. */
export async function certs(
  name: 'ca' | 'make' | 'convert' | 'show',
  values: readonly string[],
  options: unknown,
): Promise<ExitCode> {
  switch (name) {
    case 'ca':
      return ca(options as CaOptions);
    case 'make':
      return make(values[0] ?? '', values[1] ?? '', options as MakeOptions);
    case 'convert':
      return convert(values, options as ConvertOptions);
    case 'show':
      return show(values, options as ShowOptions);
  }
}

/** Longest life of an authority or certificate: a century and more. */
const MAX_DAYS = 40_000;

function days(what: string, text: string): number {
  const number = wholeNumber(what, text);
  if (number > MAX_DAYS) throw new UsageError(`${what} ${text}: at most ${MAX_DAYS}`);
  return number;
}

async function ca(options: CaOptions): Promise<ExitCode> {
  const fresh = options.new === true;
  if (!fresh && (options.bits ?? options.ec ?? options.digest ?? options.md5) !== undefined) {
    throw new UsageError('--bits, --ec, --digest and --md5 are for an authority of your own: add --new');
  }
  const { certificatePem, keyPem } = fresh ? freshAuthority(options) : draftAuthority(options);
  const der = parsePem(certificatePem).blocks[0]?.bytes ?? new Uint8Array(0);
  const files = authorityFiles(options.dir, der, certificatePem, keyPem, randomBytes);
  writeNewFiles(files, options.force === true);
  makeAuthorityFolders(options.dir);
  if (!fresh) {
    tell(DRAFT_WARNING);
    tell(DRAFT_EXPIRED);
  }
  const output = new Output();
  output.line(`${join(options.dir, ROOT_FILE)}: the certificate, to be trusted by those who test`);
  output.line(`${join(options.dir, AUTHORITY_FOLDER)}: the authority, for \`siplens certs make\``);
  await output.flush();
  return EXIT.done;
}

type AuthorityPem = { readonly certificatePem: string; readonly keyPem: string };

function draftAuthority({ password }: CaOptions): AuthorityPem {
  if (password === DRAFT_PASSWORD) return { certificatePem: DRAFT_CA_CERTIFICATE, keyPem: DRAFT_CA_KEY };
  const key = openKey(DRAFT_CA_KEY, DRAFT_PASSWORD);
  if (key === undefined) throw new UsageError('this build of Node cannot open the key of the draft');
  return { certificatePem: DRAFT_CA_CERTIFICATE, keyPem: encryptedPkcs8Pem(key, password) };
}

function freshAuthority(options: CaOptions): AuthorityPem {
  const digest = digestOf(options);
  const key = makeKey(keyKind(options));
  if (!canSign(key, digest)) throw new UsageError(`--digest ${digest}: not with an EC key`);
  trySigning(key, digest);
  const asDraft = options.asDraft === true;
  const validity = validityOf(
    timeOf('--not-before', options.notBefore),
    days('--days', options.days ?? '3650'),
  );
  // A random serial number, so that two authorities of one name are two.
  const serial = asDraft ? ZERO_SERIAL : positive(randomBytes(16));
  const unit = options.name ?? 'siplens Test Certificate Authority';
  const certificate = makeAuthority({ unit, key, digest, validity, serial, asDraft });
  return {
    certificatePem: encodePem('CERTIFICATE', certificate),
    keyPem: encryptedPkcs8Pem(key, options.password),
  };
}

/** OpenSSL refuses some pairs, as SHA-512 with an RSA key of 512 bits. */
function trySigning(key: ReturnType<typeof makeKey>, digest: ReturnType<typeof digestOf>): void {
  try {
    signData(key, digest, new Uint8Array(0));
  } catch {
    throw new UsageError(`--digest ${digest}: this Node does not sign so with a key of that kind and length`);
  }
}

function positive(octets: Uint8Array): Uint8Array {
  return Uint8Array.of(((octets[0] as number) & 0x3f) | 0x40, ...octets.subarray(1));
}

async function make(name: string, daysText: string, options: MakeOptions): Promise<ExitCode> {
  if (!/^[\u0021-\u007e]{1,255}$/.test(name) || /[/\\]|^[.-]/.test(name)) {
    throw new UsageError(`${name}: not a name for a host, a user or a URI, from which files can be named`);
  }
  const authorityFolder = options.caDir ?? options.dir;
  const authority = openAuthority(authorityFolder, options.caPassword);
  const digest = digestOf(options);
  const key = makeKey(keyKind(options));
  if (!canSign(key, digest)) throw new UsageError(`--digest ${digest}: not with an EC key`);
  trySigning(key, digest);
  const validity = validityOf(timeOf('--not-before', options.notBefore), days('DAYS', daysText));
  const wantedNames = altNames(options.san);
  const wantedUsages = extendedKeyUsages(options.eku);
  const holder = holderOf(name);
  const file = (stem: string): string => join(options.dir, stem);
  const paths = {
    key: file(`${holder}_key_${name}.pem`),
    certificate: file(`${holder}_cert_${name}.pem`),
    pkcs12: file(`${name}.p12`),
    request: file(`${name}.csr`),
  };
  // Before the serial number is taken: a refused run must not use one up.
  refuseExisting(Object.values(paths), options.force === true);
  const { certificate, request } = issue(authority, {
    name,
    key,
    digest,
    validity,
    serial: takeSerial(authorityFolder),
    asDraft: options.asDraft === true,
    ...(wantedNames === undefined ? {} : { altNames: wantedNames }),
    ...(wantedUsages === undefined ? {} : { extendedKeyUsage: wantedUsages }),
  });
  const bundle = encodePkcs12({
    key,
    certificates: [certificate, authority.certificate.der],
    friendlyName: name,
    password: options.password,
    strength: options.asDraft === true ? 'legacy' : 'modern',
    random: randomBytes,
  });
  writeNewFiles(
    [
      { path: paths.key, content: traditionalPem(key), secret: true },
      { path: paths.certificate, content: encodePem('CERTIFICATE', certificate) },
      { path: paths.pkcs12, content: bundle, secret: true },
      { path: paths.request, content: encodePem('CERTIFICATE REQUEST', request) },
    ],
    options.force === true,
  );
  recordIssued(authorityFolder, certificate);
  const parsed = parseCertificate(certificate);
  const output = new Output();
  if (parsed.ok) for (const line of certificateText(parsed.value)) output.line(line);
  await output.flush();
  tell(`wrote ${Object.values(paths).join(', ')}`);
  if (draftUse(authority.certificate) !== undefined) tell(DRAFT_EXPIRED);
  return EXIT.done;
}
