import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { listEnvironments, readEnvironmentFolders } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import { readSmokeFile } from '../../../actions/lib/adapters/checkout/smoke-cases-file.ts';
import { isConfigured } from '../../../actions/lib/domain/environment/configured.ts';
import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { firstEnvironment, inPromotionOrder } from '../../../actions/lib/domain/promotion/order.ts';
import { liveRelease, type ReleaseSpec } from '../../../actions/lib/domain/release/release.ts';
import { partitionOf } from '../../../actions/lib/domain/environment/regions.ts';
import type { SmokeFile } from '../../../actions/lib/domain/smoke/cases.ts';
import { listFolders } from '../../content/check-environments.ts';
import { generateEnvironmentFiles } from '../../generate/environment-files.ts';
import { writeSampleTeam } from '../../testing/sample-team/write.ts';
import { removeChecksums } from '../../testing/terraform-workspace.ts';
import type { Repository } from './repository.ts';
import type { Tooling } from './tooling.ts';

/** An environment of the rehearsed content. */
export interface RehearsedEnvironment extends Environment {
  readonly smokeFile: SmokeFile;
  /** How containers ran in the release that was live in the content; undefined where there was none. */
  readonly runs: Pick<ReleaseSpec, 'instanceType' | 'environment'> | undefined;
}

/** The environments of one service, in promotion order; never empty. */
export interface Chain {
  readonly service: string;
  readonly environments: readonly RehearsedEnvironment[];
  readonly first: RehearsedEnvironment;
  readonly last: RehearsedEnvironment;
}

/** What is rehearsed: the chain that the story is about, and those of the other services. */
export interface Content {
  readonly main: Chain;
  readonly others: readonly Chain[];
}

/** All chains of the content, that of the story first. */
export function chainsOf({ main, others }: Content): readonly Chain[] {
  return [main, ...others];
}

/** Where the model of a service is kept. */
export function modelFolder(service: string): string {
  return `server/models/${service}`;
}

/** The account of environments in a region that are not set up yet: no account is in two partitions. */
function rehearsalAccount(region: string): string {
  const accounts: Readonly<Record<string, string>> = { 'aws-cn': '222233334444', 'aws-us-gov': '333344445555' };
  return accounts[partitionOf(region)] ?? '111122223333';
}

/** Models above this size are not copied, wrapped and built into images in a rehearsal. */
const LARGEST_MODEL_BYTES = 512 * 2 ** 20;

/**
 * Reads the content of a repository. The story is about the service with the longest promotion chain, and among equals the
 * first by name.
 *
 * @throws UserError when a file of it is not valid, or there is no environment.
 */
export async function readContent(root: string): Promise<Content> {
  const folders = await readEnvironmentFolders(root);
  const environments = await Promise.all(
    folders.map(async ({ environment, releaseFile }) => ({
      ...environment,
      smokeFile: await readSmokeFile(root, environment),
      runs: liveRelease(releaseFile)?.spec,
    })),
  );
  const services = [...new Set(environments.map(({ service }) => service))].sort();
  const chains = services.map((service) => chainOf(service, environments));
  const [main, ...others] = chains.toSorted((a, b) => b.environments.length - a.environments.length);
  if (main === undefined) throw new Error('environments/ has no environment: copy a folder of the product and edit it');
  return { main, others };
}

function chainOf(service: string, all: readonly RehearsedEnvironment[]): Chain {
  const own = all.filter((environment) => environment.service === service);
  const order = inPromotionOrder(own).map(({ name }) => name);
  const environments = own.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const [first] = environments;
  const last = environments.at(-1);
  if (first === undefined || last === undefined) throw new Error(`${service} has no environment`);
  return { service, environments, first, last };
}

/** Why a model can't be rehearsed on this machine; undefined where it can. */
export async function modelProblem(root: string, service: string): Promise<string | undefined> {
  const folder = path.join(root, modelFolder(service));
  const files = await listModelFiles(root, service);
  if (!files.includes(path.join(folder, 'model.onnx'))) return `${modelFolder(service)}/model.onnx is not there`;
  const bytes = await modelBytes(root, service);
  if (bytes > LARGEST_MODEL_BYTES) {
    return `${modelFolder(service)} has ${String(Math.round(bytes / 2 ** 20))} MiB, more than the 512 MiB that are rehearsed`;
  }
  try {
    const session = await InferenceSession.create(path.join(folder, 'model.onnx'), { intraOpNumThreads: 1 });
    await session.release();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `onnxruntime can't load ${modelFolder(service)}/model.onnx here (${reason.replaceAll(root, '.')})`;
  }
}

