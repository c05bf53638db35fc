import fc from 'fast-check';
import type { EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { releaseSettingsOf } from '../../actions/lib/domain/release/settings.ts';
import { VALID_ENVIRONMENT as VALID } from '../../actions/lib/testing/valid-environment.ts';

/** What an environment's folder declares: its name, and its two files. */
export interface Declaration {
  readonly name: string;
  /** The text of environment.json. */
  readonly environment: string;
  readonly release: unknown;
}

/** A declaration with one fault: where the parsers refuse it, and what Terraform's sentence says. */
interface Rule extends Declaration {
  readonly fault: string;
  readonly parser: string;
  readonly terraform: RegExp;
}

const SCALING = {
  minInstances: 2,
  maxInstances: 4,
  invocationsPerInstance: 1000,
  scaleInCooldownSeconds: 300,
  scaleOutCooldownSeconds: 60,
  schedules: [],
} satisfies EnvironmentFile['autoscaling'];
const SCHEDULE = {
  name: 'night',
  expression: 'cron(0 20 * * ? *)',
  timezone: 'Europe/Berlin',
  minInstances: 1,
  maxInstances: 2,
};
const NETWORK = { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] };
const CAPTURE = { samplingPercentage: 1, retentionDays: 7 };
const SPEC: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 300,
  settings: releaseSettingsOf(VALID),
};

const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };

function releaseFile(spec: ReleaseSpec): unknown {
  const id = releaseIdOf(spec);
  return { live: id, releases: { [id]: { spec, source } } };
}

const NOTHING = { live: null, releases: {} };

function environment(change: object): Declaration {
  return { name: 'trial', environment: JSON.stringify({ ...VALID, ...change }), release: NOTHING };
}

const scaling = (change: object): Declaration => environment({ autoscaling: { ...SCALING, ...change } });
const schedule = (change: object): Declaration => scaling({ schedules: [{ ...SCHEDULE, ...change }] });
const alarm = (change: object): Declaration =>
  environment({ alarms: { ...VALID.alarms, serverErrors: { ...VALID.alarms.serverErrors, ...change } } });
const spec = (change: Partial<ReleaseSpec>): Declaration => ({
  ...environment({}),
  release: releaseFile({ ...SPEC, ...change }),
});

/** A release whose spec is refused: the parser names the place below `spec` that is wrong. */
const specRule = (fault: string, change: Partial<ReleaseSpec>, where: string, terraform: RegExp): Rule => {
  const id = releaseIdOf({ ...SPEC, ...change });
  const key = /^[a-z]/.test(id) ? `.${id}` : `["${id}"]`;
  return rule(fault, spec(change), `release.json at releases${key}.spec${where}`, terraform);
};

const rule = (fault: string, declaration: Declaration, parser: string, terraform: RegExp): Rule => ({
  ...declaration,
  ...{ fault, parser, terraform },
});

