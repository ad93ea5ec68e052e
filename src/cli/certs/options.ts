import {
  type AltName,
  EXTENDED_KEY_USAGE_NAMES,
  extendedKeyUsageOid,
  parseAltName,
} from '../../authority/extensions.js';
import { CURVES, type KeyKind, RSA_BITS_LONGEST, RSA_BITS_SHORTEST } from '../../authority/private-key.js';
import { DIGESTS, type Digest } from '../../authority/signing.js';
import { UsageError } from '../exit.js';

/** Options about the strength of what is made. */
export type StrengthOptions = {
  readonly bits?: string;
  readonly ec?: string;
  readonly digest?: string;
  readonly md5?: boolean;
  readonly asDraft?: boolean;
};

export type CaOptions = StrengthOptions & {
  readonly dir: string;
  readonly new?: boolean;
  readonly name?: string;
  readonly days?: string;
  readonly notBefore?: string;
  readonly password: string;
  readonly force?: boolean;
};

export type MakeOptions = StrengthOptions & {
  readonly dir: string;
  readonly caDir?: string;
  readonly caPassword: string;
  readonly notBefore?: string;
  readonly eku: readonly string[];
  readonly san: readonly string[];
  readonly password: string;
  readonly force?: boolean;
};

export type ConvertOptions = {
  readonly to: string;
  readonly output?: string;
  readonly password: string;
  readonly outPassword?: string;
  readonly force?: boolean;
};

export type ShowOptions = { readonly format: string; readonly password: string };

export function keyKind(options: StrengthOptions): KeyKind {
  if (options.ec !== undefined) {
    if (options.bits !== undefined) throw new UsageError('--bits and --ec: choose one');
    const curve = CURVES.get(options.ec);
    if (curve === undefined) throw new UsageError(`--ec ${options.ec}: choose P-256, P-384 or P-521`);
    return { type: 'ec', curve };
  }
  const bits = wholeNumber('--bits', options.bits ?? (options.asDraft === true ? '1024' : '2048'));
  if (bits < RSA_BITS_SHORTEST || bits > RSA_BITS_LONGEST) {
    throw new UsageError(`--bits ${bits}: from ${RSA_BITS_SHORTEST} to ${RSA_BITS_LONGEST}`);
  }
  return { type: 'rsa', bits };
}

export function digestOf(options: StrengthOptions): Digest {
  const said =
    options.digest ?? (options.md5 === true ? 'md5' : options.asDraft === true ? 'sha1' : 'sha256');
  const digest = DIGESTS.find((one) => one === said.toLowerCase().replace('-', ''));
  if (digest === undefined) throw new UsageError(`--digest ${said}: choose ${DIGESTS.join(', ')}`);
  if (options.md5 === true && digest !== 'md5') throw new UsageError('--md5 and --digest: choose one');
  return digest;
}

export function altNames(texts: readonly string[]): readonly AltName[] | undefined {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const name = parseAltName(text);
    if (name === undefined)
      throw new UsageError(`--san ${text}: write DNS:, URI:, email: or IP: and the name`);
    return name;
  });
}

export function extendedKeyUsages(texts: readonly string[]): readonly string[] | undefined {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const oid = extendedKeyUsageOid(text);
    if (oid === undefined) {
      throw new UsageError(`--eku ${text}: choose ${EXTENDED_KEY_USAGE_NAMES.join(', ')}, or an OID`);
    }
    return oid;
  });
}

/** A number of up to six digits. */
export function wholeNumber(what: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`${what} ${text}: not a number that is of use here`);
  return Number(text);
}

/** Unix seconds of RFC 3339 text; of now where there is none. */
export function timeOf(what: string, text: string | undefined): number {
  const milliseconds = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw new UsageError(`${what} ${text}: not a time; write it as 2026-01-31T12:00:00Z`);
  }
  return Math.floor(milliseconds / 1000);
}
