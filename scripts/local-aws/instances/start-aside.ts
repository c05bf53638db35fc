import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { RunningInstance } from './launcher.ts';

/** A quarter of the CPU share of serving instances (Linux: each step of niceness is a factor of 1.25). */
export const STARTING_NICENESS = 6;

/**
 * Runs an instance with a lower priority until its first healthy ping: on SageMaker it has a machine of its own, and its
 * start takes no CPU from serving instances. Only where priority can be given back, which takes root on Linux.
 */
export function startAside(instance: RunningInstance, pid: number | undefined): RunningInstance {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (pid === undefined || !isRoot || !trySetPriority(pid, STARTING_NICENESS)) return instance;
  let isStarting = true;
  return {
    ...instance,
    async ping(timeoutMilliseconds) {
      const isHealthy = await instance.ping(timeoutMilliseconds);
      if (isHealthy && isStarting) {
        isStarting = false;
        // Each thread has a niceness of its own, from the one that started it.
        for (const thread of threadsOf(pid)) trySetPriority(thread, 0);
      }
      return isHealthy;
    },
  };
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).map(Number);
  } catch {
    // It has ended already.
    return [];
  }
}

function trySetPriority(pid: number, niceness: number): boolean {
  try {
    setPriority(pid, niceness);
    return true;
  } catch {
    return false;
  }
}
