/** Says of a connection whether it was decrypted, and if not, why: one status, one reason, one sentence. */
import { counted } from '../bytes/text.js';
import type { Decryption, DecryptionReason } from './connection.js';
import type { HandshakeState } from './handshake/handshake-state.js';
import { modulusLength } from './keys/rsa.js';
import { suiteName, versionName } from './registries/names.js';
import type { SessionState } from './state.js';

type Why = { readonly reason: DecryptionReason; readonly detail: string };

/** The verdict as things stand. */
export function judge(state: SessionState): Decryption {
  const by = state.openedBy;
  if (state.encrypted === 0 && state.orphans === 0) return nothingEncrypted(state);
  const suite = (state.handshake ?? state.closed)?.suite;
  if (state.opened > 0 && suite?.bulk?.mode === 'null' && state.closed === undefined && state.failed === 0) {
    const missing = state.connection.lost.length > 0 ? ` But ${whyPartial(state, 0).detail}` : '';
    const checked =
      by === undefined
        ? 'the master secret is not known, so that its MACs were not checked'
        : `its MACs were checked with the ${by}`;
    return {
      status: 'not_encrypted',
      detail: `${suite.name} does not encrypt; ${checked}.${missing}`,
      ...(by === undefined ? {} : { by }),
    };
  }
  const unopened = state.encrypted - state.opened - state.failed + state.orphans;
  const lost = state.connection.lost.length;
  if (state.opened > 0) {
    const open = { ...(by === undefined ? {} : { by }) };
    if (unopened === 0 && state.failed === 0 && lost === 0) {
      const records =
        state.opened === 1 ? 'The one encrypted record was' : `All ${state.opened} encrypted records were`;
      return { status: 'decrypted', detail: `${records} opened with the ${by ?? 'keys'}.`, ...open };
    }
    return { status: 'partial', ...whyPartial(state, unopened), ...open };
  }
  const why = state.failed > 0 ? failedOnly(state) : whyClosed(state, state.closed ?? state.handshake);
  const limit = state.released ? ' What it sent was no longer held, for the limits of memory.' : '';
  return { status: 'not_decrypted', reason: why.reason, detail: why.detail + limit };
}

function nothingEncrypted(state: SessionState): Decryption {
  const fatal = state.connection.alerts.find((alert) => alert.level === 'fatal');
  if (fatal !== undefined) {
    return {
      status: 'not_encrypted',
      detail: `The handshake failed before encryption began: ${fatal.sender} alert ${fatal.description} (${fatal.words}) in frame ${fatal.frame.number}.`,
    };
  }
  if (state.plainAnswer !== undefined) {
    const { line, frame } = state.plainAnswer;
    return {
      status: 'not_encrypted',
      detail: `No encryption began: the ClientHello was answered in plain text in frame ${frame.number} (${line}).`,
    };
  }
  if (state.connection.lost.length > 0) {
    const [first] = state.connection.lost;
    return {
      status: 'not_decrypted',
      reason: 'bytes_missing',
      detail: `${counted(first?.bytes ?? 0, 'byte is', 'bytes are')} missing before frame ${first?.frame.number}, and no encrypted record was seen after them.`,
    };
  }
  return {
    status: 'not_encrypted',
    detail: 'The capture ends before encryption began; no application data was sent.',
  };
}

function whyPartial(state: SessionState, unopened: number): Why {
  const { connection } = state;
  const parts: string[] = [];
  let reason: DecryptionReason | undefined;
  const [failure] = connection.failures;
  if (failure !== undefined) {
    // Compression goes on from record to record: what follows lost bytes cannot be inflated.
    const lostWindow = failure.why === 'bad_compression' && connection.lost.length > 0;
    reason = lostWindow ? 'bytes_missing' : 'mac_failure';
    const kind = failure.why === 'bad_compression' ? 'could not be decompressed' : 'did not authenticate';
    parts.push(
      `${state.failed} of ${state.encrypted} encrypted records ${kind}, the first in frame ${failure.frame.number} (record ${failure.record}, from the ${failure.direction})`,
    );
  }
  const [lost] = connection.lost;
  if (lost !== undefined) {
    reason ??= 'bytes_missing';
    const after = connection.lost.every((place) => place.resynchronised)
      ? 'decryption went on after it'
      : 'decryption could not go on after it';
    parts.push(
      `${counted(lost.bytes, 'byte')} from the ${lost.direction} ${lost.bytes === 1 ? 'is' : 'are'} missing before frame ${lost.frame.number}, ${after}`,
    );
  }
  if (unopened > 0 && state.closed !== undefined) {
    const why = whyClosed(state, state.closed);
    reason = reason === undefined || lost === undefined ? why.reason : reason;
    parts.push(
      `${counted(unopened, 'encrypted record')} stayed closed: ${lowerFirst(why.detail.replace(/\.$/, ''))}`,
    );
  } else if (unopened > 0) {
    reason ??= 'bytes_missing';
    parts.push(`${counted(unopened, 'encrypted record')} stayed closed`);
  }
  return { reason: reason ?? 'bytes_missing', detail: `${parts.join('; ')}.` };
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? (text[0] as string).toLowerCase() + text.slice(1) : text;
}

