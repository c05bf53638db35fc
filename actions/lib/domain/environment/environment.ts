import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { autoscaling } from './autoscaling.ts';
import { checkFields } from './cross-field-rules.ts';
import { iam, tags } from './iam-and-tags.ts';
import { environmentName, ownFile } from './names.ts';
import { isRegion, REGIONS_AS_OF } from './regions.ts';
import { probeSettings } from './probes.ts';
import { replay } from './replay.ts';
import { seconds } from './seconds.ts';
import { parseJsonFile, refuseRoundedNumbers, type JsonFile } from '../json/file.ts';
import { KMS_KEY_ARN } from '../release/settings.ts';

/** A share of the fleet; SageMaker rounds percent up to whole instances. */
const capacity = (minimumPercent: number, maximumPercent: number) =>
  z.discriminatedUnion('unit', [
    z.strictObject({
      unit: z.literal('percent'),
      value: z
        .int('a whole percentage')
        .min(minimumPercent, `at least ${String(minimumPercent)} percent`)
        .max(maximumPercent, `at most ${String(maximumPercent)} percent`),
    }),
    z.strictObject({ unit: z.literal('instances'), value: z.int('a whole number').min(1, 'at least 1') }),
  ]);

// Limits of DeploymentConfig: SageMaker API model (0-3600 s waits, canary at most 50 %, linear 10-50 %, rolling 5-50 %);
// 14400 s is the most that the Terraform provider accepts, although the API allows 28800.
const timing = {
  terminationWaitSeconds: seconds(0, 3600).describe('Bake time with all traffic on green, before blue goes'),
  maximumExecutionTimeoutSeconds: seconds(600, 14_400).describe(
    'Time for the whole update; must exceed the sum of the waits',
  ),
};
const waitIntervalSeconds = seconds(0, 3600).describe('Bake time after each shift of traffic');

const swapStrategy = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.literal('all-at-once'), ...timing }),
  z.strictObject({ strategy: z.literal('canary'), canarySize: capacity(1, 50), waitIntervalSeconds, ...timing }),
  z.strictObject({ strategy: z.literal('linear'), stepSize: capacity(10, 50), waitIntervalSeconds, ...timing }),
  z.strictObject({
    strategy: z.literal('rolling'),
    batchSize: capacity(5, 50),
    waitIntervalSeconds,
    rollbackBatchSize: capacity(5, 100).optional(),
    maximumExecutionTimeoutSeconds: timing.maximumExecutionTimeoutSeconds,
  }),
]);

export type SwapStrategy = z.output<typeof swapStrategy>;

const swap = swapStrategy
  .refine((value) => sumOfWaits(value) < value.maximumExecutionTimeoutSeconds, {
    path: ['maximumExecutionTimeoutSeconds'],
    message: 'a timeout that exceeds the sum of all the waits',
  })
  .describe('How traffic moves to a new release');

const alarmTiming = {
  periodSeconds: z
    .union(
      [z.literal(10), z.literal(30), z.int().min(60).multipleOf(60).max(86_400)],
      '10, 30 or a multiple of 60 seconds',
    )
    .describe('Length of one evaluated period'),
  evaluationPeriods: z.int('a whole number').min(1, 'at least 1').max(100, 'at most 100'),
  datapointsToAlarm: z
    .int('a whole number')
    .min(1, 'at least 1')
    .max(100, 'at most 100')
    .optional()
    .describe('Periods, among those evaluated, that have to be above the threshold; default: all of them'),
};

interface EvaluatedPeriods {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number | undefined;
}

// CloudWatch API model: DatapointsToAlarm is at most EvaluationPeriods.
const fitsPeriods = ({ datapointsToAlarm = 1, evaluationPeriods }: EvaluatedPeriods): boolean =>
  datapointsToAlarm <= evaluationPeriods;
const misfit = { path: ['datapointsToAlarm'], message: 'at most evaluationPeriods' };
const errorsAlarm = z
  .strictObject({ threshold: z.int('a whole number').min(1, 'at least 1'), ...alarmTiming })
  .refine(fitsPeriods, misfit)
  .nullable();
const latencyAlarm = z
  .strictObject({ thresholdMilliseconds: z.number().positive('more than 0 milliseconds'), ...alarmTiming })
  .refine(fitsPeriods, misfit)
  .nullable();

