import { describe, expect, it } from 'vitest';
import { createTestLedger, TEST_LEDGER_ENVIRONMENT, TEST_ORIGIN, type TestLedger } from '../../testing/test-ledger.ts';
import { NO_HISTORY, readHistory, type History } from './history.ts';
import {
  commitToFollow,
  describeRejection,
  holdOn,
  isVerified,
  newestRollback,
  rejectionOf,
  verificationOf,
  verifiedReleases,
  type Candidate,
} from './standing.ts';

const [A, B, C] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
const environment = TEST_LEDGER_ENVIRONMENT;
const configOf = (release: string): string => `scoring-dev-${release}`;
const toA = { task: 'rollback', leaves: B, reason: 'wrong answers' } as const;

/** A history that a test records, after A and B have passed, so that B serves. */
function afterBoth(record: (ledger: TestLedger) => void = () => undefined): History {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  record(ledger);
  return ledger.history();
}

/** The same without the fact with a number, as somebody may delete it. */
function without(history: (ledger: TestLedger) => void, sequence: number): History {
  const ledger = createTestLedger();
  history(ledger);
  return readHistory(
    ledger.objects.filter((object) => object.sequence !== sequence),
    TEST_ORIGIN,
  );
}

const kindOf = (release: string, history: History) => rejectionOf(release, history, environment)?.kind ?? null;
const verified = (history: History): readonly string[] => verifiedReleases(history, environment);

describe('a release', () => {
  it('is verified by a deployment or a rollback that passed; the one that passed last is first', () => {
    expect(verified(afterBoth())).toEqual([B, A]);
    expect(verified(afterBoth((ledger) => ledger.run(A, 'passed', toA)))).toEqual([A]);
    expect(verificationOf(B, afterBoth())?.sequence).toBe(3);
  });

  it.each<[string, (ledger: TestLedger) => void]>([
    ['was never deployed', () => undefined],
    ['was found neither good nor bad', (ledger) => ledger.run(C, 'none')],
    ['is being deployed', (ledger) => ledger.begin(C)],
  ])('is neither verified nor rejected where it %s', (_what, record) => {
    const history = afterBoth(record);
    expect([isVerified(C, history, environment), kindOf(C, history)]).toEqual([false, null]);
  });

  it('stays verified where a later attempt found nothing', () => {
    expect(
      isVerified(
        B,
        afterBoth((ledger) => ledger.run(B, 'none')),
        environment,
      ),
    ).toBe(true);
  });

  it.each<[string, (ledger: TestLedger) => void]>([
    ['failed', (ledger) => ledger.run(B, 'failed')],
    ['failed in a rollback to it', (ledger) => ledger.run(B, 'failed', { task: 'rollback' })],
    ['was being taken back when its run was killed', (ledger) => ledger.step(ledger.begin(B), 'rolling-back')],
    [
      'was being taken back, and the run that continued found nothing',
      (ledger) => {
        const attempt = ledger.begin(B);
        ledger.step(attempt, 'rolling-back');
        ledger.end(attempt, 'none');
      },
    ],
  ])('is rejected where it %s, although it passed before', (_what, record) => {
    const history = afterBoth(record);
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([false, 'failed']);
  });

  it('stays rejected when it passes later, as long as nobody accepts it by name', () => {
    const history = afterBoth((ledger) => {
      ledger.run(B, 'failed');
      ledger.run(B, 'passed');
    });
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([false, 'failed']);
  });

  it('is verified again once it was accepted by name and passed', () => {
    const history = afterBoth((ledger) => {
      ledger.run(B, 'failed');
      ledger.run(B, 'passed', { accepts: [B] });
    });
    expect(verified(history)).toEqual([B, A]);
  });

  it('is accepted once it has passed, and not by what was asked for alone', () => {
    const history = afterBoth((ledger) => {
      ledger.run(B, 'failed');
      ledger.begin(B, { accepts: [B] });
    });
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([false, 'failed']);
  });

  it('is rejected again by what fails after it was accepted, also when an older run records it', () => {
    const again = afterBoth((ledger) => ledger.run(C, 'failed', { accepts: [C] }));
    const late = afterBoth((ledger) => {
      const hung = ledger.begin(C);
      ledger.run(A, 'passed', { task: 'rollback', leaves: C });
      ledger.run(C, 'passed', { accepts: [C] });
      ledger.end(hung, 'failed');
    });
    expect([kindOf(C, again), kindOf(C, late)]).toEqual(['failed', 'failed']);
  });

  it('is not accepted by a deployment of another release, which only replaces it', () => {
    const history = afterBoth((ledger) => {
      ledger.run(A, 'passed', toA);
      ledger.run(C, 'passed', { servedBefore: configOf(B), accepts: [B] });
    });
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([false, 'left']);
  });

  it('is not accepted by an attempt that is not trusted', () => {
    const history = without((ledger) => {
      ledger.run(A, 'failed');
      ledger.run(A, 'none', { accepts: [A] });
      ledger.run(B, 'none');
    }, 4);
    expect(kindOf(A, history)).toBe('failed');
  });

  it('stays rejected in a damaged ledger by what is still there, and nothing from before counts for it', () => {
    const record = (ledger: TestLedger): void => {
      ledger.run(A, 'passed');
      ledger.run(B, 'failed');
      ledger.run(C, 'none');
      ledger.run(A, 'none');
    };
    expect(verified(without(record, 99))).toEqual([A]);
    expect([verified(without(record, 5)), kindOf(B, without(record, 5))]).toEqual([[], 'failed']);
  });
});

