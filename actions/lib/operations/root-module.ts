import { environmentFolder } from '../domain/environment/base-files.ts';
import {
  ROOT_FILES,
  TEMPLATE_FOLDER,
  type RootFiles,
  type RootModuleFacts,
} from '../domain/plan/root-module-warnings.ts';
import type { Git } from '../ports/git.ts';
import type { PlanSources } from '../ports/plan-sources.ts';

/** An environment's root module in the working tree and at the base commit; undefined where there is no base commit. */
export async function readRootModule(
  environment: string,
  baseSha: string | undefined,
  { git, sources }: { readonly git: Git; readonly sources: PlanSources },
): Promise<RootModuleFacts | undefined> {
  if (baseSha === undefined) return undefined;
  const readAll = async (folder: string): Promise<RootFiles> => {
    const read = async (name: keyof RootFiles): Promise<string | undefined> =>
      await git.readFile(baseSha, `${folder}/${ROOT_FILES[name]}`);
    return { main: await read('main'), backend: await read('backend'), lock: await read('lock') };
  };
  return {
    planned: await sources.rootFiles(environment),
    base: await readAll(environmentFolder(environment)),
    template: await readAll(TEMPLATE_FOLDER),
  };
}
