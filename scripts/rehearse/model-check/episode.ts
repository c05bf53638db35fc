import { runDeployEndpoint } from '../../../actions/deploy-endpoint/run.ts';
import { UserError } from '../../../actions/lib/domain/errors/user-error.ts';
import { endpointConfigName } from '../../../actions/lib/domain/environment/names.ts';
import { readHistory } from '../../../actions/lib/domain/ledger/history.ts';
import { releaseToLeave } from '../../../actions/lib/domain/ledger/rollback-target.ts';
import {
  releaseIdOf,
  type Release,
  type ReleaseFile,
  type ReleaseId,
} from '../../../actions/lib/domain/release/release.ts';
import { isSuccess, type SwapResult } from '../../../actions/lib/domain/swap/result.ts';
import { runRollbackEndpoint } from '../../../actions/rollback-endpoint/run.ts';
import { ENVIRONMENT, SMOKE } from '../../testing/swap-environment.ts';
import { AdverseAws, type Mischief, type Quality } from './adverse-aws.ts';

const PACE = { 'poll-interval-seconds': 15_000, 'heartbeat-seconds': 3_600_000 } as const;
const SMOKE_FILE = {
  ...SMOKE,
  warmUpRequests: 0,
  minimumRequests: 3,
  concurrency: 1,
  parity: null,
  cases: SMOKE.cases.slice(0, 1),
};
const MOST_JOBS = 12;

/** A job that a person or a merge starts. */
type Job =
  | { readonly kind: 'deploy'; readonly release: ReleaseId; readonly accept: boolean; readonly commit: number }
  | {
      readonly kind: 'rollback';
      readonly named: ReleaseId | undefined;
      readonly leaves: string;
      readonly commit: number;
    };

/** What the witness, who sees everything, holds of the releases. */
interface Witness {
  /** Releases in the order in which they served and were found good. */
  readonly verified: { readonly release: ReleaseId; readonly attempt: number }[];
  /** The releases that attempts brought, in order. */
  readonly attempts: ReleaseId[];
  /** Why a release must not come back without its name. */
  readonly rejected: Map<ReleaseId, 'failed' | 'left'>;
  /** A job was killed, or a fact was lost: what the ledger knows is not known for sure, so that no one target is right. */
  isUnsure: boolean;
  /** What the attempt of a killed job had named: the run that continues it may go on with that. */
  named: ReleaseId | undefined;
}

/** What an episode showed. */
export interface Episode {
  readonly steps: number;
  readonly outcomes: readonly string[];
}

/**
 * Plays some jobs of people and merges against an AWS that does everything wrong, and checks what must hold whatever happens.
 *
 * @throws Error with everything that was done when something does not hold.
 */
export async function playEpisode(random: () => number): Promise<Episode> {
  const isCalm = random() < 0.3;
  const rate = (most: number): number => (isCalm ? 0 : random() * most);
  const mischief: Mischief = {
    stale: random() < 0.4 ? 0 : rate(0.4),
    late: rate(0.5),
    scaling: rate(0.1),
    strangers: random() < 0.3 ? rate(0.1) : 0,
    rollback: random() * 0.4,
    rollbackFails: rate(0.3),
    callFails: rate(0.15),
    answerIsLost: rate(0.2),
    denied: rate(0.1),
    clock: rate(0.05),
    kill: random() < 0.5 ? 0 : random() * 0.02,
    ledgerFails: random() < 0.2 ? rate(0.1) : 0,
  };
  const releases = Array.from({ length: 5 }, (_, index) => makeRelease(index));
  const qualities = new Map(
    releases.map(({ id }, index): [ReleaseId, Quality] => [
      id,
      index === 0 || random() < 0.6 ? 'good' : random() < 0.6 ? 'bad' : 'flaky',
    ]),
  );
  const [first] = releases;
  if (first === undefined) throw new Error('there are no releases');
  const aws = new AdverseAws(ENVIRONMENT, releases, qualities, random, mischief);
  const file: ReleaseFile = {
    live: first.id,
    releases: Object.fromEntries(releases.map(({ id, ...entry }) => [id, entry])),
  };
  const witness: Witness = { verified: [], attempts: [], rejected: new Map(), isUnsure: false, named: undefined };
  const log: string[] = [`qualities ${[...qualities.values()].join(' ')}`];
  const outcomes: string[] = [];
  let commit = 0;
  let rerun: Job | undefined;
  const queue: Job[] = [];
  for (let count = 0; count < MOST_JOBS; count += 1) {
    if (random() < 0.1) {
      aws.swapByHand();
      log.push(`by hand, serves ${nameOf(releases, aws.config)}`);
    }
    if (random() < 0.7) aws.settle();
    const job: Job = queue.shift() ?? (rerun !== undefined && random() < 0.7 ? rerun : choose());
    // A second person dispatches the same rollback while the first one is queued.
    if (job.kind === 'rollback' && random() < 0.3) queue.push(job);
    const before = { lost: aws.lostFacts, rejected: new Map(witness.rejected), steps: aws.steps };
    aws.answers.clear();
    const outcome = await play(aws, file, job);
    outcomes.push(typeof outcome === 'string' ? outcome : outcome.outcome);
    log.push(
      `${describeJob(releases, job)} -> ${describeOutcome(releases, outcome)}, serves ${nameOf(releases, aws.config)} ${aws.status}`,
    );
    rerun = outcome === 'killed' ? job : undefined;
    try {
      check(aws, witness, job, outcome, before);
    } catch (error) {
      throw new Error(`${String(error)}\n${log.join('\n')}\n${JSON.stringify(mischief)}`, { cause: error });
    }
  }
  return { steps: aws.steps, outcomes };

  function choose(): Job {
    commit += random() < 0.7 ? 1 : 0;
    const release = releases[Math.floor(random() * releases.length)]?.id ?? '';
    if (random() < 0.6) return { kind: 'deploy', release, accept: random() < 0.2, commit };
    return { kind: 'rollback', named: random() < 0.3 ? release : undefined, leaves: leavesNow(), commit };
  }

  /** What the job that isn't queued sees; there the look may be stale or fail too, which only makes it wait. */
  function leavesNow(): string {
    const { repository, account, region } = PLACE;
    const history = readHistory(aws.facts, { repository, account, region, endpoint: aws.truth().name });
    return releaseToLeave(ENVIRONMENT, aws.truth(), history, Number.POSITIVE_INFINITY) ?? 'none';
  }
}

