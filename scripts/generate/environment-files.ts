import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readEnvironmentFolders } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { readHomeRegions } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { homeRegion } from '../../actions/lib/domain/environment/home-region.ts';
import { ROOT } from '../build.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Where an environment's Terraform state is kept. */
export interface StateLocation {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
}

/** Files of the product's template that are identical in every environment. */
const TEMPLATE = 'terraform/environment';
const SHARED_FILES = ['main.tf', '.terraform.lock.hcl'] as const;

/** The generated files of every environment of a repository. */
export async function generateEnvironmentFiles(root = ROOT): Promise<readonly GeneratedFile[]> {
  const folders = await readEnvironmentFolders(root);
  return await environmentFiles(
    root,
    folders.map(({ environment }) => environment),
  );
}

/**
 * The generated files of environments: those of the template, and `backend.hcl`, so that a copied folder gets its own
 * state.
 */
export async function environmentFiles(
  root: string,
  environments: readonly Environment[],
): Promise<readonly GeneratedFile[]> {
  const stored = await readHomeRegions(root);
  const shared = await Promise.all(
    SHARED_FILES.map(async (file) => ({ file, text: await readFile(path.join(ROOT, TEMPLATE, file), 'utf8') })),
  );
  return environments.flatMap((environment) => [
    ...shared.map(({ file, text }) => ({ path: `environments/${environment.name}/${file}`, text })),
    {
      path: `environments/${environment.name}/backend.hcl`,
      text: renderBackendConfig(stateLocation(environment, homeRegion(environment, environments, stored))),
    },
  ]);
}

/** The bucket that the bootstrap of an environment's account makes, and the environment's key in it. */
export function stateLocation(environment: Environment, region: string): StateLocation {
  return {
    bucket: stateBucketName(environment),
    key: `${environment.service}/${environment.name}/terraform.tfstate`,
    region,
  };
}

/** The text of a `backend.hcl`. */
export function renderBackendConfig({ bucket, key, region }: StateLocation): string {
  return `# Generated from environment.json by \`npm run generate\`. Where the Terraform state of this environment is kept:
# terraform init -backend-config=backend.hcl
bucket       = ${JSON.stringify(bucket)}
key          = ${JSON.stringify(key)}
region       = ${JSON.stringify(region)}
encrypt      = true
use_lockfile = true
`;
}
