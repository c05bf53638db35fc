import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchClient, PutMetricAlarmCommand, type PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { ABORT_METRIC, alarmNamesOf } from '../../actions/lib/domain/environment/alarms.ts';
import { endpointConfigName, endpointName, stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { ENVIRONMENT, SMOKE } from '../testing/swap-environment.ts';
import { makeStateBucket } from '../testing/state-bucket.ts';
import { startDeploymentsGithub } from '../testing/deployments-github.ts';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { parse } from 'yaml';
import { z } from 'zod';
import { pushImage } from '@sagemaker-gitops/local-aws';
import { ROOT } from '../build.ts';

/** The access key of the actions, so that their calls can be told from the load's. */
export const ACTION_KEY = 'AKIAACTION';

/** How a run of an action went, in milliseconds since the Unix epoch. */
interface BundleRun {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly log: string;
}

/** A local AWS with real processes behind an endpoint, and the real bundle to swap it with. */
export interface SwapFixture {
  readonly aws: LocalAws;
  readonly endpointName: string;
  /** Builds, pushes and declares a release of a linear model; gives its id. */
  readonly release: (name: string, weights: readonly [number, number, number]) => Promise<string>;
  readonly createEndpoint: (release: string) => Promise<void>;
  /** VariantStatus messages of the fleet that an update builds; empty where none is built. */
  readonly stages: () => Promise<string>;
  /** Runs deploy-endpoint. */
  readonly deploy: (release: string, swap: Environment['swap']) => Promise<BundleRun>;
  /** Runs abort-swap, as the first job of the workflow Roll back does. */
  readonly abort: () => Promise<BundleRun>;
  /** Runs rollback-endpoint, to the release that was verified before. */
  readonly rollBack: () => Promise<BundleRun>;
  readonly close: () => Promise<void>;
}

/** The model server of the bench's images: small, so that the swap is measured and not the model. */
const modelServer = (weights: readonly number[]): string => `
import { createServer } from 'node:http';
const weights = ${JSON.stringify(weights)};
const attributes = 'release-id=' + process.env.RELEASE_ID;
const server = createServer((request, response) => {
  if (request.url === '/ping') return response.writeHead(200).end();
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    const { features } = JSON.parse(text);
    const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-custom-attributes': attributes };
    if (features.length !== 3) return response.writeHead(422, headers).end('{}');
    const prediction = [features.reduce((sum, value, index) => sum + value * weights[index], 3)];
    response.writeHead(200, headers).end(JSON.stringify({ prediction }));
  });
});
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

const latencyP99 = { thresholdMilliseconds: 60_000, periodSeconds: 60, evaluationPeriods: 1 };

/** An alarm of a release as Terraform declares it: on its latency, or on the metric that aborts its update. */
function alarmOf(name: string, endpoint: string, config: string): PutMetricAlarmInput {
  const isAbort = name.endsWith('-abort');
  const common = {
    ...{ AlarmName: name, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' },
    ComparisonOperator: 'GreaterThanOrEqualToThreshold' as const,
  };
  const dimensions = [
    { Name: 'EndpointName', Value: endpoint },
    { Name: 'EndpointConfigName', Value: config },
  ];
  return isAbort
    ? {
        ...{ ...common, Namespace: ABORT_METRIC.namespace, MetricName: ABORT_METRIC.name, Dimensions: dimensions },
        ...{ Statistic: 'Sum', Period: 10, Threshold: 1 },
      }
    : {
        ...{ ...common, Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency' },
        Dimensions: [...dimensions, { Name: 'VariantName', Value: 'primary' }],
        ...{ ExtendedStatistic: 'p99', Period: 60, Threshold: latencyP99.thresholdMilliseconds * 1000 },
      };
}

/** Sets the fixture in a folder; emulated waits pass `acceleration` times faster, and machines take `launchSeconds` of them. */
export async function startSwapFixture(
  folder: string,
  { acceleration, launchSeconds = 0 }: { readonly acceleration: number; readonly launchSeconds?: number },
): Promise<SwapFixture> {
  const environment: Environment = {
    ...ENVIRONMENT,
    // The load keeps the machine busy: only the abort is to roll a swap back.
    alarms: { serverErrors: null, clientErrors: null, latencyP99 },
  };
  const aws = await startLocalAws({
    logDirectory: path.join(folder, 'logs'),
    accountId: environment.account,
    region: environment.region,
    ...{ acceleration, launchSeconds, launcher: 'process' },
  });
  const github = await startDeploymentsGithub();
  const settings = {
    region: aws.region,
    endpoint: aws.url,
    credentials: { accessKeyId: 'AKIASTAGE', secretAccessKey: 'local' },
  };
  const [ecr, sagemaker, cloudwatch] = [
    new ECRClient(settings),
    new SageMakerClient(settings),
    new CloudWatchClient(settings),
  ];
  await makeStateBucket(aws.url, { bucket: stateBucketName(environment), region: aws.region });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'scoring' }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
  const access = { url: aws.url, token: authorizationData?.[0]?.authorizationToken ?? '' };
  const name = endpointName(environment);
  const releases: ReleaseFile['releases'] = {};
  const environmentFolder = path.join(folder, 'environments', environment.name);
  await mkdir(environmentFolder, { recursive: true });
  const environmentFile = Object.fromEntries(Object.entries(environment).filter(([key]) => key !== 'name'));
  // The load keeps the machine busy: latencies are what the bench measures, not what stops a swap.
  const smoke = {
    ...SMOKE,
    limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 0 },
    parity: null,
  };
  await writeFile(path.join(environmentFolder, 'smoke.json'), JSON.stringify(smoke));
  const pace = { 'poll-interval-seconds': '0.5', 'heartbeat-seconds': '60' };
  const run = async (action: string, inputs: Readonly<Record<string, string>>): Promise<BundleRun> =>
    await runBundle(
      action,
      { environment: environment.name, 'working-directory': folder, ...inputs },
      { ...aws.environment, ...github.environment },
    );
  return {
    aws,
    endpointName: name,
    release: async (tag, weights) => {
      const digest = await pushImage(access, 'scoring', tag, {
        layers: [[{ path: 'opt/program/server.mjs', content: modelServer(weights) }]],
      });
      const spec = {
        image: `127.0.0.1:${aws.port}/scoring@${digest}`,
        model: null,
        instanceType: 'ml.m5.large',
        instanceCount: 2,
        environment: {},
        startupTimeoutSeconds: 600,
      };
      const id = releaseIdOf(spec);
      releases[id] = {
        spec,
        source: { commit: 'a'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null },
      };
      const config = endpointConfigName(environment, id);
      await sagemaker.send(
        new CreateModelCommand({
          ModelName: config,
          ExecutionRoleArn: `arn:aws:iam::${environment.account}:role/execution`,
          PrimaryContainer: { Image: spec.image, Environment: { RELEASE_ID: id } },
        }),
      );
      await sagemaker.send(
        new CreateEndpointConfigCommand({
          EndpointConfigName: config,
          ProductionVariants: [
            {
              VariantName: 'primary',
              ModelName: config,
              InstanceType: 'ml.m5.large',
              InitialInstanceCount: 2,
              ContainerStartupHealthCheckTimeoutInSeconds: 600,
            },
          ],
        }),
      );
      for (const alarm of alarmNamesOf(environment, id)) {
        await cloudwatch.send(new PutMetricAlarmCommand(alarmOf(alarm, name, config)));
      }
      return id;
    },
    stages: async () => {
      const { PendingDeploymentSummary } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
      const variants = PendingDeploymentSummary?.ProductionVariants ?? [];
      return variants
        .flatMap(({ VariantStatus = [] }) => VariantStatus.map(({ StatusMessage }) => StatusMessage))
        .join(' ');
    },
    createEndpoint: async (release) => {
      const config = endpointConfigName(environment, release);
      await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: config }));
      for (;;) {
        const { EndpointStatus } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
        if (EndpointStatus === 'InService') return;
        if (EndpointStatus === 'Failed') throw new Error('the endpoint of the bench cannot be created');
        await delay(100);
      }
    },
    deploy: async (live, swap) => {
      await writeFile(path.join(environmentFolder, 'release.json'), JSON.stringify({ live, releases }));
      await writeFile(path.join(environmentFolder, 'environment.json'), JSON.stringify({ ...environmentFile, swap }));
      return await run('deploy-endpoint', { 'github-token': github.token, ...pace });
    },
    abort: async () => await run('abort-swap', {}),
    rollBack: async () =>
      await run('rollback-endpoint', {
        'github-token': github.token,
        reason: 'the bench',
        'in-flight': 'wait',
        ...pace,
      }),
    close: async () => {
      sagemaker.destroy();
      ecr.destroy();
      cloudwatch.destroy();
      await Promise.all([aws.close(), github.close()]);
    },
  };
}

/** Runs an action's bundle with inputs; the others have the defaults of its `action.yml`. */
async function runBundle(
  action: string,
  given: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<BundleRun> {
  const inputs = { ...(await readDefaults(action)), ...given };
  const startedAt = Date.now();
  const child = spawn(process.execPath, [path.join(ROOT, 'actions/dist', `${action}.js`)], {
    env: {
      ...process.env,
      ...environment,
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
      AWS_ACCESS_KEY_ID: ACTION_KEY,
      GITHUB_SHA: 'b'.repeat(40),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The runner is another machine: its work must not be taken from the instances.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, startedAt, endedAt: Date.now(), log };
}

const actionFile = z.object({ inputs: z.record(z.string(), z.object({ default: z.string().default('') })) });

async function readDefaults(action: string): Promise<Readonly<Record<string, string>>> {
  const { inputs } = actionFile.parse(parse(await readFile(path.join(ROOT, 'actions', action, 'action.yml'), 'utf8')));
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default]));
}
