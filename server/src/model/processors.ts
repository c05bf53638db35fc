import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** Reads a small file of the kernel; undefined if there is none. */
export type ReadSystemFile = (path: string) => string | undefined;

/** Reads system files from disk. */
const readSystemFile: ReadSystemFile = (path) => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** Processors this process may use: affinity, and the CPU quota of its control group (v2, then v1), rounded up. */
export function countProcessors(
  read: ReadSystemFile = readSystemFile,
  affinity: number = availableParallelism(),
): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max')?.split(' ').map(Number) ?? [
    Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1),
    Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 0),
  ];
  // "max" in v2 and -1 in v1 mean no limit.
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return affinity;
  return Math.max(1, Math.min(affinity, Math.ceil(quota / period)));
}

/** Bytes of memory that this process may use: the machine's, or the limit of its control group if that is lower. */
export function availableMemoryBytes(read: ReadSystemFile = readSystemFile, machineBytes: number = totalmem()): number {
  const limit = Number(read('/sys/fs/cgroup/memory.max') ?? read('/sys/fs/cgroup/memory/memory.limit_in_bytes') ?? NaN);
  return limit > 0 ? Math.min(machineBytes, limit) : machineBytes;
}
