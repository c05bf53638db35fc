import path from 'node:path';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { Process } from '../../actions/lib/ports/process.ts';
import { openAccount } from './account.ts';
import { configuredRegion } from './aws-calls.ts';
import { accountChanged, carryOut, type Work } from './carry-out.ts';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { OIDC_AUDIENCE, parseState, providerArn, stateKey, type Facts, type HomeFacts, type State } from './facts.ts';
import { SETTINGS_FOLDER } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { homeRegion } from '../../actions/lib/domain/environment/home-region.ts';
import { decide, type Step } from './plan.ts';
import { decideRemoval, factsAfterRemoval, type Removal } from './removal.ts';
import { readSettingsFiles, type SettingsFile } from './settings-files.ts';
import {
  describeOtherOrigin,
  makeSettings,
  repositoryOfRemote,
  type BootstrapFlags,
  type BootstrapSettings,
  type RecordedSettings,
} from './settings.ts';
import { summarise, summariseRemoval, type Consent, type Summary } from './summary.ts';
import { openTerraform, type Terraform } from './terraform.ts';

export interface BootstrapOptions {
  readonly root: string;
  readonly environments: readonly Environment[];
  readonly flags: BootstrapFlags;
  readonly allowed: readonly Consent[];
  readonly dryRun: boolean;
  readonly run: Process;
  readonly say: (line: string) => void;
  /** Lets a person confirm the plan that was printed. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly processEnvironment: NodeJS.ProcessEnv;
  /** Nothing new begins after it is aborted. */
  readonly signal: AbortSignal;
}

/** A service in an account. */
export interface ServicePlace {
  readonly account: string;
  readonly service: string;
}

/** `planned` is the end of a dry run that found something to do. */
export type Outcome = 'applied' | 'unchanged' | 'planned' | 'declined';

/** A service as it is found: its state bucket, and its settings file where the checkout has one. */
interface Found {
  readonly home: HomeFacts;
  readonly files: readonly SettingsFile[];
  readonly file: SettingsFile | undefined;
  /** Where the service is looked for; its state bucket may be in another. */
  readonly region: string;
  readonly state: State | undefined;
  /** What the state bucket tells of the settings. */
  readonly recorded: (RecordedSettings & { readonly region: string }) | undefined;
  readonly terraform: Terraform;
}

/**
 * Reads the account, prints the plan for one service, and carries it out.
 *
 * @param isProviderPlanned whether an earlier service of the same dry run makes the account's OIDC provider
 * @throws UserError when the account can't be set up as it is, a flag is missing, or a step fails.
 */
export async function bootstrapService(
  place: ServicePlace,
  options: BootstrapOptions,
  isProviderPlanned: boolean,
): Promise<Outcome> {
  const { root, environments, flags } = options;
  const found = await find(place, options);
  const { files, file, recorded, terraform } = found;
  const origin = await originOf(options);
  const known = files.map(({ settings }) => settings);
  const wanted = makeSettings(environments, place, flags, known, recorded, files.length === 0 ? origin : undefined);
  const account = openAccount({ ...place, region: wanted.region });
  const newFile = `${SETTINGS_FOLDER}/${place.account}-${place.service}.tfvars.json`;
  const planFor = async (facts: Facts) => {
    const decided = decide(wanted, isProviderPlanned ? withProvider(wanted, facts) : facts);
    const otherOrigin = describeOtherOrigin(wanted, flags, origin);
    const originNote = otherOrigin === undefined ? [] : [['origin', otherOrigin] as const];
    const decision = { ...decided, notes: [...originNote, ...decided.notes] };
    const isCurrent = file !== undefined && JSON.stringify(file.settings) === JSON.stringify(decision.settings);
    const target = { file: file?.path ?? newFile, isCurrent };
    return { facts, decision, target, summary: summarise(decision, await terraform.plan(decision), target) };
  };
  let { home } = found;
  let shown: Summary | undefined;
  if (isMove(found, flags)) {
    const then = await planFor(factsAfterRemoval(await account.readFacts(wanted, home)));
    shown = then.summary;
    const outcome = await remove(place, options, found, shown);
    if (outcome !== 'applied') return outcome;
    home = await account.readHome(root);
  }
  const { facts, decision, target, summary } = await planFor(await account.readFacts(wanted, home));
  // The plan that was confirmed had this half too; where it is another one now, it is a question of its own.
  const isConfirmed = shown !== undefined && JSON.stringify(summary) === JSON.stringify(shown);
  const approved = isConfirmed ? { ...options, confirm: async () => await Promise.resolve(true) } : options;
  return await carryOutApproved(decision.steps, summary, place, approved, {
    ...{ account, terraform, settings: decision.settings, say: options.say, signal: options.signal },
    settingsFile: path.join(root, target.file),
    lock: home.lock,
    plannedImports: decision.state.kind === 'bucket' ? decision.imports : null,
    recheck: async () => {
      const state = await account.readState();
      if (state !== facts.state) throw accountChanged(describeState(facts.state), describeState(state));
    },
    dangersOf: (plan) => summarise(decision, plan, target).dangers,
    shownDangers: summary.dangers,
  });
}

