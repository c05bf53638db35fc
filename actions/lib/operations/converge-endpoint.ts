import { describeEndpointView, type EndpointView } from '../domain/endpoint/endpoint.ts';
import { describeError } from '../domain/errors/user-error.ts';
import { nextWait, type Pace } from '../domain/swap/polling.ts';
import { ServiceError } from '../domain/errors/service-error.ts';
import type { SmokeReport } from '../domain/smoke/check.ts';
import { greenShareOf } from '../domain/endpoint/traffic.ts';
import {
  isEnd,
  START,
  type EndState,
  type SwapGoal,
  type SwapObservation,
  type SwapPhase,
  type SwapState,
} from '../domain/swap/state.ts';
import { advance } from '../domain/swap/swap.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints, EndpointUpdate } from '../ports/endpoints.ts';
import type { Reporter } from '../ports/reporter.ts';

/** A moment at which the swap changed its state. */
interface Transition {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly phase: SwapPhase;
  readonly reason: string;
}

/** What was seen of the endpoint at a moment. */
interface Sample {
  readonly at: number;
  readonly status: string;
  readonly stage: string;
  /** Green's share of the traffic, 0 to 1. */
  readonly greenShare: number;
}

/** How a swap went. */
export interface Convergence {
  readonly end: EndState;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly transitions: readonly Transition[];
  readonly samples: readonly Sample[];
  readonly lastSeen: EndpointView | undefined;
  /** UpdateEndpoint calls that were sent. */
  readonly updates: readonly { readonly at: number; readonly to: 'green' | 'blue' }[];
  readonly smoke: SmokeReport | null;
  readonly blueSmoke: SmokeReport | null;
}

export interface ConvergePorts {
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
}

export interface ConvergePlan {
  readonly endpointName: string;
  readonly goal: SwapGoal;
  readonly updates: { readonly green: EndpointUpdate; readonly blue: EndpointUpdate | null };
  /** Judges green, or shows that blue answers as it did. */
  readonly check: (which: 'green' | 'blue') => Promise<SmokeReport>;
  /** Told at each state change, before the next command runs; must not throw. */
  readonly onTransition: (state: SwapState, reason: string) => void;
  readonly pace: Pace;
  /** How long a phase may last, in milliseconds. */
  readonly patienceMilliseconds: (phase: SwapPhase) => number;
}

