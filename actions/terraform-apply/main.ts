import { readFile } from 'node:fs/promises';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { withTerraform } from '../lib/adapters/wiring/terraform-ports.ts';
import { applyFailure, renderApplyOutputs, renderApplySummary } from '../lib/domain/plan/apply-report.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { runTerraformApply } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const result = await withTerraform(
    runner,
    inputs,
    async ({ environment, releaseFile, backendConfig, ports }) =>
      await runTerraformApply(
        inputs,
        {
          environment,
          releaseFile,
          backendConfig,
          repository: readGithubContext().repository,
          sealed: await readEnvelope(inputs['envelope-file']),
        },
        { ...ports, reporter: runner.reporter },
      ),
  );
  runner.setOutputs(renderApplyOutputs(result));
  if (result.kind === 'failed') reportDiagnostics(inputs.environment, result.diagnostics, runner.reporter);
  await runner.addSummary(renderApplySummary(inputs.environment, result));
  const failure = applyFailure(inputs.environment, result);
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
