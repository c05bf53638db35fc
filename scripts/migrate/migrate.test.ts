import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import type { ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { checkContent } from '../content/check-content.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { migrate } from './migrate.ts';
import { writeVersion1, type Version1 } from './testing/write-version-1.ts';

const SPEC: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: { LOG_LEVEL: 'info' },
  startupTimeoutSeconds: 300,
};
const SPECS = [SPEC, { ...SPEC, instanceCount: 3 }, { ...SPEC, environment: { LOG_LEVEL: 'debug' } }];

let folder: string;
let root: string;
let fork: Version1;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'migrate-'));
});
beforeEach(async () => {
  root = path.join(folder, 'fork');
  await rm(root, { recursive: true, force: true });
  fork = await writeVersion1(root, SPECS);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function listFiles(): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function errors(startsModels = false): Promise<readonly string[]> {
  return (await checkContent({ root, startsModels })).findings.map(({ parts }) => parts.what);
}

describe('migrate', () => {
  it('brings a fork of version 1 to the present format', async () => {
    expect(await errors()).not.toEqual([]);
    const { changed, left } = await migrate(root);
    expect(left).toEqual([]);
    expect(changed).toEqual([
      'environments/trial/tests/environment.tftest.hcl: removed, as the product keeps it in terraform/environment',
      'server/model/README.md: removed, as the product keeps it in server/sample-model',
      'server/model/golden.json: moved to server/models/scoring/golden.json',
      'server/model/model.onnx: moved to server/models/scoring/model.onnx',
      'server/model/train.ts: removed, as the product keeps it in server/sample-model',
      'server/models/scoring/golden.json: written as cases of requests and answers',
      'terraform/bootstrap/accounts/210987654321.tfvars.json: renamed to 210987654321-scoring.tfvars.json',
      'environments/trial/environment.json: set formatVersion to 2',
      ...changed.filter((line) => line.endsWith('written as `npm run generate` does')),
    ]);
    expect(await listFiles()).toEqual([
      'environments/trial/.terraform.lock.hcl',
      'environments/trial/backend.hcl',
      'environments/trial/environment.json',
      'environments/trial/main.tf',
      'environments/trial/release.json',
      'environments/trial/smoke.json',
      'server/models/scoring/golden.json',
      'server/models/scoring/model.onnx',
      'terraform/bootstrap/accounts/210987654321-scoring.tfvars.json',
    ]);
    expect(await errors(true)).toEqual([]);
  });

  it('changes one line of environment.json, and no release', async () => {
    const before = await readFile(path.join(root, 'environments/trial/environment.json'), 'utf8');
    await migrate(root);
    const after = await readFile(path.join(root, 'environments/trial/environment.json'), 'utf8');
    expect(after.replace('  "formatVersion": 2,\n', '')).toBe(before);
    const { releaseFile } = await readEnvironmentFolder(root, 'trial');
    expect(Object.keys(releaseFile.releases)).toEqual(fork.releases);
    expect(releaseFile.live).toBe(fork.releases[2]);
  });

  it.each([
    ['a tag of the same name before', (text: string) => text.replace('{', '{"tags": {"service": "x"},')],
    [
      'lines that end as on Windows',
      (text: string) => text.replace('{', '{\n"formatVersion": 1,').replaceAll('\n', '\r\n'),
    ],
    ['the version as the last member', (text: string) => text.replace(/\s*\}\s*$/, ',\n  "formatVersion": 1\n}\n')],
    ['all in one line', (text: string) => JSON.stringify({ formatVersion: 1, ...(JSON.parse(text) as object) })],
  ])('keeps the content of an environment.json with %s', async (_, edit) => {
    const file = path.join(root, 'environments/trial/environment.json');
    const text = edit(await readFile(file, 'utf8'));
    await writeFile(file, text);
    await migrate(root);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ ...(JSON.parse(text) as object), formatVersion: 2 });
    expect((await migrate(root)).changed).toEqual([]);
  });

  it('lets the fork go back to a release of before', async () => {
    await migrate(root);
    const [oldest = ''] = fork.releases;
    const script = path.join(import.meta.dirname, '../release/main.ts');
    const argv = ['--import', './scripts/typescript.js', script, 'live', 'trial', oldest, '--root', root];
    await promisify(execFile)(process.execPath, argv);
    expect((await readEnvironmentFolder(root, 'trial')).releaseFile.live).toBe(oldest);
    expect(await errors()).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    await migrate(root);
    expect(await migrate(root)).toEqual({ changed: [], left: [] });
  });

  it('changes nothing of content in the present format', async () => {
    await rm(root, { recursive: true });
    await writeSampleTeam(root);
    expect(await migrate(root)).toEqual({ changed: [], left: [] });
  });

  it('continues from the middle, and from where Git has moved the model on merging', async () => {
    await mkdir(path.join(root, 'server/models'), { recursive: true });
    await rename(path.join(root, 'server/model'), path.join(root, 'server/models/onnx-inference'));
    for (const file of ['README.md', 'train.ts']) await rm(path.join(root, 'server/models/onnx-inference', file));
    await rm(path.join(root, 'environments/trial/tests'), { recursive: true });
    const { changed } = await migrate(root);
    expect(changed).toContain(
      'server/models/onnx-inference: renamed to server/models/scoring, the service of the environments',
    );
    expect(await errors(true)).toEqual([]);
  });

  it.each([
    ['a release that is no JSON', 'environments/trial/release.json', '{', /release\.json is not JSON/],
    [
      'settings of an account that are no JSON',
      'terraform/bootstrap/accounts/210987654321.tfvars.json',
      '{',
      /210987654321\.tfvars\.json is not JSON/,
    ],
    ['a byte order mark', 'environments/trial/environment.json', '\uFEFF{}', /not in UTF-8.*byte order mark/s],
    [
      'a service that is a path',
      'environments/trial/environment.json',
      '{"service": "../../../escaped"}',
      /at service.*lower-case letters/s,
    ],
  ])('changes nothing at all where there is %s', async (_, file, text, message) => {
    await writeFile(path.join(root, file), text);
    const before = await listFiles();
    await expect(migrate(root)).rejects.toThrow(message);
    expect(await listFiles()).toEqual(before);
    expect(await readFile(path.join(root, file), 'utf8')).toBe(text);
  });

  it('gives no service the model of another one: what takes its model from S3 has no folder', async () => {
    await migrate(root);
    await rename(path.join(root, 'server/models/scoring'), path.join(root, 'server/models/risk'));
    expect(await migrate(root)).toEqual({ changed: [], left: [] });
    // Not even the shipped one, which a new version of the product brings along.
    await rename(path.join(root, 'server/models/risk'), path.join(root, 'server/models/onnx-inference'));
    expect(await migrate(root)).toEqual({ changed: [], left: [] });
  });

  it('leaves what it does not know, and says so', async () => {
    await writeFile(path.join(root, 'server/model/notes.md'), 'mine');
    await writeFile(path.join(root, 'environments/trial/tests/environment.tftest.hcl'), '# mine');
    await mkdir(path.join(root, 'server/models/scoring'), { recursive: true });
    await writeFile(path.join(root, 'server/models/scoring/model.onnx'), 'another');
    const { left } = await migrate(root);
    expect(left).toEqual([
      "environments/trial/tests/environment.tftest.hcl: it differs from the product's, so it may be yours",
      'server/model/model.onnx: server/models/scoring/model.onnx is another one; keep the one that you want there',
      'server/model/notes.md: no file of a model',
    ]);
    expect(await listFiles()).toEqual(expect.arrayContaining(['server/model/model.onnx', 'server/model/notes.md']));
  });

  it('asks a person where there are several services', async () => {
    const trial = path.join(root, 'environments/trial');
    await cp(trial, path.join(root, 'environments/other'), { recursive: true });
    const file = path.join(root, 'environments/other/environment.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"scoring"', '"labelling"'));
    expect((await migrate(root)).left).toEqual([
      'server/model: move it to server/models/SERVICE, as there are 2 services',
    ]);
  });
});
