import { endpointConfigName, type NamedEnvironment } from '../domain/environment/names.ts';
import {
  encodeFact,
  type AttemptVerdict,
  type Begun,
  type Ended,
  type FactContent,
  type FactObject,
  type FactOrigin,
  type Step,
} from '../domain/ledger/fact.ts';
import { readHistory, type History } from '../domain/ledger/history.ts';

/** The environment of a test's ledger. */
export const TEST_LEDGER_ENVIRONMENT: NamedEnvironment = { service: 'scoring', name: 'dev' };

/** Where the facts of a test come from. */
export const TEST_ORIGIN: FactOrigin = {
  repository: '1',
  account: '210987654321',
  region: 'eu-west-1',
  endpoint: 'scoring-dev',
  commit: 'c'.repeat(40),
  run: { id: 1, attempt: 1, url: 'https://github.example/acme/models/actions/runs/1' },
};

const OUTCOMES = { passed: 'promoted', failed: 'rolled-back', none: 'inconclusive' } as const;

/** The facts of an environment in memory. It knows which endpoint config serves, so that a test names only exceptions. */
export interface TestLedger {
  readonly objects: readonly FactObject[];
  /** Adds any fact and gives its sequence number. */
  append(content: FactContent): number;
  /** Begins an attempt, a deployment by default, and gives its sequence number. */
  begin(release: string, change?: Partial<Begun>): number;
  step(attempt: number, phase: Step['phase']): void;
  /** Ends an attempt. By default a release that passed serves, and after any other end the config from before. */
  end(attempt: number, verdict: AttemptVerdict, change?: Partial<Ended>): void;
  /** Begins an attempt and ends it. */
  run(release: string, verdict: AttemptVerdict, change?: Partial<Begun>): number;
  history(): History;
}

/** An empty ledger of the environment of the tests. */
export function createTestLedger(origin: FactOrigin = TEST_ORIGIN): TestLedger {
  const objects: FactObject[] = [];
  const begun = new Map<number, Begun>();
  const configOf = (release: string): string => endpointConfigName(TEST_LEDGER_ENVIRONMENT, release);
  let serves = configOf('000000000000');
  const ledger: TestLedger = {
    objects,
    append: (content) => {
      const at = new Date(Date.UTC(2026, 0, 1, 0, objects.length)).toISOString();
      const fact = encodeFact(content, { id: `fact-${objects.length + 1}`, at, origin, after: objects.at(-1) });
      objects.push(fact);
      if (content.kind === 'begun') begun.set(fact.sequence, content);
      return fact.sequence;
    },
    begin: (release, change = {}) =>
      ledger.append({
        kind: 'begun',
        task: 'deploy',
        release,
        image: `registry.example/scoring@sha256:${release}`,
        servedBefore: serves,
        previousRelease: serves.slice(-release.length),
        leaves: null,
        accepts: [],
        acceptsServing: null,
        reason: null,
        ...change,
      }),
    step: (attempt, phase) => void ledger.append({ kind: 'step', attempt, phase, cause: `step ${phase}` }),
    end: (attempt, verdict, change = {}) => {
      if (verdict === 'passed') serves = configOf(begun.get(attempt)?.release ?? '');
      serves = change.serves ?? serves;
      const outcome = OUTCOMES[verdict];
      const cause = `ended as ${outcome}`;
      ledger.append({ kind: 'ended', attempt, outcome, cause, verdict, serves, evidence: null, ...change });
    },
    run: (release, verdict, change) => {
      const attempt = ledger.begin(release, change);
      ledger.end(attempt, verdict);
      return attempt;
    },
    history: () => readHistory(objects, origin),
  };
  return ledger;
}
