import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { readSettingsDemand } from '../lib/adapters/checkout/settings-demand.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { readRepositorySettings } from '../lib/adapters/github/repository-settings.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { environmentFolder } from '../lib/domain/environment/base-files.ts';
import { isUnprotected } from '../lib/domain/environment/unprotected.ts';
import { lastApplied } from '../lib/domain/ledger/standing.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runExamineSettings } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  await runExamineSettings({
    readDemand: async () => {
      const { environments } = await readSettingsDemand(root, (message) => reporter.warning(message));
      const { environment } = inputs;
      if (environment === undefined) return { environments };
      return { environments: environments.filter(({ name }) => name === environment) };
    },
    readSettings: async (demand) => await readRepositorySettings(client, demand),
    readProtected: async () =>
      inputs.environment === undefined || (await goesUnprotected(root, inputs.environment))
        ? undefined
        : inputs.environment,
    report: async (findings) => {
      runner.setOutputs(renderOutputs(findings));
      await runner.addSummary(renderSummary(findings));
    },
    reporter,
  });
});

/** Whether an environment needs no protection, by its files of now and of the commit that was applied last. */
async function goesUnprotected(root: string, name: string): Promise<boolean> {
  const { environment } = await readEnvironmentFolder(root, name);
  if (environment.unprotected === undefined) return false;
  const commit = lastApplied(await (await createLedger(root, environment)).read());
  if (commit === null) return isUnprotected(environment.unprotected, undefined);
  const git = createGit(runProcess, root);
  const isKnown = (await git.commitOf(commit)) !== undefined;
  const read = async (file: string) => (isKnown ? await git.readFile(commit, file) : undefined);
  return isUnprotected(environment.unprotected, {
    environmentFile: await read(`${environmentFolder(name)}/environment.json`),
    schema: await read('environments/environment.schema.json'),
  });
}
