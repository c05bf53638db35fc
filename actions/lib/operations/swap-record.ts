import { describeEndpointView, type EndpointView } from '../domain/endpoint/endpoint.ts';
import { greenShareOf } from '../domain/endpoint/traffic.ts';
import type { ProbeReport } from '../domain/probe/report.ts';
import type { SmokeReport } from '../domain/smoke/check.ts';
import type { EndState, SwapPhase } from '../domain/swap/state.ts';
import type { Clock } from '../ports/clock.ts';

/** A moment at which the swap changed its phase. */
interface Transition {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly phase: SwapPhase;
  readonly reason: string;
}

/** The endpoint at one moment. */
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
  /** What the probes saw; null where green was not asked while it baked. */
  readonly probes: ProbeReport | null;
}

/** What a running swap has seen and done so far. */
export interface SwapRecord {
  readonly startedAt: number;
  readonly start: number;
  readonly transitions: Transition[];
  readonly samples: Sample[];
  readonly updates: { at: number; to: 'green' | 'blue' }[];
  readonly smoke: Record<'green' | 'blue', SmokeReport | null>;
  lastSeen: EndpointView | undefined;
  /** Polls in a row that showed nothing new. */
  unchanged: number;
  /** When the current phase began, in milliseconds since the start. */
  phaseStart: number;
}

/** The record of a swap that starts now. */
export function startRecord(clock: Clock): SwapRecord {
  return {
    startedAt: clock.now(),
    start: clock.monotonic(),
    transitions: [],
    samples: [],
    updates: [],
    smoke: { green: null, blue: null },
    lastSeen: undefined,
    unchanged: 0,
    phaseStart: 0,
  };
}

/** Milliseconds since the swap started. */
export function elapsedMilliseconds(record: SwapRecord, clock: Clock): number {
  return clock.monotonic() - record.start;
}

/** The time of day, counted from the start: a clock that is set meanwhile changes no duration. */
export function timestamp(record: SwapRecord, clock: Clock): number {
  return record.startedAt + Math.round(elapsedMilliseconds(record, clock));
}

/** Adds what a poll showed. */
export function recordEndpoint(record: SwapRecord, endpoint: EndpointView, green: string, clock: Clock): void {
  const before = record.lastSeen === undefined ? '' : describeEndpointView(record.lastSeen);
  record.unchanged = describeEndpointView(endpoint) === before ? record.unchanged + 1 : 0;
  record.lastSeen = endpoint;
  record.samples.push({
    at: timestamp(record, clock),
    status: endpoint.status,
    stage: endpoint.pending?.stages.map(({ status }) => status).join(', ') ?? '',
    greenShare: greenShareOf(endpoint, green),
  });
}

/** The record of a swap that has ended. */
export function endRecord(record: SwapRecord, end: EndState, clock: Clock, probes: ProbeReport | null): Convergence {
  const { startedAt, transitions, samples, lastSeen, updates, smoke } = record;
  return {
    ...{ end, startedAt, endedAt: timestamp(record, clock), transitions, samples, lastSeen, updates },
    smoke: smoke.green,
    blueSmoke: smoke.blue,
    // Without a round there was nothing to ask beside.
    probes: (probes?.ticks.length ?? 0) === 0 ? null : probes,
  };
}
