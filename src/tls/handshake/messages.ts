/**
 * Handshake messages: RFC 8446 §4, RFC 5246 §7.4, RFC 6101 §5.6, and the SSLv2 ClientHello of RFC 5246 Appendix E.2.
 *
 * In: a Cursor over one message's body (without the four-byte header). Out: a value; a body that is cut short gives
 * what was read, with `malformed` set. Byte fields are views into the body. The same code with a TracingCursor makes
 * the field tree.
 */
import { Cursor } from '../../bytes/cursor.js';
import { equalBytes } from '../../bytes/text.js';
import { draftNumber, hasOldHelloForm, hasTicketNonce } from '../drafts.js';
import type { KeyExchange } from '../registries/cipher-suites.js';
import {
  clientCertificateTypeName,
  codePoint,
  compressionName,
  signatureSchemeName,
  suiteName,
  versionName,
} from '../registries/names.js';
import type { Extension } from './extensions.js';
import { ExtensionType, findExtension, readExtensions } from './extensions.js';
import type { ClientKeyExchange, ServerKeyExchange } from './key-exchange-messages.js';
import { readClientKeyExchange, readScheme, readServerKeyExchange } from './key-exchange-messages.js';

export type ClientHello = {
  readonly kind: 'client_hello';
  readonly format: 'tls' | 'ssl2';
  readonly version: number;
  /** 32 bytes; an SSLv2 challenge is filled up with zeros on the left. */
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: readonly number[];
  readonly extensions: readonly Extension[];
};
export type ServerHello = {
  readonly kind: 'server_hello';
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: readonly Extension[];
  /** TLS 1.3: the server asks for another ClientHello (RFC 8446 §4.1.4). */
  readonly retryRequest: boolean;
};
export type HandshakeMessage = (
  | ClientHello
  | ServerHello
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'certificate';
      /** DER, the sender's own first. */
      readonly certificates: readonly Uint8Array[];
      /** OCSP responses that TLS 1.3 sends beside them (RFC 8446 §4.4.2.1), DER. */
      readonly ocspResponses: readonly Uint8Array[];
      readonly requestContext: Uint8Array;
    }
  /** OCSP responses of TLS 1.2 and before (RFC 6066 §8, RFC 6961 §2.2), DER. */
  | { readonly kind: 'certificate_status'; readonly ocspResponses: readonly Uint8Array[] }
  | {
      readonly kind: 'certificate_request';
      readonly certificateTypes: readonly string[];
      readonly signatureSchemes: readonly string[];
      /** DER names. */
      readonly authorities: readonly Uint8Array[];
      readonly extensions: readonly Extension[];
    }
  | {
      readonly kind: 'certificate_verify';
      /** SignatureScheme; undefined before TLS 1.2. */
      readonly scheme: number | undefined;
      readonly signature: Uint8Array;
    }
  | ServerKeyExchange
  | ClientKeyExchange
  | {
      readonly kind: 'new_session_ticket';
      readonly lifetime: number;
      readonly ticket: Uint8Array;
      readonly extensions: readonly Extension[];
    }
  | { readonly kind: 'encrypted_extensions'; readonly extensions: readonly Extension[] }
  | { readonly kind: 'finished'; readonly verifyData: Uint8Array }
  | { readonly kind: 'key_update'; readonly updateRequested: boolean }
  | { readonly kind: 'other'; readonly body: Uint8Array }
) & { readonly malformed?: boolean };

export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  endOfEarlyData: 5,
  /** Of drafts of TLS 1.3 before 22. */
  helloRetryRequest: 6,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
  keyUpdate: 24,
} as const;

/** What a message's form depends on; undefined where it is not known. */
export type HandshakeContext = {
  readonly version: number | undefined;
  readonly keyExchange: KeyExchange | undefined;
};

/** SHA-256 of "HelloRetryRequest": the random that marks one (RFC 8446 §4.1.3). */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

const NO_BYTES = new Uint8Array(0);

/** Most OCSP responses taken of one message: one for each certificate. */
const MAX_OCSP_RESPONSES = 8;
/** CertificateStatusType ocsp_multi (RFC 6961); ocsp is 1. */
const OCSP_MULTI = 2;

const TLS12 = 0x0303;
const TLS13 = 0x0304;

/** Reads the body of a message of `type`. */
export function parseHandshake(type: number, cursor: Cursor, context: HandshakeContext): HandshakeMessage {
  const message = readBody(type, cursor, context);
  return cursor.shortage === undefined ? message : { ...message, malformed: true };
}

