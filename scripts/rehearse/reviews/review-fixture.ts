import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobRecord, RunRecord, WorkflowFile } from '@sagemaker-gitops/workflow-runner';
import type { EnvironmentFile } from '../../../actions/lib/domain/environment/environment.ts';
import { approvalEnvironment } from '../../../actions/lib/domain/environment/names.ts';
import { clientOptions } from '../scenario/first-release.ts';
import { createContext, type ScenarioContext } from '../scenario/context.ts';
import { runsAfter } from '../scenario/expect-run.ts';
import { startFixture, type Fixture } from '../scenario/fixture.ts';
import { ONLY_NODE } from '../scenario/tooling.ts';

/** The service and environments of the sample team that are played on: nobody approves the first, somebody the second. */
export const OPEN = 'trial';
export const GUARDED = 'preview';

/** What attacks and scenes are played on: the emulators with a first release, and people who change settings. */
export interface ReviewFixture {
  readonly fixture: Fixture;
  readonly context: ScenarioContext;
  /** The file of an environment with other limits of its alarms: a change that Terraform makes, and no image. */
  limits(environment: string, limits: Limits): Promise<Readonly<Record<string, string>>>;
  /** Opens a pull request and waits for its run; gives its number. */
  propose(branch: string, files: Readonly<Record<string, string>>): Promise<number>;
  /** Merges a pull request, waits for all that comes of it, and gives the run of Deploy. */
  merge(pullRequest: number): Promise<RunRecord>;
  /** Starts Deploy by hand, waits, and gives its run. */
  deploy(environment: string, inputs?: Readonly<Record<string, string>>): Promise<RunRecord>;
  /** Waits until so many jobs wait for an approval; gives their names. */
  waiting(count?: number): Promise<readonly string[]>;
  decide(environment: string, approved: boolean, runId?: number): void;
  /** The limits that an environment's alarms have in the account. */
  applied(environment: string): Promise<Limits>;
  /** Changes every workflow file of the runs that start from now on, until it is called without an argument. */
  adjust(change?: (file: WorkflowFile) => WorkflowFile): void;
  close(): Promise<void>;
}

interface Limits {
  readonly errors?: number;
  readonly latencyMilliseconds?: number;
}

/** Starts the emulators, with a first release in every environment. */
export async function startReviewFixture(signal: AbortSignal): Promise<ReviewFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reviews-'));
  let change: ((file: WorkflowFile) => WorkflowFile) | undefined;
  const fixture = await startFixture({
    folder: path.join(folder, 'work'),
    logDirectory: path.join(folder, 'logs'),
    tooling: ONLY_NODE,
    content: { kind: 'sample-team', services: ['scoring'] },
    acceleration: 600,
    signal,
    isProtected: (name) => name === GUARDED,
    runner: { variables: { APP_CLIENT_ID: '' }, adjust: (file) => change?.(file) ?? file },
  });
  const { team, approvals } = fixture;
  const only = async (act: () => Promise<unknown>): Promise<RunRecord> => {
    const runs = await runsAfter(fixture, act);
    const found = runs.find(({ workflow }) => workflow.endsWith('/deploy.yml'));
    if (found === undefined) throw new Error('nothing was deployed');
    return found;
  };
  return {
    fixture,
    context: createContext(fixture),
    limits: async (environment, { errors, latencyMilliseconds }) => {
      const file = `environments/${environment}/environment.json`;
      const settings = JSON.parse(await team.readMain(file)) as EnvironmentFile;
      const { serverErrors, latencyP99 } = settings.alarms;
      const alarms = {
        ...settings.alarms,
        ...(errors === undefined ? {} : { serverErrors: { ...serverErrors, threshold: errors } }),
        ...(latencyMilliseconds === undefined
          ? {}
          : { latencyP99: { ...latencyP99, thresholdMilliseconds: latencyMilliseconds } }),
      };
      return { [file]: `${JSON.stringify({ ...settings, alarms }, undefined, 2)}\n` };
    },
    propose: async (branch, files) => {
      let number = 0;
      await runsAfter(fixture, async () => {
        number = await team.propose({ branch, title: branch, files });
      });
      return number;
    },
    merge: async (number) => await only(async () => await team.merge(number)),
    deploy: async (environment, inputs = {}) =>
      await only(async () => await team.dispatch('deploy.yml', { environment, ...inputs })),
    waiting: async (count = 1) => {
      while (approvals.waiting().length < count) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return approvals.waiting().map(({ jobName }) => jobName);
    },
    decide: (environment, approved, runId) => approvals.decide(approvalEnvironment(environment), approved, runId),
    applied: async (environment) => await readLimits(fixture, environment),
    adjust: (next) => {
      change = next;
    },
    close: async () => {
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readLimits(fixture: Fixture, name: string): Promise<Limits> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const place = fixture.content.main.environments.find((one) => one.name === name) ?? fixture.content.main.first;
  const cloudWatch = new CloudWatchClient(clientOptions(fixture.awsEnvironmentOf(place)));
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: `${place.service}-${name}-` }),
  );
  cloudWatch.destroy();
  const limitOf = (kind: string): number | undefined =>
    MetricAlarms.find(({ AlarmName = '' }) => AlarmName.endsWith(kind))?.Threshold;
  return { errors: limitOf('-5xx') ?? 0, latencyMilliseconds: (limitOf('-latency-p99') ?? 0) / 1000 };
}

/** The results of a run's jobs whose name ends so. */
export function resultsOf(run: RunRecord, ending: string): readonly JobRecord['result'][] {
  return run.jobs.filter(({ name }) => name.endsWith(ending)).map(({ result }) => result);
}

/** All that the jobs of a run said whose name contains a text. */
export async function logOf(run: RunRecord, name: string): Promise<string> {
  const jobs = run.jobs.filter((job) => job.name.includes(name) && job.logFile !== '');
  return (await Promise.all(jobs.map(async ({ logFile }) => await readFile(logFile, 'utf8')))).join('\n');
}