/** One fault each, that would plan cleanly or end in a message of somebody else's. */
export const RULES: readonly Rule[] = [
  rule(
    'a key twice',
    { ...environment({}), environment: JSON.stringify(VALID).replace('"region":', '"region":"us-east-1","region":') },
    'environment.json line 1, column 86',
    /has a key twice in one object/,
  ),
  rule(
    'a key twice below',
    {
      ...environment({}),
      environment: JSON.stringify(VALID).replace('"snsTopicArn":', '"snsTopicArn":null,"snsTopicArn":'),
    },
    `environment.json line 1, column ${String(JSON.stringify(VALID).indexOf('"snsTopicArn"') + 20)}`,
    /has a key twice in one object/,
  ),
  rule('an unknown key', environment({ retainedReleases: 5 }), 'environment.json at (root)', /retainedReleases/),
  rule(
    'an unknown key of an alarm',
    alarm({ periods: 5 }),
    'environment.json at alarms.serverErrors',
    /alarms\.serverErrors\.periods/,
  ),
  rule(
    'an unknown key of a schedule',
    schedule({ startTime: 'x' }),
    'environment.json at autoscaling.schedules[0]',
    /autoscaling\.schedules\.\.startTime/,
  ),
  rule(
    'a missing key',
    environment({ networkIsolation: undefined }),
    'environment.json at networkIsolation',
    /lacks networkIsolation/,
  ),
  rule(
    'an account that is a number',
    environment({ account: 210987654321 }),
    'environment.json at account',
    /12 digits in quotes/,
  ),
  rule(
    'a region that does not exist',
    environment({ region: 'eu-central-9' }),
    'environment.json at region',
    /hosts SageMaker endpoints/,
  ),
  rule(
    'a zone for a region',
    environment({ region: 'eu-west-1a' }),
    'environment.json at region',
    /hosts SageMaker endpoints/,
  ),
  rule(
    'a service with capitals',
    environment({ service: 'Scoring' }),
    'environment.json at service',
    /lower-case letters/,
  ),
  rule('a service of one letter', environment({ service: 'a' }), 'environment.json at service', /2 to 32/),
  rule(
    'a name over the limit',
    { ...environment({ service: 'a'.repeat(32) }), name: 'b'.repeat(18) },
    'environment.json at service',
    /has 51 characters and may have 50/,
  ),
  rule(
    'a folder with an underscore',
    { ...environment({}), name: 'my_trial' },
    'environments/my_trial',
    /rename the folder/,
  ),
  rule('a folder with capitals', { ...environment({}), name: 'Trial' }, 'environments/Trial', /rename the folder/),
  rule(
    'a key of another region',
    environment({ kmsKeyArn: 'arn:aws:kms:us-east-1:210987654321:key/1' }),
    'environment.json at kmsKeyArn',
    /a key in the region of the environment, eu-west-1/,
  ),
  rule(
    'a key of another partition',
    environment({ kmsKeyArn: 'arn:aws-cn:kms:eu-west-1:210987654321:key/1' }),
    'environment.json at kmsKeyArn',
    /a key in the region of the environment, eu-west-1/,
  ),
  rule(
    'the alias of a key',
    environment({ kmsKeyArn: 'arn:aws:kms:eu-west-1:210987654321:alias/mine' }),
    'environment.json at kmsKeyArn',
    /not of an alias/,
  ),
  rule(
    'a topic of another region',
    environment({ notifications: { snsTopicArn: 'arn:aws:sns:us-east-1:210987654321:on-call' } }),
    'environment.json at notifications.snsTopicArn',
    /a topic in the region of the environment, eu-west-1/,
  ),
  rule(
    'a topic that is a queue',
    environment({ notifications: { snsTopicArn: 'arn:aws:sqs:eu-west-1:210987654321:on-call' } }),
    'environment.json at notifications.snsTopicArn',
    /the ARN of an SNS topic/,
  ),
  rule(
    'one subnet twice',
    environment({ network: { ...NETWORK, subnetIds: ['subnet-0a', 'subnet-0a'] } }),
    'environment.json at network.subnetIds',
    /2 to 16 subnets/,
  ),
  rule(
    'a subnet by its name',
    environment({ network: { ...NETWORK, subnetIds: ['a', 'b'] } }),
    'environment.json at network.subnetIds[0]',
    /by their ids/,
  ),
  rule(
    'no security group',
    environment({ network: { ...NETWORK, securityGroupIds: [] } }),
    'environment.json at network.securityGroupIds',
    /one to five/,
  ),
  rule(
    'an alarm period that CloudWatch lacks',
    alarm({ periodSeconds: 45 }),
    'environment.json at alarms.serverErrors.periodSeconds',
    /10, 30 or a multiple/,
  ),
  rule(
    'an alarm that looks back for more than a day',
    alarm({ periodSeconds: 1800, evaluationPeriods: 49 }),
    'environment.json at alarms.serverErrors.evaluationPeriods',
    /a day at most/,
  ),
  rule(
    'an alarm that is always on',
    alarm({ threshold: 0 }),
    'environment.json at alarms.serverErrors.threshold',
    /at least 1 answer/,
  ),
  rule(
    'more datapoints than an alarm evaluates',
    alarm({ evaluationPeriods: 2, datapointsToAlarm: 3 }),
    'environment.json at alarms.serverErrors.datapointsToAlarm',
    /at most evaluationPeriods/,
  ),
  rule(
    'a target of no invocations',
    scaling({ invocationsPerInstance: 0 }),
    'environment.json at autoscaling.invocationsPerInstance',
    /invocationsPerInstance above 0/,
  ),
  rule(
    'scaling to zero',
    scaling({ minInstances: 0 }),
    'environment.json at autoscaling.minInstances',
    /cannot scale to zero/,
  ),
  rule(
    'half an instance',
    scaling({ maxInstances: 4.5 }),
    'environment.json at autoscaling.maxInstances',
    /whole numbers/,
  ),
  rule(
    'bounds the wrong way round',
    scaling({ minInstances: 5 }),
    'environment.json at autoscaling.maxInstances',
    /minInstances <= maxInstances/,
  ),
  rule(
    'bounds of a schedule the wrong way round',
    schedule({ minInstances: 3 }),
    'environment.json at autoscaling.schedules[0].maxInstances',
    /minInstances <= maxInstances/,
  ),
  rule(
    'two schedules of one name',
    scaling({ schedules: [SCHEDULE, SCHEDULE] }),
    'environment.json at autoscaling.schedules',
    /a name of its own/,
  ),
  rule(
    'a schedule with a space in its name',
    schedule({ name: 'at night' }),
    'environment.json at autoscaling.schedules[0].name',
    /a name of its own/,
  ),
  ...[
    'daily',
    'cron(0 20 * * ?)',
    'cron(0 20 ? * ? *)',
    'cron(0 20 * * MON *)',
    'cron(60 20 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 20 32 * ? *)',
    'cron(0 20 * 13 ? *)',
    'cron(0 20 ? * 8 *)',
    'cron(0 20 * * ? 1969)',
    'rate(0 days)',
    'rate(1 week)',
    'at(2031-02-30T08:00:00)',
    'at(2031-02-03 08:00)',
  ].map((expression) =>
    rule(
      `the schedule ${expression}`,
      schedule({ expression }),
      'environment.json at autoscaling.schedules[0].expression',
      /Every schedule needs an expression/,
    ),
  ),
  rule(
    'a schedule in the past',
    schedule({ expression: 'at(2020-01-01T08:00:00)' }),
    'environment.json at autoscaling.schedules[0].expression',
    /has passed/,
  ),
  rule(
    'a time zone that is an offset',
    schedule({ timezone: '+01:00' }),
    'environment.json at autoscaling.schedules[0].timezone',
    /IANA's time zones/,
  ),
  rule(
    'a time zone that does not exist',
    schedule({ timezone: 'Europe/Munich' }),
    'environment.json at autoscaling.schedules[0].timezone',
    /"Europe\/Munich"/,
  ),
  rule(
    'a retention of logs that CloudWatch lacks',
    environment({ logRetentionDays: 31 }),
    'environment.json at logRetentionDays',
    /CloudWatch Logs does not offer/,
  ),
  rule(
    'capture of more than everything',
    environment({ dataCapture: { samplingPercentage: 101, retentionDays: 1 } }),
    'environment.json at dataCapture.samplingPercentage',
    /samplingPercentage from 1 to 100/,
  ),
  rule(
    'a replay of what is not captured',
    environment({ replay: { rows: 1, hours: 1 } }),
    'environment.json at replay',
    /replay needs dataCapture/,
  ),
  rule(
    'a replay of too many hours',
    environment({ dataCapture: CAPTURE, replay: { rows: 10_000, hours: 169 } }),
    'environment.json at replay.hours',
    /whole hours from 1 to 168/,
  ),
  rule(
    'a replay with a label that is a number',
    environment({ dataCapture: CAPTURE, replay: { rows: 1, hours: 1, visibleLabels: ['a', 1] } }),
    'environment.json at replay.visibleLabels[1]',
    /at most 100 texts/,
  ),
  rule(
    'an unknown key of a replay',
    environment({ dataCapture: CAPTURE, replay: { rows: 1, hours: 1, days: 1 } }),
    'environment.json at replay',
    /replay\.days/,
  ),
  rule(
    'a tag of the product',
    environment({ tags: { Service: 'x' } }),
    'environment.json at tags.Service',
    /tags must be at most 40/,
  ),
  rule(
    'a tag that is a number',
    environment({ tags: { Team: 7 } }),
    'environment.json at tags.Team',
    /tags must be at most 40/,
  ),
  rule(
    'a tag with a tab',
    environment({ tags: { Team: 'a\tb' } }),
    'environment.json at tags.Team',
    /tags must be at most 40/,
  ),
  rule(
    'a role path without an end',
    environment({ iam: { rolePath: '/ml' } }),
    'environment.json at iam.rolePath',
    /start and end with \//,
  ),
  rule(
    'an execution role by name',
    environment({ iam: { executionRoleArn: 'mine' } }),
    'environment.json at iam.executionRoleArn',
    /ARN of an IAM role/,
  ),
  rule(
    'a role by name',
    environment({ iam: { roles: { plan: 'reader' } } }),
    'environment.json at iam.roles.plan',
    /iam\.roles must be ARNs of IAM roles in the account 210987654321/,
  ),
  rule(
    'a role in another account',
    environment({ iam: { roles: { deploy: 'arn:aws:iam::111122223333:role/deploys' } } }),
    'environment.json at iam.roles.deploy',
    /iam\.roles must be ARNs of IAM roles in the account 210987654321/,
  ),
  rule(
    'a role that no workflow takes',
    environment({ iam: { roles: { route: 'arn:aws:iam::210987654321:role/routes' } } }),
    'environment.json at iam.roles',
    /iam\.roles\.route/,
  ),
  rule('an unknown key of iam', environment({ iam: { path: '/' } }), 'environment.json at iam', /iam\.path/),
  specRule(
    'an image of another region',
    { image: SPEC.image.replace('eu-west-1', 'us-east-1') },
    '.image',
    /SageMaker takes none from another region/,
  ),
  specRule('an image by tag', { image: SPEC.image.replace(/@.*/, ':latest') }, '.image', /given by digest/),
  specRule(
    'a model that is no prefix',
    { model: { uri: 's3://bucket/model.tar.gz', digest: `sha256:${'a'.repeat(64)}` } },
    '.model.uri',
    /must be an S3 prefix/,
  ),
  specRule('a fleet of none', { instanceCount: 0 }, '.instanceCount', /whole number of at least 1/),
  rule(
    'a fleet of one and a half',
    {
      ...environment({}),
      release: { live: null, releases: { '0123456789ab': { spec: { ...SPEC, instanceCount: 1.5 }, source } } },
    },
    'release.json at releases["0123456789ab"].spec.instanceCount',
    /whole number of at least 1/,
  ),
  specRule('an instance type of EC2', { instanceType: 'm5.large' }, '.instanceType', /a SageMaker instance type/),
  specRule('a Graviton type', { instanceType: 'ml.c8g.large' }, '.instanceType', /x86 processors/),
  specRule(
    'a start-up timeout below a minute',
    { startupTimeoutSeconds: 59 },
    '.startupTimeoutSeconds',
    /from 60 to 3600 seconds/,
  ),
  specRule(
    "a release id of the user's own",
    { environment: { RELEASE_ID: 'mine' } },
    '.environment',
    /none of them RELEASE_ID/,
  ),
  specRule(
    'credentials in the environment',
    { environment: { AWS_SECRET_ACCESS_KEY: 'x' } },
    '.environment',
    /starting with AWS_/,
  ),
  rule(
    'a live release that is not listed',
    { ...environment({}), release: { live: '0123456789ab', releases: {} } },
    'release.json at live',
    /not among the releases/,
  ),
  rule(
    'a release that was edited',
    { ...environment({}), release: { live: null, releases: { '0123456789ab': { spec: SPEC, source } } } },
    'release.json at releases["0123456789ab"].spec',
    /do not match their content/,
  ),
];