const PLACE = { repository: '1', account: '210987654321', region: 'eu-west-1' } as const;

async function play(
  aws: AdverseAws,
  releaseFile: ReleaseFile,
  job: Job,
): Promise<SwapResult | 'killed' | 'held' | 'refused'> {
  let kill: () => void = () => undefined;
  const killed = new Promise<'killed'>((resolve) => {
    kill = () => resolve('killed');
  });
  let isDead = false;
  const ports = aws.ports(commitOf(job.commit), () => {
    if (!isDead && aws.chance(aws.mischief.kill)) {
      isDead = true;
      kill();
    }
    return isDead;
  });
  const run = async (): Promise<SwapResult> => {
    if (job.kind === 'rollback') {
      return await runRollbackEndpoint(
        { ...PACE, release: job.named, reason: 'the check', force: true, leaves: job.leaves, 'in-flight': 'abort' },
        { environment: ENVIRONMENT, releaseFile, readSmokeFile: () => Promise.resolve(SMOKE_FILE) },
        ports,
      );
    }
    const serving = aws.config.split('-').at(-1);
    return await runDeployEndpoint(
      {
        ...PACE,
        release: job.release,
        'accept-rejected': job.accept ? job.release : undefined,
        'accept-serving': job.accept ? serving : undefined,
        recheck: false,
        provenance: undefined,
      },
      { environment: ENVIRONMENT, releaseFile, smokeFile: SMOKE_FILE, commit: commitOf(job.commit) },
      { ...ports, git: { mergeBase: async (a, b) => await Promise.resolve(a < b ? a : b) } },
    );
  };
  const ended = run().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return error.name === 'HeldError' ? ('held' as const) : ('refused' as const);
  });
  return await Promise.race([ended, killed]);
}

