/** TLS: recognition, decryption and dissection. */

export type { Direction } from '../model/endpoint.js';
export type { FrameRef } from '../model/frame-ref.js';
export type {
  Decryption,
  DecryptionReason,
  LostBytes,
  RecordFailure,
  SignatureCheck,
  StepMessage,
  TlsAlert,
  TlsConnection,
  TlsStep,
} from './connection.js';
export type { TlsContext, TlsHandler, TlsKeyLog, TlsKeys, TlsPrivateKey } from './context.js';
export type { DescribeOptions } from './describe.js';
export { describeTlsContent, describeTlsRecords } from './describe.js';
export { looksLikeTls } from './detect.js';
export type { Extension } from './extensions.js';
export type { ClientHello, HandshakeMessage, ServerHello } from './handshake.js';
export type { SuiteName } from './registries.js';
export { TlsSession } from './session.js';
export { SessionCache } from './session-cache.js';
