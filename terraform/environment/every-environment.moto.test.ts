import path from 'node:path';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeModelCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName, endpointName, scalableResourceId } from '../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { TEAM_ENVIRONMENTS, TERRAFORM_ENVIRONMENTS } from '../../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startTerraformAws, type TerraformAws } from '../../scripts/testing/terraform-aws.ts';
import {
  applyEnvironment,
  copyTerraform,
  initEnvironment,
  planEnvironment,
  removeTerraform,
  writeEnvironment,
} from '../../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');

const team = TERRAFORM_ENVIRONMENTS.map((name): Environment => ({ ...TEAM_ENVIRONMENTS[name], name }));

// An AWS of its own for each account.
describe.each([...new Set(team.map(({ account }) => account))])('in account %s', (accountId) => {
  const environments = team.filter(({ account }) => account === accountId);

  describeWithTool(['terraform', 'moto'], 'every environment of a team', () => {
    let local: TerraformAws;
    let aws: LocalAws;
    let root: string;
    let spec: ReleaseSpec;

    beforeAll(async () => {
      local = await startTerraformAws({ accountId });
      aws = local.aws;
      spec = await local.pushRelease();
      root = await copyTerraform(repositoryRoot);
      await writeSampleTeam(root);
    });

    afterAll(async () => {
      await local.close();
      await removeTerraform(root);
    });

    it.concurrent.each(environments)(
      'plans, applies, and then has no changes in $name',
      { timeout: 300_000 },
      async (environment) => {
        const { name } = environment;
        const id = releaseIdOf(spec);
        const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
        await writeEnvironment(root, name, { release: { live: id, releases: { [id]: { spec, source } } } });
        const run = { root, environment: name, awsEnvironment: aws.environment };
        await initEnvironment(run);
        expect((await planEnvironment(run)).exitCode).toBe(2);
        const applied = await applyEnvironment(run);
        expect(applied.secondPlan).toContain('No changes.');
        expect(applied.secondPlan).not.toContain('Warning');
        expect(applied.secondPlanExitCode).toBe(0);
        expect(applied.outputs['contract']).toMatchObject({ endpointName: endpointName(environment) });
        const model = await createClients(aws).sagemaker.send(
          new DescribeModelCommand({ ModelName: endpointConfigName(environment, id) }),
        );
        expect(model.EnableNetworkIsolation ?? false).toBe(environment.networkIsolation);
        expect(model.PrimaryContainer?.Environment).toEqual({ RELEASE_ID: id });

        const autoscaling = new ApplicationAutoScalingClient({
          endpoint: aws.url,
          region: environment.region,
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        });
        const { ScalableTargets } = await autoscaling.send(
          new DescribeScalableTargetsCommand({
            ServiceNamespace: 'sagemaker',
            ResourceIds: [scalableResourceId(environment)],
          }),
        );
        expect(ScalableTargets?.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity])).toEqual(
          environment.autoscaling === null
            ? []
            : [[environment.autoscaling.minInstances, environment.autoscaling.maxInstances]],
        );
        if (environment.autoscaling !== null) {
          // As a schedule does.
          await autoscaling.send(
            new RegisterScalableTargetCommand({
              ServiceNamespace: 'sagemaker',
              ResourceId: scalableResourceId(environment),
              ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
              MinCapacity: 1,
              MaxCapacity: 20,
            }),
          );
          expect((await planEnvironment(run)).exitCode).toBe(0);
        }
        autoscaling.destroy();
      },
    );
  });
});
