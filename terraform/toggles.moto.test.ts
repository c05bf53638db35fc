import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnvironmentFile } from '../actions/lib/domain/environment/environment.ts';
import { endpointConfigName } from '../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type ReleaseSpec } from '../actions/lib/domain/release/release.ts';
import { releaseSettingsOf } from '../actions/lib/domain/release/settings.ts';
import { VALID_ENVIRONMENT } from '../actions/lib/testing/valid-environment.ts';
import { generateEnvironmentFiles } from '../scripts/generate/environment-files.ts';
import { iamRequestsOfLocalCall, iamRequestsOfMotoCall, type IamPlace } from '../scripts/testing/iam-requests.ts';
import { simulate, type SimulatedRole } from '../scripts/testing/iam-simulation.ts';
import { renderBootstrapDocuments } from '../scripts/testing/policy-documents.ts';
import { startTerraformAws, type TerraformAws } from '../scripts/testing/terraform-aws.ts';
import {
  copyTerraform,
  environmentRun,
  initEnvironment,
  removeTerraform,
  terraformOk,
  writeEnvironment,
} from '../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '..');
const { account: ACCOUNT, region: REGION, service: SERVICE } = VALID_ENVIRONMENT;
const OTHER_KEY = `arn:aws:kms:${REGION}:321098765432:key/11111111-2222-3333-4444-555555555555`;
const APPLY = ['apply', '-input=false', '-no-color', '-auto-approve'];

/** An environment in which every setting is on; the live release is made under it. */
const ON = {
  ...VALID_ENVIRONMENT,
  network: { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] },
  networkIsolation: true,
  kmsKeyArn: OTHER_KEY,
  dataCapture: { samplingPercentage: 10, retentionDays: 90 },
  autoscaling: {
    ...{ minInstances: 2, maxInstances: 4, invocationsPerInstance: 3000 },
    ...{ scaleInCooldownSeconds: 300, scaleOutCooldownSeconds: 60 },
    schedules: [
      { name: 'night', expression: 'cron(0 20 * * ? *)', timezone: 'Europe/Berlin', minInstances: 1, maxInstances: 2 },
    ],
  },
  alarms: { ...VALID_ENVIRONMENT.alarms, clientErrors: VALID_ENVIRONMENT.alarms.serverErrors },
  notifications: { snsTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:on-call` },
  logRetentionDays: 60,
} satisfies EnvironmentFile;

/** What turns each setting off. */
const OFF: Readonly<Record<string, Partial<EnvironmentFile>>> = {
  network: { network: null },
  networkIsolation: { networkIsolation: false },
  kmsKeyArn: { kmsKeyArn: null },
  dataCapture: { dataCapture: null },
  autoscaling: { autoscaling: null },
  schedules: { autoscaling: { ...ON.autoscaling, schedules: [] } },
  alarms: { alarms: { serverErrors: null, clientErrors: null, latencyP99: null } },
  notifications: { notifications: { snsTopicArn: null } },
  logRetentionDays: { logRetentionDays: 30 },
};
// One run turns several off and on; `npm run long-tests` turns them off one by one.
const TOGETHER = ['network', 'kmsKeyArn', 'dataCapture', 'autoscaling', 'notifications'];
const ROUNDS: readonly (readonly [string, Partial<EnvironmentFile>])[] =
  process.env['LONG_TESTS'] === 'all'
    ? Object.entries(OFF)
    : [[TOGETHER.join(', '), Object.fromEntries(TOGETHER.flatMap((name) => Object.entries(OFF[name] ?? {})))]];

describeWithTool(['terraform', 'moto'], 'settings that change under a live release', () => {
  let local: TerraformAws;
  let root: string;
  let live: ReleaseSpec;
  let apply: SimulatedRole;

  beforeAll(async () => {
    local = await startTerraformAws({ region: REGION });
    root = await copyTerraform(repositoryRoot);
    const documents = await renderBootstrapDocuments({
      ...{ root, awsEnvironment: local.aws.environment, place: VALID_ENVIRONMENT },
      names: ['read', 'write', 'execution_boundary'],
    });
    const policies = ['read.staging', 'write.staging'].map((name) => documents.get(name) ?? expect.fail(name));
    apply = { arn: `arn:aws:iam::${ACCOUNT}:role/${SERVICE}-staging-apply`, policies };
    const iam = new IAMClient({
      ...{ endpoint: local.reality.url, region: REGION, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
    });
    const PolicyDocument = documents.get('execution_boundary') ?? expect.fail('no boundary');
    await iam.send(new CreatePolicyCommand({ PolicyName: `${SERVICE}-execution-boundary`, PolicyDocument }));
    iam.destroy();
    live = { ...(await local.pushRelease()), settings: releaseSettingsOf(ON) };
    await declare(ON);
    await initEnvironment({ root, environment: 'staging', awsEnvironment: local.aws.environment });
    await change(ON);
  }, 600_000);

  afterAll(async () => {
    await local.close();
    await removeTerraform(root);
  });

  async function declare(environment: EnvironmentFile): Promise<void> {
    const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: 'dev' };
    const id = releaseIdOf(live);
    const release = { live: id, releases: { [id]: { spec: live, source } } };
    await writeEnvironment(root, 'staging', { environment, release });
    for (const { path: file, text } of await generateEnvironmentFiles(root))
      await writeFile(path.join(root, file), text);
  }

  /** Applies an environment; gives the calls that were made. */
  async function change(environment: EnvironmentFile) {
    const [kept, rest] = [local.aws.calls.length, local.moto.calls.length];
    await declare(environment);
    await terraformOk(environmentRun({ root, environment: 'staging', awsEnvironment: local.aws.environment }), APPLY);
    const keyTags = { Service: SERVICE, Environment: 'staging' };
    const place: IamPlace = {
      ...{ accountId: ACCOUNT, region: REGION, keyTags },
      boundary: `arn:aws:iam::${ACCOUNT}:policy/${SERVICE}-execution-boundary`,
    };
    return [
      ...local.aws.calls.slice(kept).flatMap((call) => (call.forwarded ? [] : iamRequestsOfLocalCall(call))),
      ...local.moto.calls.slice(rest).flatMap((call) => iamRequestsOfMotoCall(call, place)),
    ];
  }

  it.each(ROUNDS)('leave it what it needs, off and on again: %s', { timeout: 600_000 }, async (_, off) => {
    const config = endpointConfigName({ service: SERVICE, name: 'staging' }, releaseIdOf(live));
    for (const environment of [{ ...ON, ...off }, ON]) {
      const requests = await change(environment);
      const actions = requests.map(({ action }) => action);
      expect(
        actions.filter((action) =>
          /^(?:kms:(?:ScheduleKeyDeletion|DisableKey)|s3:DeleteBucket|sagemaker:Delete)/.test(action),
        ),
      ).toEqual([]);
      expect(await local.reality.missingRights(config)).toEqual([]);
      const denied = await Promise.all(
        requests.map(async (request) =>
          (await simulate(apply, request)) === 'denied' ? [JSON.stringify(request)] : [],
        ),
      );
      expect(denied.flat()).toEqual([]);
    }
    expect(local.reality.refusals).toEqual([]);
  });
});
