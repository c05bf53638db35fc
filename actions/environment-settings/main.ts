import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { readHomeRegions } from '../lib/adapters/checkout/home-regions.ts';
import { readKnownEnvironments } from '../lib/adapters/checkout/known-environments.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runEnvironmentSettings } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const settings = await runEnvironmentSettings(inputs, {
    readKnown: async () => await readKnownEnvironments(root, (message) => runner.reporter.warning(message)),
    readHomeRegions: async () => await readHomeRegions(root),
    read: async (name) => await readEnvironmentFolder(root, name),
  });
  const outputs = renderOutputs(settings);
  for (const [name, value] of Object.entries(outputs)) runner.reporter.info(`${name}: ${value}`);
  runner.setOutputs(outputs);
});