/** Brings an endpoint to a config and proves it, or brings it back: the loop around the state machine of a swap. */
export async function convergeEndpoint(plan: ConvergePlan, ports: ConvergePorts): Promise<Convergence> {
  const { endpoints, clock, reporter, signal } = ports;
  const startedAt = clock.now();
  const start = clock.monotonic();
  const elapsed = (): number => clock.monotonic() - start;
  // A label: when it started and how long ago that is. A clock that is set meanwhile changes nothing.
  const timestamp = (): number => startedAt + Math.round(elapsed());
  const transitions: Transition[] = [];
  const samples: Sample[] = [];
  const updates: { at: number; to: 'green' | 'blue' }[] = [];
  const smoke: Record<'green' | 'blue', SmokeReport | null> = { green: null, blue: null };
  let lastSeen: EndpointView | undefined;
  let state: SwapState = START;
  let phaseStart = 0;
  let lastWord = 0;
  let unchanged = 0;
  let cancellationTold = false;

  const observe = async (): Promise<SwapObservation> => {
    try {
      const endpoint = await endpoints.describe(plan.endpointName);
      if (endpoint === undefined) return { kind: 'no-endpoint' };
      const before = lastSeen === undefined ? '' : describeEndpointView(lastSeen);
      unchanged = describeEndpointView(endpoint) === before ? unchanged + 1 : 0;
      lastSeen = endpoint;
      const stage = endpoint.pending?.stages.map(({ status }) => status).join(', ') ?? '';
      samples.push({
        at: timestamp(),
        status: endpoint.status,
        stage,
        greenShare: greenShareOf(endpoint, plan.goal.green),
      });
      return { kind: 'endpoint', endpoint };
    } catch (error) {
      unchanged += 1;
      return { kind: 'blind', ...serviceFailure(error) };
    }
  };

  const update = async (to: 'green' | 'blue'): Promise<SwapObservation> => {
    const request = plan.updates[to];
    if (request === null)
      return { kind: 'update-refused', error: 'invalid', message: 'there is nothing to go back to' };
    updates.push({ at: timestamp(), to });
    try {
      await endpoints.update(request);
      return { kind: 'update-accepted' };
    } catch (error) {
      return { kind: 'update-refused', ...serviceFailure(error) };
    }
  };

  const check = async (which: 'green' | 'blue'): Promise<SwapObservation> => {
    try {
      const report = await plan.check(which);
      smoke[which] = report;
      return { kind: 'checked', verdict: report.verdict, reason: report.reason };
    } catch (error) {
      if (signal.aborted) {
        cancellationTold = true;
        return { kind: 'cancelled', reason: describeError(signal.reason) };
      }
      // A probe that breaks says nothing about the release.
      return { kind: 'checked', verdict: 'inconclusive', reason: describeError(error) };
    }
  };

  /** Waits between two looks; what ends the wait early is an observation of its own. */
  const wait = async (): Promise<SwapObservation | undefined> => {
    const patience = plan.patienceMilliseconds(state.phase) - (elapsed() - phaseStart);
    if (patience <= 0) return { kind: 'out-of-time' };
    if (elapsed() - lastWord >= plan.pace.heartbeatMilliseconds) {
      reporter.info(
        `${seconds(elapsed())} s: still ${state.phase}: ${lastSeen ? describeEndpointView(lastSeen) : 'not seen yet'}`,
      );
      lastWord = elapsed();
    }
    try {
      await clock.sleep(Math.min(nextWait(plan.pace, unchanged, ports.random()), patience), signal);
      return undefined;
    } catch (error) {
      if (!signal.aborted) throw error;
      return undefined;
    }
  };

  const cancelled = (): SwapObservation | undefined => {
    if (!signal.aborted || cancellationTold) return undefined;
    cancellationTold = true;
    return { kind: 'cancelled', reason: describeError(signal.reason) };
  };

  let observation = cancelled() ?? (await observe());
  for (;;) {
    const step = advance(plan.goal, state, observation);
    if (step.state.phase !== state.phase) {
      phaseStart = lastWord = elapsed();
      unchanged = 0;
      transitions.push({ at: timestamp(), phase: step.state.phase, reason: step.reason });
      reporter.info(`${seconds(phaseStart)} s: ${step.state.phase}: ${step.reason}`);
      plan.onTransition(step.state, step.reason);
    } else {
      reporter.debug(`${step.state.phase}: ${step.reason}`);
    }
    state = step.state;
    if (isEnd(state)) break;
    switch (step.command.kind) {
      case 'observe':
        observation =
          (step.command.urgency === 'later' ? (cancelled() ?? (await wait())) : undefined) ??
          cancelled() ??
          (await observe());
        break;
      case 'update':
        observation = await update(step.command.to);
        break;
      case 'check':
        observation = cancelled() ?? (await check(step.command.which));
        break;
      case 'stop':
        throw new Error(`the swap stopped in ${state.phase}, which is no end`);
    }
  }
  return {
    end: state,
    startedAt,
    endedAt: timestamp(),
    transitions,
    samples,
    lastSeen,
    updates,
    smoke: smoke.green,
    blueSmoke: smoke.blue,
  };
}

function serviceFailure(error: unknown): { error: ServiceError['kind']; message: string } {
  if (error instanceof ServiceError) return { error: error.kind, message: error.parts.found ?? error.message };
  return { error: 'unavailable', message: describeError(error) };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
