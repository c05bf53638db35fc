import { describeEndpointView, isBusy, isSettled, type EndpointView } from './endpoint.ts';
import type { ServiceErrorKind } from './service-error.ts';

/** What a swap is to reach, and where it goes back to. */
export interface SwapGoal {
  /** The endpoint config that should serve. */
  readonly green: string;
  /** Digest of the release's image, `sha256:…`. */
  readonly greenDigest: string;
  /** The endpoint config that a failure goes back to; null where no machine may go back, or nothing served before. */
  readonly blue: string | null;
  /** Whether an earlier run of the same attempt was cut short. */
  readonly resumes: 'nothing' | 'swap' | 'roll-back';
  /** Whether a swap may start from UpdateRollbackFailed, and go on after another update has ended. */
  readonly insistence: 'careful' | 'insistent';
}

/** Where a swap is. The last six are ends. */
export type SwapState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'waiting'; readonly for: 'maintenance' | 'another update' }
  | {
      readonly phase: 'requesting';
      readonly from: string;
      readonly modifiedAt: number;
      /** Requests that were sent and not clearly refused. */
      readonly sent: number;
    }
  | { readonly phase: 'updating'; readonly from: string; readonly modifiedAt: number; readonly unseen: number }
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
  | { readonly phase: 'proving-blue'; readonly cause: string }
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
  /** This run stopped looking; the next one continues. */
  | { readonly phase: 'interrupted'; readonly cause: string };

export type SwapPhase = SwapState['phase'];
export type EndPhase = EndState['phase'];

export type Verdict = 'successful' | 'failed' | 'inconclusive';

/** What came of the last command. */
export type SwapObservation =
  | { readonly kind: 'endpoint'; readonly endpoint: EndpointView }
  | { readonly kind: 'no-endpoint' }
  /** The endpoint could not be looked at. */
  | { readonly kind: 'blind'; readonly error: ServiceErrorKind; readonly message: string }
  | { readonly kind: 'update-accepted' }
  | { readonly kind: 'update-refused'; readonly error: ServiceErrorKind; readonly message: string }
  | { readonly kind: 'checked'; readonly verdict: Verdict; readonly reason: string }
  | { readonly kind: 'out-of-time' }
  | { readonly kind: 'cancelled'; readonly reason: string };

/** What to do next; its result is the next observation. */
export type SwapCommand =
  | { readonly kind: 'observe'; readonly urgency: 'now' | 'later' }
  /** Call UpdateEndpoint. */
  | { readonly kind: 'update'; readonly to: 'green' | 'blue' }
  /** Smoke-test green, or show that blue answers as it did before. */
  | { readonly kind: 'check'; readonly which: 'green' | 'blue' }
  | { readonly kind: 'stop' };

export interface SwapStep {
  readonly state: SwapState;
  readonly command: SwapCommand;
  /** Why, for the log: one line. */
  readonly reason: string;
}

export const START: SwapState = { phase: 'starting' };

/** Most UpdateEndpoint calls in one direction. */
const MOST_REQUESTS = 4;
/** Observations that may still show the endpoint as it was before an accepted update: reads can be stale. */
const MOST_STALE_READS = 6;
/** Observations that may contradict what was just seen, before that counts. */
const MOST_DOUBTS = 3;

const now: SwapCommand = { kind: 'observe', urgency: 'now' };
const later: SwapCommand = { kind: 'observe', urgency: 'later' };

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
    case 'verifying':
    case 'confirming':
    case 'rolling-back':
    case 'proving-blue':
      return false;
  }
}

