import { describe, expect, it } from 'vitest';
import { ENDPOINT_STATUSES, isSettled } from '../endpoint/endpoint.ts';
import { endpointView } from '../../testing/endpoint-view.ts';
import type { ServiceErrorKind } from '../errors/service-error.ts';
import { isEnd, START, type SwapGoal, type SwapObservation, type SwapState, type SwapStep } from './state.ts';
import { advance } from './swap.ts';

const GREEN_DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER_DIGEST = `sha256:${'b'.repeat(64)}`;

const GOALS: readonly SwapGoal[] = (['blue', null] as const).flatMap((blue) =>
  (['nothing', 'swap', 'roll-back'] as const).flatMap((resumes) =>
    (['careful', 'insistent'] as const).map((insistence) => ({
      green: 'green',
      greenDigest: GREEN_DIGEST,
      blue,
      resumes,
      insistence,
    })),
  ),
);

const ERRORS: readonly ServiceErrorKind[] = [
  'in-progress',
  'missing',
  'throttled',
  'denied',
  'expired-credentials',
  'limit',
  'invalid',
  'unavailable',
];

const LOOKS: readonly SwapObservation[] = [
  ...ENDPOINT_STATUSES.flatMap((status) =>
    ['green', 'blue', 'other'].flatMap((configName) =>
      [null, 'green', 'blue', 'other'].flatMap((pending) =>
        (configName === 'green' ? [[GREEN_DIGEST], [OTHER_DIGEST], []] : [[OTHER_DIGEST]]).flatMap((digests) =>
          [1, 2].map((modifiedAt): SwapObservation => ({
            kind: 'endpoint',
            endpoint: endpointView({
              status,
              configName,
              pending,
              imageDigests: digests,
              lastModifiedAt: modifiedAt,
            }),
          })),
        ),
      ),
    ),
  ),
  { kind: 'no-endpoint' },
  ...ERRORS.map((error): SwapObservation => ({ kind: 'unreadable', error, message: '' })),
  { kind: 'out-of-time' },
  { kind: 'cancelled', reason: '' },
  { kind: 'found-bad', reason: '' },
];
const ANSWERS: readonly SwapObservation[] = [
  { kind: 'update-accepted' },
  ...ERRORS.map((error): SwapObservation => ({ kind: 'update-refused', error, message: '' })),
];
const VERDICTS: readonly SwapObservation[] = [
  ...(['successful', 'failed', 'inconclusive'] as const).map((verdict): SwapObservation => ({
    kind: 'checked',
    verdict,
    reason: '',
  })),
  { kind: 'cancelled', reason: '' },
  { kind: 'found-bad', reason: '' },
];

/** What can be observed after a command. */
function observationsAfter(step: SwapStep): readonly SwapObservation[] {
  switch (step.command.kind) {
    case 'observe':
      return LOOKS;
    case 'update':
      return ANSWERS;
    case 'check':
      return VERDICTS;
    case 'abort':
      return [{ kind: 'abort-requested' }, { kind: 'abort-refused', message: '' }];
    case 'stop':
      return [];
  }
}

interface Edge {
  readonly from: string;
  readonly before: SwapState;
  readonly observation: SwapObservation;
  readonly step: SwapStep;
  readonly to: string;
}

/** A state without its words, which nothing is decided on, and with the command that is under way. */
function keyOf({ state, command }: SwapStep): string {
  const values = Object.entries(state).flatMap(([name, value]) =>
    name === 'cause' ? [] : [`${name} ${String(value)}`],
  );
  return [...values, ...Object.values(command).map(String)].join(', ');
}

/** Every transition that any sequence of observations can reach. */
function explore(goal: SwapGoal): readonly Edge[] {
  const first: SwapStep = { state: START, command: { kind: 'observe', urgency: 'now' }, reason: '' };
  const seen = new Map([[keyOf(first), first]]);
  const queue = [first];
  const edges: Edge[] = [];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    const from = keyOf(current);
    for (const observation of observationsAfter(current)) {
      const step = advance(goal, current.state, observation);
      const to = keyOf(step);
      edges.push({ from, before: current.state, observation, step, to });
      if (!seen.has(to)) {
        seen.set(to, step);
        queue.push(step);
      }
    }
  }
  return edges;
}

