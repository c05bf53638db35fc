import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import type { Deployments, NewDeployment } from '../../ports/deployments.ts';
import { createGithubClient } from './client.ts';
import { createGithubDeployments } from './deployments.ts';

const RUNS = 'https://github.example/acme/models/actions/runs';
let folder: string;
let github: LocalGithub;
let deployments: Deployments;
let warnings: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'deployments-'));
  github = await startLocalGithub({ logDirectory: folder, owner: 'acme', repo: 'models' });
});

afterAll(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  github.state.deployments.length = 0;
  github.faults.length = 0;
  warnings = [];
  deployments = deploymentsOf(1);
});

/** The mirror as a run of the workflow writes it. */
function deploymentsOf(run: number, token = github.token({ deployments: 'write' })): Deployments {
  const client = createGithubClient({
    token,
    apiUrl: github.url,
    repository: 'acme/models',
    reporter: { info: () => undefined, warning: (text) => void warnings.push(text) },
    secondMilliseconds: 1,
  });
  return createGithubDeployments(client, { sha: 'a'.repeat(40), runUrl: `${RUNS}/${run}`, region: 'eu-west-1' });
}

/** How often an operation was called. */
function callsOf(operation: string): number {
  return github.calls.filter((call) => call.operation === operation).length;
}

function deployment(attempt: number | null, change: Partial<NewDeployment> = {}): NewDeployment {
  return {
    environment: 'staging',
    task: 'deploy',
    attempt,
    release: '000000000001',
    endpoint: 'x-staging',
    description: 'Deploying release 000000000001',
    ...change,
  };
}

