import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { awsClientSettings } from '../lib/adapters/aws/clients.ts';
import { createS3CapturedRequests } from '../lib/adapters/aws/s3-captured-requests.ts';
import { readEnvironment } from '../lib/adapters/checkout/environment-folder.ts';
import { createReviewSource } from '../lib/adapters/checkout/review-source.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { answerIsolated, createIsolatedReview, ISOLATED } from '../lib/adapters/system/isolated-review.ts';
import { createModelServers } from '../lib/adapters/system/model-servers.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { systemClock } from '../lib/adapters/system/system-clock.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { captureBucketName } from '../lib/domain/environment/names.ts';
import { failedReview } from '../lib/domain/model-review/review.ts';
import { renderReviewFile } from '../lib/domain/model-review/summary.ts';
import { rowsOfRequests } from '../lib/domain/replay/captured-requests.ts';
import { renderReplay } from '../lib/domain/replay/render.ts';
import { SUMMARY_LIMIT } from '../lib/domain/text/size-budget.ts';
import { reviewModel } from '../lib/operations/review-model.ts';
import { inputs as schema } from './inputs.ts';
import { renderLine, renderOutputs } from './report.ts';
import { runReplayRequests } from './run.ts';

if (process.argv[2] === ISOLATED) {
  await answerIsolated(async ({ rows, ...order }) => {
    const asked = rowsOfRequests(rows);
    // Nothing of a request is in the errors that become a result.
    return await reviewModel(createModelServers(), systemClock, { ...order, rows: () => asked }).catch(failedReview);
  });
} else {
  await runAction(async (runner) => {
    const inputs = parseInputs(schema, runner.input);
    const root = path.resolve(inputs['working-directory']);
    const context = readGithubContext();
    const readOnly = [root, ...[process.env['RUNNER_TEMP']].filter((folder) => folder !== undefined)];
    const summary = await runReplayRequests(inputs, context.run, {
      environment: async () => await readEnvironment(root, inputs.environment),
      capturedOf: (environment) =>
        createS3CapturedRequests(awsClientSettings(environment.region), captureBucketName(environment)),
      candidate: (service) => createReviewSource(inputs['candidate-directory'], service),
      live: (service) => createReviewSource(inputs['live-directory'], service),
      review: createIsolatedReview(runProcess, path.resolve(process.argv[1] ?? ''), readOnly, runner.signal),
      clock: systemClock,
    });
    const folder = path.resolve(inputs['output-directory']);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${summary.environment}.json`), renderReviewFile(summary));
    runner.reporter.info(renderLine(summary));
    runner.setOutputs(renderOutputs(summary, folder));
    await runner.addSummary(renderReplay(summary, context.runUrl, SUMMARY_LIMIT));
  });
}