/**
 * Takes a service out of an account.
 *
 * @throws UserError when it is still in use, a flag is missing, or a step fails.
 */
export async function removeService(place: ServicePlace, options: BootstrapOptions): Promise<Outcome> {
  return await remove(place, options, await find(place, options));
}

async function remove(place: ServicePlace, options: BootstrapOptions, found: Found, then?: Summary): Promise<Outcome> {
  const mode = then === undefined ? 'destroy' : 'move';
  const settings = settingsToRemove(place, found);
  const account = openAccount({ ...place, region: settings.region });
  const facts = await account.readFacts(settings, found.home);
  const file = mode === 'move' || found.file === undefined ? null : path.join(options.root, found.file.path);
  const decideNow = async (found: Facts): Promise<Removal> =>
    decideRemoval(settings, found, await account.readContents(settings, found), { mode, settingsFile: file });
  const removal = await decideNow(facts);
  const { terraform } = found;
  const plan =
    removal.state === null
      ? null
      : await terraform.plan({
          ...{ settings, state: { kind: 'copy', text: removal.state }, imports: [], destroy: true },
        });
  const to = options.flags.moveHomeRegion;
  if (mode === 'move' && removal.left.length > 0) {
    throw new UserError({
      what: `${place.service} can't move to another region while it is in use`,
      where: `account ${place.account}`,
      expected: 'no images, models, states of environments or records',
      found: removal.left.join('; '),
      remedy: `Keep the home region ${settings.region}. A service that is new in ${to ?? ''} needs a name of its own.`,
    });
  }
  const summary = summariseRemoval(settings, removal, plan, then);
  return await carryOutApproved(removal.steps, summary, place, options, {
    ...{ account, terraform, settings, say: options.say, signal: options.signal, lock: found.home.lock },
    ...{ settingsFile: '', plannedImports: null, dangersOf: () => [], shownDangers: [] },
    recheck: async () => {
      const again = await decideNow(await account.readFacts(settings, await account.readHome(options.root)));
      const [shown, now] = [removal, again].map(({ steps, left }) => JSON.stringify([steps, left]));
      if (shown !== now) throw accountChanged('what the plan shows', 'another state, or other contents of its buckets');
    },
  });
}

/** Shows a plan and carries out its steps where that is allowed. */
async function carryOutApproved(
  steps: readonly Step[],
  summary: Summary,
  place: ServicePlace,
  options: BootstrapOptions,
  work: Work,
): Promise<Outcome> {
  const outcome = await approve(summary, place, options);
  // The run before may have done everything but release its lock.
  if (outcome === 'unchanged' && !options.dryRun) await work.account.removeDeadLock(work.lock);
  if (outcome !== 'approved') return outcome;
  await carryOut(steps, work);
  return 'applied';
}

/** Prints what a run does, and finds out whether it may. */
async function approve(
  summary: Summary,
  { account }: ServicePlace,
  { say, dryRun, allowed, confirm, signal }: BootstrapOptions,
): Promise<Outcome | 'approved'> {
  signal.throwIfAborted();
  for (const line of summary.lines) say(line);
  if (!summary.changes) return 'unchanged';
  if (dryRun) return 'planned';
  const missing = summary.needs.filter((flag) => !allowed.includes(flag));
  if (missing.length > 0) {
    throw new UserError({
      what: 'The plan has changes that need a flag of their own',
      expected: missing.map((flag) => `--${flag}`).join(' and '),
      found: summary.dangers.join('; '),
      remedy: 'Read the plan above. Give the flag where the change is meant; otherwise correct the settings.',
    });
  }
  return (await confirm(`Apply this to account ${account}?`)) ? 'approved' : 'declined';
}

