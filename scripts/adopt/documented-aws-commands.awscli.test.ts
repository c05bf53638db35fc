import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients, createRelease, createRepository, pushEchoImage } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { ROOT } from '../build.ts';
import { describeWithTool } from '../testing/tools.ts';
import { shellBlocksOf, shellCommandsOf } from './shell-commands.ts';

// The AWS command line starts Python each time, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const WAIT = { timeout: 200_000, interval: 1000 };

/** Commands of the documentation as they stand there, with an endpoint of a team. */
describeWithTool('aws', 'the commands of AWS in the documentation', () => {
  let folder: string;
  let aws: LocalAws;
  let commands: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'runbook-'));
    // An emulated second has to be long beside the start of the command line.
    aws = await startLocalAws({ logDirectory: folder, launcher: 'process', acceleration: 10 });
    const clients = createClients(aws);
    const access = await createRepository(clients, aws.url, 'scoring');
    const image = `127.0.0.1:${String(aws.port)}/scoring@${await pushEchoImage(access, 'scoring', 'v1')}`;
    for (const id of ['old', 'new']) await createRelease(clients, `scoring-prod-${id}`, image);
    for (const client of Object.values(clients)) client.destroy();
    commands = shellCommandsOf(await page('docs/runbook.md'));
    await shell('aws sagemaker create-endpoint --endpoint-name scoring-prod --endpoint-config-name scoring-prod-new');
    await settled();
  });
  afterAll(async () => {
    await aws.close();
    await rm(folder, { recursive: true });
  });

  const run = async (line: string) =>
    await runProcess({
      command: 'bash',
      argv: ['-c', line],
      cwd: folder,
      environment: { ...process.env, ...aws.environment },
    });
  const shell = async (line: string): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await run(`${line} --output json`);
    expect(exitCode, `${line}\n${stderr}`).toBe(0);
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  };
  const page = async (file: string): Promise<string> => await readFile(path.join(ROOT, file), 'utf8');
  /** Undefined where there is no such endpoint. */
  const describe = async (name: string): Promise<unknown> => {
    const { exitCode, stdout } = await run(`aws sagemaker describe-endpoint --endpoint-name ${name} --output json`);
    if (exitCode !== 0) return undefined;
    const found = JSON.parse(stdout) as { readonly EndpointStatus: string };
    return found.EndpointStatus === 'Deleting' ? undefined : found;
  };
  const used = new Set<string>();
  /** The last command of the runbook that starts so and has this text, for a release. */
  const command = (start: string, text: string, id: string): string => {
    const found = commands.findLast((line) => line.startsWith(`aws ${start}`) && line.includes(text)) ?? '';
    used.add(found);
    return found
      .replaceAll('SERVICE-ENV-ID', `scoring-prod-${id}`)
      .replaceAll('SERVICE-ENV', 'scoring-prod')
      .replace('REGION', aws.region)
      .replace('TYPE', 'ml.m5.large')
      .replace('COUNT', '2');
  };
  const state = async (): Promise<unknown> => await shell(command('sagemaker describe-endpoint', '--query', ''));
  const settled = async (): Promise<void> => {
    await vi.waitFor(async () => expect(await state()).toMatchObject({ 0: 'InService' }), WAIT);
  };

  it('bring back a config that was deleted while it served, and the release before: docs/runbook.md', async () => {
    await shell('aws sagemaker delete-endpoint-config --endpoint-config-name scoring-prod-new');
    const back = command('sagemaker update-endpoint', 'ALL_AT_ONCE', 'old');
    expect((await run(back)).stderr).toMatch(/Could not find.*scoring-prod-new/);
    await shell(command('sagemaker create-endpoint-config', 'InstanceType', 'new'));
    await shell(back);
    await settled();
    expect(await state()).toEqual(['InService', 'scoring-prod-old', null]);
  });

  it('abort a swap while it bakes: docs/runbook.md', async () => {
    const abort = 'scoring-prod-new-abort';
    await shell(
      `aws cloudwatch put-metric-alarm --alarm-name ${abort} --namespace SageMakerGitOps --metric-name AbortDeployment ` +
        '--dimensions Name=EndpointName,Value=scoring-prod Name=EndpointConfigName,Value=scoring-prod-new --statistic Maximum ' +
        '--period 10 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold ' +
        '--treat-missing-data notBreaching',
    );
    const deployment = {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: 'CANARY',
          WaitIntervalInSeconds: 1800,
          CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
        },
      },
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: abort }] },
    };
    await shell(
      'aws sagemaker update-endpoint --endpoint-name scoring-prod --endpoint-config-name scoring-prod-new ' +
        `--deployment-config '${JSON.stringify(deployment)}'`,
    );
    await vi.waitFor(async () => {
      await shell(command('cloudwatch put-metric-data', 'AbortDeployment', 'new'));
      expect(await shell(command('sagemaker describe-endpoint', '', ''))).toMatchObject({
        EndpointStatus: 'InService',
      });
    }, WAIT);
    expect(await state()).toEqual(['InService', 'scoring-prod-old', null]);
    expect([...used].sort()).toEqual([...commands].sort());
  });

  it.each([
    ['docs/first-deploy.md', ['risk-production'], ['answer.json']],
    ['docs/from-fastapi.md', ['scoring-live', 'risk-production'], ['scoring-live.json', 'risk-production.json']],
  ])('ask the endpoints, and let the old one go: %s', async (file, endpoints, answers) => {
    for (const name of endpoints) {
      await run(`aws sagemaker create-endpoint --endpoint-name ${name} --endpoint-config-name scoring-prod-new`);
      await vi.waitFor(async () => expect(await describe(name)).toMatchObject({ EndpointStatus: 'InService' }), WAIT);
    }
    const blocks = shellBlocksOf(await page(file)).filter((block) => /^ *(?:echo|aws (?!sts))/.test(block));
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const { exitCode, stderr } = await run(`set -euo pipefail\n${block}`);
      expect(exitCode, `${block}\n${stderr}`).toBe(0);
    }
    // The server of this test answers with what it was asked.
    const asked = await readFile(path.join(folder, 'request.json'), 'utf8');
    for (const answer of answers) expect(await readFile(path.join(folder, answer), 'utf8')).toBe(asked);
    const left = await Promise.all(endpoints.map(async (name) => [name, (await describe(name)) !== undefined]));
    expect(left).toEqual(endpoints.map((name) => [name, name !== 'scoring-live']));
  });
});
