import { z } from 'zod';
import {
  changedModelImages,
  changedModels,
  changesAnswers,
  changesEveryImage,
  changesProduct,
} from '../lib/domain/changes/changed-paths.ts';
import { isConfigured } from '../lib/domain/environment/configured.ts';
import { noSuchEnvironment } from '../lib/domain/environment/no-such-environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { tryParseJson } from '../lib/domain/json/try-parse.ts';
import {
  environmentsOfChangedSettings,
  touchedEnvironments,
  type EnvironmentSources,
} from '../lib/domain/changes/touched-environments.ts';
import { compareChainPlaces, promotionChains, type PromotionChain } from '../lib/domain/promotion/order.ts';
import type { Git } from '../lib/ports/git.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { ChangedEnvironmentsInputs } from './inputs.ts';

export interface ChangedEnvironmentsPorts {
  readonly git: Git;
  readonly reporter: Reporter;
}

/** What there is in the checkout, of which a change touches something. */
export interface KnownContent {
  readonly environments: readonly EnvironmentSources[];
  /** Whether a service has a model folder, of which an image can be built. */
  readonly hasModelFolder: (service: string) => boolean;
}

/** What a change touches. */
export interface ChangedEnvironments {
  /** Those that are set up, service by service. */
  readonly chains: readonly PromotionChain[];
  /** Touched environments, and first environments of the images' services, that are not set up. */
  readonly notConfigured: readonly string[];
  readonly removed: readonly string[];
  readonly product: boolean;
  /** Whether the models have to be asked: what one answers, or is asked, may have changed. */
  readonly answers: boolean;
  /** Services whose model changed. */
  readonly models: readonly string[];
  /** Services whose image has to be built. */
  readonly images: readonly string[];
  /** Services whose model is reviewed: its folder, or the server, changed. */
  readonly reviews: readonly string[];
  /** The commit that the change is compared with; undefined where there is none. */
  readonly comparedWith: string | undefined;
}

/** The changed paths; undefined where there is no commit before the change, so that everything is changed. */
type ChangedPaths = readonly string[] | undefined;

/** What changed since which commit. */
interface Comparison {
  readonly from: string | undefined;
  readonly head: string;
  readonly paths: ChangedPaths;
}

/**
 * Finds what a change touches, among all environments that there are.
 *
 * @throws UserError when the commits are not in the checkout, or the named environment does not exist.
 */
export async function runChangedEnvironments(
  inputs: ChangedEnvironmentsInputs,
  { environments: known, hasModelFolder }: KnownContent,
  { git, reporter }: ChangedEnvironmentsPorts,
): Promise<ChangedEnvironments> {
  const comparison = await changedPaths(inputs, git, reporter);
  const { from, paths } = comparison;
  const touched = inputs.environment === undefined ? touchedBy(paths, known) : [named(inputs.environment, known)];
  const models = paths === undefined ? servicesOf(known) : changedModels(paths);
  const isEvery = paths === undefined || changesEveryImage(paths);
  const built = isEvery ? servicesOf(known) : changedModelImages(paths);
  const reviewed = isEvery ? servicesOf(known) : models;
  const firsts = promotionChains(known)
    .filter(({ service }) => built.includes(service))
    .flatMap(({ environments: [first] }) => known.filter(({ name }) => name === first));
  const before = from === undefined ? [] : await placesBefore(environmentsOfChangedSettings(paths ?? []), from, git);
  const removed = before.map(({ name }) => name).filter((name) => known.every((one) => one.name !== name));
  for (const name of removed) {
    reporter.warning(
      `The folder of the environment ${name} is removed: what Terraform made there stays, and nothing plans it any more. Destroy it first, or import it elsewhere.`,
    );
  }
  for (const move of before.flatMap((place) => movesOf(place, known))) reporter.warning(move);
  return {
    chains: promotionChains(touched.filter(isConfigured)),
    notConfigured: namesOf([...touched, ...firsts].filter((environment) => !isConfigured(environment))),
    removed,
    product: paths === undefined || changesProduct(paths),
    answers: paths === undefined || changesAnswers(paths) || (await changesContainers(paths, comparison, git)),
    models,
    // Without a folder there is nothing to build of: every release takes its model from S3.
    images: firsts
      .filter((first) => isConfigured(first) && hasModelFolder(first.service))
      .map(({ service }) => service),
    reviews: servicesOf(known).filter((service) => reviewed.includes(service)),
    comparedWith: from,
  };
}

