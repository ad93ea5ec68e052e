import type { Body } from '../model/body.js';
import type { Finding, Severity } from '../model/finding.js';
import type { ConnectionSubject, Hop, MessageSubject } from './subject.js';

/** What every rule says of itself. */
export type RuleHeader = {
  /** Stable name, `folder/what`. */
  readonly id: string;
  readonly severity: Severity;
  /** The text that it comes from. */
  readonly reference?: string;
  /** A few words for a table. */
  readonly title: string;
  /** Why it matters and what to do, for `--explain`. */
  readonly explanation: string;
};

/** What a rule reports; the header gives the rest. `severity` overrides the rule's own where a case is milder. */
export type Report = (summary: string, where?: string, severity?: Severity) => void;

/**
 * A rule over a SIP message as a whole. `about` is what a message must have for the rule to be asked: nearly all messages
 * have none of it, and are told so without being parsed.
 */
export type MessageRule = RuleHeader & {
  readonly on: 'message';
  readonly check: (subject: MessageSubject, report: Report) => void;
} & (
    | {
        readonly about: /** A body that is a multipart or CMS. */
          | 'structured-body'
          /** An Identity header. */
          | 'identity'
          /** A copy in the clear of what was encrypted. */
          | 'clear-text-copies'
          /** Header values that run over several lines. */
          | 'folding';
      }
    | {
        /** How it travelled, as `concerns` says. */
        readonly about: 'hop';
        readonly concerns: (hop: Hop) => boolean;
      }
  );

/** A rule over one body that is a multipart or CMS: called for each of a message or entity, at any depth. */
export type BodyRule = RuleHeader & {
  readonly on: 'body';
  readonly check: (body: Body, path: string, report: Report) => void;
};

/** A rule over a TLS connection at its end. */
export type ConnectionRule = RuleHeader & {
  readonly on: 'connection';
  readonly check: (subject: ConnectionSubject, report: Report) => void;
};

export type Rule = MessageRule | BodyRule | ConnectionRule;

/** A finding of `rule`. */
export function finding(rule: RuleHeader, summary: string, where?: string, severity?: Severity): Finding {
  return { rule: rule.id, severity: severity ?? rule.severity, summary, reference: rule.reference, where };
}
