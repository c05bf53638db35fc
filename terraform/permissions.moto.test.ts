import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EnvironmentFile } from '../actions/lib/domain/environment/environment.ts';
import { releaseIdOf, type ReleaseSpec } from '../actions/lib/domain/release/release.ts';
import { releaseSettingsOf } from '../actions/lib/domain/release/settings.ts';
import { VALID_ENVIRONMENT } from '../actions/lib/testing/valid-environment.ts';
import { generateEnvironmentFiles } from '../scripts/generate/environment-files.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { runAction } from '../scripts/testing/run-action.ts';
import {
  iamRequestsOfLocalCall,
  iamRequestsOfMotoCall,
  type IamPlace,
  type IamRequest,
} from '../scripts/testing/iam-requests.ts';
import { simulate, simulateTrust, type SimulatedRole } from '../scripts/testing/iam-simulation.ts';
import { startTerraformAws, type TerraformAws } from '../scripts/testing/terraform-aws.ts';
import {
  copyTerraform,
  environmentRun,
  initEnvironment,
  planEnvironment,
  removeTerraform,
  terraformOk,
  writeEnvironment,
} from '../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../scripts/testing/tools.ts';
import { allowedByReason, BUCKET_POLICY, KEY, REFUSED } from './permissions.cases.ts';
import { readPolicyDocuments, renderBootstrapDocuments } from '../scripts/testing/policy-documents.ts';

const repositoryRoot = path.join(import.meta.dirname, '..');
// It has an endpoint of every kind: one that scales, and whose answers are captured.
const STAGING: EnvironmentFile = {
  ...VALID_ENVIRONMENT,
  dataCapture: { samplingPercentage: 10, retentionDays: 7 },
  autoscaling: {
    ...{ minInstances: 2, maxInstances: 4, invocationsPerInstance: 3000 },
    ...{ scaleInCooldownSeconds: 300, scaleOutCooldownSeconds: 60, schedules: [] },
  },
};
const { account: ACCOUNT, region: REGION, service: SERVICE } = STAGING;
const NAMES = ['plan', 'apply', 'deploy', 'execution', 'build', 'replay'] as const;
type RoleName = (typeof NAMES)[number];
const ADMINISTRATOR = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const APPLY = ['apply', '-input=false', '-no-color', '-auto-approve'];
const KEYS = { plan: 'AKIAPLAN', apply: 'AKIAAPPLY', deploy: 'AKIADEPLOY' } as const;

