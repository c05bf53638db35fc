import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCommand } from './testing/describe-with-command.ts';
import { startLocalAws, type LocalAws } from './index.ts';
import { createClients, createRelease, createRepository, pushEchoImage } from './testing/fixtures.ts';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
// The command line starts Python each time: with its default of 30 s between two looks a wait would last too long.
const TIMEOUT_MILLISECONDS = 120_000;
let aws: LocalAws;

async function cli(...argv: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run('aws', [...argv, '--output', 'json'], { env: { ...process.env, ...aws.environment } });
  return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

/** Starts a local AWS with two releases of the echo server. */
async function startWithReleases(): Promise<void> {
  aws = await startLocalAws({ logDirectory: directory, launcher: 'process', acceleration: 60 });
  const clients = createClients(aws);
  const access = await createRepository(clients, aws.url, 'echo');
  const image = `127.0.0.1:${aws.port}/echo@${await pushEchoImage(access, 'echo', 'v1')}`;
  await createRelease(clients, 'cli-1', image);
  await createRelease(clients, 'cli-2', image);
}

describeWithCommand('aws', 'the AWS command line', () => {
  beforeAll(startWithReleases);

  afterAll(async () => {
    await aws.close();
    rmSync(directory, { recursive: true });
  });

  it(
    'takes an endpoint through a whole canary, waits for it and invokes it',
    async () => {
      const update = {
        EndpointName: 'cli',
        EndpointConfigName: 'cli-2',
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: {
              Type: 'CANARY',
              // 20 s here: time for two starts of the command line, within one interval of its waiter.
              WaitIntervalInSeconds: 1200,
              CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
            },
            TerminationWaitInSeconds: 60,
          },
        },
      };
      await cli('sagemaker', 'create-endpoint', '--endpoint-name', 'cli', '--endpoint-config-name', 'cli-1');
      await cli('sagemaker', 'wait', 'endpoint-in-service', '--endpoint-name', 'cli');
      await cli('sagemaker', 'update-endpoint', '--cli-input-json', JSON.stringify(update));
      await expect(cli('sagemaker', 'update-endpoint', '--cli-input-json', JSON.stringify(update))).rejects.toThrow(
        /ValidationException.*Cannot update in-progress endpoint/,
      );
      const during = await cli('sagemaker', 'describe-endpoint', '--endpoint-name', 'cli');
      expect(during).toMatchObject({
        EndpointStatus: 'Updating',
        EndpointConfigName: 'cli-1',
        PendingDeploymentSummary: { EndpointConfigName: 'cli-2' },
      });
      await cli('sagemaker', 'wait', 'endpoint-in-service', '--endpoint-name', 'cli');
      expect(await cli('sagemaker', 'describe-endpoint', '--endpoint-name', 'cli')).toMatchObject({
        EndpointStatus: 'InService',
        EndpointConfigName: 'cli-2',
        LastDeploymentConfig: update.DeploymentConfig,
      });
      const body = join(directory, 'body');
      const answer = join(directory, 'answer');
      writeFileSync(body, 'hello');
      const invoked = await cli(
        ...['sagemaker-runtime', 'invoke-endpoint', '--endpoint-name', 'cli', '--content-type', 'text/plain'],
        ...['--custom-attributes', 'trace=7', '--body', `fileb://${body}`, answer],
      );
      expect(invoked).toMatchObject({
        InvokedProductionVariant: 'primary',
        CustomAttributes: 'release-id=cli-2;trace=7',
        ContentType: 'text/plain',
      });
      expect(readFileSync(answer, 'utf8')).toBe('hello');
    },
    TIMEOUT_MILLISECONDS,
  );

  it(
    'reads configs, images, the caller and alarms',
    async () => {
      expect(await cli('sagemaker', 'list-endpoint-configs', '--name-contains', 'cli')).toMatchObject({
        EndpointConfigs: [{ EndpointConfigName: 'cli-2' }, { EndpointConfigName: 'cli-1' }],
      });
      expect(await cli('ecr', 'describe-images', '--repository-name', 'echo')).toMatchObject({
        imageDetails: [
          { imageTags: ['v1'], imageManifestMediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
        ],
      });
      expect(await cli('sts', 'get-caller-identity')).toMatchObject({ Account: '123456789012' });
      await cli(
        ...[
          'cloudwatch',
          'put-metric-alarm',
          '--alarm-name',
          'from-cli',
          '--namespace',
          'Own',
          '--metric-name',
          'Abort',
        ],
        ...['--statistic', 'Sum', '--period', '60', '--evaluation-periods', '1', '--threshold', '1'],
        ...['--comparison-operator', 'GreaterThanOrEqualToThreshold', '--treat-missing-data', 'notBreaching'],
      );
      await cli('cloudwatch', 'put-metric-data', '--namespace', 'Own', '--metric-name', 'Abort', '--value', '1');
      expect(aws.calls.at(-1)).toMatchObject({ service: 'cloudwatch', operation: 'PutMetricData' });
      expect(await cli('cloudwatch', 'describe-alarms', '--alarm-names', 'from-cli')).toMatchObject({
        MetricAlarms: [{ AlarmName: 'from-cli', Namespace: 'Own' }],
      });
    },
    TIMEOUT_MILLISECONDS,
  );
});