const alarms = z
  .strictObject({
    serverErrors: errorsAlarm.describe('5XX answers per period'),
    clientErrors: errorsAlarm.describe('4XX answers per period; usually the callers, so null unless they are yours'),
    latencyP99: latencyAlarm.describe("99th percentile of the model's latency"),
  })
  .describe('Alarms on one release each; during a swap any of them rolls it back. null turns one off');

const network = z
  .strictObject({
    subnetIds: z
      .array(z.string().regex(/^subnet-[0-9a-f]+$/, 'a subnet id'))
      .refine((ids) => new Set(ids).size >= 2, 'at least two subnets, in different zones')
      .refine((ids) => new Set(ids).size === ids.length, 'each subnet once')
      .max(16, 'at most 16 subnets'),
    securityGroupIds: z
      .array(z.string().regex(/^sg-[0-9a-f]+$/, 'a security group id'))
      .min(1, 'at least one')
      .max(5, 'at most five')
      .refine((ids) => new Set(ids).size === ids.length, 'each security group once'),
  })
  .nullable()
  .describe('Private VPC placement, or null for the network that SageMaker provides');

const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/**
 * Version of the content's layout and formats. 1 had no field of its own; docs/upgrading.md tells what changed.
 */
export const FORMAT_VERSION = 2;

const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d$/;

/** Schema of `environment.json`; `environments/environment.schema.json` is generated from it. */
export const environmentFileSchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON Schema that editors use: `../environment.schema.json`'),
  formatVersion: z
    .literal(FORMAT_VERSION, String(FORMAT_VERSION))
    .describe("Version of the content's layout and formats; npm run migrate sets it"),
  service: z
    .string()
    .regex(/^[a-z0-9](?:-?[a-z0-9])*$/, 'lower-case letters, digits and single hyphens')
    // ECR's limit for the name of a repository.
    .min(2, 'at least 2 characters')
    .max(32, 'at most 32 characters')
    .describe('The inference API; one image repository'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'an AWS account id: 12 digits in quotes')
    .describe('The AWS account'),
  region: z
    .string()
    .regex(REGION, 'an AWS region such as eu-central-1')
    .refine(
      (region) => !REGION.test(region) || isRegion(region),
      `a region that hosts SageMaker endpoints (${REGIONS_AS_OF})`,
    )
    .describe('The AWS region; all environments of a service have the same'),
  unprotected: z
    .literal('accepted', '"accepted", or no such member')
    .optional()
    .describe('Nobody approves what is deployed here, and a missing reviewer is no finding of npm run doctor'),
  promotionOrder: z.int('a whole number').min(1, 'at least 1').describe('Releases pass the environments in this order'),
  retainReleases: z
    .int('a whole number')
    .min(2, 'at least 2, so that a rollback has a target')
    .max(50, 'at most 50')
    .describe('How many releases stay in release.json, and so can be rolled back to'),
  swap,
  alarms,
  smoke: z.strictObject({ cases: ownFile }).describe('The smoke test that decides whether a release is verified'),
  probes: probeSettings,
  autoscaling,
  network,
  networkIsolation: z.boolean().describe('Containers get no network and no credentials'),
  kmsKeyArn: z
    .string()
    .regex(KMS_KEY_ARN, 'the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias')
    .nullable()
    .describe('The KMS key for volumes, logs, captured data and notifications; null makes one for this environment'),
  dataCapture: z
    .strictObject({ samplingPercentage: z.int().min(1).max(100), retentionDays: z.int().min(1).max(3650) })
    .nullable()
    .describe('Sampled requests and answers, encrypted in a bucket with this retention; null captures nothing'),
  replay,
  logRetentionDays: z
    .literal(LOG_RETENTION_DAYS, `one of CloudWatch's retentions: ${LOG_RETENTION_DAYS.join(', ')} days`)
    .describe("How long CloudWatch keeps the containers' logs"),
  notifications: z
    .strictObject({
      snsTopicArn: z
        .string()
        .regex(
          /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]{1,256}$/,
          'the ARN of an SNS topic (arn:aws:sns:REGION:ACCOUNT:NAME)',
        )
        .nullable(),
    })
    .describe('The SNS topic for alarms and failed deployments; null makes one for this environment'),
  tags,
  iam,
  rollbackApproval: z
    .boolean()
    .optional()
    .describe('Whether a rollback to a verified release waits for an approval too; left out it does not'),
  publishBoard: z
    .boolean()
    .optional()
    .describe('Whether GitHub Pages shows this environment on the release board; left out it does not'),
  visibleEnvironmentKeys: z
    .array(z.string())
    .describe('Container environment keys whose values a plan comment may show'),
});

