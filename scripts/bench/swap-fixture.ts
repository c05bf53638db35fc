import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { endpointConfigName, endpointName } from '../../actions/lib/domain/environment/names.ts';
import { releaseIdOf, type ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { ENVIRONMENT, SMOKE } from '../testing/swap-environment.ts';
import { startLedgerGithub } from '../testing/ledger-github.ts';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { pushImage } from '@sagemaker-gitops/local-aws';
import { ROOT } from '../build.ts';

/** The access key of the actions, so that their calls can be told from the load's. */
export const ACTION_KEY = 'AKIAACTION';

/** How a run of deploy-endpoint went, in milliseconds since the Unix epoch. */
interface Deployment {
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
  /** Runs the bundle. */
  readonly deploy: (release: string, swap: Environment['swap']) => Promise<Deployment>;
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

/** Sets the fixture in a folder; emulated waits pass `acceleration` times faster. */
export async function startSwapFixture(folder: string, acceleration: number): Promise<SwapFixture> {
  const environment: Environment = {
    ...ENVIRONMENT,
    alarms: { serverErrors: null, clientErrors: null, latencyP99: null },
  };
  const aws = await startLocalAws({ logDirectory: path.join(folder, 'logs'), acceleration, launcher: 'process' });
  const github = await startLedgerGithub();
  const settings = {
    region: aws.region,
    endpoint: aws.url,
    credentials: { accessKeyId: 'AKIASTAGE', secretAccessKey: 'local' },
  };
  const [ecr, sagemaker] = [new ECRClient(settings), new SageMakerClient(settings)];
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
      return id;
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
      return await runDeploy(folder, { ...aws.environment, ...github.environment }, github.token, environment.name);
    },
    close: async () => {
      sagemaker.destroy();
      ecr.destroy();
      await Promise.all([aws.close(), github.close()]);
    },
  };
}

async function runDeploy(
  folder: string,
  environment: Readonly<Record<string, string>>,
  token: string,
  name: string,
): Promise<Deployment> {
  const inputs = {
    ENVIRONMENT: name,
    RELEASE: '',
    'WORKING-DIRECTORY': folder,
    'GITHUB-TOKEN': token,
    'ROLE-ARN': '',
    'POLL-INTERVAL-SECONDS': '0.5',
    'HEARTBEAT-SECONDS': '60',
  };
  const startedAt = Date.now();
  const child = spawn(process.execPath, [path.join(ROOT, 'actions/dist/deploy-endpoint.js')], {
    env: {
      ...process.env,
      ...environment,
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key}`, value])),
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
