import { describe, expect, it } from 'vitest';
import type { AttemptRecord, AttemptState, AttemptTask } from './ledger.ts';
import { chooseRollbackTarget, type RollbackQuestion } from './rollback-target.ts';

const [A, B, C] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
let nextId = 1;

function attempt(
  task: AttemptTask,
  release: string,
  previousRelease: string | null,
  ...states: AttemptState[]
): AttemptRecord {
  nextId += 1;
  return {
    id: nextId,
    task,
    createdAt: '2026-01-31T12:00:00Z',
    payload: { release, previousRelease, image: 'image', endpoint: 'endpoint' },
    statuses: states.map((state) => ({ state, description: '' })),
  };
}

function question(changes: Partial<RollbackQuestion>): RollbackQuestion {
  return {
    environment: 'production',
    asked: undefined,
    force: false,
    leaving: B,
    attempts: [],
    declared: [A, B, C],
    ...changes,
  };
}

const verifiedA = attempt('deploy', A, null, 'inactive', 'success');
const verifiedB = attempt('deploy', B, A, 'success', 'in_progress');

describe('the target of a rollback', () => {
  it('is the last verified release that does not serve, also when its success has become inactive', () => {
    expect(chooseRollbackTarget(question({ attempts: [verifiedB, verifiedA] }))).toEqual({ release: A, warnings: [] });
  });

  it('is the last verified release when an unverified one serves', () => {
    const failed = attempt('deploy', C, B, 'error');
    expect(chooseRollbackTarget(question({ leaving: C, attempts: [failed, verifiedB, verifiedA] })).release).toBe(B);
  });

  it('is never the release that was just rolled back from', () => {
    const back = attempt('rollback', A, B, 'success');
    expect(() => chooseRollbackTarget(question({ leaving: A, attempts: [back, verifiedB, verifiedA] }))).toThrow(
      /bbbbbbbbbbbb was rolled back from/,
    );
  });

  it('may be such a release again once it was verified again', () => {
    const again = attempt('deploy', B, A, 'success');
    const back = attempt('rollback', A, B, 'success');
    const latest = attempt('deploy', C, B, 'success');
    const attempts = [latest, again, back, verifiedB, verifiedA];
    expect(chooseRollbackTarget(question({ leaving: C, attempts })).release).toBe(B);
  });

  it('skips what release.json no longer declares', () => {
    expect(() => chooseRollbackTarget(question({ attempts: [verifiedB, verifiedA], declared: [B] }))).toThrow(
      /aaaaaaaaaaaa is no longer in release.json/,
    );
  });

  it.each([
    ['never verified', { asked: C, attempts: [attempt('deploy', C, B, 'failure')] }, /never verified/],
    ['not declared', { asked: A, declared: [B, C], attempts: [verifiedA] }, /not declared/],
    ['not declared, although forced', { asked: A, declared: [B, C], force: true }, /not declared/],
  ])('is refused when the one asked for is %s', (_case, changes, message) => {
    expect(() => chooseRollbackTarget(question(changes))).toThrow(message);
  });

  it('is any declared release when forced, with a warning', () => {
    const target = chooseRollbackTarget(question({ asked: C, force: true }));
    expect(target.release).toBe(C);
    expect(target.warnings).toHaveLength(1);
  });
});