function readBody(type: number, cursor: Cursor, context: HandshakeContext): HandshakeMessage {
  const version = context.version ?? TLS12;
  switch (type) {
    case HandshakeType.helloRequest:
    case HandshakeType.serverHelloDone:
    case HandshakeType.endOfEarlyData:
      return { kind: 'empty' };
    case HandshakeType.clientHello:
      return readClientHello(cursor);
    case HandshakeType.serverHello:
      return readServerHello(cursor);
    case HandshakeType.helloRetryRequest:
      return readRetryRequest(cursor);
    case HandshakeType.newSessionTicket:
      return readTicket(cursor, version);
    case HandshakeType.encryptedExtensions:
      return {
        kind: 'encrypted_extensions',
        extensions: readExtensions(cursor, 'encrypted_extensions'),
      };
    case HandshakeType.certificate:
      return readCertificate(cursor, version);
    case HandshakeType.serverKeyExchange:
      return readServerKeyExchange(cursor, version, context.keyExchange);
    case HandshakeType.certificateRequest:
      return readCertificateRequest(cursor, version);
    case HandshakeType.certificateVerify: {
      const scheme = readScheme(cursor, version);
      return { kind: 'certificate_verify', scheme, signature: cursor.take(cursor.u16(), 'signature') };
    }
    case HandshakeType.clientKeyExchange:
      return readClientKeyExchange(cursor, version, context.keyExchange);
    case HandshakeType.certificateStatus:
      return { kind: 'certificate_status', ocspResponses: readCertificateStatus(cursor) };
    case HandshakeType.finished:
      return { kind: 'finished', verifyData: cursor.rest('verify_data') };
    case HandshakeType.keyUpdate:
      return { kind: 'key_update', updateRequested: cursor.u8('request_update') === 1 };
    default:
      return { kind: 'other', body: cursor.rest('body') };
  }
}

function readVersion(cursor: Cursor, name: string): number {
  const version = cursor.u16(name);
  cursor.explain(`${versionName(version)} (${codePoint(version)})`);
  return version;
}

function readSuite(cursor: Cursor): number {
  const suite = cursor.u16('cipher_suite');
  const { id, name } = suiteName(suite);
  cursor.explain(`${name} (${id})`);
  return suite;
}

function readCompression(cursor: Cursor): number {
  const method = cursor.u8('compression_method');
  cursor.explain(compressionName(method));
  return method;
}

function readClientHello(cursor: Cursor): ClientHello {
  const version = readVersion(cursor, 'client_version');
  const random = cursor.take(32, 'random');
  const sessionId = cursor.take(cursor.u8('session_id_length'), 'session_id');
  cursor.open('cipher_suites');
  const suitesEnd = cursor.u16('cipher_suites_length') + cursor.offset;
  const cipherSuites: number[] = [];
  while (cursor.shortage === undefined && cursor.offset < suitesEnd) cipherSuites.push(readSuite(cursor));
  cursor.close(`${cipherSuites.length} suites`);
  cursor.open('compression_methods');
  const methodsEnd = cursor.u8('compression_methods_length') + cursor.offset;
  const compressionMethods: number[] = [];
  while (cursor.shortage === undefined && cursor.offset < methodsEnd) {
    compressionMethods.push(readCompression(cursor));
  }
  cursor.close();
  const extensions = readExtensions(cursor, 'client_hello');
  return {
    kind: 'client_hello',
    format: 'tls',
    version,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions,
  };
}

/** An SSLv2 CLIENT-HELLO that offers SSL 3.0 or TLS; the cursor stands after its type byte. */
export function parseSsl2ClientHello(cursor: Cursor): ClientHello & { readonly malformed?: boolean } {
  const version = readVersion(cursor, 'version');
  const suitesLength = cursor.u16('cipher_spec_length');
  const idLength = cursor.u16('session_id_length');
  const challengeLength = cursor.u16('challenge_length');
  const suitesEnd = cursor.offset + suitesLength;
  const cipherSuites: number[] = [];
  while (cursor.shortage === undefined && cursor.offset < suitesEnd) {
    const kind = cursor.u24('cipher_kind');
    cursor.explain(suiteName(kind).name);
    cipherSuites.push(kind);
  }
  const sessionId = cursor.take(idLength, 'session_id');
  const challenge = cursor.take(challengeLength, 'challenge');
  const random = new Uint8Array(32);
  random.set(challenge.subarray(-32), 32 - Math.min(32, challenge.length));
  return {
    kind: 'client_hello',
    format: 'ssl2',
    version,
    random,
    sessionId,
    cipherSuites,
    compressionMethods: [0],
    extensions: [],
    ...(cursor.shortage === undefined ? {} : { malformed: true }),
  };
}

function readServerHello(cursor: Cursor): ServerHello {
  const version = readVersion(cursor, 'server_version');
  const random = cursor.take(32, 'random');
  const retryRequest = equalBytes(random, RETRY_RANDOM);
  const isLong = hasOldHelloForm(version);
  const sessionId = isLong ? cursor.take(cursor.u8('session_id_length'), 'session_id') : NO_BYTES;
  const cipherSuite = readSuite(cursor);
  const compressionMethod = isLong ? readCompression(cursor) : 0;
  const extensions = readExtensions(cursor, retryRequest ? 'hello_retry_request' : 'server_hello');
  return {
    kind: 'server_hello',
    version,
    random,
    sessionId,
    cipherSuite,
    compressionMethod,
    extensions,
    retryRequest,
  };
}

