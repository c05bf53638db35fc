import { sagemakerArn, type Place } from '../core/place.ts';
import type {
  DescribeEndpointConfigOutput,
  DescribeEndpointOutput,
  DescribeModelOutput,
  DeploymentConfig,
  Tag,
} from '../api-models/sagemaker.types.ts';
import { validationException } from '../wire/aws-error.ts';
import type { Fleet } from './fleet.ts';

export type EndpointStatus = DescribeEndpointOutput['EndpointStatus'];

/** An endpoint: blue (`serving`) and, while it is created or updated, green (`pending`). */
export interface Endpoint {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  modifiedAt: Date;
  status: EndpointStatus;
  failureReason: string | undefined;
  /** The config that DescribeEndpoint names: blue's, also in an update. */
  configName: string;
  serving: Fleet | undefined;
  pending: PendingDeployment | undefined;
  lastDeploymentConfig: DeploymentConfig | undefined;
  /** The newest answer of DescribeEndpoint, for looks that are stale. */
  shown?: DescribeEndpointOutput;
  /** Aborted when the endpoint is deleted: ends deployments and supervision. */
  readonly lifetime: AbortController;
}

interface PendingDeployment {
  readonly fleet: Fleet;
  readonly startedAt: Date;
}

/** The state of SageMaker in an account and region. Names are case-insensitive. */
export interface SageMakerState {
  readonly place: Place;
  readonly models: Map<string, DescribeModelOutput>;
  readonly endpointConfigs: Map<string, DescribeEndpointConfigOutput>;
  readonly endpoints: Map<string, Endpoint>;
  readonly tags: Map<string, readonly Tag[]>;
  /** Whether reads return a resource created at this time: SageMaker's reads are eventually consistent. */
  readonly isVisible: (createdAt: Date) => boolean;
}

export const createSageMakerState = (
  place: Place,
  isVisible: SageMakerState['isVisible'] = () => true,
): SageMakerState => ({
  place,
  models: new Map(),
  endpointConfigs: new Map(),
  endpoints: new Map(),
  tags: new Map(),
  isVisible,
});

export const keyOf = (name: string): string => name.toLowerCase();

/** @throws AwsError ValidationException, SageMaker's code for "not found". */
export function requireModel({ place, models, isVisible }: SageMakerState, name: string): DescribeModelOutput {
  const model = models.get(keyOf(name));
  if (model !== undefined && isVisible(model.CreationTime)) return model;
  throw validationException(`Could not find model "${sagemakerArn(place, 'model', name)}".`);
}

/** @throws AwsError ValidationException, SageMaker's code for "not found". */
export function requireEndpointConfig(
  { place, endpointConfigs, isVisible }: SageMakerState,
  name: string,
): DescribeEndpointConfigOutput {
  const config = endpointConfigs.get(keyOf(name));
  if (config !== undefined && isVisible(config.CreationTime)) return config;
  throw validationException(`Could not find endpoint configuration "${sagemakerArn(place, 'endpoint-config', name)}".`);
}

/** @throws AwsError ValidationException, SageMaker's code for "not found". */
export function requireEndpoint({ place, endpoints, isVisible }: SageMakerState, name: string): Endpoint {
  const endpoint = endpoints.get(keyOf(name));
  if (endpoint !== undefined && isVisible(endpoint.createdAt)) return endpoint;
  throw validationException(`Could not find endpoint "${sagemakerArn(place, 'endpoint', name)}".`);
}