describe.each(GOALS)(
  'a swap with blue $blue, resuming $resumes, $insistence, over all observation sequences',
  (goal) => {
    const edges = explore(goal);

    it('explores thousands of transitions', () => {
      expect(edges.length).toBeGreaterThan(5_000);
    });

    it('stops exactly in ends', () => {
      expect(edges.filter(({ step }) => (step.command.kind === 'stop') !== isEnd(step.state))).toEqual([]);
    });

    it('calls UpdateEndpoint only right after it saw an endpoint that can be updated', () => {
      const calls = edges.filter(({ step }) => step.command.kind === 'update');
      expect(calls.length).toBeGreaterThan(0);
      expect(calls.filter(({ observation }) => !canBeUpdated(observation))).toEqual([]);
    });

    it('promotes only with all facts: at rest on green, its image, and a smoke test that passed before', () => {
      const promotions = edges.filter(({ step }) => step.state.phase === 'promoted');
      expect(promotions.length).toBeGreaterThan(0);
      expect(
        promotions.filter(({ before, observation }) => before.phase !== 'confirming' || !showsAllOfGreen(observation)),
      ).toEqual([]);
      const confirmations = edges.filter(
        ({ before, step }) => step.state.phase === 'confirming' && before.phase !== 'confirming',
      );
      expect(confirmations.length).toBeGreaterThan(0);
      expect(
        confirmations.filter(
          ({ before, observation }) =>
            before.phase !== 'verifying' || observation.kind !== 'checked' || observation.verdict !== 'successful',
        ),
      ).toEqual([]);
    });

    it('says rolled back only after it saw blue at rest', () => {
      const ends = edges.filter(({ step }) => step.state.phase === 'rolled-back');
      expect(ends.filter(({ before }) => before.phase !== 'proving-blue')).toEqual([]);
      const proofs = edges.filter(
        ({ before, step }) => step.state.phase === 'proving-blue' && before.phase !== 'proving-blue',
      );
      expect(proofs.filter(({ observation }) => !restsOn(observation, goal.blue))).toEqual([]);
      expect(ends.length > 0 && proofs.length > 0).toBe(goal.blue !== null);
    });

    it('promotes nothing that was found bad', () => {
      const found = edges.filter(({ step }) => step.state.phase === 'aborting');
      expect(found.length).toBeGreaterThan(0);
      const phases = new Set(
        edges.filter(({ before }) => before.phase === 'aborting').map(({ step }) => step.state.phase),
      );
      expect(
        [...phases].filter((phase) => ['updating', 'verifying', 'confirming', 'promoted'].includes(phase)),
      ).toEqual([]);
    });

    it('asks for blue only where a machine may go back', () => {
      const calls = edges.filter(({ step }) => step.command.kind === 'update' && step.command.to === 'blue');
      expect(calls.length > 0).toBe(goal.blue !== null);
    });

    it('always terminates: it loops only by waiting inside one phase, and running out of time ends every phase', () => {
      // Without the steps that wait there is no loop at all, so nothing spins.
      expect(findLoops(edges.filter(({ step }) => !waits(step)))).toEqual([]);
      // With them, no loop leads from one phase into another and back.
      const loops = findLoops(edges);
      expect(loops.length).toBeGreaterThan(0);
      expect(loops.filter((states) => new Set(states.map((state) => state.split(',')[0])).size > 1)).toEqual([]);
      expect(edges.filter(({ observation, step }) => observation.kind === 'out-of-time' && !isEnd(step.state))).toEqual(
        [],
      );
    });
  },
);

function canBeUpdated(observation: SwapObservation): boolean {
  if (observation.kind !== 'endpoint') return false;
  return isSettled(observation.endpoint) || observation.endpoint.status === 'UpdateRollbackFailed';
}

function showsAllOfGreen(observation: SwapObservation): boolean {
  return (
    restsOn(observation, 'green') &&
    observation.kind === 'endpoint' &&
    observation.endpoint.serving.imageDigests.join() === GREEN_DIGEST
  );
}

function restsOn(observation: SwapObservation, configName: string | null): boolean {
  return (
    observation.kind === 'endpoint' && isSettled(observation.endpoint) && observation.endpoint.configName === configName
  );
}

function waits(step: SwapStep): boolean {
  return step.command.kind === 'observe' && step.command.urgency === 'later';
}

/** The sets of states that can all reach one another, and those that can reach themselves (Kosaraju's algorithm). */
function findLoops(edges: readonly Edge[]): readonly (readonly string[])[] {
  const forward = adjacency(edges.map(({ from, to }) => [from, to]));
  const backward = adjacency(edges.map(({ from, to }) => [to, from]));
  const order: string[] = [];
  const visited = new Set<string>();
  for (const node of forward.keys()) visit(forward, node, visited, order);
  const assigned = new Set<string>();
  return order.reverse().flatMap((node) => {
    const group: string[] = [];
    visit(backward, node, assigned, group);
    const isLoop = group.length > 1 || (group.length === 1 && forward.get(node)?.has(node) === true);
    return isLoop ? [group] : [];
  });
}

function adjacency(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, ReadonlySet<string>> {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of pairs) next.set(from, (next.get(from) ?? new Set()).add(to));
  return next;
}

/** Depth first; adds each node after all that it leads to. */
function visit(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  node: string,
  visited: Set<string>,
  order: string[],
): void {
  if (visited.has(node)) return;
  visited.add(node);
  for (const target of graph.get(node) ?? []) visit(graph, target, visited, order);
  order.push(node);
}
