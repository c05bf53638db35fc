import { describeEndpointView } from '../domain/endpoint/endpoint.ts';
import { greenShareOf } from '../domain/endpoint/traffic.ts';
import { ServiceError } from '../domain/errors/service-error.ts';
import { describeError } from '../domain/errors/user-error.ts';
import type { SmokeReport } from '../domain/smoke/check.ts';
import { nextWait, type Pace } from '../domain/swap/polling.ts';
import {
  isEnd,
  START,
  type SwapCommand,
  type SwapGoal,
  type SwapObservation,
  type SwapPhase,
  type SwapState,
  type SwapStep,
} from '../domain/swap/state.ts';
import { advance } from '../domain/swap/swap.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints, EndpointUpdate } from '../ports/endpoints.ts';
import type { Reporter } from '../ports/reporter.ts';
import { ABORT_REPEAT_MILLISECONDS } from './abort-update.ts';
import type { SwapProbes } from './probe-swap.ts';
import {
  elapsedMilliseconds,
  endRecord,
  recordEndpoint,
  startRecord,
  timestamp,
  type Convergence,
  type SwapRecord,
} from './swap-record.ts';

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
  /** Asks green while the endpoint moves to it; null where nothing does. */
  readonly probes: SwapProbes | null;
  /** Makes the abort alarm of green's update go off; null where its update watches none. */
  readonly abort: (() => Promise<void>) | null;
  /** Called at each change of phase, before the next command; must not throw. */
  readonly onTransition: (state: SwapState, reason: string) => void;
  readonly pace: Pace;
  /** How long a phase may last, in milliseconds. */
  readonly phaseLimitMilliseconds: (phase: SwapPhase) => number;
}

/** One run of the loop. */
interface Run {
  readonly plan: ConvergePlan;
  readonly ports: ConvergePorts;
  readonly record: SwapRecord;
  /** When the log last had a line about the swap, in milliseconds since the start. */
  lastLogged: number;
  /** The state machine gets a cancellation once. */
  cancellationGiven: boolean;
  /** The log says it once. */
  abortWasRefused: boolean;
}

/** Brings an endpoint to a config and proves it, or brings it back: the loop around the state machine of a swap. */
export async function convergeEndpoint(plan: ConvergePlan, ports: ConvergePorts): Promise<Convergence> {
  const run: Run = {
    plan,
    ports,
    record: startRecord(ports.clock),
    lastLogged: 0,
    cancellationGiven: false,
    abortWasRefused: false,
  };
  let state: SwapState = START;
  let observation = cancellation(run) ?? (await observe(run));
  for (;;) {
    const step = advance(plan.goal, state, observation);
    if (step.state.phase === state.phase) ports.reporter.debug(`${state.phase}: ${step.reason}`);
    else enterPhase(step, run);
    state = step.state;
    if (isEnd(state)) return endRecord(run.record, state, ports.clock, plan.probes?.report() ?? null);
    observation = await carryOut(step.command, state.phase, run);
  }
}

function enterPhase({ state, reason }: SwapStep, run: Run): void {
  const { plan, ports, record } = run;
  record.phaseStart = run.lastLogged = elapsedMilliseconds(record, ports.clock);
  record.unchanged = 0;
  record.transitions.push({ at: timestamp(record, ports.clock), phase: state.phase, reason });
  ports.reporter.info(`${seconds(record.phaseStart)} s: ${state.phase}: ${reason}`);
  plan.onTransition(state, reason);
}

async function carryOut(command: SwapCommand, phase: SwapPhase, run: Run): Promise<SwapObservation> {
  switch (command.kind) {
    case 'observe': {
      const interruption = command.urgency === 'later' ? (cancellation(run) ?? (await wait(phase, run))) : undefined;
      return interruption ?? cancellation(run) ?? (await observeAndProbe(phase, run));
    }
    case 'update':
      return await update(command.to, run);
    case 'check':
      return cancellation(run) ?? (await check(command.which, run));
    case 'abort':
      return cancellation(run) ?? (await abortUpdate(run));
    case 'stop':
      throw new Error(`the swap stopped in ${phase}, which is not an end`);
  }
}

async function observe({ plan, ports, record }: Run): Promise<SwapObservation> {
  try {
    const endpoint = await ports.endpoints.describe(plan.endpointName);
    if (endpoint === undefined) return { kind: 'no-endpoint' };
    recordEndpoint(record, endpoint, plan.goal.green, ports.clock);
    announceLastBake(plan, ports, record);
    return { kind: 'endpoint', endpoint };
  } catch (error) {
    record.unchanged += 1;
    return { kind: 'unreadable', ...serviceFailure(error) };
  }
}

/** Says once until when an abort only shifts traffic. */
function announceLastBake(
  { updates }: ConvergePlan,
  { clock, reporter }: ConvergePorts,
  { samples }: SwapRecord,
): void {
  const [before, last] = samples.slice(-2);
  if (last?.greenShare !== 1 || last.status !== 'Updating' || before?.greenShare === 1) return;
  const { strategy } = updates.green;
  if (!('terminationWaitSeconds' in strategy)) return;
  const until = new Date(clock.now() + strategy.terminationWaitSeconds * 1000).toISOString();
  reporter.info(
    `all traffic is on green; until about ${until} an abort shifts it to the fleet of blue, which still runs`,
  );
}

