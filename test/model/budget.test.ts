import { describe, expect, it } from 'vitest';
import { RunBudget, WorkBudget } from '../../src/model/budget.js';

const spendAll = (budget: WorkBudget, step: number): number => {
  let spent = 0;
  while (budget.take(step)) spent += step;
  return spent;
};

describe('the budget of a message', () => {
  it('ends well under a second, and counts what was refused', () => {
    const budget = new WorkBudget(1000);
    expect(spendAll(budget, 1000)).toBeLessThan(700_000);
    expect(budget.refusals).toBe(1);
  });

  it('takes nothing where so much is not left', () => {
    const budget = new WorkBudget(1000);
    expect(budget.take(10_000_000)).toBe(false);
    expect(budget.take(1000)).toBe(true);
  });
});

describe('the budget of a run', () => {
  it('bounds many messages made for it together: 64 KB of them take under three seconds', () => {
    const run = new RunBudget();
    let spent = 0;
    for (let message = 0; message < 128; message++) spent += spendAll(run.budget(512), 5700);
    expect(spent).toBeGreaterThan(1_000_000);
    expect(spent).toBeLessThan(3_000_000);
  });

  it('is never met by messages as they are: 3 ms of work in each 2 KB', () => {
    const run = new RunBudget();
    for (let message = 0; message < 100_000; message++) expect(run.budget(2048).take(3000)).toBe(true);
  });

  it('saves up no more than it began with, however long nothing asks for work', () => {
    const run = new RunBudget();
    run.earn(1_000_000_000);
    let spent = 0;
    for (let message = 0; message < 100; message++) spent += spendAll(run.budget(0), 1000);
    expect(spent).toBeLessThan(2_000_000);
  });

  it('is as many times larger as the user asks for, for a message and for all', () => {
    const usual = spendAll(new RunBudget().budget(0), 1000);
    expect(spendAll(new RunBudget(3).budget(0), 1000)).toBe(3 * usual);
    const run = new RunBudget(2);
    let all = 0;
    for (let message = 0; message < 100; message++) all += spendAll(run.budget(0), 1000);
    expect(all).toBe(2_000_000);
  });

  it('counts inflated bytes over all messages', () => {
    const run = new RunBudget();
    let inflated = 0;
    for (let message = 0; message < 200; message++) {
      const budget = run.budget(600);
      inflated += budget.inflatable;
      budget.countInflated(budget.inflatable);
    }
    expect(inflated).toBeLessThan(40 * 1024 * 1024);
    // A message that inflates as text does finds room all the same.
    const text = run.budget(6000);
    expect(text.inflatable).toBeGreaterThanOrEqual(60_000);
  });
});
