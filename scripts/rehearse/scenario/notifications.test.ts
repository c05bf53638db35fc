import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import type { Answer, WebhookReceiver } from '../../testing/webhook-receiver.ts';
import { createContext, expectLedger, type ScenarioContext } from './context.ts';
import { deployed } from './deploy-runs.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { startFixture, type Fixture } from './fixture.ts';
import { expectTold } from './notifications.ts';
import { ONLY_NODE } from './tooling.ts';

// An image and four instances on a machine that may be busy.
const LONG_MILLISECONDS = 300_000;

describeWithTool(['git', 'bash'], 'a receiver of notifications', () => {
  let folder: string;
  let fixture: Fixture;
  let context: ScenarioContext;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'notifications-'));
    fixture = await startFixture({
      folder: path.join(folder, 'work'),
      logDirectory: path.join(folder, 'logs'),
      tooling: ONLY_NODE,
      content: { kind: 'sample-team', services: ['labelling'] },
      acceleration: 600,
      notifies: true,
      signal: new AbortController().signal,
    });
    context = createContext(fixture);
    if (fixture.receiver === undefined) throw new Error('the fixture has no receiver');
    receiver = fixture.receiver;
  }, LONG_MILLISECONDS);
  afterAll(async () => {
    await fixture.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** How the swap's job had ended when each message came. */
  const endedBefore: (string | null | undefined)[] = [];
  const deploy = async (): Promise<void> => {
    const { name } = context.chain.first;
    receiver.onMessage(() => {
      const swap = fixture.github.state.checkRuns.findLast((check) => check.name.endsWith('/ Route and verify'));
      endedBefore.push(swap?.conclusion);
    });
    const runs = await runsAfter(fixture, async () => {
      await fixture.team.dispatch('deploy.yml', { environment: name, recheck: 'true' });
    });
    // Green, and every job with it.
    await expectRuns(runs, [deployed(context, name)]);
    await expectLedger(context, name, { task: 'deploy', release: 'v1', outcome: 'promoted' });
  };
  it.each<{ what: string; answers: readonly Answer[]; messages: number }>([
    { what: 'slow', answers: [{ status: 200, afterMilliseconds: 3000 }], messages: 1 },
    { what: 'failing', answers: [{ status: 500 }], messages: 4 },
  ])(
    'that is $what gets its message after the swap has ended, and changes nothing of the run',
    async ({ answers, messages }) => {
      receiver.answer(...answers);
      await deploy();
      expect(endedBefore.splice(0)).toEqual(Array.from({ length: messages }, () => 'success'));
      await expectTold(context, context.chain.first.name, ...Array.from({ length: messages }, () => 'promoted'));
    },
    LONG_MILLISECONDS,
  );

  it(
    'that is down changes nothing of the run but a warning',
    async () => {
      await receiver.close();
      await deploy();
      const jobs = fixture.runner.runs.at(-1)?.jobs ?? [];
      const [annotation] = jobs.find(({ name }) => name.endsWith('Tell how it ended'))?.annotations ?? [];
      expect(annotation?.level).toBe('warning');
      expect(annotation?.message).toContain('no connection: ECONNREFUSED');
    },
    LONG_MILLISECONDS,
  );
});
