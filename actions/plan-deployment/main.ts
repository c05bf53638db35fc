import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isLastEnvironment } from '../lib/adapters/checkout/environment-place.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createHeadFetcher } from '../lib/adapters/github/fetch-head.ts';
import { createPlanReviews } from '../lib/adapters/github/plan-reviews.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { withTerraform } from '../lib/adapters/wiring/terraform-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { meaningFile } from '../lib/domain/plan/meaning.ts';
import { failureOf } from '../lib/domain/plan/plan-report.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { inputs as schema } from './inputs.ts';
import { refusalOf, renderDeploymentSummary, renderOutputs } from './report.ts';
import { runPlanDeployment } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const context = readGithubContext();
  const token = inputs['github-token'];
  const plan = await withTerraform(runner, inputs, async ({ root, ports, ...subject }) => {
    return await runPlanDeployment(
      inputs,
      {
        ...{ ...subject, run: context.run, commit: context.sha },
        isProduction: await isLastEnvironment(root, subject.environment),
      },
      {
        ...ports,
        ledger: await createLedger(root, subject.environment),
        reviews: createPlanReviews(createGithubClient({ ...context, token, reporter, signal })),
        fetchHead: createHeadFetcher(runProcess, root, { ...context, token, environment: process.env }),
      },
    );
  });
  const folder = path.resolve(inputs['output-directory']);
  if (plan.kind === 'planned') {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, meaningFile(inputs.environment)), `${JSON.stringify(plan.meaning)}\n`);
  }
  runner.setOutputs({ ...renderOutputs(plan), 'meaning-directory': plan.kind === 'planned' ? folder : '' });
  if (plan.kind !== 'overtaken') reportDiagnostics(inputs.environment, plan.summary.result.diagnostics, reporter);
  await runner.addSummary(renderDeploymentSummary(inputs.environment, plan, context));
  const failure = plan.kind === 'failed' ? failureOf(plan.summary) : refusalOf(inputs.environment, plan);
  if (failure !== undefined) throw failure;
});
