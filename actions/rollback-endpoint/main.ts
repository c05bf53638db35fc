import path from 'node:path';
import { concludeSwap } from '../lib/adapters/runner/conclude-swap.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { readSmokeFile } from '../lib/adapters/checkout/smoke-cases-file.ts';
import { createSwapPorts } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { runRollbackEndpoint } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  await concludeSwap(runner, `Rollback of ${inputs.environment}`, async () => {
    const root = path.resolve(inputs['working-directory']);
    const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
    const ports = await createSwapPorts(root, environment, inputs, runner);
    const subject = {
      environment,
      releaseFile,
      readSmokeFile: async () => await readSmokeFile(root, environment),
    };
    return await runRollbackEndpoint(inputs, subject, ports);
  });
});
