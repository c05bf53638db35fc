import type { ServiceErrorKind } from '../errors/service-error.ts';
import type { Verdict } from '../smoke/check.ts';
import { seen } from './observed.ts';
import { isEnd, type EndState, type SwapGoal, type SwapObservation, type SwapState, type SwapStep } from './state.ts';
import { abort, doubtful, end, fail, later, now, provenBlue, refuse, stick, updating } from './steps.ts';

/** The next state, command and reason, from the goal, the state and the last observation. */
export function advance(goal: SwapGoal, state: SwapState, observation: SwapObservation): SwapStep {
  if (isEnd(state)) return end(state, state.phase);
  switch (observation.kind) {
    case 'endpoint':
      return seen(goal, state, observation.endpoint);
    case 'no-endpoint':
      return state.phase === 'starting' || state.phase === 'waiting'
        ? refuse('there is no such endpoint')
        : stick('the endpoint is gone');
    case 'unreadable':
      return unreadable(state, observation.error, observation.message);
    case 'update-accepted':
      return accepted(state);
    case 'update-refused':
      return refused(state, observation.error, observation.message);
    case 'checked':
      return checked(goal, state, observation.verdict, observation.reason);
    case 'found-bad':
      return foundBad(goal, state, observation.reason);
    case 'abort-requested':
      return { state, command: later, reason: 'asked SageMaker to roll the update back' };
    case 'abort-refused':
      // The update goes on; at its end green is left all the same.
      return { state, command: later, reason: `the update could not be aborted: ${observation.message}` };
    case 'out-of-time':
      return outOfTime(state);
    case 'cancelled':
      // The rollback is decided but not requested: that one call is still sent.
      if (state.phase === 'rolling-back' && !state.requested && !state.cancelled) {
        return {
          state: { ...state, cancelled: true },
          command: now,
          reason: `${observation.reason}: rolling back first`,
        };
      }
      return end({ phase: 'interrupted', cause: observation.reason }, observation.reason);
  }
}

function accepted(state: Exclude<SwapState, EndState>): SwapStep {
  if (state.phase === 'requesting') {
    return { state: updating(state.from, state.modifiedAt), command: later, reason: 'UpdateEndpoint was accepted' };
  }
  if (state.phase === 'rolling-back') {
    if (state.cancelled) {
      const cause = 'the run was cancelled after it had requested the rollback';
      return end({ phase: 'interrupted', cause }, cause);
    }
    const next = { ...state, requested: true, unseen: 0, sent: state.sent + 1 };
    return { state: next, command: later, reason: 'UpdateEndpoint to blue was accepted' };
  }
  return { state, command: now, reason: 'polling again' };
}

function refused(state: Exclude<SwapState, EndState>, error: ServiceErrorKind, message: string): SwapStep {
  if (state.phase !== 'requesting' && state.phase !== 'rolling-back') return { state, command: now, reason: message };
  switch (error) {
    case 'in-progress':
    case 'throttled':
    case 'unavailable':
      // Only the answer may be lost: read the endpoint before the next request.
      return {
        state: { ...state, sent: state.sent + 1 },
        command: later,
        reason: `UpdateEndpoint was not accepted: ${message}`,
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
        : stick(`${state.cause}; the rollback was refused: ${message}`);
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
        return provenBlue(state, 'answers', `blue answers: ${reason}`);
      case 'inconclusive':
        return provenBlue(state, 'configuration', `blue did not answer: ${reason}`);
      case 'failed':
        return stick(`${state.cause}; blue serves again, but answers differently: ${reason}`);
    }
  }
  return { state, command: now, reason: 'polling again' };
}

function foundBad(goal: SwapGoal, state: Exclude<SwapState, EndState>, reason: string): SwapStep {
  if (state.phase === 'updating') return abort(state, reason);
  if (state.phase === 'verifying') return fail(goal, reason, undefined);
  return { state, command: later, reason };
}

function unreadable(state: Exclude<SwapState, EndState>, error: ServiceErrorKind, message: string): SwapStep {
  if (error === 'throttled' || error === 'unavailable')
    return { state, command: later, reason: `DescribeEndpoint failed: ${message}` };
  const untouched = state.phase === 'starting' || state.phase === 'waiting';
  if (untouched) return refuse(`the endpoint cannot be described: ${message}`);
  return end({ phase: 'interrupted', cause: `the endpoint cannot be described: ${message}` }, message);
}

function outOfTime(state: Exclude<SwapState, EndState>): SwapStep {
  switch (state.phase) {
    case 'starting':
    case 'waiting':
      return refuse('the endpoint did not become InService in time');
    case 'requesting':
      return state.sent === 0
        ? refuse('UpdateEndpoint was not accepted in time')
        : stick('it did not become clear in time whether UpdateEndpoint was accepted');
    case 'updating':
      return stick('the update did not end in time');
    case 'aborting':
      return stick(`${state.cause}; the aborted update did not end in time`);
    case 'verifying':
    case 'confirming':
      return doubtful('verifying did not end in time');
    case 'rolling-back':
      return stick(`${state.cause}; the rollback did not end in time`);
    case 'proving-blue': {
      if (state.proof !== null) return stick(`${state.cause}; the endpoint did not settle on blue in time`);
      const reason = 'it did not become clear in time whether blue answers';
      return end({ phase: 'rolled-back', cause: state.cause, proof: 'configuration' }, reason);
    }
  }
}
