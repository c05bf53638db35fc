import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { setSwapStage, type SwapStage } from '../../bench/swap-stage.ts';

const SWAP = {
  strategy: 'all-at-once',
  terminationWaitSeconds: 120,
  maximumExecutionTimeoutSeconds: 3600,
} as const;

let folder: string;
let stage: SwapStage;
let releases: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'killed-bundle-'));
  stage = await setSwapStage(folder, 60);
  const names = ['v1', 'v2', 'v3', 'v4'];
  const made: string[] = [];
  for (const [index, name] of names.entries()) made.push(await stage.release(name, [2 + index / 1000, -1, 0.5]));
  releases = made;
  await stage.createEndpoint(made[0] ?? '');
}, 120_000);

afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it.each([
  ['SIGKILL', 1, null],
  ['SIGINT', 2, 1],
  ['SIGTERM', 3, 1],
] as const)(
  'continues the swap that a bundle had begun when %s ended it',
  async (signal, index, exitCode) => {
    const release = releases[index] ?? '';
    const updates = (): number => stage.aws.calls.filter(({ operation }) => operation === 'UpdateEndpoint').length;
    const before = updates();
    const first = await stage.deploy(release, SWAP, { atText: ' s: updating: ', signal });
    expect(first.exitCode, first.log).toBe(exitCode);
    if (exitCode === 1) expect(first.log).toMatch(/interrupted/);
    const second = await stage.deploy(release, SWAP);
    expect(second.exitCode, second.log).toBe(0);
    expect(second.log).toMatch(/continuing deployment \d+, which an earlier run left open/);
    expect(updates() - before).toBe(1);
  },
  120_000,
);
