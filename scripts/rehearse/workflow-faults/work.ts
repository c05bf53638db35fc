import { addRelease, renderReleaseFile, retainReleases } from '../../../actions/lib/domain/release/edit.ts';
import { liveRelease, type Release, type ReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/checkout/environment-folder.ts';
import { endpointName, releaseIdOfConfig } from '../../../actions/lib/domain/environment/names.ts';
import { swapInConsole } from '../scenario/drift.ts';
import { runsAfter } from '../scenario/expect-run.ts';
import type { Fixture } from '../scenario/fixture.ts';
import { releaseFileOnMain, type ScenarioContext } from '../scenario/context.ts';

/** The workflows whose steps are faulty. */
export const WORKFLOWS = ['deploy.yml', 'release.yml', 'rollback.yml'] as const;
/** Those, and the ones that only look; their jobs have grants too. */
export const ALL_WORKFLOWS = [...WORKFLOWS, 'pull-request.yml', 'drift.yml'] as const;
export type WorkflowName = (typeof ALL_WORKFLOWS)[number];

/** The service and the environment of the sample team that are worked on, and the environment after it. */
export const SERVICE = 'scoring';
export const ENVIRONMENT = 'trial';
export const NEXT_ENVIRONMENT = 'preview';
const RELEASE_FILE = `environments/${ENVIRONMENT}/release.json`;
const BRANCH = 'next';

/** What workflows are given to do, and how they are started for it. */
export interface Work {
  /** The release that should serve when what was prepared last is done. */
  target(): string;
  /** Gives a workflow something to do, in each of its jobs or above all in the one that is named. */
  prepare(workflow: WorkflowName, job?: string): Promise<void>;
  /** Has the next rollback name no release; what serves now is where it is to end. */
  prepareUnnamedRollback(): Promise<void>;
  /** Starts a workflow for what was prepared last, and waits for nothing. */
  begin(workflow: WorkflowName): Promise<void>;
}

/** Work for the workflows on a fixture. */
export function createWork(context: ScenarioContext): Work {
  const { fixture } = context;
  let target = '';
  let named = true;
  let revision = 0;
  let isProposed = false;

  /** A commit of its own for the pull request, based on what main is now, so that its plan is a new one. */
  const pushPullRequest = async (): Promise<void> => {
    const file = await releaseFileOnMain(context, ENVIRONMENT);
    const { spec, source } = live(file);
    const next = addRelease(file, { ...spec, environment: { LOG_LEVEL: 'debug' } }, source).file;
    const proposal = { branch: BRANCH, title: 'Log more', files: { [RELEASE_FILE]: renderReleaseFile(next) } };
    if (isProposed) await fixture.team.push(proposal);
    else await fixture.team.propose(proposal);
    isProposed = true;
  };

  /** A release of an image of its own, of a later commit than what the next environment has: there is something to promote. */
  const mergeRelease = async (): Promise<void> => {
    const file = await releaseFileOnMain(context, ENVIRONMENT);
    const commit = await fixture.team.pushSilently(`Change ${String(revision)}`, { 'server/NOTES': String(revision) });
    const image = await fixture.makeImage(SERVICE, commit);
    const createdAt = new Date(Date.UTC(2026, 0, 2) + revision * 60_000).toISOString().replace('.000', '');
    const added = addRelease(file, { ...live(file).spec, image }, { commit, createdAt, promotedFrom: null });
    target = added.id;
    // As promote-release keeps the file short: what serves stays, as Git may say otherwise since a rollback.
    const serving = await servingRelease(fixture);
    const kept = retainReleases(added.file, 2, (id) => id === serving);
    await fixture.team.pushSilently(`Let ${ENVIRONMENT} serve ${target}`, {
      [RELEASE_FILE]: renderReleaseFile(kept.file),
    });
  };

  const begin: Work['begin'] = async (workflow) => {
    if (workflow === 'pull-request.yml') await pushPullRequest();
    else await fixture.team.dispatch(workflow, inputsOf(workflow, named ? target : ''));
  };

  return {
    target: () => target,
    begin,
    prepare: async (workflow, job) => {
      named = true;
      revision += 1;
      switch (workflow) {
        case 'release.yml':
          await fixture.team.pushSilently(`Change ${String(revision)} of the server`, {
            'server/NOTES': String(revision),
          });
          break;
        case 'pull-request.yml':
          // A plan that the next commit makes void.
          if (!isProposed) await runsAfter(fixture, pushPullRequest);
          break;
        case 'deploy.yml':
          if (job === 'void') await runsAfter(fixture, pushPullRequest);
          await mergeRelease();
          break;
        case 'rollback.yml':
          // From a release that nobody has rolled back from, so that the record is a new one.
          if (job === 'record') {
            await mergeRelease();
            await runsAfter(fixture, async () => await begin('deploy.yml'));
          }
          target = await otherRelease(context);
          break;
        case 'drift.yml':
          // To and fro: an issue is to be opened, and the next time to be closed.
          await swapInConsole(context, ENVIRONMENT, await otherRelease(context));
      }
    },
    prepareUnnamedRollback: async () => {
      target = (await servingRelease(fixture)) ?? '';
      named = false;
    },
  };
}

function inputsOf(workflow: WorkflowName, release: string): Readonly<Record<string, string>> {
  if (workflow === 'release.yml' || workflow === 'drift.yml') return {};
  if (workflow === 'deploy.yml') return { environment: ENVIRONMENT };
  return { environment: ENVIRONMENT, release, reason: 'a run that is faulty', force: 'true' };
}

function live(file: ReleaseFile): Release {
  const release = liveRelease(file);
  if (release === undefined) throw new Error(`${ENVIRONMENT} has no live release`);
  return release;
}

async function servingRelease({ aws, repository }: Fixture): Promise<string | undefined> {
  const { environment } = await readEnvironmentFolder(repository.root, ENVIRONMENT);
  const endpoint = aws.inspectEndpoints().find(({ name }) => name === endpointName(environment));
  return endpoint === undefined ? undefined : releaseIdOfConfig(environment, endpoint.configName);
}

/** A release of the file that does not serve. */
async function otherRelease(context: ScenarioContext): Promise<string> {
  const serving = await servingRelease(context.fixture);
  const { releases } = await releaseFileOnMain(context, ENVIRONMENT);
  const other = Object.keys(releases).find((id) => id !== serving);
  if (other === undefined) throw new Error(`${ENVIRONMENT} has one release only: deploy another one first`);
  return other;
}
