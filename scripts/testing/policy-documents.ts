import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { stateJson } from './terraform-state.ts';
import { terraformOk, type TerraformRun } from './terraform-workspace.ts';

/** Which policy documents of terraform/bootstrap to render: by name, for the environments of one place. */
interface BootstrapDocuments {
  readonly root: string;
  readonly awsEnvironment: TerraformRun['awsEnvironment'];
  readonly place: { readonly service: string; readonly account: string; readonly region: string };
  /** Names of `aws_iam_policy_document` data sources. */
  readonly names: readonly string[];
}

/** The policy documents that terraform/bootstrap gives staging and production, by name, with the index behind a dot. */
export async function renderBootstrapDocuments({
  root,
  awsEnvironment,
  place: { service, account, region },
  names,
}: BootstrapDocuments): Promise<ReadonlyMap<string, string>> {
  const run = { root, folder: 'terraform/bootstrap', awsEnvironment };
  await writeFile(path.join(root, run.folder, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  const environments = { staging: { region, replay: true }, production: { region } };
  const github = { owner: 'acme', repository: 'models', owner_id: '101', repository_id: '202' };
  await writeFile(
    path.join(root, run.folder, 'test.auto.tfvars.json'),
    JSON.stringify({ service, account, region, environments, github }),
  );
  await terraformOk(run, ['init', '-input=false', '-lockfile=readonly']);
  const targets = names.map((name) => `-target=data.aws_iam_policy_document.${name}`);
  await terraformOk(run, ['apply', '-input=false', '-auto-approve', ...targets]);
  return await readPolicyDocuments(run);
}

/** The policy documents in the state of a root module, by name, with the index behind a dot. */
export async function readPolicyDocuments(run: TerraformRun): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await terraformOk(run, ['show', '-json']);
  const resources = flatten(stateJson.parse(JSON.parse(stdout)).values.root_module);
  return new Map(
    resources
      .filter(({ type }) => type === 'aws_iam_policy_document')
      .map(({ name, index, values }) => [
        typeof index === 'string' ? `${name}.${index}` : name,
        z.string().parse(values['json']),
      ]),
  );
}

const nested = z.object({
  resources: stateJson.shape.values.shape.root_module.shape.resources,
  child_modules: z.array(z.unknown()).default([]),
});

function flatten(module: z.output<typeof nested>): z.output<typeof nested>['resources'] {
  return [...module.resources, ...module.child_modules.flatMap((child) => flatten(nested.parse(child)))];
}
