import { describe, expect, it } from 'vitest';
import { createTestLedger, TEST_ORIGIN, type TestLedger } from '../../testing/test-ledger.ts';
import { decodeFact, encodeFact, factName, sequenceOfFact, type Fact, type FactObject } from './fact.ts';
import { isUnderWay, keptFor, NO_HISTORY, progressOf, readHistory, type Attempt, type History } from './history.ts';

const [A, B] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];

/** Two deployments that passed: facts 1 and 2, and facts 3 and 4. */
function twoDeployments(): TestLedger {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  return ledger;
}

/** An object of a ledger, by its sequence number. */
function objectOf({ objects }: TestLedger, sequence: number): FactObject {
  const object = objects[sequence - 1];
  if (object === undefined) throw new Error(`there is no fact ${sequence}`);
  return object;
}

/** The objects of a ledger with one that is changed. */
function changed(ledger: TestLedger, sequence: number, change: (fact: Fact) => Fact): readonly FactObject[] {
  const fact = decodeFact(objectOf(ledger, sequence));
  if (fact === undefined) throw new Error(`object ${sequence} is no fact`);
  return replaced(ledger, sequence, Buffer.from(JSON.stringify(change(fact))));
}

function replaced({ objects }: TestLedger, sequence: number, bytes: Uint8Array): readonly FactObject[] {
  return objects.map((object) => (object.sequence === sequence ? { sequence, bytes } : object));
}

function newestOf(ledger: TestLedger): Attempt {
  const [newest] = ledger.history().attempts;
  if (newest === undefined) throw new Error('the ledger has no attempt');
  return newest;
}

const trusted = ({ attempts }: History): readonly string[] =>
  attempts.filter(({ isTrusted }) => isTrusted).map(({ begun }) => begun.release);
const read = (objects: readonly FactObject[]): History => readHistory(objects, TEST_ORIGIN);

describe('the history', () => {
  it('is empty before the first fact', () => {
    expect(read([])).toEqual(NO_HISTORY);
  });

  it('has the attempts newest first, in whatever order the objects are listed', () => {
    const ledger = twoDeployments();
    const { attempts, damage } = read(ledger.objects.toReversed());
    expect(damage).toBeNull();
    expect(attempts).toMatchObject([
      { sequence: 3, begun: { release: B }, ended: { verdict: 'passed' }, endedAt: 4, isTrusted: true },
      { sequence: 1, begun: { release: A }, ended: { verdict: 'passed' }, endedAt: 2, isTrusted: true },
    ]);
    expect(attempts.map(({ foundAfter }) => foundAfter)).toEqual([undefined, `scoring-dev-${A}`]);
  });

  it('keeps the stricter of two ends', () => {
    for (const verdicts of [['failed', 'passed'] as const, ['passed', 'failed'] as const]) {
      const ledger = createTestLedger();
      const attempt = ledger.begin(A);
      for (const verdict of verdicts) ledger.end(attempt, verdict);
      expect(ledger.history().attempts[0]?.ended?.verdict).toBe('failed');
    }
  });

  it('keeps it as bad that a run went back, however the next run ended', () => {
    const ledger = createTestLedger();
    const attempt = ledger.begin(A);
    ledger.step(attempt, 'rolling-back');
    ledger.end(attempt, 'none');
    expect(ledger.history().attempts[0]).toMatchObject({ foundBadAt: 2, ended: { verdict: 'none' } });
  });

  it('takes what serves from an attempt only until the next one begins', () => {
    const ledger = createTestLedger();
    const killed = ledger.begin(A);
    ledger.run(B, 'passed');
    ledger.end(killed, 'none', { serves: `scoring-dev-${B}` });
    expect(ledger.history().attempts[1]?.seenAfter).toEqual(['scoring-dev-000000000000']);
  });
});

