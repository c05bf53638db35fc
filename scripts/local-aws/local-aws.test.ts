import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import {
  CreateEndpointCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  UpdateEndpointCommand,
  waitUntilEndpointInService,
  type DeploymentConfig,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OCI_MANIFEST } from './ecr/manifest.ts';
import { startLocalAws, type LocalAws } from './index.ts';
import { createClients, createRelease, createRepository, pushEchoImage, type Clients } from './testing/fixtures.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
const canary: DeploymentConfig = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      WaitIntervalInSeconds: 60,
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
    },
    TerminationWaitInSeconds: 30,
  },
};
const STAGES = [
  'Launching 2 instance(s).',
  'Activating traffic on canary capacity of 1 instance(s).',
  'Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).',
  'Activating traffic on full capacity of 2 instance(s).',
  'Baking for 30 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2 instance(s).',
  'Terminating 2 instance(s).',
];
const wait = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
let aws: LocalAws;
let clients: Clients;
let image: string;

beforeAll(async () => {
  aws = await startLocalAws({ logDirectory, launcher: 'process', acceleration: 60, startupTimeoutAcceleration: 30 });
  clients = createClients(aws);
  const access = await createRepository(clients, aws.url, 'echo');
  image = `127.0.0.1:${aws.port}/echo@${await pushEchoImage(access, 'echo', 'v1')}`;
  await pushEchoImage(access, 'echo', 'oci', { mediaType: OCI_MANIFEST });
  await pushEchoImage(access, 'echo', 'gone');
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

async function invoke(endpointName: string, body: string) {
  const answer = await clients.runtime.send(
    new InvokeEndpointCommand({
      EndpointName: endpointName,
      Body: body,
      ContentType: 'text/plain',
      CustomAttributes: 'trace=1',
    }),
  );
  return { ...answer, text: new TextDecoder().decode(answer.Body) };
}

it('serves an endpoint from its image, swaps it by canary without a failed request, and deletes it', async () => {
  await createRelease(clients, 'echo-1', image);
  await createRelease(clients, 'echo-2', image);
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'echo', EndpointConfigName: 'echo-1' }));
  await waitUntilEndpointInService({ client: clients.sagemaker, ...wait }, { EndpointName: 'echo' });
  const first = await invoke('echo', 'hello');
  expect(first).toMatchObject({
    text: 'hello',
    ContentType: 'text/plain',
    InvokedProductionVariant: 'primary',
    CustomAttributes: 'release-id=echo-1;trace=1',
  });

  await clients.sagemaker.send(
    new UpdateEndpointCommand({ EndpointName: 'echo', EndpointConfigName: 'echo-2', DeploymentConfig: canary }),
  );
  const answered = new Set<string>();
  const stages = new Set<string>();
  for (;;) {
    const { CustomAttributes = '' } = await invoke('echo', 'during the swap');
    answered.add(CustomAttributes);
    const state = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'echo' }));
    for (const { VariantStatus } of state.PendingDeploymentSummary?.ProductionVariants ?? []) {
      stages.add(VariantStatus?.[0]?.StatusMessage ?? '');
    }
    if (state.EndpointStatus === 'InService') {
      expect(state.EndpointConfigName).toBe('echo-2');
      expect(state.PendingDeploymentSummary).toBeUndefined();
      break;
    }
    expect(state.EndpointConfigName).toBe('echo-1');
  }
  // A slow machine may miss a stage between two looks; the exact timeline is proven on a virtual clock.
  expect(STAGES).toEqual(expect.arrayContaining([...stages].filter((stage) => stage !== '')));
  expect((await invoke('echo', 'after the swap')).CustomAttributes).toBe('release-id=echo-2;trace=1');
  expect([...answered].every((release) => /^release-id=echo-[12];trace=1$/.test(release))).toBe(true);
  expect(readdirSync(join(logDirectory, 'endpoints', 'echo', 'primary'))).toHaveLength(4);

  await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'echo' }));
  await expect(invoke('echo', 'late')).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining('Endpoint echo of account 123456789012 not found.') as string,
  });
});

it('answers a container error as ModelError with the original status and message', async () => {
  await createRelease(clients, 'failing-1', image, { InitialInstanceCount: 1 });
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'failing', EndpointConfigName: 'failing-1' }));
  await waitUntilEndpointInService({ client: clients.sagemaker, ...wait }, { EndpointName: 'failing' });
  await expect(invoke('failing', 'fail 418')).rejects.toMatchObject({
    name: 'ModelError',
    OriginalStatusCode: 418,
    OriginalMessage: 'fail 418',
    $metadata: { httpStatusCode: 424 },
  });
});

const deleteTag = async (imageTag: string): Promise<void> => {
  await clients.ecr.send(new BatchDeleteImageCommand({ repositoryName: 'echo', imageIds: [{ imageTag }] }));
};

it.each([
  ['has an OCI manifest', 'oci', async () => {}, /^Unsupported manifest media type application\/vnd\.oci/],
  ['was deleted', 'gone', () => deleteTag('gone'), /^Requested image .*\/echo:gone not found\.$/],
])('ends Failed with a FailureReason when the image %s', async (_case, tag, beforeLaunch, reason) => {
  const name = `refused-${tag}`;
  await createRelease(clients, name, `127.0.0.1:${aws.port}/echo:${tag}`);
  await beforeLaunch();
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  await expect(
    waitUntilEndpointInService({ client: clients.sagemaker, ...wait }, { EndpointName: name }),
  ).rejects.toThrow();
  const state = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  expect(state.EndpointStatus).toBe('Failed');
  expect(state.FailureReason).toMatch(reason);
});

it('rolls an update back to the old config when the new containers are never healthy', async () => {
  await createRelease(clients, 'blue', image, { InitialInstanceCount: 1 });
  await createRelease(clients, 'sick', image, { InitialInstanceCount: 1 }, { UNHEALTHY: '1' });
  await clients.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'health', EndpointConfigName: 'blue' }));
  await waitUntilEndpointInService({ client: clients.sagemaker, ...wait }, { EndpointName: 'health' });
  await clients.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'health', EndpointConfigName: 'sick' }));
  await expect(
    clients.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'health', EndpointConfigName: 'sick' })),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/health".',
  });
  await waitUntilEndpointInService({ client: clients.sagemaker, ...wait }, { EndpointName: 'health' });
  const state = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'health' }));
  expect(state.EndpointConfigName).toBe('blue');
  expect(state.FailureReason).toContain('did not pass the ping health check');
  expect((await invoke('health', 'still here')).CustomAttributes).toBe('release-id=blue;trace=1');
});

it('records every call with its parameters, caller and error', () => {
  const updates = aws.calls.filter(
    ({ operation, input }) => operation === 'UpdateEndpoint' && input['EndpointName'] === 'health',
  );
  expect(updates).toMatchObject([
    {
      service: 'sagemaker',
      input: { EndpointConfigName: 'sick' },
      caller: { accessKeyId: 'AKIATEST' },
      error: undefined,
    },
    { service: 'sagemaker', error: 'ValidationException' },
  ]);
});
