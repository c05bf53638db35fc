import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { runActionOk } from '../../scripts/testing/start-action.ts';
import { makeTeamBucket } from '../../scripts/testing/sample-team/ledger.ts';
import { renderReleaseFile } from '../lib/domain/release/edit.ts';
import { releaseIdOf, type ReleaseSpec } from '../lib/domain/release/release.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const spec: ReleaseSpec = {
  image: `registry/scoring@sha256:${'1'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 300,
};
const id = releaseIdOf(spec);

let folder: string;
let aws: LocalAws;
let github: LocalGithub;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'detect-drift-test-'));
  aws = await startLocalAws({
    logDirectory: path.join(folder, 'aws'),
    region: 'eu-west-1',
    launcher: { kind: 'fake' },
  });
  await makeTeamBucket(aws, 'trial');
  github = await startLocalGithub({ logDirectory: path.join(folder, 'github'), owner: 'octo-org', repo: 'models' });
  await writeSampleTeam(folder);
});

afterAll(async () => {
  await aws.close();
  await github.close();
  await rm(folder, { recursive: true });
});

/** Starts the action as the runner does, with these releases in Git. */
async function detect(live: string | null, planOutcome = 'no-changes'): Promise<Readonly<Record<string, string>>> {
  const source = { commit: '0'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
  const releases = live === null ? {} : { [live]: { spec, source } };
  await writeFile(path.join(folder, 'environments/trial/release.json'), renderReleaseFile({ live, releases }));
  const inputs = {
    environment: 'trial',
    'plan-outcome': planOutcome,
    'working-directory': folder,
    'github-token': github.token({ issues: 'write' }),
  };
  const environment = { ...aws.environment, ...github.environment, GITHUB_SHA: '0'.repeat(40) };
  return (await runActionOk('detect-drift', inputs, environment)).outputs;
}

it('keeps one issue while an environment has drifted, and closes it when the drift is gone', async () => {
  const first = await detect(id);
  expect(first['outcome']).toBe('drift');
  const ids = (JSON.parse(first['findings'] ?? '[]') as { id: string }[]).map((finding) => finding.id);
  expect(new Set(ids)).toEqual(new Set(['endpoint-missing', 'config-missing', 'model-missing', 'alarm-missing']));
  expect(github.state.issues).toMatchObject([{ state: 'open', title: 'Drift in trial', labels: ['drift'] }]);

  const second = await detect(id, 'failed');
  expect(second['issue']).toBe(first['issue']);
  expect(github.state.issues).toHaveLength(1);
  expect(github.state.issues[0]?.body).toContain('Terraform cannot plan');

  // terraform-plan has no outcome where it refuses the environment's files, a schedule in the past for example.
  const refused = await detect(null, '');
  expect([refused['outcome'], refused['issue']]).toEqual(['drift', first['issue']]);
  expect(JSON.parse(refused['findings'] ?? '[]')).toMatchObject([{ id: 'terraform' }]);

  const third = await detect(null);
  expect([third['outcome'], third['issue']]).toEqual(['none', '']);
  expect(github.state.issues).toMatchObject([{ state: 'closed', stateReason: 'completed' }]);
  expect(github.state.comments).toMatchObject([{ body: expect.stringMatching(/^The drift is gone/) as string }]);

  expect((await detect(id))['issue']).not.toBe(first['issue']);
  expect(github.state.issues.map(({ state }) => state)).toEqual(['closed', 'open']);
});
