import { describe, expect, it } from 'vitest';
import { availableMemoryBytes, countProcessors } from './processors.ts';

const files = (content: Record<string, string>) => (path: string) => content[path];

describe('countProcessors', () => {
  it.each([
    ['no control group', {}, 8],
    ['version 2 without a limit', { '/sys/fs/cgroup/cpu.max': 'max 100000' }, 8],
    ['version 2 with one and a half processors', { '/sys/fs/cgroup/cpu.max': '150000 100000' }, 2],
    ['a limit above the affinity', { '/sys/fs/cgroup/cpu.max': '6400000 100000' }, 8],
    ['a tenth of a processor', { '/sys/fs/cgroup/cpu.max': '10000 100000' }, 1],
    [
      'version 1',
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
      4,
    ],
    [
      'version 1 without a limit',
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
      8,
    ],
  ])('heeds %s', (_, content, expected) => {
    expect(countProcessors(files(content), 8)).toBe(expected);
  });
});

describe('availableMemoryBytes', () => {
  it.each([
    [{}, 1000],
    [{ '/sys/fs/cgroup/memory.max': 'max' }, 1000],
    [{ '/sys/fs/cgroup/memory.max': '600' }, 600],
    [{ '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712' }, 1000],
  ])('of %j is %i', (content, expected) => {
    expect(availableMemoryBytes(files(content), 1000)).toBe(expected);
  });
});
