import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderUserError } from '../../actions/lib/domain/errors/user-error.ts';
import { addRelease, renderReleaseFile } from '../../actions/lib/domain/release/edit.ts';
import { checkContent } from '../content/check-content.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';

/** A way to break the sample team's content. */
interface Breakage {
  readonly name: string;
  /** The file or folder that the error names. */
  readonly at: string;
  readonly break: (root: string) => Promise<void>;
}

const TRIAL = 'environments/trial';
const MODEL = 'server/models/scoring';
// What only the program's own libraries would say.
const JARGON =
  /zod|Zod|invalid_|Invalid input|ENOENT|EISDIR|SyntaxError|TypeError|at position|ERR_|undefined|\[object|NaN/;

const environment = (name: string, from: string, to: string): Breakage => ({
  name,
  at: `${TRIAL}/environment.json`,
  break: replace(`${TRIAL}/environment.json`, from, to),
});
const smoke = (name: string, from: string, to: string): Breakage => ({
  name,
  at: `${TRIAL}/smoke.json`,
  break: replace(`${TRIAL}/smoke.json`, from, to),
});

/** Found without starting a model. */
const WRITTEN: readonly Breakage[] = [
  environment('environment.json lacks a comma', '"region": "eu-west-1",', '"region": "eu-west-1"'),
  { name: 'release.json ends early', at: `${TRIAL}/release.json`, break: truncate(`${TRIAL}/release.json`, 60) },
  smoke('smoke.json has a comma too many', '"concurrency": 4,', '"concurrency": 4,,'),
  environment('environment.json has an unknown key', '"region":', '"owner": "the scoring team",\n  "region":'),
  environment('a yes or no is a text', '"networkIsolation": false', '"networkIsolation": "no"'),
  environment('an account id is a number', '"account": "210987654321"', '"account": 210987654321'),
  environment('an account id has 11 digits', '"account": "210987654321"', '"account": "21098765432"'),
  environment('a region is mistyped', '"region": "eu-west-1"', '"region": "eu-west1"'),
  environment('a file of smoke cases is named that is not there', '"smoke.json"', '"smoke-cases.json"'),
  {
    name: 'another account without npm run generate',
    at: `${TRIAL}/backend.hcl`,
    break: replace(`${TRIAL}/environment.json`, '"account": "210987654321"', '"account": "210987654322"'),
  },
  {
    name: 'two environments of a service have the same place',
    at: `${TRIAL}/environment.json`,
    break: replace('environments/preview/environment.json', '"promotionOrder": 2', '"promotionOrder": 1'),
  },
  {
    name: 'a release is edited in place',
    at: `${TRIAL}/release.json`,
    break: async (root) => {
      await writeRelease(root, 'scoring');
      await replace(`${TRIAL}/release.json`, '"instanceCount": 2', '"instanceCount": 3')(root);
    },
  },
  {
    name: 'the live release is not among the releases',
    at: `${TRIAL}/release.json`,
    break: replace(`${TRIAL}/release.json`, '"live": null', '"live": "0123456789ab"'),
  },
  {
    name: 'the live image is that of another service',
    at: `${TRIAL}/release.json`,
    break: async (root) => await writeRelease(root, 'labelling'),
  },
  {
    name: 'a smoke test has no cases',
    at: `${TRIAL}/smoke.json`,
    break: editJson(`${TRIAL}/smoke.json`, (file) => ({ ...file, cases: [] })),
  },
  smoke('two smoke cases have the same name', '"a short row is refused"', '"an ordinary row"'),
  {
    name: 'a model folder has no model.onnx',
    at: MODEL,
    break: async (root) => await rm(path.join(root, MODEL, 'model.onnx')),
  },
  {
    name: 'a service has no model folder',
    at: MODEL,
    break: async (root) => await rm(path.join(root, MODEL), { recursive: true }),
  },
  {
    name: 'a model folder belongs to no service',
    at: 'server/models/scorign',
    break: async (root) =>
      await cp(path.join(root, MODEL), path.join(root, 'server/models/scorign'), { recursive: true }),
  },
  {
    name: 'a model is a pointer of Git LFS',
    at: `${MODEL}/model.onnx`,
    break: async (root) =>
      await writeFile(
        path.join(root, MODEL, 'model.onnx'),
        `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 305\n`,
      ),
  },
  { name: 'main.tf is edited', at: `${TRIAL}/main.tf`, break: append(`${TRIAL}/main.tf`, '# Ours.\n') },
  { name: 'backend.hcl is edited', at: `${TRIAL}/backend.hcl`, break: append(`${TRIAL}/backend.hcl`, '# Ours.\n') },
  {
    name: 'an environment has a Terraform file of its own',
    at: `${TRIAL}/alarms.tf`,
    break: async (root) => await writeFile(path.join(root, TRIAL, 'alarms.tf'), ''),
  },
  {
    name: 'a folder has no environment.json',
    at: TRIAL,
    break: async (root) =>
      await rename(path.join(root, TRIAL, 'environment.json'), path.join(root, TRIAL, 'enviroment.json')),
  },
];

/** Found by asking the model. */
const ASKED: readonly Breakage[] = [
  smoke('a smoke case expects the wrong value', '4.8', '5.8'),
  smoke('a smoke case expects an output that the answer lacks', '"prediction"', '"score"'),
  { name: 'a model is cut short', at: MODEL, break: truncate(`${MODEL}/model.onnx`, 200) },
  {
    name: 'a golden case expects the wrong value',
    at: `${MODEL}/golden.json`,
    break: editJson(`${MODEL}/golden.json`, ({ cases, ...file }) => ({
      ...file,
      cases: (Array.isArray(cases) ? cases : []).map((each: object, index) =>
        index > 0 ? each : { ...each, expect: { status: 200, outputs: { prediction: { value: [7], absolute: 0.5 } } } },
      ),
    })),
  },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'broken-'));
  await writeSampleTeam(path.join(folder, 'team'));
});
afterAll(async () => await rm(folder, { recursive: true }));

