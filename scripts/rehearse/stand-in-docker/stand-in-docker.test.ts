import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEcrRepositories } from '../../../actions/lib/adapters/aws/ecr-repositories.ts';
import { createDockerBuilder } from '../../../actions/lib/adapters/docker/builder.ts';
import { createRegistryClient } from '../../../actions/lib/adapters/registry/client.ts';
import { createImageReader } from '../../../actions/lib/adapters/registry/image-reader.ts';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { systemClock as clock } from '../../../actions/lib/adapters/system/system-clock.ts';
import type { Process } from '../../../actions/lib/ports/process.ts';
import { writeSample } from '../../../server/sample-model/write-sample.ts';
import { ROOT } from '../../build.ts';
import { installProgram } from '../scenario/install-program.ts';
import { createRepository, DEPENDENCIES } from '../scenario/repository.ts';

let folder: string;
let aws: LocalAws;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stand-in-docker-'));
  aws = await startLocalAws({ logDirectory: path.join(folder, 'logs'), launcher: { kind: 'fake' } });
  await installProgram(path.join(folder, 'docker'), 'docker', [path.join(folder, 'docker'), DEPENDENCIES]);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

const docker: Process = async (spec) => {
  const command = path.join(folder, 'docker', spec.command);
  return await runProcess({ ...spec, command });
};

it('builds and pushes what the docker adapter of build-image asks for, the same content with the same digest', async () => {
  const clients = createClients(aws);
  await clients.ecr.send(new CreateRepositoryCommand({ repositoryName: 'scoring' }));
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
  const repository = await createEcrRepositories(aws.region, () => undefined).open('scoring');
  const { root } = await createRepository(path.join(folder, 'checkout'));
  await writeSample(path.join(root, 'server/models/scoring'), { seed: 1 });
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const reporter = { info: note, debug: note, warning: note, error: note };
  const builder = createDockerBuilder({ run: docker, reporter });
  const source = {
    ...{ workingDirectory: root, context: '.', dockerfile: 'server/Dockerfile', platform: 'linux/amd64' },
    ...{ modelDirectory: 'server/models/scoring', modelInImage: true, commit: 'c'.repeat(40) },
    ...{ commitTimeSeconds: 1_700_000_000, buildArguments: {}, network: undefined },
  };
  const reader = createImageReader(repository, createRegistryClient(repository, { clock }));
  const publish = async (tag: string) => {
    await builder.publish(source, repository, tag);
    return await reader.find(tag);
  };
  const first = await publish('first');
  expect(first).toMatchObject({ platform: 'linux/amd64', layers: { length: 3 } });
  expect(await publish('second')).toEqual(first);
  expect(lines.filter((line) => line.endsWith('Layer already exists'))).toHaveLength(4);
}, 120_000);

it.each(['run scoring', 'buildx ls', 'push scoring'])('refuses docker %s', async (line) => {
  const result = await docker({ command: 'docker', argv: line.split(' '), cwd: ROOT });
  expect(result.exitCode).toBe(64);
  expect(result.stderr).toContain(`does not support: docker ${line}`);
});
