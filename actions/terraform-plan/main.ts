import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isLastEnvironment } from '../lib/adapters/checkout/environment-place.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { withTerraform } from '../lib/adapters/wiring/terraform-ports.ts';
import { renderPlanSummaryFile } from '../lib/domain/plan/summary.ts';
import { statementArtifact, statementFile } from '../lib/domain/plan/statement.ts';
import { renderPlanText } from '../lib/domain/plan/text.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { failureOf, renderSummary } from '../lib/domain/plan/plan-report.ts';
import { runTerraformPlan } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const context = readGithubContext();
  const result = await withTerraform(
    runner,
    inputs,
    async ({ root, environment, releaseFile, backendConfig, prices, now, ports }) =>
      await runTerraformPlan(
        inputs,
        {
          environment,
          releaseFile,
          isProduction: await isLastEnvironment(root, environment),
          ...{ backendConfig, prices, now },
          run: context.run,
        },
        ports,
      ),
  );
  const { environment } = result.summary;
  const folder = path.resolve(inputs['output-directory']);
  await mkdir(folder, { recursive: true });
  const summaryFile = path.join(folder, `${environment}.json`);
  await writeFile(summaryFile, renderPlanSummaryFile(result.summary));
  await writeFile(path.join(folder, `${environment}.txt`), renderPlanText(result.summary));
  if (result.statement !== undefined)
    await writeFile(path.join(folder, statementFile(environment)), `${JSON.stringify(result.statement)}\n`);
  runner.setOutputs({
    outcome: result.outcome,
    'summary-file': summaryFile,
    'statement-directory': folder,
    'statement-artifact': statementArtifact(environment, context.run.attempt),
  });
  reportDiagnostics(environment, result.summary.result.diagnostics, runner.reporter);
  await runner.addSummary(renderSummary(result.summary, context));
  const failure = failureOf(result.summary);
  if (failure !== undefined) throw failure;
});
