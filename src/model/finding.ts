/** How much a finding matters, least first. */
export const SEVERITIES = ['info', 'note', 'warning', 'error'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Something that an engineer should know about a message, a connection or a capture. */
export type Finding = {
  /** Stable name of the rule that found it, as `smime/base64-encoding`. */
  readonly rule: string;
  readonly severity: Severity;
  /** One or two sentences: what was found, with the values that show it. */
  readonly summary: string;
  /** The text that the rule comes from, as `RFC 3853 §2`. */
  readonly reference?: string | undefined;
  /** Frame, header or path in the tree, as `frame 10` or `header Via`. */
  readonly where?: string | undefined;
};

/** Whether `severity` is `threshold` or worse. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}
