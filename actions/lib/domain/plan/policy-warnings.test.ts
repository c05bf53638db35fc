import { describe, expect, it } from 'vitest';
import { releaseFileOf, releaseSpec } from '../../testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import type { Environment } from '../environment/environment.ts';
import { parsePlanJson, type PlanJson } from './plan-json.ts';
import { policyWarnings, type PolicyFacts } from './policy-warnings.ts';
import { parseReleaseFile, releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../release/release.ts';

const environment: Environment = { ...VALID_ENVIRONMENT, visibleEnvironmentKeys: [], name: 'dev' };
const [blue, green] = [releaseSpec('a'), releaseSpec('b')];

function releases(...specs: readonly ReleaseSpec[]): ReleaseFile {
  return parseReleaseFile({ path: 'release.json', text: JSON.stringify(releaseFileOf(...specs)) });
}

interface Change {
  readonly type: string;
  readonly before?: object | null;
  readonly after?: object | null;
  readonly actions?: readonly string[];
  readonly unknown?: object;
}

function planOf(...changes: readonly Change[]): PlanJson {
  return parsePlanJson(
    JSON.stringify({
      format_version: '1.2',
      terraform_version: '1.11.4',
      resource_changes: changes.map(({ type, before = null, after = null, actions, unknown = {} }) => ({
        address: `${type}.this`,
        mode: 'managed',
        type,
        name: 'this',
        change: {
          actions: actions ?? (before === null ? ['create'] : after === null ? ['delete'] : ['update']),
          before,
          after,
          after_unknown: unknown,
          before_sensitive: {},
          after_sensitive: {},
        },
      })),
    }),
  );
}

function warn(facts: Partial<PolicyFacts>): readonly string[] {
  return policyWarnings({
    plan: planOf(),
    environment,
    baseEnvironment: environment,
    release: releases(blue, green),
    baseRelease: releases(blue),
    isProduction: false,
    driftedResources: 0,
    terraformFiles: [],
    sources: ['environments', 'modules'],
    rootModule: undefined,
    containerValues: new Set(),
    ...facts,
  }).map(({ id, subject, found }) => `${id} | ${subject} | ${found}`);
}

const serving = (spec: typeof blue): object => ({
  name: 'scoring-dev',
  endpoint_config_name: `scoring-dev-${releaseIdOf(spec)}`,
});

describe('policyWarnings', () => {
  it('finds nothing in an ordinary release', () => {
    const plan = planOf({
      type: 'aws_sagemaker_endpoint',
      before: serving(blue),
      after: serving(blue),
      actions: ['no-op'],
    });
    expect(warn({ plan })).toEqual([]);
  });

  it.each([
    [['delete'], 'endpoint-destroyed'],
    [['forget'], 'endpoint-destroyed'],
    [['delete', 'create'], 'endpoint-replaced'],
    [['create', 'delete'], 'endpoint-replaced'],
  ])('warns of an endpoint with the actions %j', (actions, id) => {
    const plan = planOf({ type: 'aws_sagemaker_endpoint', before: serving(blue), after: serving(blue), actions });
    expect(warn({ plan })[0]).toMatch(new RegExp(`^${id} \\|`));
  });

  it('warns when the release that really serves is dropped, whatever Git says is live', () => {
    const plan = planOf({
      type: 'aws_sagemaker_endpoint',
      before: serving(blue),
      after: serving(blue),
      actions: ['no-op'],
    });
    expect(warn({ plan, release: releases(green), baseRelease: releases(blue, green) })).toEqual([
      `serving-release-dropped | environments/dev/release.json | the endpoint serves ${releaseIdOf(blue)}, which is no longer listed`,
    ]);
  });

  it('warns when the live release of the base branch is dropped', () => {
    expect(warn({ release: releases(green) })).toEqual([expect.stringContaining('is live on the base branch')]);
  });

  it('warns when the serving config is deleted', () => {
    const plan = planOf(
      { type: 'aws_sagemaker_endpoint', before: serving(blue), after: serving(blue), actions: ['no-op'] },
      {
        type: 'aws_sagemaker_endpoint_configuration',
        before: { name: `scoring-dev-${releaseIdOf(blue)}` },
        after: null,
      },
    );
    expect(warn({ plan })).toEqual([expect.stringContaining('that serves is deleted')]);
  });

  it('warns of what changed outside Terraform, and counts it', () => {
    const found = 'changed outside Terraform since the last apply';
    expect(warn({ driftedResources: 1 })).toEqual([`drift-before-plan | environments/dev | 1 resource was ${found}`]);
    expect(warn({ driftedResources: 2 })).toEqual([`drift-before-plan | environments/dev | 2 resources were ${found}`]);
  });

  it('warns of a swap that no alarm can roll back', () => {
    const alarms = { serverErrors: null, clientErrors: null, latencyP99: null };
    expect(warn({ environment: { ...environment, alarms } })).toEqual([expect.stringMatching(/^swap-without-alarms/)]);
  });

  it('warns of all at once in the last environment only', () => {
    const swap = { strategy: 'all-at-once', terminationWaitSeconds: 0, maximumExecutionTimeoutSeconds: 600 } as const;
    expect(warn({ environment: { ...environment, swap } })).toEqual([]);
    expect(warn({ environment: { ...environment, swap }, isProduction: true })).toEqual([
      expect.stringMatching(/^all-at-once-in-production/),
    ]);
  });

  it('warns of a canary on one instance, also where only autoscaling can get there', () => {
    expect(warn({ release: releases(blue, releaseSpec('b', { instanceCount: 1 })) })).toEqual([
      expect.stringMatching(/^canary-below-two-instances/),
    ]);
    const autoscaling = {
      minInstances: 1,
      maxInstances: 4,
      invocationsPerInstance: 100,
      scaleInCooldownSeconds: 60,
      scaleOutCooldownSeconds: 60,
      schedules: [],
    };
    expect(warn({ environment: { ...environment, autoscaling } })).toEqual([
      expect.stringMatching(/^canary-below-two-instances/),
    ]);
  });

  it('warns of bakes too short for the comparison where a swap is ahead, and of no others', () => {
    const swap = { strategy: 'all-at-once', terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 600 } as const;
    const short = { ...environment, swap };
    const plan = planOf({
      type: 'aws_sagemaker_endpoint',
      before: serving(blue),
      after: serving(blue),
      actions: ['no-op'],
    });
    const both = { ...releases(blue, green), live: releaseIdOf(green) };
    expect(warn({ environment: short, plan, release: both })).toEqual([
      'bakes-too-short | environments/dev/environment.json | the bakes hold about 19 pairs of answers, and 30 are needed',
    ]);
    expect(warn({ environment: short, plan, release: { ...both, live: releaseIdOf(blue) } })).toEqual([]);
    expect(warn({ environment: { ...short, probes: null }, plan, release: both })).toEqual([]);
  });

  it('warns of drift', () => {
    expect(warn({ driftedResources: 2 })).toEqual([expect.stringContaining('2 resources were changed outside')]);
  });

  it('warns when fewer releases are retained, and when the key is dropped', () => {
    const baseEnvironment = { ...environment, retainReleases: 9, kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/a' };
    expect(warn({ baseEnvironment })).toEqual([
      expect.stringMatching(/^retention-shortened .* from 9 to 5/),
      expect.stringMatching(/^encryption-off/),
    ]);
  });
});

const statement = (more: object): string =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*', ...more }] });

const idsOf = (change: Change): readonly (string | undefined)[] =>
  warn({ plan: planOf(change) }).map((warning) => warning.split(' | ')[0]);

describe('warnings of attributes', () => {
  it.each<{ what: string; change: Change; expected: string | null }>([
    {
      what: 'every action',
      change: { type: 'aws_iam_role_policy', after: { policy: statement({ Action: '*' }) } },
      expected: 'wildcard-iam',
    },
    {
      what: 'every action of a service',
      change: { type: 'aws_iam_policy', after: { policy: statement({ Action: ['s3:*'] }) } },
      expected: 'wildcard-iam',
    },
    {
      what: 'an action on everything',
      change: { type: 'aws_iam_policy', after: { policy: statement({ Resource: '*' }) } },
      expected: 'wildcard-iam',
    },
    {
      what: 'everything but',
      change: { type: 'aws_iam_policy', after: { policy: statement({ Action: undefined, NotAction: 'iam:*' }) } },
      expected: 'wildcard-iam',
    },
    {
      what: 'an action that knows no resource',
      change: {
        type: 'aws_iam_policy',
        after: { policy: statement({ Action: 'ecr:GetAuthorizationToken', Resource: '*' }) },
      },
      expected: null,
    },
    {
      what: 'a denial of everything',
      change: { type: 'aws_iam_policy', after: { policy: statement({ Effect: 'Deny', Action: '*' }) } },
      expected: null,
    },
    {
      what: 'a wildcard that was there before',
      change: {
        type: 'aws_iam_policy',
        before: { policy: statement({ Action: '*' }) },
        after: { policy: statement({ Action: ['*'] }) },
      },
      expected: null,
    },
    {
      what: 'an administrator policy',
      change: {
        type: 'aws_iam_role_policy_attachment',
        after: { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      },
      expected: 'wildcard-iam',
    },
    {
      what: "the owner's statement of a key",
      change: {
        type: 'aws_kms_key',
        after: {
          policy: statement({ Action: 'kms:*', Resource: '*', Principal: { AWS: 'arn:aws:iam::210987654321:root' } }),
        },
      },
      expected: null,
    },
    {
      what: 'a principal of everyone',
      change: { type: 'aws_s3_bucket_policy', after: { policy: statement({ Principal: '*' }) } },
      expected: 'public-access',
    },
    {
      what: 'a principal of everyone under a condition',
      change: {
        type: 'aws_s3_bucket_policy',
        after: {
          policy: statement({ Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }),
        },
      },
      expected: null,
    },
    {
      what: 'a denial of everyone',
      change: { type: 'aws_s3_bucket_policy', after: { policy: statement({ Effect: 'Deny', Principal: '*' }) } },
      expected: null,
    },
    {
      what: 'an open port',
      change: { type: 'aws_security_group', after: { ingress: [{ cidr_blocks: ['0.0.0.0/0'] }] } },
      expected: 'public-access',
    },
    {
      what: 'an open IPv6 rule',
      change: { type: 'aws_vpc_security_group_ingress_rule', after: { cidr_ipv6: '::/0' } },
      expected: 'public-access',
    },
    {
      what: 'outbound traffic to everywhere',
      change: { type: 'aws_security_group', after: { egress: [{ cidr_blocks: ['0.0.0.0/0'] }] } },
      expected: null,
    },
    {
      what: 'a block of public access that goes',
      change: { type: 'aws_s3_bucket_public_access_block', before: { block_public_acls: true } },
      expected: 'public-access',
    },
    {
      what: 'a block of public access that is lowered',
      change: {
        type: 'aws_s3_bucket_public_access_block',
        before: { block_public_acls: true },
        after: { block_public_acls: false },
      },
      expected: 'public-access',
    },
    {
      what: 'encryption of a bucket that goes',
      change: { type: 'aws_s3_bucket_server_side_encryption_configuration', before: { bucket: 'b' } },
      expected: 'encryption-off',
    },
    {
      what: 'a volume without encryption',
      change: { type: 'aws_ebs_volume', after: { encrypted: false } },
      expected: 'encryption-off',
    },
    {
      what: 'a log group that loses its key',
      change: { type: 'aws_cloudwatch_log_group', before: { kms_key_id: 'arn:k' }, after: { kms_key_id: null } },
      expected: 'encryption-off',
    },
    {
      what: 'a log group whose key is made in the same plan',
      change: {
        type: 'aws_cloudwatch_log_group',
        before: { kms_key_id: 'arn:k' },
        after: {},
        unknown: { kms_key_id: true },
      },
      expected: null,
    },
    {
      what: 'logs kept shorter',
      change: { type: 'aws_cloudwatch_log_group', before: { retention_in_days: 90 }, after: { retention_in_days: 30 } },
      expected: 'retention-shortened',
    },
    {
      what: 'logs that were kept for ever',
      change: { type: 'aws_cloudwatch_log_group', before: { retention_in_days: 0 }, after: { retention_in_days: 365 } },
      expected: 'retention-shortened',
    },
    {
      what: 'logs kept for ever from now on',
      change: { type: 'aws_cloudwatch_log_group', before: { retention_in_days: 30 }, after: { retention_in_days: 0 } },
      expected: null,
    },
    {
      what: 'objects that expire earlier',
      change: {
        type: 'aws_s3_bucket_lifecycle_configuration',
        before: { rule: [{ expiration: [{ days: 90 }] }] },
        after: { rule: [{ expiration: [{ days: 7 }] }] },
      },
      expected: 'retention-shortened',
    },
  ])('$what: $expected', ({ change, expected }) => {
    expect(idsOf(change)).toEqual(expected === null ? [] : [expected]);
  });

  it('compares inbound rules as a whole, in any order', () => {
    const rule = (port: number): object => ({ from_port: port, cidr_blocks: ['0.0.0.0/0'], ipv6_cidr_blocks: [] });
    const open = (before: readonly object[], after: readonly object[]): readonly string[] =>
      warn({ plan: planOf({ type: 'aws_security_group', before: { ingress: before }, after: { ingress: after } }) });
    expect(open([rule(443), rule(80)], [rule(80), rule(443)])).toEqual([]);
    expect(open([rule(443)], [rule(22)])).toEqual([
      'public-access | aws_security_group.this | inbound traffic from 0.0.0.0/0',
    ]);
  });
});

describe('warnings of what a policy allows', () => {
  it.each<[object, boolean]>([
    [{ Action: 'iam:?*' }, true],
    [{ Action: 'iam:*e*' }, true],
    [{ Action: '*:*' }, true],
    [{ Action: 's3:Get*' }, false],
    [{ Resource: 'arn:*' }, true],
    [{ Resource: 'arn:aws:*' }, true],
    [{ Resource: '?*' }, true],
    [{ Resource: 'arn:aws:s3:::*' }, true],
    [{ Resource: 'arn:aws:s3:::*/*' }, true],
    [{ Action: 'iam:PassRole', Resource: 'arn:aws:iam::210987654321:role/*' }, true],
    [{ Action: 'logs:PutLogEvents', Resource: 'arn:aws:logs:*:*:log-group:/aws/sagemaker/*' }, false],
    [{ Action: 's3:GetObject', Resource: undefined, NotResource: 'arn:aws:s3:::b/*' }, true],
    [{ Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/team': 'ours' } } }, false],
    [{ Resource: '*', Condition: {} }, true],
    [{ Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, true],
    [{ Resource: '*', Condition: { StringLike: { 'aws:ResourceTag/team': ['ours', '*'] } } }, true],
    [{ Resource: '*', Condition: { StringEqualsIfExists: { 'aws:ResourceTag/team': 'ours' } } }, true],
    [{ Resource: '*', Condition: { StringNotEquals: { 'aws:ResourceTag/team': 'theirs' } } }, true],
  ])('%j: %s', (more, isWide) => {
    const expected = isWide ? ['wildcard-iam'] : [];
    expect(idsOf({ type: 'aws_iam_policy', after: { policy: statement(more) } })).toEqual(expected);
    expect(idsOf({ type: 'aws_iam_role', after: { inline_policy: [{ policy: statement(more) }] } })).toEqual(expected);
  });

  it.each<[string, object]>([
    ['aws_iam_role', { managed_policy_arns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }],
    ['aws_iam_role_policy_attachment', { policy_arn: 'arn:aws-cn:iam::aws:policy/PowerUserAccess' }],
    ['aws_iam_user_policy_attachment', { policy_arn: 'arn:aws:iam::aws:policy/IAMFullAccess' }],
    ['aws_iam_group_policy_attachment', { policy_arn: 'arn:aws:iam::aws:policy/job-function/SystemAdministrator' }],
    ['aws_iam_policy_attachment', { policy_arn: 'arn:aws-us-gov:iam::aws:policy/AdministratorAccess' }],
    ['aws_iam_role_policy_attachments_exclusive', { policy_arns: ['arn:aws:iam::aws:policy/PowerUserAccess'] }],
  ])('a policy of AWS that %s attaches', (type, after) => {
    expect(idsOf({ type, after })).toEqual(['wildcard-iam']);
    expect(idsOf({ type, before: after, after, actions: ['delete', 'create'] })).toEqual(['wildcard-iam']);
  });

  it('is not a boundary, nor what a role had before', () => {
    const permissions_boundary = 'arn:aws:iam::aws:policy/PowerUserAccess';
    expect(idsOf({ type: 'aws_iam_role', after: { permissions_boundary } })).toEqual([]);
    const role = { managed_policy_arns: [permissions_boundary] };
    expect(idsOf({ type: 'aws_iam_role', before: role, after: { ...role, description: 'x' } })).toEqual([]);
  });
});

const FOREIGN = '999999999999';
const trust = (more: object): object => ({
  assume_role_policy: statement({ Action: 'sts:AssumeRole', Resource: undefined, ...more }),
});

describe('warnings of who is allowed', () => {
  it.each<[string, string, object, readonly string[]]>([
    [
      'the root of another account on a key',
      'aws_kms_key',
      { policy: statement({ Action: 'kms:*', Resource: '*', Principal: { AWS: `arn:aws:iam::${FOREIGN}:root` } }) },
      ['wildcard-iam', 'foreign-account'],
    ],
    ['a trust of another account', 'aws_iam_role', trust({ Principal: { AWS: FOREIGN } }), ['foreign-account']],
    [
      'a trust of the own account',
      'aws_iam_role',
      trust({ Principal: { AWS: `arn:aws:iam::${environment.account}:role/ci` } }),
      [],
    ],
    [
      'everyone of another account, by a condition',
      'aws_sqs_queue_policy',
      {
        policy: statement({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': FOREIGN } } }),
      },
      ['foreign-account'],
    ],
    ['a grant of a key', 'aws_kms_grant', { grantee_principal: `arn:aws:iam::${FOREIGN}:role/r` }, ['foreign-account']],
    ['a permission for an account', 'aws_lambda_permission', { principal: FOREIGN }, ['foreign-account']],
    ['a permission for everyone', 'aws_lambda_permission', { principal: '*' }, ['public-access']],
    [
      'a permission for everyone of the own account',
      'aws_lambda_permission',
      { principal: '*', source_account: environment.account },
      [],
    ],
    ['a function for everyone', 'aws_lambda_function_url', { authorization_type: 'NONE' }, ['public-access']],
    ['a function for signed requests', 'aws_lambda_function_url', { authorization_type: 'AWS_IAM' }, []],
    [
      'everyone under a condition that everyone meets',
      'aws_ecr_repository_policy',
      {
        policy: statement({
          Action: 'ecr:BatchGetImage',
          Resource: undefined,
          Principal: '*',
          Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } },
        }),
      },
      ['public-access'],
    ],
    [
      'everyone but a list',
      'aws_sqs_queue_policy',
      { policy: statement({ NotPrincipal: { AWS: FOREIGN } }) },
      ['public-access'],
    ],
    [
      'every repository of GitHub',
      'aws_iam_role',
      trust({
        Principal: { Federated: 'arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com' },
        Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:*' } },
      }),
      ['public-access'],
    ],
    [
      'one repository of GitHub',
      'aws_iam_role',
      trust({
        Principal: { Federated: 'arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com' },
        Condition: { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme/models:*' } },
      }),
      [],
    ],
    ['a bucket that everyone reads', 'aws_s3_bucket_acl', { acl: 'public-read' }, ['public-access']],
    [
      'a grant of an ACL',
      'aws_s3_bucket_acl',
      {
        access_control_policy: [{ grant: [{ grantee: [{ uri: 'http://acs.amazonaws.com/groups/global/AllUsers' }] }] }],
      },
      ['public-access'],
    ],
  ])('%s', (_case, type, after, expected) => {
    expect(idsOf({ type, after })).toEqual(expected);
  });

  it.each<[string, object, number]>([
    ['aws_security_group', { ingress: [{ cidr_blocks: ['0.0.0.0/1', '128.0.0.0/1'] }] }, 2],
    ['aws_security_group', { ingress: [{ ipv6_cidr_blocks: ['::/1'] }] }, 1],
    ['aws_security_group', { ingress: [{ cidr_blocks: ['10.0.0.0/8'], ipv6_cidr_blocks: ['fd00::/48'] }] }, 0],
    ['aws_security_group_rule', { type: 'ingress', cidr_blocks: ['0.0.0.0/1'] }, 1],
    ['aws_security_group_rule', { type: 'egress', cidr_blocks: ['0.0.0.0/0'] }, 0],
    ['aws_vpc_security_group_ingress_rule', { cidr_ipv4: '128.0.0.0/1' }, 1],
  ])('%s with %j is open %i times', (type, after, times) => {
    expect(idsOf({ type, after })).toEqual(Array.from({ length: times }, () => 'public-access'));
  });

  it('compares an inbound rule as a whole', () => {
    const rule = (port: number, tags: object): object => ({ cidr_ipv4: '0.0.0.0/0', from_port: port, tags });
    const type = 'aws_vpc_security_group_ingress_rule';
    expect(idsOf({ type, before: rule(443, {}), after: rule(22, {}) })).toEqual(['public-access']);
    expect(idsOf({ type, before: rule(443, {}), after: rule(443, { team: 'ours' }) })).toEqual([]);
  });
});

describe('warnings of deletions', () => {
  it.each([
    ['aws_kms_key', ['delete'], ['key-deleted']],
    ['aws_kms_key', ['delete', 'create'], ['key-deleted']],
    ['aws_s3_bucket', ['delete'], ['bucket-deleted']],
    ['aws_kms_alias', ['delete'], []],
    ['aws_s3_bucket_policy', ['delete'], []],
    ['aws_kms_key', ['update'], []],
    ['aws_s3_bucket', ['create'], []],
  ])('of %s with %j are %j', (type, actions, ids) => {
    const plan = planOf({ type, actions, before: {}, after: actions.length === 2 ? {} : null });
    expect(warn({ plan }).map((line) => line.split(' | ')[0])).toEqual(ids);
  });
});