describe('a rollback', () => {
  it.each<[string, (ledger: TestLedger) => void]>([
    ['is under way', (ledger) => ledger.begin(A, toA)],
    ['succeeded', (ledger) => ledger.run(A, 'passed', toA)],
    [
      'left it, though its target failed',
      (ledger) => ledger.end(ledger.begin(A, toA), 'failed', { serves: configOf(A) }),
    ],
    ['ended, and nobody saw what serves', (ledger) => ledger.end(ledger.begin(A, toA), 'none', { serves: null })],
    [
      'was killed, and the next attempt found its target',
      (ledger) => {
        ledger.begin(A, toA);
        ledger.begin(C, { servedBefore: configOf(A) });
      },
    ],
    [
      'was killed after it had moved the endpoint, and ended late, when another release served',
      (ledger) => {
        const hung = ledger.begin(A, toA);
        ledger.run(C, 'passed', { servedBefore: configOf(A) });
        ledger.end(hung, 'none', { serves: configOf(C) });
      },
    ],
  ])('rejects what it left where it %s', (_what, record) => {
    const history = afterBoth(record);
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([false, 'left']);
    expect(newestRollback(history, environment)?.sequence).toBe(5);
  });

  it.each<[string, (ledger: TestLedger) => void]>([
    ['was refused', (ledger) => ledger.end(ledger.begin(A, toA), 'none', { outcome: 'refused', serves: null })],
    ['changed nothing', (ledger) => ledger.end(ledger.begin(A, toA), 'none', { serves: configOf(B) })],
    [
      'was killed, and the next attempt found that it had changed nothing',
      (ledger) => {
        ledger.begin(A, toA);
        ledger.begin(C, { servedBefore: configOf(B) });
      },
    ],
    [
      'changed nothing, and somebody moved the endpoint by hand later',
      (ledger) => {
        ledger.end(ledger.begin(A, toA), 'none', { serves: configOf(B) });
        ledger.begin(C, { servedBefore: configOf(A) });
      },
    ],
    ['went to the same release', (ledger) => ledger.run(B, 'passed', { ...toA, leaves: B })],
    ['took an earlier one back and leaves nothing', (ledger) => ledger.run(A, 'passed', { ...toA, leaves: null })],
  ])('rejects nothing where it %s', (_what, record) => {
    const history = afterBoth(record);
    expect([isVerified(B, history, environment), kindOf(B, history)]).toEqual([true, null]);
  });

  it('is said in the reason, with the words of the person who asked for it', () => {
    const history = afterBoth((ledger) => ledger.run(A, 'passed', toA));
    const rejection = rejectionOf(B, history, environment);
    expect(rejection && describeRejection(B, rejection)).toBe(
      `a person rolled back to release ${A} (${TEST_ORIGIN.run.url}, "wrong answers"), which left release ${B}`,
    );
  });
});