function failedOnly(state: SessionState): Why {
  const [failure] = state.connection.failures;
  const by = state.openedBy ?? 'key';
  if (state.connection.lost.length > 0) {
    const [lost] = state.connection.lost;
    return {
      reason: 'bytes_missing',
      detail: `${lost?.bytes} bytes from the ${lost?.direction} are missing before frame ${lost?.frame.number}, and no record after them authenticates.`,
    };
  }
  return {
    reason: 'mac_failure',
    detail: `The ${by} gave keys under which no record authenticates; the first that did not is in frame ${failure?.frame.number} (record ${failure?.record}).`,
  };
}

function whyClosed(state: SessionState, handshake: HandshakeState | undefined): Why {
  const first = state.firstEncrypted;
  if (handshake === undefined || handshake.clientHello === undefined || handshake.serverHello === undefined) {
    const missing =
      handshake?.clientHello !== undefined
        ? 'ServerHello'
        : handshake?.serverHello !== undefined
          ? 'ClientHello'
          : 'handshake';
    if (state.connection.lost.length > 0 && handshake !== undefined) {
      return {
        reason: 'bytes_missing',
        detail: `The ${missing} is among the bytes that the capture lacks before frame ${state.connection.lost[0]?.frame.number}.`,
      };
    }
    return {
      reason: 'handshake_missing',
      detail: `The ${missing} is not in the capture: the first encrypted record is in frame ${first?.number ?? '?'}.`,
    };
  }
  if (state.orderLost) {
    return {
      reason: 'handshake_missing',
      detail:
        'The two directions of the handshake stand so far apart in the capture that its messages could not be put in order.',
    };
  }
  return whyNoSecret(state, handshake, handshake.serverHello.cipherSuite);
}

function whyNoSecret(state: SessionState, handshake: HandshakeState, suiteId: number): Why {
  const { keys } = state.context;
  const suite = handshake.suite;
  const { name } = suiteName(suiteId);
  const logged =
    keys.keyLog.size > 0 ? 'the key log has no secret of this connection' : 'no key log was given';
  if (suite === undefined || suite.bulk === undefined) {
    return { reason: 'cipher_unsupported', detail: `The cipher suite ${name} is not supported.` };
  }
  if (handshake.isTls13) {
    return {
      reason: 'forward_secrecy',
      detail: `${versionName(handshake.version ?? 0)} gives its secrets to a key log only, and ${logged}.`,
    };
  }
  if (handshake.resumed) {
    return {
      reason: 'resumed_session_unknown',
      detail: `The connection resumes a session by ${handshake.offeredTicket === undefined ? 'its ID' : 'a ticket'}, and the connection that began it was not decrypted; ${logged}.`,
    };
  }
  if (suite.forwardSecrecy) {
    return {
      reason: 'forward_secrecy',
      detail: `${name} exchanges ephemeral keys, which the server's private key does not open, and ${logged}.`,
    };
  }
  if (suite.keyExchange === 'rsa') return whyNoRsa(state, handshake, logged);
  if (suite.keyExchange === 'psk') {
    return (keys.presharedKeys?.length ?? 0) > 0
      ? { reason: 'key_mismatch', detail: `None of the pre-shared keys opens it; ${logged}.` }
      : { reason: 'no_key', detail: `${name} wants a pre-shared key or a key log, and none was given.` };
  }
  return {
    reason: 'no_key',
    detail: `The key exchange of ${name} opens with a key log only, and ${logged}.`,
  };
}

function whyNoRsa(state: SessionState, handshake: HandshakeState, logged: string): Why {
  const { keys } = state.context;
  if (handshake.serverKeyExchange !== undefined) {
    return {
      reason: 'forward_secrecy',
      detail: `The server made a temporary RSA key for the exchange, which its certificate's key does not open, and ${logged}.`,
    };
  }
  if (handshake.encryptedPremaster === undefined) {
    return handshake.gap
      ? { reason: 'bytes_missing', detail: 'ClientKeyExchange is among the bytes that the capture lacks.' }
      : { reason: 'handshake_missing', detail: 'ClientKeyExchange is not in the capture.' };
  }
  const rsaKeys = keys.privateKeys.filter((key) => modulusLength(key) > 0);
  const leaf = handshake.certificates[0];
  const whose =
    leaf === undefined ? 'no certificate was seen' : `the server's certificate is for ${leaf.subject}`;
  if (rsaKeys.length === 0) {
    return {
      reason: 'no_key',
      detail: `The server's RSA private key is needed (${whose}), and ${keys.privateKeys.length === 0 ? 'no key was given' : 'none of the given keys is an RSA key'}; ${logged}.`,
    };
  }
  const own = leaf === undefined ? undefined : keys.findBySpki(leaf.spki);
  if (own !== undefined && handshake.gap && handshake.extendedMasterSecret) {
    return {
      reason: 'bytes_missing',
      detail:
        'The extended master secret depends on every handshake message, and some are among the bytes that the capture lacks.',
    };
  }
  if (own !== undefined) {
    return {
      reason: 'key_mismatch',
      detail: `The premaster secret cannot be decrypted with ${own.label}, though it is the key of the server's certificate.`,
    };
  }
  const count =
    rsaKeys.length === 1 ? 'the RSA key given is' : `none of the ${rsaKeys.length} RSA keys given is`;
  return {
    reason: 'key_mismatch',
    detail: `${whose[0]?.toUpperCase()}${whose.slice(1)}, and ${count}${rsaKeys.length === 1 ? ' not' : ''} its key.`,
  };
}
