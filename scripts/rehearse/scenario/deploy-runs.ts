import { approvalEnvironment } from '../../../actions/lib/domain/environment/names.ts';
import type { ScenarioContext } from './context.ts';
import type { ExpectedRun } from './expect-run.ts';
import type { Fixture } from './fixture.ts';
import { askingJobs, tellingJobs } from './notifications.ts';

/** The jobs that bring one environment to what main says. */
const DEPLOYING = [
  'Plan',
  'Verify the artifact',
  'Approve',
  'Change / Apply / Run Terraform',
  'Change / Swap / Route and verify',
] as const;

/** The jobs that bring what an environment verified to the next one. */
function proposed(service: string, name: string): ExpectedRun['jobs'] {
  return {
    [`${service} / Review what follows ${name} / Ask both models`]: 'success',
    [`${service} / Propose what ${name} verified to the next one`]: 'success',
  };
}

/** A run of deploy.yml that finds an environment as main says: nobody is asked, and nothing is changed. */
export function foundAsItIs({ chain: { service } }: ScenarioContext, name: string): ExpectedRun {
  return {
    workflow: 'deploy.yml',
    conclusion: 'success',
    jobs: {
      'Find the changed environments': 'success',
      'Mark the plans of other pull requests as void': 'success',
      [`${service} / ${name} / Plan`]: 'success',
      ...proposed(service, name),
    },
  };
}

/** A run of deploy.yml that fails in one of these jobs: those after it are skipped. */
export function failedIn(
  context: ScenarioContext,
  name: string,
  job: 'Plan' | 'Verify' | 'Approve' | 'Apply' | 'Swap',
): ExpectedRun {
  const { service } = context.chain;
  const all = deployed(context, name);
  const at = DEPLOYING.findIndex((one) => one.includes(job));
  // Whoever is asked is told beside the approval; how it ended is told in any case.
  const asks = at < DEPLOYING.indexOf('Approve') ? askingJobs(context, name) : [];
  const after = [...DEPLOYING.slice(at + 1), ...asks].map((one) => `${service} / ${name} / ${one}`);
  const jobs = Object.entries(all.jobs).filter(([one]) => !after.includes(one));
  const failing = `${service} / ${name} / ${DEPLOYING[at] ?? ''}`;
  return { ...all, conclusion: 'failure', jobs: { ...Object.fromEntries(jobs), [failing]: 'failure' } };
}

/** A run of deploy.yml that deploys some environments of the story's service. */
export function deployed(context: ScenarioContext, ...environments: readonly string[]): ExpectedRun {
  const { service } = context.chain;
  const jobs = environments.flatMap((name) => [
    ...[...DEPLOYING, ...askingJobs(context, name), ...tellingJobs(context)].map(
      (job) => [`${service} / ${name} / ${job}`, 'success'] as const,
    ),
  ]);
  return {
    workflow: 'deploy.yml',
    conclusion: 'success',
    jobs: {
      'Find the changed environments': 'success',
      'Mark the plans of other pull requests as void': 'success',
      ...Object.fromEntries(jobs),
      ...Object.fromEntries(environments.flatMap((name) => Object.entries(proposed(service, name)))),
    },
  };
}

/** Approves an environment as soon as a job waits for it, after a look at how things stand. */
export async function approveWhenWaiting(
  { fixture }: ScenarioContext,
  environment: string,
  look: () => void,
): Promise<void> {
  await untilWaiting(fixture);
  look();
  fixture.approvals.decide(approvalEnvironment(environment), true);
}

/** Waits until a number of jobs wait for an approval; gives their names. */
async function untilWaiting({ approvals, signal }: Fixture, count = 1): Promise<readonly string[]> {
  while (approvals.waiting().length < count) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return approvals.waiting().map(({ jobName }) => jobName);
}
