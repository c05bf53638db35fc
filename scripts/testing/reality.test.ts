import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReality, type Reality } from './reality.ts';
import { REALITY } from './reality-rules.ts';

// It answers every call as if it had been carried out.
let permissive: Server;
let reality: Reality;
const KEY = 'arn:aws:kms:eu-west-1:210987654321:key/1111';
const ROLE = 'arn:aws:iam::210987654321:role/scoring-trial-execution';
const IMAGE = '210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:00';

beforeAll(async () => {
  permissive = createServer((request, response) => {
    const target = String(request.headers['x-amz-target']);
    response.end(target.endsWith('CreateKey') ? `{"KeyMetadata": {"Arn": "${KEY}"}}` : `<Arn>${ROLE}</Arn>`);
  });
  await new Promise<void>((resolve) => permissive.listen(0, '127.0.0.1', resolve));
  const address = permissive.address();
  reality = await startReality(`http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`);
});

afterAll(async () => {
  await reality.close();
  permissive.close();
});

const signed = (service: string, region = 'eu-west-1') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

async function json(service: string, operation: string, input: unknown, region?: string): Promise<string> {
  const headers = { ...signed(service, region), 'x-amz-target': `X.${operation}` };
  return await (await fetch(reality.url, { method: 'POST', headers, body: JSON.stringify(input) })).text();
}

async function query(service: string, form: Readonly<Record<string, string>>): Promise<string> {
  const headers = { ...signed(service), 'content-type': 'application/x-www-form-urlencoded' };
  return await (await fetch(reality.url, { method: 'POST', headers, body: new URLSearchParams(form) })).text();
}

async function bucket(name: string, location: string | undefined, region: string): Promise<string> {
  const body = location === undefined ? '' : `<x><LocationConstraint>${location}</LocationConstraint></x>`;
  return await (await fetch(`${reality.url}/${name}`, { method: 'PUT', headers: signed('s3', region), body })).text();
}

const model = (change: object = {}) =>
  json('sagemaker', 'CreateModel', {
    ModelName: 'm',
    ExecutionRoleArn: ROLE,
    PrimaryContainer: { Image: IMAGE },
    ...change,
  });
const config = (change: object = {}, instanceType = 'ml.m5.large') =>
  json('sagemaker', 'CreateEndpointConfig', {
    ...{ EndpointConfigName: 'c', ProductionVariants: [{ ModelName: 'm', InstanceType: instanceType }], ...change },
  });
