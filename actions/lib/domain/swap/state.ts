import type { EndpointView } from '../endpoint/endpoint.ts';
import type { ServiceErrorKind } from '../errors/service-error.ts';
import type { Verdict } from '../smoke/check.ts';

/** What a swap is to reach, and where it goes back to. */
export interface SwapGoal {
  /** The endpoint config that should serve. */
  readonly green: string;
  /** Digest of the release's image, `sha256:…`. */
  readonly greenDigest: string;
  /** The endpoint config that a failure goes back to; null where no machine may go back, or nothing served before. */
  readonly blue: string | null;
  /** How far an earlier run of the same attempt came that was cut short: `update` once UpdateEndpoint was accepted. */
  readonly resumes: 'nothing' | 'swap' | 'update' | 'roll-back';
  /** Whether a swap may start from UpdateRollbackFailed, and go on after another update has ended. */
  readonly insistence: 'careful' | 'insistent';
}

/** Where a swap is. The last six are ends. */
export type SwapState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'waiting'; readonly for: 'maintenance' | 'another update'; readonly sent: number }
  | {
      readonly phase: 'requesting';
      readonly from: string;
      readonly modifiedAt: number;
      /** Requests that were sent and not clearly refused. */
      readonly sent: number;
    }
  | {
      readonly phase: 'updating';
      readonly from: string;
      readonly modifiedAt: number;
      readonly unseen: number;
      /** How often stale reads looked like a rollback by SageMaker. */
      readonly misread: number;
    }
  | {
      /** Green was found bad while SageMaker moves traffic to it: only an alarm stops that. */
      readonly phase: 'aborting';
      readonly cause: string;
      readonly from: string;
      readonly modifiedAt: number;
      readonly unseen: number;
      readonly misread: number;
    }
  | { readonly phase: 'verifying'; readonly doubts: number }
  | { readonly phase: 'confirming'; readonly doubts: number }
  | {
      readonly phase: 'rolling-back';
      readonly cause: string;
      readonly requested: boolean;
      readonly sent: number;
      readonly unseen: number;
      readonly modifiedAt: number;
      readonly cancelled: boolean;
    }
  | {
      readonly phase: 'proving-blue';
      readonly cause: string;
      /** Who restored blue: SageMaker by itself, SageMaker because this run aborted the update, or this run. */
      readonly by: 'sagemaker' | 'abort' | 'run';
      readonly misread: number;
      /** How blue answered; null until it was asked. One more look at the endpoint confirms it. */
      readonly proof: { readonly kind: 'answers' | 'configuration'; readonly reason: string } | null;
    }
  | EndState;

export type EndState =
  /** Green serves, and everything that makes that true was seen. */
  | { readonly phase: 'promoted' }
  /** Blue serves again; `proof` says by what that is known. */
  | { readonly phase: 'rolled-back'; readonly cause: string; readonly proof: 'answers' | 'configuration' }
  /** Green serves, and nothing says that it is good or bad. */
  | { readonly phase: 'inconclusive'; readonly cause: string }
  /** A person has to act. */
  | { readonly phase: 'stuck'; readonly cause: string }
  /** Nothing was changed. */
  | { readonly phase: 'refused'; readonly cause: string }
  /** This run stopped; the next one continues. */
  | { readonly phase: 'interrupted'; readonly cause: string };

export type SwapPhase = SwapState['phase'];
export type EndPhase = EndState['phase'];

/** The result of the last command. */
export type SwapObservation =
  | { readonly kind: 'endpoint'; readonly endpoint: EndpointView }
  | { readonly kind: 'no-endpoint' }
  /** DescribeEndpoint failed. */
  | { readonly kind: 'unreadable'; readonly error: ServiceErrorKind; readonly message: string }
  | { readonly kind: 'update-accepted' }
  | { readonly kind: 'update-refused'; readonly error: ServiceErrorKind; readonly message: string }
  | { readonly kind: 'checked'; readonly verdict: Verdict; readonly reason: string }
  /** The probes, or the comparison with blue, have found green bad. */
  | { readonly kind: 'found-bad'; readonly reason: string }
  | { readonly kind: 'abort-requested' }
  | { readonly kind: 'abort-refused'; readonly message: string }
  | { readonly kind: 'out-of-time' }
  | { readonly kind: 'cancelled'; readonly reason: string };

/** What to do next; its result is the next observation. */
export type SwapCommand =
  | { readonly kind: 'observe'; readonly urgency: 'now' | 'later' }
  /** Call UpdateEndpoint. */
  | { readonly kind: 'update'; readonly to: 'green' | 'blue' }
  /** Smoke-test green, or show that blue answers as it did before. */
  | { readonly kind: 'check'; readonly which: 'green' | 'blue' }
  /** Make the abort alarm of green's update go off. */
  | { readonly kind: 'abort' }
  | { readonly kind: 'stop' };

export interface SwapStep {
  readonly state: SwapState;
  readonly command: SwapCommand;
  /** Why, for the log: one line. */
  readonly reason: string;
}

export const START: SwapState = { phase: 'starting' };

/** Whether a swap has ended. */
export function isEnd(state: SwapState): state is EndState {
  switch (state.phase) {
    case 'promoted':
    case 'rolled-back':
    case 'inconclusive':
    case 'stuck':
    case 'refused':
    case 'interrupted':
      return true;
    case 'starting':
    case 'waiting':
    case 'requesting':
    case 'updating':
    case 'aborting':
    case 'verifying':
    case 'confirming':
    case 'rolling-back':
    case 'proving-blue':
      return false;
  }
}
