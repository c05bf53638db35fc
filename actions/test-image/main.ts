import path from 'node:path';
import { tmpdir } from 'node:os';
import { createEcrRepositories } from '../lib/adapters/aws/ecr-repositories.ts';
import { readAskedEnvironments, readGoldenCases } from '../lib/adapters/checkout/asked-cases.ts';
import { copyModel, readModelFolder } from '../lib/adapters/checkout/model-folder.ts';
import { createDockerImageRunner } from '../lib/adapters/docker/image-runner.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseTestImageInputs } from './inputs.ts';
import { errorOf, renderOutputs, renderSummary } from './report.ts';
import { runTestImage } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseTestImageInputs(runner.input);
  const root = path.resolve(inputs['working-directory']);
  const modelFolder = path.resolve(root, inputs['model-directory']);
  const result = await runTestImage(inputs, {
    repositories: createEcrRepositories(inputs.region, (secret) => runner.mask(secret)),
    runner: createDockerImageRunner({ run: runProcess, reporter, signal, clock }),
    environments: async () => await readAskedEnvironments(root, inputs.service),
    goldenCases: async () => await readGoldenCases(root, inputs['model-directory']),
    readModel: async () => ({
      folder: modelFolder,
      files: await readModelFolder(modelFolder),
      sourceOf: (file) => path.join(modelFolder, file.path),
    }),
    // The runner's own folder for files of a job, which goes with it.
    unpackModel: async (model) => await copyModel(model.folder, model.files, process.env['RUNNER_TEMP'] ?? tmpdir()),
    reporter,
  });
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(result));
  const error = errorOf(result);
  if (error !== null) throw error;
});
