/** From a record to its plaintext: takes the keys up when they are known, and opens with those in use. */

import { toHex } from '../../bytes/hex.js';
import { FINAL, type Variant13, variantOf } from '../drafts.js';
import { ExtensionType, findExtension } from '../handshake/extensions.js';
import { isVersion13, type MasterSecret } from '../handshake/handshake-state.js';
import type { ClientHello } from '../handshake/messages.js';
import { deriveKeys } from '../keys/key-schedule.js';
import { clientRandomLine, findMasterSecrets, rememberSession } from '../keys/secrets.js';
import { cipherSuite } from '../registries/cipher-suites.js';
import { isGrease } from '../registries/names.js';
import type { RecordItem, SessionState, Side } from '../state.js';
import { createProtection, createProtection13, TRUNCATED_MAC } from './protection/create.js';
import type { OpenFailure, RecordProtection } from './protection/protection.js';
import { UncheckedNullProtection } from './protection/stream.js';

const TLS13_LABELS = {
  early: { client: 'CLIENT_EARLY_TRAFFIC_SECRET', server: undefined },
  handshake: { client: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET', server: 'SERVER_HANDSHAKE_TRAFFIC_SECRET' },
  application: { client: 'CLIENT_TRAFFIC_SECRET_0', server: 'SERVER_TRAFFIC_SECRET_0' },
} as const;

/** Plaintext, or why there is none; undefined where the keys are not known (yet). */
export function openRecord(state: SessionState, item: RecordItem): Uint8Array | OpenFailure | undefined {
  const { side } = item;
  if (side.awaiting !== undefined) {
    if (side.awaiting.tried) return undefined;
    // Where the secret of a stage of TLS 1.3 is missing, its end shows by the first record that the next one opens.
    const { stage } = side.awaiting;
    const searches = (stage === 'early' || stage === 'handshake') && state.context.keys.keyLog.size > 0;
    side.awaiting.tried = !searches || state.trials-- <= 0;
    return side.awaiting.stage === 'tls12' ? takeUp12(state, item) : takeUp13(state, item);
  }
  const { protection } = side;
  if (protection === undefined) return undefined;
  const opened = openWith(state, protection, item);
  // Early data ends without a word where the server refused it: what follows is under the handshake's keys.
  if (side.stage === 'early' && typeof opened === 'string' && state.handshake !== undefined) {
    return takeUpSecret(state, item, 'handshake', true) ?? opened;
  }
  return opened;
}

function openWith(
  state: SessionState,
  protection: RecordProtection,
  item: RecordItem,
): Uint8Array | OpenFailure {
  if (item.gap === undefined) return protection.open(item.type, item.version, item.fragment);
  const spend = () => state.trials-- > 0;
  return protection.resume(item.type, item.version, item.fragment, { ...item.gap, spend }) ?? 'bad_mac';
}

function install(side: Side, protection: RecordProtection): void {
  side.stage = side.awaiting?.stage;
  side.awaiting = undefined;
  side.protection = protection;
}

function takeUp12(state: SessionState, item: RecordItem): Uint8Array | OpenFailure | undefined {
  const { side } = item;
  const handshake = side.awaiting?.handshake;
  const negotiated = handshake?.negotiated;
  if (handshake === undefined) return undefined;
  const { suite, version } = handshake;
  const candidates: readonly MasterSecret[] =
    handshake.master !== undefined ? [handshake.master] : findMasterSecrets(handshake, state.context);
  for (const candidate of candidates) {
    if (negotiated === undefined || suite === undefined || version === undefined) break;
    const keys = handshake.keys ?? deriveKeys(negotiated, candidate.secret);
    if (keys === undefined) return undefined;
    const protection = createProtection(version, suite, keys[state.role(side)], handshake);
    if (protection === undefined) return undefined;
    const opened = openWith(state, protection, item);
    if (candidate.guessed && typeof opened === 'string') continue;
    install(side, protection);
    handshake.master = { ...candidate, guessed: false };
    handshake.keys = handshake.keys === undefined ? keys : undefined;
    state.openedBy = candidate.by;
    state.keyLogLines.add(clientRandomLine(negotiated.clientRandom, candidate.secret));
    rememberSession(handshake, state.context);
    return opened;
  }
  if (suite?.bulk?.mode === 'null') {
    const protection = new UncheckedNullProtection(handshake.truncatedHmac ? TRUNCATED_MAC : suite.macLength);
    state.unchecked++;
    install(side, protection);
    return openWith(state, protection, item);
  }
  return undefined;
}

function takeUp13(state: SessionState, item: RecordItem): Uint8Array | OpenFailure | undefined {
  const awaiting = item.side.awaiting;
  if (awaiting === undefined) return undefined;
  switch (awaiting.stage) {
    case 'early':
      return takeUpEarly(state, item) ?? takeUpSecret(state, item, 'handshake', true);
    case 'handshake':
      return takeUpSecret(state, item, 'handshake', false) ?? takeUpSecret(state, item, 'application', true);
    default:
      return takeUpSecret(state, item, 'application', false);
  }
}

/** Opens with the secret of a stage; with `mustFit` it is taken up only if the record authenticates. */
function takeUpSecret(
  state: SessionState,
  item: RecordItem,
  stage: 'handshake' | 'application',
  mustFit: boolean,
): Uint8Array | OpenFailure | undefined {
  const { side } = item;
  const handshake = side.awaiting?.handshake ?? state.handshake;
  const random = handshake?.clientHello?.random;
  const suite = handshake?.suite;
  if (handshake === undefined || random === undefined || suite === undefined) return undefined;
  const label = TLS13_LABELS[stage][state.role(side)];
  const secret = state.context.keys.keyLog.secret(label, random);
  if (secret === undefined) return undefined;
  const protection = createProtection13(suite, secret, handshake.variant);
  if (protection === undefined) return undefined;
  const opened = openWith(state, protection, item);
  if (mustFit && typeof opened === 'string') return undefined;
  adoptSecret(state, side, protection, secret, label, random);
  side.stage = stage;
  return opened;
}

function adoptSecret(
  state: SessionState,
  side: Side,
  protection: RecordProtection,
  secret: Uint8Array,
  label: string,
  random: Uint8Array,
): void {
  install(side, protection);
  side.trafficSecret = secret;
  state.openedBy = 'key log';
  state.keyLogLines.add(`${label} ${toHex(random)} ${toHex(secret)}`);
}

/** Early data comes before ServerHello names the suite: each offered one of the secret's length is tried. */
function takeUpEarly(state: SessionState, item: RecordItem): Uint8Array | OpenFailure | undefined {
  const hello = item.side.awaiting?.handshake.clientHello;
  if (hello === undefined) return undefined;
  const label = TLS13_LABELS.early.client;
  const secret = state.context.keys.keyLog.secret(label, hello.random);
  if (secret === undefined) return undefined;
  for (const id of hello.cipherSuites) {
    const suite = cipherSuite(id);
    if (suite.keyExchange !== 'tls13' || (suite.prf === 'sha384') !== (secret.length === 48)) continue;
    for (const variant of variantsOffered(hello)) {
      const protection = createProtection13(suite, secret, variant);
      if (protection === undefined) continue;
      const opened = openWith(state, protection, item);
      if (typeof opened === 'string') continue;
      adoptSecret(state, item.side, protection, secret, label, hello.random);
      item.side.stage = 'early';
      return opened;
    }
  }
  return undefined;
}

/** The variants of TLS 1.3 that a client offers. */
function variantsOffered(hello: ClientHello): Iterable<Variant13> {
  const versions = findExtension(hello.extensions, ExtensionType.supportedVersions)?.codes ?? [];
  const variants = versions.filter((version) => !isGrease(version) && isVersion13(version)).map(variantOf);
  return new Set(variants.length > 0 ? variants : [FINAL]);
}
