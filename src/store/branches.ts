/**
 * Branches of a call: its INVITE transactions, as a proxy forks them (RFC 3261 §16.6). A final response ends one; the call
 * goes on ringing where another one rings (§16.7 forwards a failure once all have one).
 */

type Branch = {
  /** What tells the transaction. */
  readonly transaction: number;
  /** Addresses of who sent the INVITE, and of whom it went to. */
  readonly sender: number;
  readonly target: number;
  state: 'calling' | 'ringing' | 'cancelled' | 'final';
};

function isOpen(state: Branch['state']): boolean {
  return state === 'calling' || state === 'ringing';
}

/**
 * What the end of a branch means: the call is `over`, it goes on `ringing` by another branch, or it comes `late`, as the
 * caller was told an end before.
 */
export type Outcome = 'over' | 'ringing' | 'late';

/** Branches followed of a call: devices of a person; more would be no call of one. */
const MAX_BRANCHES = 32;

export class Branches {
  readonly #all: Branch[] = [];

  /** An INVITE, or the first that is seen of its transaction. */
  begin(transaction: number, sender: number, target: number): Branch | undefined {
    const known = this.#all.find((branch) => branch.transaction === transaction);
    if (known !== undefined || this.#all.length >= MAX_BRANCHES) return known;
    const begun: Branch = { transaction, sender, target, state: 'calling' };
    this.#all.push(begun);
    return begun;
  }

  get isRinging(): boolean {
    return this.#all.some(({ state }) => state === 'ringing');
  }

  /** A provisional response; answers whether the branch rings by it. */
  ring(branch: Branch | undefined): boolean {
    if (branch === undefined) return true;
    if (branch.state === 'calling') branch.state = 'ringing';
    return branch.state === 'ringing';
  }

  /** A CANCEL, which goes the way of its INVITE; answers as `fail` does. */
  cancel(sender: number, target: number): Outcome {
    const branch = this.#all.find(
      (one) => one.sender === sender && one.target === target && isOpen(one.state),
    );
    return branch === undefined ? 'over' : this.#end(branch, 'cancelled');
  }

  /** A failure that a branch ends with. */
  fail(branch: Branch | undefined): Outcome {
    return branch === undefined ? 'over' : this.#end(branch, 'final');
  }

  #end(branch: Branch, state: 'cancelled' | 'final'): Outcome {
    const isLate = !this.#isCallers(branch) && this.#isOverForCaller();
    branch.state = state;
    if (isLate) return 'late';
    return this.#goesOn(branch) ? 'ringing' : 'over';
  }

  /** Whether another branch rings that the end of this one does not end: of the same sender, or of one before it. */
  #goesOn(ended: Branch): boolean {
    return this.#all.some(
      (branch) => branch.state === 'ringing' && (branch.sender === ended.sender || !this.#isCallers(ended)),
    );
  }

  /** Whether a branch is of who made the call, and not of a proxy behind. */
  #isCallers({ sender }: Branch): boolean {
    return sender === this.#all[0]?.sender;
  }

  #isOverForCaller(): boolean {
    return this.#all.every((branch) => !this.#isCallers(branch) || branch.state === 'final');
  }
}