describeWithTool(['terraform', 'moto'], 'the roles that the bootstrap makes', () => {
  let local: TerraformAws;
  let aws: LocalAws;
  let github: LocalGithub;
  let root: string;
  const roles = new Map<RoleName, SimulatedRole>();
  const trusts = new Map<string, string>();
  let stateBucketPolicy: string;
  const requests = new Map<RoleName, IamRequest[]>();

  beforeAll(async () => {
    local = await startTerraformAws({
      region: REGION,
      principals: Object.fromEntries(
        Object.entries(KEYS).map(([name, key]) => [key, `arn:aws:iam::${ACCOUNT}:role/${name}`]),
      ),
    });
    aws = local.aws;
    github = await startLocalGithub({ logDirectory: local.logDirectory, owner: 'acme', repo: 'models' });
    root = await copyTerraform(repositoryRoot);
    await bootstrap();
    await liveOneSwap();
    collectRequests();
  }, 900_000);

  afterAll(async () => {
    await github.close();
    await local.close();
    await removeTerraform(root);
  });

  async function bootstrap(): Promise<void> {
    // The documents, and what they name; the rest of the account would only cost time.
    const names = ['read', 'ledgers', 'write', 'deploy', 'build', 'replay', 'trust', 'execution_boundary', 'state'];
    const documents = await renderBootstrapDocuments({ root, awsEnvironment: aws.environment, place: STAGING, names });
    const document = (name: string): string => documents.get(name) ?? expect.fail(`no document ${name}`);
    const role = (name: string, policies: readonly string[]): SimulatedRole => ({
      arn: `arn:aws:iam::${ACCOUNT}:role/${SERVICE}-${name}`,
      policies,
    });
    roles.set('plan', role('plan', [document('read.staging'), document('read.production'), document('ledgers')]));
    roles.set('apply', role('staging-apply', [document('read.staging'), document('write.staging')]));
    roles.set('deploy', role('staging-deploy', [document('deploy.staging')]));
    roles.set('build', role('build', [document('build')]));
    roles.set('replay', role('staging-replay', [document('replay.staging')]));
    stateBucketPolicy = document('state');
    for (const [name, text] of documents) if (name.startsWith('trust.')) trusts.set(name.slice(6), text);
    roles.set('execution', { ...role('staging-execution', []), boundary: document('execution_boundary') });
  }

  async function liveOneSwap(): Promise<void> {
    const first = { ...(await local.pushRelease()), settings: releaseSettingsOf(STAGING) };
    const second = { ...first, instanceType: 'ml.m5.xlarge' };
    await writeStaging(first, [first, second]);
    const run = (key: string) => ({
      root,
      environment: 'staging',
      awsEnvironment: { ...aws.environment, AWS_ACCESS_KEY_ID: key },
    });
    await initEnvironment(run(KEYS.apply));
    await terraformOk(environmentRun(run(KEYS.apply)), APPLY);
    await writeStaging(second, [first, second]);
    const swap = await runAction({
      action: 'deploy-endpoint',
      inputs: { environment: 'staging', 'github-token': github.token('all'), 'poll-interval-seconds': '0.2' },
      workspace: root,
      environment: {
        ...aws.environment,
        AWS_ACCESS_KEY_ID: KEYS.deploy,
        ...github.environment,
        GITHUB_SHA: 'c'.repeat(40),
        GITHUB_REF: 'refs/heads/main',
        GITHUB_EVENT_NAME: 'push',
        GITHUB_RUN_ID: '1',
      },
      logDirectory: local.logDirectory,
      signal: new AbortController().signal,
    });
    expect(swap.log).toContain('promoted');
    expect(swap.exitCode, swap.log).toBe(0);
    expect((await planEnvironment(run(KEYS.plan), ['-lock=false'])).exitCode).toBe(0);
    // A release that nobody needs any more goes, with the apply role.
    await writeStaging(second, [second]);
    await terraformOk(environmentRun(run(KEYS.apply)), APPLY);
    const execution = await readPolicyDocuments({
      ...{ root, folder: 'environments/staging', awsEnvironment: run(KEYS.plan).awsEnvironment },
    });
    const role = roles.get('execution') ?? expect.fail('no execution role');
    roles.set('execution', { ...role, policies: [execution.get('execution') ?? ''] });
  }

  async function writeStaging(live: ReleaseSpec, specs: readonly ReleaseSpec[]): Promise<void> {
    const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: 'dev' };
    await writeEnvironment(root, 'staging', {
      environment: STAGING,
      release: {
        live: releaseIdOf(live),
        releases: Object.fromEntries(specs.map((spec) => [releaseIdOf(spec), { spec, source }])),
      },
    });
    // The image under test echoes, so the answer that is expected is the question.
    await writeFile(path.join(root, 'environments/staging/smoke.json'), JSON.stringify(ECHO_SMOKE));
    for (const { path: file, text } of await generateEnvironmentFiles(root))
      await writeFile(path.join(root, file), text);
  }

  function collectRequests(): void {
    const place: IamPlace = {
      accountId: ACCOUNT,
      region: REGION,
      keyTags: { Service: SERVICE, Environment: 'staging' },
      boundary: `arn:aws:iam::${ACCOUNT}:policy/${SERVICE}-execution-boundary`,
    };
    for (const [name, key] of Object.entries(KEYS) as [keyof typeof KEYS, string][]) {
      const kept = aws.calls.filter((call) => !call.forwarded && call.caller.accessKeyId === key);
      const rest = local.moto.calls.filter((call) => call.accessKeyId === key);
      requests.set(name, [
        ...kept.flatMap((call) => iamRequestsOfLocalCall(call)),
        ...rest.flatMap((call) => iamRequestsOfMotoCall(call, place)),
      ]);
    }
  }

  describe.each(['plan', 'apply', 'deploy'] as const)('%s', (name) => {
    it('may make every call that it made', async () => {
      const made = unique(requests.get(name) ?? []);
      expect(made.length).toBeGreaterThan(8);
      expect(await decide(name, made, 'denied')).toEqual([]);
    });
  });

  describe.each(NAMES)('%s', (name) => {
    it('may make no call that it must never make', async () => {
      expect(REFUSED[name].length).toBeGreaterThan(4);
      expect(await decide(name, REFUSED[name], 'allowed')).toEqual([]);
    });

    it('is granted nothing that neither a recorded call nor a documented reason needs', async () => {
      const reasons = allowedByReason(name).map((request) => ({
        ...request,
        resource: request.resource === KEY ? keyOf(name) : request.resource,
      }));
      expect(await decide(name, reasons, 'denied')).toEqual([]);
      const needed = new Set([...(requests.get(name) ?? []), ...reasons].map(({ action }) => action));
      const granted = (roles.get(name)?.policies ?? []).flatMap(actionsOf);
      expect(granted.length).toBeGreaterThan(0);
      expect([...new Set(granted)].filter((action) => !needed.has(action)).sort()).toEqual([]);
    });
  });

  /** The environment's key where the role's policies name it; elsewhere any key will do. */
  function keyOf(name: RoleName): string {
    const policies = roles.get(name)?.policies ?? [];
    return policies.flatMap((text) => /arn:aws:kms:[^"]+:key\/[0-9a-f-]{36}/.exec(text)?.[0] ?? [])[0] ?? KEY;
  }

  async function decide(
    name: RoleName,
    asked: readonly IamRequest[],
    unwanted: 'allowed' | 'denied',
  ): Promise<readonly string[]> {
    const role = roles.get(name) ?? expect.fail(`no role ${name}`);
    const decisions = await Promise.allSettled(asked.map(async (request) => await simulate(role, request)));
    return decisions.flatMap((decision, index) => {
      const request = JSON.stringify(asked[index]);
      if (decision.status === 'rejected') return [`${request}: ${String(decision.reason)}`];
      return decision.value === unwanted ? [`${request}: ${unwanted}`] : [];
    });
  }

  it.each(BUCKET_POLICY)('keeps the facts of the ledger: an administrator %s', async (_what, request, expected) => {
    const administrator = { arn: `arn:aws:iam::${ACCOUNT}:role/admin`, policies: [ADMINISTRATOR] };
    expect(await simulate(administrator, request, stateBucketPolicy)).toBe(expected);
  });

  it.each<[string, string, string, string]>([
    ['apply/staging', 'repo:acme/models:environment:staging', 'its own environment', 'allowed'],
    ['apply/staging', 'repo:acme@101/models@202:environment:staging', 'its own, immutable form', 'allowed'],
    ['apply/staging', 'repo:acme/models:environment:production', 'another environment', 'denied'],
    ['apply/staging', 'repo:acme@101/models@202:environment:production', 'another, immutable form', 'denied'],
    ['apply/staging', 'repo:acme/models:environment:staging2', 'a longer name', 'denied'],
    ['apply/staging', 'repo:acme/models:environment:Staging', 'another case', 'denied'],
    ['apply/staging', 'repo:mallory/models:environment:staging', 'a fork', 'denied'],
    ['apply/staging', 'repo:acme/models-fork:environment:staging', 'another repository', 'denied'],
    ['apply/staging', 'repo:acme@666/models@202:environment:staging', 'a new owner of the old name', 'denied'],
    ['apply/staging', 'repo:acme@101/models@999:environment:staging', 'a new repository of the name', 'denied'],
    ['apply/staging', 'repo:acme/models:ref:refs/heads/main', 'the branch without the environment', 'denied'],
    ['apply/staging', 'repo:acme/models:pull_request', 'a pull request', 'denied'],
    ['apply/staging', 'repo:acme/models:*', 'a wildcard', 'denied'],
    ['plan', 'repo:acme/models:pull_request', 'a pull request', 'allowed'],
    ['plan', 'repo:acme@101/models@202:pull_request', 'a pull request, immutable form', 'allowed'],
    ['plan', 'repo:acme/models:ref:refs/heads/main', 'the deployed branch', 'allowed'],
    ['plan', 'repo:acme/models:ref:refs/heads/other', 'another branch', 'denied'],
    ['plan', 'repo:acme/models:ref:refs/tags/main', 'a tag of the name', 'denied'],
    ['plan', 'repo:acme/models:environment:automation', 'a promotion', 'allowed'],
    ['plan', 'repo:acme@101/models@202:environment:automation', 'a promotion, immutable form', 'allowed'],
    ['plan', 'repo:acme/models:environment:staging', 'an environment of a deployment', 'denied'],
    ['plan', 'repo:mallory/models:environment:automation', "a fork's own environment", 'denied'],
    ['plan', 'repo:mallory/models:pull_request', "a fork's own pull request", 'denied'],
    ['build', 'repo:acme/models:ref:refs/heads/main', 'the deployed branch', 'allowed'],
    ['build', 'repo:acme@101/models@202:ref:refs/heads/main', 'the deployed branch, immutable form', 'allowed'],
    ['build', 'repo:acme/models:pull_request', 'a pull request', 'denied'],
    ['build', 'repo:acme/models:environment:production', 'an environment', 'denied'],
    ['build', 'repo:acme/models:environment:automation', 'a promotion', 'denied'],
    ['apply/staging', 'repo:acme/models:environment:automation', 'a promotion', 'denied'],
  ])('decides for %s on the subject %s (%s): %s', async (trust, sub, _who, expected) => {
    const policy = trusts.get(trust) ?? expect.fail(`no trust policy ${trust}`);
    const arn = `arn:aws:iam::${ACCOUNT}:role/under-test`;
    const claims = { sub, ...jobOf(trust === 'build' ? 'release-service.yml' : 'apply.yml') };
    expect(await simulateTrust(arn, policy, { ...claims, aud: 'sts.amazonaws.com' })).toBe(expected);
    expect(await simulateTrust(arn, policy, { ...claims, aud: 'https://github.com/acme' })).toBe('denied');
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['apply/staging', jobOf('apply.yml'), 'allowed'],
    ['apply/staging', jobOf('swap.yml'), 'denied'],
    ['apply/staging', jobOf('rollback.yml'), 'denied'],
    ['apply/staging', jobOf('apply.yml', 'refs/heads/topic'), 'denied'],
    ['apply/staging', { ...jobOf('apply.yml'), ref: 'refs/heads/topic' }, 'denied'],
    ['apply/staging', {}, 'denied'],
    ['deploy/staging', jobOf('swap.yml'), 'allowed'],
    ['deploy/staging', jobOf('rollback.yml'), 'allowed'],
    ['deploy/staging', jobOf('apply.yml'), 'denied'],
    ['deploy/staging', jobOf('deploy-environment.yml'), 'denied'],
    ['replay/staging', jobOf('replay.yml'), 'allowed'],
    ['replay/staging', jobOf('replay.yml', 'refs/heads/topic'), 'denied'],
    ['replay/staging', jobOf('swap.yml'), 'denied'],
    ['replay/staging', jobOf('pull-request.yml'), 'denied'],
    ['deploy/staging', jobOf('replay.yml'), 'denied'],
  ])('decides for %s on the job %o: %s', async (trust, claims, expected) => {
    const policy = trusts.get(trust) ?? expect.fail(`no trust policy ${trust}`);
    const token = { sub: 'repo:acme/models:environment:staging', aud: 'sts.amazonaws.com', ...claims };
    expect(await simulateTrust(`arn:aws:iam::${ACCOUNT}:role/under-test`, policy, token)).toBe(expected);
  });
});

/** The claims of a job of a workflow file. */
function jobOf(file: string, ref = 'refs/heads/main'): { readonly ref: string; readonly job_workflow_ref: string } {
  return { ref, job_workflow_ref: `acme/models/.github/workflows/${file}@${ref}` };
}

const ECHO_SMOKE = {
  warmUpRequests: 0,
  minimumRequests: 5,
  concurrency: 1,
  timeoutSeconds: 60,
  limits: { p50Milliseconds: 10_000, p99Milliseconds: 20_000, errorPercent: 0 },
  parity: null,
  cases: [
    {
      name: 'echo',
      request: { contentType: 'application/json', json: { prediction: [4.8] } },
      expect: { status: 200, outputs: { prediction: { value: [4.8], absolute: 0 } } },
    },
  ],
};

const policyJson = z.object({
  Statement: z
    .union([z.array(z.unknown()), z.unknown().transform((one) => [one])])
    .pipe(z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) }))),
});

function actionsOf(policy: string): readonly string[] {
  return policyJson.parse(JSON.parse(policy)).Statement.flatMap(({ Action }) => Action);
}

function unique(requests: readonly IamRequest[]): readonly IamRequest[] {
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}
