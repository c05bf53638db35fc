import { describe, expect, it } from 'vitest';
import { createTurnBudget } from './turn-budget.ts';

describe('a turn budget', () => {
  it('runs what fits into a turn at once, and the rest in the turns after it, in order', () => {
    let time = 0;
    let deferred: (() => void)[] = [];
    const done: number[] = [];
    const budget = createTurnBudget(
      5,
      () => time,
      (callback) => {
        deferred.push(callback);
      },
    );
    const turn = (): void => {
      const callbacks = deferred;
      deferred = [];
      for (const callback of callbacks) callback();
    };
    for (let task = 1; task <= 7; task++) {
      budget.spend(() => {
        time += 3;
        done.push(task);
      });
    }
    expect(done).toEqual([1, 2]);
    turn();
    expect(done).toEqual([1, 2, 3, 4]);
    turn();
    turn();
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
    turn();
    expect(deferred).toEqual([]);
  });
});