/** What must hold after a job, whatever happened. */
function check(
  aws: AdverseAws,
  witness: Witness,
  job: Job,
  outcome: SwapResult | 'killed' | 'held' | 'refused',
  before: {
    readonly lost: number;
    readonly rejected: ReadonlyMap<ReleaseId, 'failed' | 'left'>;
    readonly steps: number;
  },
): void {
  if (outcome === 'killed') {
    witness.isUnsure = true;
    witness.named = nameIn(job) ?? witness.named;
  }
  if (typeof outcome === 'string') return;
  // Whoever comes between two looks is seen, unless a look is stale; what is inconclusive says in its cause who came.
  const isSeen = aws.mischief.stale === 0 && outcome.outcome !== 'inconclusive';
  const wasDisturbed = aws.lastStranger > (isSeen ? aws.lastLook : before.steps);
  const { release } = outcome;
  const own = endpointConfigName(ENVIRONMENT, release);
  const claim = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what);
  };
  if (['promoted', 'rolled-back', 'inconclusive'].includes(outcome.outcome) && !wasDisturbed) {
    claim(aws.update === undefined, `${outcome.outcome} while an update is in progress`);
    claim(outcome.servingConfig === aws.config, `${outcome.outcome} says that ${String(outcome.servingConfig)} serves`);
    if (outcome.outcome === 'rolled-back') claim(aws.config !== own, 'rolled back, and green serves');
    else claim(aws.config === own, `${outcome.outcome}, and another release serves`);
  }
  if (outcome.outcome === 'promoted' || outcome.outcome === 'rolled-back') {
    claim(aws.lastLook > aws.lastAnswer, `${outcome.outcome} without a look after the answers`);
  }
  if (outcome.outcome === 'promoted') {
    const seen = aws.answers.get(release) ?? { right: 0, wrong: 0 };
    claim(seen.right >= SMOKE_FILE.minimumRequests, `promoted after ${seen.right} right answers`);
    claim(aws.qualities.get(release) !== 'bad', 'a bad release is promoted');
    const isNamed = nameIn(job) === release || witness.named === release;
    claim(!before.rejected.has(release) || isNamed, 'a rejected release is promoted without its name');
  }
  const isWhole = aws.lostFacts === 0 && !witness.isUnsure;
  if (job.kind === 'rollback' && job.named === undefined && outcome.outcome === 'promoted' && isWhole) {
    const expected = expectedTarget(witness, before.rejected, job.leaves);
    claim(
      expected === undefined || expected === release,
      `rolled back to ${release}, and ${String(expected)} served before`,
    );
  }
  if (outcome.isRecorded) witness.named = undefined;
  else witness.named = nameIn(job) ?? witness.named;
  if (before.lost !== aws.lostFacts || aws.lastStranger > -Infinity) witness.isUnsure = true;
  if (before.lost === aws.lostFacts && outcome.isRecorded) remember(witness, job, outcome);
  // Where a fact was lost the ledger may know of the name all the same.
  else if (isSuccess(outcome) && nameIn(job) === release) witness.rejected.delete(release);
}

/** The release that a job accepts by its name. */
function nameIn(job: Job): ReleaseId | undefined {
  if (job.kind === 'rollback') return job.named;
  return job.accept ? job.release : undefined;
}

/** The last release that served verified before the one that is left, and is not rejected; undefined where none is known. */
function expectedTarget(
  { verified, attempts }: Witness,
  rejected: ReadonlyMap<ReleaseId, unknown>,
  leaves: string,
): ReleaseId | undefined {
  const since = attempts.lastIndexOf(leaves);
  return verified.findLast(
    ({ release, attempt }) => release !== leaves && !rejected.has(release) && (since === -1 || attempt < since),
  )?.release;
}

function remember(witness: Witness, job: Job, outcome: SwapResult): void {
  const { release } = outcome;
  const attempt = witness.attempts.push(release) - 1;
  const was = witness.rejected.get(release);
  if (isSuccess(outcome)) {
    witness.verified.push({ release, attempt });
    witness.rejected.delete(release);
  }
  const isFailed =
    outcome.outcome === 'rolled-back' ||
    outcome.smoke?.verdict === 'failed' ||
    outcome.transitions.some(({ phase }) => phase === 'rolling-back' || phase === 'aborting');
  if (isFailed) witness.rejected.set(release, 'failed');
  if (job.kind !== 'rollback' || outcome.servingRelease !== release || witness.isUnsure) return;
  // To take an earlier rollback back says nothing against what is left.
  if (was === 'left' || job.leaves === release || job.leaves === 'none') return;
  if (witness.rejected.get(job.leaves) !== 'failed') witness.rejected.set(job.leaves, 'left');
}

function makeRelease(index: number): Release {
  const spec = {
    image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${String(index).repeat(64)}`,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: {},
    startupTimeoutSeconds: 60,
  };
  const source = { commit: 'd'.repeat(40), createdAt: '2026-01-30T12:00:00Z', promotedFrom: null };
  return { id: releaseIdOf(spec), spec, source };
}

/** Commits sort as they came to the main branch. */
const commitOf = (number: number): string => String(number).padStart(40, '0');

function nameOf(releases: readonly Release[], config: string): string {
  return `r${String(releases.findIndex(({ id }) => config.endsWith(id)))}`;
}

function describeJob(releases: readonly Release[], job: Job): string {
  if (job.kind === 'deploy') {
    return `deploy ${nameOf(releases, job.release)} of commit ${String(job.commit)}${job.accept ? ', accepted' : ''}`;
  }
  const named = job.named === undefined ? '' : ` to ${nameOf(releases, job.named)}`;
  return `rollback${named}, leaving ${nameOf(releases, job.leaves)}, at commit ${String(job.commit)}`;
}

function describeOutcome(releases: readonly Release[], outcome: SwapResult | string): string {
  if (typeof outcome === 'string') return outcome;
  return `${nameOf(releases, outcome.release)} ${outcome.outcome} (${outcome.cause})`;
}
