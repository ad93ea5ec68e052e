import type { TlsStep } from '../../tls/connection.js';
import { ExtensionType, findExtension } from '../../tls/handshake/extensions.js';
import { cipherSuite } from '../../tls/registries/cipher-suites.js';
import type { SuiteName } from '../../tls/registries/names.js';
import type { Certificate } from '../../x509/certificate.js';
import { isSelfIssued } from '../../x509/chain.js';
import { matchSipDomain } from '../../x509/identity.js';
import { intendedBy, validityAt } from '../tls/verdict.js';
import type { Pattern } from './pattern.js';
import type { Credentials, PolicyRule, PolicySubject, RuleOutcome } from './policy.js';

/** The rules that a policy file can ask for. Each names the values that decide it and the frame that shows them. */

const TLS13 = 0x0304;
/** Content type of handshake records. */
const HANDSHAKE = 22;

type Frame = { readonly number: number } | undefined;

function outcome(passed: boolean, detail: string, frame: Frame | number): RuleOutcome {
  const number = typeof frame === 'number' ? frame : frame?.number;
  return { passed, detail, ...(number === undefined ? {} : { frame: number }) };
}

/** Where a fact should have been shown, and was not. */
function unseen(what: string, { connection }: PolicySubject): RuleOutcome {
  const fatal = connection.alerts.find(({ level }) => level === 'fatal');
  const why =
    fatal === undefined
      ? ''
      : `; the ${fatal.sender} sent ${fatal.description} in frame ${fatal.frame.number}`;
  return outcome(false, `${what} was not seen${why}`, connection.firstFrame);
}

function names(suites: readonly { readonly name: string }[]): string {
  return suites.map(({ name }) => name).join(', ');
}

function matching(suites: readonly SuiteName[], patterns: readonly Pattern[]): SuiteName[] {
  return suites.filter((suite) => patterns.some((pattern) => pattern.matches(suite.name, suite.id)));
}

export function versionsAllowed(allowed: readonly string[]): PolicyRule {
  return {
    name: 'versions.allowed',
    check: (subject) => {
      const { version, serverHelloFrame } = subject.connection;
      if (version === undefined) return unseen('the ServerHello', subject);
      const passed = allowed.includes(version);
      const detail = passed
        ? `${version} was chosen`
        : `${version} was chosen; allowed: ${allowed.join(', ')}`;
      return outcome(passed, detail, serverHelloFrame);
    },
  };
}

export function suitesAllowed(patterns: readonly Pattern[]): PolicyRule {
  return {
    name: 'cipher_suites.allowed',
    check: (subject) => {
      const { cipherSuite: suite, serverHelloFrame } = subject.connection;
      if (suite === undefined) return unseen('the ServerHello', subject);
      const passed = matching([suite], patterns).length > 0;
      return outcome(
        passed,
        `${suite.name} was chosen${passed ? '' : ' and is not allowed'}`,
        serverHelloFrame,
      );
    },
  };
}

export function suitesForbidden(patterns: readonly Pattern[]): PolicyRule {
  return {
    name: 'cipher_suites.forbidden',
    check: (subject) => {
      const { cipherSuite: suite, serverHelloFrame } = subject.connection;
      if (suite === undefined) return unseen('the ServerHello', subject);
      const by = patterns.find((pattern) => pattern.matches(suite.name, suite.id));
      const detail = `${suite.name} was chosen${by === undefined ? '' : `, which ${by.text} forbids`}`;
      return outcome(by === undefined, detail, serverHelloFrame);
    },
  };
}

export function suitesRequired(patterns: readonly Pattern[]): PolicyRule {
  return {
    name: 'cipher_suites.required',
    check: (subject) => {
      const { cipherSuitesOffered: offered, clientHelloFrame } = subject.connection;
      if (clientHelloFrame === undefined) return unseen('the ClientHello', subject);
      const missing = patterns.filter((pattern) => matching(offered, [pattern]).length === 0);
      const detail =
        missing.length === 0
          ? `${patterns.map(({ text }) => text).join(', ')} offered`
          : `${missing.map(({ text }) => text).join(', ')} not offered, only ${names(offered)}`;
      return outcome(missing.length === 0, detail, clientHelloFrame);
    },
  };
}

export function suitesNotOffered(patterns: readonly Pattern[]): PolicyRule {
  return {
    name: 'cipher_suites.not_offered',
    check: (subject) => {
      const { cipherSuitesOffered: offered, clientHelloFrame } = subject.connection;
      if (clientHelloFrame === undefined) return unseen('the ClientHello', subject);
      const wrong = matching(offered, patterns);
      const detail =
        wrong.length === 0
          ? `none of ${offered.length} suites offered is among them`
          : `offered: ${names(wrong)}`;
      return outcome(wrong.length === 0, detail, clientHelloFrame);
    },
  };
}