/** The next state, command and reason, from what was wanted, where the swap is and what was just seen. */
export function advance(goal: SwapGoal, state: SwapState, observation: SwapObservation): SwapStep {
  if (isEnd(state)) return end(state, state.phase);
  switch (observation.kind) {
    case 'endpoint':
      return seen(goal, state, observation.endpoint);
    case 'no-endpoint':
      return state.phase === 'starting' || state.phase === 'waiting'
        ? refuse('there is no such endpoint')
        : stick('the endpoint is gone');
    case 'blind':
      return blind(state, observation.error, observation.message);
    case 'update-accepted':
      return accepted(state);
    case 'update-refused':
      return refused(state, observation.error, observation.message);
    case 'checked':
      return checked(goal, state, observation.verdict, observation.reason);
    case 'out-of-time':
      return outOfTime(state);
    case 'cancelled':
      // Blue has been decided on but not asked for: that one call still goes out.
      if (state.phase === 'rolling-back' && !state.requested) {
        return {
          state: { ...state, cancelled: true },
          command: now,
          reason: `${observation.reason}: rolling back first`,
        };
      }
      return end({ phase: 'interrupted', cause: observation.reason }, observation.reason);
  }
}

function seen(goal: SwapGoal, state: Exclude<SwapState, EndState>, endpoint: EndpointView): SwapStep {
  switch (state.phase) {
    case 'starting':
      return seenAtStart(goal, endpoint);
    case 'waiting':
      return seenWaiting(goal, state, endpoint);
    case 'requesting':
      return seenRequesting(goal, state, endpoint);
    case 'updating':
      return seenUpdating(goal, state, endpoint);
    case 'verifying':
      return seenVerifying(goal, state, endpoint);
    case 'confirming':
      return seenConfirming(goal, state, endpoint);
    case 'rolling-back':
      return seenRollingBack(goal, state, endpoint);
    case 'proving-blue':
      return { state, command: { kind: 'check', which: 'blue' }, reason: `${endpoint.configName} serves again` };
  }
}

function seenAtStart(goal: SwapGoal, endpoint: EndpointView): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) return verify(`converged: ${where}`);
    if (goal.resumes === 'roll-back' && endpoint.configName === goal.blue) {
      return proveBlue('an earlier run of this attempt had begun to roll back', `${where}, as an earlier run asked`);
    }
    return request(endpoint, `${where}, should be ${goal.green}`);
  }
  if (!isBusy(endpoint)) return seenBroken(goal, endpoint);
  const pending = endpoint.pending?.configName;
  if (pending === goal.green) return adopt(endpoint, `an update to ${goal.green} is in progress already: ${where}`);
  if (
    goal.resumes !== 'nothing' &&
    endpoint.configName === goal.green &&
    pending !== undefined &&
    pending === goal.blue
  ) {
    return {
      state: rollingBack('an earlier run of this attempt had begun to roll back', true, endpoint.lastModifiedAt),
      command: later,
      reason: `an earlier run began to roll back: ${where}`,
    };
  }
  if (goal.resumes !== 'nothing' && endpoint.status === 'RollingBack') {
    return adopt(endpoint, `the update of an earlier run is being undone: ${where}`);
  }
  const maintenance = pending === undefined && (endpoint.status === 'SystemUpdating' || endpoint.status === 'Creating');
  return {
    state: { phase: 'waiting', for: maintenance ? 'maintenance' : 'another update' },
    command: later,
    reason: `not ours: ${where}`,
  };
}

function seenBroken(goal: SwapGoal, endpoint: EndpointView): SwapStep {
  const where = describeEndpointView(endpoint);
  if (endpoint.status === 'UpdateRollbackFailed' && (goal.insistence === 'insistent' || goal.resumes !== 'nothing')) {
    return request(endpoint, `${where}: a mix of two configs serves`);
  }
  return refuse(`the endpoint is ${where}${because(endpoint)}`);
}

function seenWaiting(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'waiting' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isBusy(endpoint)) {
    if (endpoint.pending?.configName === goal.green) return adopt(endpoint, where);
    const other = endpoint.pending !== null || endpoint.status === 'Updating' || endpoint.status === 'RollingBack';
    return { state: other ? { phase: 'waiting', for: 'another update' } : state, command: later, reason: where };
  }
  if (!isSettled(endpoint)) return seenBroken(goal, endpoint);
  if (endpoint.configName === goal.green) return verify(`converged: ${where}`);
  if (state.for === 'another update' && goal.insistence === 'careful') {
    return refuse(`another update was in progress and has ended: ${where}`);
  }
  return request(endpoint, `${where}, should be ${goal.green}`);
}

