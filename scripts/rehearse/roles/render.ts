/** Writes roles.template.json from terraform/bootstrap: `npx tsx scripts/rehearse/roles/render.ts`; needs Terraform and moto. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { ROOT } from '../../build.ts';
import { startMoto } from '@sagemaker-gitops/local-aws/testing';
import { copyTerraform, removeTerraform, terraformOk } from '../../testing/terraform-workspace.ts';
import { startLocalAws } from '@sagemaker-gitops/local-aws';
import { PLACEHOLDER, TEMPLATE_FILE, type RolesTemplate } from './roles.ts';
import { stateJson } from '../../testing/terraform-state.ts';

const FOLDER = 'terraform/bootstrap';

/** The variables of terraform/bootstrap that its roles depend on. */
export interface BootstrapVariables {
  readonly service: string;
  readonly account: string;
  readonly region: string;
  readonly environments: Readonly<Record<string, { readonly region: string; readonly replay?: boolean }>>;
  readonly github: { readonly owner: string; readonly repository: string; readonly workflow_claims?: boolean };
  readonly artifacts: { readonly account_ids: readonly string[] } | null;
  readonly artifacts_account: string | null;
}

/** A policy document by its address, such as "trust.plan" or "read.NAME". @throws Error when there is none. */
export type PolicyDocuments = (name: string) => unknown;

/** The policy documents that terraform/bootstrap makes of these variables. */
export async function renderDocuments(variables: BootstrapVariables): Promise<PolicyDocuments> {
  const root = await copyTerraform(ROOT);
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'roles-'));
  const moto = await startMoto(variables.region);
  const place = { accountId: variables.account, region: variables.region };
  const aws = await startLocalAws({ logDirectory, launcher: 'process', motoUrl: moto.url, ...place });
  try {
    const run = { root, folder: FOLDER, awsEnvironment: aws.environment };
    await writeFile(path.join(root, FOLDER, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
    await writeFile(path.join(root, FOLDER, 'roles.auto.tfvars.json'), JSON.stringify(variables));
    await terraformOk(run, ['init', '-input=false', '-lockfile=readonly']);
    // The documents, and what they name; the rest of the account would only cost time.
    const targets = ['read', 'ledgers', 'write', 'deploy', 'build', 'replay', 'trust'];
    await terraformOk(run, [
      ...['apply', '-input=false', '-auto-approve'],
      ...targets.map((name) => `-target=data.aws_iam_policy_document.${name}`),
    ]);
    const { stdout } = await terraformOk(run, ['show', '-json']);
    const documents = new Map(
      stateJson
        .parse(JSON.parse(stdout))
        .values.root_module.resources.filter(({ type }) => type === 'aws_iam_policy_document')
        .map(({ name, index, values }) => [
          index === undefined ? name : `${name}.${String(index)}`,
          JSON.parse(z.string().parse(values['json'])) as unknown,
        ]),
    );
    return (name) => {
      const document = documents.get(name);
      if (document === undefined) throw new Error(`terraform/bootstrap has no policy document ${name}`);
      return document;
    };
  } finally {
    await aws.close();
    await moto.close();
    await removeTerraform(root);
    await rm(logDirectory, { recursive: true, force: true });
  }
}

/** The text of roles.template.json: the trust and the permissions of each kind of role, for placeholders. */
export async function renderTemplate(): Promise<string> {
  const { service, environment, account, artifactsAccount, homeRegion, region, owner, repository } = PLACEHOLDER;
  const get = await renderDocuments({
    service,
    account,
    region: homeRegion,
    environments: { [environment]: { region, replay: true } },
    github: { owner, repository },
    artifacts: null,
    artifacts_account: artifactsAccount,
  });
  const template: RolesTemplate = {
    read: get(`read.${environment}`),
    plan: { trust: get('trust.plan'), policies: [get('ledgers')] },
    build: { trust: get('trust.build'), policies: [get('build')] },
    apply: {
      trust: get(`trust.apply/${environment}`),
      policies: [get(`read.${environment}`), get(`write.${environment}`)],
    },
    deploy: { trust: get(`trust.deploy/${environment}`), policies: [get(`deploy.${environment}`)] },
    replay: { trust: get(`trust.replay/${environment}`), policies: [get(`replay.${environment}`)] },
  };
  const options = { ...(await resolveConfig(import.meta.filename)), parser: 'json' };
  return await format(JSON.stringify(template), options);
}

if (process.argv[1] === import.meta.filename) await writeFile(TEMPLATE_FILE, await renderTemplate());