/** Runs over each certificate that was shown; the first that fails tells. */
function eachCertificate(
  name: string,
  fault: (certificate: Certificate, subject: PolicySubject) => string | undefined,
  fine: (certificates: readonly Certificate[], subject: PolicySubject) => string,
): PolicyRule {
  return {
    name,
    check: (subject) => {
      const { credentials } = subject;
      if (credentials.certificates.length === 0) return noCertificate(subject);
      const shown = [
        ...credentials.certificates.map((certificate) => ({ certificate, frame: credentials.frame })),
        ...credentials.clientCertificates.map((certificate) => ({
          certificate,
          frame: credentials.clientFrame,
        })),
      ];
      for (const { certificate, frame } of shown) {
        const found = fault(certificate, subject);
        if (found !== undefined) return outcome(false, `${found}${resumedFrom(credentials)}`, asFrame(frame));
      }
      const all = shown.map(({ certificate }) => certificate);
      return outcome(true, `${fine(all, subject)}${resumedFrom(credentials)}`, asFrame(credentials.frame));
    },
  };
}

function asFrame(number: number | undefined): Frame {
  return number === undefined ? undefined : { number };
}

function resumedFrom({ resumedFrom: stream }: Credentials): string {
  return stream === undefined ? '' : ` (shown in tcp stream ${stream}, whose session is resumed)`;
}

/** A certificate says nothing of who sent it until its key has been shown at work. */
function unproven(credentials: Credentials): RuleOutcome {
  return outcome(false, `${credentials.unproven}${resumedFrom(credentials)}`, asFrame(credentials.frame));
}

function noCertificate(subject: PolicySubject): RuleOutcome {
  const { connection } = subject;
  if (connection.resumed) {
    const why = 'the session is resumed, and the handshake that showed its certificate is not in the capture';
    return outcome(false, why, connection.serverHelloFrame);
  }
  if (connection.versionCode === TLS13) {
    const why = 'the certificate is encrypted in TLS 1.3, and the handshake was not opened';
    return outcome(false, why, connection.serverHelloFrame);
  }
  return unseen('the server’s certificate', subject);
}

/** Least bits by the kind of key: `rsa` (RSA, DSA, DH) and `ec` (all curves). */
export function keySize(minimum: { readonly rsa?: number; readonly ec?: number }): PolicyRule {
  const leastOf = ({ publicKey }: Certificate): number =>
    (publicKey.curve === undefined && !/^(Ed|X)\d/.test(publicKey.algorithm) ? minimum.rsa : minimum.ec) ?? 0;
  return eachCertificate(
    'key_size',
    (certificate) => {
      const { algorithm, bits } = certificate.publicKey;
      const least = leastOf(certificate);
      if (bits >= least) return undefined;
      return `the ${algorithm} key of "${certificate.subject}" has ${bits} bits, less than ${least}`;
    },
    (certificates) =>
      certificates.map(({ publicKey }) => `${publicKey.algorithm} ${publicKey.bits} bits`).join(', '),
  );
}

/** The signature of a root on itself proves nothing and is not looked at. */
export function signatureAlgorithms(kind: 'allowed' | 'forbidden', patterns: readonly Pattern[]): PolicyRule {
  return eachCertificate(
    `signature_algorithms.${kind}`,
    (certificate) => {
      if (isSelfIssued(certificate)) return undefined;
      const { signatureAlgorithm: algorithm } = certificate;
      const matches = patterns.some((pattern) => pattern.matches(algorithm));
      if (matches === (kind === 'allowed')) return undefined;
      return `"${certificate.subject}" is signed with ${algorithm}`;
    },
    (certificates) =>
      `signed with ${[...new Set(certificates.map((each) => each.signatureAlgorithm))].join(', ')}`,
  );
}

export function notExpired(): PolicyRule {
  return eachCertificate(
    'not_expired',
    (certificate, { verdict }) => {
      if (verdict === undefined) return 'the time is not known';
      const validity = validityAt(certificate, verdict.atSeconds);
      if (validity === 'valid') return undefined;
      const { subject, notBefore, notAfter } = certificate;
      return `"${subject}" is ${validity.replaceAll('_', ' ')}: its dates are ${notBefore} to ${notAfter}`;
    },
    (certificates) => `within the dates, until ${certificates[0]?.notAfter ?? ''}`,
  );
}

