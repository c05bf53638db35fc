import { readFile } from 'node:fs/promises';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { withTerraform } from '../lib/adapters/wiring/terraform-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { applyFailure, renderApplyOutputs, renderApplySummary } from '../lib/domain/plan/apply-report.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { inputs as schema } from './inputs.ts';
import { runTerraformApply } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const path = inputs['meaning-file'];
  const result = await withTerraform(
    runner,
    inputs,
    async ({ root, environment, releaseFile, backendConfig, ports }) =>
      await runTerraformApply(
        inputs,
        {
          ...{ environment, releaseFile, backendConfig, commit: readGithubContext().sha },
          meaning: { path, text: await readFile(path, 'utf8') },
        },
        { ...ports, ledger: await createLedger(root, environment), reporter: runner.reporter },
      ),
  );
  runner.setOutputs(renderApplyOutputs(result));
  if (result.kind === 'failed') reportDiagnostics(inputs.environment, result.diagnostics, runner.reporter);
  if (result.kind === 'overtaken') runner.reporter.warning(`${result.by}, a later commit, is applied already`);
  await runner.addSummary(renderApplySummary(inputs.environment, result));
  const failure = applyFailure(inputs.environment, result);
  if (failure !== undefined) throw failure;
});
