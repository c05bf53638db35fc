/** Writes roles.json from terraform/bootstrap: `npx tsx scripts/rehearse/roles/render.ts`; needs Terraform and moto. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { ROOT } from '../../build.ts';
import { startMoto } from '../../testing/moto.ts';
import { copyTerraform, removeTerraform, terraformOk } from '../../testing/terraform-workspace.ts';
import { startLocalAws } from '../local-aws/index.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const SERVICE = 'onnx-inference';
const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;
const FOLDER = 'terraform/bootstrap';

const stateJson = z.object({
  values: z.object({
    root_module: z.object({
      resources: z.array(
        z.object({
          type: z.string(),
          name: z.string(),
          index: z.union([z.string(), z.number()]).optional(),
          values: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
  }),
});

/** The text of roles.json: the trust and the permissions of every role that the bootstrap makes for the rehearsal's account. */
export async function renderRoles(): Promise<string> {
  const root = await copyTerraform(ROOT);
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'roles-'));
  const moto = await startMoto(REGION);
  const aws = await startLocalAws({ logDirectory, launcher: 'process', motoUrl: moto.url });
  try {
    const run = { root, folder: FOLDER, awsEnvironment: aws.environment };
    await writeFile(path.join(root, FOLDER, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
    await writeFile(
      path.join(root, FOLDER, 'rehearsal.auto.tfvars.json'),
      JSON.stringify({
        service: SERVICE,
        account: ACCOUNT,
        region: REGION,
        environments: Object.fromEntries(ENVIRONMENTS.map((name) => [name, { region: REGION }])),
        github: { owner: 'octo-org', repository: 'models', owner_id: null, repository_id: null },
      }),
    );
    await terraformOk(run, ['init', '-input=false', '-lockfile=readonly']);
    // The documents, and what they name; the rest of the account would only cost time.
    const targets = ['read', 'write', 'deploy', 'build', 'trust'];
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
    const options = { ...(await resolveConfig(import.meta.filename)), parser: 'json' };
    return await format(JSON.stringify(rolesOf(documents)), options);
  } finally {
    await aws.close();
    await moto.close();
    await removeTerraform(root);
    await rm(logDirectory, { recursive: true, force: true });
  }
}

function rolesOf(documents: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const get = (name: string): unknown => {
    const document = documents.get(name);
    if (document === undefined) throw new Error(`terraform/bootstrap has no policy document ${name}`);
    return document;
  };
  const role = (trust: string, ...policies: readonly string[]) => ({
    trust: get(`trust.${trust}`),
    policies: policies.map(get),
  });
  return {
    [`${SERVICE}-plan`]: role('plan', ...ENVIRONMENTS.map((name) => `read.${name}`)),
    [`${SERVICE}-build`]: role('build', 'build'),
    ...Object.fromEntries(
      ENVIRONMENTS.flatMap((name) => [
        [`${SERVICE}-${name}-apply`, role(`environment/${name}`, `read.${name}`, `write.${name}`)],
        [`${SERVICE}-${name}-deploy`, role(`environment/${name}`, `deploy.${name}`)],
      ]),
    ),
  };
}

/** Where the text is kept. */
export const ROLES_FILE = path.join(import.meta.dirname, 'roles.json');

if (process.argv[1] === import.meta.filename) await writeFile(ROLES_FILE, await renderRoles());