const endpoint = () => json('sagemaker', 'CreateEndpoint', { EndpointName: 'e', EndpointConfigName: 'c' });
const policy = (...actions: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
const putPolicy = (document: string) =>
  query('iam', { Action: 'PutRolePolicy', RoleName: 'r', PolicyName: 'p', PolicyDocument: document });
const EVERY_ENDPOINT = ['ecr:GetAuthorizationToken', 'cloudwatch:DescribeAlarms'];
const events = (condition?: unknown): string =>
  JSON.stringify({
    Statement: [
      {
        Sid: 'Events',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        ...(condition !== undefined && { Condition: condition }),
      },
    ],
  });
const SOURCE_ACCOUNT = { StringEquals: { 'aws:SourceAccount': '210987654321' } };

describe('the front that refuses what AWS documents', () => {
  it('names a source for each of its rules', () => {
    for (const { name, source, calls } of REALITY) {
      expect(source, name).toMatch(/^https:\/\/(?:docs\.aws|repost\.aws)/);
      expect(calls.length, name).toBeGreaterThan(0);
    }
  });

  it('refuses an image, a model or a key of another region', async () => {
    expect(await model({ PrimaryContainer: { Image: IMAGE.replace('eu-west-1', 'us-east-1') } })).toContain(
      'another region',
    );
    expect(await bucket('far-away', 'us-west-2', 'us-west-2')).toContain(ROLE);
    const data = { ModelDataSource: { S3DataSource: { S3Uri: 's3://far-away/model/' } } };
    expect(await model({ PrimaryContainer: { Image: IMAGE, ...data } })).toContain('is in us-west-2');
    expect(await config({ KmsKeyId: KEY.replace('eu-west-1', 'us-east-1') })).toContain('Invalid KMS key');
    expect(await model()).toContain(ROLE);
    expect(await config({ KmsKeyId: KEY })).toContain(ROLE);
  });

  it('refuses a key for an instance with local storage', async () => {
    for (const type of ['ml.g5.xlarge', 'ml.dl1.24xlarge', 'ml.p6-b200.48xlarge', 'ml.m5d.large']) {
      expect(await config({ KmsKeyId: KEY }, type)).toContain('KmsKeyId is not supported');
      expect(await config({}, type)).toContain(ROLE);
    }
  });

  it('refuses a fleet whose execution role lacks rights for the network or for captured data', async () => {
    await query('iam', { Action: 'CreateRole', RoleName: 'r' });
    await putPolicy(policy(...EVERY_ENDPOINT));
    await model();
    await config();
    expect(await endpoint()).toContain(ROLE);
    await model({ VpcConfig: { Subnets: ['subnet-0a'] } });
    expect(await endpoint()).toContain('does not have ec2:CreateNetworkInterface');
    await putPolicy(policy(...EVERY_ENDPOINT, 'ec2:*'));
    expect(await endpoint()).toContain('<Arn>');
    await config({ DataCaptureConfig: { DestinationS3Uri: 's3://captured/', KmsKeyId: KEY } });
    expect(await endpoint()).toMatch(/s3:PutObject.*kms:GenerateDataKey.*kms:Decrypt/);
    expect(await reality.missingRights('c')).toHaveLength(3);
    await putPolicy(policy(...EVERY_ENDPOINT, 'ec2:*', 's3:PutObject', 'kms:GenerateDataKey', 'kms:Decrypt'));
    expect(await reality.missingRights('c')).toEqual([]);
  });

  it('refuses a key that waits for its deletion', async () => {
    await json('kms', 'CreateKey', {});
    await config({ KmsKeyId: KEY });
    await json('kms', 'ScheduleKeyDeletion', { KeyId: KEY });
    expect(await endpoint()).toContain('pending deletion');
    expect(await config({ KmsKeyId: KEY })).toContain('KMSInvalidStateException');
    expect(await json('kms', 'CreateAlias', { TargetKeyId: '1111' })).toContain('pending deletion');
  });

  it('refuses an eleventh managed policy, and policies that are too long', async () => {
    await query('iam', { Action: 'CreateRole', RoleName: 'r' });
    const attach = (n: number) =>
      query('iam', { Action: 'AttachRolePolicy', RoleName: 'r', PolicyArn: `arn:${String(n)}` });
    for (let n = 1; n <= 10; n += 1) expect(await attach(n)).toContain('<Arn>');
    expect(await attach(10)).toContain('<Arn>');
    expect(await attach(11)).toContain('PoliciesPerRole: 10');
    expect(await putPolicy('x'.repeat(10_241))).toContain('Maximum policy size');
    expect(await query('iam', { Action: 'CreatePolicy', PolicyDocument: 'x'.repeat(6145) })).toContain(
      'Maximum policy size',
    );
  });

  it('refuses a bucket of us-east-1 with its location, and one elsewhere without', async () => {
    expect(await bucket('a', 'us-east-1', 'us-east-1')).toContain('InvalidLocationConstraint');
    expect(await bucket('b', undefined, 'eu-west-1')).toContain('IllegalLocationConstraintException');
    expect(await bucket('c', undefined, 'us-east-1')).toContain(ROLE);
  });

  it('refuses conditions that EventBridge never meets', async () => {
    expect(await json('kms', 'CreateKey', { Policy: events(SOURCE_ACCOUNT) })).toContain('nothing would ever arrive');
    expect(await json('kms', 'CreateKey', { Policy: events() })).toContain(KEY);
    const attribute = (AttributeValue: string) => query('sns', { Action: 'SetTopicAttributes', AttributeValue });
    expect(await attribute(events({ ArnLike: { 'aws:SourceArn': 'x' } }))).toContain('nothing would ever arrive');
    expect(await attribute(events())).toContain('<Arn>');
  });

  it('refuses an alarm over more than a day, an action of the past and tags of AWS', async () => {
    const alarm = { Action: 'PutMetricAlarm', Period: '1800', EvaluationPeriods: '49' };
    expect(await query('monitoring', alarm)).toContain('more than a day');
    expect(await query('monitoring', { ...alarm, EvaluationPeriods: '48' })).toContain('<Arn>');
    const put = (Schedule: string) => json('application-autoscaling', 'PutScheduledAction', { Schedule });
    expect(await put('at(2020-01-01T00:00:00)')).toContain('must be in the future');
    expect(await put('rate(1 day)')).toContain('<Arn>');
    expect(await model({ Tags: [{ Key: 'aws:x', Value: '1' }] })).toContain('prefixed tag key');
  });
});
