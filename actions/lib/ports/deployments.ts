import type { AttemptTask } from '../domain/ledger/fact.ts';
import type { DeploymentState } from '../domain/swap/result.ts';

export interface NewDeployment {
  readonly environment: string;
  readonly task: AttemptTask;
  /** Sequence number of the attempt's first fact; null where it could not be recorded. */
  readonly attempt: number | null;
  readonly release: string;
  readonly endpoint: string;
  readonly description: string;
}

/** GitHub Deployments: a mirror of the ledger for people. Nothing is decided by it. Methods throw UserError. */
export interface Deployments {
  /** Opens a deployment, or finds the one that an earlier run of the same attempt opened, and gives its id. */
  open(deployment: NewDeployment): Promise<number>;
  /** Adds a status; a description is cut to the 140 characters that GitHub keeps. */
  report(id: number, state: DeploymentState, description: string, endpointName: string): Promise<void>;
}
