import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { readKnownEnvironments } from '../lib/adapters/checkout/known-environments.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { runPromotionCommits } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const found = await runPromotionCommits(inputs, {
    environments: async () => await readKnownEnvironments(root, (message) => runner.reporter.warning(message)),
    releaseFileOf: async (name) => (await readEnvironmentFolder(root, name)).releaseFile,
    git: createGit(runProcess, root),
  });
  const outputs = {
    environment: found?.environment ?? '',
    service: found?.service ?? '',
    'head-commit': found?.commits?.head ?? '',
    'base-commit': found?.commits?.base ?? '',
    merged: found?.commits === undefined ? '' : String(found.commits.areMerged),
  };
  for (const [name, value] of Object.entries(outputs)) runner.reporter.info(`${name}: ${value}`);
  runner.setOutputs(outputs);
});
