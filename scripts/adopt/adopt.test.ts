import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PLACEHOLDER_ACCOUNT } from '../../actions/lib/domain/environment/configured.ts';
import { writeSample } from '../../server/sample-model/write-sample.ts';
import { encodeModel, type Graph, type ModelOptions } from '../../server/sample-model/onnx-writer.ts';
import {
  batchMixingGraph,
  externalWeightGraph,
  transposedGraph,
  twoColumnGraph,
} from '../../server/src/testing/small-models.ts';
import { tabularClassifier } from '../../server/src/testing/tabular-classifiers.ts';
import { checkContent } from '../content/check-content.ts';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { writeJsonBelow } from '../testing/write-file.ts';
import { adopt, type AdoptOptions } from './adopt.ts';
import { nextSteps } from './next-steps.ts';
import type { PlannedChanges } from './planned-changes.ts';
import { tryModel, type TriedModel } from './try-model.ts';

// Some start a model, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const classifier = tabularClassifier({
  kind: 'linear',
  labels: 'string',
  input: 'float32',
  classes: 3,
  hasZipMap: false,
});
const ACCOUNT = '210987654321';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'adopt-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** A model that was tried elsewhere. */
const TRIED: TriedModel = {
  file: {
    ...{ warmUpRequests: 0, minimumRequests: 1, concurrency: 1, timeoutSeconds: 60, parity: null },
    limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 0 },
    cases: [{ name: 'one row', request: { contentType: 'application/json', json: [1] }, expect: { status: 200 } }],
  },
  ...{ noise: 0, asked: 1, notes: [], passing: [], tellsTurned: true },
  described: { inputs: [], outputs: [], properties: {} },
};

/** A folder with an empty repository, and what `adopt` said in it. */
async function place(name: string) {
  const root = path.join(folder, name);
  await mkdir(root);
  const said: string[] = [];
  const asked: PlannedChanges[] = [];
  const run = async (options: Partial<AdoptOptions>, { agrees = false, isRight = true } = {}) =>
    await adopt({
      ...{ root, service: 'risk', model: undefined, environments: undefined, region: undefined, rows: undefined },
      ...{ accounts: new Map(), removesSample: false, say: (line: string) => said.push(line) },
      tryModel: async (_, { before }) =>
        await Promise.resolve({ ...TRIED, passing: isRight ? [...before.keys()] : [] }),
      confirm: async (plan) => await Promise.resolve(asked.push(plan) > 0 && agrees),
      ...options,
    });
  const read = async (file: string) => JSON.parse(await readFile(path.join(root, file), 'utf8')) as never;
  return { root, said, asked, run, read };
}

async function writeModel(name: string, graph: Graph, options?: ModelOptions): Promise<string> {
  const file = path.join(folder, `${name}.onnx`);
  await writeFile(file, encodeModel(graph, options));
  return file;
}