/** The size of a service's model with all of its files. */
export async function modelBytes(root: string, service: string): Promise<number> {
  const sizes = await Promise.all((await listModelFiles(root, service)).map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function listModelFiles(root: string, service: string): Promise<readonly string[]> {
  const folder = path.join(root, modelFolder(service));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
}

/** Replaces the content of the repository by that of the sample team. */
export async function useSampleTeam(repository: Repository, services?: readonly string[]): Promise<void> {
  const { root } = repository;
  for (const name of await listEnvironments(root)) {
    await rm(path.join(root, 'environments', name), { recursive: true, force: true });
  }
  await rm(path.join(root, 'server/models'), { recursive: true, force: true });
  await writeSampleTeam(root, services);
}

interface Json {
  [key: string]: unknown;
}

interface AdaptedContent {
  readonly build: Tooling['build'];
  /** The waits of the first environment of a service, in emulated seconds, where those of a rehearsal are shorter. */
  readonly firstBakeSeconds: number;
}

/**
 * Fits the content of the repository to a rehearsal: short waits, no judgement of latencies, no autoscaling (it needs
 * traffic of minutes), a key of the account's own (Terraform would wait 12 s for a new one), the roles of the bootstrap, an
 * account where there is only the placeholder, a build on this machine, no release yet, and lock files without checksums of
 * the provider, which Terraform compares at every command. The rest stays as it is.
 */
export async function adaptContent(repository: Repository, { build, firstBakeSeconds }: AdaptedContent): Promise<void> {
  const environments = (await readEnvironmentFolders(repository.root)).map(({ environment }) => environment);
  for (const environment of environments) {
    const { name, service } = environment;
    const isFirst = firstEnvironment({ environments, broken: [] }, service).name === name;
    const bakeSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(WAIT_SECONDS, isFirst ? firstBakeSeconds : 0));
    const account = isConfigured(environment) ? environment.account : rehearsalAccount(environment.region);
    await edit(repository, `environments/${name}/environment.json`, (file) => ({
      ...file,
      account,
      swap: quickSwap(environment.swap, bakeSeconds),
      // As often as it may be, since the bakes are short.
      probes: environment.probes && { ...environment.probes, intervalSeconds: 2, latencyRatio: null },
      autoscaling: null,
      dataCapture: null,
      // It needs captured requests.
      replay: null,
      // The network of the content is in no VPC of the rehearsal.
      network: null,
      notifications: { snsTopicArn: null },
      ...(file['iam'] === undefined ? {} : { iam: { ...environment.iam, roles: undefined } }),
      // How fast a laptop answers while it rehearses says nothing of a release.
      alarms: { ...environment.alarms, latencyP99: SLOW },
      kmsKeyArn: keyArn(environment.region, account),
    }));
    await edit(repository, `environments/${name}/${environment.smoke.cases}`, (smoke) => ({
      ...smoke,
      limits: { ...(smoke['limits'] as Json), p50Milliseconds: null, p99Milliseconds: null },
    }));
  }
  for (const service of await listFolders(path.join(repository.root, 'server/models'))) {
    // Attested whether the repository is private or not.
    const file = { ...build, attestations: true };
    await repository.write(`${modelFolder(service)}/build.json`, `${JSON.stringify(file, null, 2)}\n`);
  }
  for (const { path: file, text } of await generateEnvironmentFiles(repository.root))
    await repository.write(file, text);
  for (const folder of ['terraform/environment', ...environments.map(({ name }) => `environments/${name}`)])
    await removeChecksums(path.join(repository.root, folder, '.terraform.lock.hcl'));
}

const SLOW = { thresholdMilliseconds: 30_000, periodSeconds: 60, evaluationPeriods: 2 };
const HALF = { unit: 'percent', value: 50 };

const WAIT_SECONDS = 60;
/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html */
const LONGEST_WAIT_SECONDS = 3600;

/** The strategy of an environment with steps of half a fleet, and waits that a rehearsal can wait. */
function quickSwap(swap: Environment['swap'], seconds: number): Json {
  const maximumExecutionTimeoutSeconds = 1800 + 3 * seconds;
  // Where there is a bake before it, what is wrong is found by then.
  const waits = { waitIntervalSeconds: seconds, terminationWaitSeconds: WAIT_SECONDS, maximumExecutionTimeoutSeconds };
  switch (swap.strategy) {
    case 'all-at-once':
      return { strategy: 'all-at-once', terminationWaitSeconds: seconds, maximumExecutionTimeoutSeconds };
    case 'canary':
      return { strategy: 'canary', canarySize: HALF, ...waits };
    case 'linear':
      return { strategy: 'linear', stepSize: HALF, ...waits };
    case 'rolling':
      return { strategy: 'rolling', batchSize: HALF, waitIntervalSeconds: seconds, maximumExecutionTimeoutSeconds };
  }
}

function keyArn(region: string, account: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
}

async function edit(repository: Repository, file: string, change: (content: Json) => Json): Promise<void> {
  const content = JSON.parse(await repository.read(file)) as Json;
  await repository.write(file, `${JSON.stringify(change(content), null, 2)}\n`);
}
