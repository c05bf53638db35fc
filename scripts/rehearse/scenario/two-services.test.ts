import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { lookForDrift } from './drift.ts';
import { startFixture, type Fixture } from './fixture.ts';
import { scenarioSteps } from './scenario.ts';
import { ONLY_NODE } from './tooling.ts';
import { createContext } from './context.ts';

// Two images and ten instances on a machine that may be busy.
const LONG_MILLISECONDS = 180_000;

describeWithTool(['git', 'bash'], 'a repository with two services', () => {
  let folder: string;
  let fixture: Fixture;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'two-services-'));
    fixture = await startFixture({
      folder: path.join(folder, 'work'),
      logDirectory: path.join(folder, 'logs'),
      tooling: ONLY_NODE,
      content: { kind: 'sample-team' },
      acceleration: 600,
      signal: new AbortController().signal,
    });
  }, LONG_MILLISECONDS);
  afterAll(async () => {
    await fixture.close();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'builds, plans, swaps and promotes nothing of one service when the other changes',
    async () => {
      const context = createContext(fixture);
      const steps = scenarioSteps(fixture.content);
      const outcomes: string[] = [];
      const play = async (id: string): Promise<void> => {
        const step = steps.find((one) => one.id === id);
        if (step === undefined) throw new Error(`the story has no step ${id}`);
        outcomes.push((await step.run(context)).outcome);
      };
      for (const id of ['own-model', 'change', 'image', 'deploy-trial']) await play(id);
      // It looks at the other service too, and changes nothing of it.
      await lookForDrift(context);
      await play('apart');
      expect(outcomes[0]).toMatch(
        /scoring: model sha256:[0-9a-f]{64} answered .*labelling: model sha256:[0-9a-f]{64} answered/,
      );
      expect(outcomes[3]).toMatch(/^v2 serves and is verified, 0 of [1-9]\d* requests failed$/);
      expect(outcomes[4]).toBe('labelling: no change, no job, no plan, no pull request');
    },
    LONG_MILLISECONDS,
  );
});
