/** What the messages do that prove who a side is: Certificate, CertificateVerify and Finished. */

import type { Direction } from '../../model/endpoint.js';
import { type Certificate, publicKeyOf } from '../../x509/certificate.js';
import { verifyCost } from '../../x509/key-cost.js';
import type { SignatureCheck } from '../connection.js';
import { findMasterSecrets } from '../keys/secrets.js';
import { MAX_CERTIFICATES, MAX_OCSP_RESPONSE } from '../limits.js';
import type { RecordItem, SessionState, Side } from '../state.js';
import { checkCertificateVerify, checkFinished, checkKeyExchange } from './authentication.js';
import type { HandshakeState } from './handshake-state.js';
import type { HandshakeMessage } from './messages.js';

/** Takes the chain that a side shows, its own certificate first. */
export function certificate(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  encoded: readonly Uint8Array[],
  ocspResponses: readonly Uint8Array[],
): void {
  const { connection } = state;
  const chain: Certificate[] = [];
  for (const der of encoded.slice(0, MAX_CERTIFICATES)) {
    const parsed = state.context.sessions.certificate(der);
    if (parsed.ok) chain.push(parsed.value);
    else
      state.fault(
        'malformed-certificate',
        `A certificate cannot be read: ${parsed.error.message}.`,
        item.frame,
      );
  }
  forgetSignature(state, state.role(item.side));
  if (state.role(item.side) === 'server') {
    handshake.certificates = chain;
    connection.certificates = chain;
    connection.certificateFrame = item.frame;
    keepOcspResponses(state, ocspResponses);
  } else {
    handshake.clientCertificates = chain;
    connection.clientCertificates = chain;
    connection.clientCertificateFrame = item.frame;
  }
}

/** What the server staples of the revocation of its certificates; the bytes are copied, as they outlive their record. */
export function keepOcspResponses({ connection }: SessionState, responses: readonly Uint8Array[]): void {
  const isSmall = (response: Uint8Array): boolean => response.length <= MAX_OCSP_RESPONSE;
  connection.ocspResponses = responses.filter(isSmall).map((response) => new Uint8Array(response));
}

/** Checks the signature by which a side proves to have the key of its certificate. */
export function certificateVerify(
  state: SessionState,
  side: Side,
  handshake: HandshakeState,
  { scheme, signature }: { readonly scheme: number | undefined; readonly signature: Uint8Array },
  order: number,
): void {
  const role = state.role(side);
  // SSL 3.0 mixes the master secret in: it is looked for now, as the first protected record is still to come.
  if (handshake.version === 0x0300 && handshake.master === undefined) {
    const [best] = findMasterSecrets(handshake, state.context);
    if (best !== undefined && !best.guessed) handshake.master = best;
  }
  const chain = role === 'client' ? handshake.clientCertificates : handshake.certificates;
  const check = !pays(state, chain[0])
    ? 'unverifiable'
    : checkCertificateVerify(handshake, role, chain[0], scheme, signature, order);
  noteSignature(state, role, check);
}

/** Takes the parameters of the key exchange, and checks that the server signed them. */
export function serverKeyExchange(
  state: SessionState,
  handshake: HandshakeState,
  message: Extract<HandshakeMessage, { readonly kind: 'server_key_exchange' }>,
): void {
  handshake.serverKeyExchange = message.body;
  if (message.parameters !== undefined) state.connection.keyExchangeGroup = message.parameters;
  if (message.signed === undefined) return;
  const [own] = handshake.certificates;
  const check = pays(state, own) ? checkKeyExchange(handshake, own, message.signed) : 'unverifiable';
  noteSignature(state, 'server', check);
}

/** Takes what a check with the key of a certificate costs; false where it is not left. */
function pays(state: SessionState, certificate: Certificate | undefined): boolean {
  const key = certificate === undefined ? undefined : publicKeyOf(certificate);
  return key === undefined || state.budget.take(verifyCost(key));
}

/** A wrong signature stays noted, whatever a renegotiation shows. */
function noteSignature({ connection }: SessionState, role: Direction, check: SignatureCheck): void {
  if (role === 'client') {
    if (connection.clientSignature !== 'invalid') connection.clientSignature = check;
  } else if (connection.serverSignature !== 'invalid') {
    connection.serverSignature = check;
  }
}

/** Signatures of an earlier handshake prove nothing of the certificate that comes now. */
function forgetSignature({ connection }: SessionState, role: Direction): void {
  if (role === 'client') {
    if (connection.clientSignature === 'valid') delete connection.clientSignature;
  } else if (connection.serverSignature === 'valid') {
    delete connection.serverSignature;
  }
}

/** Checks a Finished; the handshake is over with that of both sides. */
export function finished(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState,
  verifyData: Uint8Array,
  order: number,
): void {
  const { side } = item;
  const { connection } = state;
  const role = state.role(side);
  if (handshake.finished[role] !== undefined) return;
  const check = checkFinished(handshake, role, verifyData, order, side.trafficSecret);
  handshake.finished[role] = check;
  connection.finished[role] = check;
  if (check === 'invalid') {
    state.fault('finished-invalid', `The ${role}'s Finished does not fit the handshake.`, item.frame);
  }
  if (handshake.isFinished) connection.established = true;
  if (!handshake.isTls13) return;
  side.protection = undefined;
  side.awaiting = { handshake, stage: 'application', tried: false };
}