describe('a damaged ledger', () => {
  const ledger = twoDeployments();
  ledger.run(A, 'passed', { task: 'rollback', leaves: B });
  const copyOf = (sequence: number, from: number): FactObject => ({ sequence, bytes: objectOf(ledger, from).bytes });
  const forge = (previous: FactObject | undefined): FactObject => {
    const fact = decodeFact(objectOf(ledger, 3));
    if (fact === undefined) throw new Error('fact 3 is none');
    return encodeFact(fact.content, { id: 'forged', at: fact.at, origin: TEST_ORIGIN, after: previous });
  };
  const cut = objectOf(ledger, 3).bytes.subarray(0, 40);

  it.each<[string, readonly FactObject[], RegExp, readonly string[]]>([
    ['its first fact', ledger.objects.slice(1), /^fact 1 is missing$/, [A, B]],
    ['a fact', ledger.objects.filter(({ sequence }) => sequence !== 2), /^fact 2 is missing$/, [A]],
    [
      'several facts',
      ledger.objects.filter(({ sequence }) => sequence < 2 || sequence > 4),
      /^fact 2 to 4 is missing$/,
      [],
    ],
  ])('trusts nothing up to the fact after the gap, without %s', (_what, objects, damage, still) => {
    const history = read(objects);
    expect(history.damage).toMatch(damage);
    expect(trusted(history)).toEqual(still);
  });

  it.each<[string, readonly FactObject[], RegExp, readonly string[]]>([
    ['is cut', replaced(ledger, 3, cut), /^fact 3 is not the one that fact 4 was written after$/, [A]],
    ['is cut and is the newest', replaced(ledger, 6, cut), /^fact 6 is not a fact that this version reads$/, []],
    ['was changed', changed(ledger, 3, (fact) => ({ ...fact, at: '2026-02-02' })), /^fact 3 is not the one/, [A]],
    ['is of another version', changed(ledger, 3, (fact) => Object.assign(fact, { version: 2 })), /^fact 3/, [A]],
    ['was written twice', [...ledger.objects, copyOf(7, 2)], /^fact 7 is not a fact that this version reads$/, []],
    ['has the number of another', [...replaced(ledger, 3, copyOf(3, 5).bytes)], /^fact 3 is not the one/, [A]],
    ['was written after none of its facts', [...ledger.objects, forge(copyOf(6, 2))], /^fact 6 is not the one/, []],
  ])('trusts nothing up to a fact that %s', (_what, objects, damage, still) => {
    const history = read(objects);
    expect(history.damage).toMatch(damage);
    expect(trusted(history)).toEqual(still);
  });

  it.each(['repository', 'account', 'region', 'endpoint'] as const)(
    'ignores the facts of another %s, and trusts nothing before them',
    (place) => {
      const origin = { ...TEST_ORIGIN, [place]: 'another' };
      const after = objectOf(ledger, 6);
      const content = { ...newestOf(ledger).begun, release: B };
      const foreign = encodeFact(content, { id: 'x', at: '2026-01-01T00:00:00Z', origin, after });
      const history = read([...ledger.objects, foreign]);
      expect(history.attempts).toHaveLength(3);
      expect([history.damage, trusted(history)]).toEqual([
        'fact 7 is about another repository, account or endpoint',
        [],
      ]);
    },
  );

  it('counts again from the next attempt on', () => {
    const own = twoDeployments();
    const objects: FactObject[] = [...replaced(own, 4, Buffer.from('{'))];
    const add = (content: Fact['content']): void => {
      objects.push(
        encodeFact(content, { id: 'x', at: '2026-01-02T00:00:00Z', origin: TEST_ORIGIN, after: objects.at(-1) }),
      );
    };
    add({ ...newestOf(own).begun, release: A });
    expect(trusted(read(objects))).toEqual([A]);
  });

  it('takes an end as damage whose attempt is not there, since it may say something of any release', () => {
    const own = twoDeployments();
    own.end(2, 'failed');
    const history = own.history();
    expect(history.damage).toBe('fact 5 belongs to attempt 2, whose first fact is missing');
    expect(trusted(history)).toEqual([]);
  });

  it('trusts no attempt during which a run from before the damage ended', () => {
    const own = createTestLedger();
    const killed = own.begin(A);
    own.run(B, 'passed');
    own.run(A, 'passed');
    own.end(killed, 'failed');
    const edited = changed(own, 1, (fact) => ({ ...fact, at: '2026-02-02' }));
    expect(trusted(own.history())).toEqual([A, B, A]);
    expect(trusted(read(edited))).toEqual([]);
  });
});

describe('an attempt', () => {
  const at = Date.UTC(2026, 0, 1);
  const hour = 60 * 60_000;

  it('is under way until it ends, another one begins, or no job runs that long', () => {
    const ledger = createTestLedger();
    const first = ledger.begin(A);
    const newest = () => newestOf(ledger);
    expect([isUnderWay(newest(), at + hour), isUnderWay(newest(), at + 5 * hour)]).toEqual([true, false]);
    ledger.end(first, 'none');
    expect(isUnderWay(newest(), at)).toBe(false);
    ledger.begin(A);
    ledger.begin(B);
    expect(ledger.history().attempts.map((attempt) => isUnderWay(attempt, at))).toEqual([true, false, false]);
  });

  it('shows how far it came', () => {
    const ledger = createTestLedger();
    const attempt = ledger.begin(A);
    const progress = () => progressOf(newestOf(ledger));
    expect(progress()).toBe('swap');
    ledger.step(attempt, 'updating');
    expect(progress()).toBe('update');
    ledger.step(attempt, 'rolling-back');
    expect(progress()).toBe('roll-back');
  });

  it('gives what the newest deployment of a release was begun with, and not what its rollbacks were', () => {
    const ledger = createTestLedger();
    ledger.run(A, 'passed', { baseline: 'older' });
    ledger.run(A, 'passed', { baseline: 'newer' });
    ledger.run(A, 'passed');
    ledger.run(B, 'passed', { baseline: 'of another release' });
    ledger.run(A, 'passed', { task: 'rollback', baseline: 'of a rollback' });
    expect(keptFor(ledger.history(), A, ({ baseline }) => baseline)).toBe('newer');
    expect(keptFor(ledger.history(), 'cccccccccccc', ({ baseline }) => baseline)).toBeUndefined();
  });
});

describe('the name of a fact', () => {
  it('sorts as its number does', () => {
    expect([1, 20, 12_345_678].map(factName)).toEqual(['00000001.json', '00000020.json', '12345678.json']);
    expect(sequenceOfFact('00000020.json')).toBe(20);
  });

  it.each(['1.json', '00000000.json', '000000001.json', '00000001.json.bak', 'x/00000001.json', 'ledger.json'])(
    'is none: %s',
    (name) => {
      expect(sequenceOfFact(name)).toBeUndefined();
    },
  );
});
