import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { pushImage, startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createEcrRepositories } from '../../../actions/lib/adapters/aws/ecr-repositories.ts';
import { createDockerBuilder } from '../../../actions/lib/adapters/docker/builder.ts';
import { createDockerImageRunner } from '../../../actions/lib/adapters/docker/image-runner.ts';
import { createRegistryClient } from '../../../actions/lib/adapters/registry/client.ts';
import { createImageReader } from '../../../actions/lib/adapters/registry/image-reader.ts';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { systemClock as clock } from '../../../actions/lib/adapters/system/system-clock.ts';
import { textOf } from '../../../actions/lib/domain/smoke/answer.ts';
import { parseGoldenFile } from '../../../actions/lib/domain/smoke/cases.ts';
import { failureOf } from '../../../actions/lib/domain/smoke/check.ts';
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
  const noting = { info: note, debug: note, warning: note, error: note };
  const builder = createDockerBuilder({ run: docker, reporter: noting });
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

const reporter = { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined };
const runner = createDockerImageRunner({ run: docker, reporter, clock });
const question = (name: string, outputs?: object) => ({
  name,
  request: { contentType: 'application/json', json: { features: [1.2, 3.4, 5.6] } },
  expect: { status: 200, ...(outputs === undefined ? {} : { outputs }) },
});
const casesOf = (...cases: readonly object[]) =>
  parseGoldenFile({ path: 'golden.json', text: JSON.stringify({ cases }) }).cases;

it('runs a pulled image with its model, and answers as the server does', async () => {
  const repository = await createEcrRepositories(aws.region, () => undefined).open('scoring');
  const image = await createImageReader(repository, createRegistryClient(repository, { clock })).find('first');
  const environment = { RELEASE_ID: '0123456789ab' };
  const container = { image: image?.reference ?? '', environment, modelFolder: undefined, startupTimeoutSeconds: 60 };
  await expect(runner.ask(container, casesOf(question('early')))).rejects.toThrow(/Unable to find image/);
  await runner.pull(repository, container.image);
  const cases = casesOf(question('one', { prediction: { value: [4.8], absolute: 0.25 } }));
  const { probes, startSeconds } = await runner.ask(container, cases);
  expect(
    cases.map((smoke, index) => failureOf(smoke, probes[index] ?? NOTHING, { releaseId: '0123456789ab' })),
  ).toEqual([null]);
  expect(startSeconds).toBeGreaterThan(0);
}, 120_000);

const NOTHING = { kind: 'failed', message: 'no answer', latencyMilliseconds: 0 } as const;

// What a container without a network and with a read-only file system can't do, in the words of Node.
const ATTEMPTS = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
const attempt = async (work) => { try { await work(); return 'done'; } catch (error) { return (error.cause ?? error).code; } };
createServer(async (request, response) => {
  if (request.url === '/ping') return void response.end();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({
    root: await attempt(() => writeFileSync(new URL('./note', import.meta.url), 'x')),
    temporary: await attempt(() => writeFileSync(path.join(tmpdir(), 'note'), 'x')),
    network: await attempt(() => fetch('http://192.0.2.1/')),
    loopback: await attempt(() => fetch('http://127.0.0.1:' + process.env.SAGEMAKER_BIND_TO_PORT + '/ping')),
  }));
}).listen(process.env.SAGEMAKER_BIND_TO_PORT, '127.0.0.1');
`;

it('lets a container write into its temporary folder alone, and reach nothing but loopback', async () => {
  const repository = await createEcrRepositories(aws.region, () => undefined).open('scoring');
  const token = Buffer.from(`${repository.username}:${repository.password}`).toString('base64');
  const layers = [[{ path: 'opt/program/server.mjs', content: ATTEMPTS }]];
  const digest = await pushImage({ url: aws.url, token }, 'scoring', 'attempts', { layers });
  const image = `${repository.uri}@${digest}`;
  await runner.pull(repository, image);
  const container = { image, environment: {}, modelFolder: undefined, startupTimeoutSeconds: 60 };
  const { probes } = await runner.ask(container, casesOf(question('attempts')));
  const [probe] = probes;
  expect(JSON.parse(probe?.kind === 'answered' ? (textOf(probe) ?? '') : '{}')).toEqual({
    root: 'ERR_ACCESS_DENIED',
    temporary: 'done',
    network: 'ENETUNREACH',
    loopback: 'done',
  });
}, 60_000);

it('shows what a container wrote that ends at once', async () => {
  const repository = await createEcrRepositories(aws.region, () => undefined).open('scoring');
  const token = Buffer.from(`${repository.username}:${repository.password}`).toString('base64');
  const layers = [[{ path: 'opt/program/server.mjs', content: "console.log('there is no model'); process.exit(1);" }]];
  const image = `${repository.uri}@${await pushImage({ url: aws.url, token }, 'scoring', 'ends', { layers })}`;
  await runner.pull(repository, image);
  const container = { image, environment: {}, modelFolder: undefined, startupTimeoutSeconds: 60 };
  await expect(runner.ask(container, casesOf(question('any')))).rejects.toThrow(/there is no model/);
}, 60_000);

it.each(['run scoring', 'run --detach --network host scoring serve', 'buildx ls', 'push scoring'])(
  'refuses docker %s',
  async (line) => {
    const result = await docker({ command: 'docker', argv: line.split(' '), cwd: ROOT });
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(new RegExp(`not support(ed)?: docker ${line}`));
  },
);
