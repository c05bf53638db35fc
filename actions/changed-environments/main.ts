import path from 'node:path';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { readEnvironmentSources } from '../lib/adapters/terraform/plan-sources.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseChangedEnvironmentsInputs } from './inputs.ts';
import { renderChangedEnvironmentsOutputs, renderChangedEnvironmentsSummary, runChangedEnvironments } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseChangedEnvironmentsInputs((name) => runner.input(name));
  const root = path.resolve(inputs['working-directory']);
  const result = await runChangedEnvironments(inputs, await readEnvironmentSources(root), {
    git: createGit(runProcess, root),
    reporter: runner.reporter,
  });
  const outputs = renderChangedEnvironmentsOutputs(result);
  for (const [name, value] of Object.entries(outputs)) runner.reporter.info(`${name}: ${value}`);
  runner.setOutputs(outputs);
  await runner.addSummary(renderChangedEnvironmentsSummary(result));
});
