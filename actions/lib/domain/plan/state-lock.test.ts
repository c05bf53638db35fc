import { describe, expect, it } from 'vitest';
import { findLockingJob, lockedAt, lockError, parseStateLock, type ApplyJob } from './state-lock.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
/** What Terraform 1.11 prints when somebody else holds the lock. */
const detail = `Error message: operation error S3: PutObject, https response error StatusCode: 412
Lock Info:
  ID:        ${ID}
  Path:      a-bucket/scoring/dev/terraform.tfstate
  Operation: OperationTypeApply
  Who:       runner@fv-az1
  Version:   1.11.4
  Created:   2026-01-31 12:00:00.123456789 +0000 UTC
  Info:${' '}

Terraform acquires a state lock to protect the state from being written`;
const lock = parseStateLock([{ severity: 'error', summary: 'Error acquiring the state lock', detail }]);
const noon = Date.UTC(2026, 0, 31, 12);
const job = (more: Partial<ApplyJob> = {}): ApplyJob => ({
  ...{
    name: 'scoring / dev / Change / Apply / Run Terraform',
    runUrl: 'https://github.example/acme/models/actions/runs/7',
  },
  ...{ startedAt: noon - 60_000, completedAt: noon + 60_000, hasRunEnded: true },
  ...more,
});

describe('the lock of a state', () => {
  if (lock === undefined) throw new Error('the lock is not read');

  it('is read from what Terraform prints', () => {
    expect(lock).toMatchObject({ id: ID, who: 'runner@fv-az1', operation: 'OperationTypeApply' });
    expect(lockedAt(lock)).toBe(noon + 123);
    expect(lockedAt({ ...lock, created: 'yesterday' })).toBeUndefined();
    expect(parseStateLock([{ severity: 'error', summary: 'Unsupported argument', detail }])).toBeUndefined();
  });

  it.each<[string, Partial<ApplyJob>, boolean]>([
    ['ran at that time', {}, true],
    ['runs still', { completedAt: undefined, hasRunEnded: false }, true],
    ['started in that second', { startedAt: noon + 1_000 }, true],
    ['started later', { startedAt: noon + 30_000 }, false],
    ['ended before', { completedAt: noon - 30_000 }, false],
    ['is for another environment', { name: 'scoring / staging / Change / Apply / Run Terraform' }, false],
    [
      'is for an environment whose name has this one in it',
      { name: 'scoring / dev-eu / Change / Apply / Run Terraform' },
      false,
    ],
  ])('was taken by the job that %s', (_, more, found) => {
    expect(findLockingJob(lock, 'dev', [job(more)]) !== undefined).toBe(found);
  });

  it('is named with the run that holds it, without a way to break it while that run goes on', () => {
    const { message } = lockError('dev', lock, job({ hasRunEnded: false }));
    expect(message).toContain(
      'https://github.example/acme/models/actions/runs/7 (runner@fv-az1) holds it for OperationTypeApply',
    );
    expect(message).toContain('Wait for that run');
    expect(message).not.toContain('force-unlock');
  });

  it('is broken by a command where the run has ended', () => {
    expect(lockError('dev', lock, job()).message).toContain(`terraform force-unlock ${ID}`);
  });

  it('is not broken where no run took it, and whoever holds it is named', () => {
    const { message } = lockError('dev', lock, undefined);
    expect(message).toContain('ask who runs Terraform as runner@fv-az1');
    expect(message).not.toContain('force-unlock');
  });

  it('gets nothing into a command line that is no id', () => {
    expect(lockError('dev', { ...lock, id: '$(id)' }, job()).message).not.toContain('$(id)');
  });
});
