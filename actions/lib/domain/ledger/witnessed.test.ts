import { expect, it, vi } from 'vitest';
import { seededUniform } from '../../../../server/sample-model/random.ts';
import { DAMAGES, damageLedger } from '../../testing/ledger-damage.ts';
import { createDraw, createHistory, drawCandidate, RELEASES, type Draw } from '../../testing/ledger-histories.ts';
import type { Witness } from '../../testing/ledger-witness.ts';
import { TEST_LEDGER_ENVIRONMENT as environment, TEST_ORIGIN } from '../../testing/test-ledger.ts';
import { UserError } from '../errors/user-error.ts';
import type { FactObject } from './fact.ts';
import { readHistory, type History } from './history.ts';
import { chooseRollbackTarget } from './rollback-target.ts';
import { holdOn, isVerified, rejectionOf, type Candidate } from './standing.ts';

/** `LEDGER_HISTORIES=1000000` runs more; `LEDGER_SEED` begins with another one. */
const HISTORIES = Number(process.env['LEDGER_HISTORIES'] ?? 2000);
const FIRST_SEED = Number(process.env['LEDGER_SEED'] ?? 1);
// One history takes some milliseconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 + HISTORIES * 20 });
const LEAVES = [null, ...RELEASES];

/** The target that a rollback without a name chooses, or null. */
function targetOf(history: History, leaves: string | null): string | null {
  try {
    const question = { environment, asked: undefined, force: false, leaves, history, declared: RELEASES };
    return chooseRollbackTarget(question).release;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

const isHeld = (candidate: Candidate, history: History): boolean => holdOn(candidate, history, environment) !== null;

function candidatesFor(draw: Draw, { serving }: Witness): readonly Candidate[] {
  const configs = [serving, ...RELEASES.map((release) => `scoring-dev-${release}`)];
  return Array.from({ length: 12 }, () =>
    drawCandidate(draw, draw.chance(0.7) ? serving : (configs[draw.below(5)] ?? '')),
  );
}

/** Everything that a whole ledger says, beside what the witness says. */
function saysWhole(history: History, witness: Witness, candidates: readonly Candidate[]) {
  return {
    damage: [history.damage, null],
    verified: RELEASES.map((id) => [isVerified(id, history, environment), witness.isVerified(id)]),
    rejections: RELEASES.map((id) => [rejectionOf(id, history, environment)?.kind ?? null, witness.rejection(id)]),
    targets: LEAVES.map((leaves) => [targetOf(history, leaves), witness.targets(leaves)[0] ?? null]),
    holds: candidates.map((candidate) => [isHeld(candidate, history), witness.isHeld(candidate)]),
  };
}

/** What a damaged ledger allows although the witness does not, in words; empty where there is nothing. */
function excesses(history: History, witness: Witness, candidates: readonly Candidate[]): readonly string[] {
  return [
    ...(history.damage === null ? ['the damage is not seen'] : []),
    ...RELEASES.filter((id) => isVerified(id, history, environment) && !witness.isVerified(id)).map(
      (id) => `verified ${id}`,
    ),
    ...candidates
      .filter((candidate) => !isHeld(candidate, history) && witness.isHeld(candidate))
      .map((candidate) => `not held ${JSON.stringify(candidate)}`),
    ...LEAVES.flatMap((leaves) => {
      const target = targetOf(history, leaves);
      return target === null || witness.targets(leaves).includes(target) ? [] : [`from ${String(leaves)} to ${target}`];
    }),
  ];
}

const shown = (objects: readonly FactObject[]): string =>
  objects
    .map(({ sequence, bytes }) => {
      const text = Buffer.from(bytes).toString();
      return `${sequence} ${text.slice(Math.max(0, text.indexOf('"content":')))}`;
    })
    .join('\n');

it(`says of ${HISTORIES} whole ledgers what their witness says`, () => {
  const counts = new Map<string, number>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed += 1) {
    const draw = createDraw(seededUniform(seed));
    const { objects, witness, counts: own, play } = createHistory(draw);
    play(1 + draw.below(16));
    const said = saysWhole(readHistory(objects, TEST_ORIGIN), witness, candidatesFor(draw, witness));
    for (const [what, pairs] of Object.entries(said)) {
      for (const [ledger, seen] of what === 'damage' ? [pairs] : pairs.map((pair) => [pair].flat())) {
        if (ledger !== seen) expect.fail(`seed ${seed}, ${what}: ${JSON.stringify(pairs)}\n${shown(objects)}`);
      }
    }
    for (const [what, count] of own) counts.set(what, (counts.get(what) ?? 0) + count);
  }
  const rare = [...counts].filter(([, count]) => count < HISTORIES / 10).map(([what]) => what);
  expect([counts.size, rare]).toEqual([12, []]);
});

it(`allows nothing in ${HISTORIES} damaged ledgers that their witness does not`, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed += 1) {
    const draw = createDraw(seededUniform(seed));
    const { objects, witness, play } = createHistory(draw);
    play(3 + draw.below(14));
    if (objects.length < 2) continue;
    const candidates = candidatesFor(draw, witness);
    for (const damage of DAMAGES) {
      let damaged = damageLedger(objects, damage, draw);
      if (draw.chance(0.2) && damaged.length > 1) damaged = damageLedger(damaged, draw.of(DAMAGES), draw);
      // Two damages may undo each other, and a random edit may change nothing.
      if (shown(damaged) === shown(objects)) continue;
      const found = excesses(readHistory(damaged, TEST_ORIGIN), witness, candidates);
      if (found.length > 0) {
        expect.fail(`seed ${seed}, ${damage}: ${found.join('; ')}\n${shown(damaged)}\n\nwas\n${shown(objects)}`);
      }
    }
  }
});

it(`allows nothing after the runs that come after the damage, in ${HISTORIES} ledgers`, () => {
  let verified = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed += 1) {
    const draw = createDraw(seededUniform(seed));
    const { objects, witness, play } = createHistory(draw);
    play(3 + draw.below(8));
    if (objects.length < 2) continue;
    const damage = draw.of(DAMAGES);
    const damaged = damageLedger(objects, damage, draw);
    if (shown(damaged) === shown(objects)) continue;
    objects.splice(0, objects.length, ...damaged);
    play(1 + draw.below(10), (candidate) => isHeld(candidate, readHistory(objects, TEST_ORIGIN)));
    const history = readHistory(objects, TEST_ORIGIN);
    const found = excesses(history, witness, candidatesFor(draw, witness));
    if (found.length > 0) expect.fail(`seed ${seed}, ${damage}: ${found.join('; ')}\n${shown(objects)}`);
    if (RELEASES.some((id) => isVerified(id, history, environment))) verified += 1;
  }
  // A damaged ledger is of use again, once something passed after the damage.
  expect(verified).toBeGreaterThan(HISTORIES / 5);
});