async function changedPaths(inputs: ChangedEnvironmentsInputs, git: Git, reporter: Reporter): Promise<Comparison> {
  const base = inputs['base-sha'];
  if (base === undefined) {
    reporter.info('There is no commit before the change: everything is changed');
    return { from: undefined, head: 'HEAD', paths: undefined };
  }
  const head = await existing(git, inputs['head-sha'] ?? 'HEAD', 'head');
  const from =
    inputs.compare === 'exact'
      ? await git.commitOf(base)
      : await whereTheyParted(git, await existing(git, base, 'base'), head);
  if (from === undefined) {
    reporter.warning(
      `The commit before the change, ${base}, is not in this checkout: the branch was pushed by force, or the checkout has no whole history (fetch-depth: 0). Everything counts as changed, so that nothing is left out.`,
    );
    return { from: undefined, head, paths: undefined };
  }
  const paths = await git.changedFiles(from, head);
  reporter.info(`${String(paths.length)} changed files from ${from.slice(0, 12)} to ${head.slice(0, 12)}`);
  return { from, head, paths };
}

/** What identifies an endpoint, beside the name of its environment; a file may not say it. */
const place = z.object({
  account: z.string().optional().catch(undefined),
  region: z.string().optional().catch(undefined),
  service: z.string().optional().catch(undefined),
});

interface PlaceBefore extends z.output<typeof place> {
  readonly name: string;
}

/** Where environments were before the change, as far as they were set up: Terraform has made nothing in the others. */
async function placesBefore(names: readonly string[], commit: string, git: Git): Promise<readonly PlaceBefore[]> {
  const places = await Promise.all(
    names.map(async (name) => {
      const text = await git.readFile(commit, `environments/${name}/environment.json`);
      if (text === undefined) return [];
      const before = place.catch({}).parse(tryParseJson(text));
      return isConfigured({ account: before.account ?? '' }) ? [{ name, ...before }] : [];
    }),
  );
  return places.flat();
}

/** The warning of an environment whose endpoint a change leaves behind. */
function movesOf(before: PlaceBefore, known: readonly EnvironmentSources[]): readonly string[] {
  const after = known.find(({ name }) => name === before.name);
  const changes = (['account', 'region', 'service'] as const).flatMap((key) => {
    const [old, now] = [before[key], after?.[key]];
    return old === undefined || !now || old === now ? [] : [`${key} from ${old} to ${now}`];
  });
  if (changes.length === 0) return [];
  return [
    `The environment ${before.name} changes its ${changes.join(', its ')}: that makes a new endpoint, and what Terraform made for the old one stays. Add a new environment and retire the old one, as environments/README.md describes.`,
  ];
}

/**
 * Whether a live release sets another container environment than the one before: the server may not start with it. A promotion
 * and a rollback bring what was asked before.
 */
async function changesContainers(
  paths: readonly string[],
  { from, head }: Pick<Comparison, 'from' | 'head'>,
  git: Git,
): Promise<boolean> {
  for (const file of paths.filter((one) => /^environments\/[^/]+\/release\.json$/.test(one))) {
    const [before, after] = await Promise.all(
      [from, head].map(async (commit) => (commit === undefined ? undefined : await git.readFile(commit, file))),
    );
    if (liveContainer(before) !== liveContainer(after)) return true;
  }
  return false;
}

/** The container environment of a file's live release as text; empty where there is none, or it sets nothing. */
function liveContainer(text: string | undefined): string {
  const { data } = releaseFile.safeParse(tryParseJson(text ?? ''));
  const environment = data?.releases[data.live ?? '']?.spec.environment ?? {};
  return Object.entries(environment)
    .map((entry) => JSON.stringify(entry))
    .sort()
    .join();
}

const releaseFile = z.looseObject({
  live: z.string().nullable(),
  releases: z.record(
    z.string(),
    z.looseObject({ spec: z.looseObject({ environment: z.record(z.string(), z.unknown()) }) }),
  ),
});

function touchedBy(paths: ChangedPaths, known: readonly EnvironmentSources[]): readonly EnvironmentSources[] {
  return paths === undefined ? known.toSorted(compareChainPlaces) : touchedEnvironments(paths, known);
}

function named(name: string, known: readonly EnvironmentSources[]): EnvironmentSources {
  const found = known.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  throw noSuchEnvironment(
    name,
    known.map((one) => one.name),
  );
}

function servicesOf(environments: readonly EnvironmentSources[]): readonly string[] {
  return promotionChains(environments).map(({ service }) => service);
}

function namesOf(environments: readonly EnvironmentSources[]): readonly string[] {
  return [...new Set(environments.map(({ name }) => name))];
}

async function existing(git: Git, revision: string, role: string): Promise<string> {
  const commit = await git.commitOf(revision);
  if (commit !== undefined) return commit;
  throw new UserError({
    what: `The ${role} commit ${revision} is not in this checkout`,
    expected: 'both commits, and the history between them',
    found: 'a checkout without it',
    remedy: 'Give actions/checkout fetch-depth: 0.',
  });
}

async function whereTheyParted(git: Git, base: string, head: string): Promise<string> {
  const ancestor = await git.mergeBase(base, head);
  if (ancestor !== undefined) return ancestor;
  throw new UserError({
    what: `${base} and ${head} have no common ancestor in this checkout`,
    expected: 'the history back to where the branches parted',
    found: 'a shorter one',
    remedy: 'Give actions/checkout fetch-depth: 0.',
  });
}
