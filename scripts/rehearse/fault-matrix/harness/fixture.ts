import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Environment } from '../../../../actions/lib/domain/environment/environment.ts';
import type { Release, ReleaseFile } from '../../../../actions/lib/domain/release/release.ts';
import type { SmokeFile } from '../../../../actions/lib/domain/smoke/cases.ts';
import type { Ledger } from '../../../../actions/lib/ports/ledger.ts';
import type { SwapPorts } from '../../../../actions/lib/operations/swap-release.ts';
import type { LocalAws, FakeBehaviour } from '@sagemaker-gitops/local-aws';
import type { ContainerAnswer } from './containers.ts';
import type { Launches } from './profiles.ts';
import type { DeploymentsGithub } from '../../../testing/deployments-github.ts';

/** The releases of a row: `blue` serves, `green` is to be deployed, `old` served before blue. */
export const RELEASE_NAMES = ['old', 'blue', 'green'] as const;
export type ReleaseName = (typeof RELEASE_NAMES)[number];

/** How a row differs from the good case. */
export interface FixtureOptions {
  readonly environment?: Partial<Environment>;
  readonly smoke?: Partial<SmokeFile>;
  /** How the containers of a release behave. */
  readonly containers?: Partial<Record<ReleaseName, Omit<FakeBehaviour, 'answer'>>>;
  readonly answers?: Partial<Record<ReleaseName, ContainerAnswer>>;
  readonly specs?: Partial<Record<ReleaseName, Partial<Release['spec']>>>;
  readonly mediaTypes?: Partial<Record<ReleaseName, string>>;
  /** What is not declared in AWS although it should be. */
  readonly without?: readonly ('model' | 'config' | 'alarms' | 'endpoint')[];
  readonly serving?: ReleaseName;
  /** Nothing was ever recorded. */
  readonly emptyLedger?: boolean;
  /** Milliseconds that the runner's clock is ahead of AWS's. */
  readonly clockSkewMilliseconds?: number;
  /** How many times faster emulated waits pass where processes are real; default: as fast as they can keep up with. */
  readonly acceleration?: number;
  /** How fleets are launched; default: as the profile says. */
  readonly launches?: Launches;
}

/** Emulated time: it passes at once on a virtual clock, otherwise faster by the fixture's acceleration. */
interface EmulatedTime {
  waitEmulated(milliseconds: number): Promise<void>;
  /** Lets so much time pass. */
  advance(milliseconds: number): Promise<void>;
}

/** One account, one repository and one clock, with an endpoint in service. */
export interface MatrixFixture {
  readonly aws: LocalAws;
  readonly github: DeploymentsGithub;
  readonly time: EmulatedTime;
  /** Emulated milliseconds that the machines of a fleet take. */
  readonly launchMilliseconds: number;
  readonly environment: Environment;
  readonly smoke: SmokeFile;
  readonly releases: Readonly<Record<ReleaseName, Release>>;
  readonly releaseFile: ReleaseFile;
  readonly sagemaker: SageMakerClient;
  readonly cloudwatch: CloudWatchClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly configName: (release: ReleaseName) => string;
  /** The release whose config serves now, or what else does. */
  readonly serving: () => string;
  /** The ports of a run for a commit. */
  readonly ports: (commit?: string) => Omit<SwapPorts, 'reporter' | 'signal'>;
  /** The ledger as an earlier run would have used it. */
  readonly ledger: Ledger;
  /** What no log, output or summary may show. */
  readonly secrets: readonly string[];
  readonly close: () => Promise<void>;
}
