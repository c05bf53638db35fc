import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import { readModelFolder } from '../../../actions/lib/adapters/checkout/model-folder.ts';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { readBackendConfig } from '../../../actions/lib/adapters/terraform/backend-config.ts';
import { createTerraform } from '../../../actions/lib/adapters/terraform/cli.ts';
import { withPlanFile } from '../../../actions/lib/adapters/terraform/plan-file.ts';
import { modelDigest } from '../../../actions/lib/domain/release/model-artifact.ts';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release/edit.ts';
import { FAST_TERRAFORM, makeBackendBucket } from '../../testing/terraform-workspace.ts';
import type { LocalGithub } from '@sagemaker-gitops/local-github';
import { chainsOf, modelFolder, type Chain, type Content, type RehearsedEnvironment } from './content.ts';
import type { Repository } from './repository.ts';
import { expectExit, runAction, type ActionResult } from '../../testing/run-action.ts';
import type { Tooling } from './tooling.ts';

/** Names a place in AWS. */
export type Place = Pick<RehearsedEnvironment, 'account' | 'region'>;

/** What a person with administrator's keys works with, before there is any workflow. */
export interface ManualSetup {
  readonly repository: Repository;
  readonly content: Content;
  readonly tooling: Tooling;
  readonly signal: AbortSignal;
  /** What a process needs in its environment to work in an account and region. */
  readonly awsEnvironmentOf: (place: Place) => Readonly<Record<string, string>>;
  /** Where the stand-in for Terraform is, or undefined for the real one. */
  readonly terraformFolder: string | undefined;
  /** Where the stand-in for docker is, or undefined for the real one. */
  readonly dockerFolder: string | undefined;
  readonly logDirectory: string;
  /** Told what is being done. */
  readonly progress: (what: string) => void;
}

/** Makes the registry's repository of every service, and the images of the first commit, by service. */
export async function makeFirstImages(setup: ManualSetup, commit: string): Promise<ReadonlyMap<string, string>> {
  const images = new Map<string, string>();
  for (const { service, first } of chainsOf(setup.content)) {
    // In an account this is Terraform's, once: terraform/bootstrap.
    const ecr = new ECRClient(clientOptions(setup.awsEnvironmentOf(first)));
    await ecr.send(new CreateRepositoryCommand({ repositoryName: service, imageTagMutability: 'IMMUTABLE' }));
    ecr.destroy();
    images.set(service, await makeImage(setup, service, commit));
  }
  return images;
}

/** Options of an AWS SDK client from what a process would have in its environment. */
export function clientOptions(environment: Readonly<Record<string, string>>) {
  return {
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
}

/** Builds and pushes a service's image of the commit that the repository has checked out; gives its reference. */
export async function makeImage(setup: ManualSetup, service: string, commit: string): Promise<string> {
  const { first } = chainNamed(setup.content, service);
  setup.progress(`building the image of ${service}`);
  const built = await act(setup, first, 'build-image', {
    repository: service,
    region: first.region,
    commit,
  });
  return built.outputs['image'] ?? '';
}

function chainNamed(content: Content, service: string): Chain {
  const chain = chainsOf(content).find((one) => one.service === service);
  if (chain === undefined) throw new Error(`there is no service ${service}`);
  return chain;
}

/**
 * Declares each service's image as the live release of its environments, in place of all releases that the content had,
 * whose images are in no registry here; gives the releases' ids by environment.
 */
export async function releaseEverywhere(
  { repository, content }: ManualSetup,
  images: ReadonlyMap<string, string>,
  commit: string,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const { service, environments } of chainsOf(content)) {
    for (const { name, runs } of environments) {
      const { releaseFile } = await readEnvironmentFolder(repository.root, name);
      const spec = {
        image: images.get(service) ?? '',
        model: null,
        instanceType: runs?.instanceType ?? 'ml.m5.large',
        // A canary needs two instances, and a laptop has no room for more.
        instanceCount: 2,
        environment: runs?.environment ?? {},
        startupTimeoutSeconds: 60,
      };
      const model = modelDigest(await readModelFolder(path.join(repository.root, modelFolder(service))));
      const source = { commit, createdAt: '2026-01-01T00:01:00Z', promotedFrom: null, modelDigest: model };
      const added = addRelease({ ...releaseFile, live: null, releases: {} }, spec, source);
      await repository.write(`environments/${name}/release.json`, renderReleaseFile(added.file));
      ids.set(name, added.id);
    }
  }
  await repository.commit('Release everywhere');
  return ids;
}

