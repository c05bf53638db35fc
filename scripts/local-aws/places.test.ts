import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, ListDashboardsCommand, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { CreateModelCommand, DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws, type Place } from './index.ts';
import { driveEndpoint, isSettled } from './testing/endpoint-driver.ts';
import { createRelease } from './testing/fixtures.ts';

const HOME = { accountId: '210987654321', region: 'eu-west-1' };
const OTHER = { accountId: '321098765432', region: 'eu-west-1' };
const ABROAD = { accountId: '210987654321', region: 'eu-central-1' };
const GOV = { accountId: '432109876543', region: 'us-gov-west-1' };

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
let aws: LocalAws;

function clientsOf(place: Place) {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID } = aws.environmentOf(place);
  const settings = {
    endpoint: AWS_ENDPOINT_URL ?? '',
    region: AWS_REGION ?? '',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  };
  return {
    accountId: place.accountId,
    cloudwatch: new CloudWatchClient(settings),
    ecr: new ECRClient(settings),
    sagemaker: new SageMakerClient(settings),
    runtime: new SageMakerRuntimeClient(settings),
  };
}

const createModel = (place: Place, image: string) =>
  clientsOf(place).sagemaker.send(
    new CreateModelCommand({
      ModelName: `model-${String(Math.random()).slice(2)}`,
      ExecutionRoleArn: `arn:aws:iam::${place.accountId}:role/execution`,
      PrimaryContainer: { Image: image },
    }),
  );

async function startEndpoint(place: Place, name: string, image: string) {
  const clients = clientsOf(place);
  const release = `${name}-${place.accountId}-${place.region}`;
  await createRelease(clients, release, image);
  const endpoint = driveEndpoint(clients, name);
  await endpoint.create(release);
  await endpoint.until(isSettled);
  return endpoint;
}

