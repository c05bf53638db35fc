import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DeleteEndpointCommand } from '@aws-sdk/client-sagemaker';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { endpointName } from '../../actions/lib/domain/environment/names.ts';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { releaseSettingsOf } from '../../actions/lib/domain/release/settings.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { generateEnvironmentFiles } from '../../scripts/generate/environment-files.ts';
import { startTerraformAws, type TerraformAws } from '../../scripts/testing/terraform-aws.ts';
import {
  applyEnvironment,
  copyTerraform,
  environmentRun,
  initEnvironment,
  removeTerraform,
  terraformOk,
  writeEnvironment,
} from '../../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');
const { account: ACCOUNT, service: SERVICE } = VALID_ENVIRONMENT;
const AWS = VALID_ENVIRONMENT.region;
const CHINA = 'cn-north-1';
const GOVERNMENT = 'us-gov-west-1';

const arn = (region: string, service: string, rest: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${ACCOUNT}:${rest}`;
const keyIn = (region: string) => ({ kmsKeyArn: arn(region, 'kms', 'key/11111111-2222-3333-4444-555555555555') });
const network = { network: { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] } };
const capture = { dataCapture: { samplingPercentage: 10, retentionDays: 90 } };
const autoscaling: EnvironmentFile['autoscaling'] = {
  ...{ minInstances: 2, maxInstances: 4, invocationsPerInstance: 3000 },
  ...{ scaleInCooldownSeconds: 300, scaleOutCooldownSeconds: 60 },
  schedules: [
    {
      name: 'night',
      expression: 'cron(0 20 ? * MON-FRI *)',
      timezone: 'Asia/Shanghai',
      minInstances: 1,
      maxInstances: 2,
    },
  ],
};
const noAlarms = { alarms: { serverErrors: null, clientErrors: null, latencyP99: null } };
const topicIn = (region: string) => ({ notifications: { snsTopicArn: arn(region, 'sns', 'on-call') } });
const all = (region: string) => ({
  ...network,
  networkIsolation: true,
  ...keyIn(region),
  ...capture,
  autoscaling,
  ...topicIn(region),
});
const organisation = {
  tags: { CostCenter: '42', Größe: 'a b' },
  iam: { rolePath: '/ml/', executionPolicyFile: 'further.json' },
};

/** A name, the region, what the environment has beside the usual, and what its releases have. */
type Shape = readonly [string, string, Partial<EnvironmentFile>, readonly Partial<ReleaseSpec>[]];

const SHAPES: readonly Shape[] = [
  ['china', CHINA, { ...all(CHINA), ...organisation }, [{}]],
  ['organisation', AWS, { ...organisation, ...capture }, [{}]],
  ['plain', AWS, {}, [{}]],
  ['no-release', AWS, capture, []],
  ['network', AWS, network, [{}]],
  ['own-key', AWS, { ...keyIn(AWS), ...capture }, [{}]],
  ['local-storage', AWS, capture, [{ instanceType: 'ml.g5.xlarge' }]],
  ['no-alarms', AWS, noAlarms, [{}]],
  ['schedules', AWS, { autoscaling }, [{}]],
  ['topic', AWS, topicIn(AWS), [{}]],
  ['government', GOVERNMENT, all(GOVERNMENT), [{}]],
  ['china-plain', CHINA, {}, [{}]],
  [
    'ten-releases',
    AWS,
    {},
    Array.from({ length: 10 }, (_, n) => ({
      environment: { N: String(n) },
      settings: releaseSettingsOf({ ...VALID_ENVIRONMENT, ...(n % 2 === 0 ? network : capture) }),
    })),
  ],
];
// `npm run long-tests` takes them all.
const CHOSEN = process.env['LONG_TESTS'] === 'all' ? SHAPES : SHAPES.slice(0, 1);

describe.each([...new Set(CHOSEN.map(([, region]) => region))])('in %s', (region) => {
  describeWithTool(['terraform', 'moto'], 'an environment of any shape', () => {
    let local: TerraformAws;
    let root: string;
    let spec: ReleaseSpec;

    beforeAll(async () => {
      local = await startTerraformAws({ region });
      spec = await local.pushRelease();
      root = await copyTerraform(repositoryRoot);
    }, 120_000);

    afterAll(async () => {
      await local.close();
      await removeTerraform(root);
    });

    it.each(CHOSEN.filter(([, of]) => of === region))(
      'is applied, has no changes then, and is destroyed: %s',
      { timeout: 900_000 },
      async (name, _region, change, releases) => {
        const environment: EnvironmentFile = { ...VALID_ENVIRONMENT, region, ...change };
        const settings = releaseSettingsOf(environment);
        const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
        const specs = releases.map((each): ReleaseSpec => ({ ...spec, settings, ...each }));
        const entries = Object.fromEntries(specs.map((each) => [releaseIdOf(each), { spec: each, source }]));
        const release = { live: Object.keys(entries)[0] ?? null, releases: entries };
        await writeEnvironment(root, name, { environment, release });
        await writeFile(path.join(root, 'environments', name, 'further.json'), furtherStatements(region));
        for (const { path: file, text } of await generateEnvironmentFiles(root))
          await writeFile(path.join(root, file), text);

        const run = { root, environment: name, awsEnvironment: local.aws.environment };
        await initEnvironment(run);
        const applied = await applyEnvironment(run);
        expect(applied.secondPlan).toContain('No changes.');
        expect(applied.secondPlanExitCode).toBe(0);
        expect(applied.outputs['contract']).toMatchObject({
          executionRoleArn: `arn:${partitionOf(region)}:iam::${ACCOUNT}:role${change.iam?.rolePath ?? '/'}${SERVICE}-${name}-execution`,
        });
        if (release.live !== null) {
          await createClients(local.aws).sagemaker.send(
            new DeleteEndpointCommand({ EndpointName: endpointName({ service: SERVICE, name }) }),
          );
        }
        await terraformOk(environmentRun(run), ['destroy', '-input=false', '-no-color', '-auto-approve']);
        const { stdout } = await terraformOk(environmentRun(run), ['state', 'list']);
        expect(stdout.trim()).toBe('');
        expect(local.reality.refusals).toEqual([]);
      },
    );
  });
});

function furtherStatements(region: string): string {
  const Resource = `arn:${partitionOf(region)}:s3:::features/*`;
  const Statement = [{ Sid: 'ReadFeatures', Effect: 'Allow', Action: 's3:GetObject', Resource }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
