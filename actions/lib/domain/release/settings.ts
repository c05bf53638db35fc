import { z } from 'zod';

/** The ARN of a KMS key, not of an alias. */
export const KMS_KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-zA-Z0-9-]+$/;

/**
 * Schema of a release's `settings`: what of its environment's settings the release is made under, as it must stay for as
 * long as the release can serve. Absent in entries from before there were settings.
 */
export const releaseSettings = z
  .strictObject({
    network: z
      .strictObject({ subnetIds: z.array(z.string()).min(2), securityGroupIds: z.array(z.string()).min(1).max(5) })
      .nullable()
      .describe('Subnets and security groups of the containers, or null for the network that SageMaker provides'),
    networkIsolation: z.boolean().describe('Whether the containers get no network and no credentials'),
    kmsKeyArn: z
      .string()
      .regex(KMS_KEY_ARN, 'the ARN of a KMS key')
      .nullable()
      .describe('The key of volumes and captured data; null for the key of the environment'),
    dataCapture: z
      .strictObject({ samplingPercentage: z.int().min(1).max(100), retentionDays: z.int().min(1).max(3650) })
      .nullable()
      .describe('Sampled requests and answers, or null for none'),
  })
  .exactOptional()
  .describe('The settings of the environment that the release is made under; absent in older entries');

export type ReleaseSettings = NonNullable<z.output<typeof releaseSettings>>;

/** What an environment makes its next release under. */
export function releaseSettingsOf({
  network,
  networkIsolation,
  kmsKeyArn,
  dataCapture,
}: ReleaseSettings): ReleaseSettings {
  return { network, networkIsolation, kmsKeyArn, dataCapture };
}
