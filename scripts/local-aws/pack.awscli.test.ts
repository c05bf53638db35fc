import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCommand } from './testing/describe-with-command.ts';

const run = promisify(execFile);
const CANARY = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      WaitIntervalInSeconds: 300,
      CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
    },
    TerminationWaitInSeconds: 60,
  },
};

describeWithCommand('aws', 'the packed local AWS', () => {
  let folder: string;
  let server: ChildProcess;
  let environment: Record<string, string | undefined>;

  const npx = async (...argv: string[]) =>
    (await run('npx', ['--no-install', ...argv], { cwd: folder, env: environment })).stdout.trim();
  const aws = async (service: string, operation: string, input: object) => {
    const argv = [service, operation, '--cli-input-json', JSON.stringify(input), '--output', 'json'];
    const { stdout } = await run('aws', argv, { env: environment });
    return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  const createRelease = async (name: string, image: string) => {
    await aws('sagemaker', 'create-model', {
      ModelName: name,
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      PrimaryContainer: { Image: image, Environment: { RELEASE_ID: name } },
    });
    await aws('sagemaker', 'create-endpoint-config', {
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: 'primary', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 2 },
      ],
    });
  };
  const describeEndpoint = async () => await aws('sagemaker', 'describe-endpoint', { EndpointName: 'echo' });
  const waitForInService = async () => {
    await expect
      .poll(async () => (await describeEndpoint())['EndpointStatus'], { timeout: 60_000, interval: 500 })
      .toBe('InService');
  };
  const releaseThatAnswers = async () => {
    await writeFile(join(folder, 'body'), 'hello');
    const body = ['--body', `fileb://${join(folder, 'body')}`, join(folder, 'answer')];
    const argv = ['sagemaker-runtime', 'invoke-endpoint', '--endpoint-name', 'echo', '--output', 'json', ...body];
    const { stdout } = await run('aws', argv, { env: environment });
    expect(await readFile(join(folder, 'answer'), 'utf8')).toBe('hello');
    return JSON.parse(stdout) as unknown;
  };

  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'local-aws-pack-'));
    folder = join(root, 'user');
    await mkdir(folder);
    const packed = await run('npm', ['run', '--silent', 'pack', '--', root], { cwd: import.meta.dirname });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    // Nothing but the tarball: it has no dependencies.
    await run('npm', ['install', join(root, filename), '--offline', '--no-audit', '--no-fund'], { cwd: folder });
    server = spawn(
      'npx',
      ['--no-install', 'local-aws', '--port', '0', '--acceleration', '60', '--launcher', 'process'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      },
    );
    environment = { ...process.env };
    if (server.stdout === null) throw new Error('npx has no output');
    for await (const line of createInterface({ input: server.stdout })) {
      const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      environment[name] = value;
      if (name === 'AWS_EC2_METADATA_DISABLED') break;
    }
  }, 180_000);

  afterAll(async () => {
    const ended = once(server, 'exit');
    process.kill(-(server.pid ?? 0), 'SIGTERM');
    await ended;
    await rm(join(folder, '..'), { recursive: true });
  });

  it(
    'takes a canary deployment of the AWS command line to InService on the new config',
    { timeout: 180_000 },
    async () => {
      await aws('ecr', 'create-repository', { repositoryName: 'echo' });
      const example = 'node_modules/@sagemaker-gitops/local-aws/examples/echo-server';
      const image = await npx('local-aws', 'push', example, 'echo:v1');
      await createRelease('blue', image);
      await createRelease('green', image);
      await aws('sagemaker', 'create-endpoint', { EndpointName: 'echo', EndpointConfigName: 'blue' });
      await waitForInService();
      expect(await releaseThatAnswers()).toMatchObject({ CustomAttributes: 'release-id=blue' });

      await aws('sagemaker', 'update-endpoint', {
        EndpointName: 'echo',
        EndpointConfigName: 'green',
        DeploymentConfig: CANARY,
      });
      expect(await describeEndpoint()).toMatchObject({ EndpointStatus: 'Updating', EndpointConfigName: 'blue' });
      await waitForInService();
      expect(await describeEndpoint()).toMatchObject({ EndpointConfigName: 'green', LastDeploymentConfig: CANARY });
      expect(await releaseThatAnswers()).toMatchObject({ CustomAttributes: 'release-id=green' });
    },
  );

  it('ships its licence, its changes and type declarations, and no test', async () => {
    const installed = join(folder, 'node_modules/@sagemaker-gitops/local-aws');
    const files = await readdir(installed, { recursive: true });
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'THIRD-PARTY-LICENSES.txt', 'CHANGELOG.md', 'README.md']));
    expect(files).toContain('types/index.d.ts');
    expect(files.filter((file) => /\.test\.|^testing|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it('refuses a push without an image name, with its usage', async () => {
    await expect(npx('local-aws', 'push', 'somewhere')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('usage: local-aws push FOLDER REPOSITORY:TAG') as string,
    });
  });
});
