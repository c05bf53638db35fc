/** An account and a region: the location of a call or a resource. */
export interface Place {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
}

/** The partition of a region, the second part of every ARN in it: "aws", "aws-us-gov" or "aws-cn". */
export function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** The DNS suffix of a region's services. */
export const dnsSuffixOf = (region: string): string =>
  region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';

/** ARN of a resource in a place. */
export const arnIn = ({ accountId, region }: Place, service: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;

/** ARN of a resource that has no region, such as a role or a dashboard. */
export const globalArnIn = ({ accountId, region }: Place, service: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`;

/** ARN of a SageMaker resource; SageMaker puts names into ARNs in lower case. */
export const sagemakerArn = (place: Place, kind: 'endpoint' | 'endpoint-config' | 'model', name: string) =>
  arnIn(place, 'sagemaker', `${kind}/${name.toLowerCase()}`);

export const repositoryArn = (place: Place, name: string) => arnIn(place, 'ecr', `repository/${name}`);

export const isSamePlace = (one: Place, other: Place): boolean =>
  one.accountId === other.accountId && one.region === other.region;
