import { createHash } from 'node:crypto';
import { artifactOf, type BoardSource, type ListedRelease } from '../domain/board/source.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { endpointConfigName } from '../domain/environment/names.ts';
import { encodeFact, factPlaceOf, type FactContent, type FactObject } from '../domain/ledger/fact.ts';
import { readHistory } from '../domain/ledger/history.ts';
import { VALID_ENVIRONMENT } from './valid-environment.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NAMES = ['dev', 'staging', 'production'] as const;
/** When the year ends, in milliseconds since the Unix epoch. */
export const YEAR_END = Date.UTC(2026, 11, 31);

/** What the simulation did to production, counted while it did it. */
interface YearCounts {
  deliveries: number;
  failures: number;
  rollbacks: number;
  promoted: number;
  firstDelivery: number;
  readonly leadTimes: number[];
  readonly restoreTimes: number[];
}

/** A year of releases in three environments, on the clock of the simulation. */
export interface SimulatedYear {
  readonly sources: readonly BoardSource[];
  readonly counts: YearCounts;
}

/**
 * Plays a year: each release goes from dev to production. Every 17th fails in dev, every 25th of the others in production;
 * rollbacks by hand leave releases of production that were promoted, at even distances.
 */
export function simulateYear(releases: number, rollbacks: number): SimulatedYear {
  const counts: YearCounts = {
    ...{ deliveries: 0, failures: 0, rollbacks: 0, promoted: 0, firstDelivery: 0, leadTimes: [], restoreTimes: [] },
  };
  const environments = NAMES.map((name, index) => createSimulatedEnvironment(name, index + 1));
  const [dev, staging, production] = environments;
  if (dev === undefined || staging === undefined || production === undefined) throw new Error('there are three');
  const rollbackEvery = Math.floor(releases / (rollbacks + 1));
  for (let number = 1; number <= releases; number += 1) {
    const built = YEAR_END - 364 * DAY + Math.floor((number - 1) * ((363 * DAY) / releases));
    if (number % 17 === 0) {
      dev.fail(number, built, built + 12 * MINUTE);
      continue;
    }
    dev.promote(number, built, built + 12 * MINUTE);
    staging.promote(number, built, built + HOUR + (number % 7) * MINUTE);
    const at = built + (2 + (number % 5)) * HOUR;
    counts.deliveries += 1;
    if (number % 25 === 0) {
      const { bad, ended } = production.fail(number, built, at);
      if (counts.firstDelivery === 0) counts.firstDelivery = ended;
      counts.failures += 1;
      counts.restoreTimes.push(ended - bad);
      continue;
    }
    const before = production.serving();
    const ended = production.promote(number, built, at);
    counts.promoted += 1;
    if (counts.firstDelivery === 0) counts.firstDelivery = ended;
    counts.leadTimes.push(ended - built);
    if (counts.rollbacks < rollbacks && number >= (counts.rollbacks + 1) * rollbackEvery) {
      counts.rollbacks += 1;
      counts.failures += 1;
      const begun = ended + HOUR;
      counts.restoreTimes.push(production.rollBack(number, before, begun) - begun);
    }
  }
  return { counts, sources: environments.map(({ source }) => source()) };
}

function createSimulatedEnvironment(name: (typeof NAMES)[number], promotionOrder: number) {
  const environment: Environment = { ...VALID_ENVIRONMENT, name, promotionOrder };
  const place = factPlaceOf(environment, '1');
  const objects: FactObject[] = [];
  const listed = new Map<string, ListedRelease>();
  let serving = '0'.repeat(12);
  const idOf = (number: number): string => hex(`${name} ${String(number)}`).slice(0, 12);
  const imageOf = (release: string, number: number): string =>
    `registry.example/scoring@sha256:${number === 0 ? release.padEnd(64, '0') : hex(`image ${String(number)}`)}`;
  const append = (at: number, run: number, content: FactContent): number => {
    const origin = {
      ...place,
      commit: hex(`merge ${name} ${String(run)}`).slice(0, 40),
      run: { id: run, attempt: 1, url: `https://github.example/acme/models/actions/runs/${String(run)}` },
    };
    const sign = { id: `fact-${String(objects.length)}`, at: new Date(at).toISOString(), origin };
    const fact = encodeFact(content, { ...sign, after: objects.at(-1) });
    objects.push(fact);
    return fact.sequence;
  };
  const begin = (at: number, run: number, release: string, image: string, leaves: string | null): number =>
    append(at, run, {
      ...{ kind: 'begun', task: leaves === null ? 'deploy' : 'rollback', release, image },
      ...{ servedBefore: endpointConfigName(environment, serving), previousRelease: serving, leaves },
      ...{ accepts: [], acceptsServing: null, reason: leaves === null ? null : 'callers complain of wrong answers' },
    });
  const end = (at: number, run: number, attempt: number, verdict: 'passed' | 'failed'): void => {
    const promoted = verdict === 'passed';
    append(at, run, {
      ...{ kind: 'ended', attempt, outcome: promoted ? 'promoted' : 'rolled-back', verdict },
      cause: promoted ? 'verified' : 'case "one": [0] is 0.42, expected 0.9',
      serves: endpointConfigName(environment, serving),
      evidence: { requests: 500, p50Milliseconds: 3, p99Milliseconds: 9, parity: 'equal to the release before' },
    });
  };
  const list = (number: number, built: number): string => {
    const release = idOf(number);
    const commit = hex(`commit ${String(number)}`).slice(0, 40);
    const createdAt = new Date(built + promotionOrder * MINUTE - MINUTE).toISOString();
    listed.set(release, { artifact: artifactOf(imageOf(release, number), undefined), commit, createdAt });
    return release;
  };
  return {
    serving: () => serving,
    promote: (number: number, built: number, at: number): number => {
      const release = list(number, built);
      const attempt = begin(at, number, release, imageOf(release, number), null);
      append(at + 10_000, number, { kind: 'step', attempt, phase: 'updating', cause: 'accepted' });
      serving = release;
      end(at + 20 * MINUTE, number, attempt, 'passed');
      return at + 20 * MINUTE;
    },
    fail: (number: number, built: number, at: number) => {
      const release = list(number, built);
      const attempt = begin(at, number, release, imageOf(release, number), null);
      append(at + 10_000, number, { kind: 'step', attempt, phase: 'updating', cause: 'accepted' });
      const bad = at + 5 * MINUTE;
      append(bad, number, { kind: 'step', attempt, phase: 'rolling-back', cause: 'green answered wrongly' });
      const ended = bad + (1 + (number % 3)) * MINUTE;
      end(ended, number, attempt, 'failed');
      return { bad, ended };
    },
    rollBack: (number: number, to: string, at: number): number => {
      const attempt = begin(at, number + 10_000, to, imageOf(to, 0), idOf(number));
      serving = to;
      const ended = at + (4 + (number % 4)) * MINUTE;
      end(ended, number + 10_000, attempt, 'passed');
      return ended;
    },
    source: (): BoardSource => ({
      environment,
      releaseFile: { live: serving, releases: {} },
      listed,
      ledger: { kind: 'read', history: readHistory(objects, place) },
      proposals: [],
      driftIssue: null,
    }),
  };
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
