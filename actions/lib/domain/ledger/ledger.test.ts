import { describe, expect, it } from 'vitest';
import { packBaseline, type Baseline } from '../smoke/baseline.ts';
import { attemptPayload, findBaseline, type AttemptRecord, type AttemptTask } from './ledger.ts';

const baselineWith = (detail: string): Baseline => ({ case: { kind: 'refused', request: 'a', detail } });

function attempt(release: string, baseline: unknown, task: AttemptTask = 'deploy'): AttemptRecord {
  const payload = attemptPayload.parse({ release, previousRelease: null, image: 'i', endpoint: 'e', baseline });
  return { id: 1, task, payload, createdAt: '2026-01-31T12:00:00Z', statuses: [] };
}

describe('the baseline in the ledger', () => {
  it('is that of the newest deployment of the release that has one', () => {
    const attempts = [
      attempt('green', undefined),
      attempt('other', packBaseline(baselineWith('of another release'))),
      attempt('green', packBaseline(baselineWith('newer')), 'rollback'),
      attempt('green', 'no baseline'),
      attempt('green', packBaseline(baselineWith('the one'))),
      attempt('green', packBaseline(baselineWith('older'))),
    ];
    expect(findBaseline(attempts, 'green')).toEqual(baselineWith('the one'));
  });

  it('is unknown where the ledger has it in an older form', () => {
    expect(findBaseline([attempt('green', { case: '{"y":[2]}' })], 'green')).toBeUndefined();
  });
});
