import { describe, expect, it } from 'vitest';
import { createTestLedger, TEST_LEDGER_ENVIRONMENT, type TestLedger } from '../../testing/test-ledger.ts';
import type { Begun } from '../ledger/fact.ts';
import { NO_HISTORY, readHistory } from '../ledger/history.ts';
import { addRelease } from '../release/edit.ts';
import { findRelease, type Release, type ReleaseFile } from '../release/release.ts';
import { TEST_ORIGIN } from '../../testing/test-ledger.ts';
import { artifactOf, judgeFacts, type KnownEnvironment } from './artifact-facts.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const EMPTY: ReleaseFile = { live: null, releases: {} };

function releaseOf(image: string, model: string | null, logLevel = 'info'): { release: Release; file: ReleaseFile } {
  const spec = {
    image: `registry.example/scoring@${digest(image)}`,
    model: model === null ? null : { uri: `s3://models/sha256-${model}/`, digest: digest(model) },
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: { LOG_LEVEL: logLevel },
    startupTimeoutSeconds: 60,
  };
  const source = { commit: 'c'.repeat(40), createdAt: '2026-01-01T00:00:00Z', promotedFrom: 'dev' };
  const { file, id } = addRelease(EMPTY, spec, source);
  const release = findRelease(file, id);
  if (release === undefined) throw new Error('it was not added');
  return { release, file };
}

const { release, file } = releaseOf('1', 'a');
/** The same artifact in another environment: another release. */
const inDev = releaseOf('1', 'a', 'debug');
const HERE: KnownEnvironment = {
  environment: { service: 'scoring', name: 'prod' },
  history: NO_HISTORY,
  releaseFile: file,
};

/** What the environment before says, where a test records what was deployed there. */
function dev(record: (ledger: TestLedger) => void, releaseFile: ReleaseFile = EMPTY): KnownEnvironment {
  const ledger = createTestLedger();
  record(ledger);
  return { environment: TEST_LEDGER_ENVIRONMENT, history: ledger.history(), releaseFile };
}

const PROVEN = { isAttested: true, text: 'proven' };
const begunOf = ({ spec }: Release, provenance = PROVEN): Partial<Begun> => ({ ...artifactOf(spec), provenance });
const passed =
  (one: Release, change = begunOf(one)) =>
  (ledger: TestLedger) =>
    void ledger.run(one.id, 'passed', change);
const withoutModel = { image: inDev.release.spec.image, provenance: PROVEN };

describe('the artifact of a release', () => {
  it('needs no environment before the first one', () => {
    expect(judgeFacts(release, HERE, undefined)).toEqual({ kind: 'first' });
  });

  it('is verified by a fact of the environment before, whatever release it was there', () => {
    const standing = judgeFacts(release, HERE, dev(passed(inDev.release)));
    expect(standing).toMatchObject({
      kind: 'verified',
      environment: 'dev',
      verification: { attempt: { sequence: 1 } },
    });
  });

  it('is verified by an older fact without a model where the id of the release says the same model', () => {
    const before = dev(passed(inDev.release, withoutModel), inDev.file);
    expect(judgeFacts(release, HERE, before).kind).toBe('verified');
    // Retained no longer: nothing says which model it was.
    expect(judgeFacts(release, HERE, { ...before, releaseFile: EMPTY }).kind).toBe('unverified');
  });

  it('was known here before, which asks no other environment', () => {
    const here = { ...HERE, environment: TEST_LEDGER_ENVIRONMENT, history: dev(passed(release)).history };
    expect(
      judgeFacts(
        release,
        here,
        dev(() => undefined),
      ).kind,
    ).toBe('known');
  });

  it.each<[string, KnownEnvironment, RegExp]>([
    [
      'was never deployed there, whatever release.json says',
      dev(() => undefined),
      /its image was never deployed there/,
    ],
    [
      'ran there with another model',
      dev(passed(releaseOf('1', 'b').release)),
      /its image with this model was never deployed there/,
    ],
    [
      'has no model where another was verified with one',
      dev(passed(releaseOf('1', null).release)),
      /its image with this model was never/,
    ],
    [
      'was deployed there and not verified',
      dev((ledger) => void ledger.run(inDev.release.id, 'none', begunOf(inDev.release))),
      /no deployment of it counts/,
    ],
    [
      'failed there after it had passed',
      dev((ledger) => {
        passed(inDev.release)(ledger);
        ledger.run(inDev.release.id, 'failed', begunOf(inDev.release));
      }),
      /failed here/,
    ],
    [
      'was left by a person who rolled back',
      dev((ledger) => {
        ledger.run('aaaaaaaaaaaa', 'passed');
        passed(inDev.release)(ledger);
        ledger.run('aaaaaaaaaaaa', 'passed', { task: 'rollback', leaves: inDev.release.id, reason: 'wrong answers' });
      }),
      /wrong answers/,
    ],
    [
      'was verified there by a rollback alone',
      dev((ledger) => void ledger.run(inDev.release.id, 'passed', { ...begunOf(inDev.release), task: 'rollback' })),
      /no deployment of it counts/,
    ],
    [
      'was verified before facts were lost',
      (() => {
        const ledger = createTestLedger();
        passed(inDev.release)(ledger);
        ledger.run('aaaaaaaaaaaa', 'passed');
        const history = readHistory(
          ledger.objects.filter(({ sequence }) => sequence !== 3),
          TEST_ORIGIN,
        );
        return { environment: TEST_LEDGER_ENVIRONMENT, history, releaseFile: EMPTY };
      })(),
      /not whole: fact 3 is missing/,
    ],
    [
      'is in facts that were written for another environment',
      (() => {
        const ledger = createTestLedger({ ...TEST_ORIGIN, endpoint: 'scoring-test' });
        passed(inDev.release)(ledger);
        return {
          environment: TEST_LEDGER_ENVIRONMENT,
          history: readHistory(ledger.objects, TEST_ORIGIN),
          releaseFile: EMPTY,
        };
      })(),
      /about another repository, account or endpoint/,
    ],
  ])('is not verified where it %s', (_, before, why) => {
    const standing = judgeFacts(release, HERE, before);
    expect(standing).toMatchObject({ kind: 'unverified', environment: 'dev' });
    expect(standing.kind === 'unverified' ? standing.why : '').toMatch(why);
  });

  it('is not known here by a release whose id is the same and whose image is another', () => {
    const other = { ...begunOf(release), image: `registry.example/scoring@${digest('9')}` };
    const here = { ...HERE, environment: TEST_LEDGER_ENVIRONMENT, history: dev(passed(release, other)).history };
    expect(judgeFacts(release, here, undefined).kind).toBe('first');
  });
});
