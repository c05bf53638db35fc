import { createWorkflowJobs } from '../lib/adapters/github/workflow-jobs.ts';
import { readPlanRun } from '../lib/adapters/github/workflow-run.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parsePassedChecksInputs } from './inputs.ts';
import { renderPassedChecksOutputs, runPassedChecks } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parsePassedChecksInputs((name) => runner.input(name));
  const { repository, apiUrl } = readPlanRun();
  const workflows = createWorkflowJobs({
    ...{ token: inputs['github-token'], apiUrl, repository, clock, signal },
    random: Math.random,
  });
  runner.setOutputs(renderPassedChecksOutputs(await runPassedChecks(inputs, { workflows, reporter })));
});