const of = <Value>(...values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
const count = of(0, 1, 2, 3, 4, 1.5);
const expression = of(
  ...['cron(0 20 * * ? *)', 'cron(*/5 8-18 ? JAN,MAR MON-FRI 2030-2040)', 'cron(0 0 L * ? *)', 'cron(0 0 ? * 2#1 *)'],
  ...[
    'cron(0 0 15W * ? *)',
    'cron(0 0 * * * *)',
    'cron(1,2,61 0 * * ? *)',
    'rate(1 day)',
    'rate(-1 days)',
    'rate(10 minutes)',
  ],
  ...[
    'at(2040-02-29T08:00:00)',
    'at(2041-02-29T08:00:00)',
    'at(2024-01-01T00:00:00)',
    'at(x)',
    'cron()',
    '',
    'cron(0  20 * * ? *)',
  ],
);
const anySchedule = fc.record({
  name: of('a', 'b', 'a b', ''),
  expression,
  timezone: of('UTC', 'Asia/Kolkata', 'US/Pacific', 'utc', 'Berlin'),
  minInstances: count,
  maxInstances: count,
});
const errors = fc.record({
  threshold: of(1, 0, 2.5, 100),
  periodSeconds: of(10, 30, 60, 90, 3600, 86_400, 90_000),
  evaluationPeriods: of(1, 3, 0, 24, 100, 101),
});
const CHANGES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  account: of<unknown>('210987654321', 210987654321, '2109', null),
  region: of('eu-west-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1', 'eu-west-9', ''),
  service: of('scoring', 'a-b', 'a--b', '-a', 'a'.repeat(33), 'x'),
  alarms: fc.record({
    serverErrors: fc.option(errors),
    clientErrors: fc.option(errors),
    latencyP99: of(
      null,
      { thresholdMilliseconds: 0.5, periodSeconds: 60, evaluationPeriods: 1 },
      { thresholdMilliseconds: 0, periodSeconds: 60, evaluationPeriods: 1 },
    ),
  }),
  autoscaling: fc.record({
    minInstances: count,
    maxInstances: count,
    invocationsPerInstance: of(0, 0.5, 100),
    scaleInCooldownSeconds: of(0, 300, -1, 86_401),
    scaleOutCooldownSeconds: of(60, 1.5),
    schedules: fc.array(anySchedule, { maxLength: 2 }),
  }),
  network: fc.record({
    subnetIds: fc.array(of('subnet-0a', 'subnet-0b', 'subnet-0c', 'subnet-0G'), { maxLength: 3 }),
    securityGroupIds: fc.array(of('sg-0a', 'sg-0b', 'x'), { maxLength: 2 }),
  }),
  networkIsolation: of(true, false),
  kmsKeyArn: of(
    ...[
      'arn:aws:kms:eu-west-1:210987654321:key/1a-2b',
      'arn:aws:kms:eu-west-1:1:key/1',
      'arn:aws:kms:eu-west-1:210987654321:key/a b',
    ],
    ...['arn:aws-cn:kms:cn-north-1:210987654321:key/1', 'key/1', ''],
  ),
  dataCapture: fc.oneof(
    fc.record({ samplingPercentage: of(0, 1, 50.5, 100), retentionDays: of(0, 1, 3650, 3651) }),
    fc.constant(null),
  ),
  replay: fc.oneof(
    fc.record({ rows: of(0, 1, 1.5, 10_000, 10_001), hours: of(0, 1, 168, 169) }),
    fc.record({ rows: of(1), hours: of(1), visibleLabels: fc.array(fc.oneof(of('a', '', 'b "\\'), of(1))) }),
    fc.constant(null),
  ),
  logRetentionDays: of(1, 30, 31, 0),
  notifications: fc.record({
    snsTopicArn: of(
      null,
      'arn:aws:sns:eu-west-1:210987654321:a_b',
      'arn:aws:sns:eu-west-1:210987654321:a.b',
      'arn:aws-cn:sns:cn-north-1:210987654321:x',
    ),
  }),
  tags: fc.dictionary(
    of('Team', 'Größe', 'aws:x', 'AWS:y', 'Commit', 'a b', ''),
    of<unknown>('x', '', 1, 'é=/', 'a"b'),
  ),
  iam: of<unknown>(
    {},
    { rolePath: '/' },
    { rolePath: '/a/b/' },
    { rolePath: 'a/' },
    { executionRoleArn: 'arn:aws:iam::210987654321:role/x/y' },
    { roles: {} },
    { roles: null },
    { roles: { plan: 'arn:aws:iam::210987654321:role/x/y', apply: 'arn:aws:iam::210987654321:role/a<b' } },
    { roles: { build: 1 } },
  ),
  unknown: of(1),
};
const change = fc.oneof(
  ...Object.entries(CHANGES).map(([key, values]) => values.map((value) => [key, value] as const)),
);

/** Declarations with up to three changed settings, a good half of them valid. */
export const randomDeclaration: fc.Arbitrary<Declaration> = fc
  .array(change, { maxLength: 3 })
  .map((changes) => environment(Object.fromEntries(changes)));
