import { describe, expect, it } from 'vitest';
import { endpointView } from '../../testing/endpoint-view.ts';
import { createTestLedger, TEST_LEDGER_ENVIRONMENT, TEST_ORIGIN, type TestLedger } from '../../testing/test-ledger.ts';
import { NO_HISTORY, readHistory, type History } from './history.ts';
import { chooseRollbackTarget, isStillWanted, releaseToLeave, type RollbackQuestion } from './rollback-target.ts';

const [A, B, C] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
const environment = TEST_LEDGER_ENVIRONMENT;
const configOf = (release: string): string => `scoring-dev-${release}`;

function historyOf(record: (ledger: TestLedger) => void): History {
  const ledger = createTestLedger();
  record(ledger);
  return ledger.history();
}

/** A time in milliseconds since the Unix epoch. */
function minutesAfter({ attempts: [newest] }: History, minutes: number): number {
  return Date.parse(newest?.at ?? '') + minutes * 60_000;
}

/** A, B and C passed one after the other, and C serves. */
function all(ledger: TestLedger): void {
  for (const release of [A, B, C]) ledger.run(release, 'passed');
}

const choose = (change: Partial<RollbackQuestion>) =>
  chooseRollbackTarget({
    ...{ environment, asked: undefined, force: false, leaves: C, history: historyOf(all), declared: [A, B, C] },
    ...change,
  });

describe('the target of a rollback', () => {
  it.each<[string, string | null, (ledger: TestLedger) => void, string]>([
    ['is the last one that served before the release that is left', C, all, B],
    ['is older where that is an older one', B, all, A],
    ['is the newest verified one where nothing is known of what serves', null, all, C],
    ['is the newest verified one where somebody else brought what serves', 'ffffffffffff', all, C],
    ['passes over a release that failed since', C, (ledger) => (all(ledger), ledger.run(B, 'failed')), A],
    [
      'passes over a release that was left by a rollback',
      C,
      (ledger) => {
        ledger.run(A, 'passed');
        ledger.run(B, 'passed');
        ledger.run(A, 'passed', { task: 'rollback', leaves: B });
        ledger.run(C, 'passed');
      },
      A,
    ],
    [
      'is a release again that was accepted by name and passed',
      C,
      (ledger) => {
        ledger.run(A, 'passed');
        ledger.run(B, 'failed');
        ledger.run(B, 'passed', { accepts: [B] });
        ledger.run(C, 'passed');
      },
      B,
    ],
    [
      'is not one that was never verified',
      C,
      (ledger) => (ledger.run(A, 'passed'), ledger.run(B, 'none'), ledger.run(C, 'none')),
      A,
    ],
  ])('%s', (_what, leaves, record, release) => {
    expect(choose({ leaves, history: historyOf(record) })).toEqual({ release, accepts: [], warnings: [] });
  });

  it.each<[string, Partial<RollbackQuestion>, RegExp]>([
    [
      'no other release was verified',
      { history: historyOf((ledger) => ledger.run(C, 'passed')) },
      /no other verified release/,
    ],
    ['it is no longer declared', { declared: [A, C] }, /bbbbbbbbbbbb is no longer in release\.json/],
    [
      'a person rolled back from it',
      {
        leaves: A,
        history: historyOf((ledger) => {
          ledger.run(A, 'passed');
          ledger.run(B, 'passed');
          ledger.run(A, 'passed', { task: 'rollback', leaves: B });
        }),
      },
      /a person rolled back to release a+ .*which left release b+/,
    ],
  ])('has to be named where %s', (_what, change, message) => {
    expect(() => choose(change)).toThrow(message);
    expect(() => choose(change)).toThrow(/Name one with the input "release"/);
  });

  it('is found in a damaged ledger only among what passed after the damage', () => {
    const ledger = createTestLedger();
    all(ledger);
    const damaged = (sequence: number): History =>
      readHistory(
        ledger.objects.filter((object) => object.sequence !== sequence),
        TEST_ORIGIN,
      );
    expect(choose({ history: damaged(1) }).release).toBe(B);
    expect(() => choose({ history: damaged(3) })).toThrow(/the ledger is damaged: fact 3 is missing/);
    // The attempt that brought A may be the one that is lost: what served before it is not known.
    expect(() => choose({ leaves: 'ffffffffffff', history: damaged(1) })).toThrow(/the ledger is damaged: fact 1/);
  });

  it.each<[string, Partial<RollbackQuestion>, readonly string[], readonly RegExp[]]>([
    ['a verified release', { asked: A }, [A], []],
    ['any release, without a ledger', { asked: A, history: undefined }, [A], []],
    [
      'any release, in an empty ledger',
      { asked: A, history: NO_HISTORY },
      [A],
      [/never verified in dev: the ledger is empty$/],
    ],
    [
      'a release that was left, which it accepts',
      {
        asked: C,
        leaves: B,
        history: historyOf((ledger) => (all(ledger), ledger.run(B, 'passed', { task: 'rollback', leaves: C }))),
      },
      [C],
      [/^taken by name although a person rolled back/],
    ],
    [
      'a release that failed, where it is forced',
      { asked: B, force: true, history: historyOf((ledger) => (all(ledger), ledger.run(B, 'failed'))) },
      [B],
      [/^taken by name although release b+ failed here/, /never verified in dev; forced$/],
    ],
    [
      'a release that was never verified, where it is forced',
      { asked: B, force: true, history: historyOf((ledger) => ledger.run(C, 'passed')) },
      [B],
      [/never verified in dev; forced$/],
    ],
  ])('may be named: %s', (_what, change, accepts, warnings) => {
    const target = choose(change);
    expect([target.release, target.accepts]).toEqual([change.asked, accepts]);
    expect(target.warnings).toHaveLength(warnings.length);
    for (const [index, warning] of warnings.entries()) expect(target.warnings[index]).toMatch(warning);
  });

  it.each<[string, Partial<RollbackQuestion>, RegExp]>([
    ['it is not declared, although it is forced', { asked: 'ffffffffffff', force: true }, /it is not declared/],
    ['it was never verified', { asked: B, history: historyOf((ledger) => ledger.run(C, 'passed')) }, /found: +none/],
    [
      'it failed',
      { asked: B, history: historyOf((ledger) => (all(ledger), ledger.run(B, 'failed'))) },
      /never verified in dev[^]*release b+ failed here/,
    ],
  ])('may not be named where %s', (_what, change, message) => {
    expect(() => choose(change)).toThrow(message);
  });
});