describe('adopt', () => {
  it.each([
    { name: 'classifier', graph: classifier.graph, options: classifier.options, batch: true },
    { name: 'text', graph: twoColumnGraph(), batch: true },
    { name: 'transposed', graph: transposedGraph(), batch: true },
    { name: 'mixing', graph: batchMixingGraph('Add'), batch: false },
  ])('drafts cases that pass on the model and fail on a wrong one: $name', async ({ name, graph, options, batch }) => {
    const { root, said, run, read } = await place(`draft-${name}`);
    const model = await writeModel(name, graph, options);
    await run({ model, tryModel, environments: ['only'], accounts: new Map([['only', ACCOUNT]]) });
    const { findings } = await checkContent({ root, startsModels: true });
    expect(findings.filter(({ kind }) => kind === 'error')).toEqual([]);
    const smoke: { cases: { name: string; expect: { outputs?: object } }[] } =
      await read('environments/only/smoke.json');
    expect(smoke.cases.some((each) => each.name === 'a batch keeps its order')).toBe(batch);
    expect(said.join('\n')).toContain('they fail on the same model with turned outputs');
    expect(said.some((line) => line.includes('rows in one request and alone get different answers'))).toBe(!batch);
  });

  it('tells why a model does not start, and names no folder that is gone', async () => {
    const { run } = await place('broken');
    const model = await writeModel('broken', twoColumnGraph(), { operatorSets: { '': 99 } });
    const message = await run({ model, tryModel }).then(String, String);
    expect(message).toMatch(/The model does not start in the server[^]*Opset 99[^]*nothing was written/);
    expect(message).not.toContain('.cache');
  });

  it('writes nothing where a link or a folder is in the way, and follows no link', async () => {
    const { root, run } = await place('in-the-way');
    const model = await writeModel('in-the-way', classifier.graph, classifier.options);
    await mkdir(path.join(root, 'elsewhere'));
    await mkdir(path.join(root, 'environments'));
    await symlink('../elsewhere', path.join(root, 'environments/qa'));
    await expect(run({ model, environments: ['qa'] })).rejects.toThrow(
      /where: {4}environments\/qa\n.*\n {2}found: {4}a link/,
    );
    await rm(path.join(root, 'environments/qa'));
    await mkdir(path.join(root, 'environments/qa/smoke.json'), { recursive: true });
    await expect(run({ model, environments: ['qa'] })).rejects.toThrow(/smoke\.json\n.*\n {2}found: {4}a folder/);
    expect(await readdir(path.join(root, 'elsewhere'))).toEqual([]);
    expect(await readdir(root)).toEqual(['elsewhere', 'environments']);
  });

  it('refuses a name that is too long before it starts the model', async () => {
    const { run } = await place('long');
    const model = await writeModel('long', classifier.graph, classifier.options);
    const tryNone = async () => await Promise.reject(new Error('the model was started'));
    const options = { model, environments: ['dev', 'e'.repeat(60)], tryModel: tryNone };
    await expect(run(options)).rejects.toThrow(/--service and --environments make a name that is too long[^]*e{60}/);
  });

  it('takes names that every object of JavaScript has', async () => {
    const { run } = await place('constructor');
    const model = await writeModel('constructor', classifier.graph, classifier.options);
    const adopted = await run({ model, environments: ['constructor'] });
    expect(adopted?.environments.map(({ name }) => name)).toEqual(['constructor']);
  });

  it('takes the external data of a model with it', async () => {
    const { root, run } = await place('external');
    const model = await writeModel('external', externalWeightGraph());
    await writeFile(path.join(folder, 'weight.bin'), Buffer.from(new Float32Array([2.5]).buffer));
    await run({ model });
    expect(await readFile(path.join(root, 'server/models/risk/weight.bin'))).toHaveLength(4);
  });

  it('drops the signature and the golden cases of another model, and keeps them with their own', async () => {
    const { asked, run, root } = await place('signature');
    const model = await writeModel('one', classifier.graph, classifier.options);
    await run({ model });
    for (const name of ['signature.json', 'golden.json'])
      await writeFile(path.join(root, 'server/models/risk', name), '{}');
    expect((await run({ model }))?.plan.removed).toEqual([]);
    await run({ model: await writeModel('another', twoColumnGraph()) }, { agrees: true });
    expect(asked.at(-1)?.removed).toEqual(['server/models/risk/signature.json', 'server/models/risk/golden.json']);
  });

  it('gives a further environment neither the roles nor the policy file of another one', async () => {
    const { run, root, read } = await place('further');
    const model = await writeModel('further', classifier.graph, classifier.options);
    await run({ model, environments: ['trial'], accounts: new Map([['trial', ACCOUNT]]) });
    const file = 'environments/trial/environment.json';
    const trial: object = await read(file);
    const iam = {
      ...{ rolePath: '/ml/', executionPolicyFile: 'policy.json' },
      ...{ executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/trial-runs`, roles: {} },
    };
    await writeJsonBelow(root, file, { ...trial, iam });
    await run({ environments: ['trial', 'prime'] });
    expect(await read('environments/prime/environment.json')).toMatchObject({ iam: { rolePath: '/ml/' } });
    expect(Object.keys((await read('environments/prime/environment.json'))['iam'])).toEqual(['rolePath']);
  });

  it('tells what an environment loses in another account, and what stays in the one before', async () => {
    const { run, said, root, read } = await place('moves');
    const model = await writeModel('moves', classifier.graph, classifier.options);
    const accounts = new Map([['trial', ACCOUNT]]);
    await run({ model, environments: ['trial', 'prime'], accounts });
    const file = 'environments/trial/environment.json';
    const trial: object = await read(file);
    const own = {
      kmsKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
      iam: { rolePath: '/ml/', executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/trial-runs` },
    };
    await writeJsonBelow(root, file, { ...trial, ...own });
    said.length = 0;
    const other = '333322221111';
    await run({ accounts: new Map(['trial', 'prime'].map((name) => [name, other])) }, { agrees: true });
    expect(await read(file)).toMatchObject({ account: other, kmsKeyArn: null, iam: { rolePath: '/ml/' } });
    expect(said.filter((line) => line.startsWith('note:'))).toEqual([
      expect.stringMatching(/environments\/trial loses kmsKeyArn, iam.executionRoleArn: .* account 210987654321/),
      expect.stringMatching(/what runs for trial in account 210987654321 in us-east-1 stays/),
    ]);
  });

  it('changes nothing when it runs again, keeps smoke cases of a person, and asks before it replaces any', async () => {
    const { root, asked, run, read } = await place('again');
    const model = await writeModel('again', classifier.graph, classifier.options);
    const first = await run({ model, environments: ['trial', 'prime'] });
    expect(first?.environments.map(({ name, account }) => [name, account])).toEqual([
      ['trial', PLACEHOLDER_ACCOUNT],
      ['prime', PLACEHOLDER_ACCOUNT],
    ]);
    const smokeFile = path.join(root, 'environments/trial/smoke.json');
    const smoke: object = await read('environments/trial/smoke.json');
    await writeFile(smokeFile, JSON.stringify({ ...smoke, minimumRequests: 7 }));
    expect((await run({ model }))?.plan).toEqual({ added: [], replaced: [], removed: [] });
    expect(await run({ accounts: new Map([['prime', ACCOUNT]]) })).toBeUndefined();
    expect(asked.map(({ replaced }) => replaced)).toEqual([
      ['environments/prime/environment.json', 'environments/prime/backend.hcl'],
    ]);
    await run({ model: await writeModel('again-other', batchMixingGraph()) }, { agrees: true, isRight: false });
    expect(asked.at(-1)?.replaced).toContain('environments/trial/smoke.json');
  });

  it('adds an environment later, with the settings of the last one before it', async () => {
    const { run, read } = await place('later');
    const model = await writeModel('later', classifier.graph, classifier.options);
    await run({ model, environments: ['trial', 'prime'], accounts: new Map([['prime', ACCOUNT]]) });
    await run({ environments: ['trial', 'load', 'prime'] }, { agrees: true });
    expect(await read('environments/load/environment.json')).toMatchObject({ account: ACCOUNT, promotionOrder: 2 });
    expect(await read('environments/prime/environment.json')).toMatchObject({ promotionOrder: 3 });
    await expect(run({ environments: ['prime'] })).rejects.toThrow('leaves out load, trial');
  });

  it('gives a further environment the smoke cases of the last one, and changes the order of another one alone', async () => {
    const { root, run, read } = await place('order');
    const model = await writeModel('order', classifier.graph, classifier.options);
    await run({ model, environments: ['trial', 'prime'] });
    const smoke = path.join(root, 'environments/prime/smoke.json');
    await writeFile(smoke, (await readFile(smoke, 'utf8')).replace('"one row"', '"a row of ours"'));
    const file = path.join(root, 'environments/prime/environment.json');
    // As a person writes it, without the defaults.
    const { probes, ...own }: Record<string, unknown> = await read('environments/prime/environment.json');
    expect(probes).toBeDefined();
    await writeFile(file, JSON.stringify(own, null, 4));
    await run({ environments: ['trial', 'load', 'prime'] }, { agrees: true });
    expect(await readFile(file, 'utf8')).toBe(JSON.stringify({ ...own, promotionOrder: 3 }, null, 4));
    expect(await readFile(path.join(root, 'environments/load/smoke.json'))).toEqual(await readFile(smoke));
  });

  it('makes new cases from rows that are given, and several from one example', async () => {
    const { root, said, asked, run, read } = await place('rows');
    const model = path.join(folder, 'with-example');
    await mkdir(model);
    await writeFile(path.join(model, 'model.onnx'), encodeModel(classifier.graph, classifier.options));
    const input = classifier.graph.inputs[0]?.name ?? '';
    const row = [1, 2, 3, 4];
    await writeFile(path.join(model, 'signature.json'), JSON.stringify({ example: { [input]: [row] } }));
    await run({ model, tryModel, environments: ['only'], accounts: new Map([['only', ACCOUNT]]) });
    const { cases }: { cases: { expect: { outputs?: object } }[] } = await read('environments/only/smoke.json');
    const answers = cases.flatMap(({ expect: { outputs } }) =>
      outputs === undefined ? [] : [JSON.stringify(outputs)],
    );
    expect(new Set(answers).size).toBeGreaterThan(1);
    expect(said.join('\n')).toContain('rows of your own data tell more');
    const rows = path.join(folder, 'rows.jsonl');
    await writeFile(
      rows,
      `${JSON.stringify({ features: [row] })}\n${JSON.stringify({ features: [row.map((x) => -x)] })}\n`,
    );
    await run({ tryModel, rows }, { agrees: true });
    expect(asked.at(-1)?.replaced).toEqual(['environments/only/smoke.json']);
    expect(await readFile(path.join(root, 'environments/only/smoke.json'), 'utf8')).toContain('rows.jsonl:2');
  });

  it('removes the sample alone, and takes no environment of another service', async () => {
    const { root, asked, run } = await place('sample');
    await writeSampleTeam(root, ['scoring']);
    await writeSample(path.join(root, 'server/models/demo'), { seed: 1 });
    const demo = { ...TEAM_ENVIRONMENTS.trial, service: 'demo', account: PLACEHOLDER_ACCOUNT };
    await writeJsonBelow(root, 'environments/dev/environment.json', demo);
    await writeJsonBelow(root, 'environments/dev/release.json', { live: null, releases: {} });
    const model = await writeModel('sample', classifier.graph, classifier.options);
    await expect(run({ model, environments: ['dev'] })).rejects.toThrow('environments/dev belongs to another service');
    const adopted = await run({ model, environments: ['dev'], removesSample: true }, { agrees: true });
    expect(asked).toHaveLength(1);
    expect(adopted?.plan.removed).toEqual(['server/models/demo', 'environments/dev']);
    expect(adopted?.plan.added).toContain('environments/dev/smoke.json');
  });

  it('prints commands for each account and environment, in order', async () => {
    const { run } = await place('next');
    const model = await writeModel('next', classifier.graph, classifier.options);
    const environments = ['trial', 'prime'];
    const adopted = await run({ model, environments, accounts: new Map([['prime', ACCOUNT]]) });
    const repository = { repository: 'octo-org/models', defaultBranch: 'trunk' };
    const steps = nextSteps('risk', adopted?.environments ?? [], repository);
    const commands = steps.flatMap((step) => step.commands);
    const order = [
      'npm run rehearse -- --only-node',
      'npm run adopt -- --service risk --account trial=ACCOUNT_ID --yes',
      "gh api --method PUT 'repos/octo-org/models/actions/workflows/deploy.yml/enable'",
      `npm run bootstrap -- --account ${ACCOUNT} --service risk --github octo-org/models --branch trunk`,
      'gh pr create --repo octo-org/models --fill',
      'gh workflow run release.yml --repo octo-org/models',
      "gh workflow run rollback.yml --repo octo-org/models -f environment=trial -f reason='to see it work'",
    ].map((command) => commands.indexOf(command));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(commands.join('\n')).not.toMatch(/\bmain\b/);
  });
});
