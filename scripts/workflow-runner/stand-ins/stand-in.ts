import type { LocalGithub } from '@sagemaker-gitops/local-github';
import type { ArtifactStore } from './artifacts.ts';
import type { WorkflowPermissions } from '../syntax/workflow-model.ts';

/** The job of a stand-in. */
export interface StandInContext {
  readonly github: LocalGithub;
  readonly artifacts: ArtifactStore;
  readonly runId: string;
  readonly workspace: string;
  /** The step's environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** The job's permissions. */
  readonly permissions: WorkflowPermissions;
  readonly ref: string;
  readonly sha: string;
  readonly log: { write(line: string): void; mask(secret: string): void };
  readonly signal: AbortSignal;
}

/** The effects of a stand-in on later steps. */
interface StandInAnswer {
  readonly outputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders for the PATH. */
  readonly path?: readonly string[];
}

/** Replaces a third-party action; its inputs are validated and complete. */
export type StandIn = (inputs: Readonly<Record<string, string>>, context: StandInContext) => Promise<StandInAnswer>;

/** @throws Error for a given input that the stand-in does not support. */
export function refuseInputs(action: string, inputs: Readonly<Record<string, string>>, names: readonly string[]): void {
  for (const name of names) {
    if ((inputs[name] ?? '') !== '') throw new Error(`the stand-in for ${action} does not support the input ${name}`);
  }
}