/** Observes; green is asked right after, when its share of the traffic is known. */
async function observeAndProbe(phase: SwapPhase, run: Run): Promise<SwapObservation> {
  const observation = await observe(run);
  const { plan, ports } = run;
  if (phase !== 'updating' || observation.kind !== 'endpoint' || plan.probes === null) return observation;
  if (observation.endpoint.status === 'RollingBack' || ports.clock.monotonic() < plan.probes.dueAt())
    return observation;
  try {
    const problem = await plan.probes.ask(greenShareOf(observation.endpoint, plan.goal.green));
    return problem === null ? observation : { kind: 'found-bad', reason: problem };
  } catch (error) {
    if (ports.signal.aborted) return cancelled(run);
    // Probes that break say nothing about the release.
    ports.reporter.warning(`the probes failed: ${describeError(error)}`);
    return observation;
  }
}

async function abortUpdate(run: Run): Promise<SwapObservation> {
  const { plan } = run;
  if (plan.abort === null) return abortRefused(run, 'it watches no abort alarm');
  try {
    await plan.abort();
    return { kind: 'abort-requested' };
  } catch (error) {
    return abortRefused(run, serviceFailure(error).message);
  }
}

function abortRefused(run: Run, message: string): SwapObservation {
  if (!run.abortWasRefused) {
    run.ports.reporter.warning(`the update can't be aborted (${message}): it is undone when it has ended`);
  }
  run.abortWasRefused = true;
  return { kind: 'abort-refused', message };
}

async function update(to: 'green' | 'blue', { plan, ports, record }: Run): Promise<SwapObservation> {
  const request = plan.updates[to];
  if (request === null)
    return { kind: 'update-refused', error: 'invalid', message: 'there is no config to go back to' };
  record.updates.push({ at: timestamp(record, ports.clock), to });
  try {
    await ports.endpoints.update(request);
    return { kind: 'update-accepted' };
  } catch (error) {
    return { kind: 'update-refused', ...serviceFailure(error) };
  }
}

async function check(which: 'green' | 'blue', run: Run): Promise<SwapObservation> {
  const objection = which === 'green' ? (run.plan.probes?.objection() ?? null) : null;
  if (objection !== null) return { kind: 'found-bad', reason: objection };
  try {
    const report = await run.plan.check(which);
    run.record.smoke[which] = report;
    return { kind: 'checked', verdict: report.verdict, reason: report.reason };
  } catch (error) {
    if (run.ports.signal.aborted) return cancelled(run);
    // A probe that breaks says nothing about the release.
    return { kind: 'checked', verdict: 'inconclusive', reason: describeError(error) };
  }
}

/** Waits between two polls. Gives an observation where the phase has lasted too long; a cancellation ends the wait early. */
async function wait(phase: SwapPhase, run: Run): Promise<SwapObservation | undefined> {
  const { plan, ports, record } = run;
  const elapsed = elapsedMilliseconds(record, ports.clock);
  const left = plan.phaseLimitMilliseconds(phase) - (elapsed - record.phaseStart);
  if (left <= 0) return { kind: 'out-of-time' };
  if (elapsed - run.lastLogged >= plan.pace.heartbeatMilliseconds) {
    const where = record.lastSeen === undefined ? 'not seen yet' : describeEndpointView(record.lastSeen);
    ports.reporter.info(`${seconds(elapsed)} s: still ${phase}: ${where}`);
    run.lastLogged = elapsed;
  }
  try {
    const pause = nextWait(plan.pace, record.unchanged, ports.random());
    await ports.clock.sleep(Math.min(pause, left, mostWait(phase, run)), ports.signal);
  } catch (error) {
    if (!ports.signal.aborted) throw error;
  }
  return undefined;
}

function mostWait(phase: SwapPhase, { plan, ports }: Run): number {
  if (phase === 'aborting') return ABORT_REPEAT_MILLISECONDS;
  if (phase !== 'updating' || plan.probes === null) return Infinity;
  const untilDue = plan.probes.dueAt() - ports.clock.monotonic();
  // Overdue is what could not be asked at the last look: the pace of the looks stays as it is.
  return untilDue > 0 ? untilDue : Infinity;
}

function cancellation(run: Run): SwapObservation | undefined {
  return run.ports.signal.aborted && !run.cancellationGiven ? cancelled(run) : undefined;
}

function cancelled(run: Run): SwapObservation {
  run.cancellationGiven = true;
  return { kind: 'cancelled', reason: describeError(run.ports.signal.reason) };
}

function serviceFailure(error: unknown): { error: ServiceError['kind']; message: string } {
  if (error instanceof ServiceError) return { error: error.kind, message: error.parts.found ?? error.message };
  return { error: 'unavailable', message: describeError(error) };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
