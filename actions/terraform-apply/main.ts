import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readBackendConfig } from '../lib/adapters/backend-config.ts';
import { readEnvironmentFolder } from '../lib/adapters/environment-folder.ts';
import { createEnvelopeSealer } from '../lib/adapters/envelope-jose.ts';
import { createGit } from '../lib/adapters/git-cli.ts';
import { withPlanFiles } from '../lib/adapters/plan-files.ts';
import { readPlanRun } from '../lib/adapters/plan-run.ts';
import { createPlanSources } from '../lib/adapters/plan-sources.ts';
import { runProcess } from '../lib/adapters/process.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { createTerraform } from '../lib/adapters/terraform-cli.ts';
import { applyFailure, renderApplyOutputs, renderApplySummary } from '../lib/domain/plan-apply-report.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { progressLine } from '../lib/domain/plan-progress.ts';
import { environmentFolder } from '../lib/domain/plan-run.ts';
import { hiddenContainerValues } from '../lib/domain/plan-summarise.ts';
import { createScrubber } from '../lib/domain/redact.ts';
import { parseTerraformApplyInputs } from './inputs.ts';
import { runTerraformApply } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseTerraformApplyInputs((name) => runner.input(name));
  const sealer = inputs['plan-key'] === undefined ? undefined : createEnvelopeSealer(inputs['plan-key']);
  if (inputs['plan-key'] !== undefined) runner.mask(inputs['plan-key']);
  const root = path.resolve(inputs['working-directory']);
  const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
  const scrubber = createScrubber(hiddenContainerValues(environment, releaseFile));
  const result = await withPlanFiles(
    async (files) =>
      await runTerraformApply(
        inputs,
        {
          environment,
          releaseFile,
          backendConfig: await readBackendConfig(root, environment.name, inputs['backend-config']),
          repository: readPlanRun().repository,
          sealed: await readEnvelope(inputs['envelope-file']),
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
          reporter: runner.reporter,
        },
      ),
  );
  runner.setOutputs(renderApplyOutputs(result));
  if (result.kind === 'failed') reportDiagnostics(environment.name, result.diagnostics, runner.reporter);
  await runner.addSummary(renderApplySummary(environment.name, result));
  const failure = applyFailure(environment.name, result);
  if (failure !== undefined) throw failure;
});

// A missing artifact is a missing file: what that means is decided by the use case.
async function readEnvelope(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
