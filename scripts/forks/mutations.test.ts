import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listEnvironments, readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { parseSmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { readContent, writeContent, type Content } from './content.ts';
import { MUTATIONS } from './mutations.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'mutated-'));
  await mkdir(path.join(root, 'environments'));
  await writeSampleTeam(root);
});

afterEach(async () => await rm(root, { recursive: true }));

const SCORING = ['trial', 'preview', 'prime'].map((name) => `scoring ${name} 210987654321 eu-west-1`);
const LABELLING = ['label-trial', 'label-prime'].map((name) => `labelling ${name} 321098765432 eu-west-1`);
const moved = (region: string): readonly string[] =>
  [...LABELLING, ...SCORING].map((line) =>
    line.replace('210987654321', '543210987654').replace('321098765432', '654321098765').replace('eu-west-1', region),
  );

/** The environments of each service, in promotion order, after each mutation of the sample team. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'account-and-region': moved('ap-southeast-2'),
  'us-gov': moved('us-gov-west-1'),
  china: moved('cn-north-1'),
  'two-accounts': [
    'labelling label-trial 321098765432 eu-west-1',
    'labelling label-prime 654321098765 eu-west-1',
    'scoring trial 210987654321 eu-west-1',
    'scoring preview 210987654321 eu-west-1',
    'scoring prime 543210987654 eu-west-1',
  ],
  'service-name': [...SCORING.map((line) => line.replace('scoring', 'fraud-scores')), ...LABELLING],
  'environment-removed': [...LABELLING, ...SCORING.filter((line) => !line.includes('preview'))],
  'environment-renamed': [...LABELLING, ...SCORING.map((line) => line.replace('preview', 'qa'))],
  'two-more-environments': [
    ...LABELLING,
    ...SCORING,
    'scoring load 210987654321 eu-west-1',
    'scoring recovery 210987654321 eu-west-1',
  ],
  'one-environment': ['scoring trial 210987654321 eu-west-1'],
  classifier: ['ticket-router lab 543210987654 us-east-2', 'ticket-router live 543210987654 us-east-2'],
  'second-service': [
    'churn churn-trial 210987654321 eu-west-1',
    'churn churn-live 210987654321 eu-west-1',
    ...LABELLING,
    ...SCORING,
  ],
  releases: [...LABELLING, ...SCORING],
  notes: [...LABELLING, ...SCORING],
};

describe('a fork', () => {
  it.each(MUTATIONS)('with $summary has content that the parsers accept, and nothing else', async (mutation) => {
    const before = await readContent(root);
    const changed = mutation.apply(before);
    await writeContent(root, changed);
    const written = await readContent(root);
    expect(written).toEqual(changed);
    expect(written).not.toEqual(before);
    expect(listOf(written)).toEqual(EXPECTED[mutation.name]);
    for (const name of await listEnvironments(root)) {
      const { environment } = await readEnvironmentFolder(root, name);
      const smoke = environment.smoke.cases;
      const text = Buffer.from(written.environments[name]?.others[smoke] ?? []).toString('utf8');
      expect(() => parseSmokeFile({ path: smoke, text })).not.toThrow();
    }
    const services = new Set(Object.values(written.environments).map(({ file }) => file.service));
    expect(new Set(Object.keys(written.models))).toEqual(services);
  });

  it('keeps its own releases, with the second of several live', async () => {
    const { environments } = MUTATIONS.find(({ name }) => name === 'releases')?.apply(await readContent(root)) ?? {};
    const { live, releases } = environments?.['prime']?.releases ?? { live: null, releases: {} };
    expect(Object.keys(releases).indexOf(live ?? '')).toBe(1);
    expect(Object.values(releases).map(({ spec, source }) => [spec.model, source.promotedFrom])).toEqual(
      [1, 2, 3].map(() => [null, 'preview']),
    );
    expect(releases[live ?? '']?.spec.image).toMatch(
      /^210987654321\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/scoring@sha256:[0-9a-f]{64}$/,
    );
  });
});

function listOf({ environments }: Content): readonly string[] {
  return Object.entries(environments)
    .sort(
      ([, { file: a }], [, { file: b }]) => a.service.localeCompare(b.service) || a.promotionOrder - b.promotionOrder,
    )
    .map(([name, { file }]) => `${file.service} ${name} ${file.account} ${file.region}`);
}
