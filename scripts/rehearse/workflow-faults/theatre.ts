import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { liveRelease, parseReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import type { FaultOfStep, StepFault, StepPlace, RunRecord, WorkflowFile } from '@sagemaker-gitops/workflow-runner';
import { runsAfter } from '../story/expect-run.ts';
import { setStage, type Stage } from '../story/stage.ts';
import { UnexpectedOutcome } from '../story/steps.ts';
import { ONLY_NODE } from '../story/tooling.ts';
import { createWorld, releaseFileOnMain, type World } from '../story/world.ts';
import { createWork, ENVIRONMENT, NEXT_ENVIRONMENT, SERVICE, type Work, type WorkflowName } from './work.ts';

/** A stage on which one run after the other is struck, and the next one of the same workflow has to put things right. */
export interface Theatre extends Omit<Work, 'target'> {
  readonly stage: Stage;
  /** Starts the workflow and waits for its end, with what strikes it. */
  run(workflow: WorkflowName, strike?: Strike): Promise<RunRecord>;
  /** What of Git, GitHub and AWS does not agree; empty where all do. */
  disagreements(workflow: WorkflowName): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What strikes a run: a fault at a step, or another workflow file. */
interface Strike {
  readonly fault?: { readonly job: string; readonly number: number; readonly kind: StepFault['kind'] };
  readonly adjust?: (file: WorkflowFile) => WorkflowFile;
}

/** Sets the stage, with the first release verified in every environment. */
export async function openTheatre(signal: AbortSignal): Promise<Theatre> {
  const folder = await mkdtemp(path.join(tmpdir(), 'workflow-faults-'));
  let strike: Strike = {};
  const stage = await setStage({
    folder: path.join(folder, 'work'),
    logDirectory: path.join(folder, 'logs'),
    tooling: ONLY_NODE,
    content: { kind: 'sample-team', services: [SERVICE] },
    acceleration: 600,
    signal,
    runner: {
      faultOf: (place) => faultAt(strike, place),
      adjust: (file) => strike.adjust?.(file) ?? file,
      // Without an app the jobs have nothing but their own tokens, and a promotion starts no checks.
      variables: { APP_CLIENT_ID: '' },
    },
  });
  const world = createWorld(stage);
  const work = createWork(world);
  const run: Theatre['run'] = async (workflow, struckBy = {}) => {
    strike = struckBy;
    try {
      const [record] = await runsAfter(stage, async () => await work.begin(workflow));
      if (record === undefined) throw new UnexpectedOutcome(`${workflow} was not started`);
      return record;
    } finally {
      strike = {};
    }
  };
  return {
    ...work,
    stage,
    run,
    disagreements: async (workflow) =>
      workflow === 'release.yml' ? await afterRelease(world) : await afterSwap(world, workflow, work.target()),
    close: async () => {
      await stage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function faultAt({ fault }: Strike, place: StepPlace): ReturnType<FaultOfStep> {
  if (fault === undefined || fault.job !== place.job || fault.number !== place.number) return undefined;
  // Long enough for a step to be in the middle of its work.
  return { kind: fault.kind, afterMilliseconds: 600 };
}

async function afterRelease({ stage }: World): Promise<readonly string[]> {
  const commit = await stage.github.git.resolve('refs/heads/main');
  const pulls = stage.team.openPulls(`promote/${ENVIRONMENT}/`);
  const problems: string[] = [];
  if (pulls.length !== 1) problems.push(`${String(pulls.length)} open promotions to ${ENVIRONMENT}`);
  if (!(pulls[0]?.body ?? '').includes(commit ?? '?')) problems.push('the promotion is not of the newest commit');
  return problems;
}

async function afterSwap(world: World, workflow: WorkflowName, target: string): Promise<readonly string[]> {
  const { stage } = world;
  const { environment } = await readEnvironmentFolder(stage.repository.root, ENVIRONMENT);
  const config = endpointConfigName(environment, target);
  const endpoint = stage.aws.inspectEndpoints().find(({ name }) => name === endpointName(environment));
  const problems: string[] = [];
  if (endpoint?.status !== 'InService') problems.push(`the endpoint is ${endpoint?.status ?? 'gone'}`);
  if (endpoint?.configName !== config) problems.push(`serves ${endpoint?.configName ?? 'nothing'}, not ${config}`);
  const attempts = stage.github.state.deployments.filter((deployment) => deployment.environment === ENVIRONMENT);
  const open = attempts.filter(({ statuses }) =>
    ['queued', 'in_progress'].includes(statuses.at(-1)?.state ?? 'queued'),
  );
  if (open.length > 0) problems.push(`${String(open.length)} attempts of the ledger are open`);
  const last = attempts.at(-1);
  if (last === undefined || !last.statuses.some(({ state }) => state === 'success')) {
    problems.push(`the newest attempt is ${last?.statuses.at(-1)?.state ?? 'missing'}`);
  }
  const main = await releaseFileOnMain(world, ENVIRONMENT);
  const records = stage.team.openPulls(`rollback-record/${ENVIRONMENT}/`);
  const recorded = records.some(({ pull }) => pull.headRef.endsWith(target));
  if (main.live !== target && !recorded)
    problems.push(`Git says ${main.live ?? 'nothing'}, and no pull request says otherwise`);
  if (workflow === 'deploy.yml') problems.push(...(await promotionProblems(world, main.releases[target]?.spec.image)));
  if (workflow === 'rollback.yml' && records.length > 1) problems.push(`${String(records.length)} records are open`);
  return problems;
}

async function promotionProblems({ stage }: World, image: string | undefined): Promise<readonly string[]> {
  const pulls = stage.team.openPulls(`promote/${NEXT_ENVIRONMENT}/`);
  const path = `environments/${NEXT_ENVIRONMENT}/release.json`;
  const proposed = await Promise.all(
    pulls.map(async ({ pull }) =>
      parseReleaseFile({ path, text: await stage.github.git.git(['show', `${pull.headRef}:${path}`]) }),
    ),
  );
  const images = proposed.map((file) => liveRelease(file)?.spec.image);
  return images.length === 1 && images[0] === image
    ? []
    : [`${String(images.length)} promotions to ${NEXT_ENVIRONMENT}, of ${images.join(', ') || 'nothing'}`];
}
