import known from '../../../../terraform/modules/inference-endpoint/aws/regions.json' with { type: 'json' };

const PARTITIONS: ReadonlyMap<string, string> = new Map(Object.entries(known.regions));

/** Where and when the list of regions was read. */
export const REGIONS_AS_OF = `${known.source}, ${known.date}`;

/** Whether SageMaker hosts endpoints in a region. */
export function isRegion(region: string): boolean {
  return PARTITIONS.has(region);
}

/**
 * The partition in the ARNs of a region.
 *
 * @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
export function partitionOf(region: string): string {
  return PARTITIONS.get(region) ?? 'aws';
}