describe.each([
  { how: 'without starting a model', startsModels: false, breakages: WRITTEN },
  { how: 'by asking the model', startsModels: true, breakages: ASKED },
])('a check of the content $how', ({ startsModels, breakages }) => {
  it.each(breakages.map((each) => [each.name, each] as const))('gives one error when %s', async (_, breakage) => {
    const root = path.join(folder, 'broken');
    await rm(root, { recursive: true, force: true });
    await cp(path.join(folder, 'team'), root, { recursive: true });
    await breakage.break(root);
    const service = startsModels ? 'scoring' : undefined;
    const { findings } = await checkContent({ root, service, startsModels });
    const errors = findings.filter(({ kind }) => kind === 'error').map(({ parts }) => renderUserError(parts));
    expect(errors).toHaveLength(1);
    const [error = ''] = errors;
    expect(error).toContain(breakage.at);
    expect(error).toMatch(/^ {2}remedy: {3}\S/m);
    expect(error).not.toMatch(JARGON);
    expect(error.replaceAll(root, '')).toMatchSnapshot();
  });
});

function replace(file: string, from: string, to: string): Breakage['break'] {
  return async (root) => await edit(root, file, (text) => text.replace(from, to));
}

function append(file: string, addition: string): Breakage['break'] {
  return async (root) => await edit(root, file, (text) => `${text}${addition}`);
}

function editJson(file: string, change: (document: Readonly<Record<string, unknown>>) => object): Breakage['break'] {
  return async (root) =>
    await edit(root, file, (text) => JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)));
}

async function edit(root: string, file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(path.join(root, file), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} does not hold what this test changes`);
  await writeFile(path.join(root, file), after);
}

function truncate(file: string, bytes: number): Breakage['break'] {
  return async (root) => {
    const before = await readFile(path.join(root, file));
    await writeFile(path.join(root, file), before.subarray(0, bytes));
  };
}

async function writeRelease(root: string, repository: string): Promise<void> {
  const spec = {
    image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/${repository}@sha256:${'a'.repeat(64)}`,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: {},
    startupTimeoutSeconds: 300,
  };
  const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
  const { file } = addRelease({ live: null, releases: {} }, spec, source);
  await writeFile(path.join(root, TRIAL, 'release.json'), renderReleaseFile(file));
}
