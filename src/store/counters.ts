/** What the statistics view counts, in the order in which it was first seen. */

/** Different names counted apart; hostile input must not fill the memory with its own. */
const MAX_NAMES = 200;

/** Upper bounds of the classes of response times, in seconds; the last class has none. */
export const RESPONSE_TIME_BOUNDS: readonly number[] = [0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 4];

export type Counts = ReadonlyMap<string, number>;

export class Counters {
  readonly methods = new Map<string, number>();
  readonly statusClasses = new Map<string, number>();
  readonly statuses = new Map<string, number>();
  readonly transports = new Map<string, number>();
  readonly security = new Map<string, number>();
  /** A count for each class of RESPONSE_TIME_BOUNDS, and one for longer times. */
  readonly responseTimes: number[] = new Array<number>(RESPONSE_TIME_BOUNDS.length + 1).fill(0);
  /** Sum and number of the response times by method. */
  readonly responses = new Map<string, { count: number; seconds: number; longest: number }>();
  retransmissions = 0;

  message(method: string, statusCode: number, label: string, transport: string, security: string): void {
    if (statusCode === 0) count(this.methods, method);
    else {
      count(this.statusClasses, `${Math.floor(statusCode / 100)}xx`);
      count(this.statuses, label);
    }
    count(this.transports, transport);
    count(this.security, security === '' ? 'none' : security);
  }

  response(method: string, seconds: number): void {
    const found = RESPONSE_TIME_BOUNDS.findIndex((bound) => seconds < bound);
    const index = found < 0 ? RESPONSE_TIME_BOUNDS.length : found;
    this.responseTimes[index] = (this.responseTimes[index] ?? 0) + 1;
    const known = this.responses.get(method);
    if (known !== undefined) {
      known.count++;
      known.seconds += seconds;
      known.longest = Math.max(known.longest, seconds);
    } else if (this.responses.size < MAX_NAMES)
      this.responses.set(method, { count: 1, seconds, longest: seconds });
  }
}

function count(counts: Map<string, number>, name: string): void {
  const known = counts.get(name);
  if (known !== undefined) counts.set(name, known + 1);
  else if (counts.size < MAX_NAMES) counts.set(name, 1);
  else counts.set('others', (counts.get('others') ?? 0) + 1);
}
