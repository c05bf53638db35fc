import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { ROOT } from '../build.ts';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { SETTINGS_FOLDER } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { homeRegion } from '../../actions/lib/domain/environment/home-region.ts';
import { generateEnvironmentFiles } from './environment-files.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'environment-files-'));
  await writeSampleTeam(root);
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

const template = async (file: string): Promise<string> =>
  await readFile(path.join(ROOT, 'terraform/environment', file), 'utf8');

it.each(['main.tf', '.terraform.lock.hcl'])('gives every environment the %s of the template', async (file) => {
  const generated = (await generateEnvironmentFiles(root)).filter(({ path: name }) => path.basename(name) === file);
  expect(generated.map(({ path: name }) => name).sort()).toEqual(
    Object.keys(TEAM_ENVIRONMENTS)
      .map((name) => `environments/${name}/${file}`)
      .sort(),
  );
  expect(new Set(generated.map(({ text }) => text))).toEqual(new Set([await template(file)]));
});

it('writes anew what was edited by hand', async () => {
  const file = 'environments/prime/main.tf';
  await writeFile(path.join(root, file), '# edited\n');
  const generated = (await generateEnvironmentFiles(root)).find(({ path: name }) => name === file);
  expect(generated?.text).toBe(await template('main.tf'));
});

it('keeps the state of every environment apart, in the bucket of its service and account', async () => {
  const texts = (await generateEnvironmentFiles(root))
    .filter(({ path: name }) => name.endsWith('/backend.hcl'))
    .map(({ text }) => text);
  expect(new Set(texts).size).toBe(Object.keys(TEAM_ENVIRONMENTS).length);
  expect(texts.find((text) => text.includes('"labelling/label-prime/terraform.tfstate"'))).toContain(
    'bucket       = "labelling-321098765432-state"',
  );
});

it('takes the region of the first environment in promotion order until a bootstrap has stored one', () => {
  const first: Environment = { ...VALID_ENVIRONMENT, name: 'zz-first', region: 'eu-north-1' };
  const second: Environment = { ...VALID_ENVIRONMENT, name: 'second', promotionOrder: 2 };
  const elsewhere: Environment = { ...second, name: 'elsewhere', account: '321098765432', region: 'us-east-1' };
  const all = [second, elsewhere, first];
  const regions = all.map((environment) => homeRegion(environment, all, () => undefined));
  expect(regions).toEqual(['eu-north-1', 'us-east-1', 'eu-north-1']);
});

it('keeps the state in the stored region when the first environment is in another one', async () => {
  const { service, account } = TEAM_ENVIRONMENTS.trial;
  await mkdir(path.join(root, SETTINGS_FOLDER), { recursive: true });
  const settings = JSON.stringify({ service, account, region: 'ca-central-1' });
  await writeFile(path.join(root, SETTINGS_FOLDER, `${account}-${service}.tfvars.json`), settings);
  const regions = (await generateEnvironmentFiles(root)).flatMap(({ path: name, text }) =>
    name.endsWith('/backend.hcl') ? [[name.split('/')[1], /^region\s*=\s*"(.+)"/m.exec(text)?.[1]]] : [],
  );
  expect(Object.fromEntries(regions)).toEqual({
    ...{ trial: 'ca-central-1', preview: 'ca-central-1', prime: 'ca-central-1' },
    ...{ 'label-trial': 'eu-west-1', 'label-prime': 'eu-west-1' },
  });
});

it('locks the same providers for the bootstrap as for the environments', async () => {
  expect(await readFile(path.join(ROOT, 'terraform/bootstrap/.terraform.lock.hcl'), 'utf8')).toBe(
    await template('.terraform.lock.hcl'),
  );
});
