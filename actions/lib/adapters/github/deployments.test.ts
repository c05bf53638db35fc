import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { findInLedger, isVerified, type NewAttempt } from '../../domain/ledger/ledger.ts';
import { readAttempts } from '../../operations/read-attempts.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { createGithubClient } from './client.ts';
import { createGithubLedger } from './deployments.ts';

let folder: string;
let github: LocalGithub;
let ledger: Ledger;
let warnings: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ledger-'));
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
  ledger = ledgerWith(github.token({ deployments: 'write' }));
});

function ledgerWith(token: string): Ledger {
  const client = createGithubClient({
    token,
    apiUrl: github.url,
    repository: 'acme/models',
    reporter: { info: () => undefined, warning: (text) => void warnings.push(text) },
    secondMilliseconds: 1,
  });
  const runUrl = 'https://github.example/acme/models/actions/runs/1';
  return createGithubLedger(client, { sha: 'a'.repeat(40), runUrl, region: 'eu-west-1' });
}

/** How often an operation was called. */
function callsOf(operation: string): number {
  return github.calls.filter((call) => call.operation === operation).length;
}

function attempt(release: string, environment = 'production'): NewAttempt {
  const payload = { release, previousRelease: null, image: 'registry.example/x@sha256:1', endpoint: 'x-production' };
  return { environment, task: 'deploy', payload, description: 'deploy' };
}

async function succeed(release: string, environment?: string): Promise<void> {
  const id = await ledger.open(attempt(release, environment));
  await ledger.report(id, 'in_progress', 'updating', 'x-production');
  await ledger.report(id, 'success', 'verified', 'x-production');
}

