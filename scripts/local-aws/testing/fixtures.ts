import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  type ContainerDefinition,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { LocalAws } from '../index.ts';
import { ECHO_SERVER } from './echo-server.ts';
import { pushImage, type RegistryAccess, type TestImage } from '../registry/push-image.ts';

/** SDK clients that talk to one local AWS. */
export function createClients(aws: Pick<LocalAws, 'url' | 'region'>) {
  const settings = settingsOf(aws);
  return {
    cloudwatch: new CloudWatchClient(settings),
    ecr: new ECRClient(settings),
    sagemaker: new SageMakerClient(settings),
    runtime: new SageMakerRuntimeClient(settings),
  };
}

export type Clients = ReturnType<typeof createClients>;

export const createScalingClient = (aws: Pick<LocalAws, 'url' | 'region'>): ApplicationAutoScalingClient =>
  new ApplicationAutoScalingClient(settingsOf(aws));

const settingsOf = ({ url, region }: Pick<LocalAws, 'url' | 'region'>) => ({
  ...{ endpoint: url, region },
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
});

/** An alarm on one server error in a minute, but for its name. */
export const SERVER_ERRORS = {
  Namespace: 'AWS/SageMaker',
  MetricName: 'Invocation5XXErrors',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
} as const;

/** Makes a repository and answers how to push to it. */
export async function createRepository({ ecr }: Clients, url: string, repositoryName: string): Promise<RegistryAccess> {
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
  return { url, token: authorizationData?.[0]?.authorizationToken ?? '' };
}

/** Pushes an image with the echo server; `layers` come on top. */
export const pushEchoImage = (
  access: RegistryAccess,
  repository: string,
  tag: string,
  overrides: Partial<TestImage> = {},
): Promise<string> =>
  pushImage(access, repository, tag, {
    layers: [[{ path: 'opt/program/server.mjs', content: ECHO_SERVER }]],
    ...overrides,
  });

/** Makes a model and an endpoint config of the same name that answer with that name as release id. */
export async function createRelease(
  { sagemaker, accountId = '123456789012' }: Pick<Clients, 'sagemaker'> & { readonly accountId?: string },
  name: string,
  image: string,
  variant: Partial<ProductionVariant> = {},
  environment: Readonly<Record<string, string>> = {},
  container: Partial<ContainerDefinition> = {},
): Promise<void> {
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: `arn:aws:iam::${accountId}:role/execution`,
      PrimaryContainer: { Image: image, Environment: { RELEASE_ID: name, ...environment }, ...container },
    }),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [
        {
          VariantName: 'primary',
          ModelName: name,
          InstanceType: 'ml.m5.large',
          InitialInstanceCount: 2,
          ContainerStartupHealthCheckTimeoutInSeconds: 60,
          ...variant,
        },
      ],
    }),
  );
}