export function identityMatches(): PolicyRule {
  return {
    name: 'identity',
    check: (subject) => {
      const { verdict, credentials } = subject;
      const [leaf] = credentials.certificates;
      if (leaf === undefined) return noCertificate(subject);
      if (credentials.unproven !== undefined) return unproven(credentials);
      const intended = verdict?.intended;
      const frame = asFrame(credentials.frame);
      if (intended === undefined) {
        const why =
          'what the client meant is not known: no server name indication, and no request inside could be read';
        return outcome(false, why, frame);
      }
      const { status, expected, reason } = matchSipDomain(leaf, intended.host);
      const detail = `the client asked for ${expected} (${intendedBy(intended)}); ${reason.replace(/^The/, 'the').replace(/\.$/, '')}`;
      return outcome(status === 'match', `${detail}${resumedFrom(credentials)}`, frame);
    },
  };
}

export function chainValid(): PolicyRule {
  return {
    name: 'chain',
    check: (subject) => {
      const { credentials } = subject;
      const { chain } = credentials;
      if (chain === undefined) return noCertificate(subject);
      if (credentials.unproven !== undefined && chain.status === 'valid') return unproven(credentials);
      const hint = chain.status === 'no_anchors' ? ' Give one with --ca.' : '';
      const detail = `${chain.status}: ${chain.reason}${hint}${resumedFrom(credentials)}`;
      return outcome(chain.status === 'valid', detail, asFrame(credentials.frame));
    },
  };
}

export function mutual(wanted: boolean): PolicyRule {
  return {
    name: 'mutual',
    check: (subject) => {
      const { connection, credentials } = subject;
      if (connection.serverHelloFrame === undefined) return unseen('the ServerHello', subject);
      const shown = connection.mutual || credentials.clientCertificates.length > 0;
      const seen = shown && credentials.clientUnproven === undefined;
      const detail = shown
        ? credentials.clientUnproven !== undefined
          ? `the client showed a certificate, but ${credentials.clientUnproven}`
          : 'the client authenticated with a certificate'
        : connection.clientCertificateRequested
          ? 'the server asked for a client certificate and got none'
          : 'the client showed no certificate';
      return outcome(
        seen === wanted,
        detail,
        asFrame(credentials.clientFrame) ?? connection.serverHelloFrame,
      );
    },
  };
}

export function extendedMasterSecret(wanted: boolean): PolicyRule {
  return {
    name: 'extended_master_secret',
    check: (subject) => {
      const { connection } = subject;
      if (connection.serverHelloFrame === undefined) return unseen('the ServerHello', subject);
      if (connection.versionCode === TLS13) {
        return outcome(wanted, 'TLS 1.3 has it built in (RFC 8446 Appendix D)', connection.serverHelloFrame);
      }
      const { extendedMasterSecret: agreed, clientExtensions } = connection;
      const offered = findExtension(clientExtensions, ExtensionType.extendedMasterSecret) !== undefined;
      const detail = agreed
        ? 'agreed'
        : offered
          ? 'the server did not agree to it'
          : 'the client did not offer it';
      return outcome(
        agreed === wanted,
        detail,
        agreed || offered ? connection.serverHelloFrame : connection.clientHelloFrame,
      );
    },
  };
}

export function forwardSecrecy(wanted: boolean): PolicyRule {
  return {
    name: 'forward_secrecy',
    check: (subject) => {
      const { cipherSuite: suite, serverHelloFrame, serverExtensions, versionCode } = subject.connection;
      if (suite === undefined) return unseen('the ServerHello', subject);
      const { forwardSecrecy: bySuite, keyExchange } = cipherSuite(Number.parseInt(suite.id, 16));
      // TLS 1.3 suites leave the key exchange open: with psk_ke there is no Diffie-Hellman (RFC 8446 §4.2.9).
      const shared = findExtension(serverExtensions, ExtensionType.keyShare) !== undefined;
      const has = versionCode === TLS13 ? shared : bySuite;
      const exchange =
        versionCode === TLS13 ? (shared ? 'an ephemeral key share' : 'a pre-shared key alone') : keyExchange;
      return outcome(has === wanted, `the key exchange is ${exchange} (${suite.name})`, serverHelloFrame);
    },
  };
}

export function established(wanted: boolean): PolicyRule {
  return {
    name: 'established',
    check: (subject) => {
      const { connection } = subject;
      const isHandshake = ({ contentType, innerType }: TlsStep): boolean =>
        (innerType ?? contentType) === HANDSHAKE;
      const last = connection.steps.findLast(isHandshake)?.frame ?? connection.firstFrame;
      const { unproven: server, clientUnproven: client } = subject.credentials;
      const flaw = server ?? client;
      if (connection.established && flaw !== undefined) {
        return outcome(!wanted, `the handshake came to its end, but ${flaw}`, last);
      }
      if (connection.established) return outcome(wanted, 'the handshake came to its end', last);
      const fatal = connection.alerts.find(({ level }) => level === 'fatal');
      const why = fatal === undefined ? '' : `: the ${fatal.sender} sent ${fatal.description}`;
      return outcome(!wanted, `the handshake did not come to its end${why}`, fatal?.frame ?? last);
    },
  };
}
