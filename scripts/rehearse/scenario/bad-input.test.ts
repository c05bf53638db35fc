import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseIdOf, type ReleaseSpec } from '../../../actions/lib/domain/release/release.ts';
import { writeSampleTeam } from '../../testing/sample-team/write.ts';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { runAction, type ActionResult } from '../../testing/run-action.ts';

const SPEC: ReleaseSpec = {
  image: `127.0.0.1:1/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 60,
};
const ID = releaseIdOf(SPEC);
const SOURCE = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
const VALID = JSON.stringify({ live: ID, releases: { [ID]: { spec: SPEC, source: SOURCE } } });

let folder: string;
let aws: LocalAws;
let github: LocalGithub;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bad-input-'));
  await writeSampleTeam(folder);
  aws = await startLocalAws({ logDirectory: path.join(folder, 'aws'), launcher: 'process' });
  github = await startLocalGithub({ logDirectory: path.join(folder, 'github'), owner: 'example', repo: 'models' });
});

afterAll(async () => {
  await github.close();
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

const releaseFile = (): string => path.join(folder, 'environments/trial/release.json');

async function act(action: string, inputs: Record<string, string>): Promise<ActionResult> {
  return await runAction({
    action,
    // smoke-test writes to no ledger.
    inputs: action === 'smoke-test' ? inputs : { 'github-token': github.token({ deployments: 'write' }), ...inputs },
    workspace: folder,
    environment: {
      ...aws.environment,
      ...github.environment,
      GITHUB_SHA: 'd'.repeat(40),
      GITHUB_REF: 'refs/heads/main',
      GITHUB_EVENT_NAME: 'push',
    },
    logDirectory: path.join(folder, 'actions'),
    signal: new AbortController().signal,
  });
}

const DEPLOY = { environment: 'trial', 'poll-interval-seconds': '0.1' };
const ROLLBACK = { environment: 'trial', reason: 'a test' };

// What the error has to name: the file, the place in it or the thing, and what to do.
const CASES: readonly [string, string, Record<string, string>, string | undefined, readonly string[]][] = [
  [
    'an unknown environment',
    'deploy-endpoint',
    { ...DEPLOY, environment: 'prod' },
    VALID,
    ['"prod"', 'label-prime, label-trial, preview, prime, trial'],
  ],
  [
    'an unknown environment',
    'rollback-endpoint',
    { ...ROLLBACK, environment: 'prod' },
    VALID,
    ['"prod"', 'environments/'],
  ],
  ['an unknown environment', 'smoke-test', { environment: 'prod' }, VALID, ['"prod"', 'environments/']],
  [
    'a missing release.json',
    'deploy-endpoint',
    DEPLOY,
    undefined,
    ['environments/trial/release.json is missing', 'Restore it'],
  ],
  [
    'a malformed release.json',
    'deploy-endpoint',
    DEPLOY,
    '{"live":',
    ['environments/trial/release.json is not JSON', 'remedy'],
  ],
  [
    'a malformed release.json',
    'rollback-endpoint',
    ROLLBACK,
    '[]',
    ['environments/trial/release.json', '(root)', 'remedy'],
  ],
  [
    'an id that is not its content',
    'deploy-endpoint',
    DEPLOY,
    VALID.replaceAll(ID, '0123456789ab'),
    ['0123456789ab', ID, 'Never edit a release'],
  ],
  ['an endpoint that does not exist', 'deploy-endpoint', DEPLOY, VALID, ['scoring-trial', 'remedy']],
  ['an endpoint that does not exist', 'smoke-test', { environment: 'trial' }, VALID, ['scoring-trial', 'remedy']],
  [
    'an endpoint that does not exist',
    'rollback-endpoint',
    { ...ROLLBACK, release: ID, force: 'true' },
    VALID,
    ['scoring-trial', 'remedy'],
  ],
  [
    'no live release',
    'deploy-endpoint',
    DEPLOY,
    '{"live":null,"releases":{}}',
    ['environments/trial/release.json', 'release -- add'],
  ],
];

describe('a bundle that is given bad input', () => {
  it.each(CASES)(
    'refuses %s (%s) with one error that says what to do, and changes nothing',
    async (_, action, inputs, text, expected) => {
      if (text === undefined) await rm(releaseFile(), { force: true });
      else await writeFile(releaseFile(), text);
      const before = aws.calls.length;

      const result = await act(action, inputs);

      expect(result.exitCode).toBe(1);
      const errors = result.log.split('\n').filter((line) => line.startsWith('::error'));
      expect(errors).toHaveLength(1);
      for (const part of expected) expect(errors[0]).toContain(part);
      const changing = aws.calls
        .slice(before)
        .filter((call) => !/^(Describe|List|Get|BatchGet|InvokeEndpoint)/.test(call.operation));
      expect(changing).toEqual([]);
      if (text !== undefined) expect(await readFile(releaseFile(), 'utf8')).toBe(text);
    },
  );
});
