import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { liveRelease, parseReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import type { FaultOfStep, StepFault, StepPlace, RunRecord, WorkflowFile } from '@sagemaker-gitops/workflow-runner';
import { runsAfter } from '../scenario/expect-run.ts';
import { startFixture, type Fixture } from '../scenario/fixture.ts';
import { UnexpectedOutcome } from '../scenario/steps.ts';
import { ONLY_NODE } from '../scenario/tooling.ts';
import { createContext, releaseFileOnMain, type ScenarioContext } from '../scenario/context.ts';
import { createWork, ENVIRONMENT, NEXT_ENVIRONMENT, SERVICE, type Work, type WorkflowName } from './work.ts';

/** Runs workflows with injected faults, and checks the state after the next run of the same workflow. */
export interface WorkflowDriver extends Omit<Work, 'target'> {
  readonly fixture: Fixture;
  /** Starts the workflow with a fault and waits for its end. */
  run(workflow: WorkflowName, fault?: InjectedFault): Promise<RunRecord>;
  /** What of Git, GitHub and AWS does not agree; empty where all do. */
  disagreements(workflow: WorkflowName): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A fault at a step, or a change of the workflow file. */
interface InjectedFault {
  readonly fault?: { readonly job: string; readonly number: number; readonly kind: StepFault['kind'] };
  readonly adjust?: (file: WorkflowFile) => WorkflowFile;
}

/** Starts the emulators, with the first release verified in every environment. */
export async function startDriver(signal: AbortSignal): Promise<WorkflowDriver> {
  const folder = await mkdtemp(path.join(tmpdir(), 'workflow-faults-'));
  let fault: InjectedFault = {};
  const fixture = await startFixture({
    folder: path.join(folder, 'work'),
    logDirectory: path.join(folder, 'logs'),
    tooling: ONLY_NODE,
    content: { kind: 'sample-team', services: [SERVICE] },
    acceleration: 600,
    // What is pushed past a review is differing, and somebody approves it at once.
    isProtected: (name) => name === ENVIRONMENT,
    approve: async () => await Promise.resolve(true),
    signal,
    runner: {
      faultOf: (place) => faultAt(fault, place),
      adjust: (file) => fault.adjust?.(file) ?? file,
      // Without an app the jobs have nothing but their own tokens, and a promotion starts no checks.
      variables: { APP_CLIENT_ID: '' },
    },
  });
  const context = createContext(fixture);
  const work = createWork(context);
  const run: WorkflowDriver['run'] = async (workflow, injected = {}) => {
    fault = injected;
    try {
      const [record] = await runsAfter(fixture, async () => await work.begin(workflow));
      if (record === undefined) throw new UnexpectedOutcome(`${workflow} was not started`);
      return record;
    } finally {
      fault = {};
    }
  };
  return {
    ...work,
    fixture,
    run,
    disagreements: async (workflow) =>
      workflow === 'release.yml' ? await afterRelease(context) : await afterSwap(context, workflow, work.target()),
    close: async () => {
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function faultAt({ fault }: InjectedFault, place: StepPlace): ReturnType<FaultOfStep> {
  if (fault === undefined || fault.job !== place.job || fault.number !== place.number) return undefined;
  // Long enough for a step to be in the middle of its work.
  return { kind: fault.kind, afterMilliseconds: 600 };
}

async function afterRelease({ fixture }: ScenarioContext): Promise<readonly string[]> {
  const commit = await fixture.github.git.resolve('refs/heads/main');
  const pulls = fixture.team.openPulls(`promote/${ENVIRONMENT}/`);
  const problems: string[] = [];
  if (pulls.length !== 1) problems.push(`${String(pulls.length)} open promotions to ${ENVIRONMENT}`);
  if (!(pulls[0]?.body ?? '').includes(commit ?? '?')) problems.push('the promotion is not of the newest commit');
  return problems;
}

async function afterSwap(context: ScenarioContext, workflow: WorkflowName, target: string): Promise<readonly string[]> {
  const { fixture } = context;
  const { environment } = await readEnvironmentFolder(fixture.repository.root, ENVIRONMENT);
  const config = endpointConfigName(environment, target);
  const endpoint = fixture.aws.inspectEndpoints().find(({ name }) => name === endpointName(environment));
  const problems: string[] = [];
  if (endpoint?.status !== 'InService') problems.push(`the endpoint is ${endpoint?.status ?? 'gone'}`);
  if (endpoint?.configName !== config) problems.push(`serves ${endpoint?.configName ?? 'nothing'}, not ${config}`);
  const attempts = fixture.github.state.deployments.filter((deployment) => deployment.environment === ENVIRONMENT);
  const open = attempts.filter(({ statuses }) =>
    ['queued', 'in_progress'].includes(statuses.at(-1)?.state ?? 'queued'),
  );
  if (open.length > 0) problems.push(`${String(open.length)} attempts of the ledger are open`);
  const last = attempts.at(-1);
  if (last === undefined || !last.statuses.some(({ state }) => state === 'success')) {
    problems.push(`the newest attempt is ${last?.statuses.at(-1)?.state ?? 'missing'}`);
  }
  const main = await releaseFileOnMain(context, ENVIRONMENT);
  const records = fixture.team.openPulls(`rollback-record/${ENVIRONMENT}/`);
  const recorded = records.some(({ pull }) => pull.headRef.endsWith(target));
  if (main.live !== target && !recorded)
    problems.push(`Git says ${main.live ?? 'nothing'}, and no pull request says otherwise`);
  if (workflow === 'deploy.yml')
    problems.push(...(await promotionProblems(context, main.releases[target]?.spec.image)));
  if (workflow === 'rollback.yml' && records.length > 1) problems.push(`${String(records.length)} records are open`);
  return problems;
}

async function promotionProblems({ fixture }: ScenarioContext, image: string | undefined): Promise<readonly string[]> {
  const pulls = fixture.team.openPulls(`promote/${NEXT_ENVIRONMENT}/`);
  const path = `environments/${NEXT_ENVIRONMENT}/release.json`;
  const proposed = await Promise.all(
    pulls.map(async ({ pull }) =>
      parseReleaseFile({ path, text: await fixture.github.git.git(['show', `${pull.headRef}:${path}`]) }),
    ),
  );
  const images = proposed.map((file) => liveRelease(file)?.spec.image);
  return images.length === 1 && images[0] === image
    ? []
    : [`${String(images.length)} promotions to ${NEXT_ENVIRONMENT}, of ${images.join(', ') || 'nothing'}`];
}
