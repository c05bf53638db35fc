import { isConfigured, notConfiguredText } from '../lib/domain/environment/configured.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import type { ImageEvidence } from '../lib/domain/image/evidence.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { Attempt } from '../lib/domain/ledger/history.ts';
import { describeRejection, rejectionOf, verificationOf, verifiedReleases } from '../lib/domain/ledger/standing.ts';
import { environmentAfter, firstEnvironment, type KnownEnvironments } from '../lib/domain/promotion/order.ts';
import { addRelease, retainReleases } from '../lib/domain/release/edit.ts';
import { parseMarker, proposalPrefix } from '../lib/domain/promotion/proposal.ts';
import {
  findRelease,
  liveRelease,
  type Release,
  type ReleaseFile,
  type ReleaseSpec,
} from '../lib/domain/release/release.ts';
import { releaseSettingsOf } from '../lib/domain/release/settings.ts';
import { proposeRelease, readBaseReleaseFile } from '../lib/operations/propose-release.ts';
import { FIRST_RUNS } from '../lib/domain/smoke/container-starts.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { Ledger } from '../lib/ports/ledger.ts';
import type { ReleasePullRequests } from '../lib/ports/release-pull-requests.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import { renderPromotion, type Verification } from './body.ts';
import type { PromoteReleaseInputs } from './inputs.ts';

/** The ports of the use case. */
export interface PromoteReleasePorts {
  readonly environments: () => Promise<KnownEnvironments>;
  /** The ledger of an environment, with the role that may read it. */
  readonly ledgerOf: (environment: Environment) => Promise<Pick<Ledger, 'read'>>;
  /** The reviews that the run made. @throws UserError when a file is none. */
  readonly reviews: () => Promise<readonly ReviewSummary[]>;
  readonly pulls: ReleasePullRequests;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly reporter: Reporter;
  /** Where people see the repository. */
  readonly repositoryUrl: string;
}

/** How a promotion ended. */
export type PromotionResult =
  | {
      readonly outcome: 'opened' | 'updated';
      readonly environment: string;
      readonly release: string;
      readonly pullRequest: number;
      readonly url: string;
    }
  | {
      readonly outcome: 'up-to-date' | 'superseded' | 'not-verified' | 'rejected' | 'not-configured';
      readonly environment: string;
      readonly reason: string;
    }
  | { readonly outcome: 'last'; readonly reason: string };

/** What is proposed, and where it was seen to work. */
interface Candidate {
  readonly target: Environment;
  readonly spec: ReleaseSpec;
  readonly commit: string;
  readonly seen: Verification | ImageEvidence;
}

// What a first release runs on where no environment says otherwise.
const FIRST: Pick<ReleaseSpec, 'instanceType' | 'instanceCount' | 'environment' | 'startupTimeoutSeconds' | 'model'> = {
  ...FIRST_RUNS,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  model: null,
};

/**
 * Proposes an artifact to the environment of its service that comes next.
 *
 * @throws UserError when the environments, the ledger or GitHub cannot be read, or GitHub refuses.
 */
export async function runPromoteRelease(
  { artifact }: PromoteReleaseInputs,
  ports: PromoteReleasePorts,
): Promise<PromotionResult> {
  const known = await ports.environments();
  if (artifact.kind === 'environment') {
    const target = environmentAfter(known, artifact.from);
    const from = known.environments.find(({ name }) => name === artifact.from);
    if (target === undefined || from === undefined)
      return { outcome: 'last', reason: `${artifact.from} is the last environment of its service.` };
    if (!isConfigured(target)) return notConfigured(target);
    const verified = await findVerified(from, ports);
    if (typeof verified === 'string') return { outcome: 'not-verified', environment: target.name, reason: verified };
    const { file } = await readBaseReleaseFile(target.name, ports.pulls);
    const runs = liveRelease(file)?.spec ?? verified.release.spec;
    const { image, model } = verified.release.spec;
    const candidate = {
      target,
      spec: specOf(runs, image, model, target),
      commit: verified.release.source.commit,
      seen: { ...verified, environment: artifact.from },
    };
    return await propose(candidate, ports);
  }
  const target = firstEnvironment(known, artifact.service);
  if (!isConfigured(target)) return notConfigured(target);
  const { file } = await readBaseReleaseFile(target.name, ports.pulls);
  const runs = liveRelease(file)?.spec ?? FIRST;
  const spec = specOf(runs, artifact.image, artifact.model ?? runs.model, target);
  checkEvidence(artifact.evidence, spec);
  return await propose({ target, spec, commit: artifact.commit, seen: artifact.evidence }, ports);
}

/** Evidence counts for the image and the model that it is about: another one was not asked. */
function checkEvidence({ image, modelDigest, isModelMounted }: ImageEvidence, spec: ReleaseSpec): void {
  const name = (mounted: string | undefined): string =>
    mounted === undefined ? 'the model in the image' : `model ${mounted}`;
  const expected = `${spec.image} with ${name(spec.model?.digest)}`;
  const found = `${image} with ${name(isModelMounted ? modelDigest : undefined)}`;
  if (expected === found) return;
  throw new UserError({
    what: 'The evidence is about something else than what is promoted',
    where: 'with: evidence',
    expected,
    found,
    remedy:
      'Give test-image the outputs image and model-digest of build-image. Where the environment has a model in S3, name its bucket as "modelBucket" in build.json.',
  });
}

function notConfigured({ name }: Environment): PromotionResult {
  return { outcome: 'not-configured', environment: name, reason: notConfiguredText(name) };
}