export type EnvironmentFile = z.output<typeof environmentFileSchema>;
export type Capacity = { readonly unit: 'percent' | 'instances'; readonly value: number };

/** An environment: a folder under `environments/`, one account and region, one endpoint. */
export interface Environment extends EnvironmentFile {
  /** The folder's name, such as `production`. */
  readonly name: string;
}

/**
 * An environment from its folder's name and its file.
 *
 * @throws UserError when the file is not valid, its fields contradict each other, or names made of them are too long.
 */
export function parseEnvironmentFile(name: string, file: JsonFile): Environment {
  const remedy = 'Correct the value; the file names its schema for editors in "$schema".';
  checkName(name);
  checkFormatVersion(file, remedy);
  const parsed = parseJsonFile(
    file,
    environmentFileSchema.check((context) => {
      for (const { path, message } of checkFields(name, context.value)) {
        context.issues.push({ code: 'custom', input: context.value, path: [...path], message });
      }
    }),
    remedy,
  );
  refuseRoundedNumbers(file);
  return { ...parsed, name };
}

/** @throws UserError when no environment may have the name of the folder. */
function checkName(name: string): void {
  const { error } = environmentName.safeParse(name);
  if (error === undefined) return;
  throw new UserError({
    what: `environments/${name} is not named as an environment may be`,
    where: `environments/${name}`,
    expected: error.issues[0]?.message,
    found: name,
    remedy: 'Rename the folder.',
    location: { file: `environments/${name}/environment.json`, line: 1 },
  });
}

/** @throws UserError when the content is older or newer than this version of the product. */
function checkFormatVersion(file: JsonFile, remedy: string): void {
  const schema = z.looseObject({ formatVersion: z.int('a whole number').optional() });
  const { formatVersion } = parseJsonFile(file, schema, remedy);
  if (formatVersion === FORMAT_VERSION) return;
  const isNewer = formatVersion !== undefined && formatVersion > FORMAT_VERSION;
  throw new UserError({
    what: `${file.path} is in ${isNewer ? 'a newer' : 'an older'} format than this version of the product reads`,
    where: `${file.path} at formatVersion`,
    expected: String(FORMAT_VERSION),
    found: formatVersion === undefined ? 'no formatVersion: the format before version 2' : String(formatVersion),
    remedy: isNewer
      ? 'Update the product first: merge its newest version into your repository.'
      : 'Run `npm run migrate` and commit what it changes; docs/upgrading.md says what that is.',
    location: { file: file.path, line: 1 },
  });
}

/**
 * The bakes of a strategy in seconds, one for each shift of traffic.
 *
 * @param instances - Size of the fleet, for steps that are counted in instances; without it they are one step.
 */
export function bakesOf(strategy: SwapStrategy, instances?: number): readonly number[] {
  switch (strategy.strategy) {
    case 'all-at-once':
      return [strategy.terminationWaitSeconds];
    case 'canary':
      return [strategy.waitIntervalSeconds, strategy.terminationWaitSeconds];
    case 'linear': {
      const waits = equalBakes(strategy.waitIntervalSeconds, strategy.stepSize, instances);
      return [...waits.slice(1), strategy.waitIntervalSeconds + strategy.terminationWaitSeconds];
    }
    case 'rolling':
      return equalBakes(strategy.waitIntervalSeconds, strategy.batchSize, instances);
  }
}

/** The seconds that a strategy waits on purpose, over all its steps. */
export function sumOfWaits(strategy: SwapStrategy): number {
  return bakesOf(strategy).reduce((sum, seconds) => sum + seconds, 0);
}

// With a size in instances the number of steps depends on the fleet; one step is the least there can be.
function equalBakes(seconds: number, size: Capacity, instances: number | undefined): readonly number[] {
  const whole = size.unit === 'percent' ? 100 : (instances ?? size.value);
  return Array.from({ length: Math.ceil(whole / size.value) }, () => seconds);
}
