import type { KeyObject } from 'node:crypto';
import type { KeyLogEntries } from './key-log.js';

/** A private key and where it came from. The key itself never leaves it as text. */
export type PrivateKeyEntry = {
  /** File it came from, as messages name it. */
  readonly label: string;
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo of its public half in DER, as OpenSSL writes it. */
  readonly spki: Uint8Array;
};

/** What one file held. */
export type KeyMaterial = {
  readonly privateKeys: readonly PrivateKeyEntry[];
  /** Certificates in DER, unparsed. */
  readonly certificates: readonly { readonly label: string; readonly der: Uint8Array }[];
  readonly keyLog?: KeyLogEntries;
  /** Parts of the file that could not be used, a clause each; never with key bytes or passwords. */
  readonly problems: readonly string[];
};
