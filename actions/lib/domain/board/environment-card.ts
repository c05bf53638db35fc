import { isConfigured } from '../environment/configured.ts';
import { releaseIdOfConfig } from '../environment/names.ts';
import { describeError } from '../errors/user-error.ts';
import type { Evidence } from '../ledger/fact.ts';
import { isOpen, isUnderWay, type Attempt, type History } from '../ledger/history.ts';
import { isExplained, isVerified, rejectionOf, verificationOf } from '../ledger/standing.ts';
import type { BrokenEnvironment } from '../promotion/order.ts';
import type { ReleaseId } from '../release/release.ts';
import type { BoardSource, PageLink } from './source.ts';

/** What is to be known of an environment beside what serves. */
export interface EnvironmentState {
  readonly kind:
    | 'unreadable'
    | 'not-set-up'
    | 'unknown'
    | 'damaged'
    | 'under-way'
    | 'interrupted'
    | 'waiting'
    | 'held'
    | 'proposed'
    | 'rejected'
    | 'drifting';
  readonly text: string;
  readonly url: string | null;
}

/** An environment, as its ledger and Git show it. */
export interface EnvironmentCard {
  readonly name: string;
  readonly region: string;
  readonly serves: ServingRelease | null;
  readonly states: readonly EnvironmentState[];
}

/** What serves. */
export interface ServingRelease {
  /** A release, or an endpoint config that is none of this environment's. */
  readonly name: string;
  /** ISO 8601: the end of the attempt after which it serves. */
  readonly since: string;
  readonly runUrl: string;
  readonly commit: string | null;
  readonly standing: 'verified' | 'rejected' | 'unverified';
  readonly evidence: Evidence | null;
  /** ISO 8601: when it was verified last. */
  readonly verifiedAt: string | null;
}

/** An environment whose files can't be read: nothing else is known of it. */
export function unreadableCard({ name, error }: BrokenEnvironment): EnvironmentCard {
  return { name, region: '', serves: null, states: [{ kind: 'unreadable', text: describeError(error), url: null }] };
}

export function cardOf(source: BoardSource, now: number): EnvironmentCard {
  const { name, region } = source.environment;
  const { ledger } = source;
  const card = { name, region };
  if (!isConfigured(source.environment)) {
    const text = 'its account is the placeholder of the sample environments';
    return { ...card, serves: null, states: [{ kind: 'not-set-up', text, url: null }] };
  }
  if (ledger.kind === 'unknown') {
    const states: EnvironmentState[] = [{ kind: 'unknown', text: ledger.reason, url: null }, ...openPages(source)];
    return { ...card, serves: null, states };
  }
  return {
    ...card,
    serves: servingOf(source, ledger.history),
    states: [
      ...damageOf(ledger.history),
      ...motionOf(source, ledger.history, now),
      ...openPages(source),
      ...rejectedOf(source, ledger.history),
    ],
  };
}

/** The endpoint config that serves as far as the newest attempt knows. */
function servingConfig({ begun, ended }: Attempt): string {
  return ended?.serves ?? begun.servedBefore;
}

function servingOf({ environment, listed }: BoardSource, history: History): ServingRelease | null {
  const { attempts } = history;
  const [newest] = attempts;
  if (newest === undefined) return null;
  const config = servingConfig(newest);
  // A check anew of what served, and an attempt that went back, change nothing.
  const since =
    attempts.find(({ begun, ended }) => ended?.serves === config && begun.servedBefore !== config) ?? attempts.at(-1);
  const release = releaseIdOfConfig(environment, config);
  const verification = release === undefined ? undefined : verificationOf(release, history);
  return {
    name: release ?? config,
    since: since?.times.ended ?? since?.at ?? newest.at,
    runUrl: since?.runUrl ?? newest.runUrl,
    commit: listed.get(release ?? '')?.commit ?? null,
    standing: standingOf(release, history, environment),
    evidence: verification?.ended?.evidence ?? null,
    verifiedAt: verification?.times.ended ?? null,
  };
}

function standingOf(
  release: ReleaseId | undefined,
  history: History,
  environment: BoardSource['environment'],
): ServingRelease['standing'] {
  if (release === undefined) return 'unverified';
  if (rejectionOf(release, history, environment) !== null) return 'rejected';
  return isVerified(release, history, environment) ? 'verified' : 'unverified';
}

function damageOf({ damage }: History): readonly EnvironmentState[] {
  return damage === null ? [] : [{ kind: 'damaged', text: `the ledger is not whole: ${damage}`, url: null }];
}

/** What is on its way to serve, or can't get on. */
function motionOf(
  { environment, releaseFile }: BoardSource,
  history: History,
  now: number,
): readonly EnvironmentState[] {
  const [newest] = history.attempts;
  if (newest !== undefined && isOpen(newest)) {
    const { begun, runUrl } = newest;
    const text = `${begun.task === 'deploy' ? 'a deployment of' : 'a rollback to'} ${begun.release}`;
    return [{ kind: isUnderWay(newest, now) ? 'under-way' : 'interrupted', text, url: runUrl }];
  }
  const { live } = releaseFile;
  const serving = newest === undefined ? undefined : servingConfig(newest);
  if (live === null || serving?.endsWith(`-${live}`) === true) return [];
  const rejection = rejectionOf(live, history, environment);
  if (rejection !== null) {
    const why = rejection.kind === 'failed' ? 'failed here' : 'was left by a rollback';
    return [{ kind: 'held', text: `Git says ${live}, which ${why}`, url: rejection.attempt.runUrl }];
  }
  if (serving !== undefined && !isExplained(serving, history, environment)) {
    return [{ kind: 'held', text: `Git says ${live}; no fact explains what serves`, url: newest?.runUrl ?? null }];
  }
  return [{ kind: 'waiting', text: `Git says ${live}, which waits for an approval or its turn`, url: null }];
}

/** What is open on GitHub. */
function openPages({ proposals, driftIssue }: BoardSource): readonly EnvironmentState[] {
  const drift = driftIssue === null ? [] : [link('drifting', 'is not as Git says', driftIssue)];
  return [
    ...proposals.map((proposal) =>
      link(
        'proposed',
        proposal.kind === 'promotion'
          ? `release ${proposal.release}`
          : `the record of the rollback to ${proposal.release}`,
        proposal,
      ),
    ),
    ...drift,
  ];
}

function link(kind: EnvironmentState['kind'], text: string, { number, url }: PageLink): EnvironmentState {
  return { kind, text: `${text} (#${String(number)})`, url };
}

/** The listed releases that may not serve until a person accepts them by name. */
function rejectedOf({ environment, releaseFile }: BoardSource, history: History): readonly EnvironmentState[] {
  return Object.keys(releaseFile.releases).flatMap((release) => {
    const rejection = rejectionOf(release, history, environment);
    if (rejection === null || release === releaseFile.live) return [];
    const why = rejection.kind === 'failed' ? 'failed here' : 'was left by a rollback';
    return [{ kind: 'rejected' as const, text: `${release} ${why}`, url: rejection.attempt.runUrl }];
  });
}
