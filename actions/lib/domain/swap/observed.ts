import {
  describeEndpointView,
  describeVariants,
  isBusy,
  isMaintained,
  isSettled,
  type EndpointView,
} from '../endpoint/endpoint.ts';
import type { EndState, SwapGoal, SwapState, SwapStep } from './state.ts';
import {
  abort,
  adopt,
  because,
  doubtful,
  end,
  fail,
  later,
  MOST_DOUBTS,
  MOST_REQUESTS,
  MOST_STALE_READS,
  proveBlue,
  refuse,
  request,
  rollingBack,
  stick,
  updating,
  verify,
} from './steps.ts';

const BEGUN_BEFORE = 'an earlier run of this attempt had begun to roll back';

/** The next step after a poll of the endpoint. */
export function seen(goal: SwapGoal, state: Exclude<SwapState, EndState>, endpoint: EndpointView): SwapStep {
  switch (state.phase) {
    case 'starting':
      return seenAtStart(goal, endpoint);
    case 'waiting':
      return seenWaiting(goal, state, endpoint);
    case 'requesting':
      return seenRequesting(goal, state, endpoint);
    case 'updating':
      return seenUpdating(goal, state, endpoint);
    case 'aborting':
      return seenAborting(goal, state, endpoint);
    case 'verifying':
      return seenVerifying(goal, state, endpoint);
    case 'confirming':
      return seenConfirming(goal, state, endpoint);
    case 'rolling-back':
      return seenRollingBack(goal, state, endpoint);
    case 'proving-blue':
      return seenProvingBlue(goal, state, endpoint);
  }
}

function seenAtStart(goal: SwapGoal, endpoint: EndpointView): SwapStep {
  const where = describeEndpointView(endpoint);
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) {
      // A verdict stands until a person deploys anew: this run continues the attempt in which green failed.
      return goal.resumes === 'roll-back' && goal.blue !== null
        ? fail(goal, BEGUN_BEFORE, endpoint)
        : verify(`converged: ${where}`);
    }
    if (goal.resumes === 'roll-back' && endpoint.configName === goal.blue) {
      return proveBlue(BEGUN_BEFORE, 'run', `${where}, as an earlier run requested`);
    }
    if (goal.resumes === 'update' && endpoint.configName === goal.blue) {
      return proveBlue(
        `SageMaker rolled the update of an earlier run back${because(endpoint)}`,
        'sagemaker',
        `${where}: rolled back, not promoted`,
      );
    }
    if (goal.blue !== null && endpoint.configName !== goal.blue) {
      return refuse(`something else changed the endpoint: ${where}`);
    }
    return request(endpoint, `${where}, should be ${goal.green}`, 0);
  }
  if (!isBusy(endpoint)) return seenBroken(goal, endpoint, 0);
  const pending = endpoint.pending?.configName;
  if (pending === goal.green && goal.resumes === 'roll-back') {
    return abort({ from: endpoint.configName, modifiedAt: endpoint.lastModifiedAt, misread: 0 }, BEGUN_BEFORE);
  }
  if (pending === goal.green) return adopt(endpoint, `an update to ${goal.green} is in progress already: ${where}`);
  if (
    goal.resumes !== 'nothing' &&
    endpoint.configName === goal.green &&
    pending !== undefined &&
    pending === goal.blue
  ) {
    return {
      state: rollingBack(BEGUN_BEFORE, true, endpoint.lastModifiedAt),
      command: later,
      reason: `an earlier run began to roll back: ${where}`,
    };
  }
  if (goal.resumes !== 'nothing' && endpoint.status === 'RollingBack') {
    return adopt(endpoint, `the update of an earlier run is being undone: ${where}`);
  }
  return waitFor(endpoint, 0);
}

/** Something else is being done to the endpoint: wait for its end. */
function waitFor(endpoint: EndpointView, sent: number): SwapStep {
  const where = describeEndpointView(endpoint);
  return isMaintained(endpoint)
    ? {
        state: { phase: 'waiting', for: 'maintenance', sent },
        command: later,
        reason: `the endpoint is being scaled or maintained: ${where}`,
      }
    : {
        state: { phase: 'waiting', for: 'another update', sent },
        command: later,
        reason: `an update of another run: ${where}`,
      };
}

