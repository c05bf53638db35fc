import { releaseIdOfConfig } from '../domain/environment/names.ts';
import type { FactObject } from '../domain/ledger/fact.ts';
import type { Candidate } from '../domain/ledger/standing.ts';
import { configOf, createWitness, isUnfinished, type Witness, type WitnessedAttempt } from './ledger-witness.ts';
import { TEST_LEDGER_ENVIRONMENT } from './test-ledger.ts';

export const RELEASES = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(12));
/** A config that somebody made by hand. */
const FOREIGN_CONFIG = 'experiment-7';

/** Uniform numbers and what a test draws with them. */
export interface Draw {
  /** A number from 0 up to 1. */
  readonly random: () => number;
  chance(share: number): boolean;
  /** An integer from 0 up to a limit. */
  below(limit: number): number;
  of<Item>(items: readonly [Item, ...Item[]]): Item;
  release(): string;
}

export function createDraw(random: () => number): Draw {
  const below = (limit: number): number => Math.floor(random() * limit);
  const of = <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0];
  return {
    random,
    chance: (share) => random() < share,
    below,
    of,
    release: () => RELEASES[below(RELEASES.length)] ?? '',
  };
}

/** A random history: the objects of its ledger, and the witness of all of it. */
export interface TestHistory {
  readonly objects: FactObject[];
  readonly witness: Witness;
  /** How often each thing happened. */
  readonly counts: Map<string, number>;
  /** Lets so many runs and other events happen. `isHeld` is what the product says, where it holds more than the witness. */
  readonly play: (events: number, isHeld?: (candidate: Candidate) => boolean) => void;
}

/** Deployments and rollbacks, as people and their workflows make them: what is held is not deployed. */
export function createHistory(draw: Draw): TestHistory {
  const objects: FactObject[] = [];
  let facts = 0;
  const witness = createWitness(objects, () => `fact-${(facts += 1)}`);
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  /** Attempts whose run seems dead and is not. */
  const hung: WitnessedAttempt[] = [];
  let holds: (candidate: Candidate) => boolean = () => false;

  const play: TestHistory['play'] = (events, isHeld = () => false) => {
    holds = isHeld;
    for (let event = 0; event < events; event += 1) {
      const kind = draw.random();
      if (kind < 0.55) deploy();
      else if (kind < 0.8) rollBack();
      else if (kind < 0.87) changeByHand();
      else wake();
    }
  };

  function deploy(): void {
    const release = draw.release();
    let candidate = drawCandidate(draw, witness.serving, release);
    if (isHeld(candidate)) {
      count('held');
      if (draw.chance(0.4)) return;
      // A person reads why, and accepts both.
      candidate = { ...candidate, accepts: [release], acceptsServing: nameOf(witness.serving) };
      if (isHeld(candidate)) throw new Error('what is accepted by name is held');
      count('accepted');
    }
    const { accepts, acceptsServing } = candidate;
    run({ task: 'deploy', release, leaves: null, accepts: [...accepts], acceptsServing, reason: null });
  }

  function isHeld(candidate: Candidate): boolean {
    return witness.isHeld(candidate) || holds(candidate);
  }

  function rollBack(): void {
    const serving = RELEASES.find((release) => configOf(release) === witness.serving) ?? null;
    const leaves = draw.chance(0.8) ? serving : draw.of<string | null>([null, ...RELEASES]);
    const isNamed = draw.chance(0.5);
    const release = isNamed ? draw.release() : witness.targets(leaves)[0];
    if (release === undefined) {
      count('no target');
      return;
    }
    const rejection = witness.rejection(release);
    count(isNamed ? 'named rollback' : 'rollback');
    run({
      task: 'rollback',
      release,
      leaves: rejection === 'left' || leaves === release ? null : leaves,
      accepts: isNamed ? [release] : [],
      acceptsServing: null,
      reason: 'wrong answers',
    });
  }

  /** What a run does, to its end or until it is killed. It continues the newest attempt where that is the same, and open. */
  function run(given: Parameters<Witness['begin']>[0]): void {
    const newest = witness.newest();
    const isResumed =
      newest !== undefined &&
      isUnfinished(newest) &&
      newest.begun.task === given.task &&
      newest.begun.release === given.release;
    if (isResumed) count('resumed');
    const attempt = isResumed ? newest : witness.begin(given);
    const { task, servedBefore } = attempt.begun;
    const own = configOf(attempt.begun.release);
    const seen = (): string | null => (draw.chance(0.8) ? witness.serving : null);
    if (draw.chance(0.7)) witness.step(attempt, 'updating');
    const end = draw.random();
    if (end < 0.4) {
      witness.serving = own;
      count('passed');
      witness.end(attempt, { outcome: 'promoted', verdict: 'passed', serves: own });
    } else if (end < 0.6) {
      const staysOnGreen = task === 'rollback' || draw.chance(0.3);
      witness.serving = staysOnGreen ? own : servedBefore;
      if (task === 'deploy' && draw.chance(0.7)) witness.step(attempt, 'rolling-back');
      count('failed');
      const outcome = staysOnGreen ? 'stuck' : 'rolled-back';
      witness.end(attempt, { outcome, verdict: 'failed', serves: staysOnGreen ? seen() : witness.serving });
    } else if (end < 0.75) {
      count('none');
      const outcome = draw.of(['inconclusive', 'refused', 'stuck', 'rolled-back']);
      if (outcome === 'inconclusive' || (outcome === 'stuck' && draw.chance(0.5))) witness.serving = own;
      const serves = outcome === 'rolled-back' ? witness.serving : seen();
      witness.end(attempt, { outcome, verdict: 'none', serves });
    } else {
      count('killed');
      if (draw.chance(0.5)) witness.serving = own;
      if (task === 'deploy' && draw.chance(0.3)) {
        witness.step(attempt, 'rolling-back');
        if (draw.chance(0.7)) witness.serving = servedBefore;
      }
      if (draw.chance(0.4)) hung.push(attempt);
    }
  }

  /** A run that seemed dead goes on, although another attempt may have begun since. */
  function wake(): void {
    const attempt = hung[draw.below(hung.length)];
    if (attempt === undefined) return;
    count('late');
    if (draw.chance(0.3)) {
      witness.step(attempt, attempt.begun.task === 'deploy' && draw.chance(0.5) ? 'rolling-back' : 'updating');
      return;
    }
    hung.splice(hung.indexOf(attempt), 1);
    const verdict = draw.of(['passed', 'failed', 'none'] as const);
    if (verdict === 'passed') witness.serving = configOf(attempt.begun.release);
    const outcome = { passed: 'promoted', failed: 'stuck', none: 'inconclusive' }[verdict];
    const serves = verdict === 'passed' || draw.chance(0.8) ? witness.serving : null;
    witness.end(attempt, { outcome, verdict, serves });
  }

  function changeByHand(): void {
    count('changed by hand');
    witness.serving = draw.chance(0.2) ? FOREIGN_CONFIG : configOf(draw.release());
  }

  return { objects, witness, counts, play };
}

/** The name under which a person accepts what serves. */
function nameOf(serving: string): string {
  return releaseIdOfConfig(TEST_LEDGER_ENVIRONMENT, serving) ?? serving;
}

/** A deployment that somebody might start. */
export function drawCandidate(draw: Draw, servingConfig: string, release = draw.release()): Candidate {
  const accepts = draw.chance(0.2) ? [draw.release()] : [];
  const acceptsServing = draw.chance(0.3) ? nameOf(servingConfig) : draw.of([null, draw.release()]);
  return { release, accepts, acceptsServing, servingConfig, isBeforeRollback: draw.chance(0.3) };
}
