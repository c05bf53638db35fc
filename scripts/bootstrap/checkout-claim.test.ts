import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimCheckout, isRunning, workFolder } from './checkout-claim.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'claim-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

it('lets one bootstrap into a checkout at a time', async () => {
  const giveBack = await claimCheckout(root);
  await expect(claimCheckout(root)).rejects.toThrow(`Another bootstrap runs in this checkout`);
  await giveBack();
  await (
    await claimCheckout(root)
  )();
});

it('takes the checkout of a process that was killed', async () => {
  await writeFile(path.join(workFolder(root), 'process'), String(spawnSync('true').pid));
  await (
    await claimCheckout(root)
  )();
});

it('knows a process of another user as one that runs', () => {
  expect(isRunning(1)).toBe(true);
});
