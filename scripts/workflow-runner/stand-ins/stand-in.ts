import type { LocalGithub } from '@sagemaker-gitops/local-github';
import type { ArtifactStore } from './artifacts.ts';
import type { WorkflowPermissions } from '../syntax/workflow-model.ts';

/** What a stand-in for a third-party action knows of the job that it runs in. */
export interface StandInContext {
  readonly github: LocalGithub;
  readonly artifacts: ArtifactStore;
  readonly runId: string;
  readonly workspace: string;
  /** The environment that the step sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the job was granted. */
  readonly permissions: WorkflowPermissions;
  readonly ref: string;
  readonly sha: string;
  readonly log: { write(line: string): void; mask(secret: string): void };
  readonly signal: AbortSignal;
}

/** What a stand-in does for the steps after it. */
interface StandInAnswer {
  readonly outputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders for the PATH. */
  readonly path?: readonly string[];
}

/** Does on this machine what a third-party action does on GitHub's; its inputs are checked and complete. */
export type StandIn = (inputs: Readonly<Record<string, string>>, context: StandInContext) => Promise<StandInAnswer>;

/** Refuses an input whose effect is not there: nothing is skipped in silence. */
export function refuseInputs(action: string, inputs: Readonly<Record<string, string>>, names: readonly string[]): void {
  for (const name of names) {
    if ((inputs[name] ?? '') !== '') throw new Error(`the stand-in for ${action} does not support the input ${name}`);
  }
}
