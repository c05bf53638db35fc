import path from 'node:path';
import { createGit } from '../lib/adapters/git-cli.ts';
import { readEnvironmentSources } from '../lib/adapters/plan-sources.ts';
import { runProcess } from '../lib/adapters/process.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { parseChangedEnvironmentsInputs } from './inputs.ts';
import { renderChangedEnvironmentsOutputs, runChangedEnvironments } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseChangedEnvironmentsInputs((name) => runner.input(name));
  const root = path.resolve(inputs['working-directory']);
  const result = await runChangedEnvironments(inputs, await readEnvironmentSources(root), {
    git: createGit(runProcess, root),
    reporter: runner.reporter,
  });
  runner.setOutputs(renderChangedEnvironmentsOutputs(result));
});