function seenRequesting(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'requesting' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) return verify(where);
    if (endpoint.configName !== state.from) return refuse(`something else changed the endpoint: ${where}`);
    if (state.sent >= MOST_REQUESTS) return refuse(`UpdateEndpoint was not accepted ${state.sent} times: ${where}`);
    return { state, command: { kind: 'update', to: 'green' }, reason: `asking again: ${where}` };
  }
  if (!isBusy(endpoint)) {
    if (endpoint.status === 'UpdateRollbackFailed' && state.sent < MOST_REQUESTS) {
      return { state, command: { kind: 'update', to: 'green' }, reason: `asking again: ${where}` };
    }
    return refuse(`the endpoint is ${where}${because(endpoint)}`);
  }
  if (endpoint.pending?.configName === goal.green) {
    return { state: updating(state.from, state.modifiedAt), command: later, reason: where };
  }
  // A request whose answer was lost may be what is seen here, before its config shows.
  if (state.sent > 0 && endpoint.pending === null) return { state, command: later, reason: where };
  return { state: { phase: 'waiting', for: 'another update' }, command: later, reason: `not ours: ${where}` };
}

function seenUpdating(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'updating' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isBusy(endpoint)) return { state: { ...state, unseen: MOST_STALE_READS }, command: later, reason: where };
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) return verify(where);
    if (endpoint.configName !== state.from) return stick(`something else changed the endpoint: ${where}`);
    if (state.unseen < MOST_STALE_READS && endpoint.lastModifiedAt <= state.modifiedAt) {
      return { state: { ...state, unseen: state.unseen + 1 }, command: later, reason: `not visible yet: ${where}` };
    }
    const cause = `SageMaker rolled the update back${because(endpoint)}`;
    return proveBlue(cause, `${where}: rolled back, not promoted`);
  }
  if (endpoint.status === 'UpdateRollbackFailed') {
    return fail(goal, `the update and its rollback failed${because(endpoint)}: a mix of two configs serves`, endpoint);
  }
  return stick(`the endpoint is ${where}${because(endpoint)}`);
}

function seenVerifying(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'verifying' }>,
  endpoint: EndpointView,
): SwapStep {
  const doubt = doubtOf(goal, endpoint);
  if (doubt === null)
    return { state, command: { kind: 'check', which: 'green' }, reason: 'all of the configuration is right' };
  if (doubt.kind === 'wrong') return fail(goal, doubt.reason, endpoint);
  if (state.doubts < MOST_DOUBTS) {
    return { state: { ...state, doubts: state.doubts + 1 }, command: later, reason: doubt.reason };
  }
  return doubtful(doubt.reason);
}

function seenConfirming(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'confirming' }>,
  endpoint: EndpointView,
): SwapStep {
  const doubt = doubtOf(goal, endpoint);
  if (doubt === null) return end({ phase: 'promoted' }, `${endpoint.configName} serves and is verified`);
  if (doubt.kind === 'wrong') return fail(goal, doubt.reason, endpoint);
  if (state.doubts < MOST_DOUBTS) {
    return { state: { ...state, doubts: state.doubts + 1 }, command: later, reason: doubt.reason };
  }
  return doubtful(`the smoke test passed, but then ${doubt.reason}`);
}

