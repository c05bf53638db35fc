import path from 'node:path';
import { concludeSwap } from '../lib/adapters/runner/conclude-swap.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { readSmokeFile } from '../lib/adapters/checkout/smoke-cases-file.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { createSwapPorts } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { runDeployEndpoint } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  await concludeSwap(runner, `Deployment to ${inputs.environment}`, async () => {
    const root = path.resolve(inputs['working-directory']);
    const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
    const smokeFile = await readSmokeFile(root, environment);
    const ports = await createSwapPorts(root, environment, inputs, runner);
    const { sha: commit } = readGithubContext();
    const git = createGit(runProcess, root);
    return await runDeployEndpoint(inputs, { environment, releaseFile, smokeFile, commit }, { ...ports, git });
  });
});