describe('a deployment', () => {
  const candidate = (release: string, change: Partial<Candidate> = {}): Candidate => ({
    ...{ release, accepts: [], acceptsServing: null, servingConfig: configOf(B), isBeforeRollback: false },
    ...change,
  });
  const reasonOf = (given: Candidate, history: History): string | undefined =>
    holdOn(given, history, environment)?.reason;

  it.each<[string, Candidate, History]>([
    ['before the first fact', candidate(C), NO_HISTORY],
    ['of a new release', candidate(C), afterBoth()],
    ['of what serves', candidate(B), afterBoth()],
    ['after an end that found nothing', candidate(C), afterBoth((ledger) => ledger.run(C, 'none'))],
    [
      'of a rejected release that is accepted by name',
      candidate(C, { accepts: [C] }),
      afterBoth((ledger) => ledger.run(C, 'failed')),
    ],
    [
      'of the release that a rollback went to, from an older commit',
      candidate(A, { servingConfig: configOf(A), isBeforeRollback: true }),
      afterBoth((ledger) => ledger.run(A, 'passed', toA)),
    ],
    [
      'that continues a run which was killed while it went back',
      candidate(C),
      afterBoth((ledger) => ledger.step(ledger.begin(C), 'rolling-back')),
    ],
    [
      'that continues a run which had accepted its release by name',
      candidate(C),
      afterBoth((ledger) => {
        ledger.run(C, 'failed');
        ledger.begin(C, { accepts: [C] });
      }),
    ],
  ])('is not held %s', (_what, given, history) => {
    expect(holdOn(given, history, environment)).toBeNull();
  });

  it.each<[string, Candidate, History, RegExp]>([
    ['of a release that failed', candidate(C), afterBoth((ledger) => ledger.run(C, 'failed')), /c failed here/],
    [
      'of a release that was left',
      candidate(B, { servingConfig: configOf(A) }),
      afterBoth((ledger) => ledger.run(A, 'passed', toA)),
      /^a person rolled back to release a+ .*"wrong answers"\), which left release b+$/,
    ],
    [
      'from a commit before the rollback',
      candidate(C, { servingConfig: configOf(A), isBeforeRollback: true }),
      afterBoth((ledger) => ledger.run(A, 'passed', toA)),
      /and this commit was on the main branch before it$/,
    ],
    [
      'where another release serves than the newest attempt left',
      candidate(C, { servingConfig: configOf(A) }),
      afterBoth(),
      /^scoring-dev-a+ serves, and the newest attempt .* left scoring-dev-b+: it was changed outside the workflows$/,
    ],
    [
      'of a release that failed, where another one is accepted by name',
      candidate(C, { accepts: [A] }),
      afterBoth((ledger) => ledger.run(C, 'failed')),
      /c failed here/,
    ],
  ])('is held %s', (_what, given, history, reason) => {
    expect(reasonOf(given, history)).toMatch(reason);
  });

  it.each([
    [configOf(A), A],
    ['experiment-7', 'experiment-7'],
    ['scoring-dev-by-hand', 'scoring-dev-by-hand'],
  ])('names what serves as the input takes it, and goes on when it is accepted: %s', (servingConfig, name) => {
    expect(holdOn(candidate(C, { servingConfig }), afterBoth(), environment)?.remedy).toContain(
      `accept-serving: ${name}.`,
    );
    expect(holdOn(candidate(C, { servingConfig, acceptsServing: name }), afterBoth(), environment)).toBeNull();
  });

  describe('in a damaged ledger', () => {
    /** A passed; B went back and C passed after the fact that is lost. */
    const record = (ledger: TestLedger): void => {
      ledger.run(A, 'passed');
      ledger.run(A, 'none');
      ledger.run(C, 'none');
      ledger.run(C, 'passed');
    };
    const damaged = without(record, 3);
    const serving = { servingConfig: configOf(C) };

    it('is held for a release that did not pass after the damage, until it is accepted by name', () => {
      expect(reasonOf(candidate(A, serving), damaged)).toMatch(
        /^the ledger is damaged \(fact 3 is missing\).* release a+$/,
      );
      expect(reasonOf(candidate(B, serving), damaged)).toMatch(/may not tell what was found of release b+$/);
      expect(reasonOf(candidate(B, { ...serving, accepts: [B] }), damaged)).toBeUndefined();
    });

    it('is not held for a release that passed after the damage', () => {
      expect(reasonOf(candidate(C, serving), damaged)).toBeUndefined();
    });

    it('is held from an older commit, as a rollback may be lost', () => {
      const older = { ...serving, isBeforeRollback: true };
      expect(reasonOf(candidate(C, older), damaged)).toMatch(/before a rollback that may be missing in it$/);
      expect(commitToFollow(damaged, environment)).toBe(TEST_ORIGIN.commit);
      expect(commitToFollow(without(record, 99), environment)).toBeNull();
    });

    it.each([
      ['nothing after the damage tells', without(record, 7)],
      ['no attempt is left', { attempts: [], damage: 'fact 1 to 8 is missing' }],
    ])('is held until what serves is accepted by name where %s', (_what, history) => {
      expect(reasonOf(candidate(C, { ...serving, accepts: [] }), history)).toMatch(
        /^scoring-dev-c+ serves, and the ledger is damaged/,
      );
      expect(reasonOf(candidate(B, { ...serving, accepts: [B] }), history)).toMatch(/does not tell why$/);
      expect(reasonOf(candidate(B, { ...serving, accepts: [B], acceptsServing: C }), history)).toBeUndefined();
    });
  });
});
