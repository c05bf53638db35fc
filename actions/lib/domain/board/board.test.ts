import { expect, it } from 'vitest';
import { createTestLedger, TEST_LEDGER_ENVIRONMENT, type TestLedger } from '../../testing/test-ledger.ts';
import { simulateYear, YEAR_END } from '../../testing/simulated-year.ts';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { PLACEHOLDER_ACCOUNT } from '../environment/configured.ts';
import { makeBoard, publishedSources, withoutReasons } from './board.ts';
import { renderBoard } from './page.ts';
import { readListed, type BoardSource } from './source.ts';

const [A, B, C] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'];
const REPOSITORY = { repositoryUrl: 'https://github.example/acme/models', now: Date.UTC(2026, 0, 1, 1) };

function sourceOf(ledger: TestLedger, live: string | null, change: Partial<BoardSource> = {}): BoardSource {
  return {
    environment: { ...VALID_ENVIRONMENT, ...TEST_LEDGER_ENVIRONMENT },
    releaseFile: { live, releases: {} },
    listed: new Map(),
    ledger: { kind: 'read', history: ledger.history() },
    proposals: [],
    driftIssue: null,
    ...change,
  };
}

const cardOf = (source: BoardSource) => makeBoard([source], REPOSITORY).services[0]?.environments[0];
const kindsOf = (source: BoardSource) => cardOf(source)?.states.map(({ kind }) => kind);

it('counts in a simulated year of 400 releases and 12 rollbacks what the simulation counted, quickly and in under 1 MB', () => {
  const { sources, counts } = simulateYear(400, 12);
  const started = performance.now();
  const board = makeBoard(sources, { ...REPOSITORY, now: YEAR_END });
  const page = renderBoard(board);
  expect(performance.now() - started).toBeLessThan(5000);
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  const [service] = board.services;
  const median = (values: readonly number[]): number | undefined =>
    values.toSorted((a, b) => a - b)[Math.ceil(values.length / 2) - 1];
  expect(counts.rollbacks).toBe(12);
  expect(service?.figures).toMatchObject({
    environment: 'production',
    of: {
      deliveries: counts.deliveries,
      failures: counts.failures,
      failureShare: counts.failures / counts.deliveries,
      perWeek: counts.promoted / ((YEAR_END - counts.firstDelivery) / (7 * 24 * 60 * 60_000)),
      leadTime: median(counts.leadTimes),
      timeToRestore: median(counts.restoreTimes),
    },
  });
  // And one before the year, which the first rollback may go to.
  expect(service?.stories.length).toBe(400);
  expect(service?.environments.map(({ serves }) => serves?.standing)).toEqual(['verified', 'verified', 'verified']);
});

it('counts what is older than the window in no figure', () => {
  const { sources } = simulateYear(40, 2);
  const later = { ...REPOSITORY, now: YEAR_END + 366 * 24 * 60 * 60_000 };
  expect(makeBoard(sources, later).services[0]?.figures?.of).toMatchObject({
    ...{ deliveries: 0, failures: 0, failureShare: null, perWeek: 0, leadTime: null, timeToRestore: null, weeks: [] },
  });
});

it('says since when a release serves: a check of it anew changes nothing', () => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  const since = cardOf(sourceOf(ledger, B))?.serves?.since;
  ledger.run(B, 'passed');
  expect(cardOf(sourceOf(ledger, B))?.serves).toMatchObject({ name: B, since, standing: 'verified' });
});

it.each([
  { what: 'nothing where Git and the ledger agree', live: B, play: () => undefined, kinds: [] },
  { what: 'what is merged and not begun', live: C, play: () => undefined, kinds: ['waiting'] },
  {
    what: 'a release that failed here and that Git still names',
    live: C,
    play: (ledger: TestLedger) => void ledger.run(C, 'failed'),
    kinds: ['held'],
  },
  {
    what: 'an attempt without an end',
    live: C,
    play: (ledger: TestLedger) => void ledger.begin(C),
    kinds: ['under-way'],
  },
  {
    what: 'a release that a rollback left',
    live: B,
    play: (ledger: TestLedger) => void ledger.run(A, 'passed', { task: 'rollback', leaves: B, reason: 'slow' }),
    kinds: ['held'],
  },
])('shows $what', ({ live, play, kinds }) => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  play(ledger);
  expect(kindsOf(sourceOf(ledger, live))).toEqual(kinds);
});

