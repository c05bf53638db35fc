import { digestOf, type EndpointConfigView, type EndpointView } from '../endpoint/endpoint.ts';
import type { Environment, SwapStrategy } from '../environment/environment.ts';
import type { AttemptTask } from '../ledger/fact.ts';
import { isOpen, progressOf, type Attempt, type History } from '../ledger/history.ts';
import { verdictOf, verifiedReleases } from '../ledger/standing.ts';
import { endpointConfigName, releaseIdOfConfig } from '../environment/names.ts';
import { alarmNamesOf } from '../environment/alarms.ts';
import { findRelease, type Release, type ReleaseFile, type ReleaseId } from '../release/release.ts';
import type { SwapGoal } from './state.ts';

/** What a swap is planned from. */
export interface SwapSubject {
  readonly task: AttemptTask;
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly release: Release;
  readonly history: History;
  readonly endpoint: EndpointView;
}

/** How an endpoint is moved to a config. */
interface UpdateShape {
  readonly strategy: SwapStrategy;
  readonly alarmNames: readonly string[];
  /** Keeps the number of instances that run now, instead of the config's initial number. */
  readonly retainInstanceCounts: boolean;
}

export interface SwapPlan {
  readonly goal: SwapGoal;
  /** The attempt of an earlier run that this one continues. */
  readonly unfinished: Attempt | undefined;
  /** What served before, or null before the first release. */
  readonly previousRelease: ReleaseId | null;
  /** Whether green has yet to be compared with the release before: there was one, and green was not verified since. */
  readonly asksParity: boolean;
  /** Whether the endpoint has yet to be asked to move. */
  readonly needsUpdate: boolean;
  readonly green: UpdateShape;
  readonly blue: UpdateShape;
  /** Instances that green starts with. */
  readonly instances: number;
}

/** What a swap is to do, from Git, the ledger and the endpoint; `current` is the config that serves now. */
export function planSwap(subject: SwapSubject, current: EndpointConfigView | undefined): SwapPlan {
  const { task, environment, release, history, endpoint } = subject;
  const green = endpointConfigName(environment, release.id);
  const unfinished = unfinishedOf(subject);
  const isLatestVerified = verifiedReleases(history, environment)[0] === release.id;
  const blue = task === 'rollback' ? null : blueOf(subject, green);
  const resumes = unfinished === undefined ? 'nothing' : progressOf(unfinished);
  const rolledBack = (resumes === 'roll-back' || resumes === 'update') && endpoint.configName === blue;

  const declared = current?.variants[0]?.instanceCount;
  const live = endpoint.serving.desiredInstances;
  // A fleet that autoscaling or a person has scaled keeps its size; a release that asks for another number gets it.
  const keepsCount =
    environment.autoscaling !== null || declared === undefined || declared === release.spec.instanceCount;
  const retainInstanceCounts = keepsCount && live > 0;
  const { maximumExecutionTimeoutSeconds } = environment.swap;
  const atOnce: UpdateShape = {
    strategy: { strategy: 'all-at-once', terminationWaitSeconds: 0, maximumExecutionTimeoutSeconds },
    // No machine undoes a rollback: without alarms SageMaker doesn't either.
    alarmNames: [],
    retainInstanceCounts,
  };
  const previousRelease = previousReleaseOf(subject, green, unfinished, blue);
  const needsUpdate = endpoint.configName !== green && endpoint.pending?.configName !== green && !rolledBack;
  const hasPassed = !needsUpdate && unfinished === undefined && isLatestVerified;
  return {
    goal: {
      green,
      greenDigest: digestOf(release.spec.image) ?? '',
      blue,
      resumes,
      insistence: task === 'rollback' ? 'insistent' : 'careful',
    },
    unfinished,
    previousRelease,
    asksParity: task === 'deploy' && previousRelease !== null && !hasPassed,
    needsUpdate,
    green:
      task === 'rollback'
        ? atOnce
        : { strategy: environment.swap, alarmNames: alarmNamesOf(environment, release.id), retainInstanceCounts },
    blue: atOnce,
    instances: retainInstanceCounts ? live : release.spec.instanceCount,
  };
}

/** The newest attempt where it does what this one is to do and has not ended. */
function unfinishedOf({ task, release, history: { attempts } }: SwapSubject): Attempt | undefined {
  const [newest] = attempts;
  if (newest === undefined || !isOpen(newest)) return undefined;
  return newest.begun.task === task && newest.begun.release === release.id ? newest : undefined;
}

function blueOf(subject: SwapSubject, green: string): string | null {
  const { environment, release, history, releaseFile, endpoint } = subject;
  if (endpoint.configName !== green) return endpoint.configName;
  const verified = verifiedReleases(history, environment);
  // Green serves already and was verified: whatever fails now, this run has changed nothing that it could undo.
  if (unfinishedOf(subject) === undefined && verified[0] === release.id) return null;
  const newest = history.attempts.find(({ begun }) => begun.release === release.id);
  const before = newest === undefined || verdictOf(newest) === 'passed' ? null : newest.begun.previousRelease;
  const id = before ?? verified.find((candidate) => candidate !== release.id);
  return id !== undefined && findRelease(releaseFile, id) !== undefined ? endpointConfigName(environment, id) : null;
}

function previousReleaseOf(
  { environment, endpoint }: SwapSubject,
  green: string,
  unfinished: Attempt | undefined,
  blue: string | null,
): ReleaseId | null {
  if (unfinished !== undefined) return unfinished.begun.previousRelease;
  const before = endpoint.configName === green ? blue : endpoint.configName;
  return before === null ? null : (releaseIdOfConfig(environment, before) ?? null);
}
