/** Choices that are the same for the same seed, so that a run can be had again. */
import { seededRandom } from '../test/support/mutate.js';

export class Random {
  readonly next: () => number;

  constructor(seed: string) {
    this.next = seededRandom(seed);
    // The first numbers of seeds that are alike are alike.
    for (let count = 0; count < 4; count++) this.next();
  }

  /** A whole number from 0 up to `limit`, without it. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('there is nothing to pick from');
    return list[this.below(list.length)] as T;
  }
}
