import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { runProcess } from '../../../actions/lib/adapters/process.ts';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release-edit.ts';
import { BRISK_TERRAFORM, makeStateBucket } from '../../testing/terraform-workspace.ts';
import type { LocalGithub } from '../local-github/index.ts';
import { ENVIRONMENTS } from './rehearsal-environments.ts';
import { withDependencies, type Repository } from './repository.ts';
import { expectExit, runAction, type ActionResult } from './run-action.ts';
import type { Tooling } from './tooling.ts';

/** What a person with administrator's keys works with, before there is any workflow. */
export interface Hand {
  readonly repository: Repository;
  readonly service: string;
  readonly tooling: Tooling;
  readonly signal: AbortSignal;
  readonly awsEnvironment: Readonly<Record<string, string>>;
  /** Where the stand-in for Terraform is, or undefined for the real one. */
  readonly terraformFolder: string | undefined;
  readonly logDirectory: string;
}

/** Makes the registry's repository and the image of the first commit; gives its reference and the commit. */
export async function makeFirstImage(hand: Hand): Promise<{ readonly image: string; readonly commit: string }> {
  const { repository, service, awsEnvironment } = hand;
  // In an account this is Terraform's, once: terraform/bootstrap.
  const ecr = new ECRClient({
    endpoint: awsEnvironment['AWS_ENDPOINT_URL'] ?? '',
    region: awsEnvironment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: awsEnvironment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: awsEnvironment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  await ecr.send(new CreateRepositoryCommand({ repositoryName: service, imageTagMutability: 'IMMUTABLE' }));
  ecr.destroy();
  const commit = await repository.commit('Serve the sample model');
  return { image: await makeImage(hand, commit), commit };
}

/** Builds and pushes an image of the commit that the repository has checked out; gives its reference. */
export async function makeImage(hand: Hand, commit: string): Promise<string> {
  const { repository, service, tooling, awsEnvironment } = hand;
  const built = await withDependencies(repository, async () => {
    if (tooling.containers === 'embedded') {
      const result = await runProcess({
        command: process.execPath,
        argv: ['--import', 'tsx', 'scripts/build.ts', 'server'],
        cwd: repository.root,
        environment: process.env,
        signal: hand.signal,
      });
      if (result.exitCode !== 0) throw new Error(`the server cannot be built: ${result.stderr}`);
    }
    return await act(hand, 'build-image', {
      repository: service,
      region: awsEnvironment['AWS_REGION'] ?? '',
      commit,
      builder: tooling.containers,
      'build-arguments': tooling.buildArguments,
      network: tooling.network,
    });
  });
  return built.outputs['image'] ?? '';
}

/** Declares the image as the live release of every environment, and commits that; gives the release's id. */
export async function releaseEverywhere(
  { repository }: Hand,
  { image, commit }: { readonly image: string; readonly commit: string },
): Promise<string> {
  let id = '';
  for (const name of ENVIRONMENTS) {
    const { releaseFile } = await readEnvironmentFolder(repository.root, name);
    const source = { commit, createdAt: '2026-01-01T00:01:00Z', promotedFrom: null };
    const added = addRelease(releaseFile, { ...FLEET, image }, source);
    await repository.write(`environments/${name}/release.json`, renderReleaseFile(added.file));
    id = added.id;
  }
  await repository.commit(`Release ${id} everywhere`);
  return id;
}

/** Applies every environment and verifies what it serves, as a team does before it has anything to compare with. */
export async function verifyEverywhere(hand: Hand, github: LocalGithub): Promise<void> {
  if (hand.terraformFolder === undefined) {
    const { root } = hand.repository;
    for (const name of ENVIRONMENTS) {
      await makeStateBucket({ root, folder: path.join('environments', name), awsEnvironment: hand.awsEnvironment });
    }
  }
  const token = github.token({ contents: 'read', deployments: 'write' });
  const sha = await hand.repository.git(['rev-parse', 'HEAD']);
  const environment = { ...github.environment, GITHUB_SHA: sha, GITHUB_EVENT_NAME: 'workflow_dispatch' };
  // Where one fails the others end too: nothing they work on is there any longer after that.
  const failure = new AbortController();
  const all = { ...hand, signal: AbortSignal.any([hand.signal, failure.signal]) };
  const results = await Promise.allSettled(
    ENVIRONMENTS.map(async (name) => {
      await act(
        all,
        'terraform-apply',
        { environment: name, 'allow-unreviewed': 'true', 'previous-sha': '' },
        environment,
      );
      await act(
        all,
        'deploy-endpoint',
        { environment: name, 'github-token': token, 'poll-interval-seconds': '0.2' },
        environment,
      );
    }).map(async (one) => {
      await one.catch((error: unknown) => {
        failure.abort(error);
        throw error;
      });
    }),
  );
  const [first] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (first !== undefined) throw failure.signal.aborted ? failure.signal.reason : first;
}

async function act(
  hand: Hand,
  action: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ActionResult> {
  const search = [hand.terraformFolder, process.env['PATH']].filter((entry) => entry !== undefined);
  const result = await runAction({
    action,
    inputs,
    workspace: hand.repository.root,
    environment: {
      ...hand.awsEnvironment,
      ...BRISK_TERRAFORM,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_ACTOR: 'rehearsal',
      GITHUB_WORKFLOW: 'rehearsal',
      GITHUB_JOB: action,
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      ...environment,
      PATH: search.join(path.delimiter),
    },
    logDirectory: hand.logDirectory,
    signal: hand.signal,
  });
  expectExit(result, 0);
  return result;
}

const FLEET = {
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 60,
} as const;