const BOTO3_PROGRAM = `
import json, sys, time, boto3
from botocore.exceptions import ClientError
sagemaker, runtime, logs = boto3.client('sagemaker'), boto3.client('sagemaker-runtime'), []
name = 'boto'
wait = lambda: sagemaker.get_waiter('endpoint_in_service').wait(EndpointName=name, WaiterConfig={'Delay': 1, 'MaxAttempts': 60})
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName='cli-1')
wait()
sagemaker.update_endpoint(EndpointName=name, EndpointConfigName='cli-2', DeploymentConfig={'BlueGreenUpdatePolicy': {
    'TrafficRoutingConfiguration': {'Type': 'LINEAR', 'WaitIntervalInSeconds': 60, 'LinearStepSize': {'Type': 'CAPACITY_PERCENT', 'Value': 50}},
    'TerminationWaitInSeconds': 60}})
pending = sagemaker.describe_endpoint(EndpointName=name)['PendingDeploymentSummary']['EndpointConfigName']
wait()
answer = runtime.invoke_endpoint(EndpointName=name, Body=b'hello', ContentType='text/plain')
try:
    runtime.invoke_endpoint(EndpointName=name, Body=b'fail 400', ContentType='text/plain')
except ClientError as error:
    failure = error.response
s3 = boto3.client('s3')
s3.create_bucket(Bucket='captured', CreateBucketConfiguration={'LocationConstraint': s3.meta.region_name})
sagemaker.create_endpoint_config(EndpointConfigName='capturing', ProductionVariants=[
    {'VariantName': 'primary', 'ModelName': 'cli-2', 'InstanceType': 'ml.m5.large', 'InitialInstanceCount': 2}],
    DataCaptureConfig={'InitialSamplingPercentage': 100, 'DestinationS3Uri': 's3://captured/boto/',
        'CaptureOptions': [{'CaptureMode': 'Input'}, {'CaptureMode': 'Output'}],
        'CaptureContentTypeHeader': {'CsvContentTypes': ['text/csv']}})
sagemaker.update_endpoint(EndpointName=name, EndpointConfigName='capturing')
wait()
runtime.invoke_endpoint(EndpointName=name, Body=b'1,2', ContentType='text/csv', InferenceId='order-7')
pages = s3.get_paginator('list_objects_v2')
while not (keys := [item['Key'] for page in pages.paginate(Bucket='captured', Prefix='boto/boto/primary/') for item in page.get('Contents', [])]):
    time.sleep(0.2)
captured = json.loads(s3.get_object(Bucket='captured', Key=keys[0])['Body'].read())
identity = boto3.client('sts').get_caller_identity()['Account']
scaling = boto3.client('application-autoscaling')
target = dict(ServiceNamespace='sagemaker', ResourceId='endpoint/boto/variant/primary', ScalableDimension='sagemaker:variant:DesiredInstanceCount')
scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=4)
targets = scaling.describe_scalable_targets(ServiceNamespace='sagemaker')['ScalableTargets']
sagemaker.delete_endpoint(EndpointName=name)
sagemaker.get_waiter('endpoint_deleted').wait(EndpointName=name, WaiterConfig={'Delay': 1, 'MaxAttempts': 60})
print(json.dumps({'pending': pending, 'attributes': answer['CustomAttributes'], 'body': answer['Body'].read().decode(),
    'failure': [failure['Error']['Code'], failure['OriginalStatusCode'], failure['OriginalMessage']], 'account': identity, 'targets': len(targets),
    'captured': [captured['captureData']['endpointInput'], captured['eventMetadata']['inferenceId']]}))
`;

describeWithCommand('aws', 'boto3', () => {
  beforeAll(startWithReleases);

  afterAll(async () => {
    await aws.close();
  });

  it(
    'takes an endpoint through a linear update with its waiters and parses every answer',
    async () => {
      const { stdout } = await run('python3', ['-c', BOTO3_PROGRAM], { env: { ...process.env, ...aws.environment } });
      expect(JSON.parse(stdout)).toEqual({
        pending: 'cli-2',
        attributes: 'release-id=cli-2',
        body: 'hello',
        failure: ['ModelError', 400, 'fail 400'],
        account: '123456789012',
        targets: 1,
        captured: [{ observedContentType: 'text/csv', mode: 'INPUT', data: '1,2', encoding: 'CSV' }, 'order-7'],
      });
    },
    TIMEOUT_MILLISECONDS,
  );
});
