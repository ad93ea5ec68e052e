import { proofOf, whyNotProven } from '../../tls/proof.js';
import type { Certificate } from '../../x509/certificate.js';
import type { ChainVerdict } from '../../x509/chain.js';
import type { ConnectionSubject } from '../subject.js';

/** What one rule of a policy says of one connection. */
export type PolicyResult = {
  /** `cipher_suites.required`, as the policy file names it. */
  readonly rule: string;
  readonly passed: boolean;
  /** One sentence with the values that decide it. */
  readonly detail: string;
  /** The frame that proves it; undefined where the capture has none to show. */
  readonly frame?: number;
  readonly reference?: string;
};

/** The certificates that count for a connection: its own, or those of the session that it resumed. */
export type Credentials = {
  readonly certificates: readonly Certificate[];
  readonly clientCertificates: readonly Certificate[];
  readonly chain: ChainVerdict | undefined;
  /** Why it is not proven that the server has the key of its certificate; likewise the client. */
  readonly unproven: string | undefined;
  readonly clientUnproven: string | undefined;
  readonly frame: number | undefined;
  readonly clientFrame: number | undefined;
  /** Stream of the full handshake, where this connection resumed its session. */
  readonly resumedFrom: number | undefined;
};

export type PolicySubject = ConnectionSubject & { readonly credentials: Credentials };

export type RuleOutcome = Pick<PolicyResult, 'passed' | 'detail' | 'frame'>;

export type PolicyRule = {
  readonly name: string;
  /** A fact that cannot be seen is a failure: a policy gives proof, not hope. */
  readonly check: (subject: PolicySubject) => RuleOutcome;
};

/** A test in the filter's language, to be compiled by callers that know that language. */
export type Requirement = { readonly expression: string; readonly line: number };

export type Policy = {
  readonly name: string;
  readonly description?: string;
  readonly reference?: string;
  readonly rules: readonly PolicyRule[];
  readonly requirements: readonly Requirement[];
};

/** Sessions whose certificates are remembered for the connections that resume them. */
const MAX_REMEMBERED_SESSIONS = 10_000;

/** Judges the connections of a run by one policy, in their order. */
export class PolicyRun {
  readonly policy: Policy;
  readonly #rules: readonly PolicyRule[];
  readonly #sessions = new Map<string, Credentials>();

  /** `more`: rules beside those of the policy, as its requirements once they are compiled. */
  constructor(policy: Policy, more: readonly PolicyRule[] = []) {
    this.policy = policy;
    this.#rules = [...policy.rules, ...more];
  }

  /** What each rule says of a connection. */
  judge(subject: ConnectionSubject): readonly PolicyResult[] {
    const credentials = this.#credentials(subject);
    const { reference } = this.policy;
    return this.#rules.map(({ name, check }) => ({
      rule: name,
      ...check({ ...subject, credentials }),
      ...(reference === undefined ? {} : { reference }),
    }));
  }

  #credentials({ connection, verdict, tcpStream }: ConnectionSubject): Credentials {
    const { sessionId, resumed, certificates } = connection;
    const known = resumed && sessionId !== undefined ? this.#sessions.get(sessionId) : undefined;
    if (known !== undefined) return known;
    const own: Credentials = {
      certificates,
      clientCertificates: connection.clientCertificates,
      chain: verdict?.chain,
      unproven: whyNotProven(proofOf(connection, 'server'), 'server'),
      clientUnproven: whyNotProven(proofOf(connection, 'client'), 'client'),
      frame: connection.certificateFrame?.number,
      clientFrame: connection.clientCertificateFrame?.number,
      resumedFrom: undefined,
    };
    if (!resumed && sessionId !== undefined && certificates.length > 0) {
      if (this.#sessions.size >= MAX_REMEMBERED_SESSIONS) this.#sessions.clear();
      this.#sessions.set(sessionId, { ...own, resumedFrom: tcpStream });
    }
    return own;
  }
}
