import { decodeFact, encodeFact, type Fact, type FactContent, type FactObject } from '../domain/ledger/fact.ts';
import type { Draw } from './ledger-histories.ts';
import { configOf } from './ledger-witness.ts';
import { TEST_ORIGIN } from './test-ledger.ts';

/**
 * Ways in which the objects of a ledger are not what was written. None of them loses or edits the newest fact: the chain
 * can't show that, since no later fact names it.
 */
export const DAMAGES = ['lost', 'doubled', 'reordered', 'cut', 'edited', 'forged', 'foreign'] as const;
export type Damage = (typeof DAMAGES)[number];

/** A damaged copy, seldom one without a difference; at least two objects are needed. */
export function damageLedger(objects: readonly FactObject[], damage: Damage, draw: Draw): readonly FactObject[] {
  const copy = [...objects];
  /** An object that has a later one. */
  const index = draw.below(objects.length - 1);
  const object = at(objects, index);
  const newest = at(objects, objects.length - 1);
  switch (damage) {
    case 'lost':
      copy.splice(index, 1 + (draw.chance(0.3) ? draw.below(objects.length - 1 - index) : 0));
      return copy;
    case 'doubled': {
      const { bytes } = draw.chance(0.2) ? newest : object;
      const sequence = newest.sequence + 1;
      // As it was, or under its new number.
      return [
        ...copy,
        draw.chance(0.5) ? { sequence, bytes } : rewritten({ sequence, bytes }, (fact) => ({ ...fact, sequence })),
      ];
    }
    case 'reordered': {
      const other = draw.below(objects.length);
      const renumbers = draw.chance(0.5);
      const moved = (sequence: number, { bytes }: FactObject): FactObject =>
        renumbers ? rewritten({ sequence, bytes }, (fact) => ({ ...fact, sequence })) : { sequence, bytes };
      copy[index] = moved(object.sequence, at(objects, other));
      copy[other] = moved(at(objects, other).sequence, object);
      return copy;
    }
    case 'cut': {
      const any = draw.below(objects.length);
      const { sequence, bytes } = at(objects, any);
      copy[any] = { sequence, bytes: bytes.subarray(0, draw.below(bytes.length)) };
      return copy;
    }
    case 'edited':
      copy[index] = rewritten(object, (fact) => ({ ...fact, content: edited(fact.content, draw) }));
      return copy;
    case 'forged':
      if (draw.chance(0.5)) {
        copy[index] = forged(object.sequence, draw);
        return copy;
      }
      return [
        ...copy,
        ...Array.from({ length: 1 + draw.below(3) }, (_, more) => forged(newest.sequence + 1 + more, draw)),
      ];
    case 'foreign': {
      const origin = { ...TEST_ORIGIN, [draw.of(['repository', 'account', 'region', 'endpoint'])]: '7' };
      if (draw.chance(0.5)) {
        copy[index] = rewritten(object, (fact) => ({ ...fact, origin }));
        return copy;
      }
      const place = { id: 'foreign', at: '2026-01-01T00:00:00Z', origin, after: newest };
      return [...copy, encodeFact(content(newest.sequence + 1, draw), place)];
    }
  }
}

function at(objects: readonly FactObject[], index: number): FactObject {
  const object = objects[index];
  if (object === undefined) throw new Error(`there is no object ${index}`);
  return object;
}

/** The same object with another content; as it is where it holds no fact. */
function rewritten(object: FactObject, change: (fact: Fact) => Fact): FactObject {
  const { sequence, bytes } = object;
  let fact: Fact | undefined;
  for (const number of [sequence, numberIn(bytes)]) fact ??= decodeFact({ sequence: number, bytes });
  return fact === undefined ? object : { sequence, bytes: Buffer.from(JSON.stringify(change(fact))) };
}

function numberIn(bytes: Uint8Array): number {
  return Number(/"sequence":(\d+)/.exec(Buffer.from(bytes).toString())?.[1] ?? 0);
}

function edited(content: FactContent, draw: Draw): FactContent {
  switch (content.kind) {
    case 'begun':
      return draw.of([
        { ...content, release: draw.release() },
        { ...content, accepts: [...content.accepts, content.release] },
        { ...content, leaves: draw.of([null, draw.release()]) },
        { ...content, task: content.task === 'deploy' ? 'rollback' : 'deploy' },
        { ...content, servedBefore: configOf(draw.release()) },
      ]);
    case 'step':
      return { ...content, phase: content.phase === 'updating' ? 'rolling-back' : 'updating' };
    case 'ended':
      return draw.of([
        { ...content, verdict: 'passed', outcome: 'promoted' },
        { ...content, verdict: 'none' },
        { ...content, serves: configOf(draw.release()) },
        { ...content, serves: null },
        { ...content, attempt: 1 + draw.below(content.attempt) },
      ]);
  }
}

/** A fact of the right shape that was written after no object of the ledger. */
function forged(sequence: number, draw: Draw): FactObject {
  const bytes = Buffer.from('no object of the ledger');
  const place = {
    id: 'forged',
    at: '2026-01-01T00:00:00Z',
    origin: TEST_ORIGIN,
    after: { sequence: sequence - 1, bytes },
  };
  return encodeFact(content(sequence, draw), place);
}

function content(sequence: number, draw: Draw): FactContent {
  const attempt = 1 + draw.below(sequence);
  const release = draw.release();
  const before = {
    servedBefore: configOf(draw.release()),
    previousRelease: null,
    image: 'image',
    reason: null,
    acceptsServing: null,
  };
  const serves = configOf(draw.release());
  return draw.of<FactContent>([
    { kind: 'begun', task: 'deploy', release, leaves: null, accepts: [release], ...before },
    { kind: 'begun', task: 'rollback', release, leaves: draw.release(), accepts: [release], ...before },
    { kind: 'step', attempt, phase: 'updating', cause: 'forged' },
    { kind: 'ended', attempt, outcome: 'promoted', cause: '', verdict: 'passed', serves, evidence: null },
    { kind: 'ended', attempt, outcome: 'inconclusive', cause: '', verdict: 'none', serves, evidence: null },
  ]);
}
