import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

const GUARD = path.join(import.meta.dirname, 'orphan-guard.ts');
const SOURCE = `
import { spawn, spawnSync } from 'node:child_process';
import { createOrphanGuard } from ${JSON.stringify(GUARD)};
const guard = createOrphanGuard();
const start = () => spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
const [watched, released] = [start(), start()];
guard.watch(watched.pid);
guard.watch(released.pid);
guard.release(released.pid);
console.log(JSON.stringify({ watched: watched.pid, released: released.pid }));
setTimeout(() => {}, 60_000);
`;

/** Whether a process runs; a zombie (state Z) does not. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

it('kills the watched processes when its own process is killed, and no others', async () => {
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', SOURCE], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const { watched, released } = JSON.parse(line) as { watched: number; released: number };
  try {
    expect([watched, released].map(isRunning)).toEqual([true, true]);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    for (const deadline = Date.now() + 10_000; isRunning(watched) && Date.now() < deadline;) await delay(20);
    expect([watched, released].map(isRunning)).toEqual([false, true]);
  } finally {
    for (const pid of [watched, released]) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  }
});
