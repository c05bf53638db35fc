import { expect, it } from 'vitest';
import type { EndpointStatus, EndpointView } from '../endpoint/endpoint.ts';
import { isEnd, START, type SwapGoal, type SwapObservation, type SwapState, type SwapStep } from './state.ts';
import { advance } from './swap.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GOAL: SwapGoal = { green: 'green', greenDigest: DIGEST, blue: 'blue', resumes: 'nothing', insistence: 'careful' };
const WALKED_STEPS = 1_000_000;

/** What a walk's world allows itself: how often things fail, and whether blue can be brought back at all. */
interface Temper {
  readonly updateFails: number;
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
  readonly #random: () => number;
  readonly #temper: Temper;

  constructor(random: () => number, temper: Temper) {
    this.#random = random;
    this.#temper = temper;
  }

  look(): EndpointView {
    if (this.pending !== null && (this.looksLeft -= 1) <= 0) this.#settle(this.pending);
    const fleet = (configName: string) => ({
      configName,
      variantName: 'primary',
      imageDigests: [DIGEST],
      currentInstances: 2,
      desiredInstances: 2,
      instanceType: undefined,
      stages: [],
    });
    return {
      name: 'endpoint',
      status: this.status,
      configName: this.config,
      serving: fleet(this.config),
      pending: this.pending === null ? null : fleet(this.pending),
      failureReason: undefined,
      lastModifiedAt: this.modifiedAt,
    };
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

  #settle(target: string): void {
    this.modifiedAt += 1;
    this.pending = null;
    const fails = target === 'blue' ? !this.#temper.blueCanReturn : this.#random() < this.#temper.updateFails;
    this.status = fails && target === 'green' && this.#random() < 0.2 ? 'UpdateRollbackFailed' : 'InService';
    if (!fails) this.config = target;
  }
}

function observe(step: SwapStep, endpoint: Endpoint, random: () => number, temper: Temper): SwapObservation {
  switch (step.command.kind) {
    case 'observe':
      if (random() < temper.callFails) return { kind: 'unreadable', error: 'unavailable', message: '' };
      return { kind: 'endpoint', endpoint: endpoint.look() };
    case 'update': {
      if (random() < temper.callFails) return { kind: 'update-refused', error: 'throttled', message: '' };
      const accepted = endpoint.update(step.command.to);
      if (!accepted) return { kind: 'update-refused', error: 'in-progress', message: '' };
      if (random() < temper.answerIsLost) return { kind: 'update-refused', error: 'unavailable', message: '' };
      return { kind: 'update-accepted' };
    }
    case 'check': {
      const verdict = temper.verdicts[Math.floor(random() * temper.verdicts.length)] ?? 'inconclusive';
      return { kind: 'checked', verdict: step.command.which === 'blue' ? 'successful' : verdict, reason: '' };
    }
    case 'stop':
      throw new Error('nothing is observed after the end');
  }
}

/** Walks one swap to its end; gives the end, the endpoint and the number of steps. */
function walk(
  random: () => number,
  temper: Temper,
): { end: SwapState; endpoint: Endpoint; steps: number; failed: boolean } {
  const endpoint = new Endpoint(random, temper);
  let step: SwapStep = { state: START, command: { kind: 'observe', urgency: 'now' }, reason: '' };
  let failed = false;
  for (let steps = 0; ; steps += 1) {
    if (isEnd(step.state)) return { end: step.state, endpoint, steps, failed };
    if (steps > 10_000) throw new Error(`the walk does not end: ${JSON.stringify(step.state)}`);
    step = advance(GOAL, step.state, observe(step, endpoint, random, temper));
    failed ||= step.state.phase === 'rolling-back';
  }
}

it('brings blue back after every failure, walked for a million steps, and calls UpdateEndpoint only when nothing is in progress', () => {
  const random = mulberry(7);
  const ends = new Map<string, number>();
  let steps = 0;
  while (steps < WALKED_STEPS) {
    const temper: Temper = {
      updateFails: random() * 0.6,
      callFails: random() * 0.2,
      answerIsLost: random() * 0.2,
      blueCanReturn: true,
      verdicts: ['successful', 'failed', 'failed', 'inconclusive'],
    };
    const walked = walk(random, temper);
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
  const random = mulberry(11);
  const temper: Temper = {
    updateFails: 0,
    callFails: 0.1,
    answerIsLost: 0.1,
    blueCanReturn: false,
    verdicts: ['failed'],
  };
  for (let round = 0; round < 5_000; round += 1) expect(['stuck', 'refused']).toContain(walk(random, temper).end.phase);
});

/** A sequence of numbers from 0 up to 1 that is the same in every run (Mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
