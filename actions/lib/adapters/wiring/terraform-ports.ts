import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../../domain/environment/environment.ts';
import { checkDeclaration } from '../../domain/environment/declaration.ts';
import type { KnownPrices } from '../../domain/cost/fleet-cost.ts';
import { progressLine } from '../../domain/plan/progress.ts';
import { environmentFolder } from '../../domain/environment/base-files.ts';
import { hiddenContainerValues } from '../../domain/plan/summarise.ts';
import { createScrubber } from '../../domain/plan/redact.ts';
import { checkNoForeignFiles, foreignFiles } from '../../domain/environment/foreign-files.ts';
import type { ReleaseFile } from '../../domain/release/release.ts';
import type { Git } from '../../ports/git.ts';
import type { PlanSources } from '../../ports/plan-sources.ts';
import type { Terraform } from '../../ports/terraform.ts';
import { readBackendConfig } from '../terraform/backend-config.ts';
import { readEnvironmentFolder } from '../checkout/environment-folder.ts';
import { readFolderEntries } from '../checkout/folder-entries.ts';
import { createGit } from '../checkout/git.ts';
import { tryReadPrices } from '../checkout/prices-file.ts';
import { withPlanFile } from '../terraform/plan-file.ts';
import { createPlanSources } from '../terraform/plan-sources.ts';
import { runProcess } from '../system/process.ts';
import type { Runner } from '../runner/runner.ts';
import { createTerraform } from '../terraform/cli.ts';

/** The inputs that the actions share which run Terraform. */
export interface TerraformInputs {
  readonly environment: string;
  readonly 'working-directory': string;
  readonly 'backend-config': string;
}

/** One environment of a checkout, and what plans and applies it. */
export interface TerraformContext {
  /** The root of the checkout. */
  readonly root: string;
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly backendConfig: readonly string[];
  readonly prices: KnownPrices;
  /** When the work began. */
  readonly now: Date;
  readonly ports: {
    readonly terraform: Terraform;
    readonly git: Git;
    readonly sources: PlanSources;
    /** Where Terraform saves its plan: a file that only this job can read. */
    readonly planFile: string;
  };
}

/**
 * Does some work with Terraform in an environment's folder; its saved plan is gone when the work ends.
 *
 * @throws UserError when the environment is not valid, or Terraform would read what is not ours, and whatever the work throws.
 */
export async function withTerraform<Result>(
  runner: Runner,
  inputs: TerraformInputs,
  work: (context: TerraformContext) => Promise<Result>,
): Promise<Result> {
  const root = path.resolve(inputs['working-directory']);
  const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
  const now = new Date();
  checkDeclaration(environment, releaseFile, now);
  const backendConfig = await readBackendConfig(root, environment.name, inputs['backend-config']);
  const scrubber = createScrubber(hiddenContainerValues(environment, releaseFile));
  const [git, sources] = [createGit(runProcess, root), createPlanSources(root)];
  await refuseForeignFiles(root, environment.name, { git, sources });
  return await withPlanFile(async ({ planFile, dataFolder }) => {
    const terraform = createTerraform({
      process: runProcess,
      folder: path.join(root, environmentFolder(environment.name)),
      dataFolder,
      environment: process.env,
      signal: runner.signal,
      onMessage: (message) => {
        const line = progressLine(message, scrubber);
        if (line !== undefined) runner.reporter.info(line);
      },
    });
    const ports = { terraform, git, sources, planFile };
    return await work({ root, environment, releaseFile, backendConfig, prices: await tryReadPrices(root), now, ports });
  });
}

async function refuseForeignFiles(
  root: string,
  environment: string,
  { git, sources }: { readonly git: Git; readonly sources: PlanSources },
): Promise<void> {
  const own = environmentFolder(environment);
  const modules = (await sources.sourcesOf(environment)).filter((source) => source !== own);
  const entries = await Promise.all(
    modules.map(async (source) => ((await isFolder(root, source)) ? await readFolderEntries(root, source, git) : [])),
  );
  checkNoForeignFiles(foreignFiles(own, await readFolderEntries(root, own, git), entries.flat()));
}

async function isFolder(root: string, source: string): Promise<boolean> {
  return await stat(path.join(root, source)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
