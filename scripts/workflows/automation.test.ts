import { readFile } from 'node:fs/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { Actor } from '@sagemaker-gitops/local-github';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// It starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const WRITER: Actor = { login: 'mallory', id: 666, type: 'User', startsWorkflows: true };
const KEY = 'the-key-of-the-app';

describeWithTool('git', 'the environment "automation"', () => {
  let place: OwnRepository;
  afterEach(async () => await place.close());

  it("keeps the app's key from the workflow of another branch", async () => {
    place = await hostOwnRepository({ environmentSecrets: { automation: { APP_PRIVATE_KEY: KEY } } });
    place.github.environmentOf('automation').branches = ['main'];
    // Encoded, so that no mask could hide what is there.
    const steps = [{ env: { KEY: '${{ secrets.APP_PRIVATE_KEY }}' }, run: 'printf "key:%s" "$KEY" | base64' }];
    const job = { 'runs-on': 'ubuntu-latest', steps };
    const jobs = { inside: { ...job, environment: { name: 'automation', deployment: false } }, outside: job };
    await place.push(WRITER, 'topic', { '.github/workflows/steal.yml': JSON.stringify({ on: 'push', jobs }) });
    await place.runner.idle();
    const run = place.runner.runs.find(({ workflow }) => workflow.endsWith('/steal.yml'));
    const [inside, outside] = ['inside', 'outside'].map((id) => run?.jobs.find((one) => one.id === id));
    expect(inside?.annotations[0]?.message).toMatch(/^refs\/heads\/topic is not allowed to deploy to automation/);
    expect(inside?.steps).toEqual([]);
    expect(await readFile(outside?.logFile ?? '', 'utf8')).toContain(Buffer.from('key:').toString('base64'));
  });
});
