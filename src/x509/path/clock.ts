/**
 * The time at which a path is judged, and for how long around it the judgement would be the same: each date that is
 * compared with it narrows that span.
 */
export class JudgedTime {
  /** The judgement is the same at each second from the first up to the second, which is not one of them. */
  from = Number.NEGATIVE_INFINITY;
  until = Number.POSITIVE_INFINITY;

  /** @param atSeconds Unix epoch, UTC */
  constructor(readonly atSeconds: number) {}

  /** Whether the time is `seconds` or later. */
  isFrom(seconds: number): boolean {
    if (this.atSeconds >= seconds) {
      this.from = Math.max(this.from, seconds);
      return true;
    }
    if (!Number.isNaN(seconds)) this.until = Math.min(this.until, seconds);
    return false;
  }

  /** Whether the second that begins at `seconds` has ended (RFC 5280 §4.1.2.5: notAfter is included). */
  isAfter(seconds: number): boolean {
    return this.isFrom(seconds + 1);
  }
}
