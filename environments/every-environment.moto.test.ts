import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeModelCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listEnvironments, readEnvironmentFolder } from '../actions/lib/adapters/environment-folder.ts';
import { endpointConfigName, endpointName, scalableResourceId } from '../actions/lib/domain/names.ts';
import { releaseIdOf, type ReleaseSpec } from '../actions/lib/domain/release.ts';
import { startLocalAws, type LocalAws } from '../scripts/rehearse/local-aws/index.ts';
import { createClients, createRepository, pushEchoImage } from '../scripts/rehearse/local-aws/testing/fixtures.ts';
import { startMoto, type Moto } from '../scripts/testing/moto.ts';
import {
  applyEnvironment,
  copyTerraform,
  initEnvironment,
  planEnvironment,
  removeTerraform,
  writeEnvironment,
} from '../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '..');
const names = await listEnvironments(repositoryRoot);

describeWithTool(['terraform', 'moto'], 'every environment, as the repository has it', () => {
  let moto: Moto;
  let aws: LocalAws;
  let logDirectory: string;
  let root: string;
  let spec: ReleaseSpec;

  beforeAll(async () => {
    logDirectory = await mkdtemp(path.join(tmpdir(), 'every-environment-'));
    moto = await startMoto();
    aws = await startLocalAws({
      logDirectory,
      launcher: 'process',
      motoUrl: moto.url,
      acceleration: 600,
      startupTimeoutAcceleration: 30,
    });
    const access = await createRepository(createClients(aws), aws.url, 'onnx-inference');
    spec = {
      image: `127.0.0.1:${String(aws.port)}/onnx-inference@${await pushEchoImage(access, 'onnx-inference', 'v1')}`,
      model: null,
      instanceType: 'ml.m5.large',
      instanceCount: 2,
      environment: {},
      startupTimeoutSeconds: 60,
    };
    root = await copyTerraform(repositoryRoot);
  });

  afterAll(async () => {
    await aws.close();
    await moto.close();
    await removeTerraform(root);
    await rm(logDirectory, { recursive: true, force: true });
  });

  it.concurrent.each(names)('plans, applies, and then has no changes in %s', { timeout: 300_000 }, async (name) => {
    const { environment } = await readEnvironmentFolder(repositoryRoot, name);
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
  });
});
