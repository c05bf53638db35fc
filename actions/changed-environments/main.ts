import { existsSync } from 'node:fs';
import path from 'node:path';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { modelFolderOf } from '../lib/adapters/checkout/review-source.ts';
import { readEnvironmentSources } from '../lib/adapters/terraform/plan-sources.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runChangedEnvironments } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const known = {
    environments: await readEnvironmentSources(root),
    hasModelFolder: (service: string) => existsSync(path.join(root, modelFolderOf(service))),
  };
  const result = await runChangedEnvironments(inputs, known, {
    git: createGit(runProcess, root),
    reporter: runner.reporter,
  });
  const outputs = renderOutputs(result);
  for (const [name, value] of Object.entries(outputs)) runner.reporter.info(`${name}: ${value}`);
  runner.setOutputs(outputs);
  await runner.addSummary(renderSummary(result));
});