/** What keeps an endpoint from being on green in full: null when nothing does. */
function doubtOf(goal: SwapGoal, endpoint: EndpointView): { kind: 'wrong' | 'unclear'; reason: string } | null {
  const where = describeEndpointView(endpoint);
  if (!isSettled(endpoint) || endpoint.configName !== goal.green) return { kind: 'unclear', reason: `it is ${where}` };
  if (endpoint.serving.imageDigests.length === 0) {
    return { kind: 'unclear', reason: 'SageMaker does not say which image is deployed' };
  }
  const wrong = endpoint.serving.imageDigests.find((digest) => digest !== goal.greenDigest);
  if (wrong === undefined) return null;
  return { kind: 'wrong', reason: `image ${wrong} is deployed, the release has ${goal.greenDigest}` };
}

function seenRollingBack(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'rolling-back' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isBusy(endpoint)) {
    const towardsBlue = endpoint.pending !== null && endpoint.pending.configName === goal.blue;
    return {
      state: { ...state, requested: state.requested || towardsBlue, unseen: MOST_STALE_READS },
      command: later,
      reason: where,
    };
  }
  const isUpdatable = isSettled(endpoint) || endpoint.status === 'UpdateRollbackFailed';
  if (!isUpdatable) return stick(`${state.cause}; then the endpoint became ${where}${because(endpoint)}`);
  if (isSettled(endpoint) && endpoint.configName === goal.blue) return proveBlue(state.cause, where);
  if (state.requested && state.unseen < MOST_STALE_READS && endpoint.lastModifiedAt <= state.modifiedAt) {
    return { state: { ...state, unseen: state.unseen + 1 }, command: later, reason: `not visible yet: ${where}` };
  }
  if (state.sent >= MOST_REQUESTS) {
    return stick(`${state.cause}; going back failed ${state.sent} times, the endpoint is ${where}${because(endpoint)}`);
  }
  return {
    state: { ...state, requested: false, modifiedAt: endpoint.lastModifiedAt },
    command: { kind: 'update', to: 'blue' },
    reason: `${where}, going back to ${goal.blue ?? 'nothing'}`,
  };
}

function accepted(state: Exclude<SwapState, EndState>): SwapStep {
  if (state.phase === 'requesting') {
    return { state: updating(state.from, state.modifiedAt), command: later, reason: 'UpdateEndpoint was accepted' };
  }
  if (state.phase === 'rolling-back') {
    if (state.cancelled) {
      const cause = 'the run was cancelled after the rollback had been asked for';
      return end({ phase: 'interrupted', cause }, cause);
    }
    const next = { ...state, requested: true, unseen: 0, sent: state.sent + 1 };
    return { state: next, command: later, reason: 'UpdateEndpoint back to blue was accepted' };
  }
  return { state, command: now, reason: 'looking again' };
}

function refused(state: Exclude<SwapState, EndState>, error: ServiceErrorKind, message: string): SwapStep {
  if (state.phase !== 'requesting' && state.phase !== 'rolling-back') return { state, command: now, reason: message };
  switch (error) {
    case 'in-progress':
    case 'throttled':
    case 'unavailable':
      // The answer may be lost and not the request: look first, then ask again.
      return {
        state: { ...state, sent: state.sent + 1 },
        command: later,
        reason: `UpdateEndpoint was not answered with yes: ${message}`,
      };
    case 'expired-credentials': {
      const cause = `the credentials are no longer valid: ${message}`;
      return end({ phase: 'interrupted', cause }, cause);
    }
    case 'missing':
    case 'denied':
    case 'limit':
    case 'invalid':
      return state.phase === 'requesting'
        ? refuse(`UpdateEndpoint was refused: ${message}`)
        : stick(`${state.cause}; going back was refused: ${message}`);
  }
}

