import { expect, it } from 'vitest';
import { parseEnvironmentFile } from '../lib/domain/environment/environment.ts';
import type { FactObject } from '../lib/domain/ledger/fact.ts';
import { readHistory } from '../lib/domain/ledger/history.ts';
import { releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../lib/domain/release/release.ts';
import { releaseSettingsOf } from '../lib/domain/release/settings.ts';
import { evidenceOf } from '../lib/testing/image-evidence.ts';
import { createTestLedger, TEST_ORIGIN, type TestLedger } from '../lib/testing/test-ledger.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';
import { runPromoteRelease } from './run.ts';

const imageOf = (digit: number): string => `registry.example/onnx-inference@sha256:${String(digit).repeat(64)}`;

function specOf(digit: number): ReleaseSpec {
  const runs = { instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 };
  const spec = { image: imageOf(digit), model: null, ...runs };
  // The proposed one is made under the settings of the environment; the others are older entries.
  return digit === 9 ? { ...spec, settings: releaseSettingsOf(VALID_ENVIRONMENT) } : spec;
}

const idOf = (digit: number): string => releaseIdOf(specOf(digit));

/** A release file with the releases 1 to `count`, made one a day. */
function fileOf(count: number, live: number): ReleaseFile {
  const entries = Array.from({ length: count }, (_, index) => {
    const createdAt = `2026-01-0${String(index + 1)}T00:00:00Z`;
    const source = { commit: String(index + 1).repeat(40), createdAt, promotedFrom: null };
    return [idOf(index + 1), { spec: specOf(index + 1), source }] as const;
  });
  return { live: idOf(live), releases: Object.fromEntries(entries) };
}

/** The facts of an environment that a test records. */
function ledgerOf(record: (ledger: TestLedger) => void): readonly FactObject[] {
  const ledger = createTestLedger();
  record(ledger);
  return ledger.objects;
}

/** The releases that are left, by their digits, after image 9 is proposed to an environment that retains some. */
async function leftAfterPromotion(
  retainReleases: number,
  file: ReleaseFile,
  facts: readonly FactObject[],
): Promise<{ readonly left: readonly number[]; readonly body: string }> {
  const environment = parseEnvironmentFile('dev', {
    path: 'environments/dev/environment.json',
    text: JSON.stringify({ ...VALID_ENVIRONMENT, retainReleases }),
  });
  let [written, body] = ['', ''];
  const pull = { number: 1, branch: 'b', title: 't', body: '', url: 'https://github.example/1', isByActions: false };
  await runPromoteRelease(
    {
      artifact: {
        ...{ kind: 'image', service: undefined, image: imageOf(9), commit: '9'.repeat(40), model: undefined },
        evidence: evidenceOf(imageOf(9)),
      },
      reviewDirectory: undefined,
      baseBranch: 'main',
      workingDirectory: '.',
      githubToken: '',
    },
    {
      environments: () => Promise.resolve({ environments: [environment], broken: [] }),
      ledgerOf: () => Promise.resolve({ read: () => Promise.resolve(readHistory(facts, TEST_ORIGIN)) }),
      reviews: () => Promise.resolve([]),
      pulls: {
        readBase: () => Promise.resolve({ commit: 'b'.repeat(40), text: JSON.stringify(file) }),
        listOpen: () => Promise.resolve([]),
        writeBranch: ({ text }) => {
          written = text;
          return Promise.resolve();
        },
        create: (_branch, _title, text) => {
          body = text;
          return Promise.resolve(pull);
        },
        update: () => Promise.resolve(),
        close: () => Promise.resolve(),
        isAfter: () => Promise.resolve(false),
      },
      clock: { now: () => Date.parse('2026-01-10T00:00:00Z'), sleep: () => Promise.resolve() },
      reporter: { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined },
      repositoryUrl: 'https://github.example/acme/models',
    },
  );
  const kept = (JSON.parse(written) as ReleaseFile).releases;
  return { left: [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((digit) => Object.hasOwn(kept, idOf(digit))), body };
}

it('keeps the newest releases, the proposed one among them, and names what goes', async () => {
  const facts = ledgerOf((ledger) => void ledger.run(idOf(6), 'passed'));
  const { left, body } = await leftAfterPromotion(3, fileOf(6, 6), facts);
  expect(left).toEqual([5, 6, 9]);
  for (const dropped of [1, 2, 3, 4]) expect(body).toContain(idOf(dropped));
});

it('keeps the live release and the last verified one, however old', async () => {
  const facts = ledgerOf((ledger) => {
    ledger.run(idOf(1), 'passed');
    ledger.run(idOf(2), 'passed');
    ledger.run(idOf(5), 'failed');
  });
  expect((await leftAfterPromotion(2, fileOf(6, 1), facts)).left).toEqual([1, 2, 6, 9]);
});

it('keeps where a rollback from the last verified release goes, however many failed since', async () => {
  const facts = ledgerOf((ledger) => {
    for (const digit of [1, 2]) ledger.run(idOf(digit), 'passed');
    for (const digit of [3, 4, 5, 6]) ledger.run(idOf(digit), 'failed');
  });
  expect((await leftAfterPromotion(5, fileOf(6, 6), facts)).left).toEqual([1, 2, 3, 4, 5, 6, 9]);
});

it('keeps what is verified still, where the newest release that passed was rolled back from', async () => {
  const facts = ledgerOf((ledger) => {
    ledger.run(idOf(1), 'passed');
    ledger.run(idOf(2), 'passed');
    ledger.run(idOf(1), 'passed', { task: 'rollback', leaves: idOf(2) });
  });
  expect((await leftAfterPromotion(2, fileOf(5, 5), facts)).left).toEqual([1, 5, 9]);
});

it('keeps no release for an attempt that never succeeded', async () => {
  const facts = ledgerOf((ledger) => {
    ledger.run(idOf(1), 'failed');
    ledger.run(idOf(2), 'none');
    ledger.begin(idOf(3));
  });
  expect((await leftAfterPromotion(2, fileOf(5, 5), facts)).left).toEqual([5, 9]);
});

it('keeps no release for what passed before the ledger was damaged', async () => {
  const facts = ledgerOf((ledger) => {
    ledger.run(idOf(1), 'passed');
    ledger.run(idOf(2), 'none');
    ledger.run(idOf(3), 'none');
  });
  const damaged = facts.filter(({ sequence }) => sequence !== 3);
  expect((await leftAfterPromotion(2, fileOf(5, 5), facts)).left).toEqual([1, 5, 9]);
  expect((await leftAfterPromotion(2, fileOf(5, 5), damaged)).left).toEqual([5, 9]);
});

it('drops nothing while there are few enough', async () => {
  expect((await leftAfterPromotion(5, fileOf(4, 4), [])).left).toEqual([1, 2, 3, 4, 9]);
});
