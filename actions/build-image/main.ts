import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDockerBuilder } from '../lib/adapters/docker/builder.ts';
import { createEcrRepositories } from '../lib/adapters/aws/ecr-repositories.ts';
import { readBuildFile } from '../lib/adapters/checkout/build-file.ts';
import { readCommitTime } from '../lib/adapters/checkout/commit-time.ts';
import { readBaseImage, readNpmSbom } from '../lib/adapters/checkout/image-contents.ts';
import { createImageReader } from '../lib/adapters/registry/image-reader.ts';
import { readModelFolder } from '../lib/adapters/checkout/model-folder.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { createRegistryClient } from '../lib/adapters/registry/client.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseBuildImageInputs } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runBuildImage } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseBuildImageInputs(runner.input);
  const root = path.resolve(inputs['working-directory']);
  const modelFolder = path.resolve(root, inputs['model-directory']);
  const result = await runBuildImage(inputs, {
    readSettings: async () => await readBuildFile(root, inputs['model-directory']),
    repositories: createEcrRepositories(inputs.region, (secret) => runner.mask(secret)),
    reader: (repository) => createImageReader(repository, createRegistryClient(repository, { clock, signal })),
    builder: createDockerBuilder({ run: runProcess, reporter, signal }),
    commitTimeSeconds: async () => await readCommitTime(runProcess, root, inputs.commit),
    readModel: async () => ({
      folder: modelFolder,
      files: await readModelFolder(modelFolder),
      sourceOf: (file) => path.join(modelFolder, file.path),
    }),
    openModelStore: async (bucket) => {
      // Only where there is a bucket: the client is as large as all the rest.
      const { createS3ModelStore } = await import('../lib/adapters/aws/s3-model-store.ts');
      return createS3ModelStore({ bucket, region: inputs.region, clock, signal });
    },
    readNpmSbom: async () => await readNpmSbom(runProcess, root),
    readBaseImage: async (buildArguments) => await readBaseImage(root, inputs.dockerfile, buildArguments),
    writeSbom: async (document) => {
      // The runner's own folder for files of a job, which goes with it.
      const folder = path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), `sbom-${inputs.commit}`);
      await mkdir(folder, { recursive: true });
      const file = path.join(folder, `${inputs.repository.replaceAll('/', '-')}.spdx.json`);
      await writeFile(file, document);
      return file;
    },
    reporter,
  });
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(result));
});
