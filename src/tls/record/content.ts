/** What the content of a record does, once it is plain: alerts, handshake messages, changes of cipher, application data. */

import type { FrameRef } from '../../model/frame-ref.js';
import type { TlsAlert } from '../connection.js';
import { copyBytes } from '../copy.js';
import { takeHandshakeMessage } from '../handshake/effects.js';
import { HandshakeState } from '../handshake/handshake-state.js';
import { flushEarlyData, noteResumption, offersTls13 } from '../handshake/hellos.js';
import { advance } from '../handshake/progress.js';
import { MAX_EARLY_DATA, MAX_LISTED } from '../limits.js';
import { alertLevelName, alertName, alertWords } from '../registries/alerts.js';
import type { RecordItem, SessionState } from '../state.js';
import { Inflater } from './inflate.js';
import type { OpenFailure } from './protection/protection.js';
import { ContentType } from './record.js';

/** Compression method of RFC 3749. */
const DEFLATE = 1;

export function recordFailed(
  state: SessionState,
  item: RecordItem,
  why: OpenFailure | 'bad_compression',
): void {
  const { connection } = state;
  state.failed++;
  if (why !== 'bad_compression') connection.macFailures++;
  if (connection.failures.length < MAX_LISTED) {
    const { direction } = item.side;
    connection.failures.push({ direction, frame: item.frame, record: item.number, why });
  }
  item.side.assembler.clear();
  state.tellLost(item.side, item.frame);
}

/** Plain or decrypted content of a record. */
export function takeContent(state: SessionState, item: RecordItem, type: number, content: Uint8Array): void {
  const { side, frame } = item;
  switch (type) {
    case ContentType.changeCipherSpec: {
      const { handshake } = state;
      if (handshake?.isTls13 === true) return;
      if (handshake?.position === 'client_hello' && offersTls13(handshake)) return;
      changeCipher(state, item, handshake);
      return;
    }
    case ContentType.alert:
      takeAlert(state, item, content);
      return;
    case ContentType.handshake:
      takeHandshake(state, item, content);
      return;
    case ContentType.applicationData:
      if (side.protection === undefined) {
        orphan(state, item);
      } else if (side.stage === 'early' && state.earlyData !== undefined) {
        keepEarly(state, content, frame);
      } else if (side.stage !== 'early' || state.connection.earlyData !== 'rejected') {
        state.deliver(side, content, frame);
      }
      return;
    default:
      return;
  }
}

/** Application data with no handshake before it: the capture begins too late. */
function orphan(state: SessionState, item: RecordItem): void {
  state.orphans++;
  state.firstEncrypted ??= item.frame;
  if (item.step !== undefined) {
    item.step.encrypted = true;
    item.step.opened = false;
  }
  state.tellLost(item.side, item.frame);
}

function keepEarly(state: SessionState, content: Uint8Array, frame: FrameRef): void {
  state.earlyBytes += content.length;
  state.earlyData?.push({ data: copyBytes(content), frame });
  if (state.earlyBytes > MAX_EARLY_DATA) flushEarlyData(state);
}

function takeHandshake(state: SessionState, item: RecordItem, content: Uint8Array): void {
  const { side, frame } = item;
  // Before any hello these are encrypted messages of a connection joined midway.
  if (side.protection === undefined && state.handshake === undefined && !startsHandshake(content)) {
    if (!side.assembler.pending) {
      orphan(state, item);
      return;
    }
  }
  let index = 0;
  const fine = side.assembler.push(content, (bytes) => takeHandshakeMessage(state, item, bytes, index++));
  if (!fine) state.fault('handshake-too-long', 'A handshake message is too long to be one.', frame);
}

/** A side encrypts with its new keys from here on (up to TLS 1.2). */
export function changeCipher(
  state: SessionState,
  item: Pick<RecordItem, 'side' | 'frame' | 'counted'>,
  handshake: HandshakeState | undefined,
): void {
  const { side } = item;
  const current = handshake ?? new HandshakeState();
  state.handshake = current;
  advance(state, item, current, 'change_cipher_spec');
  noteResumption(state, current);
  if (current.isUsed) state.connection.established = true;
  side.assembler.clear();
  side.protection = undefined;
  side.trafficSecret = undefined;
  side.awaiting = { handshake: current, stage: 'tls12', tried: false };
  side.inflater = current.serverHello?.compressionMethod === DEFLATE ? new Inflater() : undefined;
  side.inflateBroken = false;
}

function takeAlert(state: SessionState, item: RecordItem, content: Uint8Array): void {
  const { connection } = state;
  if (content.length < 2 || connection.alerts.length >= MAX_LISTED) return;
  // A plain alert record of another length is an encrypted one of a connection joined midway.
  if (item.side.protection === undefined && content.length !== 2) {
    orphan(state, item);
    return;
  }
  const description = content[1] as number;
  const alert: TlsAlert = {
    sender: state.role(item.side),
    level: alertLevelName(content[0] as number),
    description: alertName(description),
    words: alertWords(description),
    encrypted: item.side.protection !== undefined,
    frame: item.frame,
  };
  connection.alerts.push(alert);
  if (item.step !== undefined) item.step.alert = alert;
}

/** Whether a handshake record's content begins with a hello or a request for one. */
function startsHandshake(content: Uint8Array): boolean {
  const type = content[0];
  return type !== undefined && (type <= 2 || type === 4 || type === 11 || type === 14 || type === 16);
}
