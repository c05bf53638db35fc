import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBackendConfig } from '../lib/adapters/backend-config.ts';
import { readEnvironmentFolder } from '../lib/adapters/environment-folder.ts';
import { createEnvelopeSealer } from '../lib/adapters/envelope-jose.ts';
import { createGit } from '../lib/adapters/git-cli.ts';
import { withPlanFiles } from '../lib/adapters/plan-files.ts';
import { isLastEnvironment, readPlanRun } from '../lib/adapters/plan-run.ts';
import { createPlanSources } from '../lib/adapters/plan-sources.ts';
import { runProcess } from '../lib/adapters/process.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { createTerraform } from '../lib/adapters/terraform-cli.ts';
import { progressLine } from '../lib/domain/plan-progress.ts';
import { environmentFolder } from '../lib/domain/plan-run.ts';
import { hiddenContainerValues } from '../lib/domain/plan-summarise.ts';
import { renderPlanSummaryFile } from '../lib/domain/plan-summary.ts';
import { renderPlanText } from '../lib/domain/plan-text.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { createScrubber } from '../lib/domain/redact.ts';
import { parseTerraformPlanInputs } from './inputs.ts';
import { failureOf, renderPlanSummary } from './report.ts';
import { runTerraformPlan } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseTerraformPlanInputs((name) => runner.input(name));
  const sealer = inputs['plan-key'] === undefined ? undefined : createEnvelopeSealer(inputs['plan-key']);
  if (inputs['plan-key'] !== undefined) runner.mask(inputs['plan-key']);
  const root = path.resolve(inputs['working-directory']);
  const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
  const run = readPlanRun();
  const scrubber = createScrubber(hiddenContainerValues(environment, releaseFile));
  const result = await withPlanFiles(
    async (files) =>
      await runTerraformPlan(
        inputs,
        {
          environment,
          releaseFile,
          isProduction: await isLastEnvironment(root, environment.promotionOrder),
          backendConfig: await readBackendConfig(root, environment.name, inputs['backend-config']),
          repository: run.repository,
          run: { id: run.id, attempt: run.attempt },
        },
        {
          terraform: createTerraform({
            process: runProcess,
            folder: path.join(root, environmentFolder(environment.name)),
            environment: process.env,
            signal: runner.signal,
            onMessage: (message) => {
              const line = progressLine(message, scrubber);
              if (line !== undefined) runner.reporter.info(line);
            },
          }),
          git: createGit(runProcess, root),
          sources: createPlanSources(root),
          files,
          sealer,
        },
      ),
  );
  const folder = path.resolve(inputs['output-directory']);
  const summaryDirectory = path.join(folder, 'summary');
  const envelopeDirectory = result.envelope === undefined ? '' : path.join(folder, 'envelope');
  await mkdir(summaryDirectory, { recursive: true });
  const summaryFile = path.join(summaryDirectory, `${environment.name}.json`);
  await writeFile(summaryFile, renderPlanSummaryFile(result.summary));
  await writeFile(path.join(summaryDirectory, `${environment.name}.txt`), renderPlanText(result.summary));
  if (result.envelope !== undefined) {
    await mkdir(envelopeDirectory, { recursive: true });
    await writeFile(path.join(envelopeDirectory, `${environment.name}.jwe`), result.envelope);
  }
  runner.setOutputs({
    outcome: result.outcome,
    'summary-directory': summaryDirectory,
    'summary-file': summaryFile,
    'envelope-directory': envelopeDirectory,
    'envelope-file': result.envelope === undefined ? '' : path.join(envelopeDirectory, `${environment.name}.jwe`),
  });
  reportDiagnostics(environment.name, result.summary.result.diagnostics, runner.reporter);
  await runner.addSummary(renderPlanSummary(result.summary, run));
  const failure = failureOf(result.summary);
  if (failure !== undefined) throw failure;
});
