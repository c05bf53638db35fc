import { describeError } from '../domain/errors/user-error.ts';
import type { Begun, Ended } from '../domain/ledger/fact.ts';
import type { Attempt } from '../domain/ledger/history.ts';
import { isEnd, type SwapState } from '../domain/swap/state.ts';
import type { DeploymentState } from '../domain/swap/result.ts';
import type { Deployments, NewDeployment } from '../ports/deployments.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Reporter } from '../ports/reporter.ts';

/** An attempt while it runs: its facts, and the deployment that mirrors them. Neither holds up the swap. */
export interface AttemptRecorder {
  /** Says where the swap is. Never throws. */
  follow(state: SwapState, reason: string): void;
  /** Says how it ended; undefined leaves it open for the run that continues it. Whether it is recorded. Never throws. */
  close(ended: Omit<Ended, 'kind' | 'attempt'> | undefined, state: DeploymentState, cause: string): Promise<boolean>;
  /** Id of the GitHub deployment; undefined where there is none. */
  readonly deployment: () => number | undefined;
  /** What could not be recorded. */
  readonly warnings: readonly string[];
}

export interface AttemptPorts {
  readonly ledger: Ledger;
  readonly deployments: Deployments;
  readonly reporter: Reporter;
}

/**
 * Begins an attempt, or continues the one that an earlier run left open. A rollback goes on without the ledger: nothing must
 * keep an endpoint from being repaired.
 *
 * @throws UserError when a deployment can't be recorded: then nothing has been touched yet.
 */
export async function beginAttempt(
  begun: Begun,
  unfinished: Attempt | undefined,
  mirror: Omit<NewDeployment, 'attempt' | 'task' | 'release'>,
  { ledger, deployments, reporter }: AttemptPorts,
): Promise<AttemptRecorder> {
  const warnings: string[] = [];
  const warn = (warning: string): void => {
    reporter.warning(warning);
    warnings.push(warning);
  };
  const attempt = unfinished?.sequence ?? (await begin());
  if (unfinished !== undefined)
    reporter.info(`continuing attempt ${unfinished.sequence}, which an earlier run left open`);
  /** Whether the newest fact is recorded; the others come before it. */
  let facts: Promise<boolean> = Promise.resolve(attempt !== null);
  const record = (content: Parameters<Ledger['append']>[0]): void => {
    facts = facts.then(async () => {
      try {
        await ledger.append(content);
        return true;
      } catch (error) {
        warn(`a fact was not recorded: ${describeError(error)}`);
        return false;
      }
    });
  };
  let deployment: number | undefined;
  let mirrored: Promise<void> = Promise.resolve();
  const show = (work: () => Promise<void>): void => {
    mirrored = mirrored.then(work).catch((error: unknown) => {
      warn(`GitHub does not show this deployment as it is: ${describeError(error)}`);
    });
  };
  const report = (state: DeploymentState, description: string): void =>
    show(async () => {
      if (deployment !== undefined) await deployments.report(deployment, state, description, mirror.endpoint);
    });
  show(async () => {
    deployment = await deployments.open({ ...mirror, attempt, task: begun.task, release: begun.release });
  });
  let isUpdating = unfinished !== undefined && unfinished.steps.length > 0;
  return {
    follow: (state, reason) => {
      if (isEnd(state)) return;
      const cause = 'cause' in state ? state.cause : reason;
      report('in_progress', `${state.phase}: ${cause}`);
      if (attempt === null) return;
      // The release was found bad, whoever brings blue back.
      if (state.phase === 'rolling-back' || state.phase === 'aborting')
        record({ kind: 'step', attempt, phase: 'rolling-back', cause });
      if (state.phase === 'updating' && !isUpdating) {
        isUpdating = true;
        record({ kind: 'step', attempt, phase: 'updating', cause });
      }
    },
    close: async (ended, state, cause) => {
      if (ended !== undefined && attempt !== null) record({ kind: 'ended', attempt, ...ended });
      const isRecorded = await facts;
      report(isRecorded || state !== 'success' ? state : 'error', isRecorded ? cause : `not in the ledger: ${cause}`);
      await mirrored;
      return isRecorded;
    },
    deployment: () => deployment,
    warnings,
  };

  async function begin(): Promise<number | null> {
    if (begun.task === 'deploy') return await ledger.append(begun);
    try {
      return await ledger.append(begun);
    } catch (error) {
      warn(`this rollback is not recorded: ${describeError(error)}`);
      return null;
    }
  }
}