/** HelloRetryRequest before draft 22: a message of its own, with a suite from draft 19 on. */
function readRetryRequest(cursor: Cursor): ServerHello {
  const version = readVersion(cursor, 'server_version');
  const cipherSuite = (draftNumber(version) ?? 0) >= 19 ? readSuite(cursor) : 0;
  const extensions = readExtensions(cursor, 'hello_retry_request');
  const common = {
    kind: 'server_hello',
    random: RETRY_RANDOM,
    sessionId: NO_BYTES,
    compressionMethod: 0,
  } as const;
  return { ...common, version, cipherSuite, extensions, retryRequest: true };
}

function readTicket(cursor: Cursor, version: number): HandshakeMessage {
  const lifetime = cursor.u32('ticket_lifetime');
  if (version < TLS13) {
    const ticket = cursor.take(cursor.u16(), 'ticket');
    return { kind: 'new_session_ticket', lifetime, ticket, extensions: [] };
  }
  cursor.u32('ticket_age_add');
  if (hasTicketNonce(version)) cursor.take(cursor.u8(), 'ticket_nonce');
  const ticket = cursor.take(cursor.u16(), 'ticket');
  const extensions = readExtensions(cursor, 'new_session_ticket');
  return { kind: 'new_session_ticket', lifetime, ticket, extensions };
}

function readCertificate(cursor: Cursor, version: number): HandshakeMessage {
  const requestContext =
    version >= TLS13 ? cursor.take(cursor.u8(), 'certificate_request_context') : NO_BYTES;
  const end = cursor.u24('certificates_length') + cursor.offset;
  const certificates: Uint8Array[] = [];
  const ocspResponses: Uint8Array[] = [];
  while (cursor.shortage === undefined && cursor.offset < end) {
    const certificate = cursor.take(cursor.u24(), 'certificate');
    const extensions = version >= TLS13 ? readExtensions(cursor, 'certificate') : [];
    if (cursor.shortage === undefined) certificates.push(certificate);
    const status = findExtension(extensions, ExtensionType.statusRequest);
    const [response] = status === undefined ? [] : readCertificateStatus(new Cursor(status.data));
    if (response !== undefined && ocspResponses.length < MAX_OCSP_RESPONSES) ocspResponses.push(response);
  }
  return { kind: 'certificate', certificates, ocspResponses, requestContext };
}

/** CertificateStatus: one OCSP response (`ocsp`), or one for each certificate, some of them empty (`ocsp_multi`). */
function readCertificateStatus(cursor: Cursor): readonly Uint8Array[] {
  const type = cursor.u8('status_type');
  const end = type === OCSP_MULTI ? cursor.u24('responses_length') + cursor.offset : cursor.end;
  const responses: Uint8Array[] = [];
  while (type <= OCSP_MULTI && cursor.shortage === undefined && cursor.offset < end) {
    const response = cursor.take(cursor.u24(), 'ocsp_response');
    if (cursor.shortage === undefined && response.length > 0 && responses.length < MAX_OCSP_RESPONSES)
      responses.push(response);
  }
  return responses;
}

function readCertificateRequest(cursor: Cursor, version: number): HandshakeMessage {
  if (version >= TLS13) {
    cursor.take(cursor.u8(), 'certificate_request_context');
    const extensions = readExtensions(cursor, 'certificate_request');
    const signatureSchemes = extensions.find((extension) => extension.type === 13)?.values ?? [];
    return {
      kind: 'certificate_request',
      certificateTypes: [],
      signatureSchemes,
      authorities: [],
      extensions,
    };
  }
  const certificateTypes = [...cursor.take(cursor.u8(), 'certificate_types')].map(clientCertificateTypeName);
  const signatureSchemes: string[] = [];
  if (version >= TLS12) {
    const schemesEnd = cursor.u16('signature_algorithms_length') + cursor.offset;
    while (cursor.shortage === undefined && cursor.offset < schemesEnd) {
      const name = signatureSchemeName(cursor.u16('signature_algorithm'));
      cursor.explain(name);
      signatureSchemes.push(name);
    }
  }
  const end = cursor.u16('certificate_authorities_length') + cursor.offset;
  const authorities: Uint8Array[] = [];
  while (cursor.shortage === undefined && cursor.offset < end) {
    authorities.push(cursor.take(cursor.u16(), 'distinguished_name'));
  }
  return { kind: 'certificate_request', certificateTypes, signatureSchemes, authorities, extensions: [] };
}
