import { describe, expect, it } from 'vitest';
import { createAdmission } from './admission.ts';

describe('an admission', () => {
  it('lets in what a turn has room for, and then the newest and the oldest first', () => {
    const admitted: number[] = [];
    let deferred: (() => void)[] = [];
    const come = createAdmission(
      2,
      (newcomer: number) => admitted.push(newcomer),
      (callback) => {
        deferred.push(callback);
      },
    );
    const turn = (): number[] => {
      const callbacks = deferred;
      deferred = [];
      for (const callback of callbacks) callback();
      return admitted.splice(0);
    };
    for (const newcomer of [1, 2, 3, 4, 5]) come(newcomer);
    expect(admitted.splice(0)).toEqual([1, 2]);
    expect(turn()).toEqual([5, 3]);
    come(6);
    expect(admitted).toEqual([]);
    expect(turn()).toEqual([6, 4]);
    expect(turn()).toEqual([]);
    expect(deferred).toEqual([]);
    for (const newcomer of [7, 8, 9]) come(newcomer);
    expect(admitted.splice(0)).toEqual([7, 8]);
    expect(turn()).toEqual([9]);
  });
});
