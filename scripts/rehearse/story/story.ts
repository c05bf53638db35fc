import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { endpointName } from '../../../actions/lib/domain/names.ts';
import { createApply, expectNoChanges } from './apply.ts';
import { startRequestStream, type StreamTally } from './request-stream.ts';
import { expectExit, type ActionResult } from './run-action.ts';
import type { Stage } from './stage.ts';
import { expectOutcome, type Steps } from './steps.ts';

const ENVIRONMENT = 'dev';
const POLL = { 'poll-interval-seconds': '0.2', 'heartbeat-seconds': '10' } as const;

/** The tally of the requests that were sent during one step. */
export interface StreamedStep {
  readonly name: string;
  readonly tally: StreamTally;
  /** Names of the releases by their ids, for people. */
  readonly releases: ReadonlyMap<string, string>;
}

/**
 * A team's week in two minutes: a first release, a good second one by canary under traffic, a third that answers wrongly
 * and is undone by the machine, and a rollback to the first by hand.
 *
 * @throws UnexpectedOutcome at the first step that comes to something else.
 */
export async function playStory(stage: Stage, steps: Steps): Promise<readonly StreamedStep[]> {
  const { environment } = await readEnvironmentFolder(stage.workspace.root, ENVIRONMENT);
  const endpoint = endpointName(environment);
  const releases = new Map<string, string>();
  const streamed: StreamedStep[] = [];
  const apply = createApply(stage);

  const build = async (version: string) => {
    const commit = await stage.workspace.commit(`Train the model of ${version}`);
    const result = await stage.act('build-image', {
      repository: environment.service,
      region: environment.region,
      commit,
      'commit-time': String(stage.workspace.head().time),
      builder: stage.tooling.containers,
      'working-directory': stage.workspace.root,
      'build-arguments': stage.tooling.buildArguments,
      network: stage.tooling.network,
    });
    expectExit(result, 0);
    const { image = '', size = '0', builder } = result.outputs;
    const megabytes = (Number(size) / 1e6).toFixed(1);
    return {
      commit,
      image,
      outcome: `pushed ${image.slice(image.indexOf('@') + 1, image.indexOf('@') + 20)}… (${builder ?? ''}, ${megabytes} MB)`,
    };
  };
  const release = async (version: string, { image, commit }: { image: string; commit: string }) => {
    const id = await stage.release(ENVIRONMENT, image, commit);
    releases.set(id, version);
    return { id, outcome: `${version} is release ${id}, ${await apply(ENVIRONMENT)}` };
  };
  const deploy = async () =>
    await stage.act('deploy-endpoint', { environment: ENVIRONMENT, 'github-token': '', ...POLL });
  const underTraffic = async (
    name: string,
    allowed: readonly string[],
    run: () => Promise<void>,
  ): Promise<StreamTally> => {
    const stream = startRequestStream({
      endpoint,
      awsEnvironment: stage.aws.environment,
      connections: 4,
      pauseMilliseconds: 5,
    });
    let tally: StreamTally;
    try {
      await run();
    } finally {
      tally = await stream.stop();
      streamed.push({ name, tally, releases });
    }
    const strangers = [...tally.answeredBy.keys()].filter((id) => !allowed.includes(id));
    expectOutcome(`${name}: failed requests (${tally.firstFailure ?? 'none'})`, tally.failed, 0);
    expectOutcome(`${name}: releases that answered but should not have`, strangers, []);
    return tally;
  };

  const v1 = await steps.step('build v1 and push its image', async () => await build('v1'));
  const r1 = await steps.step('declare release v1', async () => await release('v1', v1));
  await steps.step('endpoint in service', async () => ({ outcome: await stage.waitInService(endpoint) }));
  await steps.step('verify v1', async () => {
    const result = await deploy();
    expectOutcomeOf(result, 'promoted', r1.id);
    return { outcome: `smoke test passed, serving ${r1.id}` };
  });

  await stage.workspace.trainModel({ seed: 2, rows: 2000 });
  const v2 = await steps.step('build v2 and push its image', async () => await build('v2'));
  const r2 = await steps.step('declare release v2', async () => await release('v2', v2));
  await steps.step('swap to v2 by canary, under traffic', async () => {
    const { sent } = await underTraffic('canary swap v1 → v2', [r1.id, r2.id], async () => {
      expectOutcomeOf(await deploy(), 'promoted', r2.id);
    });
    return { outcome: `promoted, smoke test passed, 0 of ${sent} requests failed` };
  });
  await steps.step("v1's fleet is gone", async () => ({ outcome: await stage.expectFleet(endpoint, r2.id) }));

  await stage.workspace.trainModel({ seed: 3, fault: 'swapped-columns' });
  const v3 = await steps.step('build v3, whose model answers wrongly', async () => await build('v3'));
  const r3 = await steps.step('declare release v3', async () => await release('v3', v3));
  await steps.step('swap to v3: the smoke test fails, v2 comes back', async () => {
    const { sent } = await underTraffic('swap v2 → v3 and back', [r2.id, r3.id], async () => {
      const result = await deploy();
      expectExit(result, 1);
      expectOutcome('deploy-endpoint: outcome', result.outputs['outcome'], 'rolled-back');
      expectOutcome('deploy-endpoint: serving release', result.outputs['serving-release'], r2.id);
    });
    return { outcome: `rolled back to v2 and verified, 0 of ${sent} requests failed` };
  });
  await steps.step("v3's fleet is gone", async () => ({ outcome: await stage.expectFleet(endpoint, r2.id) }));

  await steps.step('roll back to v1 by hand, under traffic', async () => {
    const { sent } = await underTraffic('manual rollback v2 → v1', [r1.id, r2.id], async () => {
      const result = await stage.act('rollback-endpoint', {
        environment: ENVIRONMENT,
        reason: 'rehearsing a rollback',
        'github-token': '',
        ...POLL,
      });
      expectOutcomeOf(result, 'promoted', r1.id);
    });
    return { outcome: `v1 serves and is verified, 0 of ${sent} requests failed` };
  });
  if (stage.tooling.terraform === 'ready') {
    await steps.step('plan once more', async () => ({ outcome: await expectNoChanges(stage, ENVIRONMENT) }));
  }
  return streamed;
}

function expectOutcomeOf(result: ActionResult, outcome: string, servingRelease: string): void {
  expectExit(result, 0);
  expectOutcome('outcome', result.outputs['outcome'], outcome);
  expectOutcome('serving release', result.outputs['serving-release'], servingRelease);
}