beforeAll(async () => {
  const places = [HOME, OTHER, ABROAD, GOV];
  aws = await startLocalAws({ logDirectory, launcher: { kind: 'fake' }, acceleration: 1000, places });
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

describe('accounts and regions', () => {
  it('keeps endpoints of the same name apart', async () => {
    const image = aws.putManifestOnlyImage({ repository: 'apart', seed: 'one' }, HOME);
    await startEndpoint(HOME, 'apart', image);
    for (const place of [OTHER, ABROAD]) {
      await expect(
        clientsOf(place).sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'apart' })),
      ).rejects.toThrow(
        `Could not find endpoint "arn:aws:sagemaker:${place.region}:${place.accountId}:endpoint/apart".`,
      );
    }
    const second = await startEndpoint(OTHER, 'apart', image);
    expect(await second.describe()).toMatchObject({
      EndpointArn: 'arn:aws:sagemaker:eu-west-1:321098765432:endpoint/apart',
      EndpointConfigName: 'apart-321098765432-eu-west-1',
    });
    const seen = aws.inspectEndpoints().filter(({ name }) => name === 'apart');
    expect(seen.map(({ place, configName }) => [place, configName])).toEqual([
      [HOME, 'apart-210987654321-eu-west-1'],
      [OTHER, 'apart-321098765432-eu-west-1'],
    ]);
    expect(aws.instances().map(({ place }) => place)).toEqual([HOME, HOME, OTHER, OTHER]);
  });

  it('says of each call where it was made', async () => {
    await clientsOf(OTHER).ecr.send(new DescribeRepositoriesCommand());
    expect(aws.calls.at(-1)?.caller).toMatchObject({ arn: 'arn:aws:iam::321098765432:user/local', place: OTHER });
  });

  it('takes a caller whose key belongs to no known account for one of the default account', async () => {
    const client = new ECRClient({
      endpoint: aws.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'local' },
    });
    await client.send(new DescribeRepositoriesCommand());
    expect(aws.calls.at(-1)?.caller.place).toEqual({ accountId: '123456789012', region: 'eu-west-1' });
  });

  it('gives the ARNs of a GovCloud region their partition', async () => {
    const endpoint = await startEndpoint(GOV, 'gov', aws.putManifestOnlyImage({ repository: 'gov', seed: 'one' }, GOV));
    expect((await endpoint.describe()).EndpointArn).toBe(
      'arn:aws-us-gov:sagemaker:us-gov-west-1:432109876543:endpoint/gov',
    );
    const { repositories } = await clientsOf(GOV).ecr.send(new DescribeRepositoriesCommand());
    expect(repositories?.map(({ repositoryArn }) => repositoryArn)).toEqual([
      'arn:aws-us-gov:ecr:us-gov-west-1:432109876543:repository/gov',
    ]);
  });

  it('refuses credentials of another partition', async () => {
    const credentials = {
      accessKeyId: aws.environmentOf(HOME)['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: 'local',
    };
    const client = new SageMakerClient({ endpoint: aws.url, region: GOV.region, credentials });
    await expect(client.send(new DescribeEndpointCommand({ EndpointName: 'gov' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    });
    expect(() => aws.environmentOf({ ...HOME, region: 'cn-north-1' })).toThrow(
      'account 210987654321 cannot be in region cn-north-1 (partition aws-cn)',
    );
  });

  it('shows a dashboard in every region of its account, and in no other account', async () => {
    const dashboard = { DashboardName: 'shared', DashboardBody: '{}' };
    await clientsOf(HOME).cloudwatch.send(new PutDashboardCommand(dashboard));
    const namesIn = async (place: Place) =>
      (await clientsOf(place).cloudwatch.send(new ListDashboardsCommand())).DashboardEntries?.map(
        ({ DashboardArn }) => DashboardArn,
      );
    expect(await namesIn(ABROAD)).toEqual(['arn:aws:cloudwatch::210987654321:dashboard/shared']);
    expect(await namesIn(OTHER)).toEqual([]);
  });
});

describe('image repositories', () => {
  let image: string;

  beforeEach(() => {
    image = aws.putManifestOnlyImage({ repository: 'service', seed: 'one', tag: 'v1' }, HOME);
  });

  const manifest = async (place: Place, method: string, body?: string) => {
    const { authorizationData } = await clientsOf(place).ecr.send(new GetAuthorizationTokenCommand());
    return await fetch(`${aws.url}/v2/service/manifests/v1`, {
      method,
      headers: { authorization: `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}` },
      ...(body !== undefined && { body }),
    });
  };

  it('are found by the ECR API in their own account and region alone', async () => {
    const find = (place: Place) =>
      clientsOf(place).ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['service'] }));
    expect((await find(HOME)).repositories?.[0]?.registryId).toBe(HOME.accountId);
    for (const place of [OTHER, ABROAD, GOV]) {
      await expect(find(place)).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    }
  });

  it('answer a call of another account that names the registry', async () => {
    const input = { repositoryName: 'service', registryId: HOME.accountId };
    const { imageDetails } = await clientsOf(OTHER).ecr.send(new DescribeImagesCommand(input));
    expect(imageDetails?.map(({ imageTags }) => imageTags)).toEqual([['v1']]);
    await expect(
      clientsOf(OTHER).ecr.send(new DescribeImagesCommand({ repositoryName: 'service' })),
    ).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });

  it('can be pulled by another account of the region, not pushed to', async () => {
    expect((await manifest(OTHER, 'GET')).status).toBe(200);
    const push = await manifest(OTHER, 'PUT', '{}');
    expect([push.status, await push.text()]).toEqual([403, expect.stringContaining('DENIED')]);
  });

  it('cannot be pulled with a token of another region', async () => {
    const pull = await manifest(ABROAD, 'GET');
    expect([pull.status, await pull.text()]).toEqual([404, expect.stringContaining('does not exist in the registry')]);
  });

  it('give their images to models of any account in their region, and of no other region', async () => {
    await expect(createModel(OTHER, image)).resolves.toBeDefined();
    const ecr = '210987654321.dkr.ecr.eu-west-1.amazonaws.com/service:v1';
    for (const each of [image, ecr]) {
      await expect(createModel(ABROAD, each)).rejects.toMatchObject({
        name: 'ValidationException',
        message: `Region of "${each}" does not match expected region of eu-central-1. Cross region ECR image pulls are not allowed.`,
      });
    }
  });

  it('have names that no other account or region can use, and say why', async () => {
    await expect(clientsOf(OTHER).ecr.send(new CreateRepositoryCommand({ repositoryName: 'service' }))).rejects.toThrow(
      "'service' exists in account 210987654321, region eu-west-1",
    );
  });
});
