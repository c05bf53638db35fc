import { describe, expect, it } from 'vitest';
import { createTimeSlicedQueue } from './time-sliced-queue.ts';

describe('a time-sliced queue', () => {
  it('runs the tasks that fit into a slice at once, and the others in later turns, in order', () => {
    let time = 0;
    let deferred: (() => void)[] = [];
    const done: number[] = [];
    const queue = createTimeSlicedQueue(
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
      queue.run(() => {
        time += 3;
        done.push(task);
        return 'done';
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

  it('calls a task with more work again, after the others that wait', () => {
    let time = 0;
    const deferred: (() => void)[] = [];
    const done: string[] = [];
    const queue = createTimeSlicedQueue(
      5,
      () => time,
      (callback) => deferred.push(callback),
    );
    for (const name of ['a', 'b']) {
      let steps = 0;
      queue.run(() => {
        time += 4;
        done.push(`${name}${++steps}`);
        return steps < 3 ? 'more' : 'done';
      });
    }
    for (let callback = deferred.shift(); callback !== undefined; callback = deferred.shift()) callback();
    expect(done).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'b3']);
  });
});
