import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { findInLedger, isVerified, type NewAttempt } from '../../domain/ledger/ledger.ts';
import { readAttempts } from '../../operations/read-attempts.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { createGithubLedger, pauseBeforeRetry } from './deployments.ts';

let folder: string;
let github: LocalGithub;
let ledger: Ledger;
let pauses: number[];

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
  pauses = [];
  ledger = ledgerWith(github.token({ deployments: 'write' }));
});

function ledgerWith(token: string): Ledger {
  return createGithubLedger({
    token,
    owner: 'acme',
    repository: 'models',
    sha: 'a'.repeat(40),
    runUrl: 'https://github.example/acme/models/actions/runs/1',
    region: 'eu-west-1',
    clock: {
      sleep: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    },
    apiUrl: github.url,
  });
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

  it('waits out a short failure and a rate limit, as long as GitHub says', async () => {
    github.faults.push(
      { kind: 'server-error', status: 502, times: 1 },
      { kind: 'secondary-rate-limit', retryAfterSeconds: 7, times: 1 },
      { kind: 'connection-reset', times: 1 },
    );
    await ledger.open(attempt('000000000001'));
    expect(github.state.deployments).toHaveLength(1);
    expect(pauses).toEqual([500, 7000, 2000]);
  });

  it('says which permission is missing, without another try', async () => {
    const blind = ledgerWith(github.token({ deployments: 'read' }));
    await expect(blind.open(attempt('000000000001'))).rejects.toThrow(/record a deployment to production/);
    await expect(blind.open(attempt('000000000001'))).rejects.toThrow(/deployments: write/);
    expect(pauses).toEqual([]);
  });

  it('gives up on a GitHub that stays away', async () => {
    github.faults.push({ kind: 'server-error', status: 503, times: 5 });
    await expect(readAttempts('production', ledger)).rejects.toThrow(/list the deployments of production/);
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
  });
});

it.each([
  [{ status: 404 }, undefined],
  [{ status: 429 }, 1000],
  [{ status: 403, response: { headers: {} } }, undefined],
  [{ status: 403, response: { headers: { 'retry-after': '3600' } } }, 60_000],
  [{ status: 500 }, 1000],
  [new Error('socket hang up'), 1000],
])('pauses after %j by %s', (error, pause) => {
  expect(pauseBeforeRetry(error, 2)).toBe(pause);
});