/** Applies every environment and verifies what it serves, as a team does before it has anything to compare with. */
export async function verifyEverywhere(setup: ManualSetup, github: LocalGithub): Promise<void> {
  const environments = chainsOf(setup.content).flatMap((chain) => chain.environments);
  for (const environment of environments) {
    const awsEnvironment = setup.awsEnvironmentOf(environment);
    const folder = path.join('environments', environment.name);
    await makeBackendBucket({ root: setup.repository.root, folder, awsEnvironment });
  }
  const token = github.token({ contents: 'read', deployments: 'write' });
  const sha = await setup.repository.git(['rev-parse', 'HEAD']);
  const variables = { ...github.environment, GITHUB_SHA: sha, GITHUB_EVENT_NAME: 'workflow_dispatch' };
  // Where one fails the others end too: nothing they work on is there any longer after that.
  const failure = new AbortController();
  const all = { ...setup, signal: AbortSignal.any([setup.signal, failure.signal]) };
  const waiting = new Set(environments.map(({ name }) => name));
  const report = (): void => setup.progress(`applying and verifying ${[...waiting].join(', ')}`);
  report();
  const verify = async (environment: RehearsedEnvironment): Promise<void> => {
    const { name } = environment;
    await applyByHand(all, environment);
    const deploy = { environment: name, 'github-token': token, 'poll-interval-seconds': '0.2' };
    await act(all, environment, 'deploy-endpoint', deploy, variables);
    waiting.delete(name);
    report();
  };
  const results = await Promise.allSettled(
    environments.map(async (environment) => {
      await verify(environment).catch((error: unknown) => {
        failure.abort(error);
        throw error;
      });
    }),
  );
  const [first] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (first !== undefined) throw failure.signal.aborted ? failure.signal.reason : first;
}

/** Applies an environment as an administrator does who sets it up. */
async function applyByHand(setup: ManualSetup, environment: RehearsedEnvironment): Promise<void> {
  const { root } = setup.repository;
  const { name } = environment;
  const lock = { timeoutSeconds: 60 };
  await withPlanFile(async ({ planFile, dataFolder }) => {
    const terraform = createTerraform({
      process: runProcess,
      folder: path.join(root, 'environments', name),
      dataFolder,
      environment: {
        ...process.env,
        ...setup.awsEnvironmentOf(environment),
        ...FAST_TERRAFORM,
        PATH: searchPath(setup),
      },
      signal: setup.signal,
      onMessage: () => undefined,
    });
    const steps = [
      async () => await terraform.init(await readBackendConfig(root, name, '')),
      async () => await terraform.plan(planFile, lock),
      async () => await terraform.apply(planFile, lock),
    ];
    for (const step of steps) {
      const ended = await step();
      if (ended.kind === 'failed')
        throw new Error(`terraform failed for ${name}: ${JSON.stringify(ended.diagnostics)}`);
    }
  });
}

function searchPath({ terraformFolder, dockerFolder }: ManualSetup): string {
  const folders = [terraformFolder, dockerFolder, process.env['PATH']];
  return folders.filter((folder) => folder !== undefined).join(path.delimiter);
}

async function act(
  setup: ManualSetup,
  place: Place,
  action: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ActionResult> {
  const result = await runAction({
    action,
    inputs,
    workspace: setup.repository.root,
    environment: {
      ...setup.awsEnvironmentOf(place),
      ...FAST_TERRAFORM,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_ACTOR: 'rehearsal',
      GITHUB_WORKFLOW: 'rehearsal',
      GITHUB_JOB: action,
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      ...environment,
      PATH: searchPath(setup),
    },
    logDirectory: setup.logDirectory,
    signal: setup.signal,
  });
  expectExit(result, 0);
  return result;
}
