import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readFolderEntries } from '../../actions/lib/adapters/checkout/folder-entries.ts';
import { createGit } from '../../actions/lib/adapters/checkout/git.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { readContentFile } from '../../actions/lib/adapters/checkout/content-file.ts';
import { readJsonFile } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { readSmokeFile } from '../../actions/lib/adapters/checkout/smoke-cases-file.ts';
import { PRICES_FILE } from '../../actions/lib/domain/cost/prices.ts';
import { parseEnvironmentFile, type Environment } from '../../actions/lib/domain/environment/environment.ts';
import { isConfigured } from '../../actions/lib/domain/environment/configured.ts';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import { checkDeclaration } from '../../actions/lib/domain/environment/declaration.ts';
import { parsePolicyFile } from '../../actions/lib/domain/environment/policy-file.ts';
import { foreignFileError, foreignFiles } from '../../actions/lib/domain/environment/foreign-files.ts';
import { endpointName } from '../../actions/lib/domain/environment/names.ts';
import { checkRegions, inPromotionOrder } from '../../actions/lib/domain/promotion/order.ts';
import {
  INSTANCE_TYPES_AS_OF,
  isListedInstanceType,
  isRefusedByProvider,
} from '../../actions/lib/domain/release/instance-type.ts';
import { liveRelease, parseReleaseFile, type ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { isSuccessCase, type SmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { environmentFiles } from '../generate/environment-files.ts';
import { checkTolerances } from './check-tolerances.ts';
import { asError, asWarning, attempt, type Finding } from './finding.ts';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const MAXIMUM_ENVIRONMENTS = 10;

/** An environment whose `environment.json` is valid; the other two files are undefined where they are not. */
export interface CheckedEnvironment {
  readonly environment: Environment;
  readonly releases: ReleaseFile | undefined;
  readonly smoke: SmokeFile | undefined;
}

/** What the folders below `environments/` hold, and what is wrong with them. */
export async function checkEnvironments(
  root: string,
): Promise<{ readonly checked: readonly CheckedEnvironment[]; readonly findings: readonly Finding[] }> {
  const folders = await listEnvironmentFolders(root);
  if (folders.length === 0) {
    const missing = asError({
      what: 'There is no environment',
      where: 'environments/',
      expected: 'a folder with an environment.json',
      found: 'no folder',
      remedy: 'Restore a folder from Git, or copy one of another repository and edit its environment.json.',
    });
    return { checked: [], findings: [missing] };
  }
  const results = await Promise.all(folders.map(async (name) => await checkFolder(root, name)));
  const checked = results.flatMap(({ environment }) => (environment === undefined ? [] : [environment]));
  const environments = checked.map(({ environment }) => environment);
  // The state's region depends on all environments of an account: with one of them unknown nothing is known of it.
  const fresh = checked.length === folders.length ? await checkGeneratedFiles(root, environments) : [];
  return {
    checked,
    findings: [
      ...(await findLinks(root, 'environments')),
      ...results.flatMap(({ findings }) => findings),
      ...(await checkChains(environments)),
      ...checkEndpointNames(environments),
      ...checkPartitions(environments),
      ...checkEnvironmentCount(environments),
      ...fresh,
    ],
  };
}

async function checkFolder(
  root: string,
  name: string,
): Promise<{ readonly environment: CheckedEnvironment | undefined; readonly findings: readonly Finding[] }> {
  const files = await readdir(path.join(root, 'environments', name));
  if (!files.includes('environment.json')) {
    const missing = asError({
      what: `environments/${name} has no environment.json`,
      where: `environments/${name}`,
      expected: 'environment.json, which makes the folder an environment',
      found: files.length === 0 ? 'an empty folder' : files.join(', '),
      remedy: 'Name the file environment.json, restore it from Git, or remove the folder.',
      location: { file: `environments/${name}/environment.json` },
    });
    return { environment: undefined, findings: [missing] };
  }
  const folder = `environments/${name}`;
  const entries = await readFolderEntries(root, folder, createGit(runProcess, root));
  const foreign = foreignFiles(folder, entries, []).map((file) => asError(foreignFileError(file)));
  const read = await attempt(async () =>
    parseEnvironmentFile(name, await readJsonFile(root, `environments/${name}/environment.json`)),
  );
  const releases = await attempt(async () =>
    parseReleaseFile(await readJsonFile(root, `environments/${name}/release.json`)),
  );
  const environment = read.value;
  const policy = environment?.iam?.executionPolicyFile;
  const statements = await attempt(async () =>
    policy === undefined ? undefined : parsePolicyFile(await readJsonFile(root, `environments/${name}/${policy}`)),
  );
  const smoke =
    environment === undefined ? undefined : await attempt(async () => await readSmokeFile(root, environment));
  return {
    environment: environment === undefined ? undefined : { environment, releases: releases.value, smoke: smoke?.value },
    findings: [
      ...foreign,
      ...read.findings,
      ...releases.findings,
      ...statements.findings,
      ...(smoke?.findings ?? []),
      ...(environment === undefined ? [] : checkImage(environment, releases.value)),
      ...checkListening(name, releases.value),
      ...(environment === undefined || releases.value === undefined
        ? []
        : await checkTogether(root, environment, releases.value)),
      ...(environment === undefined || smoke?.value === undefined ? [] : checkSmokeCases(environment, smoke.value)),
    ],
  };
}

/** What the two files say together; an instance type that the list doesn't have may still exist. */
async function checkTogether(
  root: string,
  environment: Environment,
  releases: ReleaseFile,
): Promise<readonly Finding[]> {
  const { findings: declared } = await attempt(() => {
    checkDeclaration(environment, releases, new Date());
  });
  const lockFile = `environments/${environment.name}/.terraform.lock.hcl`;
  // What is wrong with it, the comparison with the generated file says.
  const { value: lock } = await attempt(async () => await readContentFile(root, lockFile));
  const provider = /hashicorp\/aws" \{\s*version\s*=\s*"([^"]+)"/.exec(lock?.text ?? '')?.[1] ?? '';
  const findings = [...declared, ...checkProvider(environment.name, releases, provider)];
  const live = liveRelease(releases);
  if (live === undefined || isListedInstanceType(live.spec.instanceType)) return findings;
  const file = `environments/${environment.name}/release.json`;
  const unknown = asWarning({
    what: `The instance type of the live release of ${environment.name} is not among those that SageMaker is known to host`,
    where: `${file} at releases["${live.id}"].spec.instanceType`,
    expected: `one of the types in terraform/modules/inference-endpoint/aws/instance-types.json (${INSTANCE_TYPES_AS_OF})`,
    found: live.spec.instanceType,
    remedy: 'Check its name; where AWS has added it since, write the list again with scripts/generate/aws-lists.ts.',
    location: { file },
  });
  return [...findings, unknown];
}

/** That the locked provider takes the instance types: it refuses what its SDK didn't know, with hundreds of names. */
function checkProvider(name: string, { releases }: ReleaseFile, provider: string): readonly Finding[] {
  const file = `environments/${name}/release.json`;
  return Object.entries(releases).flatMap(([id, { spec }]) =>
    isRefusedByProvider(spec.instanceType, provider)
      ? [
          asError({
            what: `The AWS provider ${provider} does not know the instance type of release ${id}, and refuses it`,
            where: `${file} at releases["${id}"].spec.instanceType`,
            expected: `a type that the provider in environments/${name}/.terraform.lock.hcl knows`,
            found: spec.instanceType,
            remedy:
              'Use another type of the same kind; a lock file with a newer version 6 of the provider takes this one too.',
            location: { file },
          }),
        ]
      : [],
  );
}

/** That the live image comes from the repository of the environment's service, where the registry is an ECR. */
function checkImage({ name, service }: Environment, releases: ReleaseFile | undefined): readonly Finding[] {
  const live = releases === undefined ? undefined : liveRelease(releases);
  const repository = /^\d{12}\.dkr\.ecr(?:-fips)?\.[^/]+\/([^@]+)@/.exec(live?.spec.image ?? '')?.[1];
  if (live === undefined || repository === undefined || repository === service) return [];
  return [
    asError({
      what: `The live release of ${name} has an image of another service`,
      where: `environments/${name}/release.json at releases["${live.id}"].spec.image`,
      expected: `an image of the repository ${service}, the service in environment.json`,
      found: repository,
      remedy: `Make a release of ${service} live with \`npm run release -- live ${name} ID\`, or empty the file where it has none yet: { "live": null, "releases": {} }.`,
      location: { file: `environments/${name}/release.json` },
    }),
  ];
}

/**
 * That the container of the live release listens where SageMaker asks. The checks start the server on another port and with a
 * folder of this machine, so that they can't see it.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
 */
function checkListening(name: string, releases: ReleaseFile | undefined): readonly Finding[] {
  const live = releases === undefined ? undefined : liveRelease(releases);
  const file = `environments/${name}/release.json`;
  return Object.entries(LISTENING).flatMap(([key, expected]) => {
    const found = live?.spec.environment[key];
    if (live === undefined || found === undefined || found === expected) return [];
    return [
      asError({
        what: `The live release of ${name} would not answer SageMaker: its container environment sets ${key}`,
        where: `${file} at releases["${live.id}"].spec.environment.${key}`,
        expected: `no ${key}, or ${expected}`,
        found,
        remedy: `Add a release without it: npm run release -- add ${name} --commit ${live.source.commit} --unset-env ${key}`,
        location: { file },
      }),
    ];
  });
}

const LISTENING = { HOST: '0.0.0.0', PORT: '8080', SAGEMAKER_BIND_TO_PORT: '8080', MODEL_DIR: '/opt/ml/model' };

function checkSmokeCases({ name, smoke }: Environment, { cases }: SmokeFile): readonly Finding[] {
  const file = `environments/${name}/${smoke.cases}`;
  const loose = checkTolerances(file, cases);
  const asksForValue = cases.some(
    (each) => isSuccessCase(each) && (each.expect.outputs !== undefined || each.expect.text !== undefined),
  );
  if (asksForValue) return loose;
  return [
    asWarning({
      what: `No smoke case of ${name} asks for a value`,
      where: `${file} at cases`,
      expected: 'a case with "outputs" or "text"',
      found: 'cases that look at the status alone',
      remedy: 'Add a case with a known answer, so that a model that answers wrongly does not pass.',
      location: { file },
    }),
  ];
}

/** That the environments of each service have places of their own in its promotion chain, and one region. */
async function checkChains(environments: readonly Environment[]): Promise<readonly Finding[]> {
  const services = [...new Set(environments.map(({ service }) => service))];
  const results = await Promise.all(
    services.map(
      async (service) =>
        await attempt(() => inPromotionOrder(environments.filter((environment) => environment.service === service))),
    ),
  );
  const regions = await attempt(() => {
    checkRegions(environments);
  });
  return [...results, regions].flatMap(({ findings }) => findings);
}

/** That the plan role can hold the policies of all environments of a service in an account. */
export function checkEnvironmentCount(
  environments: readonly Pick<Environment, 'name' | 'service' | 'account'>[],
): readonly Finding[] {
  const groupOf = ({ service, account }: Pick<Environment, 'service' | 'account'>): string =>
    `${service} in account ${account}`;
  return [...new Set(environments.map(groupOf))].flatMap((group) => {
    const own = environments.filter((environment) => groupOf(environment) === group);
    const name = own[MAXIMUM_ENVIRONMENTS]?.name;
    if (name === undefined) return [];
    return [
      asError({
        what: `There are too many environments of ${group}`,
        where: `environments/${name}/environment.json at account`,
        expected: `at most ${String(MAXIMUM_ENVIRONMENTS)}: IAM attaches ${String(MAXIMUM_ENVIRONMENTS)} managed policies to a role, and the plan role has one for each environment`,
        found: String(own.length),
        remedy: 'Move some of them to another account.',
        location: { file: `environments/${name}/environment.json` },
      }),
    ];
  });
}

/** That no account is in two partitions: an account of China or GovCloud is no account anywhere else. */
export function checkPartitions(
  environments: readonly Pick<Environment, 'name' | 'account' | 'region'>[],
): readonly Finding[] {
  return environments.filter(isConfigured).flatMap((environment, index, all) => {
    const other = all
      .slice(0, index)
      .find(
        ({ account, region }) =>
          account === environment.account && partitionOf(region) !== partitionOf(environment.region),
      );
    if (other === undefined) return [];
    return [
      asError({
        what: `${other.name} and ${environment.name} place account ${environment.account} in two partitions of AWS`,
        where: `environments/${environment.name}/environment.json at region`,
        expected: `a region of the partition ${partitionOf(other.region)}, as ${other.region}`,
        found: `${environment.region} (${partitionOf(environment.region)})`,
        remedy: 'Correct the account or the region of one of them.',
        location: { file: `environments/${environment.name}/environment.json` },
      }),
    ];
  });
}

/** That no two environments of an account have the same endpoint name: `a` with `b-c`, and `a-b` with `c`. */
export function checkEndpointNames(
  environments: readonly Pick<Environment, 'name' | 'service' | 'account'>[],
): readonly Finding[] {
  return environments.flatMap((environment, index) => {
    const other = environments
      .slice(0, index)
      .find((each) => each.account === environment.account && endpointName(each) === endpointName(environment));
    if (other === undefined) return [];
    return [
      asError({
        what: `${other.name} and ${environment.name} have the same endpoint name in account ${environment.account}`,
        where: `environments/${environment.name}/environment.json at service`,
        expected: 'a different SERVICE-ENVIRONMENT for every environment of an account',
        found: `${endpointName(environment)} for both`,
        remedy: 'Rename the folder of one of them, or its service.',
        location: { file: `environments/${environment.name}/environment.json` },
      }),
    ];
  });
}

async function checkGeneratedFiles(root: string, environments: readonly Environment[]): Promise<readonly Finding[]> {
  const files = await environmentFiles(root, environments);
  const findings = await Promise.all(
    files.map(async ({ path: file, text }) => {
      const read = await attempt(async () => await readContentFile(root, file));
      if (read.value?.text === text) return [];
      const differs = 'is not what `npm run generate` writes';
      const [state, found, verb] =
        read.findings.length > 0
          ? [differs, 'something else than its text', 'Remove it, then run']
          : read.value === undefined
            ? ['is missing', 'no such file', 'Run']
            : [differs, 'other content', 'Run'];
      return [
        asError({
          what: `${file} ${state}`,
          where: file,
          expected: 'the file that the product makes for this environment',
          found,
          remedy: `${verb} \`npm run generate\` and commit the file; never edit it by hand.`,
          location: { file },
        }),
      ];
    }),
  );
  return findings.flat();
}

/** A link is no environment and no model to any command, and what is written into one would change another. */
export async function findLinks(root: string, folder: string): Promise<readonly Finding[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isSymbolicLink())
    .map(({ name }) =>
      asError({
        what: `${folder}/${name} is a link`,
        where: `${folder}/${name}`,
        expected: 'a folder or a file of its own',
        found: 'a symbolic link',
        remedy: 'Copy what it points to in its place.',
      }),
    );
}

/** The folders that are meant to be environments. Where the prices are read, it is said that they are a folder. */
export async function listEnvironmentFolders(root: string): Promise<readonly string[]> {
  const folders = await listFolders(path.join(root, 'environments'));
  return folders.filter((name) => name !== path.basename(PRICES_FILE));
}

/** The names of the folders in a folder, sorted; hidden ones left out. */
export async function listFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
