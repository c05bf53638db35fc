import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createDriftIssues } from '../lib/adapters/github/drift-issues.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createSwapPorts } from '../lib/adapters/wiring/swap-ports.ts';
import { isChange, parsePlanSummary } from '../lib/domain/plan/summary.ts';
import type { PlanVerdict } from '../lib/domain/drift/drift.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema, type DetectDriftInputs } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runDetectDrift } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const folder = await readEnvironmentFolder(root, inputs.environment);
  const token = inputs['github-token'];
  const context = readGithubContext();
  const result = await runDetectDrift(
    { ...folder, plan: await readPlanVerdict(inputs) },
    {
      ...(await createSwapPorts(root, folder.environment, { 'github-token': token, 'role-arn': undefined }, runner)),
      issues: createDriftIssues(createGithubClient({ ...context, token, reporter, signal })),
      runUrl: context.runUrl,
    },
  );
  reporter.info(`${inputs.environment}: ${result.outcome}`);
  runner.setOutputs(renderOutputs(result));
});

async function readPlanVerdict(inputs: DetectDriftInputs): Promise<PlanVerdict> {
  const { 'plan-outcome': outcome, 'plan-summary': file } = inputs;
  // A plan that ended in an error before it had an outcome gives none.
  if (outcome === '') return { kind: 'failed' };
  if (outcome !== 'changes') return { kind: outcome };
  if (file === undefined) return { kind: 'changes', resources: [] };
  const { result } = parsePlanSummary({ path: file, text: await readFile(file, 'utf8') });
  return {
    kind: 'changes',
    resources: result.kind === 'planned' ? result.resources.filter(isChange).map(({ address }) => address) : [],
  };
}