describe('the deployments', () => {
  it('show the attempt, and where its endpoint and its run are', async () => {
    const id = await deployments.open(deployment(3));
    await deployments.report(id, 'success', 'every fact was seen', 'x-staging');
    expect(github.state.deployments).toMatchObject([
      {
        id,
        sha: 'a'.repeat(40),
        environment: 'staging',
        task: 'deploy',
        description: 'Deploying release 000000000001',
        payload: { attempt: 3, release: '000000000001', endpoint: 'x-staging', runUrl: `${RUNS}/1` },
        statuses: [{ state: 'queued' }, { state: 'success', description: 'every fact was seen', logUrl: `${RUNS}/1` }],
      },
    ]);
    expect(github.state.deployments[0]?.statuses[1]?.environmentUrl).toMatch(/eu-west-1.*endpoints\/x-staging$/);
  });

  it('keep one deployment for an attempt that a later run continues', async () => {
    const first = await deployments.open(deployment(3));
    expect(await deploymentsOf(2).open(deployment(3))).toBe(first);
    expect(github.state.deployments).toMatchObject([{ id: first, statuses: [{ state: 'queued' }] }]);
  });

  it.each([
    ['another attempt', deployment(4)],
    ['another environment', deployment(3, { environment: 'production' })],
    ['another task', deployment(3, { task: 'rollback' })],
    ['an attempt without a number', deployment(null)],
  ])('open a new one for %s', async (_case, other) => {
    const first = await deployments.open(deployment(3));
    expect(await deploymentsOf(2).open(other)).not.toBe(first);
    expect(github.state.deployments).toHaveLength(2);
  });

  it('find an attempt without a number by its run', async () => {
    const rollback = deployment(null, { task: 'rollback' });
    const first = await deployments.open(rollback);
    expect(await deployments.open(rollback)).toBe(first);
    expect(await deploymentsOf(2).open(rollback)).not.toBe(first);
  });

  it('find the attempt where GitHub gives the payload as text, and ignore the payloads of others', async () => {
    const id = await deployments.open(deployment(3));
    const [first] = github.state.deployments;
    if (first === undefined) throw new Error('nothing was recorded');
    const withPayload = (payload: unknown, other: number) => ({ ...first, id: other, payload, statuses: [] });
    const foreign = ['not ours', '{"attempt":', {}, { attempt: '3', runUrl: `${RUNS}/1` }].map((payload, index) =>
      withPayload(payload, 10_000 + index),
    );
    github.state.deployments.splice(0, 1, withPayload(JSON.stringify(first.payload), id), ...foreign);
    expect(await deployments.open(deployment(3))).toBe(id);
  });

  it('leave older deployments as they ended, as auto_inactive is false', async () => {
    for (const attempt of [1, 3]) {
      await deployments.report(await deployments.open(deployment(attempt)), 'success', 'verified', 'x-staging');
    }
    const states = github.state.deployments.map(({ statuses }) => statuses.at(-1)?.state);
    expect(states).toEqual(['success', 'success']);
  });

  it('cut a description to the 140 characters that GitHub takes', async () => {
    const id = await deployments.open(deployment(3, { description: 'd'.repeat(141) }));
    await deployments.report(id, 'error', 'e'.repeat(300), 'x-staging');
    await deployments.report(id, 'failure', 'f'.repeat(140), 'x-staging');
    const [shown] = github.state.deployments;
    expect(shown?.description).toBe(`${'d'.repeat(137)}...`);
    expect(shown?.statuses.slice(1).map(({ description }) => description)).toEqual([
      `${'e'.repeat(137)}...`,
      'f'.repeat(140),
    ]);
  });

  it('wait as long as a rate limit says, and log it', async () => {
    github.faults.push({ kind: 'secondary-rate-limit', retryAfterSeconds: 7, times: 1 });
    await deployments.open(deployment(3));
    expect(github.state.deployments).toHaveLength(1);
    expect(warnings).toEqual([expect.stringMatching(/secondary rate limit is reached at GET .*: waiting 7 s/)]);
  });

  it('fail at once where a rate limit asks for a longer wait than two minutes', async () => {
    github.faults.push({ kind: 'secondary-rate-limit', retryAfterSeconds: 121, times: 1 });
    await expect(deployments.open(deployment(3))).rejects.toThrow(/secondary rate limit/);
    expect(github.state.deployments).toEqual([]);
  });

  const LOST = [
    ['a 502', { kind: 'server-error', status: 502 }],
    ['a 500', { kind: 'server-error', status: 500 }],
    ['a broken connection', { kind: 'connection-reset' }],
  ] as const;

  describe.each(LOST)('where the answer is lost to %s', (_, fault) => {
    it.each([
      ['repos/create-deployment', true],
      ['repos/create-deployment', false],
      ['repos/create-deployment-status', true],
      ['repos/create-deployment-status', false],
    ] as const)('open one with one status (%s, carried out: %s)', async (operation, afterwards) => {
      github.faults.push({ ...fault, operation, afterwards, times: 1 });
      const id = await deployments.open(deployment(3));
      expect(github.state.deployments).toMatchObject([{ id, statuses: [{ state: 'queued' }] }]);
    });

    it('add a status once', async () => {
      const id = await deployments.open(deployment(3));
      github.faults.push({ ...fault, operation: 'repos/create-deployment-status', afterwards: true, times: 1 });
      await deployments.report(id, 'success', 'verified', 'x-staging');
      expect(github.state.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['queued', 'success']);
    });

    it('take no deployment of an earlier attempt for the new one', async () => {
      const earlier = await deployments.open(deployment(3));
      github.faults.push({ ...fault, operation: 'repos/create-deployment', times: 1 });
      expect(await deployments.open(deployment(5))).not.toBe(earlier);
      expect(github.state.deployments).toHaveLength(2);
    });
  });

  it('give up a creation whose answers stay lost, after they have looked for it each time', async () => {
    github.faults.push({ kind: 'server-error', status: 502, operation: 'repos/create-deployment', times: 3 });
    const [created, listed] = [callsOf('repos/create-deployment'), callsOf('repos/list-deployments')];
    await expect(deployments.open(deployment(3))).rejects.toThrow(/record a deployment to staging/);
    expect(callsOf('repos/create-deployment') - created).toBe(3);
    // One more: whether an earlier run opened it.
    expect(callsOf('repos/list-deployments') - listed).toBe(4);
  });

  it('say which permission is missing, without another try', async () => {
    const blind = deploymentsOf(1, github.token({ deployments: 'read' }));
    await expect(blind.open(deployment(3))).rejects.toThrow(/record a deployment to staging[^]*deployments: write/);
    expect(github.state.deployments).toEqual([]);
  });

  it('give up on a GitHub that does not answer', async () => {
    github.faults.push({ kind: 'server-error', status: 503, times: 4 });
    const before = callsOf('repos/list-deployments');
    await expect(deployments.open(deployment(3))).rejects.toThrow(/list the deployments of staging/);
    expect(callsOf('repos/list-deployments') - before).toBe(4);
    expect(github.state.deployments).toEqual([]);
  });
});