describe('the ledger', () => {
  it.each(['production', 'staging'])(
    'knows what was verified in %s from the history, also when GitHub has set it inactive',
    async (environment) => {
      for (const release of ['000000000001', '000000000002']) await succeed(release, environment);
      // What GitHub does by itself, to environments of every kind, when another deployment becomes active.
      for (const { id } of github.state.deployments) await ledger.report(id, 'inactive', '', 'x');
      const attempts = await readAttempts(environment, ledger);
      expect(attempts.map(({ statuses }) => statuses[0]?.state)).toEqual(['inactive', 'inactive']);
      expect(attempts.every(isVerified)).toBe(true);
      expect(findInLedger(attempts, '000000000002')).toMatchObject({
        isLatestVerified: true,
        verified: ['000000000002', '000000000001'],
      });
    },
  );

  it('does not take a deployment for verified that became inactive without a success', async () => {
    const id = await ledger.open(attempt('000000000001'));
    for (const state of ['failure', 'inactive'] as const) await ledger.report(id, state, '', 'x');
    expect((await readAttempts('production', ledger)).some(isVerified)).toBe(false);
  });

  it('reads past a page, newest first, and leaves out what others record', async () => {
    for (let index = 0; index < 3; index += 1) await ledger.open(attempt(`00000000000${index}`));
    const [first] = github.state.deployments;
    if (first === undefined) throw new Error('nothing was recorded');
    const foreign = Array.from({ length: 120 }, (_, index) => ({
      ...first,
      id: 10_000 + index,
      task: 'lint',
      statuses: [],
    }));
    github.state.deployments.push(...foreign, { ...first, id: 20_000, payload: 'not ours', statuses: [] });
    const attempts = await readAttempts('production', ledger);
    expect(attempts.map(({ payload }) => payload.release)).toEqual(['000000000002', '000000000001', '000000000000']);
    expect(await readAttempts('staging', ledger)).toEqual([]);
  });

  it('reads past a page of statuses', async () => {
    const id = await ledger.open(attempt('000000000001'));
    await ledger.report(id, 'success', 'verified', 'x');
    const statuses = github.state.deployments[0]?.statuses;
    const [queued] = statuses ?? [];
    if (queued === undefined) throw new Error('there is no status');
    for (let index = 0; index < 110; index += 1) statuses?.push({ ...queued, id: 50_000 + index, state: 'inactive' });
    expect((await readAttempts('production', ledger)).map(isVerified)).toEqual([true]);
  });

  it('cuts a description to what GitHub takes', async () => {
    const id = await ledger.open({ ...attempt('000000000001'), description: 'd'.repeat(300) });
    await ledger.report(id, 'error', 'e'.repeat(300), 'x');
    const [deployment] = github.state.deployments;
    expect(deployment?.statuses.at(-1)?.description).toBe(`${'e'.repeat(137)}...`);
  });

  it('waits as long as a rate limit says, and logs it', async () => {
    github.faults.push({ kind: 'secondary-rate-limit', retryAfterSeconds: 7, times: 1 });
    await ledger.open(attempt('000000000001'));
    expect(github.state.deployments).toHaveLength(1);
    expect(warnings).toEqual([expect.stringMatching(/secondary rate limit is reached at POST .*: waiting 7 s/)]);
  });

  it('fails at once where a rate limit asks for a longer wait than two minutes', async () => {
    github.faults.push({ kind: 'secondary-rate-limit', retryAfterSeconds: 121, times: 1 });
    await expect(ledger.open(attempt('000000000001'))).rejects.toThrow(/secondary rate limit/);
    expect(github.state.deployments).toEqual([]);
  });

  const LOST = [
    ['a 502', { kind: 'server-error', status: 502 }],
    ['a 500', { kind: 'server-error', status: 500 }],
    ['a broken connection', { kind: 'connection-reset' }],
  ] as const;

  describe.each(LOST)('where the answer is lost to %s', (_, fault) => {
    it.each(['repos/create-deployment', 'repos/create-deployment-status'] as const)(
      'records one deployment with one status, after %s was carried out',
      async (operation) => {
        github.faults.push({ ...fault, operation, afterwards: true, times: 1 });
        const id = await ledger.open(attempt('000000000001'));
        expect(github.state.deployments).toMatchObject([{ id, statuses: [{ state: 'queued' }] }]);
      },
    );

    it.each(['repos/create-deployment', 'repos/create-deployment-status'] as const)(
      'records one deployment with one status, after %s was not carried out',
      async (operation) => {
        github.faults.push({ ...fault, operation, times: 1 });
        const id = await ledger.open(attempt('000000000001'));
        expect(github.state.deployments).toMatchObject([{ id, statuses: [{ state: 'queued' }] }]);
      },
    );

    it('adds a status once', async () => {
      const id = await ledger.open(attempt('000000000001'));
      github.faults.push({ ...fault, operation: 'repos/create-deployment-status', afterwards: true, times: 1 });
      await ledger.report(id, 'success', 'verified', 'x');
      expect(github.state.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['queued', 'success']);
    });

    it('takes no deployment of an earlier run for its own', async () => {
      const earlier = await ledger.open(attempt('000000000001'));
      github.faults.push({ ...fault, operation: 'repos/create-deployment', times: 1 });
      expect(await ledger.open(attempt('000000000001'))).not.toBe(earlier);
      expect(github.state.deployments).toHaveLength(2);
    });
  });

  it('gives up a creation whose answers stay lost, after it has looked for it', async () => {
    github.faults.push({ kind: 'server-error', status: 502, operation: 'repos/create-deployment', times: 3 });
    const [created, listed] = [callsOf('repos/create-deployment'), callsOf('repos/list-deployments')];
    await expect(ledger.open(attempt('000000000001'))).rejects.toThrow(/record a deployment to production/);
    expect(callsOf('repos/create-deployment') - created).toBe(3);
    expect(callsOf('repos/list-deployments') - listed).toBe(3);
  });

  it('says which permission is missing, without another try', async () => {
    const blind = ledgerWith(github.token({ deployments: 'read' }));
    await expect(blind.open(attempt('000000000001'))).rejects.toThrow(/record a deployment to production/);
    await expect(blind.open(attempt('000000000001'))).rejects.toThrow(/deployments: write/);
    expect(github.state.deployments).toEqual([]);
  });

  it('gives up on a GitHub that stays away', async () => {
    github.faults.push({ kind: 'server-error', status: 503, times: 4 });
    const before = callsOf('repos/list-deployments');
    await expect(readAttempts('production', ledger)).rejects.toThrow(/list the deployments of production/);
    expect(callsOf('repos/list-deployments') - before).toBe(4);
  });
});
