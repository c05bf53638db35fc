import { expect, it } from 'vitest';
import type { EndpointStatus, EndpointView } from '../endpoint/endpoint.ts';
import { seededUniform } from '../../../../server/sample-model/random.ts';
import { endpointView } from '../../testing/endpoint-view.ts';
import { isEnd, START, type SwapGoal, type SwapObservation, type SwapState, type SwapStep } from './state.ts';
import { advance } from './swap.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GOAL: SwapGoal = { green: 'green', greenDigest: DIGEST, blue: 'blue', resumes: 'nothing', insistence: 'careful' };
const WALKED_STEPS = 1_000_000;

/** How often calls and updates fail in a walk, and whether blue can be restored at all. */
interface FaultRates {
  readonly updateFails: number;
  readonly foundBad: number;
  readonly callFails: number;
  readonly answerIsLost: number;
  readonly blueCanReturn: boolean;
  readonly verdicts: readonly ('successful' | 'failed' | 'inconclusive')[];
}

/** An endpoint whose updates take some looks and then succeed, fail, or fail in their rollback too. */
class Endpoint {
  status: EndpointStatus = 'InService';
  config = 'blue';
  pending: string | null = null;
  modifiedAt = 0;
  looksLeft = 0;
  updatesWhileBusy = 0;
  #isAborted = false;
  readonly #random: () => number;
  readonly #rates: FaultRates;

  constructor(random: () => number, rates: FaultRates) {
    this.#random = random;
    this.#rates = rates;
  }

  look(): EndpointView {
    if (this.pending !== null && (this.looksLeft -= 1) <= 0) this.#settle(this.pending);
    return endpointView({
      status: this.status,
      configName: this.config,
      pending: this.pending,
      imageDigests: [DIGEST],
      lastModifiedAt: this.modifiedAt,
    });
  }

  update(config: string): boolean {
    if (this.pending !== null) {
      this.updatesWhileBusy += 1;
      return false;
    }
    this.modifiedAt += 1;
    this.status = 'Updating';
    this.pending = config;
    this.looksLeft = 1 + Math.floor(this.#random() * 5);
    return true;
  }

  abort(): void {
    this.#isAborted ||= this.pending === 'green' && this.#rates.blueCanReturn;
  }

  #settle(target: string): void {
    this.modifiedAt += 1;
    this.pending = null;
    const fails =
      target === 'blue' ? !this.#rates.blueCanReturn : this.#isAborted || this.#random() < this.#rates.updateFails;
    this.#isAborted = false;
    this.status = fails && target === 'green' && this.#random() < 0.2 ? 'UpdateRollbackFailed' : 'InService';
    if (!fails) this.config = target;
  }
}

function observe(step: SwapStep, endpoint: Endpoint, random: () => number, rates: FaultRates): SwapObservation {
  switch (step.command.kind) {
    case 'abort':
      if (random() < 0.7) endpoint.abort();
      return random() < rates.callFails ? { kind: 'abort-refused', message: '' } : { kind: 'abort-requested' };
    case 'observe':
      if (step.state.phase === 'updating' && random() < rates.foundBad) return { kind: 'found-bad', reason: '' };
      if (random() < rates.callFails) return { kind: 'unreadable', error: 'unavailable', message: '' };
      return { kind: 'endpoint', endpoint: endpoint.look() };
    case 'update': {
      if (random() < rates.callFails) return { kind: 'update-refused', error: 'throttled', message: '' };
      const accepted = endpoint.update(step.command.to);
      if (!accepted) return { kind: 'update-refused', error: 'in-progress', message: '' };
      if (random() < rates.answerIsLost) return { kind: 'update-refused', error: 'unavailable', message: '' };
      return { kind: 'update-accepted' };
    }
    case 'check': {
      const verdict = rates.verdicts[Math.floor(random() * rates.verdicts.length)] ?? 'inconclusive';
      return { kind: 'checked', verdict: step.command.which === 'blue' ? 'successful' : verdict, reason: '' };
    }
    case 'stop':
      throw new Error('nothing is observed after the end');
  }
}

/** Walks one swap to its end; gives the end, the endpoint and the number of steps. */
function walk(
  random: () => number,
  rates: FaultRates,
): { end: SwapState; endpoint: Endpoint; steps: number; failed: boolean } {
  const endpoint = new Endpoint(random, rates);
  let step: SwapStep = { state: START, command: { kind: 'observe', urgency: 'now' }, reason: '' };
  let failed = false;
  for (let steps = 0; ; steps += 1) {
    if (isEnd(step.state)) return { end: step.state, endpoint, steps, failed };
    if (steps > 10_000) throw new Error(`the walk does not end: ${JSON.stringify(step.state)}`);
    step = advance(GOAL, step.state, observe(step, endpoint, random, rates));
    failed ||= step.state.phase === 'rolling-back' || step.state.phase === 'aborting';
  }
}

it('brings blue back after every failure, walked for a million steps, and calls UpdateEndpoint only when nothing is in progress', () => {
  const random = seededUniform(7);
  const ends = new Map<string, number>();
  let steps = 0;
  while (steps < WALKED_STEPS) {
    const rates: FaultRates = {
      updateFails: random() * 0.6,
      foundBad: random() * 0.3,
      callFails: random() * 0.2,
      answerIsLost: random() * 0.2,
      blueCanReturn: true,
      verdicts: ['successful', 'failed', 'failed', 'inconclusive'],
    };
    const walked = walk(random, rates);
    steps += walked.steps;
    const { end, endpoint, failed } = walked;
    ends.set(end.phase, (ends.get(end.phase) ?? 0) + 1);
    if (end.phase === 'promoted' || end.phase === 'inconclusive') expect(endpoint.config).toBe('green');
    if (end.phase === 'rolled-back' || end.phase === 'refused') expect(endpoint.config).toBe('blue');
    if (endpoint.updatesWhileBusy > 0) throw new Error('UpdateEndpoint was called while an update was in progress');
    // Blue can return here: only four refused calls in a row, each with a chance below 20 %, may keep it away.
    if (failed && end.phase !== 'rolled-back') expect(end.phase).toBe('stuck');
  }
  expect([...ends.keys()].sort()).toEqual(expect.arrayContaining(['inconclusive', 'promoted', 'rolled-back']));
  expect(ends.get('stuck') ?? 0).toBeLessThan((ends.get('rolled-back') ?? 0) / 100);
});

it('says stuck, and nothing better, when blue can never return', () => {
  const random = seededUniform(11);
  const rates: FaultRates = {
    updateFails: 0,
    foundBad: 0.1,
    callFails: 0.1,
    answerIsLost: 0.1,
    blueCanReturn: false,
    verdicts: ['failed'],
  };
  for (let round = 0; round < 5_000; round += 1) expect(['stuck', 'refused']).toContain(walk(random, rates).end.phase);
});