function seenBroken(goal: SwapGoal, endpoint: EndpointView, sent: number): SwapStep {
  const where = describeEndpointView(endpoint);
  const isMixed = endpoint.status === 'UpdateRollbackFailed';
  if (isMixed && goal.insistence === 'insistent' && sent < MOST_REQUESTS) {
    return request(endpoint, `${where}: a mix of two configs serves`, sent);
  }
  if (isMixed && goal.resumes !== 'nothing') {
    return fail(goal, `the update of an earlier run and its rollback failed${because(endpoint)}`, endpoint);
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
    return {
      state: isMaintained(endpoint) ? state : { ...state, for: 'another update' },
      command: later,
      reason: where,
    };
  }
  if (!isSettled(endpoint)) return seenBroken(goal, endpoint, state.sent);
  if (endpoint.configName === goal.green) return verify(`converged: ${where}`);
  if (state.for === 'another update' && goal.insistence === 'careful') {
    return refuse(`another update was in progress and has ended: ${where}`);
  }
  if (goal.blue !== null && endpoint.configName !== goal.blue)
    return refuse(`something else changed the endpoint: ${where}`);
  if (state.sent >= MOST_REQUESTS) return refuse(`UpdateEndpoint was not accepted ${state.sent} times: ${where}`);
  return request(endpoint, `${where}, should be ${goal.green}`, state.sent);
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
    return { state, command: { kind: 'update', to: 'green' }, reason: `requesting again: ${where}` };
  }
  if (!isBusy(endpoint)) {
    if (endpoint.status === 'UpdateRollbackFailed' && state.sent < MOST_REQUESTS) {
      return { state, command: { kind: 'update', to: 'green' }, reason: `requesting again: ${where}` };
    }
    return refuse(`the endpoint is ${where}${because(endpoint)}`);
  }
  if (endpoint.pending?.configName === goal.green) {
    return { state: updating(state.from, state.modifiedAt), command: later, reason: where };
  }
  // This may be an earlier request whose answer was lost: its config does not show at once.
  if (state.sent > 0 && endpoint.pending === null) return { state, command: later, reason: where };
  return waitFor(endpoint, state.sent);
}

function seenUpdating(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'updating' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  // Reads may become stale again: until the time of the last change moves, several have to agree that blue serves.
  if (isBusy(endpoint)) return { state: { ...state, unseen: 0 }, command: later, reason: where };
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) return verify(where);
    if (endpoint.configName !== state.from) return stick(`something else changed the endpoint: ${where}`);
    if (state.unseen < MOST_STALE_READS && endpoint.lastModifiedAt <= state.modifiedAt) {
      return { state: { ...state, unseen: state.unseen + 1 }, command: later, reason: `not visible yet: ${where}` };
    }
    const cause = `SageMaker rolled the update back${because(endpoint)}`;
    if (endpoint.configName !== goal.blue) return stick(`${cause}: ${where}`);
    return proveBlue(cause, 'sagemaker', `${where}: rolled back, not promoted`, state.misread);
  }
  if (endpoint.status === 'UpdateRollbackFailed') {
    return fail(goal, `the update and its rollback failed${because(endpoint)}: a mix of two configs serves`, endpoint);
  }
  return stick(`the endpoint is ${where}${because(endpoint)}`);
}

/** Waits until SageMaker has rolled back, and asks for it again: an alarm counts only while its data is new. */
function seenAborting(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'aborting' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  const { cause, misread } = state;
  if (isBusy(endpoint)) {
    const isRollingBack = endpoint.status === 'RollingBack';
    return { state: { ...state, unseen: 0 }, command: isRollingBack ? later : { kind: 'abort' }, reason: where };
  }
  if (isSettled(endpoint)) {
    if (endpoint.configName === goal.green) return fail(goal, cause, endpoint);
    if (endpoint.configName !== state.from)
      return stick(`${cause}; then something else changed the endpoint: ${where}`);
    if (state.unseen < MOST_STALE_READS && endpoint.lastModifiedAt <= state.modifiedAt) {
      return { state: { ...state, unseen: state.unseen + 1 }, command: later, reason: `not visible yet: ${where}` };
    }
    return endpoint.configName === goal.blue
      ? proveBlue(cause, 'abort', `${where}: rolled back by the abort alarm`, misread)
      : stick(`${cause}; the update was rolled back: ${where}`);
  }
  if (endpoint.status === 'UpdateRollbackFailed') {
    return fail(goal, `${cause}; the aborted update could not be rolled back${because(endpoint)}`, endpoint);
  }
  return stick(`${cause}; then the endpoint became ${where}${because(endpoint)}`);
}

