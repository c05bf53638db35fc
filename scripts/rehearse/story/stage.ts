import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { endpointConfigName } from '../../../actions/lib/domain/names.ts';
import type { ReleaseSpec } from '../../../actions/lib/domain/release.ts';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release-edit.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { startMoto, type Moto } from '../../testing/moto.ts';
import { startLocalAws, type LocalAws } from '../local-aws/index.ts';
import { startLocalGithub, type LocalGithub } from '../local-github/index.ts';
import { runAction, type ActionResult } from './run-action.ts';
import { UnexpectedOutcome } from './steps.ts';
import type { Tooling } from './tooling.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** Everything that the story plays on: a repository, a local AWS, a local GitHub, and the actions. */
export interface Stage {
  readonly workspace: Workspace;
  readonly aws: LocalAws;
  readonly tooling: Tooling;
  readonly signal: AbortSignal;
  /** Where the logs of everything go. */
  readonly logDirectory: string;
  /** Environment of every action: where AWS and GitHub are, and who the run is. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts an action's bundle in the workspace. */
  act(action: string, inputs: Readonly<Record<string, string>>): Promise<ActionResult>;
  /** Waits until an endpoint is in service, and says how many instances it has. */
  waitInService(endpoint: string): Promise<string>;
  /** Waits until only the fleet of one release of the endpoint still runs, and says so. */
  expectFleet(endpoint: string, release: string): Promise<string>;
  /** Takes a line of Terraform's output. */
  readonly terraformLog: (line: string) => void;
  /** Adds a release with an image to an environment and commits it, as a merged promotion pull request would. */
  release(environment: string, image: string, commit: string): Promise<string>;
  close(): Promise<void>;
}

/** How the stage is set. */
export interface StageOptions {
  readonly folder: string;
  readonly logDirectory: string;
  readonly tooling: Tooling;
  /** How many times faster SageMaker's waits (baking, alarm periods) pass. */
  readonly acceleration: number;
  readonly signal: AbortSignal;
}

/** Sets the stage; what was started is ended again when it can't be set as a whole. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { logDirectory, signal, tooling } = options;
  await mkdir(logDirectory, { recursive: true });
  const workspace = await createWorkspace(path.join(options.folder, 'repository'));
  await useExistingKey(workspace.root, 'dev');
  const { environment: dev } = await readEnvironmentFolder(workspace.root, 'dev');
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const server of opened.reverse()) await server.close();
  };
  try {
    const moto: Moto | undefined = tooling.terraform === 'ready' ? await startMoto(dev.region) : undefined;
    if (moto !== undefined) opened.push(moto);
    const aws = await startLocalAws({
      logDirectory: path.join(logDirectory, 'aws'),
      accountId: dev.account,
      region: dev.region,
      acceleration: options.acceleration,
      // An image without a base layer can only run as a process.
      launcher: tooling.containers === 'docker' ? 'container' : 'process',
      ...(moto === undefined ? {} : { motoUrl: moto.url }),
    });
    opened.push(aws);
    const github: LocalGithub = await startLocalGithub({
      logDirectory: path.join(logDirectory, 'github'),
      owner: 'example',
      repo: 'models',
    });
    opened.push(github);
    const connection = {
      endpoint: aws.url,
      region: aws.region,
      credentials: {
        accessKeyId: aws.environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: aws.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    };
    // In an account this is Terraform's, once: terraform/bootstrap.
    const ecr = new ECRClient(connection);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: dev.service, imageTagMutability: 'IMMUTABLE' }));
    ecr.destroy();
    const sagemaker = new SageMakerClient(connection);
    const terraformLog = createWriteStream(path.join(logDirectory, 'terraform.log'));
    opened.push({
      close: async () => {
        sagemaker.destroy();
        await new Promise((resolve) => terraformLog.end(resolve));
      },
    });
    const until = async (subject: string, holds: () => Promise<string | undefined>): Promise<string> => {
      const deadline = performance.now() + 60_000;
      for (;;) {
        const outcome = await holds();
        if (outcome !== undefined) return outcome;
        if (performance.now() > deadline) throw new UnexpectedOutcome(`${subject}: not within 60 s`);
        await delay(100, undefined, { signal });
      }
    };
    const environment = { ...aws.environment, ...github.environment };
    const token = github.token({ contents: 'write', deployments: 'write', 'pull-requests': 'write' });
    return {
      workspace,
      aws,
      tooling,
      signal,
      logDirectory,
      environment,
      close,
      act: async (action, inputs) => {
        const withToken = Object.hasOwn(inputs, 'github-token') ? { ...inputs, 'github-token': token } : inputs;
        return await runAction({
          action,
          inputs: withToken,
          workspace: workspace.root,
          environment: {
            ...environment,
            GITHUB_SHA: workspace.head().sha,
            GITHUB_REF: 'refs/heads/main',
            GITHUB_REF_NAME: 'main',
            GITHUB_EVENT_NAME: 'push',
            GITHUB_ACTOR: 'rehearsal',
            GITHUB_WORKFLOW: 'rehearsal',
            GITHUB_JOB: action,
            RUNNER_OS: 'Linux',
            RUNNER_ARCH: 'X64',
          },
          logDirectory: path.join(logDirectory, 'actions'),
          signal,
        });
      },
      waitInService: async (endpoint) =>
        await until(`${endpoint} in service`, async () => {
          const described = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpoint }));
          if (described.EndpointStatus === 'Failed') throw new UnexpectedOutcome(described.FailureReason ?? 'Failed');
          if (described.EndpointStatus !== 'InService') return undefined;
          const count = described.ProductionVariants?.[0]?.CurrentInstanceCount ?? 0;
          return `${endpoint} is InService on ${String(count)} instances (${aws.launcherKind})`;
        }),
      expectFleet: async (endpoint, release) =>
        await until(`only ${release} runs`, () => {
          const running = aws.instances().filter((instance) => instance.endpointName === endpoint);
          const expected = endpointConfigName({ service: dev.service, name: dev.name }, release);
          const others = running.filter((instance) => instance.configName !== expected);
          return Promise.resolve(
            others.length === 0 && running.length > 0
              ? `${String(running.length)} instances run, all of ${release}`
              : undefined,
          );
        }),
      terraformLog: (line) => terraformLog.write(`${line}\n`),
      release: async (name, image, commit) => {
        const { releaseFile } = await readEnvironmentFolder(workspace.root, name);
        const spec: ReleaseSpec = { ...FLEET, image };
        const added = addRelease(releaseFile, spec, {
          commit,
          createdAt: new Date(workspace.head().time * 1000).toISOString().replace('.000', ''),
          promotedFrom: null,
        });
        await writeFile(path.join(workspace.root, 'environments', name, 'release.json'), renderReleaseFile(added.file));
        await workspace.commit(`Release ${added.id} to ${name}`);
        return added.id;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// As a team with a key of its own would: making one has the Terraform provider wait 12 s for it to settle.
async function useExistingKey(root: string, name: string): Promise<void> {
  const { environment } = await readEnvironmentFolder(root, name);
  const { name: folder, ...file } = environment;
  const kmsKeyArn = `arn:aws:kms:${file.region}:${file.account}:key/11111111-2222-3333-4444-555555555555`;
  const text = `${JSON.stringify({ ...file, kmsKeyArn }, null, 2)}\n`;
  await writeFile(path.join(root, 'environments', folder, 'environment.json'), text);
}

const FLEET = {
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 60,
} as const;