async function find(place: ServicePlace, options: BootstrapOptions): Promise<Found> {
  const { root, environments, flags, signal } = options;
  signal.throwIfAborted();
  const files = await readSettingsFiles(root, place.account);
  const file = files.find(({ settings }) => settings.service === place.service);
  const [first] = environments.filter(({ service, account }) => service === place.service && account === place.account);
  const region =
    file?.settings.region ??
    flags.homeRegion ??
    (first === undefined ? await configuredRegion() : homeRegion(first, environments, () => undefined));
  if (region === undefined) {
    throw new UserError({
      what: `The home region of ${place.service} in account ${place.account} is unknown`,
      where: SETTINGS_FOLDER,
      expected: 'its settings file, an environment, --home-region, or AWS_REGION',
      found: 'none of them',
      remedy: 'Restore the settings file from Git, or name the region with --home-region.',
    });
  }
  const account = openAccount({ ...place, region });
  await account.checkCredentials();
  const home = await account.readHome(root);
  const { bucket } = home;
  const inBucket = home.state ?? home.deletedState?.text;
  const leftover = home.state === null ? home.leftoverState : null;
  const where = leftover?.file ?? `s3://${stateBucketName(place)}/${stateKey(place.service)}`;
  const text = leftover?.text ?? inBucket;
  const state = text === undefined ? undefined : parseState(where, text);
  return {
    ...{ home, files, file, region, state },
    recorded: bucket.kind === 'there' ? { ...state?.settings, region: bucket.region } : undefined,
    terraform: openTerraform(root, options.run, options.processEnvironment, signal),
  };
}

function isMove({ home: { bucket }, file }: Found, { moveHomeRegion }: BootstrapFlags): boolean {
  if (moveHomeRegion === undefined || bucket.kind !== 'there') return false;
  return bucket.region !== moveHomeRegion && file?.settings.region !== moveHomeRegion;
}

/** The settings file, else what the state records; what neither knows is found in the account by its names and tags. */
function settingsToRemove(
  place: ServicePlace,
  { file, recorded, region: givenRegion, state }: Found,
): BootstrapSettings {
  if (file !== undefined) return file.settings;
  const names = (state?.addresses ?? []).flatMap((each) => /^aws_iam_role\.deploy\["(.+)"\]$/.exec(each)?.[1] ?? []);
  const region = recorded?.region ?? givenRegion;
  const { github = NOBODY, artifacts_account = null, network = null } = recorded ?? {};
  return {
    ...{ ...place, region, github, artifacts_account, network, oidc_provider_arn: null },
    environments: Object.fromEntries((names.length === 0 ? ['none'] : names).map((name) => [name, { region }])),
    artifacts: artifacts_account === null ? { account_ids: [] } : null,
  };
}

// Terraform wants a repository and an environment, and what it destroys does not depend on them.
const NOBODY = { owner: 'none', repository: 'none', branch: 'main', owner_id: null, repository_id: null };

/** The facts with the OIDC provider that another service will have made by then. */
function withProvider(settings: BootstrapSettings, facts: Facts): Facts {
  const planned = {
    arn: providerArn(settings),
    audiences: [OIDC_AUDIENCE],
    owner: { kind: 'foreign', found: 'planned' },
  } as const;
  return { ...facts, provider: facts.provider ?? planned };
}

function describeState(text: string | null): string {
  return text === null ? 'no state' : `a state of serial ${String(parseState('the state', text).serial)}`;
}

async function originOf({ run, root }: BootstrapOptions): Promise<string | undefined> {
  const { exitCode, stdout } = await run({ command: 'git', argv: ['remote', 'get-url', 'origin'], cwd: root });
  return exitCode === 0 ? repositoryOfRemote(stdout) : undefined;
}
