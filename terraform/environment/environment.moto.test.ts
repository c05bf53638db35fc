import path from 'node:path';
import { DeleteEndpointCommand, DescribeEndpointCommand, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { TEAM_ENVIRONMENTS } from '../../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startTerraformAws, type TerraformAws } from '../../scripts/testing/terraform-aws.ts';
import {
  applyEnvironment,
  copyTerraform,
  environmentRun,
  initEnvironment,
  planEnvironment,
  readPlan,
  removeTerraform,
  terraform,
  terraformOk,
  writeEnvironment,
  type EnvironmentRun,
} from '../../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');
const kmsKeyArn = 'arn:aws:kms:eu-west-1:210987654321:key/11111111-2222-3333-4444-555555555555';
const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };

describeWithTool(['terraform', 'moto'], 'an environment, applied to a local AWS', () => {
  let local: TerraformAws;
  let aws: LocalAws;
  let root: string;
  let run: EnvironmentRun;
  let first: ReleaseSpec;
  let second: ReleaseSpec;

  beforeAll(async () => {
    local = await startTerraformAws();
    aws = local.aws;
    const settings = { network: null, networkIsolation: false, kmsKeyArn, dataCapture: null };
    first = { ...(await local.pushRelease()), environment: { LOG_LEVEL: 'info' }, settings };
    second = { ...first, environment: { LOG_LEVEL: 'debug' } };
    root = await copyTerraform(repositoryRoot);
    await writeSampleTeam(root);
    run = { root, environment: 'trial', awsEnvironment: aws.environment };
    await setEnvironment({});
    await setReleases(null, []);
    await initEnvironment(run);
  });

  afterAll(async () => {
    await local.close();
    await removeTerraform(root);
  });

  const idOf = (spec: ReleaseSpec): string => releaseIdOf(spec);
  const nameOf = (spec: ReleaseSpec): string => `scoring-trial-${idOf(spec)}`;

  async function setEnvironment(changes: Readonly<Record<string, unknown>>): Promise<void> {
    await writeEnvironment(root, 'trial', { environment: { ...TEAM_ENVIRONMENTS.trial, kmsKeyArn, ...changes } });
  }

  async function setReleases(live: ReleaseSpec | null, specs: readonly ReleaseSpec[]): Promise<void> {
    const releases = Object.fromEntries(specs.map((spec) => [idOf(spec), { spec, source }]));
    await writeEnvironment(root, 'trial', { release: { live: live === null ? null : idOf(live), releases } });
  }

  /** The operations recorded while something runs. */
  async function record<Value>(work: () => Promise<Value>): Promise<{ value: Value; operations: readonly string[] }> {
    const before = aws.calls.length;
    const value = await work();
    return { value, operations: aws.calls.slice(before).map(({ operation }) => operation) };
  }

  it('makes everything but the endpoint before the first release', { timeout: 120_000 }, async () => {
    const { value, operations } = await record(async () => await applyEnvironment(run));
    expect(value.secondPlan).toContain('No changes.');
    expect(value.secondPlanExitCode).toBe(0);
    expect(value.outputs['contract']).toMatchObject({ endpointName: 'scoring-trial', releases: {} });
    expect(operations).toContain('CreateRole');
    expect(operations).not.toContain('CreateEndpoint');
  });

  it('creates the endpoint with the first release', { timeout: 120_000 }, async () => {
    await setReleases(first, [first]);
    const { value, operations } = await record(async () => await applyEnvironment(run));
    expect(value.secondPlanExitCode).toBe(0);
    expect(operations.filter((operation) => operation === 'CreateEndpoint')).toHaveLength(1);
    const endpoint = await createClients(aws).sagemaker.send(
      new DescribeEndpointCommand({ EndpointName: 'scoring-trial' }),
    );
    expect(endpoint).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: nameOf(first) });
  });

  it('adds a release without touching what serves', { timeout: 120_000 }, async () => {
    await setReleases(first, [first, second]);
    const { value, operations } = await record(async () => await applyEnvironment(run));
    expect(value.secondPlanExitCode).toBe(0);
    expect(operations).not.toContain('UpdateEndpoint');
    expect(operations.filter((operation) => operation.startsWith('Delete') && operation !== 'DELETE')).toEqual([]);
    expect(value.outputs['contract']).toMatchObject({
      releases: {
        [idOf(second)]: {
          endpointConfigName: nameOf(second),
          rollbackAlarms: [`${nameOf(second)}-5xx`, `${nameOf(second)}-abort`, `${nameOf(second)}-latency-p99`],
        },
      },
    });
  });

  it('sees no changes after a canary swap with alarms', { timeout: 120_000 }, async () => {
    const { sagemaker } = createClients(aws);
    await sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: 'scoring-trial',
        EndpointConfigName: nameOf(second),
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: {
              Type: 'CANARY',
              CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
              WaitIntervalInSeconds: 60,
            },
            TerminationWaitInSeconds: 60,
          },
          AutoRollbackConfiguration: {
            Alarms: ['5xx', 'latency-p99', 'abort'].map((kind) => ({ AlarmName: `${nameOf(second)}-${kind}` })),
          },
        },
      }),
    );
    await expect
      .poll(
        async () => {
          const state = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'scoring-trial' }));
          return [state.EndpointStatus, state.EndpointConfigName];
        },
        { timeout: 60_000, interval: 200 },
      )
      .toEqual(['InService', nameOf(second)]);
    await setReleases(second, [first, second]);
    const plan = await planEnvironment(run);
    expect(plan.stdout).toContain('No changes.');
    expect(plan.exitCode).toBe(0);
  });

  it('warns while Git and the endpoint differ', { timeout: 60_000 }, async () => {
    await setReleases(first, [first, second]);
    const plan = await planEnvironment(run);
    expect(unwrap(plan.stdout)).toContain(
      `The endpoint scoring-trial serves ${nameOf(second)}, but release.json says that ${nameOf(first)} is live.`,
    );
  });

  it('refuses to drop the serving release, and deletes nothing', { timeout: 60_000 }, async () => {
    await setReleases(first, [first]);
    const { value, operations } = await record(async () => await terraform(environmentRun(run), APPLY));
    expect(value.exitCode).toBe(1);
    const message = unwrap(value.stderr);
    expect(message).toContain(`The endpoint scoring-trial serves the release ${idOf(second)}`);
    expect(message).toContain('Put that release back into environments/trial/release.json');
    expect(operations).toContain('DescribeEndpoint');
    expect(operations.filter((operation) => operation.startsWith('Delete'))).toEqual([]);
  });

  it('drops an unused release: exactly its model, config and alarms', { timeout: 120_000 }, async () => {
    await setReleases(second, [second]);
    const plan = await readPlan(run);
    expect(plan.changes).toEqual(
      [
        'aws_cloudwatch_metric_alarm.abort',
        'aws_cloudwatch_metric_alarm.latency_p99',
        'aws_cloudwatch_metric_alarm.server_errors',
        'aws_sagemaker_endpoint_configuration.release',
        'aws_sagemaker_model.release',
      ].map((resource) => ({
        address: `module.inference_endpoint.${resource}["${idOf(first)}"]`,
        actions: ['delete'],
      })),
    );
    expect((await applyEnvironment(run)).secondPlanExitCode).toBe(0);
  });

  it('refuses a release that was edited in place, and says to add a new one', { timeout: 60_000 }, async () => {
    const edited = { ...second, instanceCount: 3 };
    await writeEnvironment(root, 'trial', {
      release: { live: idOf(second), releases: { [idOf(second)]: { spec: edited, source } } },
    });
    const { value, operations } = await record(async () => await planEnvironment(run));
    expect(value.exitCode).toBe(1);
    const message = unwrap(value.stderr);
    expect(message).toContain(`${idOf(second)} (its spec has the id ${idOf(edited)})`);
    expect(message).toContain('add the new one with `npm run release -- add`');
    expect(operations.filter((operation) => operation.startsWith('Delete'))).toEqual([]);
  });

  it('never replaces what serves when settings of the environment change', { timeout: 180_000 }, async () => {
    await setReleases(second, [second]);
    await setEnvironment({
      networkIsolation: true,
      kmsKeyArn: kmsKeyArn.replace('1111', '9999'),
      network: { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] },
    });
    const plan = await readPlan(run);
    expect(plan.changes.filter(({ address }) => address.includes('aws_sagemaker_'))).toEqual([]);
    expect(unwrap(plan.text)).toContain(
      `are made under other settings than environment.json has now, and keep them: ${idOf(second)} (kmsKeyArn, network, networkIsolation)`,
    );
    await setEnvironment({});
  });

  it('refuses to destroy the endpoint', { timeout: 60_000 }, async () => {
    const { value, operations } = await record(
      async () => await terraform(environmentRun(run), ['destroy', '-input=false', '-no-color', '-auto-approve']),
    );
    expect(value.exitCode).toBe(1);
    expect(unwrap(value.stderr)).toContain('Instance cannot be destroyed');
    expect(operations.filter((operation) => operation.startsWith('Delete'))).toEqual([]);
  });

  it('destroys everything else once somebody has deleted the endpoint', { timeout: 120_000 }, async () => {
    await createClients(aws).sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'scoring-trial' }));
    await terraformOk(environmentRun(run), ['destroy', '-input=false', '-no-color', '-auto-approve']);
    const { stdout } = await terraformOk(environmentRun(run), ['state', 'list']);
    expect(stdout.trim()).toBe('');
  });
});

const APPLY = ['apply', '-input=false', '-no-color', '-auto-approve'];

/** Terraform wraps its messages to the width of a terminal. */
function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
