import path from 'node:path';
import { readEnvironmentPlace } from '../lib/adapters/checkout/environment-place.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { createHttpWebhook } from '../lib/adapters/webhook/http-webhook.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { describeError } from '../lib/domain/errors/user-error.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, warningOf } from './report.ts';
import { runNotify } from './run.ts';

await runAction(async (runner) => {
  const { reporter } = runner;
  for (const name of ['url', 'secret']) if (runner.input(name) !== '') runner.mask(runner.input(name));
  try {
    const inputs = parseInputs(schema, runner.input);
    const root = path.resolve(inputs['working-directory']);
    const result = await runNotify(inputs, {
      webhook: createHttpWebhook(inputs['timeout-seconds']),
      clock,
      serviceOf: async (environment) => (await readEnvironmentPlace(root, environment)).service,
      origin: () => readGithubContext(),
    });
    runner.setOutputs(renderOutputs(result));
    const warning = warningOf(inputs, result);
    if (warning !== undefined) reporter.warning(warning);
    if (result.outcome === 'sent') reporter.info(`sent as ${result.delivery}`);
  } catch (error) {
    // A message that can't be sent is nothing that a deployment fails for.
    reporter.warning(describeError(error));
  }
});
