import path from 'node:path';
import { createImageBuilderChooser } from '../lib/adapters/image-builders.ts';
import { createEcrRepositories } from '../lib/adapters/ecr-repositories.ts';
import { readCommitTime } from '../lib/adapters/commit-time.ts';
import { createImageReader } from '../lib/adapters/image-reader.ts';
import { runProcess } from '../lib/adapters/process.ts';
import { createRegistryClient } from '../lib/adapters/registry-client.ts';
import { systemClock as clock } from '../lib/adapters/system-clock.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { parseBuildImageInputs } from './inputs.ts';
import { renderOutputs, renderSummary, runBuildImage } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseBuildImageInputs((name) => runner.input(name));
  const root = path.resolve(inputs['working-directory']);
  const result = await runBuildImage(inputs, {
    repositories: createEcrRepositories(inputs.region, (secret) => runner.mask(secret)),
    reader: (repository) => createImageReader(repository, createRegistryClient(repository, { clock, signal })),
    chooseBuilder: createImageBuilderChooser(inputs.builder, { run: runProcess, root, reporter, clock, signal }),
    commitTimeSeconds: async () => await readCommitTime(runProcess, root, inputs.commit),
    reporter,
  });
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(result));
});
