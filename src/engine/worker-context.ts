import type { AnalysisContext } from '../analyzer/context.js';
import { createContext } from '../analyzer/context.js';
import type { KeyLogEntry } from '../keys/key-log.js';
import { Keyring, type PrivateKeyEntry } from '../keys/keyring.js';
import type { PolicyOptions } from '../x509/chain.js';

type NamedDer = { readonly label: string; readonly der: Uint8Array };

/** A context in a form that can be handed to another thread; keys stay in OpenSSL's objects, which threads share. */
export type PackedContext = {
  readonly privateKeys: readonly PrivateKeyEntry[];
  readonly presharedKeys: readonly Uint8Array[];
  readonly passwords: readonly string[];
  readonly keyLog: readonly KeyLogEntry[];
  readonly certificates: readonly NamedDer[];
  readonly anchors: readonly NamedDer[];
  readonly crls: readonly NamedDer[];
  readonly policies: PolicyOptions | undefined;
  readonly judgeAt: number | undefined;
  readonly now: number;
  readonly effort: number;
  readonly maxBody: number;
};

export function packContext(context: AnalysisContext): PackedContext {
  const { keyring } = context;
  const named = (list: readonly { readonly der: Uint8Array }[]): NamedDer[] =>
    list.map(({ der }) => ({ label: '', der }));
  return {
    privateKeys: [...keyring.privateKeys],
    presharedKeys: [...keyring.presharedKeys],
    passwords: [...keyring.passwords],
    keyLog: [...keyring.keyLog.entries()],
    certificates: named(context.certificates.all()),
    anchors: named(context.anchors.all()),
    crls: named(context.crls.all()),
    policies: context.policies,
    judgeAt: context.judgeAt,
    now: context.now,
    effort: context.work.effort,
    maxBody: context.maxBody,
  };
}

/** A context of the thread's own: what one file teaches (sessions, key logs inside captures) does not reach another. */
export function unpackContext(packed: PackedContext): AnalysisContext {
  const keyring = new Keyring();
  keyring.add({ privateKeys: packed.privateKeys, certificates: [], problems: [] });
  for (const key of packed.presharedKeys) keyring.addPresharedKey(key);
  for (const password of packed.passwords) keyring.addPassword(password);
  keyring.keyLog.add(packed.keyLog);
  const { context } = createContext({
    keyring,
    certificates: packed.certificates,
    anchors: packed.anchors,
    crls: packed.crls,
    policies: packed.policies,
    ...(packed.judgeAt === undefined ? {} : { judgeAt: packed.judgeAt }),
    now: packed.now,
    effort: packed.effort,
    maxBody: packed.maxBody,
  });
  return context;
}
