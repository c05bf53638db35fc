import type { EndpointView } from '../endpoint/endpoint.ts';
import type { EndState, SwapCommand, SwapGoal, SwapState, SwapStep } from './state.ts';

/** Most UpdateEndpoint calls in one direction. */
export const MOST_REQUESTS = 4;
/** Observations that may still show the endpoint as it was before an accepted update: reads can be stale. */
export const MOST_STALE_READS = 6;
/** Observations that may contradict what was just seen, before that counts. */
export const MOST_DOUBTS = 3;

/** Look again at once. */
export const now: SwapCommand = { kind: 'observe', urgency: 'now' };
/** Look again after a wait. */
export const later: SwapCommand = { kind: 'observe', urgency: 'later' };

/** Green serves: check it. */
export function verify(reason: string): SwapStep {
  return { state: { phase: 'verifying', doubts: 0 }, command: now, reason };
}

/** Blue serves again: show that it answers as it did. */
export function proveBlue(cause: string, by: 'sagemaker' | 'abort' | 'run', reason: string, misread = 0): SwapStep {
  return {
    state: { phase: 'proving-blue', cause, by, misread, proof: null },
    command: { kind: 'check', which: 'blue' },
    reason,
  };
}

/** Blue was asked: one more look at the endpoint confirms that it serves, because the look before may have been stale. */
export function provenBlue(
  state: Extract<SwapState, { phase: 'proving-blue' }>,
  kind: 'answers' | 'configuration',
  reason: string,
): SwapStep {
  return { state: { ...state, proof: { kind, reason } }, command: later, reason };
}

/** Ask for the update to green. */
export function request(endpoint: EndpointView, reason: string, sent: number): SwapStep {
  return {
    state: { phase: 'requesting', from: endpoint.configName, modifiedAt: endpoint.lastModifiedAt, sent },
    command: { kind: 'update', to: 'green' },
    reason,
  };
}

/** An update to green is in progress that this run did not ask for, or asked for and lost the answer. */
export function adopt(endpoint: EndpointView, reason: string): SwapStep {
  const state = { ...updating(endpoint.configName, endpoint.lastModifiedAt), unseen: MOST_STALE_READS };
  return { state, command: later, reason };
}

/** Green was found bad in the middle of its update: have SageMaker roll it back. */
export function abort(
  { from, modifiedAt, misread }: Pick<Extract<SwapState, { phase: 'updating' }>, 'from' | 'modifiedAt' | 'misread'>,
  cause: string,
): SwapStep {
  return {
    state: { phase: 'aborting', cause, from, modifiedAt, unseen: 0, misread },
    command: { kind: 'abort' },
    reason: cause,
  };
}

/** An update to green was accepted. */
export function updating(from: string, modifiedAt: number, misread = 0): Extract<SwapState, { phase: 'updating' }> {
  return { phase: 'updating', from, modifiedAt, unseen: 0, misread };
}

/** Blue is decided on. */
export function rollingBack(cause: string, requested: boolean, modifiedAt: number): SwapState {
  return {
    phase: 'rolling-back',
    cause,
    requested,
    sent: 0,
    unseen: requested ? MOST_STALE_READS : 0,
    modifiedAt,
    cancelled: false,
  };
}

/** Green is bad: back to blue where there is one. */
export function fail(goal: SwapGoal, cause: string, endpoint: EndpointView | undefined): SwapStep {
  if (goal.blue === null || goal.blue === goal.green) {
    return stick(`${cause}; there is no release that this run may go back to`);
  }
  return { state: rollingBack(cause, false, endpoint?.lastModifiedAt ?? 0), command: now, reason: cause };
}

/** Nothing says whether green is good. */
export function doubtful(cause: string): SwapStep {
  return end({ phase: 'inconclusive', cause }, cause);
}

/** A person has to act. */
export function stick(cause: string): SwapStep {
  return end({ phase: 'stuck', cause }, cause);
}

/** Nothing was changed, and nothing will be. */
export function refuse(cause: string): SwapStep {
  return end({ phase: 'refused', cause }, cause);
}

/** The swap is over. */
export function end(state: EndState, reason: string): SwapStep {
  return { state, command: { kind: 'stop' }, reason };
}

/** SageMaker's own reason, for people. */
export function because(endpoint: EndpointView): string {
  return endpoint.failureReason === undefined ? ' without saying why' : `: ${endpoint.failureReason}`;
}
