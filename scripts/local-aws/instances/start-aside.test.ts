import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import type { RunningInstance } from './launcher.ts';
import { startAside, STARTING_NICENESS } from './start-aside.ts';

const canGiveBack = process.platform === 'linux' && process.getuid?.() === 0;

it('gives every thread of an instance its priority back at the first healthy ping, where it can', async () => {
  const child = spawn(process.execPath, ['--eval', 'console.log("up"); setTimeout(() => {}, 60_000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error('the process was not started');
    let isHealthy = false;
    const bare: RunningInstance = {
      address: undefined,
      ended: new Promise(() => undefined),
      ping: () => Promise.resolve(isHealthy),
      invoke: () => Promise.reject(new Error('not asked for')),
      stop: () => Promise.resolve(),
    };
    const instance = startAside(bare, pid);
    await once(child.stdout, 'data');
    const priorities = (): readonly number[] =>
      canGiveBack
        ? readdirSync(`/proc/${String(pid)}/task`).map((thread) => getPriority(Number(thread)))
        : [getPriority(pid)];
    const before = getPriority();
    expect(await instance.ping(1000)).toBe(false);
    expect(priorities()).toContain(canGiveBack ? STARTING_NICENESS : before);
    isHealthy = true;
    expect(await instance.ping(1000)).toBe(true);
    expect(new Set(priorities())).toEqual(new Set([canGiveBack ? 0 : before]));
  } finally {
    child.kill('SIGKILL');
  }
});
