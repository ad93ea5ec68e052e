import { ClearTextMemory } from '../checks/clear-text.js';
import { RsaBlocks } from '../cms/encryption/rsa-blocks.js';
import type { Keyring } from '../keys/keyring.js';
import { RunBudget } from '../model/budget.js';
import { SessionCache, type SessionLimits } from '../tls/keys/session-cache.js';
import { type Certificate, parseCertificate } from '../x509/certificate.js';
import type { PolicyOptions } from '../x509/chain.js';
import { parseCrl } from '../x509/revocation/crl.js';
import { CrlStore } from '../x509/revocation/crl-store.js';
import { CertificateStore } from '../x509/store.js';
import { MAX_BODY } from './limits.js';
import { PlainMessage } from './plain-message.js';

/** What the user gave for a run, and what is shared over all its files. */
export type AnalysisContext = {
  readonly keyring: Keyring;
  /** Certificates of others, given with `--cert` or found beside keys. */
  readonly certificates: CertificateStore;
  /** Trust anchors, given with `--ca`. */
  readonly anchors: CertificateStore;
  /** Revocation lists, given with `--crl`. */
  readonly crls: CrlStore;
  /** What is asked of certificate policies; undefined where nothing is. */
  readonly policies: PolicyOptions | undefined;
  /** TLS sessions, so that one resumed in another connection or file opens too. */
  readonly sessions: SessionCache;
  /** RSA results for content keys of S/MIME, where something works them out ahead. */
  readonly rsaBlocks: RsaBlocks;
  /** What dialogs carried encrypted and in the clear, over all files. */
  readonly clearText: ClearTextMemory;
  /** What all messages and connections of the run may cost. */
  readonly work: RunBudget;
  /** Most bytes of a body that outputs have. */
  readonly maxBody: number;
  /** The index of the message at hand. */
  readonly plainMessage: PlainMessage;
  /** What a detached signature in a file of its own covers, where it was given. */
  readonly detachedContent?: Uint8Array | undefined;
  /** Unix seconds at which certificates are judged; the frame's own time where undefined. */
  readonly judgeAt: number | undefined;
  /** Unix seconds of the run, for files that have no time of their own. */
  readonly now: number;
  /** Looks once more for secrets that other programs write, before a run gives up on what waits for one. */
  readonly lookForSecrets?: () => void;
};

/**
 * The context of a run. `certificates`, `anchors` and `crls` are DER; those that cannot be read are told in `problems` by
 * their label.
 */
export function createContext(options: {
  readonly keyring: Keyring;
  readonly certificates: readonly { readonly label: string; readonly der: Uint8Array }[];
  readonly anchors: readonly { readonly label: string; readonly der: Uint8Array }[];
  readonly crls?: readonly { readonly label: string; readonly der: Uint8Array }[];
  readonly policies?: PolicyOptions | undefined;
  readonly judgeAt?: number;
  readonly now: number;
  readonly sessionLimits?: Partial<SessionLimits>;
  /** How many times the usual work is done; 1 by default. */
  readonly effort?: number | undefined;
  /** Most bytes of a body that outputs have; MAX_BODY by default. */
  readonly maxBody?: number | undefined;
}): { readonly context: AnalysisContext; readonly problems: readonly string[] } {
  const { maxBody = MAX_BODY } = options;
  const problems: string[] = [];
  const parsed = (entries: typeof options.certificates): Certificate[] =>
    entries.flatMap(({ label, der }) => {
      const result = parseCertificate(der);
      if (result.ok) return [result.value];
      problems.push(`${label}: not a certificate: ${result.error.message}`);
      return [];
    });
  const certificates = new CertificateStore();
  const anchors = new CertificateStore();
  for (const certificate of parsed([...options.certificates, ...options.keyring.certificates])) {
    certificates.add(certificate);
  }
  for (const certificate of parsed(options.anchors)) {
    anchors.add(certificate);
    certificates.add(certificate);
  }
  const crls = new CrlStore();
  for (const { label, der } of options.crls ?? []) {
    const result = parseCrl(der);
    if (result.ok) crls.add(result.value);
    else problems.push(`${label}: not a certificate revocation list: ${result.error.message}`);
  }
  const context: AnalysisContext = {
    keyring: options.keyring,
    certificates,
    anchors,
    crls,
    policies: options.policies,
    sessions: new SessionCache(options.sessionLimits),
    rsaBlocks: new RsaBlocks(),
    clearText: new ClearTextMemory(),
    plainMessage: new PlainMessage(maxBody),
    work: new RunBudget(options.effort),
    maxBody,
    judgeAt: options.judgeAt,
    now: options.now,
  };
  return { context, problems };
}
