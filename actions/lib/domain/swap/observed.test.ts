import { describe, expect, it } from 'vitest';
import type { EndpointView } from '../endpoint/endpoint.ts';
import { endpointView } from '../../testing/endpoint-view.ts';
import { isEnd, START, type SwapGoal, type SwapObservation, type SwapState } from './state.ts';
import { advance } from './swap.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GOAL: SwapGoal = { green: 'green', greenDigest: DIGEST, blue: 'blue', resumes: 'nothing', insistence: 'careful' };

function look(
  status: EndpointView['status'],
  configName: string,
  pending: string | null = null,
  more: { readonly modifiedAt?: number; readonly desired?: number; readonly message?: string } = {},
): SwapObservation {
  const { modifiedAt = 1, desired = 2, message } = more;
  const stages = message === undefined ? [] : [{ status: 'Updating', message }];
  const endpoint = { status, configName, pending, imageDigests: [DIGEST], lastModifiedAt: modifiedAt };
  return { kind: 'endpoint', endpoint: endpointView({ ...endpoint, desiredInstances: desired, stages }) };
}
const checked = (verdict: 'successful' | 'failed' | 'inconclusive'): SwapObservation => ({
  kind: 'checked',
  verdict,
  reason: 'a reason',
});
const accepted: SwapObservation = { kind: 'update-accepted' };

/** The states after each observation, up to the end. */
function statesAfter(observations: readonly SwapObservation[], changes: Partial<SwapGoal> = {}): readonly SwapState[] {
  const states: SwapState[] = [];
  let state: SwapState = START;
  for (const observation of observations) {
    if (isEnd(state)) break;
    state = advance({ ...GOAL, ...changes }, state, observation).state;
    states.push(state);
  }
  return states;
}
const lastPhase = (observations: readonly SwapObservation[], changes: Partial<SwapGoal> = {}) =>
  statesAfter(observations, changes).at(-1)?.phase;

const settledOnBlue = look('InService', 'blue');
const updating = look('Updating', 'blue', 'green');

describe('a rollback by SageMaker', () => {
  const started = [settledOnBlue, accepted, updating];
  const rolledBack = look('InService', 'blue', null, { modifiedAt: 2 });

  it('is an end only after one more look at the endpoint', () => {
    expect(lastPhase([...started, rolledBack, checked('successful')])).toBe('proving-blue');
    expect(lastPhase([...started, rolledBack, checked('successful'), rolledBack])).toBe('rolled-back');
  });

  it('is not seen in two stale reads of an update that goes on to green', () => {
    const stale = [settledOnBlue, settledOnBlue];
    const rest = [updating, look('InService', 'green', null, { modifiedAt: 2 }), checked('successful')];
    const promoted = [...started, ...stale, ...rest, look('InService', 'green', null, { modifiedAt: 2 })];
    expect(lastPhase(promoted)).toBe('promoted');
  });

  it('is taken back when the look that should confirm it finds the update still in progress, or ended on green', () => {
    const misread = [...started, rolledBack, checked('successful')];
    expect(lastPhase([...misread, updating])).toBe('updating');
    expect(lastPhase([...misread, look('InService', 'green', null, { modifiedAt: 3 })])).toBe('verifying');
  });

  it('is no end when something else changes the endpoint while blue is asked', () => {
    const end = lastPhase([...started, rolledBack, checked('successful'), look('Updating', 'blue', 'other')]);
    expect(end).toBe('stuck');
  });

  it('is found by the run that continues a killed one, and is not updated over', () => {
    const states = statesAfter([rolledBack, checked('successful'), rolledBack], { resumes: 'update' });
    expect(states.map(({ phase }) => phase)).toEqual(['proving-blue', 'proving-blue', 'rolled-back']);
  });
});

describe('a verdict', () => {
  it('stands for the run that continues: green that failed is not verified again, but left', () => {
    const states = statesAfter(
      [look('InService', 'green'), look('InService', 'green'), accepted, look('Updating', 'green', 'blue')],
      { resumes: 'roll-back' },
    );
    expect(states.map(({ phase }) => phase)).toEqual(Array(4).fill('rolling-back'));
  });
});

describe('autoscaling', () => {
  const scalingBlue = look('Updating', 'blue', null, { desired: 3 });
  const scalingGreen = look('Updating', 'green', null, { message: 'Scaling out to 3 instances.' });

  it('is waited out at the start, and the swap goes on', () => {
    expect(lastPhase([scalingBlue, scalingBlue, settledOnBlue])).toBe('requesting');
  });

  it('is waited out while green is verified and confirmed, however long it takes', () => {
    const green = look('InService', 'green', null, { modifiedAt: 2 });
    const waits = Array<SwapObservation>(20).fill(scalingGreen);
    const swap = [settledOnBlue, accepted, updating, green];
    expect(lastPhase([...swap, ...waits])).toBe('verifying');
    expect(lastPhase([...swap, ...waits, green, checked('successful'), ...waits, green])).toBe('promoted');
  });

  it('is no excuse for an update of somebody else', () => {
    expect(lastPhase([look('Updating', 'blue', 'other'), settledOnBlue])).toBe('refused');
  });
});