function checked(goal: SwapGoal, state: Exclude<SwapState, EndState>, verdict: Verdict, reason: string): SwapStep {
  if (state.phase === 'verifying') {
    switch (verdict) {
      case 'successful':
        return { state: { phase: 'confirming', doubts: 0 }, command: now, reason: `smoke test successful: ${reason}` };
      case 'failed':
        return fail(goal, `the smoke test failed: ${reason}`, undefined);
      case 'inconclusive':
        return doubtful(`the smoke test is inconclusive: ${reason}`);
    }
  }
  if (state.phase === 'proving-blue') {
    switch (verdict) {
      case 'successful':
        return end({ phase: 'rolled-back', cause: state.cause, proof: 'answers' }, `blue answers: ${reason}`);
      case 'inconclusive':
        return end(
          { phase: 'rolled-back', cause: state.cause, proof: 'configuration' },
          `blue was not heard: ${reason}`,
        );
      case 'failed':
        return stick(`${state.cause}; the config before serves again, but not as it did: ${reason}`);
    }
  }
  return { state, command: now, reason: 'looking again' };
}

function blind(state: Exclude<SwapState, EndState>, error: ServiceErrorKind, message: string): SwapStep {
  if (error === 'throttled' || error === 'unavailable')
    return { state, command: later, reason: `could not look: ${message}` };
  const untouched = state.phase === 'starting' || state.phase === 'waiting';
  if (untouched) return refuse(`the endpoint cannot be looked at: ${message}`);
  return end({ phase: 'interrupted', cause: `the endpoint cannot be looked at: ${message}` }, message);
}

function outOfTime(state: Exclude<SwapState, EndState>): SwapStep {
  switch (state.phase) {
    case 'starting':
    case 'waiting':
      return refuse('the endpoint did not come to rest in time');
    case 'requesting':
      return state.sent === 0
        ? refuse('UpdateEndpoint was not accepted in time')
        : stick('whether UpdateEndpoint was accepted did not become clear in time');
    case 'updating':
      return stick('the update did not end in time');
    case 'verifying':
    case 'confirming':
      return doubtful('verifying did not end in time');
    case 'rolling-back':
      return stick(`${state.cause}; going back did not end in time`);
    case 'proving-blue': {
      const reason = 'whether blue answers did not become clear in time';
      return end({ phase: 'rolled-back', cause: state.cause, proof: 'configuration' }, reason);
    }
  }
}

function verify(reason: string): SwapStep {
  return { state: { phase: 'verifying', doubts: 0 }, command: now, reason };
}

function proveBlue(cause: string, reason: string): SwapStep {
  return { state: { phase: 'proving-blue', cause }, command: { kind: 'check', which: 'blue' }, reason };
}

function request(endpoint: EndpointView, reason: string): SwapStep {
  return {
    state: { phase: 'requesting', from: endpoint.configName, modifiedAt: endpoint.lastModifiedAt, sent: 0 },
    command: { kind: 'update', to: 'green' },
    reason,
  };
}

function adopt(endpoint: EndpointView, reason: string): SwapStep {
  const state = { ...updating(endpoint.configName, endpoint.lastModifiedAt), unseen: MOST_STALE_READS };
  return { state, command: later, reason };
}

function updating(from: string, modifiedAt: number): Extract<SwapState, { phase: 'updating' }> {
  return { phase: 'updating', from, modifiedAt, unseen: 0 };
}

function rollingBack(cause: string, requested: boolean, modifiedAt: number): SwapState {
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
function fail(goal: SwapGoal, cause: string, endpoint: EndpointView | undefined): SwapStep {
  if (goal.blue === null || goal.blue === goal.green) {
    return stick(`${cause}; there is no release that this run may go back to`);
  }
  return { state: rollingBack(cause, false, endpoint?.lastModifiedAt ?? 0), command: now, reason: cause };
}

function doubtful(cause: string): SwapStep {
  return end({ phase: 'inconclusive', cause }, cause);
}

function stick(cause: string): SwapStep {
  return end({ phase: 'stuck', cause }, cause);
}

function refuse(cause: string): SwapStep {
  return end({ phase: 'refused', cause }, cause);
}

function end(state: EndState, reason: string): SwapStep {
  return { state, command: { kind: 'stop' }, reason };
}

function because(endpoint: EndpointView): string {
  return endpoint.failureReason === undefined ? ' without saying why' : `: ${endpoint.failureReason}`;
}