// In the order in which the files have the keys, so that diffs are small.
function specOf(
  runs: typeof FIRST & Pick<ReleaseSpec, 'settings'> & { readonly image?: string },
  image: string,
  model: ReleaseSpec['model'],
  target: Environment,
): ReleaseSpec {
  const { instanceType, instanceCount, environment, startupTimeoutSeconds } = runs;
  const spec = { image, model, instanceType, instanceCount, environment, startupTimeoutSeconds };
  // An artifact that is live already in an entry from before there were settings is not proposed again for their sake.
  const isOldEntry = runs.image === image && runs.model?.digest === model?.digest && runs.settings === undefined;
  return isOldEntry ? spec : { ...spec, settings: releaseSettingsOf(target) };
}

/** The live release of an environment with the attempt that verified its image, or why there is none. */
async function findVerified(
  environment: Environment,
  { ledgerOf, pulls }: PromoteReleasePorts,
): Promise<{ readonly release: Release; readonly attempt: Attempt } | string> {
  const { name } = environment;
  const { file } = await readBaseReleaseFile(name, pulls);
  const release = liveRelease(file);
  if (release === undefined) return `${name} has no live release.`;
  const history = await (await ledgerOf(environment)).read();
  const rejection = rejectionOf(release.id, history, environment);
  if (rejection !== null) return `${name}: ${describeRejection(release.id, rejection)}.`;
  if (verifiedReleases(history, environment)[0] !== release.id) {
    const damage = history.damage === null ? '' : ` Its ledger is not whole: ${history.damage}.`;
    return `${name} has not verified release ${release.id}, or has verified another one since.${damage}`;
  }
  const attempt = verificationOf(release.id, history);
  if (attempt?.begun.image !== release.spec.image) {
    return `${name} has verified release ${release.id} with another image than release.json names.`;
  }
  return { release, attempt };
}

async function propose(candidate: Candidate, ports: PromoteReleasePorts): Promise<PromotionResult> {
  const { target, spec, commit, seen } = candidate;
  const { pulls, reporter, clock } = ports;
  const base = await readBaseReleaseFile(target.name, pulls);
  const createdAt = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const modelDigest = 'attempt' in seen ? seen.release.source.modelDigest : seen.modelDigest;
  const added = addRelease(base.file, spec, {
    commit,
    createdAt,
    promotedFrom: 'attempt' in seen ? seen.environment : null,
    ...(spec.model === null && modelDigest !== undefined ? { modelDigest } : {}),
  });
  if (base.file.live === added.id) {
    return {
      outcome: 'up-to-date',
      environment: target.name,
      reason: `${target.name} has release ${added.id} already.`,
    };
  }
  const newer = await findNewer(candidate, added.id, base.file, ports);
  if (newer !== undefined) return { outcome: 'superseded', environment: target.name, reason: newer };
  const history = await (await ports.ledgerOf(target)).read();
  const rejection = rejectionOf(added.id, history, target);
  if (rejection !== null) {
    return { outcome: 'rejected', environment: target.name, reason: `${describeRejection(added.id, rejection)}.` };
  }
  // Besides the newest: what serves now, and the two that were verified last. One of them serves as a rule, and a rollback
  // from it goes to the other.
  const verified = new Set(verifiedReleases(history, target).slice(0, 2));
  const isProtected = (id: string): boolean => id === base.file.live || verified.has(id);
  const { file, dropped } = retainReleases(added.file, target.retainReleases, isProtected);
  const release = findRelease(file, added.id);
  if (release === undefined) throw new Error(`release ${added.id} was added and is not there`);
  const proposed = await proposeRelease(
    {
      proposal: { kind: 'promotion', environment: target.name, release: added.id, commit },
      base,
      file,
      ...renderPromotion({
        target,
        before: liveRelease(base.file),
        release,
        seen,
        dropped,
        review: await findReview(target.service, ports),
        ...ports,
        now: clock.now(),
      }),
    },
    pulls,
    reporter,
  );
  return {
    outcome: proposed.kind,
    environment: target.name,
    release: added.id,
    pullRequest: proposed.pull.number,
    url: proposed.pull.url,
  };
}

/** The review of a service; one that can't be read stops no promotion. */
async function findReview(
  service: string,
  { reviews, reporter }: PromoteReleasePorts,
): Promise<ReviewSummary | undefined> {
  try {
    return (await reviews()).find((review) => review.service === service);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    reporter.warning(error.message);
    return undefined;
  }
}

/** Why a run that comes late must not push a newer artifact aside: one that is live, or proposed, was built from a later commit. */
async function findNewer(
  { target, commit }: Candidate,
  id: string,
  file: ReleaseFile,
  { pulls }: PromoteReleasePorts,
): Promise<string | undefined> {
  const live = liveRelease(file);
  if (live !== undefined && live.source.commit !== commit && (await pulls.isAfter(live.source.commit, commit))) {
    return `${target.name} has release ${live.id} from the later commit ${live.source.commit.slice(0, 12)}.`;
  }
  for (const pull of await pulls.listOpen(proposalPrefix('promotion', target.name))) {
    const proposal = parseMarker(pull.body);
    if (proposal === undefined || proposal.release === id || proposal.commit === commit) continue;
    if (await pulls.isAfter(proposal.commit, commit)) {
      return `#${pull.number} proposes release ${proposal.release} from the later commit ${proposal.commit.slice(0, 12)}.`;
    }
  }
  return undefined;
}
