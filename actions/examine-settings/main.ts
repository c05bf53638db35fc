import path from 'node:path';
import { readSettingsDemand } from '../lib/adapters/checkout/settings-demand.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { readRepositorySettings } from '../lib/adapters/github/repository-settings.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runExamineSettings } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  const findings = await runExamineSettings({
    readDemand: async () =>
      await readSettingsDemand(path.resolve(inputs['working-directory']), (message) => reporter.warning(message)),
    readSettings: async (demand) => await readRepositorySettings(client, demand),
    reporter,
  });
  runner.setOutputs(renderOutputs(findings));
  await runner.addSummary(renderSummary(findings));
});
