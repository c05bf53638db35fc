import { readFile } from 'node:fs/promises';
import { createApplyJobs } from '../lib/adapters/github/apply-jobs.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction, type Runner } from '../lib/adapters/runner/runner.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { withTerraform } from '../lib/adapters/wiring/terraform-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { applyFailure, renderApplyOutputs, renderApplySummary } from '../lib/domain/plan/apply-report.ts';
import { describeError } from '../lib/domain/errors/user-error.ts';
import { findLockingJob, lockedAt, lockError, type ApplyJob, type StateLock } from '../lib/domain/plan/state-lock.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { inputs as schema, type TerraformApplyInputs } from './inputs.ts';
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
  if (result.kind === 'failed' && result.lock !== undefined) {
    throw lockError(inputs.environment, result.lock, await findHolder(inputs, result.lock, runner));
  }
  const failure = applyFailure(inputs.environment, result);
  if (failure !== undefined) throw failure;
});

// Who holds the lock is told also where GitHub can't be asked.
async function findHolder(
  inputs: TerraformApplyInputs,
  lock: StateLock,
  { reporter, signal }: Runner,
): Promise<ApplyJob | undefined> {
  const context = readGithubContext();
  const [token, moment] = [inputs['github-token'], lockedAt(lock)];
  if (token === undefined || context.workflow === undefined || moment === undefined) return undefined;
  const client = createGithubClient({ ...context, token, reporter, signal });
  try {
    const jobs = await createApplyJobs(client, context.workflow, context.run).at(moment);
    return findLockingJob(lock, inputs.environment, jobs);
  } catch (error) {
    reporter.warning(`Which run holds the lock is not known: ${describeError(error)}`);
    return undefined;
  }
}