function seenVerifying(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'verifying' }>,
  endpoint: EndpointView,
): SwapStep {
  const doubt = doubtOf(goal, endpoint);
  if (doubt === null)
    return { state, command: { kind: 'check', which: 'green' }, reason: 'all of the configuration is right' };
  return seenDoubtful(goal, state, endpoint, doubt, doubt.reason);
}

function seenConfirming(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'confirming' }>,
  endpoint: EndpointView,
): SwapStep {
  const doubt = doubtOf(goal, endpoint);
  if (doubt === null) return end({ phase: 'promoted' }, `${endpoint.configName} serves and is verified`);
  return seenDoubtful(goal, state, endpoint, doubt, `the smoke test passed, but then ${doubt.reason}`);
}

/** Waits while an endpoint on green is maintained; anything else that keeps it from being on green counts. */
function seenDoubtful(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'verifying' | 'confirming' }>,
  endpoint: EndpointView,
  doubt: Doubt,
  cause: string,
): SwapStep {
  if (isMaintained(endpoint) && endpoint.configName === goal.green) {
    return { state, command: later, reason: doubt.reason };
  }
  if (doubt.kind === 'wrong') return fail(goal, doubt.reason, endpoint);
  if (state.doubts >= MOST_DOUBTS) return doubtful(cause);
  return { state: { ...state, doubts: state.doubts + 1 }, command: later, reason: doubt.reason };
}

interface Doubt {
  readonly kind: 'wrong' | 'unclear';
  readonly reason: string;
}

/** Why an endpoint is not completely on green; null where it is. */
function doubtOf(goal: SwapGoal, endpoint: EndpointView): Doubt | null {
  const where = describeEndpointView(endpoint);
  if (!isSettled(endpoint) || endpoint.configName !== goal.green) return { kind: 'unclear', reason: `it is ${where}` };
  if (endpoint.serving.imageDigests.length === 0) {
    return { kind: 'unclear', reason: 'SageMaker does not say which image is deployed' };
  }
  if (endpoint.serving.otherVariants.length > 0) {
    return { kind: 'wrong', reason: `it has ${describeVariants(endpoint.serving)}, which no smoke test can judge` };
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
  if (isSettled(endpoint) && endpoint.configName === goal.blue) return proveBlue(state.cause, 'run', where);
  if (isSettled(endpoint) && endpoint.configName !== goal.green) {
    return stick(`${state.cause}; then something else changed the endpoint: ${where}`);
  }
  if (state.requested && state.unseen < MOST_STALE_READS && endpoint.lastModifiedAt <= state.modifiedAt) {
    return { state: { ...state, unseen: state.unseen + 1 }, command: later, reason: `not visible yet: ${where}` };
  }
  if (state.sent >= MOST_REQUESTS) {
    return stick(
      `${state.cause}; the rollback was not accepted ${state.sent} times, the endpoint is ${where}${because(endpoint)}`,
    );
  }
  return {
    state: { ...state, requested: false, modifiedAt: endpoint.lastModifiedAt },
    command: { kind: 'update', to: 'blue' },
    reason: `${where}, rolling back to ${goal.blue ?? 'nothing'}`,
  };
}

/** Confirms that blue serves: the look before may have been stale, or something else may have changed the endpoint since. */
function seenProvingBlue(
  goal: SwapGoal,
  state: Extract<SwapState, { phase: 'proving-blue' }>,
  endpoint: EndpointView,
): SwapStep {
  const where = describeEndpointView(endpoint);
  const { cause, by, misread, proof } = state;
  if (proof === null) return { state, command: { kind: 'check', which: 'blue' }, reason: where };
  if (isSettled(endpoint) && endpoint.configName === goal.blue) {
    return end({ phase: 'rolled-back', cause, proof: proof.kind }, `${proof.reason}; ${where}`);
  }
  if (isMaintained(endpoint) || endpoint.pending?.configName === goal.blue) {
    return { state, command: later, reason: where };
  }
  if (by !== 'run' && goal.blue !== null && misread < MOST_DOUBTS) {
    // SageMaker did not roll back after all: the update to green goes on, or has ended.
    if (isSettled(endpoint) && endpoint.configName === goal.green) {
      return by === 'abort' ? fail(goal, cause, endpoint) : verify(where);
    }
    const isGreenPending = endpoint.pending === null || endpoint.pending.configName === goal.green;
    if (isBusy(endpoint) && isGreenPending) {
      const next = updating(goal.blue, endpoint.lastModifiedAt, misread + 1);
      return by === 'abort' ? abort(next, cause) : { state: next, command: later, reason: where };
    }
  }
  return stick(`${cause}; then something else changed the endpoint: ${where}`);
}