it('shows an attempt whose run can no longer be there', () => {
  const ledger = createTestLedger();
  ledger.begin(A);
  const source = sourceOf(ledger, A);
  const later = { ...REPOSITORY, now: Date.UTC(2026, 0, 2) };
  const states = [REPOSITORY, later].map((about) => makeBoard([source], about).services[0]?.environments[0]?.states);
  expect(states.flat().map((state) => state?.kind)).toEqual(['under-way', 'interrupted']);
});

it('shows what is open on GitHub, what is not set up, and a ledger that is not known', () => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  const page = { number: 7, url: 'https://github.example/acme/models/pull/7' };
  const open = sourceOf(ledger, A, {
    proposals: [{ kind: 'promotion', release: B, ...page }],
    driftIssue: { number: 8, url: 'https://github.example/acme/models/issues/8' },
  });
  expect(kindsOf(open)).toEqual(['proposed', 'drifting']);
  expect(kindsOf({ ...open, ledger: { kind: 'unknown', reason: 'AccessDenied' } })).toEqual([
    ...['unknown', 'proposed', 'drifting'],
  ]);
  const environment = { ...open.environment, account: PLACEHOLDER_ACCOUNT };
  expect(kindsOf({ ...open, environment })).toEqual(['not-set-up']);
});

it('shows an environment whose files are broken in its place, and no figures of a chain that it may end', () => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  const source = sourceOf(ledger, A);
  const { service, promotionOrder } = source.environment;
  const error = new Error('environments/prime/environment.json is not JSON <b>');
  const [broken, alone] = [
    { name: 'prime', service, promotionOrder: promotionOrder + 1, error },
    { name: 'other', service: 'zz-other', promotionOrder: Infinity, error },
  ];
  const board = makeBoard([source], REPOSITORY, [alone, broken]);
  expect(
    board.services.map(({ environments }) => environments.map(({ name, states }) => [name, states[0]?.kind])),
  ).toEqual([
    [
      [source.environment.name, undefined],
      ['prime', 'unreadable'],
    ],
    [['other', 'unreadable']],
  ]);
  expect(makeBoard([source], REPOSITORY).services[0]?.figures).not.toBeNull();
  expect(board.services[0]?.figures).toBeNull();
  expect(renderBoard(board)).toContain('is not JSON &lt;b&gt;');
});

it('tells the story of an artifact through a rollback, and lets no text become markup or a link', () => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  ledger.run(A, 'passed', { task: 'rollback', leaves: B, reason: '<script>alert(1)</script>' });
  const board = makeBoard([sourceOf(ledger, A)], { ...REPOSITORY, repositoryUrl: 'javascript:alert(2)' });
  const stories = board.services[0]?.stories.map(({ environments }) => environments[0]?.steps.map(({ what }) => what));
  expect(stories).toContainEqual(['promoted', 'left']);
  expect(stories).toContainEqual(['promoted', 'rolled-back-to']);
  const page = renderBoard(board);
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).not.toMatch(/<script|href="javascript:/);
  expect(page).not.toMatch(/\b(?:src|srcset)=|url\(|@import/);
});

it('publishes the environments that say so, without causes and reasons', () => {
  const ledger = createTestLedger();
  ledger.run(A, 'passed');
  ledger.run(B, 'passed');
  ledger.run(A, 'passed', { task: 'rollback', leaves: B, reason: 'a secret reason' });
  const source = sourceOf(ledger, A);
  expect(publishedSources([source])).toEqual([]);
  const published = publishedSources([
    source,
    { ...source, environment: { ...source.environment, publishBoard: true } },
  ]);
  expect(published).toHaveLength(1);
  const board = makeBoard(published, REPOSITORY);
  expect(renderBoard(board)).toContain('a secret reason');
  expect(renderBoard(withoutReasons(board))).not.toContain('a secret reason');
});

it('reads what older versions of a release.json listed', () => {
  const entry = (image: string) => ({ spec: { image, other: 1 }, source: { commit: 'c', createdAt: 'now' } });
  const texts = [{ releases: { [B]: entry('r@sha256:2') } }, { releases: { [A]: entry('r@sha256:1') } }, { live: 1 }];
  const listed = readListed([...texts.map((value) => JSON.stringify(value)), 'no JSON']);
  expect([...listed]).toEqual([
    [B, { artifact: 'sha256:2', commit: 'c', createdAt: 'now' }],
    [A, { artifact: 'sha256:1', commit: 'c', createdAt: 'now' }],
  ]);
});
