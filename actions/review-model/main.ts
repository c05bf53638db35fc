import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createReviewSource } from '../lib/adapters/checkout/review-source.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createModelServers } from '../lib/adapters/system/model-servers.ts';
import { systemClock } from '../lib/adapters/system/system-clock.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { renderReview } from '../lib/domain/model-review/render.ts';
import { renderReviewPage } from '../lib/domain/model-review/page.ts';
import { renderReviewFile } from '../lib/domain/model-review/summary.ts';
import { inputs as schema } from './inputs.ts';
import { failureOf, renderLine, renderOutputs } from './report.ts';
import { runReviewModel } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const { service } = inputs;
  const summary = await runReviewModel(inputs, readGithubContext().run, {
    base: createReviewSource(inputs['base-directory'], service),
    head: createReviewSource(inputs['head-directory'], service),
    servers: createModelServers(),
    clock: systemClock,
  });
  const folder = path.resolve(inputs['output-directory']);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${service}.json`), renderReviewFile(summary));
  await writeFile(path.join(folder, `${service}.html`), renderReviewPage(summary));
  runner.reporter.info(renderLine(summary));
  runner.setOutputs(renderOutputs(summary, folder));
  await runner.addSummary(renderReview(summary));
  const failure = failureOf(summary, inputs['can-be-accepted']);
  if (failure !== undefined) throw failure;
});