describe('the release that a rollback leaves', () => {
  const endpoint = (config: string, pending: string | null = null) =>
    endpointView({
      ...{ status: pending === null ? 'InService' : 'Updating', configName: config, pending },
      ...{ imageDigests: [], lastModifiedAt: 0 },
    });

  it.each<[string, ReturnType<typeof endpoint>, (ledger: TestLedger) => void, string | null]>([
    ['is what serves', endpoint(configOf(C)), all, C],
    ['is what is coming in', endpoint(configOf(B), configOf(C)), (ledger) => ledger.run(B, 'passed'), C],
    ['is what an attempt under way brings', endpoint(configOf(B)), (ledger) => ledger.begin(C), C],
    [
      'is what a rollback under way leaves',
      endpoint(configOf(C), configOf(B)),
      (ledger) => ledger.begin(B, { task: 'rollback', leaves: C }),
      C,
    ],
    ['is none of a config of others', endpoint('experiment-7'), all, null],
  ])('%s', (_what, view, record, release) => {
    const history = historyOf(record);
    expect(releaseToLeave(environment, view, history, minutesAfter(history, 1))).toBe(release);
  });

  it('is what serves once nothing updates the endpoint that could bring another one', () => {
    const history = historyOf((ledger) => ledger.begin(C));
    const leaves = (view: ReturnType<typeof endpoint>, minutes: number): string | null =>
      releaseToLeave(environment, view, history, minutesAfter(history, minutes));
    expect(leaves(endpoint(configOf(B)), 9)).toBe(C);
    expect(leaves(endpoint(configOf(B)), 11)).toBe(B);
    expect(leaves(endpoint(configOf(B), configOf(C)), 290)).toBe(C);
  });

  it('is what the newest attempt brought where a mix of two fleets serves', () => {
    const mixed = { ...endpoint(configOf(B)), status: 'UpdateRollbackFailed' as const };
    expect(
      releaseToLeave(
        environment,
        mixed,
        historyOf((ledger) => ledger.run(C, 'failed')),
        Date.UTC(2026, 0, 1, 1),
      ),
    ).toBe(C);
    expect(isStillWanted(environment, mixed, { leaves: C, target: A })).toBe(true);
  });

  it.each<[string, ReturnType<typeof endpoint>, string | null, boolean]>([
    ['it serves', endpoint(configOf(C)), C, true],
    ['it is coming in', endpoint(configOf(B), configOf(C)), C, true],
    ['its target serves already', endpoint(configOf(A)), C, true],
    ['nothing was to be left', endpoint(configOf(B)), null, true],
    ['another release serves', endpoint(configOf(B)), C, false],
  ])('can be checked when the rollback runs: %s', (_what, view, leaves, isWanted) => {
    expect(isStillWanted(environment, view, { leaves, target: A })).toBe(isWanted);
  });
});
